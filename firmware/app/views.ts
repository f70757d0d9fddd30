/** Draws each view of the pad from the model, the tap and the texts. Reads only; decides nothing. */
import { type JalaliDate, toJalali } from "../core/calendar";
import type { Decision } from "../core/evaluate";
import { TapKind } from "../core/evaluate";
import type { Clock } from "../hal/clock";
import { amountText, grouped, twoDigits } from "./money-text";
import { type PadModel, View } from "./pad-model";
import { LINE_CHARACTERS, LINE_COUNT, padStart, type Screen } from "./screen";
import type { Tap } from "./tap";
import { TapOutcome } from "./tap-request";
import type { Texts } from "./texts";

export interface Views {
  draw(): void;
  /** Keeps the clock and the queue on the idle screen right. */
  tick(): void;
}

export interface ViewParts {
  screen: Screen;
  clock: Clock;
  model: PadModel;
  tap: Tap;
  texts: Texts;
  unitRial: number;
  offsetMinutes: number;
  terminalId: number;
  /** Member id on the card of the last tap. */
  memberId(): number;
  /** Journal records not yet acknowledged by the back office. */
  unsentCount(): number;
}

const HINT_LINE = LINE_COUNT - 1;
const DAY_NEVER = 0xffff;

export function createViews(parts: ViewParts): Views {
  const { screen, model, tap, texts } = parts;
  const date: JalaliDate = { year: 0, month: 0, day: 0 };
  let shownMinute = -1;
  let shownUnsent = -1;

  function money(amountRial: number): string {
    return amountText(amountRial, parts.unitRial);
  }

  function pair(lineIndex: number, label: string, value: string): void {
    screen.line(lineIndex, label + padStart(value, LINE_CHARACTERS - label.length));
  }

  function status(): void {
    const minutes = Math.floor(parts.clock.unixSeconds() / 60) + parts.offsetMinutes;
    const time = `${twoDigits(Math.floor(minutes / 60) % 24)}:${twoDigits(minutes % 60)}`;
    shownMinute = minutes;
    shownUnsent = parts.unsentCount();
    pair(0, `${twoDigits(parts.terminalId)} ${texts.queue}${shownUnsent}`, time);
  }

  function drawEntry(title: string, typed: string, hint: string): void {
    screen.line(1, title);
    screen.clear(2, 3);
    screen.big(3, typed);
    screen.clear(5, HINT_LINE);
    screen.line(HINT_LINE, hint);
  }

  function typedAmount(): string {
    return model.typed === "" ? "0" : grouped(Number(model.typed));
  }

  function drawArmed(): void {
    const outcome = tap.outcome();
    const mustFinish = tap.isOpen();
    screen.line(1, titleOf(model.kind));
    screen.big(2, model.kind === TapKind.Sale && model.grossRial > 0 ? money(model.grossRial) : "");
    if (model.askedRial > 0) pair(4, texts.useCredit, money(model.askedRial));
    else screen.clear(4, 5);
    if (outcome === TapOutcome.Working) prompt(texts.hold, texts.doNotRemove, "");
    else if (outcome === TapOutcome.TwoCards) prompt(texts.oneCard, "", texts.cancelHint);
    else if (outcome === TapOutcome.OtherCard)
      prompt(texts.otherCard, texts.sameCard, texts.giveUpHint);
    else if (mustFinish) prompt(texts.sameCard, texts.unfinished, texts.giveUpHint);
    else if (outcome === TapOutcome.LeftEarly)
      prompt(texts.leftEarly, texts.tapCard, texts.cancelHint);
    else prompt(texts.tapCard, "", texts.cancelHint);
  }

  function prompt(first: string, second: string, hint: string): void {
    screen.line(5, first);
    screen.line(6, second);
    screen.line(HINT_LINE, hint);
  }

  function titleOf(kind: number): string {
    if (kind === TapKind.Balance) return texts.balance;
    return kind === TapKind.Enrol ? texts.enrol : texts.sale;
  }

  function drawMessage(message: readonly [string, string]): void {
    screen.clear(1, 3);
    screen.line(3, message[0]);
    screen.clear(4, 5);
    screen.line(5, message[1]);
    screen.clear(6, HINT_LINE);
    screen.line(HINT_LINE, tap.isOpen() ? texts.giveUpHint : texts.anyKey);
  }

  function drawSaleDone(decision: Decision): void {
    const gained = decision.earnedRial - decision.debtPaidRial - decision.deferredRial;
    const old = decision.balanceRial - gained + decision.usedRial + decision.expiredRial;
    screen.line(1, texts.done);
    pair(2, texts.old, money(old));
    pair(3, texts.used, decision.usedRial === 0 ? "0" : `-${money(decision.usedRial)}`);
    pair(4, texts.earned, `+${money(decision.earnedRial)}`);
    pair(5, texts.now, money(decision.balanceRial));
    pair(6, texts.points, grouped(decision.points));
    pair(HINT_LINE, texts.pay, money(decision.payableRial));
  }

  function drawBalance(decision: Decision): void {
    pair(1, texts.member, `${parts.memberId()}`);
    screen.line(2, texts.credits);
    screen.big(3, money(decision.balanceRial));
    pair(5, texts.points, grouped(decision.points));
    if (decision.nextExpiryDay === DAY_NEVER || decision.nextExpiryRial === 0) screen.clear(6, 7);
    else
      pair(
        6,
        `${texts.expires} ${dateText(decision.nextExpiryDay)}`,
        money(decision.nextExpiryRial),
      );
    screen.line(HINT_LINE, texts.anyKey);
  }

  function dateText(day: number): string {
    toJalali(day, date);
    return `${twoDigits(date.year % 100)}/${twoDigits(date.month)}/${twoDigits(date.day)}`;
  }

  function drawDone(): void {
    if (model.kind === TapKind.Balance) drawBalance(tap.decision);
    else if (model.kind === TapKind.Sale) drawSaleDone(tap.decision);
    else drawMessage([texts.welcome, `${texts.member} ${parts.memberId()}`]);
  }

  function drawResult(): void {
    const outcome = tap.outcome();
    if (outcome === TapOutcome.Done) drawDone();
    else if (outcome === TapOutcome.Refused) drawMessage(texts.refusals[tap.decision.outcome]);
    else drawMessage(texts.outcomes[outcome - TapOutcome.Blank]);
  }

  function drawPartial(): void {
    screen.line(1, texts.refusals[tap.decision.outcome][0]);
    screen.line(2, texts.available);
    screen.big(3, money(tap.decision.availableRial));
    screen.clear(5, HINT_LINE);
    screen.line(HINT_LINE, texts.useAvailableHint);
  }

  const drawers: (() => void)[] = [];
  drawers[View.Amount] = () => drawEntry(texts.amount, typedAmount(), texts.amountHint);
  drawers[View.Credit] = () => drawEntry(texts.credit, typedAmount(), texts.creditHint);
  drawers[View.Mobile] = () => drawEntry(texts.mobile, model.typed, texts.mobileHint);
  drawers[View.Armed] = drawArmed;
  drawers[View.Partial] = drawPartial;
  drawers[View.Result] = drawResult;
  drawers[View.GiveUp] = () => {
    drawMessage([texts.giveUp, texts.giveUpWarning]);
    screen.line(HINT_LINE, texts.confirmHint);
  };

  return {
    draw: () => {
      status();
      drawers[model.view]();
    },
    tick: () => {
      const minutes = Math.floor(parts.clock.unixSeconds() / 60) + parts.offsetMinutes;
      if (minutes !== shownMinute || parts.unsentCount() !== shownUnsent) status();
    },
  };
}
