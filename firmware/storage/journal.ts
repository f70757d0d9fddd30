/**
 * The journal: a ring of raw NOR pages in which every tap is written down before and after the card
 * is touched. A record is durable and read back when `append` answers Ok, chained to the one before
 * by a MAC, and erased only after the back office has acknowledged it. JOURNAL.md has the whole.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  type Bytes,
  copyBytes,
  equalBytes,
  fillBytes,
  getUint,
  newBytes,
  putUint,
} from "../../card-layout/bytes";
import { cmac } from "../../card-layout/cmac";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { createCheckedProgram } from "./checked-program";
import {
  ClosingType,
  JournalLimit,
  MarkField,
  PageField,
  RecordField,
  RecordTail,
  RingLimit,
  recordSizeBytes,
} from "./journal-format";
import { createJournalReader, Work } from "./journal-reader";

export interface Journal {
  /**
   * To call once after power-up, before anything else. Ok: the journal is settled and may be used.
   * `Full`: readable, but sync before any tap. `Unsupported` (too few or too small pages),
   * `FlashFault` (a record within the journal is damaged, or the flash does not take what is
   * programmed): show it and stop.
   */
  boot(): Status;
  /** Sequence that the next record will get; the first ever is 1. */
  nextSequence(): number;
  /** Lowest sequence the back office has not acknowledged; equal to `nextSequence()` if none. */
  firstUnacknowledged(): number;
  /**
   * Ok: durable and read back. `TooLong`: more than 160 bytes. `Full`: nothing was written; types
   * that finish a tap (3..5) are refused only when repeated power cuts have used up the reserve.
   * `FlashFault`: the record does not count; nothing more is written until the next boot.
   */
  append(type: number, payload: Bytes, lengthBytes: number): Status;
  /**
   * Copies a record's header (8 B) and payload to `out`. Reading upwards costs one step each.
   * `NotFound`: not held (any more). `FlashFault`: it must be there but cannot be read.
   */
  read(sequence: number, out: Bytes, outOffset: number): Status;
  /** Payload length of the record read last, in bytes; valid until the next call. */
  readLengthBytes(): number;
  /** Chain MAC (8 B) of the record read last; valid until the next call. */
  readMac(): Bytes;
  /**
   * The back office holds everything up to `sequence`; `given` is its chain MAC there. Ok: noted
   * durably, pages freed. `Stale`: was acknowledged before. `NotFound`: no such record yet.
   * `BadSeal`: another chain than ours; nothing changed.
   */
  acknowledge(sequence: number, given: Bytes): Status;
  /** Whether a tap may begin: its intent fits without the last free page. */
  hasRoomForTap(): boolean;
  /** How much of the ring holds what is not acknowledged, 0..100; 100 = no tap may begin. */
  fillPercent(): number;
  /**
   * Erases the page that comes next, if that is still to be done, when nobody waits: 45 to 500 ms.
   */
  eraseAhead(): void;
}

