import { readFileSync } from "node:fs";
import { Encoder } from "cbor-x";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import {
  CBOR_MAXIMUM,
  CborSimple,
  CborType,
  cborEnd,
  cborExpect,
  cborExpectKey,
  cborPutBytes,
  cborPutText,
  cborPutUint,
  cborReadHeader,
  cborSkip,
  cborStart,
  cborTakeString,
  createCborReader,
} from "./cbor";

const vectorFile = new URL("vectors/cbor.json", import.meta.url);
const vectors = JSON.parse(readFileSync(vectorFile, "utf8"));
/** The options that make cbor-x write RFC 8949 heads instead of its own shortcuts. */
const oracle = new Encoder({
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
  mapsAsObjects: false,
  int64AsType: "number",
} as ConstructorParameters<typeof Encoder>[0]);
const SEED = Number(process.env.SEED ?? 8949);
const REPLAY = "node --import tsx node_modules/uvu/bin.js firmware/core 'cbor.test'";

/** Strings as byte arrays and char strings, simple values as in JavaScript. */
type Item = number | string | Uint8Array | boolean | null | Item[] | Map<Item, Item>;

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function put(out: Uint8Array, offset: number, item: Item): number {
  if (item === null) return cborPutUint(out, offset, CborType.Simple, CborSimple.Null);
  if (typeof item === "boolean") {
    return cborPutUint(out, offset, CborType.Simple, item ? CborSimple.True : CborSimple.False);
  }
  if (typeof item === "number") {
    if (item < 0) return cborPutUint(out, offset, CborType.Negative, -1 - item);
    return cborPutUint(out, offset, CborType.Uint, item);
  }
  if (typeof item === "string") {
    return cborPutText(out, offset, Buffer.from(item, "utf8").toString("latin1"));
  }
  if (item instanceof Uint8Array) return cborPutBytes(out, offset, item, 0, item.length);
  const isMap = item instanceof Map;
  const children = isMap ? [...item].flat() : item;
  const count = isMap ? item.size : item.length;
  let end = cborPutUint(out, offset, isMap ? CborType.Map : CborType.Array, count);
  for (const child of children as Item[]) end = put(out, end, child);
  return end;
}

/** Reads everything and writes it back. */
function recode(bytes: Uint8Array): { status: Status; bytes: Uint8Array } {
  const reader = createCborReader(bytes);
  const out = new Uint8Array(bytes.length + 16);
  let end = 0;
  cborStart(reader, bytes, 0, bytes.length);
  while (reader.offset < reader.end && cborReadHeader(reader) === Status.Ok) {
    const { majorType, value } = reader;
    if (majorType === CborType.Bytes || majorType === CborType.Text) {
      const content = bytes.slice(reader.offset, reader.offset + value);
      reader.offset += value;
      if (majorType === CborType.Bytes) end = cborPutBytes(out, end, content, 0, value);
      else end = cborPutText(out, end, Buffer.from(content).toString("latin1"));
    } else {
      end = cborPutUint(out, end, majorType, value);
    }
  }
  return { status: reader.status, bytes: out.slice(0, end) };
}

function skipWhole(bytes: Uint8Array): Status {
  const reader = createCborReader(bytes);
  cborStart(reader, bytes, 0, bytes.length);
  cborSkip(reader);
  return cborEnd(reader);
}

test("accepts and writes back the examples of RFC 8949 that are in the subset", () => {
  for (const { hex } of vectors.accepted) {
    assert.is(skipWhole(fromHex(hex)), Status.Ok, hex);
    assert.is(toHex(recode(fromHex(hex)).bytes), hex);
  }
});

test("refuses the examples of RFC 8949 outside the subset and the ill-formed ones", () => {
  for (const { hex } of vectors.refused) {
    if (!hex.startsWith("c2")) assert.is(skipWhole(fromHex(hex)), Status.Malformed, hex);
  }
  for (const hex of vectors.illFormed) assert.is(skipWhole(fromHex(hex)), Status.Malformed, hex);
});

