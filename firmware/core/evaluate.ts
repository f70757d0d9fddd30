/**
 * What one tap does to a card: a pure function of ruleset, card state, identity and purchase. The
 * pad, the simulator and the back office run this same code, so a tap can be recomputed anywhere.
 */
import type { IssuerAmount } from "./lots";

/** What the cashier asks for. */
export const enum TapKind {
  /** A blank member card becomes a member's. Amounts are zero. */
  Enrol = 1,
  /** A purchase, paid in part with credit when `askedCreditRial` is not zero. */
  Sale = 2,
  /** Only shows: the decision is filled, the state stays as it is. */
  Balance = 3,
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
  expiredRial: number;
  pointsEarned: number;
  /** All credit on the card afterwards, also what may not be used yet. */
  balanceRial: number;
  /** Points afterwards. */
  points: number;
  /** When and how much of the credit expires next; 0xFFFF and 0 when none does. */
  nextExpiryDay: number;
  nextExpiryRial: number;
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
    nextExpiryDay: 0xffff,
    nextExpiryRial: 0,
    firedRules: [],
    firedCount: 0,
    usedByIssuer: [],
    issuerCount: 0,
    isClockSuspect: false,
  };
}
