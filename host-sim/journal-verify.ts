/**
 * Reads a journal out of a flash image and says everything that is wrong with it. Written from the
 * tables of firmware/storage/JOURNAL.md and sharing no code with the device but CMAC, so that the
 * two can disagree. Used by tests and support; the device itself checks less.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { cmac } from "../card-layout/cmac";
import type { Crc32 } from "../firmware/hal/crc32";

const FIRST_MARK = 8;
const CONTENT = 32;
const MARK_BYTES = 24;
const RECORD_OVERHEAD_BYTES = 24;
const MAX_PAYLOAD_BYTES = 160;
const MAGIC = "CPJ2";

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

/** A place in the chain: the sequence that comes next and the MAC before it. */
interface Place {
  readonly nextSequence: number;
  readonly mac: Uint8Array;
}

interface Mark extends Place {
  readonly pageSequence: number;
  readonly address: number;
  readonly sizeBytes: number;
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
    const inUse = new Map<number, Mark>();
    for (let slot = 0; slot < this.pageCount; slot++) {
      const first = this.readMark(slot * this.image.pageSizeBytes + FIRST_MARK);
      if (first !== undefined && first.pageSequence % this.pageCount === slot) {
        inUse.set(first.pageSequence, first);
      }
    }
    const newest = Math.max(-1, ...inUse.keys());
    let oldest = newest;
    while (inUse.has(oldest - 1)) oldest--;
    for (let sequence = oldest; sequence <= newest && newest >= 0; sequence++) {
      this.verifyPage(inUse.get(sequence) as Mark, inUse.get(sequence + 1));
    }
    for (let slot = 0; slot < this.pageCount; slot++) this.verifySpare(slot, inUse, newest);
    return { records: this.records, problems: this.problems, remains: this.remains };
  }

  /**
   * The chain of a page, from its end to its beginning. It ends where the next page begins, or with
   * the last thing in the page that is finished.
   */
  private verifyPage(first: Mark, next: Mark | undefined): void {
    const start = first.address - FIRST_MARK;
    const found: Found[] = [];
    const marks: Mark[] = [];
    for (let at = start + CONTENT; at + MARK_BYTES <= start + this.image.pageSizeBytes; at += 4) {
      const record = this.readRecord(at, start + this.image.pageSizeBytes);
      const mark = this.readMark(at);
      if (record !== undefined) found.push(record);
      if (mark?.pageSequence === first.pageSequence) marks.push(mark);
    }
    const chain = this.walkBack(found, first, next ?? lastPlace(first, marks, found));
    if (chain === undefined) {
      this.problems.push(`page ${first.pageSequence}: its chain does not reach its end`);
    }
    for (const { sequence, type, payload, mac, address } of chain ?? []) {
      this.records.push({ sequence, type, payload, mac, address });
    }
    if (!this.isErasedFor(start, first.pageSequence)) {
      this.remains.push(`page ${first.pageSequence}: the mark of the erase was torn`);
    }
    this.noteRemains(first, [...(chain ?? []), ...marks]);
  }

  /** The records from `first` to `end`, oldest first; undefined when they do not connect. */
  private walkBack(found: readonly Found[], first: Place, end: Place): Found[] | undefined {
    const chain: Found[] = [];
    let place = end;
    let endAddress = Number.POSITIVE_INFINITY;
    while (place.nextSequence > first.nextSequence) {
      const { nextSequence, mac } = place;
      const record = found.find(
        (each) =>
          each.address < endAddress && each.sequence === nextSequence - 1 && equal(each.mac, mac),
      );
      const before = record && this.placeBefore(record, found, first);
      if (record === undefined || before === undefined) return undefined;
      chain.unshift(record);
      endAddress = record.address;
      place = before;
    }
    return equal(place.mac, first.mac) && place.nextSequence === first.nextSequence
      ? chain
      : undefined;
  }

  private placeBefore(record: Found, found: readonly Found[], first: Place): Place | undefined {
    const { sequence } = record;
    const places = found
      .filter((each) => each.sequence === sequence - 1)
      .map(({ mac }) => ({ nextSequence: sequence, mac }));
    if (sequence === first.nextSequence) places.push({ nextSequence: sequence, mac: first.mac });
    return places.find(({ mac }) => this.isChained(record, mac));
  }

  private readMark(at: number): Mark | undefined {
    const { bytes, crc32 } = this.image;
    if (this.u32(at + 20) !== crc32(bytes, at, 20)) return undefined;
    return {
      pageSequence: this.u32(at),
      nextSequence: this.u32(at + 4),
      mac: bytes.slice(at + 12, at + 20),
      address: at,
      sizeBytes: MARK_BYTES,
    };
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
      isEnded: this.u32(at + sizeBytes - 4) === this.u32(at + sizeBytes - 8),
    };
  }

  private isChained(record: Found, previousMac: Uint8Array): boolean {
    const { bytes, aes, key } = this.image;
    const content = bytes.subarray(record.address, record.address + 8 + record.payload.length);
    const message = Buffer.concat([previousMac, content]);
    const mac = new Uint8Array(16);
    cmac(aes, key, message, 0, message.length, mac, 0);
    return equal(mac.subarray(0, 8), record.mac);
  }

  private noteRemains(first: Mark, parts: readonly (Mark | Found)[]): void {
    const start = first.address - FIRST_MARK;
    let at = start + CONTENT;
    for (const part of [...parts].sort((a, b) => a.address - b.address)) {
      this.noteIfNotBlank(first, at, part.address);
      at = Math.max(at, part.address + part.sizeBytes);
      if ("isEnded" in part && !part.isEnded) {
        this.remains.push(`record ${part.sequence}: END was torn`);
      }
    }
    this.noteIfNotBlank(first, at, start + this.image.pageSizeBytes);
  }

  private noteIfNotBlank(first: Mark, from: number, to: number): void {
    const isBlank = this.image.bytes.subarray(from, to).every((byte) => byte === 0xff);
    if (!isBlank) this.remains.push(`page ${first.pageSequence}: torn bytes in ${from}..${to - 1}`);
  }

  /** A slot not in use is blank, marked for its next page, or left from an older round. */
  private verifySpare(slot: number, inUse: Map<number, Mark>, newest: number): void {
    const start = slot * this.image.pageSizeBytes;
    if ([...inUse.values()].some(({ address }) => address === start + FIRST_MARK)) return;
    const { bytes, pageSizeBytes } = this.image;
    const blankFrom = this.isErasedFor(start, newest + 1) ? start + FIRST_MARK : start;
    if (!bytes.subarray(blankFrom, start + pageSizeBytes).every((byte) => byte === 0xff)) {
      this.problems.push(`slot ${slot}: neither in use, nor blank, nor marked for the next page`);
    }
  }

  private isErasedFor(start: number, pageSequence: number): boolean {
    const magic = String.fromCharCode(...this.image.bytes.subarray(start + 4, start + 8));
    return magic === MAGIC && this.u32(start) === pageSequence;
  }

  private u32(at: number): number {
    return this.view.getUint32(at, true);
  }
}

/** What the last finished thing of a page says. */
function lastPlace(first: Mark, marks: readonly Mark[], found: readonly Found[]): Place {
  const ended = found
    .filter(({ isEnded }) => isEnded)
    .map((record) => ({ ...record, nextSequence: record.sequence + 1 }));
  return [first, ...marks, ...ended].reduce((a, b) => (b.address > a.address ? b : a));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
