/** What comes over the serial line, to the pad and to the back office, and what is sealed in it. */
import { openBatch } from "../../back-office/batch";
import { readRecord } from "../../back-office/journal-records";
import { type ByteStream, LinkError, PadLink, type Timer } from "../../back-office/link";
import {
  createRandom,
  MemoryLedger,
  nodeAes,
  testConfig,
  testPad,
  World,
} from "../../back-office/test-world";
import { Status } from "../../card-layout/status";
import {
  COSE_DATA_OFFSET,
  COSE_MESSAGE_OFFSET,
  COSE_TAG_BYTES,
  COSE_WORK_OVERHEAD_BYTES,
  coseSeal,
  SealKind,
  setSealNonce,
} from "../../firmware/core/cose";
import { crc32 } from "../../firmware/core/crc32";
import { createEntry, decodeEntry, encodeEntry } from "../../firmware/core/journal-entry";
import {
  BATCH_BYTES,
  decodeSyncFrame,
  encodeSyncFrame,
  SYNC_FRAME_BYTES,
  type SyncMessage,
  SyncType,
} from "../../firmware/core/sync-messages";
import { type FuzzTarget, promise } from "./fuzz-target";

const FRAME_STEPS_MAX = 20_000;
const TURNS_MAX = 100_000;
/** Fits into a frame of any type. */
const CONTENT_BYTES_MAX = 190;

const config = testConfig();
const keys = config as unknown as Parameters<typeof openBatch>[1];
const pad = testPad(config, 1, 3);
const NO_MAC = new Uint8Array(8);

function emptyMessage(): SyncMessage {
  return { type: SyncType.Hello, fields: [], contentOffset: 0, contentLengthBytes: 0 };
}

/** A pad's journal of three taps, and the bytes of a whole session with it. */
async function recordedSession(): Promise<Uint8Array[]> {
  const world = new World(createRandom(5));
  for (let i = 0; i < 6; i++) world.journal.append(2 + (i % 2), Uint8Array.of(8, 1, 1 + i), 3);
  await world.syncInto(new MemoryLedger());
  return world.written;
}

const written = await recordedSession();

export const padLine: FuzzTarget = {
  name: "pad-line",
  promise: "any bytes on the line: the pad comes to rest and forgets no record",
  seeds: () => [...written, Uint8Array.from(written.flatMap((frame) => [...frame]))],
  run: (input) => {
    const world = new World(createRandom(5));
    for (let i = 0; i < 6; i++) world.journal.append(2 + (i % 2), Uint8Array.of(8, 1, 1 + i), 3);
    let steps = 0;
    const read = world.padJournal.read.bind(world.padJournal);
    world.padJournal.read = (...words) => {
      promise(++steps < FRAME_STEPS_MAX, "the pad reads its journal without end");
      return read(...words);
    };
    world.feedPad(input);
    const { journal } = world;
    // A whole good session among the input may acknowledge; nothing else may.
    const isGood = input.length > 24;
    promise(journal.records.length === 6, "records came or went");
    promise(isGood || journal.firstUnacknowledged() === 1, "an acknowledgement out of nothing");
    return `${world.sentFrames.up} ${journal.firstUnacknowledged()} ${world.written.at(-1)?.[2]}`;
  },
};

export const officeLine: FuzzTarget = {
  name: "office-line",
  promise: "whatever a pad answers, a pull ends, and stores only what that pad sealed",
  seeds: () => written.filter((_, i) => i % 2 === 1),
  run: async (input) => {
    const ledger = new MemoryLedger();
    const line = new ScriptedLine(input);
    const { timer } = line;
    const link = new PadLink(line, { keysOf: () => keys, aes: nodeAes, timer, firstRequest: 1 });
    try {
      await line.run(link.pullBatches(ledger.store, { positionOf: () => ledger.position }));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      promise(ledger.payloads.size === 0, "records that nobody sealed");
      return error.code;
    }
    promise(ledger.payloads.size === 0, "records that nobody sealed");
    return "done";
  },
};

/** A pad whose answers are cut out of an input, one piece for one request; then it is silent. */
class ScriptedLine implements ByteStream {
  private at = 0;
  private toOffice: (bytes: Uint8Array) => void = () => undefined;
  private readonly waiting: Uint8Array[] = [];
  private readonly timers: { dueMs: number; callback: () => void }[] = [];
  private nowMs = 0;

  constructor(private readonly input: Uint8Array) {}

  write(request: Uint8Array): void {
    if (this.at >= this.input.length) return;
    const piece = this.input.slice(this.at + 1, this.at + 2 + this.input[this.at]);
    this.at += 1 + piece.length;
    this.waiting.push(withRequest(piece, request));
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.toOffice = callback;
  }

  readonly timer: Timer = (durationMs, callback) => {
    const entry = { dueMs: this.nowMs + durationMs, callback };
    this.timers.push(entry);
    return () => {
      const index = this.timers.indexOf(entry);
      if (index >= 0) this.timers.splice(index, 1);
    };
  };

  /** Answers and time go on until the promise is settled. */
  async run(pull: Promise<unknown>): Promise<void> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    pull.then(settle, settle);
    for (let turn = 0; !isSettled; turn++) {
      promise(turn < TURNS_MAX, "the pull does not end");
      await new Promise((resolve) => setImmediate(resolve));
      if (isSettled) break;
      const answer = this.waiting.shift();
      if (answer !== undefined) this.toOffice(answer);
      else this.fireTimer();
    }
    await pull;
  }

  private fireTimer(): void {
    this.timers.sort((a, b) => a.dueMs - b.dueMs);
    const next = this.timers.shift();
    if (next === undefined) return;
    this.nowMs = next.dueMs;
    next.callback();
  }
}

