/**
 * What one tap does to a card: a pure function of ruleset, card state, identity and purchase. The
 * pad, the simulator and the back office run this same code, so a tap can be recomputed anywhere.
 */
import { type Bytes, copyNumbers } from "../../card-layout/bytes";
import type { Identity } from "../../card-layout/identity";
import { lazily } from "../../card-layout/lazily";
import {
  type CardState,
  DAY_NEVER,
  LotField,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import { guardCard } from "./card-guards";
import type { CardPatch } from "./card-patch";
import type { JournalEntry } from "./journal-entry";
import { expireLots, sumLots } from "./lots";
import { MAX_RIAL } from "./money";
import { Header, RulesetFlag } from "./ruleset-format";
import { isUnapproved } from "./staff-policy";
import { change } from "./tap-change";
import { after, day, decision, ruleset, startTap } from "./tap-context";
import { startPeriod } from "./tap-earn";
import { sell, usageRefusal } from "./tap-sale";

/** What the cashier asks for. */
export const enum TapKind {
  /** Only reads a staff card: who it is stands in the identity. Never journaled as an attempt. */
  Staff = 0,
  /** A blank member card becomes a member's. Amounts are zero. */
  Enrol = 1,
  /** A purchase, paid in part with credit when `askedCreditRial` is not zero. */
  Sale = 2,
  /** Only shows: the decision is filled, the state stays as it is. */
  Balance = 3,
  /** Goods of `original` come back for `grossRial` of its bill; partly, wholly, in any split. */
  Refund = 4,
  /** Undoes the card's last record, which this terminal wrote today: `original`. */
  Void = 5,
  /** Loads a gift card with `grossRial`. */
  GiftLoad = 6,
  /** `grossRial` of credit by a supervisor (`approver`) for a reason (`reference`). */
  Grant = 7,
  /** Hands out the reward `reference` of the ruleset for points. */
  Reward = 8,
  /** Lengthens the card's life by what the ruleset gives. */
  Renew = 9,
  /** What the back office ordered for this card: `patches`. Nobody at the pad asks for it. */
  Patch = 10,
  /** The card is on the hot list: marks it, so that every pad refuses it from now on. */
  Block = 11,
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
  /** A GUARD rule refuses; `DecisionField.FiredRules` names it. */
  RefusedByRule = 11,
  /** Enrolled in a closed club and not yet approved by the back office. */
  Pending = 12,
  /** Needs a supervisor's approval and a reason. */
  NeedsApproval = 13,
  /** The reward costs more points than the card has. */
  InsufficientPoints = 14,
  /** No such sale of this card, no such reward, not the last record, no such patch. */
  NotFound = 15,
  /** Said by the pad only: the same sale a moment ago. Asked for once more it is done. */
  Repeated = 16,
}

/** One purchase as the pad or a point of sale states it. Money in whole rial below 2^40. */
export interface Purchase {
  kind: TapKind;
  /** The bill; what comes back of it, is loaded or granted. */
  grossRial: number;
  /** How much of the bill the customer wants to pay with credit. */
  askedCreditRial: number;
  /** Pieces per category 0..15, then the part of the bill per category; missing = all 0. */
  categories?: number[];
  /** Business day, days since 2020-01-01 (calendar.ts). */
  day: number;
  /** Minute of the wall clock, 0..1439. */
  minute: number;
  terminal: number;
  /** Journal sequence of this tap's intent. */
  sequence: number;
  /** The shop that this pad stands in, 1..254. */
  issuer: number;
  /** Reason of a grant, number of a reward, journal sequence of `original`; else 0. */
  reference: number;
  /** Serial of the supervisor's card, 0 for none. The rules ask only whether there is one. */
  approver: number;
  /** Number of the staff member who is logged in, 0 for nobody; only for the journal. */
  cashier: number;
  /** Credit that this pad gave on this day before, rial; counts against its budget. */
  padGivenRial: number;
  /** The most credit that this pad may take now, rial; less when its lists are old. */
  capRial: number;
  /** How much of the original's bill has come back before, rial. */
  returnedRial: number;
  /** The till's number of this request, 0 for none; only for the journal. */
  tillRequest: number;
  /** The journaled intent of the sale that comes back, or of the tap that is undone. */
  original?: JournalEntry;
  /** The record that the tap to be undone started from. */
  preImage?: CardState;
  /** To be taken in, in this order. */
  patches?: CardPatch[];
}

/** A purchase to be kept and filled again and again, at one pad. */
export function createPurchase(terminal: number, issuer: number): Purchase {
  return {
    kind: TapKind.Balance,
    grossRial: 0,
    askedCreditRial: 0,
    day: 0,
    minute: 0,
    terminal,
    sequence: 0,
    issuer,
    reference: 0,
    approver: 0,
    cashier: 0,
    padGivenRial: 0,
    capRial: MAX_RIAL,
    returnedRial: 0,
    tillRequest: 0,
  };
}

/** Indexes of a `Decision`. Money in rial. */
export const enum DecisionField {
  Outcome = 0,
  /** The most credit that may be used for this bill now; for `Balance`, regardless of a bill. */
  AvailableRial = 1,
  /** What is left to pay otherwise; for `Refund`, what the customer gets back in money. */
  PayableRial = 2,
  /** What the card owes afterwards. */
  DebtRial = 3,
  /** Earned or given back, but no lot was free: the back office grants it by a card patch. */
  DeferredRial = 4,
  /** When and how much of the credit expires next; 0xFFFF and 0 when none does. */
  NextExpiryDay = 5,
  NextExpiryRial = 6,
  /** Of the card afterwards. */
  Group = 7,
  /** 1: the card was used on a later day than the pad believes it is. Time rules were left out. */
  IsClockSuspect = 8,
  PartCount = 9,
  FiredCount = 10,

  /** From here to `PointsUsed` the keys are those of `IntentKey`, so that an intent is a copy. */
  UsedRial = 16,
  /** Credit earned, `DebtPaidRial` included, `DeferredRial` not. */
  EarnedRial = 17,
  /** Written off with this tap; after a refusal or for `Balance`, with the next one. */
  ExpiredRial = 18,
  DiscountRial = 19,
  /** All credit on the card afterwards, also what may not be used yet. */
  BalanceRial = 20,
  PointsEarned = 21,
  /** Points afterwards. */
  Points = 22,
  /** Credit used for what came back or is undone, put on the card again. */
  RestoredRial = 28,
  /** Earned credit taken back; `DebtAddedRial` of it the card no longer had. */
  ClawedRial = 29,
  /** Part of the earned credit that paid off debt and so did not become a lot. */
  DebtPaidRial = 30,
  DebtAddedRial = 31,
  /** Spent on a reward, taken back, or undone. */
  PointsUsed = 32,

  /** `PartCount` (0..6) parts of used credit, or of what is given back: `PartField.Count` each. */
  Parts = 33,
  /** `FiredCount` ids of the rules that gave or refused something. */
  FiredRules = 57,
}

/** One part of used credit: out of which lot it came. */
export const enum PartField {
  Issuer = 0,
  Kind = 1,
  UntilDay = 2,
  AmountRial = 3,
  Count = 4,
}

/** What the tap does, by `DecisionField`; caller-owned and filled anew by every evaluation. */
export type Decision = number[] & { readonly record?: "decision" };

/** An empty decision to be kept and filled again and again. */
export function createDecision(): Decision {
  const decision: Decision = [];
  clearDecision(decision);
  return decision;
}

/**
 * Evaluates one tap. `ruleset` has passed `checkRuleset`; `state`, `identity` and `purchase` are
 * only read. `after` becomes the state to be written (its base tag is the caller's to set) and
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
  const lastDay = state[StateField.LastDay];
  // Time never goes back on a card: a pad that is behind works with the card's last day.
  startTap(ruleset, purchase, Math.max(purchase.day, lastDay), after, decision);
  copyNumbers(state, after);
  clearDecision(decision);
  decision[DecisionField.IsClockSuspect] = lastDay > purchase.day + 1 ? 1 : 0;
  decision[DecisionField.ExpiredRial] = expireLots();
  let outcome = guardCard(identity);
  const kind = purchase.kind;
  if (outcome === Outcome.Ok && isUnapproved(ruleset, purchase)) outcome = Outcome.NeedsApproval;
  if (outcome === Outcome.Ok)
    outcome = kind < TapKind.Refund ? taps[kind](identity) : lazily(change)(identity);
  decision[DecisionField.Outcome] = outcome;
  decision[DecisionField.Points] = after[StateField.Points];
  decision[DecisionField.Group] = after[StateField.Group];
  decision[DecisionField.DebtRial] = after[StateField.DebtRial];
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    const untilDay = after[lot + LotField.UntilDay];
    decision[DecisionField.BalanceRial] += after[lot];
    if (after[lot] > 0 && untilDay < decision[DecisionField.NextExpiryDay]) {
      decision[DecisionField.NextExpiryDay] = untilDay;
      decision[DecisionField.NextExpiryRial] = after[lot];
    }
  }
  if (outcome !== Outcome.Ok || kind === TapKind.Balance) copyNumbers(state, after);
  else {
    after[StateField.LastMinute] = purchase.minute;
    after[StateField.LastTerminal] = purchase.terminal;
    after[StateField.LastSequence] = purchase.sequence;
  }
}

function clearDecision(decision: Decision): void {
  for (let i = 0; i < DecisionField.Parts; i++) decision[i] = 0;
  decision[DecisionField.NextExpiryDay] = DAY_NEVER;
}

/** A new member starts without history; what the card was loaded with before stays. */
function enrol(): Outcome {
  after[StateField.Flags] |= StateFlag.Enrolled;
  if ((ruleset[Header.Flags] & RulesetFlag.ClosedClub) !== 0) {
    after[StateField.Flags] |= StateFlag.Pending;
  }
  after[StateField.Group] = ruleset[Header.EnrolGroup];
  after[StateField.GroupSinceDay] = day;
  after[StateField.Visits] = 0;
  after[StateField.FirstDay] = 0;
  after[StateField.LifeSpendRial] = 0;
  after[StateField.DayRedeemRial] = 0;
  after[StateField.BirthdayClaimYear] = 0;
  after[StateField.LastDay] = day;
  startPeriod();
  return Outcome.Ok;
}

function showBalance(): Outcome {
  if (usageRefusal() === Outcome.Ok) decision[DecisionField.AvailableRial] = sumLots(true);
  return Outcome.Ok;
}

/** By `TapKind`, below `Refund`. */
const taps: ((identity: Identity) => Outcome)[] = [() => Outcome.Ok, enrol, sell, showBalance];
