/** The six credit lots of a card. One shop takes only its own credit here. */
import type { CreditPart } from "./journal-content";
import type { CreditLot } from "./member-state";

/** Sets a lot to another's content, or frees it. */
export function copyLotInto(into: CreditLot, from: CreditLot | undefined): void {
  Object.assign(into, from ?? { amountRial: 0n, fromDay: 0, untilDay: 0, issuer: 0, kind: 0 });
}

export function usableRial(lots: CreditLot[], day: number, issuer: number): bigint {
  const usable = lots.filter((lot) => isUsable(lot, day, issuer));
  return usable.reduce((sum, { amountRial }) => sum + amountRial, 0n);
}

/**
 * Returns the parts, in the order of use: earliest last day first, then earliest first day, then
 * the order on the card.
 */
export function takeFromLots(
  lots: CreditLot[],
  amountRial: bigint,
  day: number,
  issuer: number,
): CreditPart[] {
  const parts: CreditPart[] = [];
  let restRial = amountRial;
  const inOrder = lots
    .filter((lot) => isUsable(lot, day, issuer))
    .sort((a, b) => a.untilDay - b.untilDay || a.fromDay - b.fromDay);
  for (const lot of inOrder) {
    const takenRial = lot.amountRial < restRial ? lot.amountRial : restRial;
    lot.amountRial -= takenRial;
    restRial -= takenRial;
    const { untilDay, issuer: from, kind } = lot;
    if (takenRial > 0n) parts.push({ issuer: from, kind, untilDay, amountRial: takenRial });
    if (lot.amountRial === 0n) copyLotInto(lot, undefined);
  }
  return parts;
}

/**
 * The last lot that the grant may simply be added to, else the first free place, else the place won
 * by joining the two (the grant among them) whose last days are nearest. False: no place.
 */
export function placeLot(lots: CreditLot[], grant: CreditLot, day: number): boolean {
  const same = [...lots]
    .reverse()
    .find(
      (lot) =>
        lot.amountRial > 0n &&
        lot.untilDay === grant.untilDay &&
        (lot.fromDay <= day || lot.fromDay === grant.fromDay) &&
        isJoinable(lot, grant, day),
    );
  if (same !== undefined) return join(same, grant);
  const free = lots.find(({ amountRial }) => amountRial === 0n);
  if (free !== undefined) return join(free, grant);
  const all = [...lots, grant];
  let nearest: [keep: CreditLot, give: CreditLot] | undefined;
  let nearestDays = Number.POSITIVE_INFINITY;
  all.forEach((a, i) => {
    for (const b of all.slice(i + 1)) {
      const gapDays = Math.abs(a.untilDay - b.untilDay);
      if (gapDays >= nearestDays || !isJoinable(a, b, day)) continue;
      nearest = [a, b];
      nearestDays = gapDays;
    }
  });
  if (nearest === undefined) return false;
  const [keep, give] = nearest;
  join(keep, give);
  if (give !== grant) copyLotInto(give, grant);
  return true;
}

function isUsable(lot: CreditLot, day: number, issuer: number): boolean {
  return lot.amountRial > 0n && lot.fromDay <= day && lot.untilDay >= day && lot.issuer === issuer;
}

function isJoinable(a: CreditLot, b: CreditLot, day: number): boolean {
  return a.issuer === b.issuer && a.kind === b.kind && a.fromDay <= day === b.fromDay <= day;
}

function join(into: CreditLot, from: CreditLot): true {
  copyLotInto(into, {
    amountRial: into.amountRial + from.amountRial,
    fromDay: Math.max(into.fromDay, from.fromDay),
    untilDay: Math.max(into.untilDay, from.untilDay),
    issuer: from.issuer,
    kind: from.kind,
  });
  return true;
}
