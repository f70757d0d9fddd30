/**
 * Finding records in a page, torn ones between them. JOURNAL.md section "Which record counts" has
 * the reasons for the rules here.
 */
import { type Bytes, copyBytes, equalBytes, getUint, newBytes } from "../../card-layout/bytes";
import { cmac } from "../../card-layout/cmac";
import {
  endWord,
  JournalLimit,
  PageField,
  RecordField,
  RecordTail,
  recordSizeBytes,
} from "./journal-format";
import { pageAddress, readPageHeader } from "./journal-page";
import { type JournalCursor, type JournalState, WorkBuffer } from "./journal-state";

/** What stands at an address. */
const enum Found {
  Nothing = 0,
  /** Content and CRC are right, the END word is not: only its successors can make it count. */
  Unended = 1,
  Complete = 2,
}

/**
 * What one search has seen: records that continue the chain, each with the record of the sequence
 * looked for that it descends from (its root). Copies of one record share an entry.
 */
interface Branches {
  count: number;
  sequences: number[];
  roots: number[];
  addresses: number[];
  macs: Bytes;
  /** Root entry of the last record that counts, -1 = none. */
  chosen: number;
  isDecided: boolean;
  /** Address of the record that `state.work` holds, -1 = none. */
  loadedAddress: number;
}

/** Deeper than any series of power cuts that leaves a doubt each time. */
const MAX_BRANCHES = 6;

const branches: Branches = {
  count: 0,
  sequences: [0, 0, 0, 0, 0, 0],
  roots: [0, 0, 0, 0, 0, 0],
  addresses: [0, 0, 0, 0, 0, 0],
  macs: newBytes(MAX_BRANCHES * JournalLimit.MacBytes),
  chosen: -1,
  isDecided: false,
  loadedAddress: -1,
};

/** Puts `cursor` before the first record of a page in use. False when the page is not in use. */
export function enterPage(
  state: JournalState,
  cursor: JournalCursor,
  pageSequence: number,
): boolean {
  if (readPageHeader(state, pageSequence) !== pageSequence) return false;
  const header = state.pageHeader;
  cursor.pageSequence = pageSequence;
  cursor.address = pageAddress(state, pageSequence) + PageField.SizeBytes;
  cursor.sequence = getUint(header, PageField.FirstSequence, 4);
  copyBytes(header, PageField.PreviousMac, cursor.mac, 0, JournalLimit.MacBytes);
  cursor.limitSequence = JournalLimit.ErasedWord;
  cursor.isLimitFinal = false;
  return true;
}

/**
 * Finds the record `cursor.sequence`, leaves it in `state.work` and moves the cursor behind it.
 * False when this page does not hold it; then the cursor stays.
 */
export function findNext(state: JournalState, cursor: JournalCursor): boolean {
  if (cursor.sequence >= cursor.limitSequence) return false;
  const pageEnd = pageAddress(state, cursor.pageSequence) + state.flash.pageSizeBytes;
  searchRecord(state, cursor, pageEnd);
  if (branches.chosen < 0) return false;
  const address = branches.addresses[branches.chosen];
  if (branches.loadedAddress !== address) loadRecord(state, address, pageEnd, cursor.sequence);
  copyBytes(state.work, workMacOffset(state), cursor.mac, 0, JournalLimit.MacBytes);
  cursor.address = address + workRecordSizeBytes(state);
  cursor.sequence++;
  return true;
}

/**
 * After `findNext` answered false: looks for a finished record of the sequence after. One found
 * means that the missing record was there once and is damaged, not that writing ended here.
 */
export function hasSuccessorOfMissing(state: JournalState, cursor: JournalCursor): boolean {
  // One that lacks only its END word was given up by the power-up that found it so.
  if (branches.count > 0) return false;
  const pageEnd = pageAddress(state, cursor.pageSequence) + state.flash.pageSizeBytes;
  const furthest = JournalLimit.MaxRecordBytes + JournalLimit.AlignmentBytes;
  for (let skip = RecordField.OverheadBytes; skip <= furthest; skip += 4) {
    const found = loadRecord(state, cursor.address + skip, pageEnd, cursor.sequence + 1);
    if (found === Found.Complete) return true;
  }
  return false;
}

