/**
 * For tests: a pad with a journal in memory, joined to a `PadLink` by a line on which bytes get
 * lost, doubled, broken, late (and so out of order) or cut off, all from one seed and in virtual
 * time. What the simulated line does to the bytes is listed in `LineFaults`.
 */
import { createCipheriv } from "node:crypto";
import type { AesEngine } from "../card-layout/aes-engine";
import type { Bytes } from "../card-layout/bytes";
import { cmac } from "../card-layout/cmac";
import { Status } from "../card-layout/status";
import type { DownSync } from "../firmware/app/down-sync";
import type { LineWork } from "../firmware/app/on-demand";
import type { TerminalConfig } from "../firmware/core/terminal-config";
import type { Flash } from "../firmware/hal/flash";
import type { Journal } from "../firmware/storage/journal";
import type { JournalPosition, PadState, TerminalKeys, VerifiedBatch } from "./batch";
import { type ByteStream, PadLink, type Timer } from "./link";
import { createTestClock, createTestSync, DOWN_FLASH } from "./test-down";

/** Chances per byte, and the longest delay of one write in ms. */
export interface LineFaults {
  drop: number;
  double: number;
  corrupt: number;
  lateMs: number;
}

export const CLEAN: LineFaults = { drop: 0, double: 0, corrupt: 0, lateMs: 0 };

/** AES by node:crypto: an independent second engine, and faster than the portable one. */
export const nodeAes: AesEngine = {
  cbcMac(key, message, offset, lengthBytes, chain) {
    const cipher = createCipheriv("aes-128-cbc", toBuffer(key), toBuffer(chain));
    const input = toBuffer(message).subarray(offset, offset + lengthBytes);
    const blocks = cipher.update(input);
    for (let i = 0; i < 16; i++) chain[i] = blocks[lengthBytes - 16 + i];
  },
  ctr(key, counter, data, offset, lengthBytes) {
    const cipher = createCipheriv("aes-128-ctr", toBuffer(key), toBuffer(counter));
    const input = toBuffer(data).subarray(offset, offset + lengthBytes);
    const output = cipher.update(input);
    for (let i = 0; i < lengthBytes; i++) data[offset + i] = output[i];
  },
};

function toBuffer(bytes: Bytes): Buffer {
  const array = bytes as Uint8Array;
  return Buffer.from(array.buffer, array.byteOffset, array.length);
}

/** Mulberry32: small, seedable, good enough to choose faults. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The journal's contract, in memory. Tests move `oldestHeld` to erase acknowledged records. */
export class MemoryJournal implements Journal {
  readonly records: { bytes: Uint8Array; mac: Uint8Array }[] = [];
  oldestHeld: number;
  acknowledgeCount = 0;
  private first: number;
  private lengthBytes = 0;
  private mac: Bytes = new Uint8Array(8);

  constructor(
    private readonly key: Bytes,
    private readonly startSequence = 1,
  ) {
    this.first = startSequence;
    this.oldestHeld = startSequence;
  }

  boot() {
    return Status.Ok;
  }

  nextSequence() {
    return this.startSequence + this.records.length;
  }

  firstUnacknowledged() {
    return this.first;
  }

  append(type: number, payload: Bytes, lengthBytes: number) {
    const sequence = this.nextSequence();
    const bytes = new Uint8Array(8 + lengthBytes);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, lengthBytes, true);
    view.setUint8(2, type);
    view.setUint8(3, 1);
    view.setUint32(4, sequence, true);
    bytes.set(toBuffer(payload).subarray(0, lengthBytes), 8);
    const mac = new Uint8Array(16);
    const input = Uint8Array.of(...this.chainMac(), ...bytes);
    cmac(nodeAes, this.key, input, 0, input.length, mac, 0);
    this.records.push({ bytes, mac: mac.slice(0, 8) });
    return Status.Ok;
  }

  read(sequence: number, out: Bytes, outOffset: number) {
    const record = this.records[sequence - this.startSequence];
    if (record === undefined || sequence < this.oldestHeld) return Status.NotFound;
    for (let i = 0; i < record.bytes.length; i++) out[outOffset + i] = record.bytes[i];
    this.lengthBytes = record.bytes.length - 8;
    this.mac = record.mac;
    return Status.Ok;
  }

  readLengthBytes() {
    return this.lengthBytes;
  }

  readMac() {
    return this.mac;
  }

  acknowledge(sequence: number, mac: Bytes) {
    const record = this.records[sequence - this.startSequence];
    if (sequence < this.first) return Status.Stale;
    if (record === undefined) return Status.NotFound;
    if (toBuffer(mac).compare(record.mac) !== 0) return Status.BadSeal;
    this.acknowledgeCount += 1;
    this.first = sequence + 1;
    return Status.Ok;
  }

  chainMac() {
    return this.records.at(-1)?.mac ?? new Uint8Array(8);
  }

  fillPercent() {
    return 0;
  }

  eraseAhead() {}

  hasRoomForTap() {
    return true;
  }
}

