/**
 * Opening and checking of what a pad sends up, and sealing of what it is told: the back office's
 * half of `firmware/core/sync-batch.ts`. A batch counts only when its seal opens with the pad's
 * uplink key, its records follow each other without a gap, and the MAC chain over them runs from
 * the record before the first to the last under the pad's journal key.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { equalBytes, getUint } from "../card-layout/bytes";
import { cmac } from "../card-layout/cmac";
import { Status } from "../card-layout/status";
import {
  CborType,
  cborEnd,
  cborExpect,
  cborExpectKey,
  cborStart,
  cborTakeString,
  createCborReader,
} from "../firmware/core/cbor";
import { CCM_NONCE_BYTES, CCM_TAG_BYTES } from "../firmware/core/ccm";
import {
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  coseMessageOffset,
  coseOpen,
  cosePlaintextBytes,
  coseSeal,
  SyncDirection,
} from "../firmware/core/cose";
import {
  CHAIN_MAC_BYTES,
  putAcknowledgement,
  putSyncNonce,
  RECORD_HEADER_BYTES,
  SYNC_BATCH_BYTES,
  SYNC_RECORD_BYTES,
  SyncClass,
} from "../firmware/core/sync-batch";
import { SYNC_BATCH_RECORDS } from "../firmware/core/sync-messages";

/** What a pad says about itself; nothing of it is proven until a batch opens. */
export interface PadState {
  terminalId: number;
  clubId: number;
  keyEpoch: number;
  terminalEpoch: number;
  firstUnacknowledged: number;
  nextSequence: number;
}

/** The three 16-byte keys of one terminal and key epoch. */
export interface TerminalKeys {
  journalKey: Uint8Array;
  uplinkKey: Uint8Array;
  downlinkKey: Uint8Array;
}

/** One journal record as the pad wrote it. */
export interface JournalRecord {
  sequence: number;
  type: number;
  version: number;
  payload: Uint8Array;
  /** 8 bytes; covers the record and every one before it. */
  mac: Uint8Array;
}

/** A batch that passed every check. */
export interface VerifiedBatch {
  terminalId: number;
  terminalEpoch: number;
  records: JournalRecord[];
  /** Of the last record; what the acknowledgement names. */
  lastSequence: number;
  /** Of the last record. */
  chainMac: Uint8Array;
}

/** How far the back office has stored a pad's journal. */
export interface JournalPosition {
  nextSequence: number;
  /** Of the record before `nextSequence`, 8 bytes. */
  chainMac: Uint8Array;
}

export type BatchRefusal =
  /** The seal does not open: other keys, or bytes that were broken on the way. */
  | "seal"
  /** Sealed by the pad, but not what was asked for or not readable. */
  | "content"
  /** The MAC chain does not connect: the journal was changed, or restored from an older one. */
  | "chain";

interface BatchContent {
  records: JournalRecord[];
  previousMac: Uint8Array | undefined;
  lastMac: Uint8Array;
}

const MAXIMUM_MESSAGE_BYTES = COSE_WORK_OVERHEAD_BYTES + SYNC_BATCH_BYTES;

/**
 * Opens a received batch of `pad` that must hold `recordCount` records from `firstSequence` on.
 * `previousMac` is the chain MAC stored for the record before, if any is.
 */
export function openBatch(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  firstSequence: number,
  recordCount: number,
  message: Uint8Array,
  previousMac: Uint8Array | undefined,
): VerifiedBatch | BatchRefusal {
  if (message.length > MAXIMUM_MESSAGE_BYTES) return "seal";
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + message.length);
  const nonce = new Uint8Array(CCM_NONCE_BYTES);
  const context = contextOf(pad, SyncDirection.Up);
  work.set(message, coseMessageOffset(message.length));
  const status = coseOpen(aes, keys.uplinkKey, context, nonce, work, message.length);
  if (status !== Status.Ok) return "seal";
  const lengthBytes = cosePlaintextBytes(message.length);
  const plaintext = work.subarray(COSE_DATA_OFFSET, COSE_DATA_OFFSET + lengthBytes);
  const content = readBatch(plaintext, pad, firstSequence);
  if (content === undefined || content.records.length !== recordCount) return "content";
  if (!isNonceOf(nonce, pad, firstSequence, content)) return "content";
  if (!isChained(aes, keys.journalKey, content, previousMac)) return "chain";
  return {
    terminalId: pad.terminalId,
    terminalEpoch: pad.terminalEpoch,
    records: content.records,
    lastSequence: firstSequence + recordCount - 1,
    chainMac: content.lastMac,
  };
}