/**
 * Whether the page after the current one begins with the record that comes next but has no good
 * header: it had one, or the record would not be there, and is damaged.
 */
export function hasLostItsHeader(state: JournalState): boolean {
  const next = state.currentPage + 1;
  if (readPageHeader(state, next) === next) return false;
  const start = pageAddress(state, next);
  const address = start + PageField.SizeBytes;
  const pageEnd = start + state.flash.pageSizeBytes;
  return loadRecord(state, address, pageEnd, state.nextSequence) === Found.Complete;
}

/** Size of the record in `state.work`. */
function workRecordSizeBytes(state: JournalState): number {
  return recordSizeBytes(getUint(state.work, WorkBuffer.Record + RecordField.Length, 2));
}

/** Index in `state.work` of the MAC of the record there. */
function workMacOffset(state: JournalState): number {
  return WorkBuffer.Record + workRecordSizeBytes(state) - RecordTail.Mac;
}

/** Computes the MAC of the record in `state.work`, chained to a previous MAC, into `fullMac`. */
export function macOfWorkRecord(state: JournalState, previousMac: Bytes, offset: number): void {
  const work = state.work;
  copyBytes(previousMac, offset, work, WorkBuffer.PreviousMac, JournalLimit.MacBytes);
  const payloadLengthBytes = getUint(work, WorkBuffer.Record + RecordField.Length, 2);
  const lengthBytes = WorkBuffer.Record + RecordField.Payload + payloadLengthBytes;
  cmac(state.aes, state.key, work, 0, lengthBytes, state.fullMac, 0);
}

/**
 * The last session to write decides: walks from the place where the record is expected over the
 * places where later sessions may have begun (multiples of 64) until a record proves that the
 * session that wrote it went on.
 */
function searchRecord(state: JournalState, cursor: JournalCursor, pageEnd: number): void {
  branches.count = 0;
  branches.chosen = -1;
  branches.isDecided = false;
  let address = cursor.address;
  let blankSteps = 0;
  while (!branches.isDecided && blankSteps < JournalLimit.BlankSteps) {
    if (address + RecordField.OverheadBytes > pageEnd) return;
    const sizeBytes = considerRecord(state, cursor, address, pageEnd);
    blankSteps = sizeBytes < 0 ? blankSteps + 1 : 0;
    // A later session may have begun where the END word of a torn record stayed blank.
    const from = address + Math.max(sizeBytes - RecordTail.End, 4);
    address = Math.ceil(from / JournalLimit.AlignmentBytes) * JournalLimit.AlignmentBytes;
  }
}

/** Takes what stands at `address` into account. Answers its size, 0 = no use, -1 = blank. */
function considerRecord(
  state: JournalState,
  cursor: JournalCursor,
  address: number,
  pageEnd: number,
): number {
  const work = state.work;
  branches.loadedAddress = -1;
  state.flash.read(address, work, WorkBuffer.Record, RecordField.Payload);
  const sequence = getUint(work, WorkBuffer.Record + RecordField.Sequence, 4);
  const firstWord = getUint(work, WorkBuffer.Record, 4);
  if (firstWord === JournalLimit.ErasedWord && sequence === JournalLimit.ErasedWord) return -1;
  const ahead = sequence - cursor.sequence;
  if (ahead < 0 || ahead > branches.count || sequence >= cursor.limitSequence) return 0;
  const found = loadRecord(state, address, pageEnd, sequence);
  if (found === Found.Nothing) return 0;
  branches.loadedAddress = address;
  const entry = enterBranch(state, cursor, address, sequence);
  if (entry < 0) return 0;
  const sizeBytes = workRecordSizeBytes(state);
  branches.isDecided = isFollowedDirectly(state, address + sizeBytes, pageEnd, sequence + 1);
  let counts = branches.isDecided || found === Found.Complete;
  if (sequence + 1 === cursor.limitSequence) {
    const macAt = workMacOffset(state);
    counts = equalBytes(work, macAt, cursor.limitMac, 0, JournalLimit.MacBytes);
  }
  if (counts) branches.chosen = branches.roots[entry];
  return sizeBytes;
}

