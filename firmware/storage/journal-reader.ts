/**
 * Reading pages of the journal: marks, records, and what of a page counts. JOURNAL.md section
 * "Which record counts" has the reasons for the rules here.
 */
import { type Bytes, copyBytes, equalBytes, getUint, newBytes } from "../../card-layout/bytes";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import {
  JournalLimit,
  MarkField,
  PageField,
  RecordField,
  RecordTail,
  recordSizeBytes,
} from "./journal-format";

/** In the work buffer a record stands behind room for the MAC it is chained to. */
export const enum Work {
  Record = 8,
  Sequence = 12,
  Payload = 16,
  SizeBytes = 280,
}

export interface JournalReader {
  /** Room for a MAC (8 B) and the record read last. Free for others between two calls. */
  work: Bytes;
  /** The mark read last. Free for others between two calls. */
  mark: Bytes;
  /** Chain MAC (8 B) of the record recalled last. */
  mac: Bytes;
  /** Page sequence of the page scanned last. */
  pageSequence: number;
  /** Addresses of its records, `firstSequence` and following; may go on behind what counts. */
  places: number[];
  firstSequence: number;
  /** How many of them count, if no page follows, and where the last thing that counts ends. */
  recordCount: number;
  chainEnd: number;
  /** What the last mark of the page says. */
  acknowledged: number;
  /** Equal marks at the end with nothing but blank between and behind them. */
  markCount: number;
  /** Flash address of byte 0 of the slot that page `pageSequence` lives in. */
  addressOf(pageSequence: number): number;
  /** Brings what stands at an address into `mark`. False when it is no finished mark. */
  readMark(address: number): boolean;
  /** Brings the mark that a page begins with into `mark`. False when the page is not in use. */
  readFirstMark(pageSequence: number): boolean;
  /**
   * Walks through a page from one record or mark to the next. Records count when their END word is
   * right, or a record stands directly behind, or a mark says so; the last mark decides. False when
   * the page is not in use.
   */
  scan(pageSequence: number): boolean;
  /**
   * Brings the `count`-th record of the page scanned into `work` and its chain MAC into `mac`; for
   * 0 the MAC that the page begins with. False when it is not there.
   */
  recall(count: number): boolean;
  /**
   * Whether a finished record of `sequence` or a later one stands soon behind `address`, in page
   * `pageSequence`: then what stands between was there once and is damaged.
   */
  hasRecordBehind(pageSequence: number, address: number, sequence: number): boolean;
  /** Lowest multiple of 64 in a page's slot from which on all reads as erased, twice. */
  usedBytes(pageSequence: number): number;
}

