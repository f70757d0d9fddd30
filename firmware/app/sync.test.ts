import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../../card-layout/aes128";
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { CCM_NONCE_BYTES, CCM_TAG_BYTES } from "../core/ccm";
import { COSE_DATA_OFFSET, COSE_WORK_OVERHEAD_BYTES, coseSeal, SyncDirection } from "../core/cose";
import {
  putAcknowledgement,
  putSyncNonce,
  SYNC_RECORD_BYTES,
  type SyncClass,
} from "../core/sync-batch";
import {
  createSyncMessage,
  ERROR_FIELD_STATUS,
  PartField,
  StateField,
  SYNC_FRAME_BYTES,
  SYNC_PART_BYTES,
  SyncType,
  syncDecodeFrame,
  syncFinishFrame,
  syncPutMessage,
} from "../core/sync-messages";
import { emptyTerminalConfig } from "../core/terminal-config";
import { JournalLimit } from "../storage/journal-format";
import { createSync } from "./sync";

const SEED = Number(process.env.SEED ?? 64);
const REPLAY = "node --import tsx node_modules/uvu/bin.js firmware/app 'app/sync.test'";
const RECORD_COUNT = 40;
const NOTHING = new Uint8Array(0);
const MAC = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const JOURNAL_CLASS: SyncClass = 1;

const aes = createPortableAes();

/** A pad with 40 records of 88 bytes, and counters of what each step did. */
function createBench() {
  const calls = { journalRead: 0, serialWrite: 0, acknowledged: [] as number[] };
  const input: number[] = [];
  const output: Uint8Array[] = [];
  const config = emptyTerminalConfig();
  config.terminalId = 5;
  config.clubId = 6;
  config.keyEpoch = 7;
  config.terminalEpoch = 8;
  for (let i = 0; i < 16; i++) config.downlinkKey[i] = i;
  const state = { readStatus: Status.Ok as Status };
  const journal = {
    boot: () => Status.Ok,
    nextSequence: () => 1 + RECORD_COUNT,
    firstUnacknowledged: () => 1 + (calls.acknowledged.at(-1) ?? 0),
    append: () => Status.Full,
    read(sequence: number, out: Bytes, outOffset: number) {
      calls.journalRead += 1;
      if (sequence < 1 || sequence > RECORD_COUNT) return Status.NotFound;
      for (let i = 0; i < 88; i++) out[outOffset + i] = (sequence + i) % 256;
      return state.readStatus;
    },
    readLengthBytes: () => 80,
    readMac: () => MAC,
    acknowledge(sequence: number) {
      calls.acknowledged.push(sequence);
      return Status.Ok;
    },
    chainMac: () => MAC,
    fillPercent: () => 0,
    hasRoomForTap: () => true,
  };
  const serial = {
    read(out: Bytes) {
      const bytes = input.splice(0, out.length);
      for (let i = 0; i < bytes.length; i++) out[i] = bytes[i];
      return bytes.length;
    },
    write(from: Bytes, lengthBytes: number) {
      calls.serialWrite += 1;
      output.push(Uint8Array.from({ length: lengthBytes }, (_, i) => from[i]));
    },
  };
  const clock = { nowMs: () => 0, unixSeconds: () => 99, waitMs() {} };
  const sync = createSync(serial, journal, aes, config, clock);
  const sendRaw = (bytes: Uint8Array) => {
    for (const byte of bytes) input.push(byte);
    while (sync.step());
    return output.splice(0);
  };
  const send = (bytes: Uint8Array) => sendRaw(bytes).map(decode);
  return { calls, config, input, send, sendRaw, state, sync };
}

function decode(frame: Uint8Array) {
  const bytes = Uint8Array.from(frame);
  const message = createSyncMessage();
  assert.is(bytes.at(-1), 0);
  assert.is(syncDecodeFrame(bytes, bytes.length - 1, message), Status.Ok);
  return message;
}

function encode(type: SyncType, request: number, fields: number[], content: Uint8Array) {
  const frame = new Uint8Array(SYNC_FRAME_BYTES);
  const message = { ...createSyncMessage(), type, request, fields };
  message.contentLengthBytes = content.length;
  return frame.slice(0, syncFinishFrame(frame, syncPutMessage(frame, message, content)));
}

