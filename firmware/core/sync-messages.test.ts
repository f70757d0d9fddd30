import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import { BLOB_PIECE_BYTES } from "./content-check";
import { crc32 } from "./crc32";
import {
  decodeSyncFrame,
  encodeSyncFrame,
  REQUEST_FIELD,
  SYNC_FRAME_BYTES,
  SYNC_PART_BYTES,
  type SyncMessage,
  SyncType,
} from "./sync-messages";

const SEED = Number(process.env.SEED ?? 115200);
const REPLAY = "node --import tsx node_modules/uvu/bin.js firmware/core 'sync-messages.test'";
const U32 = 4294967295;

function emptyMessage(): SyncMessage {
  return { type: SyncType.Hello, fields: [], contentOffset: 0, contentLengthBytes: 0 };
}

/** With the delimiter. */
function encode(type: SyncType, fields: number[], content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(SYNC_FRAME_BYTES).fill(0xee);
  const message = { type, fields, contentOffset: 0, contentLengthBytes: content.length };
  return frame.slice(0, encodeSyncFrame(crc32, message, content, frame));
}

/** Without the delimiter. */
function decode(frame: Uint8Array) {
  const message = emptyMessage();
  const bytes = Uint8Array.from(frame);
  const status = decodeSyncFrame(crc32, bytes, bytes.length, message);
  const end = message.contentOffset + message.contentLengthBytes;
  return { status, message, content: bytes.slice(message.contentOffset, end) };
}

/** The published algorithm of byte stuffing, kept apart from the one under test. */
function stuff(content: number[]): number[] {
  const out: number[] = [];
  let block: number[] = [];
  for (const byte of [...content, 0]) {
    if (byte === 0) {
      out.push(block.length + 1, ...block);
      block = [];
    } else {
      block.push(byte);
    }
  }
  return out;
}

/** A frame around any message bytes, with a right CRC: what a faulty or hostile peer could send. */
function wrap(message: ArrayLike<number>): Uint8Array {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(zlibCrc32(Uint8Array.from(message)));
  return Uint8Array.from(stuff([...Array.from(message), ...crc]));
}

/** Smallest and largest of every kind: type, fields, content length. */
const KINDS: [SyncType, number[], number][] = [
  [SyncType.Hello, [0], 0],
  [SyncType.Hello, [U32], 0],
  [SyncType.State, new Array(13).fill(0), 0],
  [SyncType.State, new Array(13).fill(U32), 0],
  [SyncType.Pull, [0, 0, 0, 0], 0],
  [SyncType.Pull, [U32, U32, U32, U32], 0],
  [SyncType.Part, [1, 1, 1, 0, 100], 1],
  [SyncType.Part, [U32, U32, 255, 65535, 65535], SYNC_PART_BYTES],
  [SyncType.Ack, [1, 0], 24],
  [SyncType.Ack, [U32, U32], 24],
  [SyncType.Error, [7, 255], 0],
  [SyncType.Put, [1, 0, 0, 0, 0, 0], 17],
  [SyncType.Put, [U32, 1, U32, 65535, U32, 65535], BLOB_PIECE_BYTES + 16],
  [SyncType.Time, [1, U32], 16],
];

test("every kind comes back, in at most 255 bytes without a zero inside", () => {
  for (const [type, fields, contentBytes] of KINDS) {
    for (const fill of [0, type, 255]) {
      const content = new Uint8Array(contentBytes).fill(fill);
      const frame = encode(type, fields, content);
      assert.ok(frame.length <= SYNC_FRAME_BYTES);
      assert.is(frame.indexOf(0), frame.length - 1);
      const decoded = decode(frame.subarray(0, -1));
      assert.is(decoded.status, Status.Ok);
      assert.is(decoded.message.type, type);
      assert.equal(decoded.message.fields, fields);
      assert.equal(decoded.content, content);
    }
  }
});

