/**
 * Taps other than enrolment and sale: what comes back, what is undone, loaded, granted, handed out
 * for points, ordered by the back office. Each changes the card as it is at the tap, after expired
 * credit was written off; a refusal is undone by the caller.
 */
import { copyNumbers, getUint } from "../../card-layout/bytes";
import { type Identity, IdentityField } from "../../card-layout/identity";
import { DAY_NEVER, StateField, StateFlag } from "../../card-layout/state";
import { monthOf, monthStart } from "./calendar";
import { applyPatch, PatchField, takePoints } from "./card-patch";
import { DecisionField, Outcome, PartField, TapKind } from "./evaluate";
import { IntentKey, PART_BYTES } from "./journal-entry";
import { expireLots, placeLot, sumLots, takeCredit } from "./lots";
import { MAX_RIAL, mulDiv } from "./money";
import { decimalAt, rewardsOffset, rulesOffset } from "./ruleset";
import { Header, Reward, RulesetFlag } from "./ruleset-format";
import { after, day, decision, purchase, ruleset } from "./tap-context";
import { giveByWindow, lastDayOf } from "./tap-earn";
import { usageRefusal } from "./tap-sale";

/** Any kind of tap from `Refund` on, lazily: most taps are none, and it is a lot of functions. */
export function change(identity: Identity): Outcome {
  return changes[purchase.kind - TapKind.Refund](identity);
}

/** Purse of what is loaded on a gift card. */
const GIFT_LOT_KIND = 255;

/** Last business day of the card: its identity's, or the end of the month it was renewed to. */
export function lastCardDay(identity: Identity): number {
  const months = after[StateField.RenewedMonths];
  const expiryDay = identity[IdentityField.ExpiryDay];
  if (months === 0 || expiryDay === DAY_NEVER) return expiryDay;
  return Math.min(monthStart(monthOf(expiryDay) + months + 1), DAY_NEVER) - 1;
}

/** To the end of the month that lies the ruleset's number of months ahead; never shorter. */
function renew(identity: Identity): Outcome {
  const monthCount = ruleset[Header.RenewMonths];
  const months = monthOf(day) + monthCount - monthOf(identity[IdentityField.ExpiryDay]);
  if (monthCount === 0) return Outcome.RefusedByRule;
  if (months > 255) return Outcome.CardExpired;
  if (months > after[StateField.RenewedMonths]) after[StateField.RenewedMonths] = months;
  return Outcome.Ok;
}

/**
 * What was given is taken back, and what was used given back, by the part of the bill that has come
 * back in all, less what was before: so no split of a return gives another sum than the whole.
 */
function refund(identity: Identity): Outcome {
  const original = purchase.original;
  if (original === undefined || original.values[IntentKey.Kind] !== TapKind.Sale)
    return Outcome.NotFound;
  const values = original.values;
  const grossRial = values[IntentKey.GrossRial];
  const nowRial = purchase.returnedRial + purchase.grossRial;
  if (values[IntentKey.Serial] !== identity[IdentityField.Serial]) return Outcome.NotFound;
  decision[DecisionField.AvailableRial] = grossRial - purchase.returnedRial;
  if (!isAmount(purchase.grossRial) || nowRial > grossRial) return Outcome.BadAmount;
  const usedRial = values[IntentKey.UsedRial];
  const restoredBeforeRial = mulDiv(usedRial, purchase.returnedRial, grossRial);
  const restoredRial = mulDiv(usedRial, nowRial, grossRial) - restoredBeforeRial;
  const discountRial = taken(values[IntentKey.DiscountRial], nowRial, grossRial);
  const spentRial = purchase.grossRial - discountRial;
  restore(restoredBeforeRial, restoredRial);
  decision[DecisionField.RestoredRial] = restoredRial - decision[DecisionField.DeferredRial];
  decision[DecisionField.DiscountRial] = discountRial;
  decision[DecisionField.PayableRial] = spentRial - restoredRial;
  takeCredit(
    taken(values[IntentKey.EarnedRial], nowRial, grossRial),
    lastDayOf(Header.LotWindow, values[IntentKey.Day]),
  );
  takePoints(taken(values[IntentKey.PointsEarned], nowRial, grossRial));
  lower(StateField.LifeSpendRial, spentRial);
  if (values[IntentKey.Day] >= after[StateField.PeriodStartDay])
    lower(StateField.PeriodSpendRial, spentRial);
  return Outcome.Ok;
}

