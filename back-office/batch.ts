/**
 * Opening and checking of what a pad sends up, and sealing of what it is told: the back office's
 * half of `docs/sync-protocol.md`. A batch counts only when its seal opens with the pad's uplink
 * key for exactly the records asked for, those follow each other without a gap, and the MAC chain
 * over them runs from the record before the first to the last under the pad's journal key.
 */
import { Decoder } from "cbor-x";
import type { AesEngine } from "../card-layout/aes-engine";
import { equalBytes, getUint } from "../card-layout/bytes";
import { cmac } from "../card-layout/cmac";
import {
  COSE_DATA_OFFSET,
  COSE_MESSAGE_OFFSET,
  COSE_TAG_BYTES,
  COSE_WORK_OVERHEAD_BYTES,
  coseOpen,
  coseSeal,
  SealKind,
  setSealNonce,
} from "../firmware/core/cose";
import {
  BATCH_ARRAY_HEAD,
  BATCH_BYTES,
  BATCH_MAC_HEAD,
  BATCH_RECORD_BYTES,
  BATCH_RECORD_HEAD,
  CHAIN_MAC_BYTES,
  RECORD_HEADER_BYTES,
  StateField,
} from "../firmware/core/sync-messages";

/** What a pad says about itself; nothing of it is proven until a batch opens. */
export interface PadState {
  terminalId: number;
  clubId: number;
  keyEpoch: number;
  terminalEpoch: number;
  firstUnacknowledged: number;
  nextSequence: number;
  /** The pad's clock. */
  unixSeconds: number;
  /** Of the settings stored; they may wait for the end of a sale. */
  settingsVersion: number;
  /** Of the rules that the pad works by. */
  rulesetVersion: number;
  listsVersion: number;
  /** Check value of the blob that is being received, and how much of it the pad has. */
  stagedCheck: number;
  stagedBytes: number;
}

/** By the fields of a `State`. */
export function padStateOf(fields: readonly number[]): PadState {
  return {
    terminalId: fields[StateField.TerminalId],
    clubId: fields[StateField.ClubId],
    keyEpoch: fields[StateField.KeyEpoch],
    terminalEpoch: fields[StateField.TerminalEpoch],
    firstUnacknowledged: fields[StateField.FirstUnacknowledged],
    nextSequence: fields[StateField.NextSequence],
    unixSeconds: fields[StateField.UnixSeconds],
    settingsVersion: fields[StateField.SettingsVersion],
    rulesetVersion: fields[StateField.RulesetVersion],
    listsVersion: fields[StateField.ListsVersion],
    stagedCheck: fields[StateField.StagedCheck],
    stagedBytes: fields[StateField.StagedBytes],
  };
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
  /** Not sealed for these records, or not by this pad: other keys, or broken on the way. */
  | "seal"
  /** Sealed by the pad, but not the records that it says, or not readable. */
  | "content"
  /** The MAC chain does not connect: the journal was changed, or restored from an older one. */
  | "chain";

interface BatchContent {
  /** Header and payload of each record. */
  records: Uint8Array[];
  lastMac: Uint8Array;
}

const HEADER_BYTES = COSE_DATA_OFFSET - COSE_MESSAGE_OFFSET;
/** In a message's header: tag 16, array of 3, protected {1: 30}, map of 1, key 5, 13 bytes. */
const HEADER_BEFORE_NONCE = "d08344a101181ea1054d";
const NONCE_BYTES = 13;

const decoder = new Decoder({ useRecords: false, mapsAsObjects: false });

/**
 * Opens a received batch of `pad` that must hold `recordCount` records from `firstSequence` on.
 * `previousMac` is the chain MAC of the record before.
 */
export function openBatch(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  firstSequence: number,
  recordCount: number,
  message: Uint8Array,
  previousMac: Uint8Array,
): VerifiedBatch | BatchRefusal {
  const content = openContent(aes, keys, pad, firstSequence, recordCount, message);
  if (typeof content === "string") return content;
  const records = chainRecords(aes, keys.journalKey, content, previousMac);
  if (records === undefined) return "chain";
  return {
    terminalId: pad.terminalId,
    terminalEpoch: pad.terminalEpoch,
    records,
    lastSequence: firstSequence + recordCount - 1,
    chainMac: content.lastMac,
  };
}

/**
 * The chain MAC at `sequence` from a batch of only that record, on the pad's word under its seal.
 * For a back office that begins in the middle of a journal and cannot compute it.
 */
export function openChainMac(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  sequence: number,
  message: Uint8Array,
): Uint8Array | BatchRefusal {
  const content = openContent(aes, keys, pad, sequence, 1, message);
  return typeof content === "string" ? content : content.lastMac;
}

/**
 * Seals the acknowledgement of all records up to and including `sequence`. Ciphertext and tag only:
 * the header would say nothing that the pad does not know.
 */
export function sealAcknowledgement(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  sequence: number,
  chainMac: Uint8Array,
): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + CHAIN_MAC_BYTES);
  work.set(chainMac, COSE_DATA_OFFSET);
  setSealNonce(pad, SealKind.Acknowledgement, sequence, 0);
  coseSeal(aes, keys.downlinkKey, work, CHAIN_MAC_BYTES);
  return work.slice(COSE_DATA_OFFSET);
}

