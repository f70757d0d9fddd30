/** Everything the chip or NXP defines: CRC_A, MAD, value blocks, access bits and rights. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeAccessBits, encodeAccessBits } from "./access-bits";
import {
  DataOperation,
  dataRights,
  isKeyBReadable,
  TrailerOperation,
  trailerRights,
} from "./access-rights";
import { crcA } from "./crc-a";
import { decodeMad, encodeMad, type Mad, madCrc8 } from "./mad";
import { Status } from "./status";
import { checkProperty, hex, readVectors, unhex } from "./testing/support";
import { decodeValueBlock, encodeValueBlock } from "./value-block";

const FILE = "chip-formats.test.ts";

for (const vector of readVectors<{ id: string; data: string; crc_le: string }[]>("crc-a")) {
  test(`CRC_A ${vector.id}`, () => {
    const data = unhex(`ff${vector.data}`);
    const crc = crcA(data, 1, data.length - 1);
    assert.is(hex(Uint8Array.from([crc & 0xff, crc >> 8])), vector.crc_le);
  });
}

const madVectors = readVectors<{ id: string; data: string; crc: string }[]>("mad");
for (const vector of madVectors) {
  test(`MAD ${vector.id}`, () => {
    const data = unhex(vector.data);
    assert.is(madCrc8(data, 0, data.length), Number.parseInt(vector.crc, 16));
    const stored = unhex(vector.crc + vector.data);
    const mad: Mad = { publisherSector: 9, aids: [] };
    assert.is(decodeMad(stored, 0, mad), Status.Ok);
    assert.is(mad.publisherSector, data[0]);
    assert.is(mad.aids.length, 15);
    const encoded = new Uint8Array(32);
    encodeMad(mad, encoded, 0);
    assert.is(hex(encoded), hex(stored));
  });
}

test("a MAD id is its cluster in the high byte", () => {
  const mad: Mad = { publisherSector: 0, aids: [] };
  const loyalty = madVectors.filter((vector) => vector.id === "mad-loyalty")[0];
  decodeMad(unhex(loyalty.crc + loyalty.data), 0, mad);
  assert.equal(mad.aids.slice(0, 6), [0x7110, 0x7110, 0x7110, 0x7110, 0x7110, 0]);
});

test("every single wrong bit of a MAD is refused and leaves the record untouched", () => {
  const stored = unhex(madVectors[0].crc + madVectors[0].data);
  for (let bit = 0; bit < 256; bit++) {
    const broken = Uint8Array.from(stored);
    broken[bit >> 3] ^= 1 << (bit & 7);
    const mad: Mad = { publisherSector: 99, aids: [42] };
    assert.is(decodeMad(broken, 0, mad), Status.Malformed);
    assert.equal(mad, { publisherSector: 99, aids: [42] });
  }
});

test("a publisher sector beyond version 1 is refused even with a right CRC", () => {
  const stored = new Uint8Array(32);
  stored[1] = 16;
  stored[0] = madCrc8(stored, 1, 31);
  assert.is(decodeMad(stored, 0, { publisherSector: 0, aids: [] }), Status.Malformed);
});

interface ValueVector {
  id: string;
  value: number;
  adr: number;
  block: string;
}
for (const vector of readVectors<ValueVector[]>("value-blocks")) {
  test(`value block ${vector.id}`, () => {
    const out = new Uint8Array(18);
    encodeValueBlock(vector.value, vector.adr, out, 1);
    assert.is(hex(out.subarray(1, 17)), vector.block);
    const found = { value: 5, address: 5 };
    assert.is(decodeValueBlock(out, 1, found), Status.Ok);
    assert.equal(found, { value: vector.value, address: vector.adr });
  });
}

test("value blocks: round trip, and every single wrong bit is refused", () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const property = fc.property(int32, fc.integer({ min: 0, max: 255 }), (value, address) => {
    const stored = new Uint8Array(16);
    encodeValueBlock(value, address, stored, 0);
    const found = { value: 0, address: 0 };
    assert.is(decodeValueBlock(stored, 0, found), Status.Ok);
    assert.equal(found, { value, address });
    for (let bit = 0; bit < 128; bit++) {
      stored[bit >> 3] ^= 1 << (bit & 7);
      assert.is(decodeValueBlock(stored, 0, found), Status.Malformed);
      stored[bit >> 3] ^= 1 << (bit & 7);
    }
    assert.equal(found, { value, address });
  });
  checkProperty(FILE, property, 50);
});

interface AccessVector {
  id: string;
  c1c2c3: string[];
  bytes678: string;
}
for (const vector of readVectors<AccessVector[]>("access-bits")) {
  test(`access bits ${vector.id}`, () => {
    const conditions = vector.c1c2c3.map((bits) => Number.parseInt(bits, 2));
    const out = new Uint8Array(3);
    encodeAccessBits(conditions[0], conditions[1], conditions[2], conditions[3], out, 0);
    assert.is(hex(out), vector.bytes678);
    const found = new Uint8Array(4);
    assert.is(decodeAccessBits(out, 0, found), Status.Ok);
    assert.equal([...found], conditions);
  });
}

test("access bits: all 4096 round trips, every single wrong bit is refused", () => {
  const stored = new Uint8Array(3);
  const found = new Uint8Array(4);
  for (let code = 0; code < 4096; code++) {
    const wanted = [code & 7, (code >> 3) & 7, (code >> 6) & 7, code >> 9];
    encodeAccessBits(wanted[0], wanted[1], wanted[2], wanted[3], stored, 0);
    assert.is(decodeAccessBits(stored, 0, found), Status.Ok);
    assert.equal([...found], wanted);
    for (let bit = 0; bit < 24; bit++) {
      stored[bit >> 3] ^= 1 << (bit & 7);
      assert.is(decodeAccessBits(stored, 0, found), Status.Malformed);
      stored[bit >> 3] ^= 1 << (bit & 7);
    }
  }
});

/** Transcribed a second time from MF1S50yyX_V1, table 7: read, write, increment, decrement. */
const DATA_TABLE = `
  000 A|B A|B A|B A|B
  010 A|B -   -   -
  100 A|B B   -   -
  110 A|B B   B   A|B
  001 A|B -   -   A|B
  011 B   B   -   -
  101 B   -   -   -
  111 -   -   -   -`;

