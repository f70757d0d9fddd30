/**
 * Credit on the card: six lots of (amount, first day, last day, issuer, kind). Nothing here creates
 * or loses value: what goes in comes out as spent, expired or still there.
 */
import type { Bytes } from "../../card-layout/bytes";
import { type CardState, type CreditLot, copyLot, DAY_NEVER } from "../../card-layout/state";
import { acceptsIssuer } from "./ruleset";

/** How much of one shop's credit was used in a tap. */
export interface IssuerAmount {
  issuer: number;
  amountRial: number;
}

/** Clears the lots whose last day lies before `day`; returns their sum in rial. */
export function expireLots(state: CardState, day: number): number {
  let expiredRial = 0;
  for (let i = 0; i < state.lots.length; i++) {
    const lot = state.lots[i];
    if (lot.amountRial > 0 && lot.untilDay < day) {
      expiredRial += lot.amountRial;
      clearLot(lot);
    }
  }
  return expiredRial;
}

/** The sum of all lots in rial, usable today or not. */
export function totalRial(state: CardState): number {
  let sumRial = 0;
  for (let i = 0; i < state.lots.length; i++) sumRial += state.lots[i].amountRial;
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
  for (let i = 0; i < state.lots.length; i++) {
    if (isSpendable(state.lots[i], ruleset, acceptor, day)) sumRial += state.lots[i].amountRial;
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
    let next: CreditLot | undefined;
    for (let i = 0; i < state.lots.length; i++) {
      const lot = state.lots[i];
      if (isSpendable(lot, ruleset, acceptor, day) && (next === undefined || isBefore(lot, next))) {
        next = lot;
      }
    }
    if (next === undefined) return issuerCount;
    const takenRial = Math.min(restRial, next.amountRial);
    restRial -= takenRial;
    issuerCount = addUsed(used, issuerCount, next.issuer, takenRial);
    next.amountRial -= takenRial;
    if (next.amountRial === 0) clearLot(next);
  }
  return issuerCount;
}

/**
 * Adds a grant, `amountRial` > 0. A lot of the same issuer, kind and last day takes it up; else a
 * free slot; else the two lots of one issuer and kind whose last days are nearest become one with
 * the later last day. Credit that may not be used yet never joins credit that may, or it would be
 * usable too early. False when nothing can be joined: the state is unchanged.
 */
export function addLot(state: CardState, day: number, grant: CreditLot): boolean {
  const lots = state.lots;
  let free = -1;
  for (let i = lots.length - 1; i >= 0; i--) {
    if (lots[i].amountRial === 0) free = i;
    else if (isSameLot(lots[i], grant, day)) {
      joinLots(lots[i], grant);
      return true;
    }
  }
  if (free < 0) free = joinNearest(lots, grant, day);
  if (free < 0) return false;
  // `joinNearest` answers `lots.length` when the grant itself went into another lot.
  if (free < lots.length) copyLot(grant, lots[free]);
  return true;
}

/** The lot that expires first, not counting those that never do; undefined when there is none. */
export function nextExpiringLot(state: CardState): CreditLot | undefined {
  let next: CreditLot | undefined;
  for (let i = 0; i < state.lots.length; i++) {
    const lot = state.lots[i];
    if (lot.amountRial > 0 && lot.untilDay < DAY_NEVER) {
      if (next === undefined || lot.untilDay < next.untilDay) next = lot;
    }
  }
  return next;
}

function isSpendable(lot: CreditLot, ruleset: Bytes, acceptor: number, day: number): boolean {
  return (
    lot.amountRial > 0 &&
    lot.fromDay <= day &&
    lot.untilDay >= day &&
    acceptsIssuer(ruleset, acceptor, lot.issuer)
  );
}

function isBefore(a: CreditLot, b: CreditLot): boolean {
  return a.untilDay < b.untilDay || (a.untilDay === b.untilDay && a.fromDay < b.fromDay);
}

function addUsed(used: IssuerAmount[], count: number, issuer: number, amountRial: number): number {
  for (let i = 0; i < count; i++) {
    if (used[i].issuer === issuer) {
      used[i].amountRial += amountRial;
      return count;
    }
  }
  if (used.length === count) used.push({ issuer: 0, amountRial: 0 });
  used[count].issuer = issuer;
  used[count].amountRial = amountRial;
  return count + 1;
}

/** Same owner of the debt, same purse, and both usable now or both not yet. */
function isJoinable(a: CreditLot, b: CreditLot, day: number): boolean {
  return a.issuer === b.issuer && a.kind === b.kind && a.fromDay <= day === b.fromDay <= day;
}

/** Joining these two changes no day on which any of the credit may be used. */
function isSameLot(a: CreditLot, b: CreditLot, day: number): boolean {
  return (
    a.untilDay === b.untilDay &&
    (a.fromDay <= day || a.fromDay === b.fromDay) &&
    isJoinable(a, b, day)
  );
}

/** Joins the best pair among the slots and the grant; returns the slot that became free, or -1. */
function joinNearest(lots: CreditLot[], grant: CreditLot, day: number): number {
  let keep = -1;
  let free = -1;
  let nearestDays = DAY_NEVER + 1;
  for (let i = 0; i < lots.length; i++) {
    for (let j = i + 1; j <= lots.length; j++) {
      const other = j < lots.length ? lots[j] : grant;
      const gapDays = Math.abs(lots[i].untilDay - other.untilDay);
      if (gapDays < nearestDays && isJoinable(lots[i], other, day)) {
        nearestDays = gapDays;
        keep = i;
        free = j;
      }
    }
  }
  if (free >= 0) joinLots(lots[keep], free < lots.length ? lots[free] : grant);
  return free;
}

function joinLots(into: CreditLot, from: CreditLot): void {
  into.amountRial += from.amountRial;
  into.untilDay = Math.max(into.untilDay, from.untilDay);
  into.fromDay = Math.max(into.fromDay, from.fromDay);
}

/** A free slot is all zero, so that equal contents are equal bytes. */
function clearLot(lot: CreditLot): void {
  lot.amountRial = 0;
  lot.fromDay = 0;
  lot.untilDay = 0;
  lot.issuer = 0;
  lot.kind = 0;
}