/** An authentic downlink message of any content and nonce class. */
function sealDown(bench: ReturnType<typeof createBench>, contentClass: number, plain: Uint8Array) {
  const { terminalId, keyEpoch, terminalEpoch, downlinkKey } = bench.config;
  const direction = SyncDirection.Down;
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plain.length);
  const nonce = new Uint8Array(CCM_NONCE_BYTES);
  work.set(plain, COSE_DATA_OFFSET);
  const context = { terminalId, keyEpoch, terminalEpoch, direction };
  putSyncNonce(nonce, context, 12, 0, contentClass);
  const start = coseSeal(aes, downlinkKey, context, nonce, work, plain.length);
  return work.slice(start, COSE_DATA_OFFSET + plain.length + CCM_TAG_BYTES);
}

function acknowledgementOf(sequence: number): Uint8Array {
  const out = new Uint8Array(32);
  return out.slice(0, putAcknowledgement(out, 0, sequence, MAC));
}

test("every record of the journal fits a batch", () => {
  assert.is(SYNC_RECORD_BYTES, JournalLimit.MaxPayloadBytes + 8);
});

test("one step takes at most 64 bytes, one record or one frame", () => {
  const bench = createBench();
  const { calls, input, sync } = bench;
  input.push(...encode(SyncType.Pull, 1, [1, 0, 0], NOTHING), ...new Array(300).fill(7));
  let stepCount = 0;
  let before = { ...calls, waiting: input.length };
  while (sync.step()) {
    assert.ok(before.waiting - input.length <= 64);
    assert.ok(calls.serialWrite - before.serialWrite <= 1);
    // The step that begins a batch reads the record before it; then one record a step.
    assert.ok(calls.journalRead - before.journalRead <= 1);
    before = { ...calls, waiting: input.length };
    stepCount += 1;
  }
  assert.is(calls.serialWrite, 1);
  assert.ok(stepCount > 10);
});

test("is busy from the request to its answer only", () => {
  const { input, sync } = createBench();
  input.push(1, 2, 3, 0);
  while (sync.step());
  assert.not(sync.isBusy());
  input.push(...encode(SyncType.Hello, 1, [], NOTHING));
  sync.step();
  assert.ok(sync.isBusy());
  while (sync.step());
  assert.not(sync.isBusy());
});

test("answers hello, and does not answer answers or noise", () => {
  const { send } = createBench();
  const [state] = send(encode(SyncType.Hello, 300, [], NOTHING));
  assert.is(state.type, SyncType.State);
  assert.is(state.request, 300);
  assert.equal(state.fields, [5, 6, 7, 8, 1, 41]);
  assert.is(send(encode(SyncType.State, 1, [5, 6, 7, 8, 1, 41], NOTHING)).length, 0);
  assert.is(send(encode(SyncType.Part, 1, [1, 1, 0, 9], MAC)).length, 0);
  assert.is(send(encode(SyncType.Error, 1, [20], NOTHING)).length, 0);
  assert.is(send(new Uint8Array(5000).fill(3)).length, 0);
  const late = Uint8Array.of(0, ...encode(SyncType.Hello, 301, [], NOTHING));
  assert.is(send(late)[0].request, 301);
});

test("names why a pull cannot be answered", () => {
  const { send, state } = createBench();
  const statusOf = (fields: number[]) => {
    const [answer] = send(encode(SyncType.Pull, 1, fields, NOTHING));
    return answer.type === SyncType.Error ? answer.fields[ERROR_FIELD_STATUS] : Status.Ok;
  };
  assert.is(statusOf([41, 0, 0]), Status.NotFound);
  assert.is(statusOf([40, 2, 0]), Status.NotFound);
  assert.is(statusOf([1, 23, 0]), Status.TooLong);
  assert.is(statusOf([1, 2, 5000]), Status.Malformed);
  assert.is(statusOf([1, 2, 0]), Status.Ok);
  state.readStatus = Status.FlashFault;
  assert.is(statusOf([3, 0, 0]), Status.FlashFault);
  state.readStatus = Status.Ok;
  assert.is(statusOf([3, 0, 0]), Status.Ok);
});

test("the parts of a batch join, whatever the order they are asked in", () => {
  const { send } = createBench();
  const [part] = send(encode(SyncType.Pull, 1, [1, 0, 0], NOTHING));
  const total = part.fields[PartField.TotalBytes];
  const count = part.fields[PartField.RecordCount];
  assert.ok(total > 768);
  const places = [3, 1, 2, 0].map((index) => index * SYNC_PART_BYTES);
  const lengths = places.map((offset) => {
    const [answer] = send(encode(SyncType.Pull, 2, [1, count, offset], NOTHING));
    assert.is(answer.fields[PartField.OffsetBytes], offset);
    assert.is(answer.fields[PartField.TotalBytes], total);
    return answer.contentLengthBytes;
  });
  const last = Math.min(SYNC_PART_BYTES, total - places[0]);
  assert.equal(lengths, [last, SYNC_PART_BYTES, SYNC_PART_BYTES, SYNC_PART_BYTES]);
});

