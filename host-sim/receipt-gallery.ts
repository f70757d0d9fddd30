/** Receipts as they occur, for pictures. */
import { DAY_NEVER } from "../card-layout/state";
import { TapKind } from "../firmware/core/evaluate";

const LOTS = [
  { amountRial: 1_300_000, fromDay: 2095, untilDay: 2170 },
  { amountRial: 4_250_000, fromDay: 2101, untilDay: 2191 },
  { amountRial: 500_000, fromDay: 2000, untilDay: DAY_NEVER },
];

/** A purchase with all that can be on it. */
export const PURCHASE = {
  shop: "",
  terminal: 7,
  record: 4711,
  member: 100042,
  cashier: 12,
  kind: TapKind.Sale as number,
  day: 2100,
  minute: 1037,
  grossRial: 45_000_000,
  usedRial: 2_000_000,
  earnedRial: 4_250_000,
  expiredRial: 300_000,
  discountRial: 500_000,
  restoredRial: 0,
  clawedRial: 0,
  payableRial: 42_500_000,
  oldRial: 4_100_000,
  balanceRial: 6_050_000,
  lots: LOTS,
  pointsEarned: 425,
  pointsUsed: 0,
  points: 1250,
  isCopy: false,
  unitRial: 10,
};

/** A return, printed again. */
export const RETURN = {
  ...PURCHASE,
  kind: TapKind.Refund as number,
  record: 4712,
  cashier: 0,
  grossRial: 10_000_000,
  usedRial: 0,
  earnedRial: 0,
  expiredRial: 0,
  discountRial: 0,
  restoredRial: 450_000,
  clawedRial: 950_000,
  payableRial: 9_550_000,
  oldRial: 6_050_000,
  balanceRial: 5_550_000,
  lots: undefined,
  pointsEarned: 0,
  pointsUsed: 95,
  points: 1155,
  isCopy: true,
};
