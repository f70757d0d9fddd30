import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  COSE_DATA_OFFSET,
  COSE_MESSAGE_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  coseSeal,
  SealKind,
  setSealNonce,
} from "../firmware/core/cose";
import { openBatch, openChainMac, type TerminalKeys } from "./batch";
import { createRandom, MemoryJournal, nodeAes, testConfig, testPad } from "./test-world";

const SEED = Number(process.env.SEED ?? 30);
const REPLAY = "node --import tsx node_modules/uvu/bin.js back-office 'batch.test'";
const config = testConfig();
const keys = config as unknown as TerminalKeys;
const pad = testPad(config, 1, 9);

/** Records 1..8 and the chain MACs behind each of them. */
function createRecords() {
  const journal = new MemoryJournal(config.journalKey);
  for (let i = 0; i < 8; i++) journal.append(2, new Uint8Array(3 + 6 * i).fill(i), 3 + 6 * i);
  return journal.records;
}

const records = createRecords();

interface Parts {
  bodies: Uint8Array[];
  lastMac: Uint8Array;
}

/** A batch written by hand, so that every part of it can be wrong. */
function plaintextOf({ bodies, lastMac }: Parts): Uint8Array {
  const strings = bodies.flatMap((bytes) => [0x58, bytes.length, ...bytes]);
  return Uint8Array.of(0x98, bodies.length + 1, ...strings, 0x40 + lastMac.length, ...lastMac);
}

function seal(plaintext: Uint8Array, first = 3, count = 4, kind = SealKind.Batch): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plaintext.length);
  work.set(plaintext, COSE_DATA_OFFSET);
  setSealNonce(config, kind, first, count);
  coseSeal(nodeAes, keys.uplinkKey, work, plaintext.length);
  return work.slice(COSE_MESSAGE_OFFSET);
}

/** Records 3..6 as they should be. */
function goodParts(): Parts {
  return {
    bodies: records.slice(2, 6).map((record) => record.bytes),
    lastMac: records[5].mac,
  };
}

function outcomeOf(message: Uint8Array, previousMac = records[1].mac): string {
  const batch = openBatch(nodeAes, keys, pad, 3, 4, message, previousMac);
  return typeof batch === "string" ? batch : "ok";
}

test("a right batch opens to its records with the MAC of each", () => {
  const message = seal(plaintextOf(goodParts()));
  const batch = openBatch(nodeAes, keys, pad, 3, 4, message, records[1].mac);
  if (typeof batch === "string") throw new Error(batch);
  assert.is(batch.lastSequence, 6);
  assert.equal(batch.chainMac, records[5].mac);
  batch.records.forEach((record, index) => {
    const { bytes, mac } = records[2 + index];
    assert.is(record.sequence, 3 + index);
    assert.is(record.type, 2);
    assert.is(record.version, 1);
    assert.equal(record.payload, bytes.slice(8));
    assert.equal(record.mac, mac);
  });
});

test("the MAC in the middle of a journal comes from a batch of one record", () => {
  const one = { bodies: [records[2].bytes], lastMac: records[2].mac };
  assert.equal(openChainMac(nodeAes, keys, pad, 3, seal(plaintextOf(one), 3, 1)), records[2].mac);
  const other = { bodies: [records[3].bytes], lastMac: records[3].mac };
  assert.is(openChainMac(nodeAes, keys, pad, 3, seal(plaintextOf(other), 3, 1)), "content");
  assert.is(openChainMac(nodeAes, keys, pad, 3, seal(plaintextOf(other), 4, 1)), "seal");
});

test("an authentic batch of wrong content is refused, part by part", () => {
  const good = goodParts();
  const [first, second, ...rest] = good.bodies;
  const changed = Uint8Array.from(first);
  changed[9] ^= 1;
  const cases: [string, Parts, string][] = [
    ["a changed record", { ...good, bodies: [changed, second, ...rest] }, "chain"],
    ["two records swapped", { ...good, bodies: [second, first, ...rest] }, "content"],
    ["a record twice", { ...good, bodies: [first, first, ...rest] }, "content"],
    ["a record left out", { ...good, bodies: [first, second, rest[0]] }, "content"],
    ["a record more", { ...good, bodies: [...good.bodies, records[6].bytes] }, "content"],
    ["a short record", { ...good, bodies: [first.slice(0, 7), ...rest] }, "content"],
    ["a long record", { ...good, bodies: [new Uint8Array(169), second, ...rest] }, "content"],
    ["no record", { ...good, bodies: [] }, "content"],
    ["another MAC at the end", { ...good, lastMac: records[4].mac }, "chain"],
    ["a short MAC", { ...good, lastMac: records[5].mac.slice(1) }, "content"],
  ];
  for (const [name, parts, expected] of cases) {
    assert.is(outcomeOf(seal(plaintextOf(parts))), expected, name);
  }
  const plaintext = plaintextOf(good);
  assert.is(outcomeOf(seal(plaintext, 3, 5)), "seal", "another count");
  assert.is(outcomeOf(seal(plaintext, 4, 4)), "seal", "another sequence");
  assert.is(outcomeOf(seal(plaintext, 3, 4, SealKind.Acknowledgement)), "seal", "another kind");
  assert.is(outcomeOf(seal(plaintext), records[0].mac), "chain", "a fork");
  assert.is(outcomeOf(seal(Uint8Array.of(...plaintext, 0))), "content", "a byte behind");
  assert.is(outcomeOf(seal(plaintext.slice(0, -1))), "content", "cut off");
});

test("the same content in another form of CBOR is refused", () => {
  const { bodies, lastMac } = goodParts();
  const items = [...bodies, lastMac];
  const strings = (head: (lengthBytes: number) => number[]) =>
    items.flatMap((bytes) => [...head(bytes.length), ...bytes]);
  const byte = (lengthBytes: number) => [0x58, lengthBytes];
  const short = (lengthBytes: number) =>
    lengthBytes < 24 ? [0x40 + lengthBytes] : [0x58, lengthBytes];
  const long = (lengthBytes: number) => [0x59, 0, lengthBytes];
  const forms = [
    [0x85, ...strings(short)],
    [0x98, 5, ...strings(byte)],
    [0x98, 5, ...strings(long)],
    [0x99, 0, 5, ...strings(short)],
    [0x9f, ...strings(short), 0xff],
    [0x98, 5, ...strings((n) => [0x78, n])],
    [0xd8, 64, 0x98, 5, ...strings(short)],
  ];
  for (const form of forms) assert.is(outcomeOf(seal(Uint8Array.from(form))), "content");
});

test("20,000 broken messages, sealed or not, are refused and never throw", () => {
  const random = createRandom(SEED);
  const plaintext = plaintextOf(goodParts());
  const sealed = seal(plaintext);
  try {
    for (let i = 0; i < 20000; i++) {
      const source = i % 2 === 0 ? plaintext : sealed;
      const lengthBytes = random() < 0.3 ? 1 + Math.floor(random() * 1200) : source.length;
      const broken = Uint8Array.from({ length: lengthBytes }, (_, at) => source[at] ?? at);
      const changeCount = 1 + Math.floor(random() * 3);
      for (let change = 0; change < changeCount; change++) {
        broken[Math.floor(random() * lengthBytes)] ^= 1 + Math.floor(random() * 255);
      }
      if (Buffer.compare(broken, source) === 0) continue;
      assert.is.not(outcomeOf(i % 2 === 0 ? seal(broken) : broken), "ok");
    }
  } catch (error) {
    console.error(`replay: SEED=${SEED} ${REPLAY}`);
    throw error;
  }
});

test.run();
