/**
 * The tables of the compiled ruleset, as the encoder uses them and rulesets/FORMAT.md prints them.
 * A test compares the three: this file, FORMAT.md, and the offsets that the pad reads with.
 */
import { putUint } from "../../card-layout/bytes";
import {
  Action,
  Base,
  Condition,
  Field,
  Header,
  MAX_EXPONENT,
  Operator,
  Phase,
  Reward,
  Rule,
  StackMode,
  StaffFlag,
  WindowMode,
} from "../../firmware/core/ruleset-format";

/** Name, offset, size in bytes. Numbers are little-endian and unsigned. */
export type LayoutRow = readonly [name: string, offset: number, sizeBytes: number];

/** Names (as written in YAML) and their codes. */
export type CodeTable = Readonly<Record<string, number>>;

export const HEADER_LAYOUT: readonly LayoutRow[] = [
  ["magic", Header.Magic, 2],
  ["format", Header.Format, 1],
  ["ruleCount", Header.RuleCount, 1],
  ["lengthBytes", Header.LengthBytes, 2],
  ["club", Header.Club, 2],
  ["version", Header.Version, 4],
  ["validFromDay", Header.ValidFromDay, 2],
  ["offsetMinutes", Header.OffsetMinutes, 2],
  ["cutoffMinute", Header.CutoffMinute, 2],
  ["roundToRial", Header.RoundToRial, 4],
  ["perTapCapRial", Header.PerTapCapRial, 5],
  ["maxBalanceRial", Header.MaxBalanceRial, 5],
  ["redeemUnitRial", Header.RedeemUnitRial, 4],
  ["redeemMinRial", Header.RedeemMinRial, 5],
  ["redeemMaxRial", Header.RedeemMaxRial, 5],
  ["redeemMaxBps", Header.RedeemMaxBps, 2],
  ["redeemDayRial", Header.RedeemDayRial, 4],
  ["stackModes", Header.StackModes, 4],
  ["lotWindow", Header.LotWindow, 4],
  ["displayDivisor", Header.DisplayDivisor, 2],
  ["displayDecimals", Header.DisplayDecimals, 1],
  ["flags", Header.Flags, 1],
  ["enrolGroup", Header.EnrolGroup, 1],
  ["periodMonths", Header.PeriodMonths, 1],
  ["acceptCount", Header.AcceptCount, 1],
  ["renewMonths", Header.RenewMonths, 1],
  ["graceDays", Header.GraceDays, 1],
  ["rewardCount", Header.RewardCount, 1],
  ["giftWindow", Header.GiftWindow, 4],
  ["padBudgetRial", Header.PadBudgetRial, 5],
  ["grantMaxRial", Header.GrantMaxRial, 5],
  ["staff", Header.Staff, 1],
  ["approveAbove", Header.ApproveAbove, 3],
];

export const REWARD_LAYOUT: readonly LayoutRow[] = [
  ["id", Reward.Id, 1],
  ["points", Reward.Points, 3],
  ["creditRial", Reward.CreditRial, 3],
  ["reserved", Reward.SizeBytes - 1, 1],
];

export const RULE_LAYOUT: readonly LayoutRow[] = [
  ["id", Rule.Id, 1],
  ["order", Rule.Order, 1],
  ["phase", Rule.Phase, 1],
  ["stack", Rule.Stack, 1],
  ["action", Rule.Action, 1],
  ["base", Rule.Base, 1],
  ["conditionCount", Rule.ConditionCount, 1],
  ["lotWindow", Rule.LotWindow, 4],
  ["lotKind", Rule.LotKind, 1],
  ["argument", Rule.Argument, 3],
  ["unit", Rule.Unit, 3],
  ["cap", Rule.Cap, 3],
  ["firstDay", Rule.FirstDay, 2],
  ["lastDay", Rule.LastDay, 2],
  ["flags", Rule.Flags, 1],
  ["reserved", Rule.Reserved, 2],
];

export const CONDITION_LAYOUT: readonly LayoutRow[] = [
  ["field", Condition.Field, 1],
  ["operator", Condition.Operator, 1],
  ["mantissa", Condition.Mantissa, 2],
];

export const PHASES: CodeTable = {
  guard: Phase.Guard,
  redeem: Phase.Redeem,
  discount: Phase.Discount,
  earn: Phase.Earn,
  points: Phase.Points,
  promote: Phase.Promote,
  review: Phase.Review,
};

