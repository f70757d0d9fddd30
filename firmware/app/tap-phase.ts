/** The steps of one tap (tap.ts), in the order of its table of handlers. */
export const enum Phase {
  Detect,
  Counter,
  Identity,
  Record,
  Resume,
  Decide,
  Burn,
  Expose,
  Commit,
  Ratify,
  Close,
  /** The outcome is told already. */
  Log,
  /** Nothing to do until `begin`. */
  Idle,
}

/** How far this pad, since it has power, got with the open attempt. */
export const enum Stage {
  /** The attempt is of before the power came; nothing is known but what the journal says. */
  Restarted,
  /** Journaled, and no record of it was written to any card. */
  Begun,
  /** Its record may stand on the card. */
  Exposed,
}
