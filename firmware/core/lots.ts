/**
 * Credit on the card: six lots of (amount, first day, last day, issuer, kind). Nothing here creates
 * or loses value: what goes in comes out as spent, expired or still there. A lot is named by its
 * index in the state; loops over lots step by `LotField.Count`.
 */
import { DAY_NEVER, LotField, StateField } from "../../card-layout/state";
import { DecisionField } from "./evaluate";
import { acceptsIssuer } from "./ruleset";
import { after, day, decision, purchase, ruleset } from "./tap-context";

/** Above every rank of a lot: last day * 65536 + first day. */
const RANK_LIMIT = 4294967296;
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

/** The sum of all lots in rial, usable today or not. */
export function totalRial(): number {
  let sumRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    sumRial += after[lot];
  }
  return sumRial;
}

/** What may be used on the tap's day in its shop, in rial. */
export function spendableRial(): number {
  let sumRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (isSpendable(lot)) sumRial += after[lot];
  }
  return sumRial;
}

/**
 * Takes `DecisionField.UsedRial` (at most `spendableRial`) out of the lots: earliest last day first, then
 * earliest first day, then lowest slot. Fills `DecisionField.UsedByIssuer` in the order of use.
 */
export function spendLots(): void {
  let restRial = decision[DecisionField.UsedRial];
  while (restRial > 0) {
    let next = 0;
    let nextRank = RANK_LIMIT;
    for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
      const rank = after[lot + LotField.UntilDay] * 65536 + after[lot + LotField.FromDay];
      if (rank < nextRank && isSpendable(lot)) {
        next = lot;
        nextRank = rank;
      }
    }
    const takenRial = Math.min(restRial, after[next]);
    restRial -= takenRial;
    addUsed(after[next + LotField.Issuer], takenRial);
    after[next] -= takenRial;
    if (after[next] === 0) clearLot(next);
  }
}

/**
 * Finds a place for the lot in `StateField.Grant`, amount > 0. A lot of the same issuer, kind and
 * last day takes it up; else a free slot; else the two lots of one issuer and kind whose last days
 * are nearest become one with the later last day. Credit that may not be used yet never joins
 * credit that may, or it would be usable too early. When nothing can be joined, the grant stays
 * where it is and the state is unchanged; else it is cleared.
 */
export function placeGrant(): void {
  let free = 0;
  for (let lot = LAST_LOT; lot >= StateField.Lots; lot -= LotField.Count) {
    if (after[lot] === 0) free = lot;
    else if (isSameLot(lot)) {
      joinLots(lot, StateField.Grant);
      return;
    }
  }
  if (free === 0) free = joinNearest();
  if (free > 0) joinLots(free, StateField.Grant);
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

function addUsed(issuer: number, amountRial: number): void {
  const end = DecisionField.UsedByIssuer + decision[DecisionField.IssuerCount] * 2;
  let place = DecisionField.UsedByIssuer;
  while (place < end && decision[place] !== issuer) place += 2;
  if (place === end) {
    decision[DecisionField.IssuerCount]++;
    decision[place] = issuer;
    decision[place + 1] = 0;
  }
  decision[place + 1] += amountRial;
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

/** Joins the best pair among the slots and the grant; returns what became free by it, or 0. */
function joinNearest(): number {
  let keep = 0;
  let free = 0;
  let nearestDays = DAY_NEVER + 1;
  for (let a = StateField.Lots; a < StateField.Grant; a += LotField.Count) {
    for (let b = a + LotField.Count; b <= StateField.Grant; b += LotField.Count) {
      const gapDays = Math.abs(after[a + LotField.UntilDay] - after[b + LotField.UntilDay]);
      if (gapDays < nearestDays && isJoinable(a, b)) {
        nearestDays = gapDays;
        keep = a;
        free = b;
      }
    }
  }
  if (free > 0) joinLots(keep, free);
  return free;
}

/** Into a lot of the same issuer and kind, or into a free slot, where the greater day is `from`'s. */
function joinLots(into: number, from: number): void {
  after[into] += after[from];
  for (let i = 1; i < LotField.Count; i++) {
    after[into + i] = Math.max(after[into + i], after[from + i]);
  }
  clearLot(from);
}