export const ACTIONS: CodeTable = {
  percent: Action.Bps,
  rial: Action.Fixed,
  pointsPerUnit: Action.PointsPerUnit,
  points: Action.PointsFixed,
  setGroup: Action.SetGroup,
  punch: Action.IncrementPunch,
  refuse: Action.Refuse,
};

export const STACK_MODES: CodeTable = {
  first: StackMode.First,
  max: StackMode.Max,
  sum: StackMode.Sum,
};

export const WINDOW_MODES: CodeTable = {
  default: WindowMode.Default,
  days: WindowMode.Days,
  fixedDay: WindowMode.FixedDay,
  never: WindowMode.Never,
};

export const BASES: CodeTable = {
  net: Base.Net,
  gross: Base.Gross,
  ...keyed("category", 16, Base.Category),
};

export const OPERATORS: CodeTable = {
  "<": Operator.Less,
  "=": Operator.Equal,
  "<=": Operator.AtMost,
  ">": Operator.Greater,
  "!=": Operator.NotEqual,
  ">=": Operator.AtLeast,
  bit: Operator.Bit,
};

export const FIELDS: CodeTable = {
  gross: Field.Gross,
  net: Field.Net,
  qty: Field.Quantity,
  partner: Field.Partner,
  terminal: Field.Terminal,
  ratio: Field.Ratio,
  kind: Field.Kind,
  group: Field.Group,
  visits: Field.Visits,
  avg: Field.Average,
  gap: Field.Gap,
  pSpend: Field.PeriodSpend,
  pVisits: Field.PeriodVisits,
  points: Field.Points,
  credit: Field.Credit,
  debt: Field.Debt,
  gender: Field.Gender,
  attr1: Field.Attribute1,
  attr2: Field.Attribute2,
  offers: Field.Offers,
  ...keyed("punch", 4, Field.Punch),
  day: Field.Day,
  minute: Field.Minute,
  dow: Field.DayOfWeek,
  jm: Field.JalaliMonth,
  jd: Field.JalaliDay,
  newVisit: Field.NewVisit,
  sinceLast: Field.SinceLast,
  groupDays: Field.GroupDays,
  age: Field.Age,
  bdelta: Field.BirthdayDelta,
  bclaim: Field.BirthdayClaimed,
  ...keyed("qty", 16, Field.CategoryQuantity),
  ...keyed("amt", 16, Field.CategoryAmount),
};

/** What may need a supervisor's approval, by the words of `supervisorFor`. */
export const SUPERVISED: CodeTable = {
  return: StaffFlag.Refund,
  void: StaffFlag.Void,
  giftLoad: StaffFlag.GiftLoad,
  reward: StaffFlag.Reward,
  renew: StaffFlag.Renew,
};

export const YES_NO = { no: 0, yes: 1, false: 0, true: 1 } as const;
const WEEK = ["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"];

/** Words that may stand for the numbers of a field. */
export const NAMED_VALUES: Readonly<Record<number, CodeTable>> = {
  [Field.Kind]: { member: 1, gift: 2, test: 9 },
  [Field.Gender]: { unknown: 0, female: 1, male: 2 },
  [Field.DayOfWeek]: Object.fromEntries(WEEK.map((name, index) => [name, index])),
  [Field.NewVisit]: YES_NO,
  [Field.BirthdayClaimed]: YES_NO,
};

/** Writes the named values into a block of the layout; what is not named stays zero. */
export function encodeBlock(
  layout: readonly LayoutRow[],
  values: Readonly<Record<string, number | Uint8Array>>,
): Uint8Array {
  const last = layout[layout.length - 1];
  const block = new Uint8Array(last[1] + last[2]);
  for (const [name, value] of Object.entries(values)) {
    const row = layout.find((candidate) => candidate[0] === name);
    if (row === undefined) throw new Error(`no field ${name} in this layout`);
    if (typeof value === "number") putUint(block, row[1], row[2], value);
    else block.set(value.subarray(0, row[2]), row[1]);
  }
  return block;
}

/** mantissa * 10^exponent, or undefined for too many digits or more than 65535 * 10^7. */
export function splitDecimal(value: number): { mantissa: number; exponent: number } | undefined {
  let mantissa = value;
  let exponent = 0;
  while (mantissa > 65535 && mantissa % 10 === 0) {
    mantissa /= 10;
    exponent += 1;
  }
  return mantissa <= 65535 && exponent <= MAX_EXPONENT ? { mantissa, exponent } : undefined;
}

function keyed(name: string, count: number, firstCode: number): Record<string, number> {
  const codes: Record<string, number> = {};
  for (let key = 0; key < count; key++) codes[`${name}${key}`] = firstCode + key;
  return codes;
}
