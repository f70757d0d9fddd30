/**
 * What taps other than enrolment and sale do, by rulesets/FORMAT.md and docs/rules.md: what comes
 * back, is undone, loaded, handed out for points, renewed, ordered by the office. In BigInt.
 */
import { copyLotInto, placeLot } from "./lots";
import { type CreditLot, copyState, creditOf, FLAG_BLOCKED, FLAG_ENROLLED } from "./member-state";
import { MAX_RIAL, MAX_U32, type OtherTap, windowDays } from "./tap";

export const KIND_REFUND = 4;
export const KIND_VOID = 5;
export const KIND_GIFT_LOAD = 6;
export const KIND_GRANT = 7;
export const KIND_REWARD = 8;
export const KIND_RENEW = 9;
export const KIND_PATCH = 10;
export const KIND_BLOCK = 11;

const KIND_SALE = 2;
const UNDOABLE = [KIND_SALE, KIND_GIFT_LOAD, KIND_GRANT, KIND_REWARD];
/** Kind of the lots of a gift card. */
const GIFT_PURSE = 255;

/** What an order of the back office does, by its number in core/card-patch.ts. */
export const PATCH_GRANT = 1;
export const PATCH_CLAW = 2;
export const PATCH_WRITE_OFF = 3;
export const PATCH_ADD_POINTS = 4;
export const PATCH_TAKE_POINTS = 5;
export const PATCH_SET_FLAGS = 8;
export const PATCH_CLEAR_FLAGS = 9;

/** An order of the back office for one card. */
export interface CardOrder {
  id: number;
  kind: number;
  argument: bigint;
  fromDay: number;
  untilDay: number;
  issuer: number;
}

/** By kind; false: the tap must be refused. */
export const OTHER_TAPS: Record<number, (tap: OtherTap) => boolean> = {
  [KIND_REFUND]: refund,
  [KIND_VOID]: undo,
  [KIND_GIFT_LOAD]: loadGift,
  [KIND_GRANT]: grant,
  [KIND_REWARD]: reward,
  // These cards live for ever: what there is to lengthen is nothing.
  [KIND_RENEW]: ({ rules }) => rules.renewMonths > 0,
  [KIND_PATCH]: carryOut,
  [KIND_BLOCK]: block,
};

function refund(tap: OtherTap): boolean {
  const { rules, after, figures, input, day } = tap;
  const { original, returnedRial } = input;
  if (original === undefined || original.kind !== KIND_SALE) return false;
  const { grossRial, usedRial } = original;
  const nowRial = returnedRial + input.grossRial;
  if (input.grossRial <= 0n || nowRial > grossRial) return false;
  // What went with the part that has come back, by the whole of it: no split gives another sum.
  const shareOf = (sumRial: bigint) =>
    (sumRial * (grossRial - returnedRial)) / grossRial -
    (sumRial * (grossRial - nowRial)) / grossRial;
  const beforeRial = (usedRial * returnedRial) / grossRial;
  let restRial = (usedRial * nowRial) / grossRial - beforeRial;
  let skipRial = beforeRial;
  for (const part of original.parts) {
    const roomRial = atLeastZero(part.amountRial - skipRial);
    skipRial = atLeastZero(skipRial - part.amountRial);
    const amountRial = roomRial < restRial ? roomRial : restRial;
    restRial -= amountRial;
    const isPast = part.untilDay < day;
    const untilDay = isPast ? day + rules.graceDays : part.untilDay;
    const lot = { amountRial, fromDay: day, untilDay, issuer: part.issuer, kind: part.kind };
    if (amountRial === 0n) continue;
    if (placeLot(after.lots, lot, day)) figures.restoredRial += amountRial;
    else figures.deferredRial += amountRial;
  }
  const { untilDay } = windowDays(rules.window, original.day);
  takeBack(tap, shareOf(original.earnedRial), untilDay);
  takePoints(tap, shareOf(original.pointsEarned));
  after.lifeSpendRial = atLeastZero(after.lifeSpendRial - input.grossRial);
  if (original.day >= after.periodStartDay) {
    after.periodSpendRial = atLeastZero(after.periodSpendRial - input.grossRial);
  }
  return true;
}

/** This shop's credit that ends then, then this shop's, then any, last days first; else debt. */
function takeBack({ after, figures, input }: OtherTap, amountRial: bigint, untilDay: number) {
  const rank = (lot: CreditLot) => {
    if (lot.issuer !== input.issuer) return lot.untilDay;
    return lot.untilDay + (lot.untilDay === untilDay ? 200_000 : 100_000);
  };
  let restRial = amountRial;
  const held = after.lots.filter((lot) => lot.amountRial > 0n);
  // A sort that keeps the order of equals: on the card, the first one goes first.
  for (const lot of held.sort((a, b) => rank(b) - rank(a) || 0)) {
    const takenRial = lot.amountRial < restRial ? lot.amountRial : restRial;
    lot.amountRial -= takenRial;
    restRial -= takenRial;
    if (lot.amountRial === 0n) copyLotInto(lot, undefined);
  }
  figures.clawedRial += amountRial;
  figures.debtAddedRial += restRial;
  const debtRial = after.debtRial + restRial;
  after.debtRial = debtRial < MAX_RIAL ? debtRial : MAX_RIAL;
}

function takePoints({ after, figures }: OtherTap, points: bigint): void {
  const taken = points < after.points ? points : after.points;
  after.points -= taken;
  figures.pointsUsed += taken;
}

