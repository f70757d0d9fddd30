/**
 * A journal on a simulated flash, beside a model that remembers what it was promised. After every
 * power-up `check` compares the two; a difference is an `Error` that names the broken promise.
 *
 * The model knows: what `append` answered Ok for (must stay, unless the back office has it), what
 * was under way at the cut (may be there or not), what anybody has read (must never change), and
 * what the back office acknowledged.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { type Bytes, copyBytes } from "../card-layout/bytes";
import { cmac } from "../card-layout/cmac";
import { Status } from "../card-layout/status";
import { crc32 } from "../firmware/core/crc32";
import { createJournal, type Journal } from "../firmware/storage/journal";
import { type JournalReport, verifyJournal } from "./journal-verify";
import { createNativeAes } from "./native-aes";
import { NorFlash, type NorFlashOptions, type NorFlashState, PowerCut } from "./nor-flash";

export const JOURNAL_KEY = Uint8Array.from({ length: 16 }, (_, index) => index * 7 + 3);
const MAC_ENGINE = rememberMacs(createNativeAes());

export interface ModelEntry {
  readonly type: number;
  readonly content: string;
}

/** All that outlives a power cut. */
export interface BenchState {
  readonly flash: NorFlashState;
  readonly entries: ReadonlyMap<number, ModelEntry>;
  readonly pending: ModelEntry | undefined;
  readonly seenMacs: ReadonlyMap<number, string>;
  readonly officeCursor: number;
  readonly durableCursor: number;
}

export class JournalBench {
  readonly flash: NorFlash;
  readonly aes = MAC_ENGINE;
  journal: Journal;
  /** Entries whose append answered Ok, by sequence. */
  private entries = new Map<number, ModelEntry>();
  /** The append that was under way. */
  private pending: ModelEntry | undefined;
  private seenMacs = new Map<number, string>();
  /** What the back office has stored; it acknowledges no more than that. */
  private officeCursor = 0;
  /** Acknowledgements that answered Ok. */
  private durableCursor = 0;
  private readonly buffer = new Uint8Array(300);

  constructor(options: NorFlashOptions) {
    this.flash = new NorFlash(options);
    this.journal = this.newJournal();
  }

  /** Power-up: a new pad on the same flash. Does not check. */
  boot(): Status {
    this.flash.powerUp();
    return this.bootArmed();
  }

  /** As `boot`, but a plan armed on the flash stays. */
  bootArmed(): Status {
    this.journal = this.newJournal();
    return this.journal.boot();
  }

  append(type: number, payload: Uint8Array): Status {
    this.pending = { type, content: hex(payload, payload.length) };
    const status = this.journal.append(type, payload, payload.length);
    if (status === Status.Ok) this.entries.set(this.journal.nextSequence() - 1, this.pending);
    this.pending = undefined;
    return status;
  }

  /** The back office reads everything, stores it, and acknowledges all but `keepBack` records. */
  sync(keepBack: number): Status {
    this.readAll();
    const cursor = this.journal.nextSequence() - 1 - keepBack;
    if (cursor < this.journal.firstUnacknowledged()) return Status.Stale;
    this.officeCursor = Math.max(this.officeCursor, cursor);
    const mac = Uint8Array.from(Buffer.from(this.seenMacs.get(cursor) as string, "hex"));
    const status = this.journal.acknowledge(cursor, mac);
    if (status === Status.Ok) this.durableCursor = cursor;
    return status;
  }

  /** Every promise, after a boot that succeeded. */
  check(): void {
    const { journal } = this;
    const first = journal.firstUnacknowledged();
    if (first > this.officeCursor + 1) throw new Error(`${first} counts as acknowledged, is not`);
    if (first < this.durableCursor + 1) throw new Error("a durable acknowledgement is lost");
    const found = this.readAll();
    let newest = 0;
    for (const [sequence, entry] of this.entries) {
      newest = Math.max(newest, sequence);
      if (sequence < first) continue;
      const there = found.get(sequence);
      if (there?.type !== entry.type || there.content !== entry.content) {
        throw new Error(`durable record ${sequence} is lost or changed`);
      }
    }
    for (const [sequence, entry] of found) {
      if (this.entries.has(sequence)) continue;
      const { pending } = this;
      if (sequence < newest || entry.content !== pending?.content || entry.type !== pending.type) {
        throw new Error(`record ${sequence} is a phantom`);
      }
      this.entries.set(sequence, entry);
      this.pending = undefined;
    }
    this.pending = undefined;
  }