export function createJournalReader(
  flash: Flash,
  firstPage: number,
  pageCount: number,
  crc32: Crc32,
): JournalReader {
  const pageSizeBytes = flash.pageSizeBytes;
  const work = newBytes(Work.SizeBytes);
  const mark = newBytes(MarkField.SizeBytes);
  const mac = newBytes(JournalLimit.MacBytes);
  const reader: JournalReader = {
    work,
    mark,
    mac,
    pageSequence: -1,
    places: [],
    firstSequence: 0,
    recordCount: 0,
    chainEnd: 0,
    acknowledged: 0,
    markCount: 0,
    addressOf,
    readMark,
    readFirstMark,
    scan,
    recall,
    hasRecordBehind,
    usedBytes,
  };

  function addressOf(pageSequence: number): number {
    return (firstPage + (pageSequence % pageCount)) * pageSizeBytes;
  }

  function readMark(address: number): boolean {
    flash.read(address, mark, 0, MarkField.SizeBytes);
    return getUint(mark, MarkField.Crc, 4) === crc32(mark, 0, MarkField.Crc);
  }

  function readFirstMark(pageSequence: number): boolean {
    return (
      readMark(addressOf(pageSequence) + PageField.FirstMark) &&
      getUint(mark, MarkField.PageSequence, 4) === pageSequence
    );
  }

  /** Brings the record at an address into `work`. Answers its size, 0 when it cannot be right. */
  function loadRecord(address: number): number {
    flash.read(address, work, Work.Record, RecordField.Payload);
    const sizeBytes = recordSizeBytes(getUint(work, Work.Record, 2));
    const roomBytes = pageSizeBytes - (address % pageSizeBytes);
    if (sizeBytes > Math.min(roomBytes, JournalLimit.MaxRecordBytes)) return 0;
    // The same byte of a mark is 0: a pad does not live through 2^24 pages.
    if (work[Work.Record + RecordField.Version] !== JournalLimit.RecordVersion) return 0;
    flash.read(address, work, Work.Record, sizeBytes);
    const coveredBytes = sizeBytes - RecordTail.Crc;
    const crc = crc32(work, Work.Record, coveredBytes);
    return getUint(work, Work.Record + coveredBytes, 4) === crc ? sizeBytes : 0;
  }

  /** Whether the END word of the record in `work` is right: its CRC again. */
  function isEnded(sizeBytes: number): boolean {
    const endAt = Work.Record + sizeBytes - RecordTail.End;
    return equalBytes(work, endAt, work, endAt - 4, 4);
  }

  function recall(count: number): boolean {
    if (count === 0) {
      flash.read(
        addressOf(reader.pageSequence) + PageField.FirstMark + MarkField.Mac,
        mac,
        0,
        JournalLimit.MacBytes,
      );
      return true;
    }
    const address = reader.places[count - 1];
    const sizeBytes = address === undefined ? 0 : loadRecord(address);
    if (sizeBytes === 0) return false;
    copyBytes(work, Work.Record + sizeBytes - RecordTail.Mac, mac, 0, JournalLimit.MacBytes);
    return true;
  }

  function scan(pageSequence: number): boolean {
    let address = addressOf(pageSequence) + PageField.Content;
    const pageEnd = address + pageSizeBytes - PageField.Content;
    let count = 0;
    // Behind a gap only marks are looked for: what was torn may hold the bytes of any record.
    let isDirect = true;
    reader.places = [];
    reader.pageSequence = pageSequence;
    if (!readFirstMark(pageSequence)) return false;
    reader.firstSequence = getUint(mark, MarkField.NextSequence, 4);
    adoptMark(address);
    reader.markCount = 0;
    while (address <= pageEnd - MarkField.SizeBytes) {
      const sizeBytes = isDirect ? loadRecord(address) : 0;
      if (sizeBytes > 0 && getUint(work, Work.Sequence, 4) === reader.firstSequence + count) {
        reader.places[count] = address;
        reader.markCount = 0;
        address += sizeBytes;
        count++;
        if (isEnded(sizeBytes)) {
          reader.recordCount = count;
          reader.chainEnd = address;
        } else if (
          address % JournalLimit.AlignmentBytes === RecordTail.End &&
          readMark(address - RecordTail.End)
        ) {
          // Of an END never begun nothing is seen: the next session began in its place.
          address -= RecordTail.End;
        }
      } else {
        isDirect = readMark(address) && isOfChain();
        if (isDirect) {
          address += MarkField.SizeBytes;
          count = adoptMark(address);
        } else {
          if (getUint(mark, 0, 4) !== JournalLimit.ErasedWord) reader.markCount = 0;
          address += JournalLimit.AlignmentBytes - (address % JournalLimit.AlignmentBytes);
        }
      }
    }
    return true;
  }

  /** Whether `mark` names a place in the chain of the page scanned. */
  function isOfChain(): boolean {
    return (
      recall(getUint(mark, MarkField.NextSequence, 4) - reader.firstSequence) &&
      equalBytes(mark, MarkField.Mac, mac, 0, JournalLimit.MacBytes)
    );
  }

  /** Takes over what `mark` says. Answers how many records there are. */
  function adoptMark(end: number): number {
    const count = getUint(mark, MarkField.NextSequence, 4) - reader.firstSequence;
    const acknowledged = getUint(mark, MarkField.Acknowledged, 4);
    // Marks that say different things do not vouch for each other.
    if (count !== reader.recordCount || acknowledged !== reader.acknowledged) reader.markCount = 0;
    reader.recordCount = count;
    reader.acknowledged = acknowledged;
    reader.chainEnd = end;
    reader.markCount++;
    return reader.recordCount;
  }

  function hasRecordBehind(pageSequence: number, address: number, sequence: number): boolean {
    const last = addressOf(pageSequence) + pageSizeBytes - RecordField.OverheadBytes;
    let at = address + 4;
    while (at <= Math.min(last, address + JournalLimit.DamageSpanBytes)) {
      const sizeBytes = loadRecord(at);
      if (sizeBytes > 0 && isEnded(sizeBytes) && getUint(work, Work.Sequence, 4) >= sequence) {
        return true;
      }
      at += 4;
    }
    return false;
  }

  function usedBytes(pageSequence: number): number {
    const address = addressOf(pageSequence) - JournalLimit.AlignmentBytes;
    let used = pageSizeBytes;
    while (used > 0 && isBlank(address + used) && isBlank(address + used)) {
      used -= JournalLimit.AlignmentBytes;
    }
    return used;
  }

  function isBlank(address: number): boolean {
    flash.read(address, work, 0, JournalLimit.AlignmentBytes);
    return crc32(work, 0, JournalLimit.AlignmentBytes) === JournalLimit.BlankCrc;
  }

  return reader;
}
