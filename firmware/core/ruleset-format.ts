/**
 * The names of everything in a compiled ruleset: offsets, sizes and codes of rulesets/FORMAT.md.
 * Constants only; they are inlined and take no room on the pad.
 */

/** Offsets in the ruleset's header; sizes are those of rulesets/FORMAT.md. */
export const enum Header {
  Magic = 0,
  Format = 2,
  RuleCount = 3,
  LengthBytes = 4,
  Club = 6,
  Version = 8,
  ValidFromDay = 12,
  OffsetMinutes = 14,
  CutoffMinute = 16,
  RoundToRial = 18,
  PerTapCapRial = 22,
  MaxBalanceRial = 27,
  RedeemUnitRial = 32,
  RedeemMinRial = 36,
  RedeemMaxRial = 41,
  RedeemMaxBps = 46,
  RedeemDayRial = 48,
  StackModes = 52,
  LotWindow = 56,
  DisplayDivisor = 60,
  DisplayDecimals = 62,
  Flags = 63,
  EnrolGroup = 64,
  PeriodMonths = 65,
  AcceptCount = 66,
  RenewMonths = 67,
  GraceDays = 68,
  RewardCount = 69,
  GiftWindow = 70,
  PadBudgetRial = 74,
  GrantMaxRial = 79,
  /** Bits of `StaffFlag`. */
  Staff = 84,
  /** Rial, as in rules; 0 = no limit. */
  ApproveAbove = 85,
  SizeBytes = 88,
}

/** Bits of `Header.Flags`. */
export const enum RulesetFlag {
  /** Credit may be used although the pad's day is before the card's. */
  RedeemWhenClockSuspect = 1,
  /** Enrolled cards wait for the back office's approval before they earn or pay. */
  ClosedClub = 2,
  /** Credit may be used although the card owes. */
  RedeemWithDebt = 4,
  /** A gift card that was loaded may be loaded again. */
  GiftTopUp = 8,
}

/** Bits of `Header.Staff`: what needs a supervisor's approval, in the order of `TapKind`. */
export const enum StaffFlag {
  /** A staff card is shown before anything else. */
  LoginRequired = 1,
  Refund = 2,
  Void = 4,
  GiftLoad = 8,
  /** Always, whatever this bit says. */
  Grant = 16,
  Reward = 32,
  Renew = 64,
}

/** Offsets in a reward. */
export const enum Reward {
  Id = 0,
  Points = 1,
  /** What it gives as credit; 0 = goods. */
  CreditRial = 4,
  SizeBytes = 8,
}

/** Offsets in a rule; its conditions follow it. */
export const enum Rule {
  Id = 0,
  Order = 1,
  Phase = 2,
  Stack = 3,
  Action = 4,
  Base = 5,
  ConditionCount = 6,
  LotWindow = 7,
  LotKind = 11,
  /** Basis points, rial, points, a group or a punch index: as the action says. */
  Argument = 12,
  /** Rial per `Argument` points; the punch card's length. */
  Unit = 15,
  /** The most that the rule gives; 0 = no limit. */
  Cap = 18,
  FirstDay = 21,
  LastDay = 23,
  Flags = 25,
  Reserved = 26,
  SizeBytes = 28,
}

/** Bits of `Rule.Flags`. */
export const enum RuleFlag {
  /** When it gives something, this year's birthday is used up. */
  ClaimsBirthday = 1,
  /** And the personal offers that its conditions ask for. */
  UsesOffers = 2,
}

/** Offsets in a condition: field, operator and exponent, mantissa. */
export const enum Condition {
  Field = 0,
  Operator = 1,
  Mantissa = 2,
  SizeBytes = 4,
}

/** Offsets in a lot window. */
export const enum Window {
  Mode = 0,
  FromDays = 1,
  Until = 2,
}

/** Low two bits of `Window.Mode`. */
export const enum WindowMode {
  /** In a rule: the header's window. */
  Default = 0,
  /** `Until` days after the tap's day. */
  Days = 1,
  /** `Until` is a day number. */
  FixedDay = 2,
  Never = 3,
  /** Added: the last day is put off to the end of its Jalali month. */
  EndOfMonth = 4,
}

export const enum Phase {
  Guard = 1,
  Redeem = 2,
  Discount = 3,
  Earn = 4,
  Points = 5,
  Promote = 6,
  /** When a period has ended, before anything else: may lower the group. */
  Review = 7,
}

export const enum StackMode {
  /** The rule with the lowest order that applies. */
  First = 0,
  /** The rule that gives most; the lowest order among equals. */
  Max = 1,
  /** All of them. */
  Sum = 2,
}

export const enum Action {
  Bps = 1,
  Fixed = 2,
  PointsPerUnit = 3,
  PointsFixed = 4,
  SetGroup = 5,
  IncrementPunch = 6,
  Refuse = 7,
}

/** What a percentage is taken of. Categories are `Category + key`, never more than the net. */
export const enum Base {
  Net = 0,
  Gross = 1,
  Category = 16,
}

/** Comparison operators are sums of less 1, equal 2, greater 4. */
export const enum Operator {
  Less = 1,
  Equal = 2,
  AtMost = 3,
  Greater = 4,
  NotEqual = 5,
  AtLeast = 6,
  Bit = 7,
}

/** What conditions read. The meaning of each is in rulesets/FORMAT.md. */
export const enum Field {
  Gross = 1,
  Net = 2,
  Quantity = 3,
  Partner = 4,
  Terminal = 5,
  Ratio = 6,
  Kind = 7,
  Group = 8,
  Visits = 9,
  Average = 10,
  Gap = 11,
  PeriodSpend = 12,
  PeriodVisits = 13,
  Points = 14,
  Credit = 15,
  Debt = 16,
  Gender = 17,
  Attribute1 = 18,
  Attribute2 = 19,
  Offers = 20,
  Punch = 21,
  EndPlain = 25,
  /** From here to `EndTime` a wrong clock makes the value wrong. */
  Day = 32,
  Minute = 33,
  DayOfWeek = 34,
  JalaliMonth = 35,
  JalaliDay = 36,
  NewVisit = 37,
  SinceLast = 38,
  GroupDays = 39,
  Age = 40,
  BirthdayDelta = 41,
  BirthdayClaimed = 42,
  EndTime = 43,
  CategoryQuantity = 48,
  CategoryAmount = 64,
  End = 80,
}

/** First byte pair of every ruleset: "CR". */
export const RULESET_MAGIC = 0x5243;
export const RULESET_FORMAT = 2;
export const MAX_RULES = 64;
export const MAX_CONDITIONS = 6;
export const MAX_STACK = 15;
/** Of every mantissa and exponent, so that no amount reaches 2^40. */
export const MAX_EXPONENT = 7;
/** Categories 0..15, each with a quantity and an amount. */
export const CATEGORY_COUNT = 16;
/** Categories that one tap may name; a journal record holds no more. */
export const MAX_CATEGORY_LINES = 8;
/** And a bill from the till or the keys: beside a till's number a record holds one less. */
export const MOST_BILL_CATEGORIES = 7;
/** `BirthdayDelta` is stored with this added, so that it is never negative; 0 = no birthday. */
export const BIRTHDAY_BIAS = 200;
/** In an acceptance pair: every shop. */
export const ANY_ISSUER = 255;
