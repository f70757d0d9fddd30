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

/** A scan of the end of a session: the record chosen so far among those of one sequence. */
interface Choice {
  /** Flash address of the record chosen, -1 = none. */
  address: number;
  copies: number;
  /**
   * The candidates seen: the first (what the session wrote last) and the latest. There are no other
   * contents, because all that later sessions write before anything else is the same `Opened`.
   */
  firstAddress: number;
  latestAddress: number;
  firstMac: Bytes;
  latestMac: Bytes;
  /** Address of the record in `state.work`. */
  loadedAddress: number;
  isDecided: boolean;
}

const choice: Choice = {
  address: -1,
  copies: 0,
  firstAddress: -1,
  latestAddress: -1,
  firstMac: newBytes(JournalLimit.MacBytes),
  latestMac: newBytes(JournalLimit.MacBytes),
  loadedAddress: -1,
  isDecided: false,
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
  chooseRecord(state, cursor, pageEnd);
  if (choice.address < 0) return false;
  if (choice.loadedAddress !== choice.address) {
    loadRecord(state, choice.address, pageEnd, cursor.sequence);
  }
  const sizeBytes = workRecordSizeBytes(state);
  const macAt = WorkBuffer.Record + sizeBytes - RecordTail.Mac;
  const previousMac = cursor.mac;
  cursor.mac = cursor.previousMac;
  cursor.previousMac = previousMac;
  copyBytes(state.work, macAt, cursor.mac, 0, JournalLimit.MacBytes);
  cursor.address = choice.address + sizeBytes;
  cursor.sequence++;
  cursor.copies = choice.copies;
  return true;
}

/**
 * Looks for a finished record of the sequence after the one that is missing. One found means that
 * the missing record was there once and is damaged, not that writing ended here.
 */
export function hasSuccessorOfMissing(state: JournalState, cursor: JournalCursor): boolean {
  const pageEnd = pageAddress(state, cursor.pageSequence) + state.flash.pageSizeBytes;
  const furthest = JournalLimit.MaxRecordBytes + JournalLimit.AlignmentBytes;
  for (let skip = RecordField.OverheadBytes; skip <= furthest; skip += 4) {
    const found = loadRecord(state, cursor.address + skip, pageEnd, cursor.sequence + 1);
    if (found === Found.Complete) return true;
  }
  return false;
}

/** Size of the record in `state.work`. */
export function workRecordSizeBytes(state: JournalState): number {
  return recordSizeBytes(getUint(state.work, WorkBuffer.Record + RecordField.Length, 2));
}

/** Computes the MAC of the record in `state.work`, chained to `previousMac`, into `fullMac`. */
export function macOfWorkRecord(state: JournalState, previousMac: Bytes): void {
  const work = state.work;
  copyBytes(previousMac, 0, work, WorkBuffer.PreviousMac, JournalLimit.MacBytes);
  const payloadLengthBytes = getUint(work, WorkBuffer.Record + RecordField.Length, 2);
  const lengthBytes = WorkBuffer.Record + RecordField.Payload + payloadLengthBytes;
  cmac(state.aes, state.key, work, 0, lengthBytes, state.fullMac, 0);
}

/**
 * The last session to write decides: walks from the place where the record is expected over the
 * starts of later sessions (multiples of 64) until a record proves that it was built upon.
 */
function chooseRecord(state: JournalState, cursor: JournalCursor, pageEnd: number): void {
  choice.address = -1;
  choice.copies = 0;
  choice.firstAddress = -1;
  choice.isDecided = false;
  let address = cursor.address;
  let blankSteps = 0;
  while (!choice.isDecided && blankSteps < JournalLimit.BlankSteps) {
    if (address + RecordField.OverheadBytes > pageEnd) return;
    const sizeBytes = considerRecord(state, cursor, address, pageEnd);
    blankSteps = sizeBytes < 0 ? blankSteps + 1 : 0;
    const from = address + Math.max(sizeBytes, 0) + 4;
    address = Math.ceil(from / JournalLimit.AlignmentBytes) * JournalLimit.AlignmentBytes;
  }
}

/** Takes what stands at `address` into account. Answers its size, 0 = no record, -1 = blank. */
function considerRecord(
  state: JournalState,
  cursor: JournalCursor,
  address: number,
  pageEnd: number,
): number {
  const work = state.work;
  state.flash.read(address, work, WorkBuffer.Record, RecordField.Payload);
  const sequence = getUint(work, WorkBuffer.Record + RecordField.Sequence, 4);
  const firstWord = getUint(work, WorkBuffer.Record, 4);
  if (firstWord === JournalLimit.ErasedWord && sequence === JournalLimit.ErasedWord) return -1;
  if (sequence !== cursor.sequence && !isSuccessor(cursor, sequence)) return 0;
  const found = loadRecord(state, address, pageEnd, sequence);
  if (found === Found.Nothing) return 0;
  choice.loadedAddress = address;
  const sizeBytes = workRecordSizeBytes(state);
  const isBuiltUpon = isFollowedDirectly(state, address + sizeBytes, pageEnd, sequence + 1);
  const isTrusted = found === Found.Complete || isBuiltUpon;
  const belongs =
    sequence === cursor.sequence
      ? considerCandidate(state, cursor, address, isTrusted)
      : considerSuccessor(state, isTrusted);
  if (!belongs) return 0;
  choice.isDecided = isBuiltUpon;
  return sizeBytes;
}

/** The last record of a closed page has its successor in the next page, whose header speaks. */
function isSuccessor(cursor: JournalCursor, sequence: number): boolean {
  return (
    sequence === cursor.sequence + 1 && sequence < cursor.limitSequence && choice.firstAddress >= 0
  );
}

/** A record of the sequence looked for. False when it does not continue the chain. */
function considerCandidate(
  state: JournalState,
  cursor: JournalCursor,
  address: number,
  isTrusted: boolean,
): boolean {
  // Only a record directly behind its predecessor is known to belong there without its MAC.
  if (address !== cursor.address && !isChainedTo(state, cursor.mac)) return false;
  const macAt = WorkBuffer.Record + workRecordSizeBytes(state) - RecordTail.Mac;
  copyBytes(state.work, macAt, choice.latestMac, 0, JournalLimit.MacBytes);
  choice.latestAddress = address;
  if (choice.firstAddress < 0) {
    copyBytes(state.work, macAt, choice.firstMac, 0, JournalLimit.MacBytes);
    choice.firstAddress = address;
  }
  let counts = isTrusted;
  if (cursor.sequence + 1 === cursor.limitSequence) {
    counts = equalBytes(choice.latestMac, 0, cursor.limitMac, 0, JournalLimit.MacBytes);
  }
  if (counts) {
    choice.address = address;
    choice.copies++;
  }
  return true;
}

/** A record of the sequence after: the candidate it is chained to counts. False when none is. */
function considerSuccessor(state: JournalState, isTrusted: boolean): boolean {
  let address = -1;
  if (isChainedTo(state, choice.latestMac)) address = choice.latestAddress;
  else if (isChainedTo(state, choice.firstMac)) address = choice.firstAddress;
  if (address >= 0 && isTrusted) choice.address = address;
  return address >= 0;
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

/** Whether the record in `state.work` continues the chain after `previousMac`. */
function isChainedTo(state: JournalState, previousMac: Bytes): boolean {
  macOfWorkRecord(state, previousMac);
  const macAt = WorkBuffer.Record + workRecordSizeBytes(state) - RecordTail.Mac;
  return equalBytes(state.fullMac, 0, state.work, macAt, JournalLimit.MacBytes);
}
