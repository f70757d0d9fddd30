/**
 * The bytes of the journal on flash (JOURNAL.md has the same tables; a test compares them).
 * All numbers are little-endian.
 */

/** Offsets in a page. The first two fields follow the erase, the first mark comes at use. */
export const enum PageField {
  /** u32: how many pages were taken into use before this one; also names the slot of the ring. */
  PageSequence = 0,
  /** "CPJ2": this page was erased completely, for this page sequence. */
  Erased = 4,
  FirstMark = 8,
  Content = 32,
}

/** Offsets in a mark, which says where the chain stands. Every page begins with one. */
export const enum MarkField {
  PageSequence = 0,
  /** u32: sequence of the record that comes next. */
  NextSequence = 4,
  /** u32: the back office holds everything up to this sequence. */
  Acknowledged = 8,
  /** The chain MAC before the record that comes next. */
  Mac = 12,
  /** CRC-32 of the 20 bytes before. */
  Crc = 20,
  SizeBytes = 24,
}

/** Offsets in a record. The payload is padded with zeros to whole words; three fields follow. */
export const enum RecordField {
  /** u16: length of the payload without padding. */
  Length = 0,
  Type = 2,
  Version = 3,
  Sequence = 4,
  Payload = 8,
  /** Header, MAC, CRC and END together; not more than a mark. */
  OverheadBytes = 24,
}

/** Distances of the closing fields from the end of a record. */
export const enum RecordTail {
  Mac = 16,
  /** CRC-32 of header, padded payload and MAC. */
  Crc = 8,
  /** The CRC again, programmed in a call of its own after the rest was read back. */
  End = 4,
}

export const enum JournalLimit {
  /** "CPJ2". The digit is the version of this format. */
  Magic = 0x324a5043,
  RecordVersion = 1,
  MacBytes = 8,
  MaxPayloadBytes = 245,
  MaxRecordBytes = 272,
  /** Where writing goes on after a power-up: at a multiple of this in the page. */
  AlignmentBytes = 64,
  /** CRC-32 of so many bytes that read as erased. */
  BlankCrc = 0x0f6187ba,
  /** Marks in a row after which a power-up writes no further one. */
  MarksInRow = 3,
  /** From the end of the chain over a lost record or mark to the record after it. */
  DamageSpanBytes = 360,
  ErasedWord = 0xffffffff,
}

/** The smallest ring, and where counting starts. */
export const enum RingLimit {
  FirstSequence = 1,
  MinPageCount = 3,
  MinPageSizeBytes = 512,
}

/** Entries that finish a tap begun (commit, aborted, in doubt): they may use the reserve. */
export const enum ClosingType {
  First = 3,
  Last = 5,
}

export function recordSizeBytes(payloadLengthBytes: number): number {
  return RecordField.OverheadBytes + Math.floor((payloadLengthBytes + 3) / 4) * 4;
}
