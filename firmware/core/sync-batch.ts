/**
 * What travels sealed inside the sync frames: batches of journal records up, acknowledgements down.
 * Both are deterministic: the same range of records always gives the same bytes under the same
 * nonce, so sending it again gives nothing away and never breaks CCM.
 *
 *     batch = {1: terminal id, 2: terminal epoch, 3: first sequence,
 *              4: [header 8 || payload, ...], 5: MAC before the first record, 6: MAC of the last}
              (5 is left out when the record before is no longer held; the nonce says so too)
 *     acknowledgement = {1: last sequence stored, 2: chain MAC of that record}
 */
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, putUint } from "../../card-layout/bytes";
import type { Status } from "../../card-layout/status";
import {
  type CborReader,
  CborType,
  cborEnd,
  cborExpect,
  cborPutBytes,
  cborPutUint,
  cborRefuse,
  cborStart,
  cborTakeString,
  createCborReader,
} from "./cbor";
import type { CoseContext } from "./cose";

/** Bytes of a chain MAC. */
export const CHAIN_MAC_BYTES = 8;
/** Bytes of a record's header: length 2, type 1, version 1, sequence 4 (little-endian). */
export const RECORD_HEADER_BYTES = 8;
/** The longest header and payload of one record: the journal takes payloads up to 160 bytes. */
export const SYNC_RECORD_BYTES = 168;
/** A batch is closed by the record that reaches this; it can be one record longer. */
export const SYNC_BATCH_TARGET_BYTES = 768;
/** Behind the records: keys and MACs of fields 5 and 6. */
const TRAILER_BYTES = 2 * (2 + CHAIN_MAC_BYTES);
/** No plaintext of a batch is longer (2 = the head of a record's byte string). */
export const SYNC_BATCH_BYTES = SYNC_BATCH_TARGET_BYTES + 2 + SYNC_RECORD_BYTES + TRAILER_BYTES;

/** Byte 10 of the nonce: what kind of content it belongs to. */
export const enum SyncClass {
  /** A batch with field 5, or an acknowledgement. */
  Journal = 1,
  /** A batch without field 5. Another plaintext of the same range, so another nonce. */
  JournalUnlinked = 2,
}

/** A decoded acknowledgement. */
export interface Acknowledgement {
  sequence: number;
  /** Where its chain MAC stands in the buffer it was read from. */
  macOffset: number;
}

const reader: CborReader = createCborReader([]);

/**
 * Nonce of 13 bytes: direction 1 | terminal epoch 2 | first or acknowledged sequence 5 | record
 * count 2 (0 in an acknowledgement) | class 1 | 0 0, numbers little-endian. A record never changes
 * once written and an epoch never comes back, so nonce and content always belong together.
 */
export function putSyncNonce(
  out: Bytes,
  context: CoseContext,
  sequence: number,
  recordCount: number,
  contentClass: SyncClass,
): void {
  out[0] = context.direction;
  putUint(out, 1, 2, context.terminalEpoch);
  putUint(out, 3, 5, sequence);
  putUint(out, 8, 2, recordCount);
  out[10] = contentClass;
  out[11] = 0;
  out[12] = 0;
}

/**
 * Begins a batch; returns the offset of the first record. The byte in front of it is the record
 * count, which `finishBatch` fills in.
 */
export function startBatch(
  out: Bytes,
  start: number,
  context: CoseContext,
  firstSequence: number,
  isLinked: boolean,
): number {
  let offset = cborPutUint(out, start, CborType.Map, isLinked ? 6 : 5);
  offset = cborPutUint(out, offset, CborType.Uint, 1);
  offset = cborPutUint(out, offset, CborType.Uint, context.terminalId);
  offset = cborPutUint(out, offset, CborType.Uint, 2);
  offset = cborPutUint(out, offset, CborType.Uint, context.terminalEpoch);
  offset = cborPutUint(out, offset, CborType.Uint, 3);
  offset = cborPutUint(out, offset, CborType.Uint, firstSequence);
  offset = cborPutUint(out, offset, CborType.Uint, 4);
  return offset + 1;
}

/**
 * Completes a record whose `lengthBytes` were read to `out[offset + 2 ..)`, where the usual
 * two-byte head leaves them in place; returns the offset behind it.
 */
export function finishBatchRecord(out: Bytes, offset: number, lengthBytes: number): number {
  const start = cborPutUint(out, offset, CborType.Bytes, lengthBytes);
  if (start !== offset + 2) copyBytes(out, offset + 2, out, start, lengthBytes);
  return start + lengthBytes;
}

/** Writes the record count and field 6 (and 5 before it: pass undefined to leave it out). */
export function finishBatch(
  out: Bytes,
  recordsOffset: number,
  end: number,
  recordCount: number,
  previousMac: Bytes | undefined,
  lastMac: Bytes,
): number {
  cborPutUint(out, recordsOffset - 1, CborType.Array, recordCount);
  let offset = end;
  if (previousMac !== undefined) {
    offset = cborPutUint(out, offset, CborType.Uint, 5);
    offset = cborPutBytes(out, offset, previousMac, 0, CHAIN_MAC_BYTES);
  }
  offset = cborPutUint(out, offset, CborType.Uint, 6);
  return cborPutBytes(out, offset, lastMac, 0, CHAIN_MAC_BYTES);
}

/** Writes an acknowledgement; returns the offset behind it. */
export function putAcknowledgement(
  out: Bytes,
  start: number,
  sequence: number,
  mac: Bytes,
): number {
  let offset = cborPutUint(out, start, CborType.Map, 2);
  offset = cborPutUint(out, offset, CborType.Uint, 1);
  offset = cborPutUint(out, offset, CborType.Uint, sequence);
  offset = cborPutUint(out, offset, CborType.Uint, 2);
  return cborPutBytes(out, offset, mac, 0, CHAIN_MAC_BYTES);
}

/** Reads what `putAcknowledgement` wrote; `Malformed` for anything else. */
export function readAcknowledgement(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  acknowledgement: Acknowledgement,
): Status {
  cborStart(reader, from, offset, lengthBytes);
  if (cborExpect(reader, CborType.Map, 2) !== 2) return cborRefuse(reader);
  if (cborExpect(reader, CborType.Uint, 1) !== 1) return cborRefuse(reader);
  acknowledgement.sequence = cborExpect(reader, CborType.Uint, 4294967295);
  if (cborExpect(reader, CborType.Uint, 2) !== 2) return cborRefuse(reader);
  const macOffset = cborTakeString(reader, CborType.Bytes, CHAIN_MAC_BYTES, CHAIN_MAC_BYTES);
  acknowledgement.macOffset = macOffset;
  return cborEnd(reader);
}
