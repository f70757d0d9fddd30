/** What an alarm in the journal is about. */

/** Why a card is refused as manipulated; `AlarmKey.Code`. */
export const enum AlarmCode {
  /** The pair of counters is in a state no tear leaves. */
  Counter = 1,
  /** The counter is above, or the record is not, what this pad saw last. */
  Watermark = 2,
  /** The counter is above the open attempt's. */
  Rollback = 3,
  /** At the open attempt's counter stands another record than it was based on. */
  BaseTag = 4,
  /** Writes vanished with the field. */
  ShadowCard = 5,
  /** Answers the back door of copied chips. */
  MagicCard = 6,
}
