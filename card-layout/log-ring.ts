/**
 * The last six movements for the customer to look at: one 16-byte block each, not authoritative and
 * not authenticated. The amounts are encrypted by one key stream block that is unique because no
 * terminal uses a sequence number twice on one day; the head of an entry is that nonce.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, newBytes } from "./bytes";
import { createRecord, decodeRecord, encodeRecord } from "./record";
import { LAYOUT_VERSION, SealPurpose } from "./seal";
import type { SivKey } from "./siv";
import { Status } from "./status";

/** Bytes of each field. */
const SIZES = "122254";
const HEAD_BYTES = 7;
const SECRET_BYTES = 9;
const NONCE_OFFSET = 9;
const DELTA_MODULUS = 4294967296;
const DELTA_SIGN = 2147483648;

/** What happened; 0 is an entry never written. */
export const enum LogType {
  Empty = 0,
  Purchase = 1,
  Refund = 2,
  Void = 3,
  Enrolment = 4,
  /** Credit by a supervisor. */
  Grant = 5,
  /** A change that the back office sent. */
  Patch = 6,
  GiftLoad = 7,
  Expiry = 8,
}

/** Indexes of a `LogEntry`. */
export const enum LogField {
  /** `LogType`. */
  Type = 0,
  Terminal = 1,
  /** Low 16 bits of the terminal's journal sequence. */
  SequenceLow = 2,
  Day = 3,
  /** Bill or movement, < 2^40. */
  AmountRial = 4,
  /** Change of the credit, signed 32-bit. */
  CreditDeltaRial = 5,
}

/** Numbers by `LogField`. */
export type LogEntry = number[] & { readonly record?: "logEntry" };

export function emptyLogEntry(): LogEntry {
  return createRecord(SIZES);
}

/** Writes one block. `Malformed` (a value out of range): what is in `out` must not be used. */
export function sealLogEntry(
  aes: AesEngine,
  sealKey: SivKey,
  entry: LogEntry,
  out: Bytes,
  outOffset: number,
): Status {
  const type = entry[LogField.Type];
  const delta = entry[LogField.CreditDeltaRial];
  if (type === LogType.Empty || type > LogType.Expiry) return Status.Malformed;
  if (delta < -DELTA_SIGN || delta >= DELTA_SIGN) return Status.Malformed;
  if (delta < 0) entry[LogField.CreditDeltaRial] = delta + DELTA_MODULUS;
  const status = encodeRecord(SIZES, entry, out, outOffset, HEAD_BYTES + SECRET_BYTES);
  entry[LogField.CreditDeltaRial] = delta;
  applyLogKeyStream(aes, sealKey, out, outOffset);
  return status;
}

/** Reads one block, which is in the end what it was. `NotFound` for one never written and
 * `Unsupported` for an unknown type leave `entry` untouched. */
export function openLogEntry(
  aes: AesEngine,
  sealKey: SivKey,
  from: Bytes,
  offset: number,
  entry: LogEntry,
): Status {
  if (from[offset] === LogType.Empty) return Status.NotFound;
  if (from[offset] > LogType.Expiry) return Status.Unsupported;
  applyLogKeyStream(aes, sealKey, from, offset);
  decodeRecord(SIZES, from, offset, entry);
  if (entry[LogField.CreditDeltaRial] >= DELTA_SIGN)
    entry[LogField.CreditDeltaRial] -= DELTA_MODULUS;
  applyLogKeyStream(aes, sealKey, from, offset);
  return Status.Ok;
}

/** Its own inverse. The block's fixed head keeps it apart from the counters of the records. */
function applyLogKeyStream(aes: AesEngine, sealKey: SivKey, entry: Bytes, offset: number): void {
  const counter = newBytes(16);
  counter[0] = LAYOUT_VERSION;
  counter[1] = SealPurpose.Log;
  copyBytes(entry, offset, counter, NONCE_OFFSET, HEAD_BYTES);
  aes.ctr(sealKey.ctrKey, counter, entry, offset + HEAD_BYTES, SECRET_BYTES);
}