/** Finds or makes the entry of the record in `state.work`; -1 when it continues no branch. */
function enterBranch(
  state: JournalState,
  cursor: JournalCursor,
  address: number,
  sequence: number,
): number {
  const macAt = workMacOffset(state);
  const macs = branches.macs;
  let root = sequence === cursor.sequence ? branches.count : -1;
  // Only a record directly behind its predecessor is known to belong there without its MAC.
  if (root >= 0 && address !== cursor.address && !isChainedTo(state, cursor.mac, 0)) return -1;
  for (let i = 0; i < branches.count; i++) {
    const at = i * JournalLimit.MacBytes;
    if (branches.sequences[i] === sequence) {
      if (equalBytes(macs, at, state.work, macAt, JournalLimit.MacBytes)) {
        branches.addresses[i] = address;
        return i;
      }
    } else if (root < 0 && branches.sequences[i] === sequence - 1) {
      if (isChainedTo(state, macs, at)) root = branches.roots[i];
    }
  }
  const entry = branches.count;
  if (root < 0 || entry === MAX_BRANCHES) return -1;
  branches.sequences[entry] = sequence;
  branches.roots[entry] = root;
  branches.addresses[entry] = address;
  copyBytes(state.work, macAt, macs, entry * JournalLimit.MacBytes, JournalLimit.MacBytes);
  branches.count++;
  return entry;
}

/**
 * Whether the header of record `sequence` begins exactly at `address`. A session never begins to
 * write directly behind a record it found, so the record before was finished in the same session.
 */
function isFollowedDirectly(
  state: JournalState,
  address: number,
  pageEnd: number,
  sequence: number,
): boolean {
  if (address + RecordField.OverheadBytes > pageEnd) return false;
  state.flash.read(address, state.pageHeader, 0, RecordField.Payload);
  return (
    getUint(state.pageHeader, RecordField.Sequence, 4) === sequence &&
    getUint(state.pageHeader, RecordField.Length, 2) <= JournalLimit.MaxPayloadBytes
  );
}

/** Reads a record of that sequence into `state.work` and checks its CRC and END word. */
function loadRecord(
  state: JournalState,
  address: number,
  pageEnd: number,
  sequence: number,
): Found {
  const work = state.work;
  const record = WorkBuffer.Record;
  if (address + RecordField.OverheadBytes > pageEnd) return Found.Nothing;
  state.flash.read(address, work, record, RecordField.Payload);
  if (getUint(work, record + RecordField.Sequence, 4) !== sequence) return Found.Nothing;
  const lengthBytes = getUint(work, record + RecordField.Length, 2);
  const sizeBytes = recordSizeBytes(lengthBytes);
  if (lengthBytes > JournalLimit.MaxPayloadBytes) return Found.Nothing;
  if (address + sizeBytes > pageEnd) return Found.Nothing;
  const restBytes = sizeBytes - RecordField.Payload;
  state.flash.read(address + RecordField.Payload, work, record + RecordField.Payload, restBytes);
  const coveredBytes = sizeBytes - RecordTail.Crc;
  const crc = getUint(work, record + coveredBytes, 4);
  if (crc !== state.crc32(work, record, coveredBytes)) return Found.Nothing;
  const end = getUint(work, record + sizeBytes - RecordTail.End, 4);
  return end === endWord(sequence) ? Found.Complete : Found.Unended;
}

/** Whether the record in `state.work` continues the chain after a previous MAC. */
function isChainedTo(state: JournalState, previousMac: Bytes, offset: number): boolean {
  macOfWorkRecord(state, previousMac, offset);
  const macAt = workMacOffset(state);
  return equalBytes(state.fullMac, 0, state.work, macAt, JournalLimit.MacBytes);
}