/** Table 6: write key A, read access bits, write access bits, read key B, write key B. */
const TRAILER_TABLE = `
  000 A - A   - A A
  010 - - A   - A -
  100 B - A|B - - B
  110 - - A|B - - -
  001 A - A   A A A
  011 B - A|B B - B
  101 - - A|B B - -
  111 - - A|B - - -`;

function rowsOf(table: string): { condition: number; rights: string[] }[] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([bits, ...rights]) => ({ condition: Number.parseInt(bits, 2), rights }));
}

function nameOf(keys: number): string {
  return ["-", "A", "B", "A|B"][keys];
}

test("rights of data blocks are the datasheet's", () => {
  const operations = [
    DataOperation.Read,
    DataOperation.Write,
    DataOperation.Increment,
    DataOperation.Decrement,
  ];
  const rows = rowsOf(DATA_TABLE);
  assert.is(rows.length, 8);
  for (const { condition, rights } of rows) {
    const found = operations.map((operation) => nameOf(dataRights(condition, operation)));
    assert.equal(found, rights, `condition ${condition}`);
  }
});

test("rights of trailers are the datasheet's", () => {
  const operations = [
    TrailerOperation.WriteKeyA,
    TrailerOperation.ReadAccessBits,
    TrailerOperation.WriteAccessBits,
    TrailerOperation.ReadKeyB,
    TrailerOperation.WriteKeyB,
  ];
  const rows = rowsOf(TRAILER_TABLE);
  assert.is(rows.length, 8);
  for (const { condition, rights } of rows) {
    const [writeKeyA, readKeyA, ...others] = rights;
    const found = operations.map((operation) => nameOf(trailerRights(condition, operation)));
    assert.equal(found, [writeKeyA, ...others], `condition ${condition}`);
    assert.is(readKeyA, "-", "key A is never readable");
    assert.is(isKeyBReadable(condition), others[2] !== "-");
  }
});

test.run();
