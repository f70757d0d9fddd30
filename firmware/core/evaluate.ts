/**
 * What one tap does to a card: a pure function of ruleset, card state, identity and purchase. The
 * pad, the simulator and the back office run this same code, so a tap can be recomputed anywhere.
 */
import type { Bytes } from "../../card-layout/bytes";
import { getUint } from "../../card-layout/bytes";
import { CardKind, type Identity, IdentityField } from "../../card-layout/identity";
import { copyRecord } from "../../card-layout/record";
import {
  type CardState,
  DAY_NEVER,
  LotField,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import type { IssuerAmount } from "./lots";
import { expireLots, spendableRial, spendLots, totalRial } from "./lots";
import { floorTo, MAX_RIAL, mulBps } from "./money";
import { fillNet, fillStateFields, fillTapFields } from "./rule-fields";
import { grants, runPhase, startPhases } from "./rule-phase";
import { Header, Phase, RulesetFlag } from "./ruleset-format";
import { addStatistics, earn, promote, recordFired, rollPeriod, startPeriod } from "./tap-earn";

/** What the cashier asks for. */
export const enum TapKind {
  /** A blank member card becomes a member's. Amounts are zero. */
  Enrol = 1,
  /** A purchase, paid in part with credit when `askedCreditRial` is not zero. */
  Sale = 2,
  /** Only shows: the decision is filled, the state stays as it is. */
  Balance = 3,
  /**
   * Not evaluated: an unchanged copy of the record, written by a terminal that found another's
   * attempt unfinished, so that this attempt can never count any more.
   */
  Abandon = 15,
}

/** Ok, or why the card stays as it is. After every refusal `after` equals the state before. */
export const enum Outcome {
  Ok = 0,
  /** Enrol this card first. */
  NotEnrolled = 1,
  /** The card is a member's already; nothing to do. */
  AlreadyEnrolled = 2,
  /** The back office blocked the card. */
  Blocked = 3,
  /** The identity's expiry day has passed: issue a new card. */
  CardExpired = 4,
  /** A staff card, or a tap kind that this card kind or this version does not have. */
  WrongKind = 5,
  /** Asked more than may be used now. `availableRial` says how much; ask the customer again. */
  InsufficientCredit = 6,
  /** An amount is negative, not whole, too large, below the smallest use or not in its units. */
  BadAmount = 7,
  /** The card may earn but not pay (`earnOnly`). */
  EarnOnly = 8,
  /** The card owes money after a refund; earning pays it off before credit may be used. */
  DebtOpen = 9,
  /** The pad's day is before the card's: by the ruleset no credit may be used until it is set. */
  ClockSuspect = 10,
  /** A GUARD rule refuses; `firedRules` names it. */
  RefusedByRule = 11,
  /** Enrolled in a closed club and not yet approved by the back office. */
  Pending = 12,
}

/** One purchase as the pad or a point of sale states it. Money in whole rial below 2^40. */
export interface Purchase {
  kind: TapKind;
  /** The bill. */
  grossRial: number;
  /** How much of the bill the customer wants to pay with credit. */
  askedCreditRial: number;
  /** Part of the bill per category key 0..15; missing = 0. */
  categoryAmountRial?: number[];
  /** Pieces per category key 0..15; missing = 0. */
  categoryQuantity?: number[];
  /** Business day, days since 2020-01-01 (calendar.ts). */
  day: number;
  /** Minute of the wall clock, 0..1439. */
  minute: number;
  terminal: number;
  /** Journal sequence of this tap's intent. */
  sequence: number;
  /** The shop that this pad stands in, 1..254. */
  issuer: number;
}

/** What the tap does; caller-owned and filled anew by every evaluation. Money in rial. */
export interface Decision {
  outcome: Outcome;
  /** The most credit that may be used for this bill now; for `Balance`, regardless of a bill. */
  availableRial: number;
  usedRial: number;
  discountRial: number;
  /** What is left to pay otherwise. */
  payableRial: number;
  /** Credit earned, `debtPaidRial` included, `deferredRial` not. */
  earnedRial: number;
  /** Part of the earned credit that paid off debt and so did not become a lot. */
  debtPaidRial: number;
  /** Earned, but no lot was free: the back office grants it by a card patch. */
  deferredRial: number;
  /** Written off with this tap; after a refusal or for `Balance`, with the next one. */
  expiredRial: number;
  pointsEarned: number;
  /** All credit on the card afterwards, also what may not be used yet. */
  balanceRial: number;
  /** Points afterwards. */
  points: number;
  /** When and how much of the credit expires next; 0xFFFF and 0 when none does. */
  nextExpiryDay: number;
  nextExpiryRial: number;
  /** Of the card afterwards. */
  group: number;
  /** Ids of the rules that gave or refused something; the first `firedCount` count. */
  firedRules: number[];
  firedCount: number;
  /** Who had granted the used credit (settlement); the first `issuerCount` (0..6) count. */
  usedByIssuer: IssuerAmount[];
  issuerCount: number;
  /** The card was used on a later day than the pad believes it is. Time rules were left out. */
  isClockSuspect: boolean;
}

/** An empty decision to be kept and filled again and again. */
export function createDecision(): Decision {
  return {
    outcome: Outcome.Ok,
    availableRial: 0,
    usedRial: 0,
    discountRial: 0,
    payableRial: 0,
    earnedRial: 0,
    debtPaidRial: 0,
    deferredRial: 0,
    expiredRial: 0,
    pointsEarned: 0,
    balanceRial: 0,
    points: 0,
    nextExpiryDay: DAY_NEVER,
    nextExpiryRial: 0,
    group: 0,
    firedRules: [],
    firedCount: 0,
    usedByIssuer: [],
    issuerCount: 0,
    isClockSuspect: false,
  };
}

/**
 * Evaluates one tap. `ruleset` has passed `checkRuleset`; `state`, `identity` and `purchase` are
 * only read. `after` becomes the state to be written (its `baseTag` is the caller's to set) and
 * `decision` what to show and to journal. Order of steps: guards, expiry, period, use of credit,
 * discount, earning, points, debt, lots, statistics, promotion.
 */
export function evaluateTap(
  ruleset: Bytes,
  state: CardState,
  identity: Identity,
  purchase: Purchase,
  after: CardState,
  decision: Decision,
): void {
  // Time never goes back on a card: a pad that is behind works with the card's last day.
  const day = Math.max(purchase.day, state[StateField.LastDay]);
  copyRecord(state, after);
  clearDecision(decision);
  decision.isClockSuspect = state[StateField.LastDay] > purchase.day + 1;
  decision.expiredRial = expireLots(after, day);
  let outcome = guardCard(identity, state, purchase.kind, day);
  if (outcome === Outcome.Ok) {
    if (purchase.kind === TapKind.Sale) {
      outcome = sell(ruleset, identity, purchase, day, after, decision);
    } else if (purchase.kind === TapKind.Enrol) enrol(ruleset, day, after);
    else if (usageRefusal(ruleset, after, decision) === Outcome.Ok) {
      decision.availableRial = spendableRial(after, ruleset, purchase.issuer, day);
    }
  }
  decision.outcome = outcome;
  fillBalances(decision, after);
  if (outcome !== Outcome.Ok || purchase.kind === TapKind.Balance) copyRecord(state, after);
  else stampTap(after, purchase, day);
}

function clearDecision(decision: Decision): void {
  decision.availableRial = 0;
  decision.usedRial = 0;
  decision.discountRial = 0;
  decision.payableRial = 0;
  decision.earnedRial = 0;
  decision.debtPaidRial = 0;
  decision.deferredRial = 0;
  decision.pointsEarned = 0;
  decision.firedCount = 0;
  decision.issuerCount = 0;
}

function guardCard(identity: Identity, state: CardState, kind: TapKind, day: number): Outcome {
  const isGift = identity[IdentityField.Kind] === CardKind.Gift;
  const isStaff =
    identity[IdentityField.Kind] > CardKind.Gift && identity[IdentityField.Kind] < CardKind.Test;
  if (isStaff || kind < TapKind.Enrol || kind > TapKind.Balance) return Outcome.WrongKind;
  if ((state[StateField.Flags] & StateFlag.Blocked) !== 0) return Outcome.Blocked;
  if (identity[IdentityField.ExpiryDay] < day) return Outcome.CardExpired;
  const isEnrolled = (state[StateField.Flags] & StateFlag.Enrolled) !== 0;
  if (kind === TapKind.Enrol) {
    if (isEnrolled) return Outcome.AlreadyEnrolled;
    return isGift ? Outcome.WrongKind : Outcome.Ok;
  }
  if (!isEnrolled) return Outcome.NotEnrolled;
  const isPending = (state[StateField.Flags] & StateFlag.Pending) !== 0;
  return isPending && kind === TapKind.Sale ? Outcome.Pending : Outcome.Ok;
}

/** A new member starts without history; what the card was loaded with before stays. */
function enrol(ruleset: Bytes, day: number, after: CardState): void {
  const isClosed = (ruleset[Header.Flags] & RulesetFlag.ClosedClub) !== 0;
  after[StateField.Flags] |= isClosed ? StateFlag.Enrolled | StateFlag.Pending : StateFlag.Enrolled;
  after[StateField.Group] = ruleset[Header.EnrolGroup];
  after[StateField.GroupSinceDay] = day;
  after[StateField.Visits] = 0;
  after[StateField.FirstDay] = 0;
  after[StateField.LifeSpendRial] = 0;
  after[StateField.DayRedeemRial] = 0;
  after[StateField.BirthdayClaimYear] = 0;
  startPeriod(after, day);
}

function sell(
  ruleset: Bytes,
  identity: Identity,
  purchase: Purchase,
  day: number,
  after: CardState,
  decision: Decision,
): Outcome {
  if (!isPurchaseFine(purchase)) return Outcome.BadAmount;
  rollPeriod(ruleset, after, day);
  fillTapFields(identity, after, purchase, day);
  fillStateFields(after);
  fillNet(purchase.grossRial);
  startPhases(ruleset);
  runPhase(ruleset, Phase.Guard, purchase, decision.isClockSuspect);
  if (grants.count > 0) {
    recordFired(ruleset, after, decision);
    return Outcome.RefusedByRule;
  }
  const refusal = useCredit(ruleset, purchase, day, after, decision);
  if (refusal !== Outcome.Ok) return refusal;
  earn(ruleset, purchase, day, after, decision);
  addStatistics(purchase.grossRial - decision.discountRial, day, after);
  fillStateFields(after);
  runPhase(ruleset, Phase.Promote, purchase, decision.isClockSuspect);
  promote(ruleset, day, after);
  recordFired(ruleset, after, decision);
  return Outcome.Ok;
}

/** Credit used now comes off before discount and earning, which see only what is left to pay. */
function useCredit(
  ruleset: Bytes,
  purchase: Purchase,
  day: number,
  after: CardState,
  decision: Decision,
): Outcome {
  const askedRial = purchase.askedCreditRial;
  if (after[StateField.LastDay] !== day) after[StateField.DayRedeemRial] = 0;
  runPhase(ruleset, Phase.Redeem, purchase, decision.isClockSuspect);
  const refusal = usageRefusal(ruleset, after, decision);
  if (refusal !== Outcome.Ok) return askedRial > 0 ? refusal : Outcome.Ok;
  const creditRial = spendableRial(after, ruleset, purchase.issuer, day);
  const limitRial = usageLimit(
    ruleset,
    purchase.grossRial,
    creditRial,
    after[StateField.DayRedeemRial],
  );
  const unitRial = getUint(ruleset, Header.RedeemUnitRial, 4);
  const minRial = getUint(ruleset, Header.RedeemMinRial, 5);
  // The last of the credit may be used whatever the unit, or an odd rest would stay for ever.
  const availableRial = limitRial === creditRial ? limitRial : floorTo(limitRial, unitRial);
  decision.availableRial = availableRial < minRial ? 0 : availableRial;
  if (askedRial === 0) return Outcome.Ok;
  if (askedRial > decision.availableRial) return Outcome.InsufficientCredit;
  if (askedRial < minRial) return Outcome.BadAmount;
  if (askedRial !== availableRial && askedRial % unitRial !== 0) return Outcome.BadAmount;
  decision.usedRial = askedRial;
  decision.issuerCount = spendLots(
    after,
    ruleset,
    purchase.issuer,
    day,
    askedRial,
    decision.usedByIssuer,
  );
  after[StateField.DayRedeemRial] = Math.min(
    after[StateField.DayRedeemRial] + askedRial,
    0xffffffff,
  );
  return Outcome.Ok;
}

function usageRefusal(ruleset: Bytes, state: CardState, decision: Decision): Outcome {
  if ((state[StateField.Flags] & StateFlag.EarnOnly) !== 0) return Outcome.EarnOnly;
  if (state[StateField.DebtRial] > 0) return Outcome.DebtOpen;
  const isAllowed = (ruleset[Header.Flags] & RulesetFlag.RedeemWhenClockSuspect) !== 0;
  return decision.isClockSuspect && !isAllowed ? Outcome.ClockSuspect : Outcome.Ok;
}

/** The smallest of bill, credit, the header's limits and those of the REDEEM rules that ran. */
function usageLimit(
  ruleset: Bytes,
  grossRial: number,
  creditRial: number,
  usedTodayRial: number,
): number {
  const maxRial = getUint(ruleset, Header.RedeemMaxRial, 5);
  const dayRial = getUint(ruleset, Header.RedeemDayRial, 4);
  let limitRial = mulBps(grossRial, getUint(ruleset, Header.RedeemMaxBps, 2));
  limitRial = Math.min(limitRial, creditRial);
  if (maxRial > 0) limitRial = Math.min(limitRial, maxRial);
  if (dayRial > 0) limitRial = Math.min(limitRial, Math.max(dayRial - usedTodayRial, 0));
  for (let i = 0; i < grants.count; i++) limitRial = Math.min(limitRial, grants.amount[i]);
  return limitRial;
}

function isPurchaseFine(purchase: Purchase): boolean {
  return (
    isAmount(purchase.grossRial) &&
    isAmount(purchase.askedCreditRial) &&
    areAmounts(purchase.categoryAmountRial) &&
    areAmounts(purchase.categoryQuantity)
  );
}

function areAmounts(list: number[] | undefined): boolean {
  if (list !== undefined) {
    for (let i = 0; i < list.length; i++) if (!isAmount(list[i])) return false;
  }
  return true;
}

function isAmount(amount: number): boolean {
  return amount >= 0 && amount <= MAX_RIAL && Math.floor(amount) === amount;
}

function fillBalances(decision: Decision, after: CardState): void {
  decision.balanceRial = totalRial(after);
  decision.points = after[StateField.Points];
  decision.group = after[StateField.Group];
  decision.nextExpiryDay = DAY_NEVER;
  decision.nextExpiryRial = 0;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    const untilDay = after[lot + LotField.UntilDay];
    if (after[lot] > 0 && untilDay < decision.nextExpiryDay) {
      decision.nextExpiryDay = untilDay;
      decision.nextExpiryRial = after[lot];
    }
  }
}

function stampTap(after: CardState, purchase: Purchase, day: number): void {
  after[StateField.LastDay] = day;
  after[StateField.LastMinute] = purchase.minute;
  after[StateField.LastTerminal] = purchase.terminal;
  after[StateField.LastSequence] = purchase.sequence;
}
