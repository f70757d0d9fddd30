/**
 * The payloads of journal records. One item for each thing that is known, keys ascending:
 *
 *     key u8 | length u8 | content
 *
 * Keys below `FIRST_NUMBER_KEY` are strings; those from there on are numbers, little-endian in as
 * few bytes as they need. Zero and empty are left out, so equal content means equal bytes. The
 * journal adds sequence, chain MAC and CRC; nothing here knows about flash.
 */
import {
  type Bytes,
  clearNumbers,
  copyBytes,
  getUint,
  newBytes,
  putShortest,
} from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

/** The journal itself asks only which of them finish a tap (firmware/storage/journal-format.ts). */
export const enum JournalType {
  Boot = 1,
  /** Before a card is touched: all that the tap will do. */
  Intent = 2,
  /** The card was written, read back and ratified. */
  Commit = 3,
  /** The intent certainly had no effect. */
  Aborted = 4,
  /** Given up by the cashier; the card's next appearance will tell. */
  InDoubt = 5,
  Alarm = 6,
  Settings = 7,
  Shift = 8,
  /** For the back office to settle. */
  DeferredRefund = 9,
  /** What the customer thinks, 1..5. */
  Rating = 10,
}

/** Keys of an `Intent`. The back office finds everything else by evaluating again. */
export const enum IntentKey {
  /** 4 or 7 bytes. */
  Uid = 1,
  /** Of the credit used or given back, for each lot: issuer, kind, u16 last day, u40 rial. */
  Parts = 2,
  /** ASCII digits, at enrolment only. */
  Mobile = 3,
  /** Of the bill, for each category: key, pieces, u32 rial. */
  Categories = 4,

  MemberId = 8,
  Serial = 9,
  CardNumber = 10,
  /** Counter value M that the tap starts from. */
  CounterBefore = 11,
  Kind = 12,
  Day = 13,
  Minute = 14,
  GrossRial = 15,
  /** Also the credit asked for: a tap that cannot have it is refused before it is journaled. */
  UsedRial = 16,
  EarnedRial = 17,
  ExpiredRial = 18,
  DiscountRial = 19,
  BalanceAfterRial = 20,
  PointsEarned = 21,
  PointsAfter = 22,
  RulesetVersion = 23,
  /** Number of the staff member, at most 65535. */
  Cashier = 24,
  UnixSeconds = 25,
  /** First 5 bytes of the sealed record that the tap starts from, as one number. */
  BaseTag = 26,
  /** First 5 bytes of the sealed record that will be written. */
  NewTag = 27,
  /** From here to `PointsUsed` as in the decision. */
  RestoredRial = 28,
  ClawedRial = 29,
  DebtPaidRial = 30,
  DebtAddedRial = 31,
  PointsUsed = 32,
  /** Reason, reward, sequence of the original, or the last patch taken in: as the kind says. */
  Reference = 33,
  /** Serial of the supervisor's card. */
  Approver = 34,
  /** Of the original's bill, before this return. */
  ReturnedRial = 35,
  /** Credit that this pad gave on this day before this tap. */
  PadGivenRial = 36,
  /** 1: a gift card. */
  IsGift = 37,
  /**
   * Sequence of the intent whose record was found on the card: this one commits an unchanged copy
   * of the newest record once more and closes both. In place of a time of its own, for its room.
   */
  Confirms = 38,
  /** The till's number of this request; for its room such a sale names a category less. */
  TillRequest = 39,
}

/** Keys of a `DeferredRefund`: goods came back, but what they had earned is not known here. */
export const enum RefundKey {
  /** Absent without the card. */
  Uid = 1,
  MemberId = 8,
  Serial = 9,
  CardNumber = 10,
  Day = 13,
  Minute = 14,
  /** Of the bill, what came back. */
  GrossRial = 15,
  Cashier = 24,
  UnixSeconds = 25,
  /** Terminal and sequence of the sale, as typed from the receipt; 0 = not known. */
  OriginalTerminal = 32,
  Reference = 33,
  Approver = 34,
  TillRequest = 39,
}

/** Keys of a `Commit`. */
export const enum CommitKey {
  IntentSequence = 8,
  CounterAfter = 9,
}

/** Keys of `Aborted` and of `InDoubt`, which has no reason. */
export const enum AbortKey {
  IntentSequence = 8,
  /** A `Status`. */
  Reason = 9,
}

/** Keys of an `Alarm`. */
export const enum AlarmKey {
  /** Always 7 bytes, zero padded. */
  Uid = 1,
  Code = 8,
  Counter = 9,
  Detail = 10,
}

/** Keys of a `Boot`. */
export const enum BootKey {
  Count = 8,
  UnixSeconds = 9,
  /** Major * 65536 + minor * 256 + patch. */
  FirmwareVersion = 10,
  Reason = 11,
}

