/** What a journal record of type `Rating` says (core/journal-entry.ts has the encoding). */

/** Keys of a `Rating`. */
export const enum RatingKey {
  /** 1..5. */
  Score = 8,
  /** Sequence of the tap that it is about. */
  IntentSequence = 9,
}
