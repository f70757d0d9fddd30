/** What the parts of the journal share: its dependencies, its place in the ring, its buffers. */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, newBytes } from "../../card-layout/bytes";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { JournalLimit, PageField, RingLimit } from "./journal-format";

/** In the work buffer the record stands behind room for the MAC it is chained to. */
export const enum WorkBuffer {
  PreviousMac = 0,
  Record = 8,
  SizeBytes = 192,
}

/** A place in the chain: the next record to find, and all that is needed to recognise it. */
export interface JournalCursor {
  pageSequence: number;
  /** Flash address at which the record is expected. */
  address: number;
  sequence: number;
  /** Chain MAC before `sequence`. */
  mac: Bytes;
  /** First sequence that is not in this page any more, and the chain MAC before it. */
  limitSequence: number;
  limitMac: Bytes;
  /** The limit was taken from the header of the page that follows and will not move. */
  isLimitFinal: boolean;
}

export interface JournalState {
  flash: Flash;
  firstPage: number;
  pageCount: number;
  aes: AesEngine;
  crc32: Crc32;
  key: Bytes;
  /** Set by a successful boot; without it nothing is appended. */
  isUsable: boolean;
  /** Page sequence of the page being written, -1 before the first. */
  currentPage: number;
  /** Page sequence of the oldest page that holds records still needed. */
  oldestPage: number;
  /** Next free byte in the current page. */
  position: number;
  /** The page after the current one is erased, verified and marked. */
  isNextPrepared: boolean;
  nextSequence: number;
  acknowledged: number;
  /** Newest record that is not the journal's own. */
  newestEntry: number;
  /** How many of the newest records, without another between, are `Opened`; counted at boot. */
  openedCount: number;
  chainMac: Bytes;
  blankBlockCrc: number;
  /** WorkBuffer: previous MAC and one record. */
  work: Bytes;
  pageHeader: Bytes;
  /** The header read last begins with the mark of a complete erase. */
  isHeaderMarked: boolean;
  fullMac: Bytes;
  reader: JournalCursor;
  /** Sequence and payload length of the record that `read` found last. */
  readSequence: number;
  readLengthBytes: number;
}

export function newJournalCursor(): JournalCursor {
  return {
    pageSequence: -1,
    address: 0,
    sequence: 0,
    mac: newBytes(JournalLimit.MacBytes),
    limitSequence: 0,
    limitMac: newBytes(JournalLimit.MacBytes),
    isLimitFinal: false,
  };
}

export function newJournalState(
  flash: Flash,
  firstPage: number,
  pageCount: number,
  aes: AesEngine,
  crc32: Crc32,
  key: Bytes,
): JournalState {
  return {
    flash,
    firstPage,
    pageCount,
    aes,
    crc32,
    key,
    isUsable: false,
    currentPage: -1,
    oldestPage: 0,
    position: 0,
    isNextPrepared: false,
    nextSequence: RingLimit.FirstSequence,
    acknowledged: 0,
    newestEntry: 0,
    openedCount: 0,
    chainMac: newBytes(JournalLimit.MacBytes),
    blankBlockCrc: 0,
    work: newBytes(WorkBuffer.SizeBytes),
    pageHeader: newBytes(PageField.SizeBytes),
    isHeaderMarked: false,
    fullMac: newBytes(16),
    reader: newJournalCursor(),
    readSequence: 0,
    readLengthBytes: 0,
  };
}
