/**
 * Reads a journal out of a flash image and says everything that is wrong with it. Written from the
 * tables of firmware/storage/JOURNAL.md and sharing no code with the device but CMAC, so that the
 * two can disagree. Used by tests and support; the device itself checks less.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { cmac } from "../card-layout/cmac";
import type { Crc32 } from "../firmware/hal/crc32";

const PAGE_HEADER_BYTES = 36;
const RECORD_OVERHEAD_BYTES = 24;
const MAX_PAYLOAD_BYTES = 160;
const MAGIC = "CPJ1";
const END_PATTERN = 0x4e45;

export interface JournalImage {
  /** The pages of the ring and nothing else. */
  readonly bytes: Uint8Array;
  readonly pageSizeBytes: number;
  readonly key: Uint8Array;
  readonly aes: AesEngine;
  readonly crc32: Crc32;
}

export interface JournalRecordView {
  readonly sequence: number;
  readonly type: number;
  readonly payload: Uint8Array;
  readonly mac: Uint8Array;
  readonly address: number;
}

export interface JournalReport {
  /** The chain, oldest first, as far back as unbroken pages reach. */
  readonly records: readonly JournalRecordView[];
  /** Breaks of the chain and of what must stand in a page. Empty for a sound journal. */
  readonly problems: readonly string[];
  /** Bytes that belong to no record of the chain: torn writes, repeats. Harmless after cuts. */
  readonly remains: readonly string[];
}

interface PageView {
  readonly slot: number;
  readonly pageSequence: number;
  readonly firstSequence: number;
  readonly previousMac: Uint8Array;
}

interface Found extends JournalRecordView {
  readonly sizeBytes: number;
  readonly isEnded: boolean;
}

export function verifyJournal(image: JournalImage): JournalReport {
  return new Verifier(image).run();
}

class Verifier {
  private readonly view: DataView;
  private readonly pageCount: number;
  private readonly problems: string[] = [];
  private readonly remains: string[] = [];
  private readonly records: JournalRecordView[] = [];

  constructor(private readonly image: JournalImage) {
    const { bytes } = image;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pageCount = bytes.length / image.pageSizeBytes;
  }

  run(): JournalReport {
    const inUse = new Map<number, PageView>();
    for (let slot = 0; slot < this.pageCount; slot++) {
      const page = this.readHeader(slot);
      if (page !== undefined) inUse.set(page.pageSequence, page);
    }
    const newest = Math.max(-1, ...inUse.keys());
    let oldest = newest;
    while (inUse.has(oldest - 1)) oldest--;
    for (let sequence = oldest; sequence <= newest && newest >= 0; sequence++) {
      this.verifyPage(inUse.get(sequence) as PageView, inUse.get(sequence + 1));
    }
    for (let slot = 0; slot < this.pageCount; slot++) this.verifySpare(slot, inUse, newest);
    return { records: this.records, problems: this.problems, remains: this.remains };
  }

  private readHeader(slot: number): PageView | undefined {
    const at = slot * this.image.pageSizeBytes;
    const { bytes } = this.image;
    const pageSequence = this.u32(at + 4);
    const header = bytes.slice(at, at + PAGE_HEADER_BYTES);
    const markCrc = this.image.crc32(header, 0, 8);
    new DataView(header.buffer).setUint32(8, markCrc, true);
    const isInUse =
      String.fromCharCode(...header.subarray(0, 4)) === MAGIC &&
      this.u32(at + 28) === this.image.crc32(header, 0, 28) &&
      this.u32(at + 32) === endWordOf(pageSequence) &&
      pageSequence % this.pageCount === slot;
    if (!isInUse) return undefined;
    if (this.u32(at + 8) !== markCrc) this.remains.push(`slot ${slot}: the mark was torn`);
    return {
      slot,
      pageSequence,
      firstSequence: this.u32(at + 12),
      previousMac: bytes.slice(at + 20, at + 28),
    };
  }

  /** The best chain of the page, which must reach the page that follows. */
  private verifyPage(page: PageView, next: PageView | undefined): void {
    const limit = next?.firstSequence ?? Number.POSITIVE_INFINITY;
    const found = this.findRecords(page).filter((record) => record.sequence < limit);
    const name = `page ${page.pageSequence}`;
    const chain = this.bestChain(found, page.firstSequence, page.previousMac, next, new Map());
    if (next !== undefined && !reaches(chain, page, next)) {
      this.problems.push(`${name}: its chain does not reach the next page`);
    }
    const newest = chain[chain.length - 1];
    if (next === undefined && newest !== undefined && !newest.isEnded) {
      this.problems.push(`${name}: record ${newest.sequence} has no END`);
    }
    for (const record of chain) {
      const { sequence, type, payload, mac, address } = record;
      this.records.push({ sequence, type, payload, mac, address });
    }
    this.noteRemains(page, chain);
  }