/** The record before the card's last one comes back, less what had run out. */
function undo(tap: OtherTap): boolean {
  const { after, figures, input, day } = tap;
  const { original, preImage, reference, terminal } = input;
  if (original === undefined || preImage === undefined) return false;
  const isLast =
    original.baseTag === after.baseTag &&
    after.lastTerminal === terminal &&
    after.lastSequence === reference;
  if (!isLast || !UNDOABLE.includes(original.kind) || original.day !== input.day) return false;
  const before = { creditRial: creditOf(after), debtRial: after.debtRial };
  Object.assign(after, copyState(preImage));
  for (const lot of after.lots) if (lot.untilDay < day) copyLotInto(lot, undefined);
  figures.restoredRial = original.usedRial;
  figures.clawedRial = original.earnedRial;
  figures.debtAddedRial = after.debtRial - before.debtRial;
  figures.pointsUsed = original.pointsEarned;
  figures.pointsEarned = original.pointsUsed;
  figures.discountRial = original.discountRial;
  const movedRial = original.usedRial - original.earnedRial + original.debtPaidRial;
  return creditOf(after) - before.creditRial === movedRial;
}

/** Money paid at the counter goes on the card, all of it or none. */
function loadGift(tap: OtherTap): boolean {
  const { rules, after, input, day } = tap;
  const isLoaded = (after.flags & FLAG_ENROLLED) !== 0;
  if (isLoaded && !rules.hasGiftTopUp) return false;
  const mostRial = rules.balanceRial > 0 ? BigInt(rules.balanceRial) : MAX_RIAL;
  if (input.grossRial <= 0n || creditOf(after) + input.grossRial > mostRial) return false;
  after.flags |= FLAG_ENROLLED;
  const days = windowDays(rules.giftWindow, day);
  return give(tap, input.grossRial, { ...days, issuer: input.issuer, kind: GIFT_PURSE });
}

/** For a reason, all of it or none; that somebody approved is the staff model's to judge. */
function grant(tap: OtherTap): boolean {
  const { rules, after, input, day } = tap;
  const mostRial = rules.balanceRial > 0 ? BigInt(rules.balanceRial) : MAX_RIAL;
  if (input.reference === 0 || input.grossRial <= 0n) return false;
  if (creditOf(after) + input.grossRial > mostRial) return false;
  const days = windowDays(rules.window, day);
  return give(tap, input.grossRial, { ...days, issuer: input.issuer, kind: 0 });
}

function reward(tap: OtherTap): boolean {
  const { after, rules, input, day } = tap;
  if (!tap.mayUse()) return false;
  const wanted = rules.rewards.find(({ id }) => id === input.reference);
  if (wanted === undefined || after.points < BigInt(wanted.points)) return false;
  takePoints(tap, BigInt(wanted.points));
  const days = windowDays(rules.window, day);
  return give(tap, BigInt(wanted.creditRial), { ...days, issuer: input.issuer, kind: 0 });
}

/** Pays off debt first. False: what was left of it found no place. */
function give(tap: OtherTap, amountRial: bigint, lot: Omit<CreditLot, "amountRial">): boolean {
  const { after, figures, day } = tap;
  const debtRial = amountRial < after.debtRial ? amountRial : after.debtRial;
  after.debtRial -= debtRial;
  figures.debtPaidRial += debtRial;
  const restRial = amountRial - debtRial;
  const isPlaced = restRial === 0n || placeLot(after.lots, { ...lot, amountRial: restRial }, day);
  figures.earnedRial += isPlaced ? amountRial : debtRial;
  if (!isPlaced) figures.deferredRial += restRial;
  return isPlaced;
}

function carryOut(tap: OtherTap): boolean {
  const { orders } = tap.input;
  for (const order of orders) {
    if (order.id !== tap.after.lastPatch + 1) return false;
    tap.after.lastPatch = order.id;
    carryOutOne(tap, order);
  }
  return orders.length > 0;
}

function carryOutOne(tap: OtherTap, order: CardOrder): void {
  const { after, figures, day } = tap;
  const { kind, argument } = order;
  if (kind === PATCH_GRANT) {
    const fromDay = Math.max(order.fromDay, day);
    const untilDay = Math.max(order.untilDay, day);
    give(tap, argument, { fromDay, untilDay, issuer: order.issuer, kind: 0 });
  } else if (kind === PATCH_CLAW) takeBack(tap, argument, 0);
  else if (kind === PATCH_WRITE_OFF) {
    const forgivenRial = argument < after.debtRial ? argument : after.debtRial;
    after.debtRial -= forgivenRial;
    figures.debtPaidRial += forgivenRial;
    figures.earnedRial += forgivenRial;
  } else if (kind === PATCH_ADD_POINTS) {
    const room = MAX_U32 - after.points;
    const points = argument < room ? argument : room;
    after.points += points;
    figures.pointsEarned += points;
  } else if (kind === PATCH_TAKE_POINTS) takePoints(tap, argument);
  else if (kind === PATCH_SET_FLAGS) after.flags |= Number(argument);
  else if (kind === PATCH_CLEAR_FLAGS) after.flags &= ~Number(argument);
  else throw new Error(`the shop orders nothing of kind ${kind}`);
}

function block({ after, input }: OtherTap): boolean {
  if (!input.isListed) return false;
  after.flags |= FLAG_BLOCKED;
  return true;
}

function atLeastZero(amountRial: bigint): bigint {
  return amountRial > 0n ? amountRial : 0n;
}