/** What a ledger must do with batches: store every record once, and know where it stopped. */
export class MemoryLedger {
  readonly payloads = new Map<number, string>();
  position: JournalPosition | undefined;
  duplicateCount = 0;

  store = (batch: VerifiedBatch): void => {
    for (const record of batch.records) {
      const content = `${record.type}:${Buffer.from(record.payload).toString("hex")}`;
      if (this.payloads.has(record.sequence)) this.duplicateCount += 1;
      this.payloads.set(record.sequence, content);
    }
    this.position = { nextSequence: batch.lastSequence + 1, chainMac: batch.chainMac };
  };
}

interface Event {
  timeMs: number;
  order: number;
  run(): void;
}

/** One pad, one line, any number of back-office runs after each other. */
export class World {
  faults: LineFaults = CLEAN;
  /** Bytes that still pass, both ways together; then the line is dead. */
  bytesUntilCut = Number.POSITIVE_INFINITY;
  /** Bytes the two sides wrote so far. */
  sentBytes = { up: 0, down: 0 };
  sentFrames = { up: 0, down: 0 };
  readonly config: TerminalConfig = testConfig();
  readonly journal: MemoryJournal;
  /** What the pad uses: `journal`, unless a test puts a real one here and boots the pad again. */
  padJournal: Journal;
  /** Everything either side wrote, for tests that replay it. */
  readonly written: Uint8Array[] = [];
  private nowMs = 0;
  private order = 0;
  private readonly events: Event[] = [];
  private padInput: number[] = [];
  private toOffice: (bytes: Uint8Array) => void = () => undefined;
  private sync: LineWork;
  /** Survives `bootPad`, as flash and clock do. */
  readonly flash: Flash = createRamFlash(DOWN_FLASH.pageSizeBytes, DOWN_FLASH.pageCount);
  readonly clock = createTestClock(1_760_000_000);
  isPadIdle = true;
  down!: DownSync;

  constructor(
    private readonly random: () => number,
    startSequence = 1,
  ) {
    this.journal = new MemoryJournal(this.config.journalKey, startSequence);
    this.padJournal = this.journal;
    this.sync = this.bootPad();
  }

  /** Resets the pad: everything but the journal is forgotten. */
  bootPad() {
    const serial = {
      hasWaiting: () => this.padInput.length > 0,
      read: (out: Bytes) => {
        const bytes = this.padInput.splice(0, out.length);
        for (let i = 0; i < bytes.length; i++) out[i] = bytes[i];
        return bytes.length;
      },
      write: (from: Bytes, lengthBytes: number) => {
        this.sentBytes.up += lengthBytes;
        this.sentFrames.up += 1;
        this.send(toBuffer(from).subarray(0, lengthBytes), (bytes) => this.toOffice(bytes));
      },
    };
    this.padInput = [];
    const { sync, down } = createTestSync(
      ...[serial, this.padJournal, this.config, this.clock, this.flash, () => this.isPadIdle],
    );
    this.sync = sync;
    this.down = down;
    return sync;
  }

  /** Bytes straight into the pad's receiver. */
  feedPad(bytes: Uint8Array): void {
    for (const byte of bytes) this.padInput.push(byte);
    this.runPad();
  }

