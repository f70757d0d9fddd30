/** What a journal record of type `Shift` says (core/journal-entry.ts has the encoding). */

/** Keys of a `Shift`: who stood at the pad, and what a shift came to. */
export const enum ShiftKey {
  /** A `ShiftAction`. */
  Action = 8,
  /** Number of the staff member; 0 = nobody was logged in. */
  Staff = 9,
  /** Serial of the staff card. */
  Serial = 10,
  UnixSeconds = 11,
  /** Wrong PINs of this card in a row on this day, this one included. */
  Tries = 12,
  /** Business day. */
  Day = 13,
  /** Of the shift; the first one is 1. From here on only in `Close` and `Carry`. */
  Number = 14,
  /** Done taps of the shift, and their rial: the bills of sales, credit used and earned on them. */
  Sales = 15,
  SalesRial = 16,
  UsedRial = 17,
  EarnedRial = 18,
  Returns = 19,
  ReturnsRial = 20,
  Loads = 21,
  LoadsRial = 22,
  Grants = 23,
  GrantsRial = 24,
  Voids = 25,
  /** Taps that were given up in doubt. */
  InDoubt = 26,
  /** What customers had to pay otherwise than with credit, and what they got back. */
  PaidInRial = 27,
  PaidOutRial = 28,
  End = 29,
}

/** Wrong PINs in a row that one card may have on a day. */
export const PIN_TRIES = 5;

export const enum ShiftAction {
  LogIn = 1,
  LogOut = 2,
  WrongPin = 3,
  /** The shift is over: its figures. */
  Close = 4,
  /** It goes on: its figures so far, so that nobody has to read older records for them. */
  Carry = 5,
}
