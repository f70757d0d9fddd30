/** Pages of the journal's ring: headers, erasing ahead, taking the next one into use. */
import { type Bytes, copyBytes, fillBytes, getUint, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { endWord, JournalLimit, PageField } from "./journal-format";
import type { JournalState } from "./journal-state";

/** Flash address of byte 0 of the slot that page `pageSequence` lives in. */
export function pageAddress(state: JournalState, pageSequence: number): number {
  return (state.firstPage + (pageSequence % state.pageCount)) * state.flash.pageSizeBytes;
}

/**
 * Reads the header in the slot of `pageSequence` into `state.pageHeader`. Answers the page sequence
 * that is in use there, -1 when none is. A header of another slot counts as none.
 */
export function readPageHeader(state: JournalState, pageSequence: number): number {
  const header = state.pageHeader;
  state.flash.read(pageAddress(state, pageSequence), header, 0, PageField.SizeBytes);
  const found = getUint(header, PageField.PageSequence, 4);
  // The CRC of the mark may be the word that a cut left weak, so the header's CRC covers what it
  // must be, not what it reads.
  const markCrc = state.crc32(header, 0, PageField.MarkCrc);
  state.isHeaderMarked =
    getUint(header, PageField.Magic, 4) === JournalLimit.Magic &&
    getUint(header, PageField.MarkCrc, 4) === markCrc;
  putUint(header, PageField.MarkCrc, 4, markCrc);
  const isInUse =
    getUint(header, PageField.Magic, 4) === JournalLimit.Magic &&
    getUint(header, PageField.End, 4) === endWord(found) &&
    getUint(header, PageField.Crc, 4) === state.crc32(header, 0, PageField.Crc) &&
    found % state.pageCount === pageSequence % state.pageCount;
  return isInUse ? found : -1;
}

/** True when `lengthBytes` (a multiple of 64) from `address` read as erased, twice. */
export function isBlank(state: JournalState, address: number, lengthBytes: number): boolean {
  for (let done = 0; done < lengthBytes; done += JournalLimit.AlignmentBytes) {
    for (let reading = 0; reading < 2; reading++) {
      state.flash.read(address + done, state.work, 0, JournalLimit.AlignmentBytes);
      const crc = state.crc32(state.work, 0, JournalLimit.AlignmentBytes);
      if (crc !== state.blankBlockCrc) return false;
    }
  }
  return true;
}

/** The CRC that `isBlank` compares with. */
export function measureBlankBlock(state: JournalState): void {
  fillBytes(state.work, 0, JournalLimit.AlignmentBytes, 0xff);
  state.blankBlockCrc = state.crc32(state.work, 0, JournalLimit.AlignmentBytes);
}

/** How many pages may be taken into use without touching a record still needed. */
export function freePageCount(state: JournalState): number {
  return state.pageCount - (state.currentPage - state.oldestPage + 1);
}

/**
 * Whether the next page carries the mark of a complete erase and nothing after it. The mark names
 * the page sequence it was erased for, so one that survived a torn erase is of an older life and
 * does not count.
 */
export function findPreparedPage(state: JournalState): void {
  const next = state.currentPage + 1;
  const header = state.pageHeader;
  readPageHeader(state, next);
  state.isNextPrepared =
    state.isHeaderMarked && getUint(header, PageField.PageSequence, 4) === next;
  for (let i = PageField.FirstSequence; i < PageField.SizeBytes; i++) {
    if (header[i] !== 0xff) state.isNextPrepared = false;
  }
}

/** Erases, verifies and marks the page after the current one; `Full` while it is still needed. */
export function preparePage(state: JournalState): Status {
  if (state.isNextPrepared) return Status.Ok;
  if (freePageCount(state) === 0) return Status.Full;
  const next = state.currentPage + 1;
  const address = pageAddress(state, next);
  const pageSizeBytes = state.flash.pageSizeBytes;
  const status = state.flash.erasePage(address / pageSizeBytes);
  if (status !== Status.Ok) return status;
  if (!isBlank(state, address, pageSizeBytes)) return Status.FlashFault;
  putUint(state.pageHeader, PageField.Magic, 4, JournalLimit.Magic);
  putUint(state.pageHeader, PageField.PageSequence, 4, next);
  const marked = programChecked(state, state.pageHeader, 0, PageField.MarkCrc, 0, address);
  state.isNextPrepared = marked === Status.Ok;
  return marked;
}

/** Takes the prepared page into use; the current one is closed. */
export function openPage(state: JournalState): Status {
  const prepared = preparePage(state);
  if (prepared !== Status.Ok) return prepared;
  const next = state.currentPage + 1;
  const address = pageAddress(state, next);
  const header = state.pageHeader;
  putUint(header, PageField.Magic, 4, JournalLimit.Magic);
  putUint(header, PageField.PageSequence, 4, next);
  putUint(header, PageField.MarkCrc, 4, state.crc32(header, 0, PageField.MarkCrc));
  putUint(header, PageField.FirstSequence, 4, state.nextSequence);
  putUint(header, PageField.Acknowledged, 4, state.acknowledged);
  copyBytes(state.chainMac, 0, header, PageField.PreviousMac, JournalLimit.MacBytes);
  state.isNextPrepared = false;
  let status = programChecked(state, header, 0, PageField.Crc, PageField.FirstSequence, address);
  if (status === Status.Ok) status = programEnd(state, header, PageField.End, address, next);
  if (status !== Status.Ok) return status;
  state.currentPage = next;
  state.position = PageField.SizeBytes;
  return Status.Ok;
}

/**
 * Programs `bytes[programFrom .. crcAt)` and the CRC-32 of `bytes[coveredFrom .. crcAt)` behind it
 * in one call, reads them back into the same place and compares by CRC. `base` is the flash address
 * of `bytes[0]`.
 */
export function programChecked(
  state: JournalState,
  bytes: Bytes,
  coveredFrom: number,
  crcAt: number,
  programFrom: number,
  base: number,
): Status {
  const crc = state.crc32(bytes, coveredFrom, crcAt - coveredFrom);
  putUint(bytes, crcAt, 4, crc);
  const lengthBytes = crcAt + 4 - programFrom;
  const status = state.flash.program(base + programFrom, bytes, programFrom, lengthBytes);
  if (status !== Status.Ok) return status;
  state.flash.read(base + programFrom, bytes, programFrom, lengthBytes);
  const isSame =
    getUint(bytes, crcAt, 4) === crc &&
    state.crc32(bytes, coveredFrom, crcAt - coveredFrom) === crc;
  return isSame ? Status.Ok : Status.FlashFault;
}

/** Programs the END word at `bytes[endAt]` and reads it back. */
export function programEnd(
  state: JournalState,
  bytes: Bytes,
  endAt: number,
  base: number,
  sequence: number,
): Status {
  putUint(bytes, endAt, 4, endWord(sequence));
  const status = state.flash.program(base + endAt, bytes, endAt, 4);
  if (status !== Status.Ok) return status;
  state.flash.read(base + endAt, bytes, endAt, 4);
  return getUint(bytes, endAt, 4) === endWord(sequence) ? Status.Ok : Status.FlashFault;
}
