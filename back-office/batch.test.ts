import { test } from "uvu";
import * as assert from "uvu/assert";
import { CCM_NONCE_BYTES, CCM_TAG_BYTES } from "../firmware/core/ccm";
import {
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  coseSeal,
  SyncDirection,
} from "../firmware/core/cose";
import { putSyncNonce, startBatch } from "../firmware/core/sync-batch";
import { openBatch, type PadState, type TerminalKeys } from "./batch";
import { createRandom, MemoryJournal, nodeAes, testConfig } from "./test-world";

const SEED = Number(process.env.SEED ?? 30);
const REPLAY = "node --import tsx node_modules/uvu/bin.js back-office 'batch.test'";
const LINKED = 1;
const UNLINKED = 2;
const config = testConfig();
const keys = config as unknown as TerminalKeys;
const pad: PadState = { ...config, firstUnacknowledged: 1, nextSequence: 9 };

/** Records 1..8, the chain MACs behind each of them, and their CBOR strings. */
function createRecords() {
  const journal = new MemoryJournal(config.journalKey);
  for (let i = 0; i < 8; i++) journal.append(2, new Uint8Array(3 + 6 * i).fill(i), 3 + 6 * i);
  return journal.records;
}

const records = createRecords();

function bytesOf(value: Uint8Array): number[] {
  return value.length < 24 ? [0x40 + value.length, ...value] : [0x58, value.length, ...value];
}

interface Parts {
  first: number;
  bodies: Uint8Array[];
  previousMac: Uint8Array | undefined;
  lastMac: Uint8Array;
}

/** A batch written by hand, so that every part of it can be wrong. */
function plaintextOf(parts: Parts): Uint8Array {
  const start = new Uint8Array(40);
  const isLinked = parts.previousMac !== undefined;
  const context = { ...config, direction: SyncDirection.Up };
  const end = startBatch(start, 0, context, parts.first, isLinked);
  return Uint8Array.of(
    ...start.subarray(0, end - 1),
    0x80 + parts.bodies.length,
    ...parts.bodies.flatMap(bytesOf),
    ...(parts.previousMac === undefined ? [] : [5, ...bytesOf(parts.previousMac)]),
    6,
    ...bytesOf(parts.lastMac),
  );
}

function seal(plaintext: Uint8Array, first: number, count: number, nonceClass: number): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plaintext.length);
  const nonce = new Uint8Array(CCM_NONCE_BYTES);
  work.set(plaintext, COSE_DATA_OFFSET);
  const direction = SyncDirection.Up;
  const { terminalId, keyEpoch, terminalEpoch, uplinkKey } = config;
  const context = { terminalId, keyEpoch, terminalEpoch, direction };
  putSyncNonce(nonce, context, first, count, nonceClass);
  const start = coseSeal(nodeAes, uplinkKey, context, nonce, work, plaintext.length);
  return work.slice(start, COSE_DATA_OFFSET + plaintext.length + CCM_TAG_BYTES);
}

/** Records 3..6 as they should be. */
function goodParts(): Parts {
  return {
    first: 3,
    bodies: records.slice(2, 6).map((record) => record.bytes),
    previousMac: records[1].mac,
    lastMac: records[5].mac,
  };
}

function outcomeOf(message: Uint8Array, previousMac?: Uint8Array): string {
  const batch = openBatch(nodeAes, keys, pad, 3, 4, message, previousMac);
  return typeof batch === "string" ? batch : "ok";
}

test("a right batch opens to its records with the MAC of each", () => {
  for (const stored of [records[1].mac, undefined]) {
    const message = seal(plaintextOf(goodParts()), 3, 4, LINKED);
    const batch = openBatch(nodeAes, keys, pad, 3, 4, message, stored);
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
  }
});

test("without the MAC before it, a batch needs the stored one", () => {
  const message = seal(plaintextOf({ ...goodParts(), previousMac: undefined }), 3, 4, UNLINKED);
  assert.is(outcomeOf(message, records[1].mac), "ok");
  assert.is(outcomeOf(message, records[2].mac), "chain");
  assert.is(outcomeOf(message), "chain");
});

test("an authentic batch of wrong content is refused, part by part", () => {
  const good = goodParts();
  const [first, second, ...rest] = good.bodies;
  const changed = Uint8Array.from(first);
  changed[9] ^= 1;
  const cases: [string, Parts, number, string][] = [
    ["a changed record", { ...good, bodies: [changed, second, ...rest] }, LINKED, "chain"],
    ["two records swapped", { ...good, bodies: [second, first, ...rest] }, LINKED, "content"],
    ["a record twice", { ...good, bodies: [first, first, ...rest] }, LINKED, "content"],
    ["a record left out", { ...good, bodies: [first, second, rest[0]] }, LINKED, "content"],
    ["another first sequence", { ...good, first: 4 }, LINKED, "content"],
    ["a short record", { ...good, bodies: [first.slice(0, 7), ...rest] }, LINKED, "content"],
    ["another MAC at the end", { ...good, lastMac: records[4].mac }, LINKED, "chain"],
    ["another MAC before", { ...good, previousMac: records[0].mac }, LINKED, "chain"],
    ["a short MAC", { ...good, lastMac: records[5].mac.slice(1) }, LINKED, "content"],
    ["the other nonce class", good, UNLINKED, "content"],
  ];
  for (const [name, parts, nonceClass, expected] of cases) {
    assert.is(outcomeOf(seal(plaintextOf(parts), 3, 4, nonceClass)), expected, name);
  }
  assert.is(outcomeOf(seal(plaintextOf(good), 3, 5, LINKED)), "content", "another count");
  assert.is(outcomeOf(seal(plaintextOf(good), 3, 4, LINKED), records[0].mac), "chain", "a fork");
});

test("20,000 broken messages, sealed or not, are refused and never throw", () => {
  const random = createRandom(SEED);
  const plaintext = plaintextOf(goodParts());
  const sealed = seal(plaintext, 3, 4, LINKED);
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
      assert.is.not(outcomeOf(i % 2 === 0 ? seal(broken, 3, 4, LINKED) : broken), "ok");
    }
  } catch (error) {
    console.error(`replay: SEED=${SEED} ${REPLAY}`);
    throw error;
  }
});

test.run();
