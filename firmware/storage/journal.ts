/**
 * The journal: a ring of raw NOR pages in which every tap is written down before and after the card
 * is touched. A record is durable and read back when `append` answers Ok, chained to the one before
 * by a MAC, and erased only after the back office has acknowledged it. JOURNAL.md is the
 * specification: assumptions, promises, bytes, recovery.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  type Bytes,
  copyBytes,
  equalBytes,
  getUint,
  newBytes,
  putUint,
} from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { appendRecord, hasRoomToBegin, measureFillPercent } from "./journal-append";
import { bootJournal } from "./journal-boot";
import { ClosingType, JournalLimit, OwnRecordType, PageField, RecordField } from "./journal-format";
import { preparePage, readPageHeader } from "./journal-page";
import { enterPage, findNext } from "./journal-scan";
import { type JournalState, newJournalState, WorkBuffer } from "./journal-state";

export interface Journal {
  /**
   * To call once after power-up, before anything else. Ok: the journal is settled and may be used.
   * `Full`: readable, but sync before any tap. `Unsupported`, `FlashFault`: show it and stop.
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
  /** Payload length of the record read last, in bytes. */
  readLengthBytes(): number;
  /** Chain MAC (8 B) of the record read last; valid until the next call of this journal. */
  readMac(): Bytes;
  /**
   * The back office holds everything up to `sequence`, and `mac` is its chain MAC there. Ok: noted
   * durably (but for the journal's own records), pages freed. `Stale`: was acknowledged before.
   * `NotFound`: no such record yet. `BadSeal`: another chain than ours; nothing changed.
   */
  acknowledge(sequence: number, mac: Bytes): Status;
  /** Chain MAC (8 B) of the newest record; zeros in an empty journal. The journal's own buffer. */
  chainMac(): Bytes;
  /** Share of the room for new taps that is used; 100 = `append` refuses to begin one. */
  fillPercent(): number;
  hasRoomForTap(): boolean;
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
  const state = newJournalState(flash, firstPage, pageCount, aes, crc32, journalKey);
  return {
    boot: () => bootJournal(state),
    nextSequence: () => state.nextSequence,
    firstUnacknowledged: () => state.acknowledged + 1,
    append: (type, payload, lengthBytes) => appendEntry(state, type, payload, lengthBytes),
    read: (sequence, out, outOffset) => readRecord(state, sequence, out, outOffset),
    readLengthBytes: () => state.readLengthBytes,
    readMac: () => state.reader.mac,
    acknowledge: (sequence, mac) => acknowledgeRecords(state, sequence, mac),
    chainMac: () => state.chainMac,
    fillPercent: () => measureFillPercent(state),
    hasRoomForTap: () => hasRoomToBegin(state),
  };
}

const acknowledgement = newBytes(4);

function appendEntry(
  state: JournalState,
  type: number,
  payload: Bytes,
  lengthBytes: number,
): Status {
  if (lengthBytes > JournalLimit.MaxPayloadBytes) return Status.TooLong;
  if (!state.isUsable) return Status.FlashFault;
  const isClosing = type >= ClosingType.First && type <= ClosingType.Last;
  if (!isClosing && !hasRoomToBegin(state)) return Status.Full;
  return appendRecord(state, type, payload, lengthBytes);
}

function readRecord(state: JournalState, sequence: number, out: Bytes, outOffset: number): Status {
  const status = locateRecord(state, sequence);
  if (status !== Status.Ok) return status;
  const lengthBytes = RecordField.Payload + state.readLengthBytes;
  copyBytes(state.work, WorkBuffer.Record, out, outOffset, lengthBytes);
  return Status.Ok;
}

function acknowledgeRecords(state: JournalState, sequence: number, mac: Bytes): Status {
  if (sequence <= state.acknowledged) return Status.Stale;
  if (!state.isUsable) return Status.FlashFault;
  if (state.readSequence !== sequence) {
    const located = locateRecord(state, sequence);
    if (located !== Status.Ok) return located;
  }
  if (!equalBytes(mac, 0, state.reader.mac, 0, JournalLimit.MacBytes)) return Status.BadSeal;
  const hadEntries = state.acknowledged < state.newestEntry;
  state.acknowledged = sequence;
  // Otherwise each acknowledgement would be one more record to fetch and acknowledge, for ever.
  if (!hadEntries) return Status.Ok;
  putUint(acknowledgement, 0, 4, sequence);
  let status = appendRecord(state, OwnRecordType.Acknowledged, acknowledgement, 4);
  if (status !== Status.Ok && status !== Status.Full) return status;
  releasePages(state);
  // With no room left at all, the header of the page just released carries the acknowledgement.
  if (status === Status.Full) {
    status = appendRecord(state, OwnRecordType.Acknowledged, acknowledgement, 4);
  }
  preparePage(state);
  return status;
}

/** Gives up the oldest pages as far as all their records are acknowledged. */
function releasePages(state: JournalState): void {
  let isReleased = true;
  while (isReleased && state.oldestPage < state.currentPage) {
    readPageHeader(state, state.oldestPage + 1);
    const first = getUint(state.pageHeader, PageField.FirstSequence, 4);
    isReleased = first <= state.acknowledged + 1;
    if (isReleased) state.oldestPage++;
  }
}

/** Brings record `sequence` into `state.work` and the reader's cursor behind it. */
function locateRecord(state: JournalState, sequence: number): Status {
  const reader = state.reader;
  state.readSequence = 0;
  if (sequence >= state.nextSequence || !turnToPage(state, sequence)) return Status.NotFound;
  while (reader.sequence <= sequence) {
    if (!findNext(state, reader)) {
      reader.pageSequence = -1;
      return Status.FlashFault;
    }
  }
  state.readSequence = sequence;
  state.readLengthBytes = getUint(state.work, WorkBuffer.Record + RecordField.Length, 2);
  return Status.Ok;
}

/** Puts the reader into the page of `sequence`, not behind it. False when no page holds it. */
function turnToPage(state: JournalState, sequence: number): boolean {
  const reader = state.reader;
  let page = reader.pageSequence;
  if (page < state.oldestPage || sequence < reader.sequence) {
    page = state.oldestPage;
    if (!enterPage(state, reader, page) || sequence < reader.sequence) {
      reader.pageSequence = -1;
      return false;
    }
  }
  refreshLimit(state);
  while (sequence >= reader.limitSequence) {
    page++;
    if (page > state.currentPage || !enterPage(state, reader, page)) {
      reader.pageSequence = -1;
      return false;
    }
    refreshLimit(state);
  }
  return true;
}

/** Where the records of the reader's page end: at the next page's first, or at the newest one. */
function refreshLimit(state: JournalState): void {
  const reader = state.reader;
  if (reader.isLimitFinal) return;
  if (reader.pageSequence === state.currentPage) {
    reader.limitSequence = state.nextSequence;
    copyBytes(state.chainMac, 0, reader.limitMac, 0, JournalLimit.MacBytes);
  } else {
    readPageHeader(state, reader.pageSequence + 1);
    reader.limitSequence = getUint(state.pageHeader, PageField.FirstSequence, 4);
    copyBytes(state.pageHeader, PageField.PreviousMac, reader.limitMac, 0, JournalLimit.MacBytes);
    reader.isLimitFinal = true;
  }
}
