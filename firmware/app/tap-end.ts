/** What a tap came to, in the questions that the counter asks. */
import { DecisionField, Outcome, TapKind } from "../core/evaluate";
import { type Tap, TapOutcome } from "./tap-request";

/** Refused only because the same was done a moment ago. */
export function isRepeated(tap: Tap): boolean {
  return isRefusedFor(tap, Outcome.Repeated);
}

/** A staff card was asked for, and this is none. */
export function isNoStaff(tap: Tap): boolean {
  return tap.purchase.kind === TapKind.Staff && isRefusedFor(tap, Outcome.WrongKind);
}

/** There is some credit, but not so much; a till asks its own cashier. */
export function isShort(tap: Tap): boolean {
  return (
    isRefusedFor(tap, Outcome.InsufficientCredit) &&
    tap.decision[DecisionField.AvailableRial] > 0 &&
    tap.purchase.tillRequest === 0
  );
}

function isRefusedFor(tap: Tap, outcome: Outcome): boolean {
  return tap.outcome() === TapOutcome.Refused && tap.decision[DecisionField.Outcome] === outcome;
}
