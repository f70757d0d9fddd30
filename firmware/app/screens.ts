/**
 * What can stand on the display. Texts are not code: each language is a file (assets/) that the
 * build packs into one string (font-format.ts), fonts first, then the screens in this order. On the
 * board that string stays in flash.
 */
export const enum ScreenId {
  /** In the order of View. */
  Amount,
  Credit,
  Mobile,
  Category,
  Menu,
  More,
  Reference,
  KindAmount,
  Pin,
  /** In the order of TapKind. */
  Staff,
  Enrol,
  Sale,
  Balance,
  Refund,
  Void,
  GiftLoad,
  Grant,
  Reward,
  Renew,
  /** An amount is being typed; some pads say it in words as well. */
  AmountTyped,
  /** Nothing is being typed, but there are parts of a bill. */
  Bill,
  TapCard,
  TapSupervisor,
  Working,
  LeftEarly,
  SameCard,
  OtherCard,
  TwoCards,
  Partial,
  GiveUp,
  Rate,
  /** Rows of the counter's pages. */
  Lots,
  Movements,
  Shift,
  Earlier,
  /** In the order of TapKind. */
  DoneEnrol,
  DoneSale,
  DoneBalance,
  /** Of every other kind: credit, debt and points afterwards. */
  DoneChange,
  /** In the order of TapOutcome from `Blank` on. */
  Blank,
  Foreign,
  Damaged,
  Manipulated,
  Superseded,
  InDoubt,
  JournalFull,
  Fault,
  Deferred,
  /** In the order of Outcome from `Ok` on. */
  RefusedOk,
  NotEnrolled,
  AlreadyEnrolled,
  Blocked,
  CardExpired,
  WrongKind,
  InsufficientCredit,
  BadAmount,
  EarnOnly,
  DebtOpen,
  ClockSuspect,
  RefusedByRule,
  Pending,
  NeedsApproval,
  InsufficientPoints,
  NotFound,
  Repeated,
  /** Of staff. */
  LoggedIn,
  LoggedOut,
  NotSupervisor,
  WrongPin,
  PinLocked,
  ShiftClosed,
  /** Why a pad does not start. */
  NotProvisioned,
  RulesUnknown,
  JournalUnreadable,
  ReaderSilent,
  /** Something went wrong that must not; it begins again. */
  Restarting,
  /** What amounts are typed in: lines of `Amount` and `KindAmount`. */
  InRial,
  InToman,
  InNewRial,
}

/** Behind the screens: the words for a million and a thousand, as the lines of one more. */
export const SCALE_WORDS = ScreenId.InNewRial + 1;

/** Values that screens name, by the number in a cell. */
export const enum Shown {
  Typed = 1,
  Mobile,
  Gross,
  Asked,
  Available,
  Old,
  Used,
  Earned,
  New,
  Points,
  Pay,
  Member,
  Date,
  Expiring,
  /** What was added and what was taken, in one. */
  Change,
  Debt,
  /** Number of the tap's record in this pad's journal. */
  Record,
  /** Number of the staff member who is logged in. */
  Staff,
  /** A sign for each digit typed. */
  Secret,
  /** What is typed, in words. */
  Words,
  /** Of the counter's pages. */
  Row1,
  Row2,
  Row3,
  Row4,
  Row5,
  Row6,
}

/** Added to a value's number in a cell. */
export const VALUE_CODE = 128;
/** Added as well when it stands in double size. */
export const BIG_VALUE = 64;
export const LINE_COUNT = 8;
export const LINE_CHARACTERS = 21;