test("the bytes are those of the specification: stuffing by the paper, CRC-32 by zlib", () => {
  const expected = wrap([2, 1, 7, 0, 0, 0, 44, 1, 0, 0, 0, 0, 0, 0, 208, 0, 0, 0]);
  assert.equal([...encode(SyncType.Pull, [7, 300, 0, 208], new Uint8Array(0))], [...expected, 0]);
  for (let lengthBytes = 0; lengthBytes <= SYNC_PART_BYTES; lengthBytes++) {
    for (const period of [1, 2, 7, 1000]) {
      const content = Uint8Array.from({ length: lengthBytes }, (_, i) =>
        i % period === 0 ? 0 : 1 + (i % 255),
      );
      const head = [2, SyncType.Ack, 9, 1, 0, 0, 0, 2, 0, 0];
      const frame = encode(SyncType.Ack, [265, 512], content);
      assert.equal([...frame], [...wrap([...head, ...content]), 0]);
      assert.equal(decode(frame.subarray(0, -1)).content, content);
    }
  }
});

test("a bit, a byte too few, too many or out of place is found", () => {
  for (const [type, fields, contentBytes] of KINDS) {
    const frame = encode(type, fields, new Uint8Array(contentBytes).fill(9)).slice(0, -1);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = Uint8Array.from(frame);
      changed[bit >> 3] ^= 1 << (bit & 7);
      // A zero can only be a delimiter, so what is left is the frame in front of it.
      const zero = changed.indexOf(0);
      const received = zero < 0 ? changed : changed.subarray(0, zero);
      assert.is(decode(received).status, Status.Malformed, `bit ${bit} of type ${type}`);
    }
    for (let lengthBytes = 0; lengthBytes < frame.length; lengthBytes++) {
      assert.is(decode(frame.slice(0, lengthBytes)).status, Status.Malformed);
    }
    assert.is(decode(Uint8Array.of(...frame, 1)).status, Status.Malformed);
  }
});

test("another version or an unknown type is told from noise, with its request number", () => {
  const request = [5, 1, 0, 0];
  const cases: [number[], Status][] = [
    [[1, 0, ...request], Status.Unsupported],
    [[3, 0, ...request], Status.Unsupported],
    [[0, 0, ...request], Status.Unsupported],
    [[2, 10, ...request], Status.Unsupported],
    [[2, 255, ...request, 1, 2, 3], Status.Unsupported],
    [[2, 0, ...request], Status.Ok],
    [[2, 0, ...request.slice(1)], Status.Malformed],
    [[2, 5, ...request], Status.Malformed],
    [[2, 1, ...request, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], Status.Malformed],
    [[2], Status.Malformed],
    [[], Status.Malformed],
  ];
  for (const [bytes, expected] of cases) {
    const { status, message } = decode(wrap(bytes));
    assert.is(status, expected, bytes.join());
    if (expected !== Status.Malformed) assert.is(message.fields[REQUEST_FIELD], 261);
  }
});

test("20,000 hostile frames with a right CRC are refused or mean exactly their bytes", () => {
  const kind = fc.constantFrom(...KINDS);
  const edit = fc.array(fc.tuple(fc.nat(240), fc.nat(255)), { maxLength: 4 });
  const mutated = fc.tuple(kind, edit).map(([[type, fields, contentBytes], edits]) => {
    const numbers = fields.flatMap((value) => [...new Uint8Array(Uint32Array.of(value).buffer)]);
    const message = Uint8Array.of(2, type, ...numbers, ...new Uint8Array(contentBytes));
    for (const [index, value] of edits) message[index % message.length] = value;
    return message;
  });
  const noise = fc.uint8Array({ minLength: 1, maxLength: 240 });
  const property = fc.property(fc.oneof(mutated, noise), (bytes) => {
    const received = wrap(bytes);
    const { status, message, content } = decode(received);
    if (status !== Status.Ok) return;
    const frame = encode(message.type, message.fields, content);
    assert.equal(frame.subarray(0, -1), received);
  });
  const result = fc.check(property, { seed: SEED, numRuns: 20000 });
  if (result.failed) {
    console.error(`replay: SEED=${SEED} ${REPLAY}`);
    throw new Error(fc.defaultReportMessage(result));
  }
});

test("20,000 strings of line noise are refused and never read past", () => {
  const noise = fc.uint8Array({ maxLength: 254 }).map((bytes) => bytes.filter((byte) => byte > 0));
  const property = fc.property(noise, (bytes) => {
    assert.is(decode(bytes).status, Status.Malformed);
  });
  const result = fc.check(property, { seed: SEED, numRuns: 20000 });
  if (result.failed) {
    console.error(`replay: SEED=${SEED} ${REPLAY}`);
    throw new Error(fc.defaultReportMessage(result));
  }
});

test.run();