  createLink(keys: TerminalKeys | undefined = this.config as unknown as TerminalKeys): PadLink {
    const stream: ByteStream = {
      write: (bytes) => {
        this.sentBytes.down += bytes.length;
        this.sentFrames.down += 1;
        this.send(bytes, (arrived) => this.padInput.push(...arrived));
      },
      onData: (callback) => {
        this.toOffice = callback;
      },
    };
    const timer: Timer = (durationMs, callback) => {
      const event = this.at(this.nowMs + durationMs, callback);
      return () => {
        const index = this.events.indexOf(event);
        if (index >= 0) this.events.splice(index, 1);
      };
    };
    const firstRequest = Math.floor(this.random() * 65536);
    return new PadLink(stream, { keysOf: () => keys, aes: nodeAes, timer, firstRequest });
  }

  /** One whole sync into the ledger. */
  syncInto(ledger: MemoryLedger): Promise<PadState> {
    const positionOf = () => ledger.position;
    return this.run(this.createLink().pullBatches(ledger.store, { positionOf }));
  }

  /** Lets pad, line and time go on until the promise is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let i = 0; !isSettled; i++) {
      if (i > 1_000_000) throw new Error("the world does not come to rest");
      this.runPad();
      await new Promise((resolve) => setImmediate(resolve));
      const event = this.events.shift();
      if (event !== undefined && !isSettled) {
        this.nowMs = event.timeMs;
        event.run();
      }
    }
    return promise;
  }

  private runPad(): void {
    while (this.sync.step());
  }

  private send(bytes: Uint8Array, deliver: (bytes: Uint8Array) => void): void {
    this.written.push(Uint8Array.from(bytes));
    const arrived: number[] = [];
    for (const byte of bytes) {
      if (this.bytesUntilCut <= 0) break;
      this.bytesUntilCut -= 1;
      if (this.random() < this.faults.drop) continue;
      const isBroken = this.random() < this.faults.corrupt;
      const value = isBroken ? byte ^ (1 << Math.floor(this.random() * 8)) : byte;
      arrived.push(value);
      if (this.random() < this.faults.double) arrived.push(value);
    }
    const lateMs = 1 + Math.floor(this.random() * this.faults.lateMs);
    this.at(this.nowMs + lateMs, () => deliver(Uint8Array.from(arrived)));
  }

  private at(timeMs: number, run: () => void): Event {
    const event = { timeMs, order: this.order++, run };
    let index = this.events.length;
    while (index > 0 && this.events[index - 1].timeMs > timeMs) index -= 1;
    this.events.splice(index, 0, event);
    return event;
  }
}

/** Flash that keeps the rules and never fails. */
export function createRamFlash(pageSizeBytes: number, pageCount: number): Flash {
  const cells = new Uint8Array(pageSizeBytes * pageCount).fill(0xff);
  return {
    pageSizeBytes,
    pageCount,
    read(address, out, outOffset, lengthBytes) {
      for (let i = 0; i < lengthBytes; i++) out[outOffset + i] = cells[address + i];
    },
    program(address, from, fromOffset, lengthBytes) {
      for (let i = 0; i < lengthBytes; i++) cells[address + i] &= from[fromOffset + i];
      return Status.Ok;
    },
    erasePage(pageIndex) {
      cells.fill(0xff, pageIndex * pageSizeBytes, (pageIndex + 1) * pageSizeBytes);
      return Status.Ok;
    },
  };
}

/** What a pad of this configuration says about itself. */
export function testPad(
  config: Pick<PadState, "terminalId" | "terminalEpoch" | "clubId" | "keyEpoch">,
  firstUnacknowledged: number,
  nextSequence: number,
): PadState {
  const down = { unixSeconds: 0, settingsVersion: 0, rulesetVersion: 0, listsVersion: 0 };
  const { terminalId, terminalEpoch, clubId, keyEpoch } = config;
  return {
    ...{ terminalId, terminalEpoch, clubId, keyEpoch, firstUnacknowledged, nextSequence },
    ...{ ...down, stagedCheck: 0, stagedBytes: 0 },
  };
}

export function testConfig(): TerminalConfig {
  const key = (index: number) => Uint8Array.from({ length: 16 }, (_, i) => 16 * index + i + 1);
  return {
    terminalId: 0x1234,
    terminalEpoch: 3,
    clubId: 77,
    keyEpoch: 2,
    sealMaster: key(0),
    sectorMaster: key(1),
    journalKey: key(2),
    uplinkKey: key(3),
    downlinkKey: key(4),
    issuer: 0,
    ruleset: Uint8Array.of(0xa0),
  };
}
