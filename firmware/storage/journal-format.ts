/**
 * The bytes of the journal on flash (JOURNAL.md has the same tables; a test compares them).
 * All numbers are little-endian.
 */

/** Offsets in a page's header. `Magic`..`MarkCrc` follow the erase, the rest comes at use. */
export const enum PageField {
  Magic = 0,
  /** u32: how many pages were taken into use before this one; also names the slot of the ring. */
  PageSequence = 4,
  /** CRC-32 of the 8 bytes before: "this page was erased completely, for this page sequence". */
  MarkCrc = 8,
  /** u32: sequence of the first record of the page. */
  FirstSequence = 12,
  /** u32: everything up to this sequence was acknowledged when the page was opened. */
  Acknowledged = 16,
  /** The chain MAC before the first record. */
  PreviousMac = 20,
  /** CRC-32 of the 28 bytes before, with `MarkCrc` as it must be, not as it reads. */
  Crc = 28,
  /** `endWord(page sequence)`, programmed in a call of its own. */
  End = 32,
  SizeBytes = 36,
}

/** Offsets in a record. The payload is padded with zeros to whole words; three fields follow. */
export const enum RecordField {
  /** u16: length of the payload without padding. */
  Length = 0,
  Type = 2,
  Version = 3,
  Sequence = 4,
  Payload = 8,
  /** Header, MAC, CRC and END together. */
  OverheadBytes = 24,
}

/** Distances of the closing fields from the end of a record. */
export const enum RecordTail {
  Mac = 16,
  /** CRC-32 of header, padded payload and MAC. */
  Crc = 8,
  /** `endWord(sequence)`, programmed in a call of its own after the rest was read back. */
  End = 4,
}

export const enum JournalLimit {
  /** "CPJ1". The digit is the version of this format. */
  Magic = 0x314a5043,
  RecordVersion = 1,
  MacBytes = 8,
  MaxPayloadBytes = 160,
  MaxRecordBytes = 184,
  /** Where writing goes on after a power-up or a fault: at a multiple of this in the page. */
  AlignmentBytes = 64,
  /** A record spans at most 3 alignment steps, so 4 blank ones in a row mean nothing follows. */
  BlankSteps = 4,
  /** `Opened` records in a row after which a power-up writes no further one. */
  OpenedInRow = 3,
  /** Low half of every END word: never blank, whatever the sequence. */
  EndPattern = 0x4e45,
  ErasedWord = 0xffffffff,
}

/** The smallest ring, and where counting starts. */
export const enum RingLimit {
  FirstSequence = 1,
  MinPageCount = 3,
  MinPageSizeBytes = 512,
}

/** The journal's own records; types below 32 belong to `firmware/core/journal-entry.ts`. */
export const enum OwnRecordType {
  /** Payload u32: the back office holds everything up to this sequence. */
  Acknowledged = 32,
  /** No payload: a power-up has settled what the records before it are. */
  Opened = 33,
}

/** Entries that finish a tap begun (commit, aborted, in doubt): they may use the reserve. */
export const enum ClosingType {
  First = 3,
  Last = 5,
}

/** Any single bit of it missing means the record was not finished. */
export function endWord(sequence: number): number {
  return JournalLimit.EndPattern + (sequence % 65536) * 65536;
}

export function recordSizeBytes(payloadLengthBytes: number): number {
  return RecordField.OverheadBytes + Math.floor((payloadLengthBytes + 3) / 4) * 4;
}
