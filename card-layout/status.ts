/**
 * The one result code of everything on the device that can fail. Each value says what is left
 * behind and what to do next. `Ok` is 0; every other value is a refusal or a fault.
 */
export const enum Status {
  Ok = 0,

  // --- the card on the air (firmware/hal/card-reader.ts)
  /** Nothing answered REQA/WUPA. Nothing changed; poll again. */
  NoCard = 1,
  /** A selected card stopped answering. What it was told last may or may not have happened: select,
   * authenticate and read again before deciding; never repeat a decrement blindly. */
  CardLost = 2,
  /** The card answered NAK (4 bits, not 1010). The card did not do it and left the session. */
  Nak = 3,
  /** An answer with wrong CRC, parity or length. As `CardLost`: unknown, so read again. */
  BadAnswer = 4,
  /** More than one card answers. Nothing changed; ask for one card only. */
  Collision = 5,
  /** The key is not this sector's, or the card left during authentication. Select again. */
  AuthFailed = 6,
  /** The reader chip itself does not answer as it must. Initialise the reader; show "reader". */
  ReaderFault = 7,
  /** The card answers the back-door wake-up of a copied ("magic") chip. Refuse it. */
  MagicCard = 8,

  // --- bytes that were read (card-layout, firmware/core, firmware/storage)
  /** Length, format or value outside what the specification allows. Nothing was taken over. */
  Malformed = 20,
  /** The seal or MAC does not open with any key held. Refuse; never use the content. */
  BadSeal = 21,
  /** A format or field that this version does not know. Refuse the whole; update the pad. */
  Unsupported = 22,
  /** Input longer than the caller's buffer. Nothing was taken over. */
  TooLong = 23,
  /** A version, counter or sequence that is not newer than what is held. Keep what is held. */
  Stale = 24,
  /** The thing asked for is not there. */
  NotFound = 25,

  // --- flash (firmware/hal/flash.ts, firmware/storage)
  /** Flash read back other bytes than were programmed. The record does not count; stop and show. */
  FlashFault = 40,
  /** No room without overwriting what the back office has not acknowledged. Sync first. */
  Full = 41,
}

/** Bytes were read but do not open: worn, torn or edited, and not a matter of the air. */
export function isContentFault(status: Status): boolean {
  return status === Status.BadSeal || status === Status.Malformed || status === Status.Unsupported;
}