/** Of what was given with the whole bill, what goes with the part that comes back now. */
function taken(given: number, nowRial: number, grossRial: number): number {
  return (
    mulDiv(given, grossRial - purchase.returnedRial, grossRial) -
    mulDiv(given, grossRial - nowRial, grossRial)
  );
}

/** Parts of used credit, in the order of use, from `fromRial` on: back with their last days. */
function restore(fromRial: number, amountRial: number): void {
  const parts = journaledParts();
  const graceDay = day + ruleset[Header.GraceDays];
  let skipRial = fromRial;
  let restRial = amountRial;
  for (let part = DecisionField.Parts; part < parts; part += PartField.Count) {
    const roomRial = Math.max(decision[part + PartField.AmountRial] - skipRial, 0);
    const untilDay = decision[part + PartField.UntilDay];
    const shareRial = Math.min(roomRial, restRial);
    skipRial = Math.max(skipRial - decision[part + PartField.AmountRial], 0);
    restRial -= shareRial;
    decision[part + PartField.AmountRial] =
      shareRial -
      placeLot(
        shareRial,
        day,
        untilDay < day ? graceDay : untilDay,
        decision[part],
        decision[part + PartField.Kind],
      );
  }
}

/** The record before, as a new one: what the last tap did is undone, and nothing else. */
function undo(): Outcome {
  const original = purchase.original;
  const preImage = purchase.preImage;
  if (original === undefined || preImage === undefined) return Outcome.NotFound;
  const values = original.values;
  const kind = values[IntentKey.Kind];
  const isLast =
    values[IntentKey.BaseTag] === after[StateField.BaseTag] &&
    after[StateField.LastTerminal] === purchase.terminal &&
    after[StateField.LastSequence] === purchase.reference;
  const isKind = kind === TapKind.Sale || (kind >= TapKind.GiftLoad && kind <= TapKind.Reward);
  if (!isLast || !isKind || values[IntentKey.Day] !== purchase.day) return Outcome.NotFound;
  const balanceRial = sumLots(false);
  const debtRial = after[StateField.DebtRial];
  journaledParts();
  copyNumbers(preImage, after);
  // What had expired before the tap to be undone was written off with it, and stays so.
  expireLots();
  decision[DecisionField.RestoredRial] = values[IntentKey.UsedRial];
  decision[DecisionField.ClawedRial] = values[IntentKey.EarnedRial];
  decision[DecisionField.DebtAddedRial] = after[StateField.DebtRial] - debtRial;
  decision[DecisionField.PointsUsed] = values[IntentKey.PointsEarned];
  decision[DecisionField.PointsEarned] = values[IntentKey.PointsUsed];
  decision[DecisionField.DiscountRial] = values[IntentKey.DiscountRial];
  decision[DecisionField.PayableRial] =
    values[IntentKey.GrossRial] - values[IntentKey.UsedRial] - decision[DecisionField.DiscountRial];
  const changeRial =
    values[IntentKey.UsedRial] - values[IntentKey.EarnedRial] + values[IntentKey.DebtPaidRial];
  return sumLots(false) - balanceRial === changeRial ? Outcome.Ok : Outcome.NotFound;
}

/** Copies the original's parts of used credit into the decision; returns the index behind them. */
function journaledParts(): number {
  let part = DecisionField.Parts;
  const original = purchase.original;
  if (original === undefined) return part;
  const bytes = original.strings[IntentKey.Parts];
  for (let at = 0; at < original.lengths[IntentKey.Parts]; at += PART_BYTES) {
    decision[part] = bytes[at];
    decision[part + PartField.Kind] = bytes[at + 1];
    decision[part + PartField.UntilDay] = getUint(bytes, at + 2, 2);
    decision[part + PartField.AmountRial] = getUint(bytes, at + 4, 5);
    part += PartField.Count;
    decision[DecisionField.PartCount]++;
  }
  return part;
}

