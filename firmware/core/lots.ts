/**
 * Credit on the card: six lots of (amount, first day, last day, issuer, kind). Nothing here creates
 * or loses value: what goes in comes out as spent, expired or still there. A lot is named by its
 * index in the state; loops over lots step by `LotField.Count`.
 */
import { DAY_NEVER, LotField, StateField } from "../../card-layout/state";
import { DecisionField, PartField } from "./evaluate";
import { MAX_RIAL } from "./money";
import { acceptsIssuer } from "./ruleset";
import { after, day, decision, purchase, ruleset } from "./tap-context";

const LAST_LOT = StateField.Grant - LotField.Count;

/** Clears the lots whose last day lies before the tap's; returns their sum in rial. */
export function expireLots(): number {
  let expiredRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (after[lot + LotField.UntilDay] < day) {
      expiredRial += after[lot];
      clearLot(lot);
    }
  }
  return expiredRial;
}

/** The sum of all lots in rial, or of those that may be used on the tap's day in its shop. */
export function sumLots(isSpendableOnly: boolean): number {
  let sumRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (!isSpendableOnly || isSpendable(lot)) sumRial += after[lot];
  }
  return sumRial;
}

/**
 * Takes `DecisionField.UsedRial` (no more than may be used) out of the lots: earliest last day
 * first, then earliest first day, then lowest slot. Notes the parts in `DecisionField.Parts` in the
 * order of use, so that a return can give them back as they were.
 */
export function spendLots(): void {
  let restRial = decision[DecisionField.UsedRial];
  while (restRial > 0) {
    let next = 0;
    let nextRank = MAX_RIAL;
    for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
      const rank = after[lot + LotField.UntilDay] * 65536 + after[lot + LotField.FromDay];
      if (rank < nextRank && isSpendable(lot)) {
        next = lot;
        nextRank = rank;
      }
    }
    const takenRial = Math.min(restRial, after[next]);
    restRial -= takenRial;
    const part = DecisionField.Parts + decision[DecisionField.PartCount]++ * PartField.Count;
    decision[part] = after[next + LotField.Issuer];
    decision[part + PartField.Kind] = after[next + LotField.Kind];
    decision[part + PartField.UntilDay] = after[next + LotField.UntilDay];
    decision[part + PartField.AmountRial] = takenRial;
    takeFrom(next, takenRial);
  }
}

/**
 * Takes credit back: first a lot of this shop that ends on `untilDay`, then this shop's, then any,
 * always what ends last. What the lots do not hold becomes debt.
 */
export function takeCredit(amountRial: number, untilDay: number): void {
  let restRial = amountRial;
  let next = StateField.Lots;
  while (restRial > 0 && next > 0) {
    let nextRank = -1;
    next = 0;
    for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
      let rank = after[lot + LotField.UntilDay];
      if (after[lot + LotField.Issuer] === purchase.issuer)
        rank += rank === untilDay ? 131072 : 65536;
      if (rank > nextRank && after[lot] > 0) {
        next = lot;
        nextRank = rank;
      }
    }
    if (next > 0) {
      const takenRial = Math.min(restRial, after[next]);
      restRial -= takenRial;
      takeFrom(next, takenRial);
    }
  }
  decision[DecisionField.ClawedRial] += amountRial;
  decision[DecisionField.DebtAddedRial] += restRial;
  after[StateField.DebtRial] = Math.min(after[StateField.DebtRial] + restRial, MAX_RIAL);
}

/** Credit just earned or granted: pays off debt first; what finds no lot is deferred. */
export function giveCredit(
  amountRial: number,
  fromDay: number,
  untilDay: number,
  issuer: number,
  kind: number,
): void {
  const debtPaidRial = Math.min(amountRial, after[StateField.DebtRial]);
  after[StateField.DebtRial] -= debtPaidRial;
  decision[DecisionField.DebtPaidRial] += debtPaidRial;
  decision[DecisionField.EarnedRial] +=
    amountRial - placeLot(amountRial - debtPaidRial, fromDay, untilDay, issuer, kind);
}

