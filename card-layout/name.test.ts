/** The name record: cutting on code points, the seal, and refusals. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import { fillBytes } from "./bytes";
import { type CardName, emptyName, openName, sealName, setName } from "./name";
import { Status } from "./status";
import { aes, checkProperty, hex, samplePlace, sealKeyOf, unhex } from "./testing/support";

const FILE = "name.test.ts";
const place = samplePlace();
const sealKey = sealKeyOf(place);

function nameOf(text: string): CardName {
  const name = emptyName();
  const utf8 = Uint8Array.from(Buffer.from(text, "utf8"));
  setName(name, utf8, utf8.length);
  return name;
}

function textOf(name: CardName): string {
  return Buffer.from(name.utf8 as Uint8Array)
    .subarray(0, name.lengthBytes)
    .toString("utf8");
}

function sealed(name: CardName): Uint8Array {
  const out = new Uint8Array(48);
  assert.is(sealName(aes, sealKey, place, name, out, 0), Status.Ok);
  return out;
}

test("names are cut on a code point", () => {
  const rows: [string, string][] = [
    ["", ""],
    ["زهرا محمدی", "زهرا محمدی"],
    ["a".repeat(31), "a".repeat(30)],
    ["م".repeat(16), "م".repeat(15)],
    [`x${"م".repeat(16)}`, `x${"م".repeat(14)}`],
    ["€".repeat(11), "€".repeat(10)],
    [`xx${"€".repeat(11)}`, `xx${"€".repeat(9)}`],
    ["😀".repeat(8), "😀".repeat(7)],
  ];
  for (const [given, kept] of rows) assert.is(textOf(nameOf(given)), kept);
});

test("any text keeps its longest fitting prefix, survives sealing and leaves the bytes", () => {
  const withoutZero = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  const property = fc.property(withoutZero, (text) => {
    let expected = "";
    for (const codePoint of text) {
      if (Buffer.byteLength(expected + codePoint) > 30) break;
      expected += codePoint;
    }
    const bytes = sealed(nameOf(text));
    const before = hex(bytes);
    const found = emptyName();
    assert.is(openName(aes, sealKey, place, bytes, 0, found), Status.Ok);
    assert.is(textOf(found), expected);
    assert.is(hex(bytes), before);
  });
  checkProperty(FILE, property);
});

test("what is not well-formed UTF-8 ends the name", () => {
  const malformed = [
    "80",
    "c080",
    "c1bf",
    "e08080",
    "eda080",
    "f0808080",
    "f4908080",
    "f5",
    "c3",
    "00",
  ];
  for (const tail of malformed) {
    const utf8 = unhex(`6162${tail}`);
    const name = emptyName();
    setName(name, utf8, utf8.length);
    assert.is(textOf(name), "ab", tail);
  }
});

test("a shorter name leaves nothing of the longer one", () => {
  const name = nameOf("a long old name");
  setName(name, unhex("6869"), 2);
  assert.is(hex(name.utf8 as Uint8Array), `6869${"00".repeat(28)}`);
});

test("every single flipped bit and every other place is refused", () => {
  const bytes = sealed(nameOf("زهرا"));
  const found = nameOf("kept");
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assert.is(openName(aes, sealKey, place, bytes, 0, found), Status.BadSeal, `bit ${bit}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  for (const field of ["uidLengthBytes", "clubId", "keyEpoch"] as const) {
    const other = samplePlace();
    other[field] ^= 3;
    assert.is(openName(aes, sealKey, other, bytes, 0, found), Status.BadSeal, field);
  }
  const otherCard = samplePlace();
  otherCard.uid[0] ^= 1;
  assert.is(openName(aes, sealKey, otherCard, bytes, 0, found), Status.BadSeal);
  assert.is(textOf(found), "kept");
});

test("a genuine seal over a bad name is refused too", () => {
  // With an engine that does nothing the tag is zero and the plaintext lies open.
  const transparent: AesEngine = {
    cbcMac: (_key, _message, _offset, _lengthBytes, chain) => fillBytes(chain, 0, 16, 0),
    ctr: () => {},
  };
  const rows: [string, Status, string][] = [
    ["one letter", Status.Ok, "01016100"],
    ["format 2", Status.Unsupported, "02016100"],
    ["length 31", Status.Malformed, "011f6161"],
    ["length beyond the text", Status.Malformed, "01026100"],
    ["text beyond the length", Status.Malformed, "01016161"],
    ["half a code point", Status.Malformed, "0101d900"],
  ];
  for (const [label, status, start] of rows) {
    const record = unhex(("00".repeat(16) + start).padEnd(96, "0"));
    const found = emptyName();
    assert.is(openName(transparent, sealKey, place, record, 0, found), status, label);
    assert.is(found.lengthBytes, status === Status.Ok ? 1 : 0, label);
  }
});

test("a name record that setName did not fill is not sealed", () => {
  const broken = [
    { lengthBytes: 31, utf8: new Uint8Array(30).fill(0x61) },
    { lengthBytes: 3, utf8: nameOf("ab").utf8 },
    { lengthBytes: 1, utf8: nameOf("ab").utf8 },
  ];
  for (const name of broken) {
    const status = sealName(aes, sealKey, place, name, new Uint8Array(48), 0);
    assert.is(status, Status.Malformed);
  }
});

test.run();
