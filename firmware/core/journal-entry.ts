/**
 * The payloads of journal records. One item for each thing that is known, keys ascending:
 *
 *     key u8 | length u8 | content
 *
 * Keys below `FIRST_NUMBER_KEY` are strings; those from there on are numbers, little-endian in as
 * few bytes as they need. Zero and empty are left out, so equal content means equal bytes. The
 * journal adds sequence, chain MAC and CRC; nothing here knows about flash.
 */
import { type Bytes, copyBytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { type Identity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import { type Decision, DecisionField, type Purchase } from "./evaluate";

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
}

/** Keys of an `Intent`. The back office finds everything else by evaluating again. */
export const enum IntentKey {
  /** 4 or 7 bytes. */
  Uid = 1,
  /** Who had granted the credit used: issuer u8, rial u40 little-endian, for each. */
  UsedByIssuer = 2,
  /** ASCII digits, at enrolment only. */
  Mobile = 3,

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
  /** At most 65535. */
  Cashier = 24,
  UnixSeconds = 25,
  /** First 5 bytes of the sealed record that the tap starts from, as one number. */
  BaseTag = 26,
  /** First 5 bytes of the sealed record that will be written. */
  NewTag = 27,
  /**
   * Sequence of the intent whose record was found on the card: this one commits an unchanged copy
   * of the newest record once more and closes both. All figures are of that intent; in place of a
   * time of its own, so that the longest record becomes no longer.
   */
  Confirms = 28,
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

/** No payload is longer, whatever its numbers: journal-entry.test.ts adds them up. */
export const MAX_ENTRY_BYTES = 160;

const KEY_COUNT = 29;
const FIRST_NUMBER_KEY = 8;
/** The longest string by key; there are no others yet. */
const STRING_BYTES = [0, 7, 36, 15, 0, 0, 0, 0];
/** Money is the largest number there is: below 2^40. */
const NUMBER_BYTES = 5;
const ISSUER_BYTES = 6;

/** One payload, unpacked: numbers and strings by key. Caller-owned; `clearEntry` before filling. */
export interface JournalEntry {
  /** Integers by key, each below 2^40; 0 = absent. */
  values: number[];
  /** String buffers by key; keys that are not strings hold an empty one. */
  strings: Bytes[];
  /** Bytes used of each string; 0 = absent. */
  lengths: number[];
}

/** An empty entry; keep one and use it for every record. */
export function createEntry(): JournalEntry {
  const entry: JournalEntry = { values: [], strings: [], lengths: [] };
  for (let key = 0; key < KEY_COUNT; key++) {
    entry.strings.push(newBytes(key < FIRST_NUMBER_KEY ? STRING_BYTES[key] : 0));
  }
  clearEntry(entry);
  return entry;
}

export function clearEntry(entry: JournalEntry): void {
  for (let key = 0; key < KEY_COUNT; key++) {
    entry.values[key] = 0;
    entry.lengths[key] = 0;
  }
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

/**
 * Fills what follows from an evaluated tap. Uid, counter, tags, cashier, time and mobile number
 * are the caller's to set.
 */
export function fillIntent(
  entry: JournalEntry,
  identity: Identity,
  purchase: Purchase,
  decision: Decision,
  rulesetVersion: number,
): void {
  const values = entry.values;
  values[IntentKey.MemberId] = identity[IdentityField.MemberId];
  values[IntentKey.Serial] = identity[IdentityField.Serial];
  values[IntentKey.CardNumber] = identity[IdentityField.CardNumber];
  values[IntentKey.Kind] = purchase.kind;
  values[IntentKey.Day] = purchase.day;
  values[IntentKey.Minute] = purchase.minute;
  values[IntentKey.GrossRial] = purchase.grossRial;
  for (let key = IntentKey.UsedRial; key <= IntentKey.PointsAfter; key++) {
    values[key] = decision[key];
  }
  values[IntentKey.RulesetVersion] = rulesetVersion;
  const shares = entry.strings[IntentKey.UsedByIssuer];
  const end = decision[DecisionField.IssuerCount] * ISSUER_BYTES;
  let pair = DecisionField.UsedByIssuer;
  for (let at = 0; at < end; at += ISSUER_BYTES) {
    shares[at] = decision[pair];
    putUint(shares, at + 1, ISSUER_BYTES - 1, decision[pair + 1]);
    pair += 2;
  }
  entry.lengths[IntentKey.UsedByIssuer] = end;
}

/** Writes the payload to the start of `out`, which has `MAX_ENTRY_BYTES`; returns its length. */
export function encodeEntry(entry: JournalEntry, out: Bytes): number {
  let end = 0;
  for (let key = 1; key < KEY_COUNT; key++) {
    // A key is a string or a number, so one of the two is always empty.
    let lengthBytes = entry.lengths[key];
    if (lengthBytes > 0) copyBytes(entry.strings[key], 0, out, end + 2, lengthBytes);
    for (let rest = entry.values[key]; rest > 0; rest = Math.floor(rest / 256)) {
      out[end + 2 + lengthBytes] = rest % 256;
      lengthBytes += 1;
    }
    if (lengthBytes > 0) {
      out[end] = key;
      out[end + 1] = lengthBytes;
      end += 2 + lengthBytes;
    }
  }
  return end;
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