  /** The image as an independent reader sees it. */
  verify(): JournalReport {
    const { pageSizeBytes } = this.flash;
    const bytes = this.flash.saveImage();
    return verifyJournal({ bytes, pageSizeBytes, key: JOURNAL_KEY, aes: this.aes, crc32 });
  }

  save(): BenchState {
    return {
      flash: this.flash.saveState(),
      entries: new Map(this.entries),
      pending: this.pending,
      seenMacs: new Map(this.seenMacs),
      officeCursor: this.officeCursor,
      durableCursor: this.durableCursor,
    };
  }

  restore(state: BenchState): void {
    this.flash.restoreState(state.flash);
    this.entries = new Map(state.entries);
    this.pending = state.pending;
    this.seenMacs = new Map(state.seenMacs);
    this.officeCursor = state.officeCursor;
    this.durableCursor = state.durableCursor;
  }

  private newJournal(): Journal {
    return createJournal(this.flash, 0, this.flash.pageCount, this.aes, crc32, JOURNAL_KEY);
  }

  /** Reads all that is not acknowledged, checks the chain, and that nothing read ever changes. */
  private readAll(): Map<number, ModelEntry> {
    const found = new Map<number, ModelEntry>();
    const { journal, buffer } = this;
    let previous: Uint8Array | undefined;
    for (let at = journal.firstUnacknowledged(); at < journal.nextSequence(); at++) {
      const status = journal.read(at, buffer, 0);
      if (status !== Status.Ok) throw new Error(`reading record ${at} answers ${status}`);
      const lengthBytes = journal.readLengthBytes();
      const mac = copyOf(journal.readMac(), 8);
      if (previous !== undefined) this.requireChained(previous, lengthBytes, mac, at);
      const seen = this.seenMacs.get(at);
      if (seen !== undefined && seen !== hex(mac, 8)) throw new Error(`record ${at} was another`);
      this.seenMacs.set(at, hex(mac, 8));
      const content = hex(buffer.subarray(8), lengthBytes);
      found.set(at, { type: buffer[2], content });
      previous = mac;
    }
    return found;
  }

  private requireChained(
    previous: Uint8Array,
    lengthBytes: number,
    mac: Uint8Array,
    sequence: number,
  ): void {
    const message = Buffer.concat([previous, this.buffer.subarray(0, 8 + lengthBytes)]);
    const full = new Uint8Array(16);
    cmac(this.aes, JOURNAL_KEY, message, 0, message.length, full, 0);
    if (hex(full, 8) !== hex(mac, 8)) throw new Error(`record ${sequence} breaks the chain`);
  }
}

/** Runs `action`; true when the armed power cut struck in it. Other errors pass. */
export function isCutShort(action: () => void): boolean {
  try {
    action();
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
  return false;
}

function hex(bytes: Bytes, lengthBytes: number): string {
  return Buffer.from(bytes as Uint8Array).toString("hex", 0, lengthBytes);
}

/** Buffers of the host are all `Uint8Array`. */
function copyOf(bytes: Bytes, lengthBytes: number): Uint8Array {
  return (bytes as Uint8Array).slice(0, lengthBytes);
}

/** The cases of a test repeat the same records many times over; their MACs are computed once. */
function rememberMacs(aes: AesEngine): AesEngine {
  const known = new Map<string, Uint8Array>();
  return {
    ctr: aes.ctr,
    cbcMac(key, message, offset, lengthBytes, chain) {
      const bytes = (message as Uint8Array).subarray(offset, offset + lengthBytes);
      const name = hex(key, 16) + hex(chain, 16) + hex(bytes, lengthBytes);
      let mac = known.get(name);
      if (mac === undefined) {
        mac = copyOf(chain, 16);
        aes.cbcMac(key, message, offset, lengthBytes, mac);
        known.set(name, mac);
      }
      copyBytes(mac, 0, chain, 0, 16);
    },
  };
}