/** Answers only count under the number of the request, so the fuzzer's pad repeats it. */
function withRequest(piece: Uint8Array, request: Uint8Array): Uint8Array {
  const asked = emptyMessage();
  const start = request.findIndex((byte) => byte !== 0);
  const frame = request.slice(start, request.length - 1);
  if (decodeSyncFrame(crc32, frame, frame.length, asked) !== Status.Ok) return piece;
  const out = new Uint8Array(SYNC_FRAME_BYTES + 1);
  const fields = Array.from({ length: 7 }, (_, i) =>
    i === 0 ? asked.fields[0] : new DataView(padded(piece).buffer).getUint32(1 + 4 * i, true),
  );
  const content = piece.slice(30);
  const contentLengthBytes = Math.min(content.length, CONTENT_BYTES_MAX);
  const type = (piece[1] ?? 0) % 6;
  const message = { type, fields, contentOffset: 0, contentLengthBytes };
  return out.slice(0, encodeSyncFrame(crc32, message, content, out));
}

function padded(piece: Uint8Array): Uint8Array {
  const out = new Uint8Array(40);
  out.set(piece.subarray(0, 40));
  return out;
}

export const syncFrame: FuzzTarget = {
  name: "sync-frame",
  promise: "a frame is noise, or has exactly this form",
  seeds: () => written.map((frame) => frame.slice(0, -1)),
  run: (input) => {
    const frame = new Uint8Array(Math.max(input.length, SYNC_FRAME_BYTES) + 256);
    // No zero reaches the decoder; the receiver takes it for the end of the frame.
    const clean = input.map((byte) => byte || 1).subarray(0, SYNC_FRAME_BYTES - 1);
    frame.set(clean);
    const message = emptyMessage();
    const status = decodeSyncFrame(crc32, frame, clean.length, message);
    if (status !== Status.Ok) return String(status);
    const again = new Uint8Array(SYNC_FRAME_BYTES);
    const lengthBytes = encodeSyncFrame(crc32, message, frame, again);
    promise(Buffer.compare(again.subarray(0, lengthBytes - 1), clean) === 0, "two forms");
    return `${message.type} ${message.contentLengthBytes > 0}`;
  },
};

/** The plaintext of a batch, sealed as a pad would. */
function sealed(plaintext: Uint8Array, count: number): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plaintext.length);
  work.set(plaintext, COSE_DATA_OFFSET);
  setSealNonce(config, SealKind.Batch, 1, count);
  coseSeal(nodeAes, config.uplinkKey, work, plaintext.length);
  const end = COSE_DATA_OFFSET + plaintext.length + COSE_TAG_BYTES;
  return work.slice(COSE_MESSAGE_OFFSET, end);
}

const BATCH_PLAIN = Uint8Array.from(
  Buffer.from("9803580b0300020101000000080101580b0300030102000000080101480000000000000000", "hex"),
);

export const batch: FuzzTarget = {
  name: "batch",
  promise: "a sealed batch of any CBOR is refused unless chained by the pad's own key",
  seeds: () => [BATCH_PLAIN, Uint8Array.of(0x98, 1, 0x48, 1, 2, 3, 4, 5, 6, 7, 8)],
  run: (input) => {
    const plaintext = input.length > 0 ? input.slice(0, BATCH_BYTES) : Uint8Array.of(0x80);
    const count = Math.max((plaintext[1] ?? 1) - 1, 0) % 256;
    const result = openBatch(nodeAes, keys, pad, 1, count, sealed(plaintext, count), NO_MAC);
    if (typeof result === "string") return result;
    promise(count === 0 && result.records.length === 0, "a chain that nobody made");
    return "empty";
  },
};

export const cose: FuzzTarget = {
  name: "cose",
  promise: "a message opens only as it was sealed",
  seeds: () => [sealed(BATCH_PLAIN, 2), sealed(Uint8Array.of(1), 2)],
  run: (input) => {
    const isOriginal = cose.seeds().some((seed) => Buffer.compare(seed, input) === 0);
    const result = openBatch(nodeAes, keys, pad, 1, 2, input, NO_MAC);
    promise(isOriginal || result === "seal", `opened with ${JSON.stringify(result)}`);
    return typeof result === "string" ? result : "opened";
  },
};

/** The first byte is the record's type. */
export const journalEntry: FuzzTarget = {
  name: "journal-entry",
  promise: "a payload is refused, or has exactly this form",
  seeds: () => [Uint8Array.of(2, 1, 4, 1, 2, 3, 4, 11, 1, 100), Uint8Array.of(3, 8, 1, 9)],
  run: (input) => {
    const payload = input.slice(1, 161);
    const content = readRecord(input[0] ?? 0, payload);
    const entry = createEntry();
    const status = decodeEntry(payload, 0, payload.length, entry);
    if (status !== Status.Ok) return `${content.kind} ${status}`;
    const again = new Uint8Array(200);
    const lengthBytes = encodeEntry(entry, again);
    promise(Buffer.compare(again.subarray(0, lengthBytes), payload) === 0, "two forms");
    return content.kind;
  },
};