/** Everything but the chain. */
function openContent(
  aes: AesEngine,
  keys: TerminalKeys,
  pad: PadState,
  firstSequence: number,
  recordCount: number,
  message: Uint8Array,
): BatchContent | BatchRefusal {
  const lengthBytes = message.length - HEADER_BYTES - COSE_TAG_BYTES;
  if (lengthBytes < 1 || lengthBytes > BATCH_BYTES) return "seal";
  if (!isHeaderRight(message, pad, firstSequence, recordCount)) return "seal";
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + lengthBytes);
  work.set(message, COSE_MESSAGE_OFFSET);
  setSealNonce(pad, SealKind.Batch, firstSequence, recordCount);
  if (!coseOpen(aes, keys.uplinkKey, work, lengthBytes)) return "seal";
  const content = readBatch(work.slice(COSE_DATA_OFFSET, COSE_DATA_OFFSET + lengthBytes));
  if (content === undefined || content.records.length !== recordCount) return "content";
  const isInOrder = content.records.every((bytes, i) => getUint(bytes, 4, 4) === firstSequence + i);
  return isInOrder ? content : "content";
}

/** Whether the message begins as every one about these records does, nonce included. */
function isHeaderRight(
  message: Uint8Array,
  pad: PadState,
  firstSequence: number,
  recordCount: number,
): boolean {
  const expected = Buffer.alloc(HEADER_BYTES);
  const ciphertextBytes = message.length - HEADER_BYTES;
  let end = expected.write(HEADER_BEFORE_NONCE, "hex");
  expected.writeUInt8(SealKind.Batch, end);
  expected.writeUInt8(pad.terminalEpoch, end + 1);
  expected.writeUInt16LE(pad.terminalId, end + 2);
  expected.writeUInt32LE(firstSequence, end + 4);
  expected.writeUInt8(recordCount, end + 8);
  end += NONCE_BYTES;
  expected.writeUInt8(0x59, end);
  expected.writeUInt16BE(ciphertextBytes, end + 1);
  return expected.equals(message.subarray(0, HEADER_BYTES));
}

/** Undefined for anything but the one form of a batch, whatever else its CBOR may mean. */
function readBatch(plaintext: Uint8Array): BatchContent | undefined {
  let items: unknown;
  try {
    items = decoder.decode(plaintext);
  } catch {
    return undefined;
  }
  if (!Array.isArray(items) || !items.every((item) => item instanceof Uint8Array)) return undefined;
  const strings = items.map((item) => Uint8Array.from(item));
  const lastMac = strings.pop();
  if (lastMac?.length !== CHAIN_MAC_BYTES) return undefined;
  const areRecords = strings.every(
    ({ length }) => length >= RECORD_HEADER_BYTES && length <= BATCH_RECORD_BYTES,
  );
  const again = Buffer.concat([
    Uint8Array.of(BATCH_ARRAY_HEAD, items.length),
    ...strings.flatMap((bytes) => [Uint8Array.of(BATCH_RECORD_HEAD, bytes.length), bytes]),
    Uint8Array.of(BATCH_MAC_HEAD),
    lastMac,
  ]);
  return areRecords && again.equals(plaintext) ? { records: strings, lastMac } : undefined;
}

/** Walks the chain to the last record; undefined when it does not end in the MAC that was sent. */
function chainRecords(
  aes: AesEngine,
  journalKey: Uint8Array,
  content: BatchContent,
  previousMac: Uint8Array,
): JournalRecord[] | undefined {
  const fullMac = new Uint8Array(16);
  let chainMac = previousMac;
  const records = content.records.map((bytes) => {
    const input = Uint8Array.of(...chainMac, ...bytes);
    cmac(aes, journalKey, input, 0, input.length, fullMac, 0);
    chainMac = fullMac.slice(0, CHAIN_MAC_BYTES);
    const [, , type, version] = bytes;
    const payload = bytes.slice(RECORD_HEADER_BYTES);
    return { sequence: getUint(bytes, 4, 4), type, version, payload, mac: chainMac };
  });
  return equalBytes(chainMac, 0, content.lastMac, 0, CHAIN_MAC_BYTES) ? records : undefined;
}
