/** The figures of an answer to a till, out of a decision or of what the journal says. */
import { type CardState, LotField, StateField } from "../../card-layout/state";
import { type Decision, DecisionField, type Purchase } from "../core/evaluate";
import { IntentKey, JournalType } from "../core/journal-entry";
import { PosFigure, PosState } from "../core/pos-messages";
import type { PosJournal } from "./pos-journal";
import { TapOutcome } from "./tap-request";

/** How a journaled request stands. */
export function journaledState({ type, closing }: PosJournal): number {
  if (type === JournalType.DeferredRefund) return TapOutcome.Deferred;
  if (closing === JournalType.Commit) return TapOutcome.Done;
  if (closing === JournalType.InDoubt) return TapOutcome.InDoubt;
  return closing === 0 ? TapOutcome.Lost : PosState.NotDone;
}

/** Of a request that is not done only which it was. */
export function journaledFigures(found: PosJournal): number[] {
  const values = found.entry.values;
  const figures = emptyFigures();
  figures[PosFigure.Record] = found.sequence;
  figures[PosFigure.Member] = values[IntentKey.MemberId];
  figures[PosFigure.GrossRial] = values[IntentKey.GrossRial];
  figures[PosFigure.Day] = values[IntentKey.Day];
  figures[PosFigure.Minute] = values[IntentKey.Minute];
  if (journaledState(found) === TapOutcome.Done) fillFigures(values, figures);
  return figures;
}

/** The keys of an intent are those of a decision. */
export function fillFigures(values: number[], figures: number[]): void {
  const used = values[DecisionField.UsedRial];
  const restored = values[DecisionField.RestoredRial];
  const earned = values[DecisionField.EarnedRial];
  const clawed = values[DecisionField.ClawedRial];
  const expired = values[DecisionField.ExpiredRial];
  const discount = values[DecisionField.DiscountRial];
  const balance = values[DecisionField.BalanceRial];
  const gained = earned - values[DecisionField.DebtPaidRial] + restored;
  const taken = clawed - values[DecisionField.DebtAddedRial] + used + expired;
  figures[PosFigure.OldRial] = balance - gained + taken;
  figures[PosFigure.UsedRial] = used;
  figures[PosFigure.EarnedRial] = earned;
  figures[PosFigure.RestoredRial] = restored;
  figures[PosFigure.ClawedRial] = clawed;
  figures[PosFigure.ExpiredRial] = expired;
  figures[PosFigure.DiscountRial] = discount;
  figures[PosFigure.BalanceRial] = balance;
  figures[PosFigure.PayableRial] = Math.max(
    figures[PosFigure.GrossRial] - used - restored - discount,
    0,
  );
  figures[PosFigure.PointsEarned] = values[DecisionField.PointsEarned];
  figures[PosFigure.PointsUsed] = values[DecisionField.PointsUsed];
  figures[PosFigure.Points] = values[DecisionField.Points];
}

/** What an inquiry read, and when. */
export function fillInquiry(purchase: Purchase, decision: Decision, figures: number[]): void {
  fillFigures(decision, figures);
  figures[PosFigure.Day] = purchase.day;
  figures[PosFigure.Minute] = purchase.minute;
  figures[PosFigure.NextExpiryDay] = decision[DecisionField.NextExpiryDay];
  figures[PosFigure.NextExpiryRial] = decision[DecisionField.NextExpiryRial];
}

/** All credit on a card. */
export function fillLots(state: CardState, figures: number[]): void {
  let figure = PosFigure.Lots as number;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    figures[figure] = state[lot];
    figures[figure + 1] = state[lot + LotField.FromDay];
    figures[figure + 2] = state[lot + LotField.UntilDay];
    figure += 3;
  }
}

export function emptyFigures(): number[] {
  const list: number[] = [];
  for (let i = 0; i < PosFigure.Count; i++) list.push(0);
  return list;
}