/** No payload is longer, whatever its numbers: journal-entry.test.ts adds them up. */
export const MAX_ENTRY_BYTES = 245;

const KEY_COUNT = 40;
const FIRST_NUMBER_KEY = 8;
/** The longest string by key; there are no others yet. */
const STRING_BYTES = [0, 7, 54, 15, 48, 0, 0, 0];
/** Money is the largest number there is: below 2^40. */
const NUMBER_BYTES = 5;
/** One of `IntentKey.Parts`. */
export const PART_BYTES = 9;

/** One payload, unpacked: numbers and strings by key. Caller-owned; `clearEntry` before filling. */
export interface JournalEntry {
  /** Integers by key, each below 2^40; 0 = absent. */
  values: number[];
  /** String buffers by key, below `FIRST_NUMBER_KEY`. */
  strings: Bytes[];
  /** Bytes used of each string, below `FIRST_NUMBER_KEY`; 0 = absent. */
  lengths: number[];
}

/** An empty entry; keep one and use it for every record. */
export function createEntry(): JournalEntry {
  const entry: JournalEntry = { values: [], strings: [], lengths: [] };
  for (let key = 0; key < KEY_COUNT; key++) {
    entry.values.push(0);
    if (key < FIRST_NUMBER_KEY) {
      entry.strings.push(newBytes(STRING_BYTES[key]));
      entry.lengths.push(0);
    }
  }
  return entry;
}

export function clearEntry(entry: JournalEntry): void {
  clearNumbers(entry.values);
  clearNumbers(entry.lengths);
}

/** Copies a string into a key's buffer, which must be long enough. */
export function setEntryString(
  entry: JournalEntry,
  key: number,
  from: Bytes,
  offset: number,
  lengthBytes: number,
): void {
  copyBytes(from, offset, entry.strings[key], 0, lengthBytes);
  entry.lengths[key] = lengthBytes;
}

/** Writes the payload to the start of `out`, which has `MAX_ENTRY_BYTES`; returns its length. */
export function encodeEntry(entry: JournalEntry, out: Bytes): number {
  const values = entry.values;
  let end = 0;
  let key = 1;
  for (; key < FIRST_NUMBER_KEY; key++) {
    const lengthBytes = entry.lengths[key];
    if (lengthBytes > 0) {
      out[end] = key;
      out[end + 1] = lengthBytes;
      copyBytes(entry.strings[key], 0, out, end + 2, lengthBytes);
      end += 2 + lengthBytes;
    }
  }
  for (; key < KEY_COUNT; key++) {
    const value = values[key];
    // Most are empty.
    if (value > 0) {
      const start = end;
      end = putShortest(out, start + 2, value);
      out[start] = key;
      out[start + 1] = end - start - 2;
    }
  }
  return end;
}

/** Writes a number as `encodeEntry` does, nothing for 0; returns the offset behind it. */
export function putNumber(out: Bytes, offset: number, key: number, value: number): number {
  if (value === 0) return offset;
  const end = putShortest(out, offset + 2, value);
  out[offset] = key;
  out[offset + 1] = end - offset - 2;
  return end;
}

/** One number of an encoded payload without unpacking the rest; 0 when it is not there. */
export function numberIn(from: Bytes, offset: number, lengthBytes: number, key: number): number {
  const end = offset + lengthBytes;
  let at = offset;
  while (at + 2 < end && from[at] < key) at += 2 + from[at + 1];
  return at + 2 < end && from[at] === key ? getUint(from, at + 2, from[at + 1]) : 0;
}

/**
 * Reads a payload. `Unsupported`: a key of a later version. `Malformed`: not what `encodeEntry`
 * makes of any entry. After a refusal the entry means nothing.
 */
export function decodeEntry(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  entry: JournalEntry,
): Status {
  const end = offset + lengthBytes;
  let start = offset;
  let lastKey = 0;
  clearEntry(entry);
  // An item has at least three bytes; whatever is left over in the end is none.
  while (start + 2 < end) {
    const key = from[start];
    const sizeBytes = from[start + 1];
    start += 2;
    if (key >= KEY_COUNT) return Status.Unsupported;
    if (key <= lastKey || sizeBytes === 0 || start + sizeBytes > end) return Status.Malformed;
    lastKey = key;
    if (key < FIRST_NUMBER_KEY) {
      if (sizeBytes > STRING_BYTES[key]) return Status.Malformed;
      setEntryString(entry, key, from, start, sizeBytes);
    } else {
      if (sizeBytes > NUMBER_BYTES || from[start + sizeBytes - 1] === 0) return Status.Malformed;
      entry.values[key] = getUint(from, start, sizeBytes);
    }
    start += sizeBytes;
  }
  return start === end ? Status.Ok : Status.Malformed;
}
