/** Chooses the screen for the pad's state and gives the values on it. Decides nothing. */
import { type JalaliDate, toJalali } from "../core/calendar";
import { DecisionField, TapKind } from "../core/evaluate";
import type { Clock } from "../hal/clock";
import type { Display } from "../hal/display";
import { JOURNAL_NOTICE_PERCENT, JOURNAL_WARNING_PERCENT } from "../limits";
import { amountText, grouped, twoDigits } from "./money-text";
import { type PadModel, View } from "./pad-model";
import { createScreen } from "./screen";
import { LINE_CHARACTERS, LINE_COUNT, ScreenId, Shown } from "./screens";
import { type Tap, TapOutcome } from "./tap-request";

export interface Views {
  /** What is to be shown; `step` sends it, a line at a time. */
  draw(): void;
  /** Sends one line that has changed; false when there is none. */
  step(): boolean;
  /** Keeps the clock and the queue in the status line right. */
  tick(): void;
  switchLanguage(): void;
  /** Draws what is shown on something else as well, every line of it from the top down. */
  copyTo(target: Display): void;
  /** Those of the present language. */
  assets(): string;
}

export interface ViewParts {
  display: Display;
  assets: string;
  clock: Clock;
  model: PadModel;
  tap: Tap;
  unitRial: number;
  offsetMinutes: number;
  terminalId: number;
  /** Member id on the card of the last tap. */
  memberId(): number;
  /** Journal records not yet acknowledged by the back office. */
  unsentCount(): number;
  /** How full the journal is, 0..100. */
  fillPercent(): number;
  /** When the office was heard last; 0 = not since the start. */
  syncedUnixSeconds(): number;
  /** The lists from the back office are so old that pads pay out less. */
  isStale(): boolean;
  /** Only on boards with room for more than the tap. */
  room?: { wordsOf(amount: number, assets: string): string };
}

/** Of 100 hours: who has heard nothing for so long is as one that never did. */
const SYNC_SHOWN_MINUTES = 6000;
const STARS = "********";
/** Lines 1..4 of an armed pad show the request, 5..7 what to do with the card, or the PIN. */
const FIRST_PROMPT_LINE = 5;
/** Lines 1..2 of a pad that asks for a figure say what for. */
const FIRST_FIGURE_LINE = 3;

