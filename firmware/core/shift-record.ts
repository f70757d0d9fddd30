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
}

/** Wrong PINs in a row that one card may have on a day. */
export const PIN_TRIES = 5;

export const enum ShiftAction {
  LogIn = 1,
  LogOut = 2,
  WrongPin = 3,
}
