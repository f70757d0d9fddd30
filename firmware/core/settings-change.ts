/** What a journal record of type `Settings` says (core/journal-entry.ts has the encoding). */

/** Keys of a `Settings`: something came down from the back office and counts from here on. */
export const enum SettingsKey {
  /** A `SettingsChange`. */
  Change = 8,
  /** Of what is stored now; of a clock that was set, the time before. */
  Version = 9,
  /** The pad's clock, after it was set. */
  UnixSeconds = 10,
}

export const enum SettingsChange {
  Settings = 1,
  Lists = 2,
  Clock = 3,
}
