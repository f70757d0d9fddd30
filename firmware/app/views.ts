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
  draw(): void;
  /** Keeps the clock and the queue in the status line right. */
  tick(): void;
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
  /** The lists from the back office are so old that pads pay out less. */
  isStale(): boolean;
}

/** Lines 1..4 of an armed pad show the request, 5..7 what to do with the card. */
const FIRST_PROMPT_LINE = 5;

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
  values[Shown.Typed] = () => grouped(model.typed === "" ? 0 : Number(model.typed));
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
  values[Shown.Date] = expiryDate;
  values[Shown.Expiring] = () => optional(decision[DecisionField.NextExpiryRial]);

  values[Shown.Change] = () => {
    const change = `+${values[Shown.Earned]()} -${values[Shown.Used]()}`;
    return change.length > LINE_CHARACTERS ? change.split(",").join("") : change;
  };

  const screen = createScreen(parts.display, parts.assets, (shown) => values[shown]());

  /** For the top line: a journal that fills, lists that are old. "" = all is well. */
  function warningText(): string {
    const percent = parts.fillPercent();
    let text = percent >= JOURNAL_NOTICE_PERCENT ? ` ${percent}%` : "";
    if (percent >= JOURNAL_WARNING_PERCENT) text += "!";
    return parts.isStale() ? `${text} L!` : text;
  }

  function tick(): void {
    const minutes = Math.floor(parts.clock.unixSeconds() / 60) + parts.offsetMinutes;
    const time = `${twoDigits(Math.floor(minutes / 60) % 24)}:${twoDigits(minutes % 60)}`;
    let status = `${twoDigits(parts.terminalId)} Q${parts.unsentCount()}`;
    status += model.warning;
    while (status.length < LINE_CHARACTERS - time.length) status += " ";
    screen.line(0, status + time);
  }

  function promptScreen(): ScreenId {
    const outcome = tap.outcome();
    if (outcome === TapOutcome.Working) return ScreenId.Working;
    if (outcome === TapOutcome.TwoCards) return ScreenId.TwoCards;
    if (outcome === TapOutcome.OtherCard) return ScreenId.OtherCard;
    if (tap.isOpen()) return ScreenId.SameCard;
    return outcome === TapOutcome.LeftEarly ? ScreenId.LeftEarly : ScreenId.TapCard;
  }

  function kindScreen(kind: number, sale: ScreenId, balance: ScreenId, enrol: ScreenId): ScreenId {
    if (kind === TapKind.Balance) return balance;
    return kind === TapKind.Enrol ? enrol : sale;
  }

  function resultScreen(): ScreenId {
    const outcome = tap.outcome();
    if (outcome === TapOutcome.Done) {
      const kind = tap.purchase.kind;
      if (kind > TapKind.Balance) return ScreenId.DoneChange;
      return kindScreen(kind, ScreenId.DoneSale, ScreenId.DoneBalance, ScreenId.DoneEnrol);
    }
    if (outcome === TapOutcome.Refused) return ScreenId.RefusedOk + decision[DecisionField.Outcome];
    return ScreenId.Blank + outcome - TapOutcome.Blank;
  }

  /** Views that always show the same screen; the armed pad and results depend on the tap. */
  const fixed: ScreenId[] = [];
  fixed[View.Amount] = ScreenId.Amount;
  fixed[View.Credit] = ScreenId.Credit;
  fixed[View.Mobile] = ScreenId.Mobile;
  fixed[View.Partial] = ScreenId.Partial;
  fixed[View.GiveUp] = ScreenId.GiveUp;

  return {
    draw: () => {
      // Between two taps, not while a card waits.
      if (model.view === View.Amount) model.warning = warningText();
      tick();
      if (model.view === View.Armed) {
        const request = kindScreen(model.kind, ScreenId.Sale, ScreenId.Balance, ScreenId.Enrol);
        screen.draw(request, 1, FIRST_PROMPT_LINE);
        screen.draw(promptScreen(), FIRST_PROMPT_LINE, LINE_COUNT);
      } else
        screen.draw(model.view === View.Result ? resultScreen() : fixed[model.view], 1, LINE_COUNT);
    },
    tick,
  };
}