/** Seals the acknowledgement of all records up to and including `sequence`. */
export function sealAcknowledgement(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  sequence: number,
  chainMac: Uint8Array,
): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + 32);
  const nonce = new Uint8Array(CCM_NONCE_BYTES);
  const end = putAcknowledgement(work, COSE_DATA_OFFSET, sequence, chainMac);
  const context = contextOf(pad, SyncDirection.Down);
  putSyncNonce(nonce, context, sequence, 0, SyncClass.Journal);
  const start = coseSeal(aes, keys.downlinkKey, context, nonce, work, end - COSE_DATA_OFFSET);
  return work.slice(start, end + CCM_TAG_BYTES);
}

function contextOf(pad: PadState, direction: SyncDirection) {
  const { terminalId, keyEpoch, terminalEpoch } = pad;
  return { terminalId, keyEpoch, terminalEpoch, direction };
}

function readBatch(
  plaintext: Uint8Array,
  pad: PadState,
  firstSequence: number,
): BatchContent | undefined {
  const reader = createCborReader(plaintext);
  cborStart(reader, plaintext, 0, plaintext.length);
  const takeString = (minimumBytes: number, maximumBytes: number): Uint8Array => {
    const offset = cborTakeString(reader, CborType.Bytes, minimumBytes, maximumBytes);
    return plaintext.slice(offset, offset + reader.value);
  };
  const expectNumber = (key: number, value: number): boolean =>
    cborExpectKey(reader, key - 1) === key && cborExpect(reader, CborType.Uint, value) === value;
  const fieldCount = cborExpect(reader, CborType.Map, 6);
  if (!expectNumber(1, pad.terminalId) || !expectNumber(2, pad.terminalEpoch)) return undefined;
  if (!expectNumber(3, firstSequence) || cborExpectKey(reader, 3) !== 4) return undefined;
  const recordCount = cborExpect(reader, CborType.Array, SYNC_BATCH_RECORDS);
  const records: JournalRecord[] = [];
  for (let i = 0; i < recordCount; i++) {
    const bytes = takeString(RECORD_HEADER_BYTES, SYNC_RECORD_BYTES);
    if (reader.status !== Status.Ok || getUint(bytes, 4, 4) !== firstSequence + i) return undefined;
    records.push(parseRecord(bytes));
  }
  let previousMac: Uint8Array | undefined;
  if (fieldCount === 6) {
    if (cborExpectKey(reader, 4) !== 5) return undefined;
    previousMac = takeString(CHAIN_MAC_BYTES, CHAIN_MAC_BYTES);
  }
  if (cborExpectKey(reader, 5) !== 6) return undefined;
  const lastMac = takeString(CHAIN_MAC_BYTES, CHAIN_MAC_BYTES);
  return cborEnd(reader) === Status.Ok ? { records, previousMac, lastMac } : undefined;
}

/** Until the chain is computed, `mac` is empty and `payload` still has the header in front. */
function parseRecord(bytes: Uint8Array): JournalRecord {
  const [, , type, version] = bytes;
  return { sequence: getUint(bytes, 4, 4), type, version, payload: bytes, mac: new Uint8Array(0) };
}

function isNonceOf(
  nonce: Uint8Array,
  pad: PadState,
  firstSequence: number,
  content: BatchContent,
): boolean {
  const expected = new Uint8Array(CCM_NONCE_BYTES);
  const contentClass =
    content.previousMac === undefined ? SyncClass.JournalUnlinked : SyncClass.Journal;
  const recordCount = content.records.length;
  const context = contextOf(pad, SyncDirection.Up);
  putSyncNonce(expected, context, firstSequence, recordCount, contentClass);
  return equalBytes(nonce, 0, expected, 0, CCM_NONCE_BYTES);
}

/**
 * Walks the chain from the record before the first and completes the records. The stored MAC wins
 * over the one the pad sends; both must agree. Without either, the journal begins here with zero.
 */
function isChained(
  aes: AesEngine,
  journalKey: Uint8Array,
  content: BatchContent,
  storedMac: Uint8Array | undefined,
): boolean {
  const sentMac = content.previousMac;
  if (storedMac !== undefined && sentMac !== undefined) {
    if (!equalBytes(storedMac, 0, sentMac, 0, CHAIN_MAC_BYTES)) return false;
  }
  const fullMac = new Uint8Array(16);
  let chainMac = storedMac ?? sentMac ?? new Uint8Array(CHAIN_MAC_BYTES);
  for (const record of content.records) {
    const input = new Uint8Array(CHAIN_MAC_BYTES + record.payload.length);
    input.set(chainMac);
    input.set(record.payload, CHAIN_MAC_BYTES);
    cmac(aes, journalKey, input, 0, input.length, fullMac, 0);
    chainMac = fullMac.slice(0, CHAIN_MAC_BYTES);
    record.mac = chainMac;
    record.payload = record.payload.slice(RECORD_HEADER_BYTES);
  }
  return equalBytes(chainMac, 0, content.lastMac, 0, CHAIN_MAC_BYTES);
}
