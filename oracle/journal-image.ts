/**
 * What a pad's journal holds, read from the bytes of its flash by firmware/storage/JOURNAL.md and
 * nothing else: pages, marks, records, and which of them count.
 */
import type { AesKey } from "./aes-siv";
import { crc32 } from "./crc32";
import { Violation } from "./violation";

const FIRST_MARK = 8;
const CONTENT = 32;
const MARK_BYTES = 24;
const RECORD_OVERHEAD_BYTES = 24;
const MAX_PAYLOAD_BYTES = 245;
const GAP_BYTES = 64;
const END_BYTES = 4;

export interface JournalRecord {
  readonly sequence: number;
  readonly type: number;
  readonly payload: Buffer;
  readonly mac: Buffer;
}

/** Where a chain stands: what comes next and the MAC before it. */
interface Place {
  pageSequence: number;
  nextSequence: number;
  mac: Buffer;
  acknowledged: number;
}

interface Found extends JournalRecord {
  start: number;
  end: number;
  isEnded: boolean;
}

/** The journal's pages as they are in flash. */
export interface Ring {
  bytes: Buffer;
  /**
   * Of a pad without power: cells that read by chance, 0 = none of the byte. Then the newest record
   * counts only if its end is sure to read right. A pad with power has settled that by a mark.
   */
  weak: Uint8Array | undefined;
}

export interface JournalContent {
  /** Of the pages read, oldest first. */
  records: JournalRecord[];
  nextSequence: number;
  acknowledged: number;
  /** Of the newest page. */
  pageSequence: number;
}

export class JournalImage {
  /** Page sequence of the newest page when last looked; reading goes on from there. */
  private newest = -1;
  private readonly verified = new Map<number, Buffer>();

  constructor(
    private readonly key: AesKey,
    private readonly pageSizeBytes: number,
    private readonly pageCount: number,
  ) {}

  /** The records of the newest page and of those opened since the last call. */
  readNews(ring: Ring): JournalContent {
    const { bytes } = ring;
    if (this.newest < 0 || !this.isInUse(bytes, this.newest)) this.newest = this.findNewest(bytes);
    const first = Math.max(this.newest, 0);
    while (this.isInUse(bytes, this.newest + 1)) this.newest++;
    return this.readPages(ring, first);
  }

  /** All records from the oldest page on that is still whole. */
  readAll(ring: Ring): JournalContent {
    const { bytes } = ring;
    this.newest = this.findNewest(bytes);
    let oldest = Math.max(this.newest, 0);
    while (oldest > 0 && this.isInUse(bytes, oldest - 1)) oldest--;
    return this.readPages(ring, oldest);
  }

  private readPages({ bytes: ring, weak }: Ring, firstPage: number): JournalContent {
    const content: JournalContent = {
      records: [],
      nextSequence: 1,
      acknowledged: 0,
      pageSequence: this.newest,
    };
    for (let page = firstPage; page <= this.newest; page++) {
      const next = page < this.newest ? this.firstMark(ring, page + 1) : undefined;
      const { records, place } = this.readPage(ring, page, next, weak);
      content.records.push(...records);
      content.nextSequence = place.nextSequence;
      content.acknowledged = place.acknowledged;
    }
    return content;
  }

  private findNewest(ring: Buffer): number {
    let newest = -1;
    for (let slot = 0; slot < this.pageCount; slot++) {
      const page = ring.readUInt32LE(slot * this.pageSizeBytes);
      const first = ring.readUInt32LE(slot * this.pageSizeBytes + FIRST_MARK);
      for (const candidate of [page, first]) {
        const isThere = candidate % this.pageCount === slot && this.isInUse(ring, candidate);
        if (isThere) newest = Math.max(newest, candidate);
      }
    }
    return newest;
  }

  /** A page with nothing behind its first mark is not kept. */
  private isInUse(ring: Buffer, page: number): boolean {
    if (page < 0 || this.firstMark(ring, page) === undefined) return false;
    const start = this.startOf(page);
    return (
      this.markAt(ring, start + CONTENT, page) !== undefined ||
      recordAt(ring, start + CONTENT, start + this.pageSizeBytes) !== undefined
    );
  }

  private firstMark(ring: Buffer, page: number): Place | undefined {
    return this.markAt(ring, this.startOf(page) + FIRST_MARK, page);
  }

  private startOf(page: number): number {
    return (page % this.pageCount) * this.pageSizeBytes;
  }

