/** What the lists have to say to a tap that the rules have decided on. */
import { type Identity, IdentityField } from "../../card-layout/identity";
import { type Decision, DecisionField, Outcome } from "../core/evaluate";
import type { Lists } from "../storage/lists";

/**
 * A blocked card is refused, whatever the rules say; with stale lists a sale pays out credit up to
 * their cap only.
 */
export function judgeByLists(
  lists: Lists,
  unixSeconds: number,
  identity: Identity,
  decision: Decision,
): void {
  const capRial = lists.capRial(unixSeconds);
  const isShort = decision[DecisionField.UsedRial] > capRial;
  decision[DecisionField.AvailableRial] = Math.min(decision[DecisionField.AvailableRial], capRial);
  if (isShort) decision[DecisionField.Outcome] = Outcome.InsufficientCredit;
  if (lists.isBlocked(identity[IdentityField.Serial], identity[IdentityField.CardNumber]))
    decision[DecisionField.Outcome] = Outcome.Blocked;
}