/** Puts credit on the card; returns, and notes as deferred, what found no place. */
export function placeLot(
  amountRial: number,
  fromDay: number,
  untilDay: number,
  issuer: number,
  kind: number,
): number {
  if (amountRial === 0) return 0;
  after[StateField.Grant] = amountRial;
  after[StateField.Grant + LotField.FromDay] = fromDay;
  after[StateField.Grant + LotField.UntilDay] = untilDay;
  after[StateField.Grant + LotField.Issuer] = issuer;
  after[StateField.Grant + LotField.Kind] = kind;
  placeGrant();
  const leftRial = after[StateField.Grant];
  decision[DecisionField.DeferredRial] += leftRial;
  clearLot(StateField.Grant);
  return leftRial;
}

function takeFrom(lot: number, amountRial: number): void {
  after[lot] -= amountRial;
  if (after[lot] === 0) clearLot(lot);
}

/**
 * Finds a place for the lot in `StateField.Grant`, amount > 0. A lot of the same issuer, kind and
 * last day takes it up; else a free slot; else the two lots of one issuer and kind whose last days
 * are nearest become one with the later last day. Credit that may not be used yet never joins
 * credit that may, or it would be usable too early. When nothing can be joined, the grant stays
 * where it is and the state is unchanged; else it is cleared.
 */
export function placeGrant(): void {
  let place = 0;
  let keep = 0;
  let nearestDays = DAY_NEVER + 1;
  for (let lot = LAST_LOT; lot >= StateField.Lots; lot -= LotField.Count) {
    if (after[lot] === 0) place = lot;
    else if (isSameLot(lot)) {
      place = lot;
      break;
    }
  }
  // Or the best pair among the slots and the grant: the slot that it leaves free takes the grant.
  for (
    let a = place > 0 ? StateField.Grant : StateField.Lots;
    a < StateField.Grant;
    a += LotField.Count
  ) {
    for (let b = a + LotField.Count; b <= StateField.Grant; b += LotField.Count) {
      const gapDays = Math.abs(after[a + LotField.UntilDay] - after[b + LotField.UntilDay]);
      if (gapDays < nearestDays && isJoinable(a, b)) {
        nearestDays = gapDays;
        keep = a;
        place = b;
      }
    }
  }
  if (keep > 0) joinLots(keep, place);
  if (place > 0) joinLots(place, StateField.Grant);
}

/** A free slot is all zero, so that equal contents are equal bytes. */
export function clearLot(lot: number): void {
  for (let i = 0; i < LotField.Count; i++) after[lot + i] = 0;
}

function isSpendable(lot: number): boolean {
  return (
    after[lot] > 0 &&
    after[lot + LotField.FromDay] <= day &&
    after[lot + LotField.UntilDay] >= day &&
    acceptsIssuer(ruleset, purchase.issuer, after[lot + LotField.Issuer])
  );
}

/** Joining the grant changes no day on which any of the credit may be used. */
function isSameLot(lot: number): boolean {
  const fromDay = after[lot + LotField.FromDay];
  return (
    after[lot + LotField.UntilDay] === after[StateField.Grant + LotField.UntilDay] &&
    (fromDay <= day || fromDay === after[StateField.Grant + LotField.FromDay]) &&
    isJoinable(lot, StateField.Grant)
  );
}

/** Same owner of the debt, same purse, and both usable now or both not yet. */
function isJoinable(a: number, b: number): boolean {
  return (
    after[a + LotField.Issuer] === after[b + LotField.Issuer] &&
    after[a + LotField.Kind] === after[b + LotField.Kind] &&
    after[a + LotField.FromDay] <= day === after[b + LotField.FromDay] <= day
  );
}

/** Into a lot of the same issuer and kind, or into a free slot: the greater day is `from`'s. */
function joinLots(into: number, from: number): void {
  after[into] += after[from];
  for (let i = 1; i < LotField.Count; i++) {
    after[into + i] = Math.max(after[into + i], after[from + i]);
  }
  clearLot(from);
}
