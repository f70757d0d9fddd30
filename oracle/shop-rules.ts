import type { StaffRules } from "./staff-model";

/** The rules of a shop as the oracle understands them: the part of rulesets/FORMAT.md it plays. */

export interface LotWindow {
  fromDays: number;
  /** Days after the tap; undefined = never ends. */
  untilDays: number | undefined;
  toMonthEnd: boolean;
}

export type ConditionField = "net" | "group" | "visits" | "pSpend" | "credit" | "dow";

export interface RuleCondition {
  field: ConditionField;
  operator: ">=" | "<" | "=";
  value: number;
}

interface ShopRule {
  id: number;
  when: RuleCondition[];
}

export interface EarnRule extends ShopRule {
  /** Hundredths of a per cent of the net. */
  basisPoints: number;
  /** 0 = none. */
  maxRial: number;
  purse: number;
  window: LotWindow | undefined;
}

export interface ShopRules {
  club: number;
  version: number;
  validFromDay: number;
  offsetMinutes: number;
  dayStartMinute: number;
  roundToRial: number;
  /** Of the following, 0 = none. */
  earnPerTapRial: number;
  balanceRial: number;
  redeemMaxRial: number;
  redeemPerDayRial: number;
  redeemUnitRial: number;
  redeemMinRial: number;
  redeemBasisPoints: number;
  redeemWhenClockIsSuspect: boolean;
  window: LotWindow;
  enrolGroup: number;
  /** Jalali months per period, 0 = never ends. */
  periodMonths: number;
  /** Of these the best one counts. */
  bestOf: EarnRule[];
  /** Of these all count, after the best one. */
  allOf: EarnRule[];
  pointsPerUnit: { id: number; points: number; unitRial: number };
  /** Days that credit given back lives at least. */
  graceDays: number;
  /** 0 = cards are not renewed at the pad. */
  renewMonths: number;
  rewards: { id: number; points: number; creditRial: number }[];
  /** How long what is loaded on a gift card lives, and whether a loaded one may be loaded again. */
  giftWindow: LotWindow;
  hasGiftTopUp: boolean;
  staff: StaffRules;
  promotion: { id: number; group: number; atPeriodSpendRial: number } | undefined;
}
