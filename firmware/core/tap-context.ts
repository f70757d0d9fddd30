/**
 * What the evaluation of one tap works on. One tap at a time is evaluated, from start to end, so
 * its parts find these here instead of handing them on to each other.
 */
import type { Bytes } from "../../card-layout/bytes";
import type { CardState } from "../../card-layout/state";
import type { Decision, Purchase } from "./evaluate";

export let ruleset: Bytes;
export let purchase: Purchase;
/** The tap's business day: the pad's, or the card's last one if that is later. */
export let day: number;
/** The card's state, as it becomes. */
export let after: CardState;
export let decision: Decision;

export function startTap(
  tapRuleset: Bytes,
  tapPurchase: Purchase,
  tapDay: number,
  tapAfter: CardState,
  tapDecision: Decision,
): void {
  ruleset = tapRuleset;
  purchase = tapPurchase;
  day = tapDay;
  after = tapAfter;
  decision = tapDecision;
}