/** Money comes in, credit of the same amount goes on the card. */
function loadGift(): Outcome {
  const isLoaded = (after[StateField.Flags] & StateFlag.Enrolled) !== 0;
  const maxRial = getUint(ruleset, Header.MaxBalanceRial, 5);
  const roomRial = (maxRial > 0 ? maxRial : MAX_RIAL) - sumLots(false);
  if (isLoaded && (ruleset[Header.Flags] & RulesetFlag.GiftTopUp) === 0)
    return Outcome.AlreadyEnrolled;
  if (!isAmount(purchase.grossRial) || purchase.grossRial > roomRial) return Outcome.BadAmount;
  after[StateField.Flags] |= StateFlag.Enrolled;
  decision[DecisionField.PayableRial] = purchase.grossRial;
  giveByWindow(purchase.grossRial, Header.GiftWindow, GIFT_LOT_KIND);
  return wholeOrNothing();
}

function grant(): Outcome {
  const limitRial = getUint(ruleset, Header.GrantMaxRial, 5);
  const maxRial = getUint(ruleset, Header.MaxBalanceRial, 5);
  const roomRial = (maxRial > 0 ? maxRial : MAX_RIAL) - sumLots(false);
  const isFine = isAmount(purchase.grossRial) && purchase.grossRial <= roomRial;
  if (purchase.reference === 0) return Outcome.NeedsApproval;
  if (!isFine || (limitRial > 0 && purchase.grossRial > limitRial)) return Outcome.BadAmount;
  giveByWindow(purchase.grossRial, Header.LotWindow, 0);
  return wholeOrNothing();
}

/** Points for goods, or for credit. */
function handOutReward(): Outcome {
  const refusal = usageRefusal();
  if (refusal !== Outcome.Ok) return refusal;
  const end = rulesOffset(ruleset);
  for (let at = rewardsOffset(ruleset); at < end; at += Reward.SizeBytes) {
    if (ruleset[at] === purchase.reference) {
      const points = decimalAt(ruleset, at + Reward.Points);
      if (points > after[StateField.Points]) return Outcome.InsufficientPoints;
      takePoints(points);
      giveByWindow(decimalAt(ruleset, at + Reward.CreditRial), Header.LotWindow, 0);
      return wholeOrNothing();
    }
  }
  return Outcome.NotFound;
}

/** Credit that somebody pays for or asks for must find a place, or nothing is done. */
function wholeOrNothing(): Outcome {
  return decision[DecisionField.DeferredRial] > 0 ? Outcome.BadAmount : Outcome.Ok;
}

function patch(identity: Identity): Outcome {
  const patches = purchase.patches;
  if (patches === undefined || patches.length === 0) return Outcome.NotFound;
  for (let i = 0; i < patches.length; i++) {
    if (
      patches[i][PatchField.Serial] !== identity[IdentityField.Serial] ||
      patches[i][PatchField.CardNumber] !== identity[IdentityField.CardNumber] ||
      patches[i][PatchField.Id] !== after[StateField.LastPatch] + 1
    ) {
      return Outcome.NotFound;
    }
    applyPatch(patches[i]);
  }
  return Outcome.Ok;
}

function block(): Outcome {
  after[StateField.Flags] |= StateFlag.Blocked;
  return Outcome.Ok;
}

function isAmount(amountRial: number): boolean {
  return amountRial > 0 && amountRial <= MAX_RIAL && amountRial % 1 === 0;
}

function lower(field: number, amountRial: number): void {
  after[field] = Math.max(after[field] - amountRial, 0);
}

/** By `TapKind`, from `Refund` on. */
const changes: ((identity: Identity) => Outcome)[] = [
  refund,
  undo,
  loadGift,
  grant,
  handOutReward,
  renew,
  patch,
  block,
];
