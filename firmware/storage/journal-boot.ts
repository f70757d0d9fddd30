/** Finding out after power-up what the journal holds, and settling it for good. */
import { copyBytes, getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { appendRecord } from "./journal-append";
import { JournalLimit, OwnRecordType, PageField, RecordField, RingLimit } from "./journal-format";
import {
  findPreparedPage,
  isBlank,
  measureBlankBlock,
  pageAddress,
  preparePage,
  readPageHeader,
} from "./journal-page";
import { enterPage, findNext, hasLostItsHeader, hasSuccessorOfMissing } from "./journal-scan";
import { type JournalState, WorkBuffer } from "./journal-state";

/**
 * Reads every page header and the records of the newest page, then writes the `Opened` record that
 * makes the outcome final. `Unsupported`: too few or too small pages. `Full`: readable, but there
 * is no room for the `Opened` record until the back office acknowledges. `FlashFault`: a record
 * within the journal is damaged, or the flash does not take what is programmed: nothing is written.
 */
export function bootJournal(state: JournalState): Status {
  const pageSizeBytes = state.flash.pageSizeBytes;
  state.isUsable = false;
  if (state.pageCount < RingLimit.MinPageCount) return Status.Unsupported;
  if (pageSizeBytes < RingLimit.MinPageSizeBytes) return Status.Unsupported;
  if (pageSizeBytes % JournalLimit.AlignmentBytes !== 0) return Status.Unsupported;
  measureBlankBlock(state);
  resetToEmpty(state);
  const newestPage = findNewestPage(state);
  if (!replayNewestPage(state, newestPage)) return Status.FlashFault;
  if (state.currentPage >= 0 && !findOldestPage(state)) return Status.FlashFault;
  const isTailClean = settlePosition(state);
  if (!isTailClean && hasSuccessorOfMissing(state, state.reader)) return Status.FlashFault;
  findPreparedPage(state);
  if (!state.isNextPrepared && hasLostItsHeader(state)) return Status.FlashFault;
  const status = writeOpened(state, isTailClean);
  state.reader.pageSequence = -1;
  state.isUsable = status === Status.Ok || status === Status.Full;
  if (state.isUsable) preparePage(state);
  return status;
}

function resetToEmpty(state: JournalState): void {
  state.currentPage = -1;
  state.oldestPage = 0;
  state.position = 0;
  state.nextSequence = RingLimit.FirstSequence;
  state.acknowledged = 0;
  state.newestEntry = 0;
  state.readSequence = 0;
  state.openedCount = 0;
  for (let i = 0; i < JournalLimit.MacBytes; i++) state.chainMac[i] = 0;
}

/** Highest page sequence in use in any slot, -1 = none: a new journal. */
function findNewestPage(state: JournalState): number {
  let newest = -1;
  for (let slot = 0; slot < state.pageCount; slot++) {
    const found = readPageHeader(state, slot);
    if (found > newest) newest = found;
  }
  return newest;
}

/**
 * Walks the records of the newest page. One without any is not kept: its END word may be the one
 * that was torn, so the page before goes on and this one is erased again before use. False when
 * records must be there that cannot be read.
 */
function replayNewestPage(state: JournalState, newestPage: number): boolean {
  const cursor = state.reader;
  for (let page = newestPage; page >= 0 && page >= newestPage - 1; page--) {
    if (enterPage(state, cursor, page)) {
      const acknowledged = getUint(state.pageHeader, PageField.Acknowledged, 4);
      if (replayRecords(state, acknowledged)) {
        state.currentPage = page;
        return true;
      }
      if (hasSuccessorOfMissing(state, cursor)) return false;
    }
  }
  return newestPage < 1;
}

/** Leaves the reader's cursor behind the newest record. False when the page holds none. */
function replayRecords(state: JournalState, acknowledgedBefore: number): boolean {
  const cursor = state.reader;
  const work = state.work;
  const first = cursor.sequence;
  let acknowledged = acknowledgedBefore;
  let newestEntry = first - 1;
  while (findNext(state, cursor)) {
    const type = work[WorkBuffer.Record + RecordField.Type];
    state.openedCount = type === OwnRecordType.Opened ? state.openedCount + 1 : 0;
    if (type < OwnRecordType.Acknowledged) newestEntry = cursor.sequence - 1;
    if (type === OwnRecordType.Acknowledged) {
      acknowledged = getUint(work, WorkBuffer.Record + RecordField.Payload, 4);
    }
  }
  if (cursor.sequence === first) return false;
  state.acknowledged = acknowledged;
  state.newestEntry = newestEntry;
  state.nextSequence = cursor.sequence;
  copyBytes(cursor.mac, 0, state.chainMac, 0, JournalLimit.MacBytes);
  return true;
}

/**
 * Walks back over the pages that hold records not acknowledged. Only the slot that is erased next
 * may be missing among them: with no room left for the acknowledgement it was erased without one.
 * False when another one is.
 */
function findOldestPage(state: JournalState): boolean {
  let oldest = state.currentPage;
  readPageHeader(state, oldest);
  let first = getUint(state.pageHeader, PageField.FirstSequence, 4);
  while (first > state.acknowledged + 1 && readPageHeader(state, oldest - 1) === oldest - 1) {
    oldest--;
    first = getUint(state.pageHeader, PageField.FirstSequence, 4);
  }
  state.oldestPage = oldest;
  if (first <= state.acknowledged + 1) return true;
  state.acknowledged = first - 1;
  return oldest === state.currentPage + 2 - state.pageCount;
}

/**
 * Sets the place to write next: the first multiple of 64, not directly behind the newest record,
 * from which on nothing was ever programmed. False when something torn stands before it.
 */
function settlePosition(state: JournalState): boolean {
  if (state.currentPage < 0) return true;
  const pageStart = pageAddress(state, state.currentPage);
  const pageSizeBytes = state.flash.pageSizeBytes;
  const step = JournalLimit.AlignmentBytes;
  const newestEnd = state.reader.address - pageStart;
  const first = Math.min(Math.ceil((newestEnd + 4) / step) * step, pageSizeBytes);
  let isClean = isGapBlank(state, newestEnd + pageStart, first - newestEnd);
  let blankSteps = 0;
  state.position = first;
  for (let at = first; at < pageSizeBytes && blankSteps < JournalLimit.BlankSteps; at += step) {
    blankSteps++;
    if (!isBlank(state, pageStart + at, step)) {
      blankSteps = 0;
      state.position = at + step;
      isClean = false;
    }
  }
  return isClean;
}

/** As `isBlank`, for the few bytes between a record and the next multiple of 64. */
function isGapBlank(state: JournalState, address: number, lengthBytes: number): boolean {
  for (let reading = 0; reading < 2; reading++) {
    state.flash.read(address, state.work, 0, lengthBytes);
    for (let i = 0; i < lengthBytes; i++) if (state.work[i] !== 0xff) return false;
  }
  return true;
}

/**
 * Writes what makes this boot's reading final. After three in a row with nothing torn behind them
 * that is enough, so that a pad that only restarts uses up no room.
 */
function writeOpened(state: JournalState, isTailClean: boolean): Status {
  if (isTailClean && state.openedCount >= JournalLimit.OpenedInRow) return Status.Ok;
  return appendRecord(state, OwnRecordType.Opened, state.work, 0);
}