  /** Everything in the page with the CRC of a record, wherever it stands. */
  private findRecords(page: PageView): Found[] {
    const start = page.slot * this.image.pageSizeBytes;
    const end = start + this.image.pageSizeBytes;
    const found: Found[] = [];
    for (let at = start + PAGE_HEADER_BYTES; at + RECORD_OVERHEAD_BYTES <= end; at += 4) {
      const record = this.readRecord(at, end);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  private readRecord(at: number, end: number): Found | undefined {
    const { bytes } = this.image;
    const lengthBytes = this.view.getUint16(at, true);
    const sizeBytes = RECORD_OVERHEAD_BYTES + Math.ceil(lengthBytes / 4) * 4;
    if (lengthBytes > MAX_PAYLOAD_BYTES || at + sizeBytes > end || bytes[at + 3] !== 1) return;
    if (this.u32(at + sizeBytes - 8) !== this.image.crc32(bytes, at, sizeBytes - 8)) return;
    const sequence = this.u32(at + 4);
    return {
      sequence,
      type: bytes[at + 2],
      payload: bytes.slice(at + 8, at + 8 + lengthBytes),
      mac: bytes.slice(at + sizeBytes - 16, at + sizeBytes - 8),
      address: at,
      sizeBytes,
      isEnded: this.u32(at + sizeBytes - 4) === endWordOf(sequence),
    };
  }

  /** The best chain among those that begin after `previousMac`; may be empty. */
  private bestChain(
    found: readonly Found[],
    sequence: number,
    previousMac: Uint8Array,
    next: PageView | undefined,
    known: Map<Found, Found[]>,
  ): Found[] {
    let best: Found[] = [];
    for (const record of found) {
      if (record.sequence !== sequence || !this.isChained(record, previousMac)) continue;
      let chain = known.get(record);
      if (chain === undefined) {
        const later = found.filter((each) => each.address > record.address);
        chain = [record, ...this.bestChain(later, sequence + 1, record.mac, next, known)];
        known.set(record, chain);
      }
      if (isBetter(chain, best, next)) best = chain;
    }
    return best;
  }

  private isChained(record: Found, previousMac: Uint8Array): boolean {
    const { bytes, aes, key } = this.image;
    const content = bytes.subarray(record.address, record.address + 8 + record.payload.length);
    const message = Buffer.concat([previousMac, content]);
    const mac = new Uint8Array(16);
    cmac(aes, key, message, 0, message.length, mac, 0);
    return equal(mac.subarray(0, 8), record.mac);
  }

  private noteRemains(page: PageView, chain: readonly Found[]): void {
    const start = page.slot * this.image.pageSizeBytes;
    let at = start + PAGE_HEADER_BYTES;
    for (const record of chain) {
      this.noteIfNotBlank(page, at, record.address);
      at = record.address + record.sizeBytes;
      if (!record.isEnded) this.remains.push(`record ${record.sequence}: END was torn`);
    }
    this.noteIfNotBlank(page, at, start + this.image.pageSizeBytes);
  }

  private noteIfNotBlank(page: PageView, from: number, to: number): void {
    const isBlank = this.image.bytes.subarray(from, to).every((byte) => byte === 0xff);
    if (!isBlank) this.remains.push(`page ${page.pageSequence}: torn bytes in ${from}..${to - 1}`);
  }

  /** A slot not in use is blank, marked for its next page, or left from an older round. */
  private verifySpare(slot: number, inUse: Map<number, PageView>, newest: number): void {
    if ([...inUse.values()].some((page) => page.slot === slot)) return;
    const at = slot * this.image.pageSizeBytes;
    const { bytes, pageSizeBytes } = this.image;
    const isMarked = this.u32(at + 8) === this.image.crc32(bytes, at, 8);
    const blankFrom = isMarked && this.u32(at + 4) === newest + 1 ? at + 12 : at;
    if (!bytes.subarray(blankFrom, at + pageSizeBytes).every((byte) => byte === 0xff)) {
      this.problems.push(`slot ${slot}: neither in use, nor blank, nor marked for the next page`);
    }
  }

  private u32(at: number): number {
    return this.view.getUint32(at, true);
  }
}

/** Reaching the next page comes first, then an ended chain, then the longer, then the later. */
function isBetter(chain: Found[], best: Found[], next: PageView | undefined): boolean {
  const marks = [chain, best].map((each) => {
    const newest = each[each.length - 1];
    const isOfNext =
      next !== undefined && newest !== undefined && equal(newest.mac, next.previousMac);
    return (isOfNext ? 2 : 0) + ((newest?.isEnded ?? true) ? 1 : 0);
  });
  if (marks[0] !== marks[1]) return marks[0] > marks[1];
  return chain.length >= best.length;
}

function reaches(chain: readonly Found[], page: PageView, next: PageView): boolean {
  const newest = chain[chain.length - 1];
  const sequence = newest === undefined ? page.firstSequence : newest.sequence + 1;
  return (
    sequence === next.firstSequence && equal(newest?.mac ?? page.previousMac, next.previousMac)
  );
}

function endWordOf(sequence: number): number {
  return END_PATTERN + (sequence % 65536) * 65536;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
