/**
 * Credit on the card: six lots of (amount, first day, last day, issuer, kind). Nothing here creates
 * or loses value: what goes in comes out as spent, expired or still there. A lot is named by its
 * index in the state; loops over lots step by `LotField.Count`.
 */
import type { Bytes } from "../../card-layout/bytes";
import { type CardState, DAY_NEVER, LotField, StateField } from "../../card-layout/state";
import { acceptsIssuer } from "./ruleset";

/** Above every rank of a lot: last day * 65536 + first day. */
const RANK_LIMIT = 4294967296;
const LAST_LOT = StateField.Grant - LotField.Count;

/** How much of one shop's credit was used in a tap. */
export interface IssuerAmount {
  issuer: number;
  amountRial: number;
}

/** Clears the lots whose last day lies before `day`; returns their sum in rial. */
export function expireLots(state: CardState, day: number): number {
  let expiredRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (state[lot + LotField.UntilDay] < day) {
      expiredRial += state[lot];
      clearLot(state, lot);
    }
  }
  return expiredRial;
}

/** The sum of all lots in rial, usable today or not. */
export function totalRial(state: CardState): number {
  let sumRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    sumRial += state[lot];
  }
  return sumRial;
}

/** What may be used on `day` in the shop `acceptor`, in rial. */
export function spendableRial(
  state: CardState,
  ruleset: Bytes,
  acceptor: number,
  day: number,
): number {
  let sumRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (isSpendable(state, lot, ruleset, acceptor, day)) sumRial += state[lot];
  }
  return sumRial;
}

/**
 * Takes `amountRial` (at most `spendableRial`) out of the lots: earliest last day first, then
 * earliest first day, then lowest slot. Fills `used` with one entry per issuer in the order of use
 * and returns their count.
 */
export function spendLots(
  state: CardState,
  ruleset: Bytes,
  acceptor: number,
  day: number,
  amountRial: number,
  used: IssuerAmount[],
): number {
  let restRial = amountRial;
  let issuerCount = 0;
  while (restRial > 0) {
    let next = 0;
    let nextRank = RANK_LIMIT;
    for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
      const rank = state[lot + LotField.UntilDay] * 65536 + state[lot + LotField.FromDay];
      if (rank < nextRank && isSpendable(state, lot, ruleset, acceptor, day)) {
        next = lot;
        nextRank = rank;
      }
    }
    if (next === 0) return issuerCount;
    const takenRial = Math.min(restRial, state[next]);
    restRial -= takenRial;
    issuerCount = addUsed(used, issuerCount, state[next + LotField.Issuer], takenRial);
    state[next] -= takenRial;
    if (state[next] === 0) clearLot(state, next);
  }
  return issuerCount;
}

/**
 * Finds a place for the lot in `StateField.Grant`, amount > 0. A lot of the same issuer, kind and
 * last day takes it up; else a free slot; else the two lots of one issuer and kind whose last days
 * are nearest become one with the later last day. Credit that may not be used yet never joins
 * credit that may, or it would be usable too early. When nothing can be joined, the grant stays
 * where it is and the state is unchanged; else it is cleared.
 */
export function placeGrant(state: CardState, day: number): void {
  let free = 0;
  for (let lot = LAST_LOT; lot >= StateField.Lots; lot -= LotField.Count) {
    if (state[lot] === 0) free = lot;
    else if (isSameLot(state, lot, day)) {
      joinLots(state, lot, StateField.Grant);
      return;
    }
  }
  if (free === 0) free = joinNearest(state, day);
  if (free > 0) joinLots(state, free, StateField.Grant);
}

/** A free slot is all zero, so that equal contents are equal bytes. */
export function clearLot(state: CardState, lot: number): void {
  for (let i = 0; i < LotField.Count; i++) state[lot + i] = 0;
}

function isSpendable(
  state: CardState,
  lot: number,
  ruleset: Bytes,
  acceptor: number,
  day: number,
): boolean {
  return (
    state[lot] > 0 &&
    state[lot + LotField.FromDay] <= day &&
    state[lot + LotField.UntilDay] >= day &&
    acceptsIssuer(ruleset, acceptor, state[lot + LotField.Issuer])
  );
}

function addUsed(used: IssuerAmount[], count: number, issuer: number, amountRial: number): number {
  for (let i = 0; i < count; i++) {
    if (used[i].issuer === issuer) {
      used[i].amountRial += amountRial;
      return count;
    }
  }
  used[count] = { issuer, amountRial };
  return count + 1;
}

/** Joining the grant changes no day on which any of the credit may be used. */
function isSameLot(state: CardState, lot: number, day: number): boolean {
  const fromDay = state[lot + LotField.FromDay];
  return (
    state[lot + LotField.UntilDay] === state[StateField.Grant + LotField.UntilDay] &&
    (fromDay <= day || fromDay === state[StateField.Grant + LotField.FromDay]) &&
    isJoinable(state, lot, StateField.Grant, day)
  );
}

/** Same owner of the debt, same purse, and both usable now or both not yet. */
function isJoinable(state: CardState, a: number, b: number, day: number): boolean {
  return (
    state[a + LotField.Issuer] === state[b + LotField.Issuer] &&
    state[a + LotField.Kind] === state[b + LotField.Kind] &&
    state[a + LotField.FromDay] <= day === state[b + LotField.FromDay] <= day
  );
}

/** Joins the best pair among the slots and the grant; returns what became free by it, or 0. */
function joinNearest(state: CardState, day: number): number {
  let keep = 0;
  let free = 0;
  let nearestDays = DAY_NEVER + 1;
  for (let a = StateField.Lots; a < StateField.Grant; a += LotField.Count) {
    for (let b = a + LotField.Count; b <= StateField.Grant; b += LotField.Count) {
      const gapDays = Math.abs(state[a + LotField.UntilDay] - state[b + LotField.UntilDay]);
      if (gapDays < nearestDays && isJoinable(state, a, b, day)) {
        nearestDays = gapDays;
        keep = a;
        free = b;
      }
    }
  }
  if (free > 0) joinLots(state, keep, free);
  return free;
}

/** Into a lot of the same issuer and kind, or into a free slot, where the greater day is `from`'s. */
function joinLots(state: CardState, into: number, from: number): void {
  state[into] += state[from];
  for (let i = 1; i < LotField.Count; i++) {
    state[into + i] = Math.max(state[into + i], state[from + i]);
  }
  clearLot(state, from);
}