/** `journalKey` is 16 bytes and stays referenced; pages `firstPage` .. `+pageCount-1` are ours. */
export function createJournal(
  flash: Flash,
  firstPage: number,
  pageCount: number,
  aes: AesEngine,
  crc32: Crc32,
  journalKey: Bytes,
): Journal {
  const pageSizeBytes = flash.pageSizeBytes;
  const program = createCheckedProgram(flash, crc32);
  const reader = createJournalReader(flash, firstPage, pageCount, crc32);
  const work = reader.work;
  const mark = reader.mark;
  /** Chain MAC of the newest record; CMAC writes 16 bytes, the first 8 count. */
  const chainMac = newBytes(16);

  /** Set by a successful boot, cleared by a fault; without it nothing is appended. */
  let isUsable = false;
  /** Page sequences of the page being written (-1: none yet) and of the oldest one needed. */
  let currentPage = -1;
  let oldestPage = 0;
  /** Next free byte in the current page. */
  let position = pageSizeBytes;
  /** A mark of this session stands before `position`, so records may follow there. */
  let isMarked = false;
  /** The page after the current one is erased, verified and marked; tried behind `triedPage`. */
  let isNextPrepared = false;
  let triedPage = -2;
  let nextSequence: number = RingLimit.FirstSequence;
  let acknowledged = 0;
  /** First sequence that is not in the page scanned last; 0 = that page is not to be read. */
  let limitSequence = 0;

  function boot(): Status {
    if (pageCount < RingLimit.MinPageCount) return Status.Unsupported;
    if (pageSizeBytes < RingLimit.MinPageSizeBytes) return Status.Unsupported;
    if (pageSizeBytes % JournalLimit.AlignmentBytes > 0) return Status.Unsupported;
    isUsable = findNewestPage() && findOldestPage() && findNextPage();
    if (!isUsable) return Status.FlashFault;
    const isSettled = currentPage >= 0 && reader.markCount >= JournalLimit.MarksInRow;
    const status = isSettled ? Status.Ok : makeRoom(0);
    prepareNextPage();
    return status;
  }

  /**
   * Finds the newest page and the end of the chain in it. A page without anything behind its first
   * mark is not kept: that mark may be the one that was torn, so the page before goes on. False if
   * records must be there that cannot be read.
   */
  function findNewestPage(): boolean {
    let newest = -1;
    for (let slot = 0; slot < pageCount; slot++) {
      if (reader.readMark(reader.addressOf(slot) + PageField.FirstMark)) {
        newest = Math.max(newest, getUint(mark, MarkField.PageSequence, 4));
      }
    }
    for (let page = newest; page >= 0 && page > newest - 2 && currentPage < 0; page--) {
      if (reader.scan(page)) {
        nextSequence = reader.firstSequence + reader.recordCount;
        if (reader.hasRecordBehind(page, reader.chainEnd, nextSequence)) return false;
        if (reader.chainEnd > reader.addressOf(page) + PageField.Content) currentPage = page;
      }
    }
    if (currentPage < 0) return newest < 1;
    acknowledged = reader.acknowledged;
    limitSequence = nextSequence;
    position = reader.usedBytes(currentPage);
    if (!reader.recall(reader.recordCount)) return false;
    copyBytes(reader.mac, 0, chainMac, 0, JournalLimit.MacBytes);
    return true;
  }

  /**
   * Walks back over the pages that hold records not acknowledged. Only the slot that is erased next
   * may be missing among them: with no room left for the acknowledgement it was erased without one.
   * False when another one is.
   */
  function findOldestPage(): boolean {
    let page = currentPage;
    let isThere = page >= 0 && reader.readFirstMark(page);
    while (isThere) {
      oldestPage = page;
      const first = getUint(mark, MarkField.NextSequence, 4);
      if (first <= acknowledged + 1) return true;
      page--;
      isThere = page >= 0 && reader.readFirstMark(page);
      if (!isThere) acknowledged = first - 1;
    }
    return oldestPage === currentPage + 2 - pageCount || currentPage < 0;
  }

  /** False when the page after the current one holds records but has no good mark: it had one. */
  function findNextPage(): boolean {
    const next = currentPage + 1;
    const address = reader.addressOf(next);
    flash.read(address, mark, 0, PageField.FirstMark + 4);
    // The mark names the page sequence it was erased for; one that survived a torn erase is of an
    // older life. Marks of this life that rot left behind the first one would count again.
    isNextPrepared =
      getUint(mark, PageField.PageSequence, 4) === next &&
      getUint(mark, PageField.Erased, 4) === JournalLimit.Magic &&
      getUint(mark, PageField.FirstMark, 4) === JournalLimit.ErasedWord &&
      reader.usedBytes(next) <= JournalLimit.AlignmentBytes;
    const content = address + PageField.Content;
    return isNextPrepared || !reader.hasRecordBehind(next, content, nextSequence);
  }

  /** How many pages may be taken into use without touching a record still needed. */
  function freePageCount(): number {
    return pageCount - 1 - currentPage + oldestPage;
  }

  function hasRoomForTap(): boolean {
    const needed = position + MarkField.SizeBytes + JournalLimit.MaxRecordBytes;
    return isUsable && freePageCount() > (needed > pageSizeBytes ? 1 : 0);
  }

  /** Erases, verifies and marks the page after the current one, unless it is still needed. */
  function prepareNextPage(): boolean {
    const next = currentPage + 1;
    const address = reader.addressOf(next);
    putUint(mark, PageField.PageSequence, 4, next);
    putUint(mark, PageField.Erased, 4, JournalLimit.Magic);
    isNextPrepared =
      isNextPrepared ||
      (freePageCount() > 0 &&
        flash.erasePage(address / pageSizeBytes) === Status.Ok &&
        reader.usedBytes(next) === 0 &&
        program(address, mark, 0, PageField.FirstMark));
    return isNextPrepared;
  }

  /**
   * Makes room for `sizeBytes` behind a mark of this session, in the current page or in the next.
   * `Full`: nothing was written. `FlashFault`: nothing is, until the next boot.
   */
  function makeRoom(sizeBytes: number): Status {
    if (position + MarkField.SizeBytes + sizeBytes > pageSizeBytes) {
      if (freePageCount() === 0) return Status.Full;
      isMarked = false;
      isUsable = openNextPage();
    }
    if (!isMarked) isUsable = isMarked = isUsable && putMark();
    return isUsable ? Status.Ok : Status.FlashFault;
  }

  function openNextPage(): boolean {
    if (!prepareNextPage()) return false;
    isNextPrepared = false;
    currentPage++;
    position = PageField.FirstMark;
    return putMark();
  }

  function putMark(): boolean {
    putUint(mark, MarkField.PageSequence, 4, currentPage);
    putUint(mark, MarkField.NextSequence, 4, nextSequence);
    putUint(mark, MarkField.Acknowledged, 4, acknowledged);
    copyBytes(chainMac, 0, mark, MarkField.Mac, JournalLimit.MacBytes);
    putUint(mark, MarkField.Crc, 4, crc32(mark, 0, MarkField.Crc));
    return put(mark, 0, MarkField.SizeBytes);
  }

  /** Programs at `position` and moves it on. */
  function put(bytes: Bytes, offset: number, lengthBytes: number): boolean {
    const address = reader.addressOf(currentPage) + position;
    position += lengthBytes;
    return program(address, bytes, offset, lengthBytes);
  }

  function append(type: number, payload: Bytes, lengthBytes: number): Status {
    if (lengthBytes > JournalLimit.MaxPayloadBytes) return Status.TooLong;
    if (!isUsable) return Status.FlashFault;
    const isClosing = type >= ClosingType.First && type <= ClosingType.Last;
    if (!isClosing && !hasRoomForTap()) return Status.Full;
    const sizeBytes = recordSizeBytes(lengthBytes);
    const status = makeRoom(sizeBytes);
    if (status !== Status.Ok) return status;
    const place = reader.addressOf(currentPage) + position;
    buildRecord(type, payload, lengthBytes);
    // The END word is the CRC again, programmed when the rest has been read back.
    isUsable =
      put(work, Work.Record, sizeBytes - RecordTail.End) &&
      put(work, Work.Record + sizeBytes - RecordTail.Crc, 4);
    if (!isUsable) return Status.FlashFault;
    const isInPageScanned = reader.pageSequence === currentPage;
    if (isInPageScanned) reader.places[nextSequence - reader.firstSequence] = place;
    nextSequence++;
    if (isInPageScanned) limitSequence = nextSequence;
    return Status.Ok;
  }

  /** Lays the record out in `work`, all but its END, and moves the chain on. */
  function buildRecord(type: number, payload: Bytes, lengthBytes: number): void {
    const crcAt = Work.Record + recordSizeBytes(lengthBytes) - RecordTail.Crc;
    fillBytes(work, 0, Work.SizeBytes, 0);
    copyBytes(chainMac, 0, work, 0, JournalLimit.MacBytes);
    work[Work.Record + RecordField.Length] = lengthBytes;
    work[Work.Record + RecordField.Type] = type;
    work[Work.Record + RecordField.Version] = JournalLimit.RecordVersion;
    putUint(work, Work.Sequence, 4, nextSequence);
    copyBytes(payload, 0, work, Work.Payload, lengthBytes);
    cmac(aes, journalKey, work, 0, Work.Payload + lengthBytes, chainMac, 0);
    copyBytes(chainMac, 0, work, crcAt - JournalLimit.MacBytes, JournalLimit.MacBytes);
    putUint(work, crcAt, 4, crc32(work, Work.Record, crcAt - Work.Record));
  }

  function locate(sequence: number): Status {
    if (sequence >= nextSequence) return Status.NotFound;
    if (sequence < reader.firstSequence || sequence >= limitSequence) {
      let page = currentPage;
      let limit = nextSequence;
      const oldestHeld = Math.min(oldestPage, Math.max(0, currentPage + 2 - pageCount));
      while (page >= oldestHeld && reader.readFirstMark(page)) {
        const first = getUint(mark, MarkField.NextSequence, 4);
        if (first <= sequence) break;
        limit = first;
        page--;
      }
      if (page < oldestHeld) return Status.NotFound;
      limitSequence = reader.scan(page) ? limit : 0;
    }
    const count = sequence - reader.firstSequence + 1;
    return limitSequence > 0 && reader.recall(count) ? Status.Ok : Status.FlashFault;
  }

  function read(sequence: number, out: Bytes, outOffset: number): Status {
    const status = locate(sequence);
    const sizeBytes = RecordField.Payload + readLengthBytes();
    if (status === Status.Ok) copyBytes(work, Work.Record, out, outOffset, sizeBytes);
    return status;
  }

  function readLengthBytes(): number {
    return work[Work.Record + RecordField.Length];
  }

  function acknowledge(sequence: number, given: Bytes): Status {
    if (sequence <= acknowledged) return Status.Stale;
    if (!isUsable) return Status.FlashFault;
    let status = locate(sequence);
    if (status !== Status.Ok) return status;
    if (!equalBytes(given, 0, reader.mac, 0, JournalLimit.MacBytes)) return Status.BadSeal;
    acknowledged = sequence;
    findOldestPage();
    // With no room left at all, the first mark of the page just released carries it.
    isMarked = false;
    status = makeRoom(0);
    prepareNextPage();
    return status;
  }

  return {
    boot,
    nextSequence: () => nextSequence,
    firstUnacknowledged: () => acknowledged + 1,
    append,
    read,
    readLengthBytes,
    readMac: () => reader.mac,
    acknowledge,
    hasRoomForTap,
    fillPercent: () => {
      if (!hasRoomForTap()) return 100;
      const usedBytes = (currentPage - oldestPage) * pageSizeBytes + position;
      return Math.min(99, Math.floor((100 * usedBytes) / ((pageCount - 1) * pageSizeBytes)));
    },
    eraseAhead: () => {
      if (isUsable && triedPage < currentPage) prepareNextPage();
      triedPage = currentPage;
    },
  };
}