export function createViews(parts: ViewParts): Views {
  const { model, tap } = parts;
  const decision = tap.decision;
  const date: JalaliDate = { year: 0, month: 0, day: 0 };

  function money(amountRial: number): string {
    return amountText(amountRial, parts.unitRial);
  }

  /** Credit before the tap: what is there now, less what came, plus what went. */
  function oldRial(): number {
    const gained = decision[DecisionField.EarnedRial] - decision[DecisionField.DebtPaidRial];
    const taken = decision[DecisionField.ClawedRial] - decision[DecisionField.DebtAddedRial];
    return (
      decision[DecisionField.BalanceRial] -
      gained -
      decision[DecisionField.RestoredRial] +
      taken +
      decision[DecisionField.UsedRial] +
      decision[DecisionField.ExpiredRial]
    );
  }

  function expiryDate(): string {
    if (decision[DecisionField.NextExpiryRial] === 0) return "";
    toJalali(decision[DecisionField.NextExpiryDay], date);
    return `${date.year}/${twoDigits(date.month)}/${twoDigits(date.day)}`;
  }

  /** An amount that is left out when there is none. */
  function optional(amountRial: number): string {
    return amountRial === 0 ? "" : money(amountRial);
  }

  const values: (() => string)[] = [];
  values[Shown.Typed] = () => money(Number(model.typed) * parts.unitRial);
  const room = parts.room;
  values[Shown.Words] = () =>
    room === undefined ? "" : room.wordsOf(Number(model.typed), screen.assets());
  values[Shown.Mobile] = () => model.typed;
  values[Shown.Gross] = () => optional(model.grossRial);
  values[Shown.Asked] = () => optional(model.askedRial);
  values[Shown.Available] = () => money(decision[DecisionField.AvailableRial]);
  values[Shown.Old] = () => money(oldRial());
  values[Shown.Used] = () => money(decision[DecisionField.UsedRial]);
  values[Shown.Earned] = () => money(decision[DecisionField.EarnedRial]);
  values[Shown.Debt] = () => optional(decision[DecisionField.DebtRial]);
  values[Shown.New] = () => money(decision[DecisionField.BalanceRial]);
  values[Shown.Points] = () => grouped(decision[DecisionField.Points]);
  values[Shown.Pay] = () => money(decision[DecisionField.PayableRial]);
  values[Shown.Member] = () => `${parts.memberId()}`;
  values[Shown.Record] = () => `${tap.purchase.sequence}`;
  values[Shown.Staff] = () => `${tap.purchase.cashier}`;
  values[Shown.Secret] = () => STARS.substring(0, model.typed.length);
  values[Shown.Date] = expiryDate;
  values[Shown.Expiring] = () => optional(decision[DecisionField.NextExpiryRial]);

  values[Shown.Change] = () => {
    const change = `+${values[Shown.Earned]()} -${values[Shown.Used]()}`;
    return change.length > LINE_CHARACTERS ? change.split(",").join("") : change;
  };

  function textOf(shown: number): string {
    if (shown < Shown.Row1) return values[shown]();
    const row = model.firstRow + shown - Shown.Row1;
    return row < model.rows.length ? model.rows[row] : "";
  }

  const screen = createScreen(parts.display, parts.assets, textOf);

  /** For the top line: a journal that fills, lists that are old. "" = all is well. */
  function warningText(): string {
    const percent = parts.fillPercent();
    let text = percent >= JOURNAL_NOTICE_PERCENT ? ` ${percent}%` : "";
    if (percent >= JOURNAL_WARNING_PERCENT) text += "!";
    return parts.isStale() ? `${text} L!` : text;
  }

  /** How long ago the office was heard: minutes, then hours. */
  function syncText(nowMinutes: number): string {
    const seconds = parts.syncedUnixSeconds();
    const minutes = nowMinutes - Math.floor(seconds / 60);
    if (seconds === 0 || minutes >= SYNC_SHOWN_MINUTES) return "";
    return minutes < 60 ? ` S${Math.max(minutes, 0)}m` : ` S${Math.floor(minutes / 60)}h`;
  }

  function tick(): void {
    const nowMinutes = Math.floor(parts.clock.unixSeconds() / 60);
    const minutes = nowMinutes + parts.offsetMinutes;
    const time = `${twoDigits(Math.floor(minutes / 60) % 24)}:${twoDigits(minutes % 60)}`;
    let status = `${twoDigits(parts.terminalId)} Q${parts.unsentCount()}`;
    status += model.warning === "" ? syncText(nowMinutes) : model.warning;
    while (status.length < LINE_CHARACTERS - time.length) status += " ";
    screen.line(0, status + time);
  }

  function promptScreen(): ScreenId {
    const outcome = tap.outcome();
    if (outcome === TapOutcome.Working) return ScreenId.Working;
    if (outcome === TapOutcome.TwoCards) return ScreenId.TwoCards;
    if (outcome === TapOutcome.OtherCard) return ScreenId.OtherCard;
    if (tap.isOpen()) return ScreenId.SameCard;
    if (model.isApproving) return ScreenId.TapSupervisor;
    return outcome === TapOutcome.LeftEarly ? ScreenId.LeftEarly : ScreenId.TapCard;
  }

  function resultScreen(): ScreenId {
    const outcome = tap.outcome();
    if (model.said !== 0) return model.said;
    if (outcome === TapOutcome.Done) {
      const kind = Math.min(tap.purchase.kind, TapKind.Refund);
      return ScreenId.DoneEnrol - TapKind.Enrol + kind;
    }
    if (outcome === TapOutcome.Refused) return ScreenId.RefusedOk + decision[DecisionField.Outcome];
    return ScreenId.Blank + outcome - TapOutcome.Blank;
  }

  function viewScreen(view: View): ScreenId {
    if (view === View.Result) return resultScreen();
    if (view === View.Rate) return ScreenId.Rate;
    if (view === View.Pages) return model.page;
    if (view === View.Partial) return ScreenId.Partial;
    if (view === View.Amount && model.typed !== "") return ScreenId.AmountTyped;
    if (view === View.Amount && model.bill !== "") return ScreenId.Bill;
    return view === View.GiveUp ? ScreenId.GiveUp : ScreenId.Amount + view;
  }

  function draw(): void {
    // Between two taps, not while a card waits.
    if (model.view === View.Amount) model.warning = warningText();
    tick();
    const view = model.view;
    const below = view === View.Armed ? promptScreen() : viewScreen(view);
    let line = 1;
    const isEarlier = below === ScreenId.Earlier;
    if (isEarlier || (view > View.More && view <= View.Armed)) {
      line = isEarlier ? 2 : view < View.Pin ? FIRST_FIGURE_LINE : FIRST_PROMPT_LINE;
      screen.draw(ScreenId.Staff + model.kind, 1, line);
    }
    const isAmount = view === View.Amount && below !== ScreenId.Bill;
    if (isAmount || view === View.KindAmount) {
      // 1, 10 and 100 rial: the screens are in this order.
      screen.draw(ScreenId.InRial - 1 + `${parts.unitRial}`.length, line, line + 1);
      line++;
    }
    screen.draw(below, line, LINE_COUNT);
  }

  return {
    draw,
    copyTo: (target) => {
      screen.drawOn(target);
      draw();
      screen.drawOn(parts.display);
    },
    step: screen.step,
    tick,
    switchLanguage: screen.switchLanguage,
    assets: screen.assets,
  };
}