test("an acknowledgement counts only with the right key, class and shape", () => {
  const bench = createBench();
  const { calls, send, sync } = bench;
  const good = sealDown(bench, JOURNAL_CLASS, acknowledgementOf(12));
  const statusOf = (message: Uint8Array) => {
    const [answer] = send(encode(SyncType.Ack, 1, [], message));
    return answer.type === SyncType.Error ? answer.fields[ERROR_FIELD_STATUS] : Status.Ok;
  };
  const forged = Uint8Array.from(good);
  forged[good.length - 1] ^= 1;
  assert.is(statusOf(forged), Status.BadSeal);
  assert.is(statusOf(sealDown(bench, 9, acknowledgementOf(12))), Status.BadSeal);
  assert.is(statusOf(sealDown(bench, JOURNAL_CLASS, acknowledgementOf(13))), Status.BadSeal);
  assert.is(statusOf(sealDown(bench, JOURNAL_CLASS, MAC)), Status.Malformed);
  assert.is(statusOf(MAC), Status.Malformed);
  assert.equal(calls.acknowledged, []);
  assert.is(sync.lastSyncUnixSeconds(), 0);
  const [state] = send(encode(SyncType.Ack, 1, [], good));
  assert.is(state.fields[StateField.FirstUnacknowledged], 13);
  assert.is(sync.lastSyncUnixSeconds(), 99);
  assert.is(statusOf(good), Status.Ok);
  assert.equal(calls.acknowledged, [12]);
});

test("version 1 on the line stays what it is: these bytes never change", () => {
  const bench = createBench();
  const acknowledgement = sealDown(bench, JOURNAL_CLASS, acknowledgementOf(12));
  const requests = [
    encode(SyncType.Hello, 300, [], NOTHING),
    encode(SyncType.Pull, 301, [2, 2, 0], NOTHING),
    encode(SyncType.Pull, 302, [1, 1, 0], NOTHING),
    encode(SyncType.Pull, 303, [41, 0, 0], NOTHING),
    encode(SyncType.Ack, 304, [], acknowledgement),
  ];
  const session = requests.map((request) => ({
    request: Buffer.from(request).toString("hex"),
    answer: bench.sendRaw(request).map((frame) => Buffer.from(frame).toString("hex"))[0],
  }));
  const vectorFile = new URL("../core/vectors/sync.json", import.meta.url);
  assert.equal(session, JSON.parse(readFileSync(vectorFile, "utf8")).session);
});

test("20,000 hostile inputs neither stop the pad nor acknowledge anything", () => {
  const bench = createBench();
  let state = SEED;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
  const noise = (lengthBytes: number) => Uint8Array.from({ length: lengthBytes }, () => below(256));
  const sealed = [0, 1, 2].map((i) => sealDown(bench, JOURNAL_CLASS, noise(4 + 9 * i)));
  const inputs = [
    () => noise(below(300)),
    () => encode(SyncType.Pull, below(65536), [below(50), below(24), below(3000)], NOTHING),
    () => encode(SyncType.Ack, below(65536), [], noise(1 + below(96))),
    () => encode(SyncType.Ack, below(65536), [], sealed[below(3)]),
    () => encode(SyncType.Hello, below(65536), [], NOTHING).slice(0, below(10)),
  ];
  try {
    for (let i = 0; i < 20000; i++) {
      // Pulls cost a whole batch of portable AES, so they are the rarest.
      const kind = below(100) < 2 ? 1 : [0, 2, 3, 4][below(4)];
      bench.send(inputs[kind]());
      if (i % 500 === 0) {
        const answers = bench.send(Uint8Array.of(0, ...encode(SyncType.Hello, 9, [], NOTHING)));
        assert.is(answers.at(-1)?.type, SyncType.State);
      }
    }
  } catch (error) {
    console.error(`replay: SEED=${SEED} ${REPLAY}`);
    throw error;
  }
  assert.equal(bench.calls.acknowledged, []);
});

test.run();