test("refuses every form longer than needed", () => {
  const longer = [
    "1817",
    "190017",
    "1900ff",
    "1a0000ffff",
    "1b00000000ffffffff",
    "580140",
    "980100",
  ];
  for (const hex of longer) assert.is(skipWhole(fromHex(hex)), Status.Malformed, hex);
  assert.is(skipWhole(fromHex("1b0020000000000000")), Status.Malformed);
  assert.is(skipWhole(fromHex("1b001fffffffffffff")), Status.Ok);
});

test("carries every integer to 2^53 - 1, money and edges included, as cbor-x does", () => {
  const values = [0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 40, CBOR_MAXIMUM];
  const out = new Uint8Array(16);
  for (const value of values) {
    const end = cborPutUint(out, 0, CborType.Uint, value);
    const reader = createCborReader(out);
    cborStart(reader, out, 0, end);
    assert.is(cborExpect(reader, CborType.Uint, CBOR_MAXIMUM), value);
    assert.is(cborEnd(reader), Status.Ok);
    assert.is(Number(oracle.decode(out.slice(0, end))), value);
  }
});

test("writes what cbor-x writes and reads, for any content", () => {
  const leaf = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.boolean(),
    fc.constant(null),
  );
  const { item } = fc.letrec<{ item: Item }>((tie) => ({
    item: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("item"), { maxLength: 30 }),
      fc
        .array(fc.tuple(fc.nat(70000), tie("item")), { maxLength: 8 })
        .map((entries) => new Map(entries) as Map<Item, Item>),
    ),
  }));
  const out = new Uint8Array(1 << 20);
  const property = fc.property(item, (value) => {
    const end = put(out, 0, value);
    const encoded = out.slice(0, end);
    assert.is(toHex(encoded), toHex(oracle.encode(value)));
    assert.is(skipWhole(encoded), Status.Ok);
    assert.is(toHex(recode(encoded).bytes), toHex(encoded));
  });
  assertProperty(property, 500);
});

test("random bytes are refused, or are exactly what the writer makes of them", () => {
  const length = fc.nat(40);
  const bytes = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
  const property = fc.property(bytes, (input) => {
    const { status, bytes: again } = recode(input);
    if (status === Status.Ok) assert.is(toHex(again), toHex(input));
    const skipped = skipWhole(input);
    assert.ok(skipped === Status.Ok || skipped === Status.Malformed);
  });
  assertProperty(property, 20000);
});

test("deep nesting needs no stack and huge counts no time", () => {
  const nested = new Uint8Array(100_001).fill(0x81);
  nested[100_000] = 0;
  assert.is(skipWhole(nested), Status.Ok);
  assert.is(skipWhole(fromHex("9b001fffffffffffff00")), Status.Malformed);
  assert.is(skipWhole(fromHex("bb001fffffffffffff00")), Status.Malformed);
});

test("a refusal sticks, strings are bounded and keys ascend", () => {
  const bytes = fromHex("a2014201020140");
  const reader = createCborReader(bytes);
  cborStart(reader, bytes, 0, bytes.length);
  assert.is(cborExpect(reader, CborType.Map, 2), 2);
  assert.is(cborExpectKey(reader, -1), 1);
  assert.is(cborTakeString(reader, CborType.Bytes, 0, 2), 3);
  assert.is(reader.value, 2);
  assert.is(cborExpectKey(reader, 1), 0);
  assert.is(reader.status, Status.Malformed);
  assert.is(cborTakeString(reader, CborType.Bytes, 0, 2), 0);
  assert.is(reader.value, 0);
  cborStart(reader, bytes, 2, 3);
  assert.is(cborTakeString(reader, CborType.Bytes, 3, 9), 0);
  assert.is(reader.status, Status.Malformed);
  cborStart(reader, bytes, 2, 3);
  assert.is(cborTakeString(reader, CborType.Bytes, 0, 1), 0);
  assert.is(cborEnd(reader), Status.Malformed);
});

function assertProperty(property: fc.IPropertyWithHooks<never> | unknown, numRuns: number): void {
  const result = fc.check(property as fc.IProperty<[Item]>, { seed: SEED, numRuns });
  if (!result.failed) return;
  console.error(`replay: SEED=${SEED} ${REPLAY}`);
  throw new Error(fc.defaultReportMessage(result));
}

test.run();
