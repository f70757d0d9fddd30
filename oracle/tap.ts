/** What the two halves of the oracle's rules share: a tap's input, its figures, its window. */
import type { IntentContent } from "./journal-content";
import { type MemberState, NEVER } from "./member-state";
import type { CardOrder } from "./other-taps";
import { lastDayOfMonth } from "./persian-days";
import type { LotWindow, ShopRules } from "./shop-rules";

export const MAX_RIAL = 2n ** 40n - 1n;
export const MAX_U32 = 2n ** 32n - 1n;

export interface TapInput {
  kind: number;
  grossRial: bigint;
  askedRial: bigint;
  day: number;
  minute: number;
  terminal: number;
  sequence: number;
  issuer: number;
  /** Record of the original, number of the reward, last order: as the kind says. */
  reference: number;
  /** Of the original's bill, before this tap. */
  returnedRial: bigint;
  /** The sale that comes back or the tap that is undone, if it counted at this pad. */
  original: IntentContent | undefined;
  /** The state that the tap to be undone started from. */
  preImage: MemberState | undefined;
  /** Of the back office, up to number `reference`. */
  orders: readonly CardOrder[];
  isGiftCard: boolean;
  /** The office has the card on its hot list, or had. */
  isListed: boolean;
}

export interface TapFigures {
  usedRial: bigint;
  earnedRial: bigint;
  expiredRial: bigint;
  discountRial: bigint;
  balanceRial: bigint;
  pointsEarned: bigint;
  points: bigint;
  restoredRial: bigint;
  clawedRial: bigint;
  debtPaidRial: bigint;
  debtAddedRial: bigint;
  pointsUsed: bigint;
  /** Earned or given back, but no lot was free. */
  deferredRial: bigint;
}

/** A tap under way, as the other kinds need it. */
export interface OtherTap {
  readonly rules: ShopRules;
  readonly after: MemberState;
  readonly figures: TapFigures;
  readonly input: TapInput;
  /** The later of the pad's day and the card's. */
  readonly day: number;
  /** Whether credit and points may be used now. */
  mayUse(): boolean;
}

/** First and last day of credit given on `day`. */
export function windowDays({ fromDays, untilDays, toMonthEnd }: LotWindow, day: number) {
  const fromDay = day + fromDays;
  if (untilDays === undefined) return { fromDay, untilDay: NEVER };
  const untilDay = Math.max(fromDay, day + untilDays);
  return { fromDay, untilDay: toMonthEnd ? lastDayOfMonth(untilDay) : untilDay };
}