  /** The chain of one page; `next` is where the following page begins. */
  private readPage(
    ring: Buffer,
    page: number,
    next: Place | undefined,
    weak: Uint8Array | undefined,
  ) {
    const start = this.startOf(page);
    const end = start + this.pageSizeBytes;
    let place = this.firstMark(ring, page) as Place;
    const first = place;
    // What a mark leaves out may count again: that mark may be weak, and a later one decides.
    let chain: Found[] = [];
    let count = 0;
    let isAfterGap = false;
    let at = start + CONTENT;
    while (at + MARK_BYTES <= end) {
      const record = isAfterGap ? undefined : recordAt(ring, at, end);
      const mark = this.markAt(ring, at, page);
      if (record !== undefined && this.isChained(ring, at, record, chain[count - 1] ?? first)) {
        chain[count] = record;
        count++;
        at = record.end;
        if (!record.isEnded && !this.isFollowed(ring, record, end, page)) {
          // Of an END never begun nothing is seen: the next session may start in its place.
          isAfterGap = true;
          at = start + Math.ceil((record.end - END_BYTES - start) / GAP_BYTES) * GAP_BYTES;
        }
      } else if (mark !== undefined && this.isOfChain(chain, first, mark)) {
        place = mark;
        count = mark.nextSequence - first.nextSequence;
        at += MARK_BYTES;
        isAfterGap = false;
      } else {
        isAfterGap = true;
        at = start + (Math.floor((at - start) / GAP_BYTES) + 1) * GAP_BYTES;
      }
    }
    if (next !== undefined) {
      if (!this.isOfChain(chain, first, next)) {
        throw new Violation("I5", `page ${page} does not lead to the one after it`);
      }
      place = next;
      count = next.nextSequence - first.nextSequence;
    }
    chain = chain.slice(0, count);
    const last = chain.at(-1);
    if (next === undefined && last !== undefined && last.sequence >= place.nextSequence) {
      const isFirm = weak?.subarray(last.start, last.end).every((cells) => cells === 0) ?? true;
      if (!last.isEnded || !isFirm) chain.pop();
    }
    const nextSequence = (chain.at(-1)?.sequence ?? first.nextSequence - 1) + 1;
    return { records: chain, place: { ...place, nextSequence } };
  }

  /** Whether a record or a mark stands directly behind a record. */
  private isFollowed(ring: Buffer, record: Found, end: number, page: number): boolean {
    if (record.end + MARK_BYTES > end) return false;
    const next = recordAt(ring, record.end, end);
    const isNext = next !== undefined && this.isChained(ring, record.end, next, record);
    return isNext || this.markAt(ring, record.end, page) !== undefined;
  }

  /** Whether a mark stands behind a record that was found, or behind none. */
  private isOfChain(chain: Found[], first: Place, mark: Place): boolean {
    const count = mark.nextSequence - first.nextSequence;
    if (count < 0 || count > chain.length) return false;
    return (count === 0 ? first : chain[count - 1]).mac.equals(mark.mac);
  }

  private markAt(ring: Buffer, at: number, page: number): Place | undefined {
    if (ring.readUInt32LE(at) !== page) return undefined;
    if (ring.readUInt32LE(at + 20) !== crc32(ring, at, 20)) return undefined;
    return {
      pageSequence: page,
      nextSequence: ring.readUInt32LE(at + 4),
      acknowledged: ring.readUInt32LE(at + 8),
      mac: Buffer.from(ring.subarray(at + 12, at + 20)),
    };
  }

  private isChained(ring: Buffer, at: number, record: Found, before: Place | Found): boolean {
    const expected = "nextSequence" in before ? before.nextSequence : before.sequence + 1;
    if (record.sequence !== expected) return false;
    const known = this.verified.get(record.sequence);
    if (known?.equals(record.mac)) return true;
    const content = ring.subarray(at, at + 8 + record.payload.length);
    const mac = this.key.cmac(Buffer.concat([before.mac, content])).subarray(0, 8);
    if (!mac.equals(record.mac)) return false;
    this.verified.set(record.sequence, record.mac);
    return true;
  }
}

function recordAt(ring: Buffer, at: number, end: number): Found | undefined {
  const lengthBytes = ring.readUInt16LE(at);
  const sizeBytes = RECORD_OVERHEAD_BYTES + Math.ceil(lengthBytes / 4) * 4;
  if (lengthBytes > MAX_PAYLOAD_BYTES || at + sizeBytes > end || ring[at + 3] !== 1) {
    return undefined;
  }
  const check = ring.readUInt32LE(at + sizeBytes - 8);
  if (check !== crc32(ring, at, sizeBytes - 8)) return undefined;
  return {
    sequence: ring.readUInt32LE(at + 4),
    type: ring[at + 2],
    payload: Buffer.from(ring.subarray(at + 8, at + 8 + lengthBytes)),
    mac: Buffer.from(ring.subarray(at + sizeBytes - 16, at + sizeBytes - 8)),
    start: at,
    end: at + sizeBytes,
    isEnded: ring.readUInt32LE(at + sizeBytes - 4) === check,
  };
}
