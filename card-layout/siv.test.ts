/** AES-SIV: RFC vectors for the slow twin, third-party vectors for both, then twin against twin. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSivKey, prepareSivKey, type SivKey, sivOpen, sivSeal, wipeSivKey } from "./siv";
import { Status } from "./status";
import { slowSivSeal } from "./testing/slow-siv";
import { aes, checkProperty, hex, readVectors, unhex } from "./testing/support";

interface SivVector {
  id: string;
  key: string;
  ad: string[];
  plaintext: string;
  sealed: string;
}

const FILE = "siv.test.ts";
const vectors = readVectors<{ rfc5297: SivVector[]; oneBlockAssociatedData: SivVector[] }>(
  "aes-siv",
);

function keyOf(key32: Uint8Array): SivKey {
  const key = createSivKey();
  (key.macKey as Uint8Array).set(key32.subarray(0, 16));
  (key.ctrKey as Uint8Array).set(key32.subarray(16));
  prepareSivKey(aes, key);
  return key;
}

/** Tag and ciphertext as one string. */
function seal(key: SivKey, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(16 + plaintext.length);
  sealed.set(plaintext, 16);
  sivSeal(aes, key, associatedData, sealed, 0, plaintext.length);
  return sealed;
}

for (const vector of [...vectors.rfc5297, ...vectors.oneBlockAssociatedData]) {
  test(`slow twin ${vector.id}`, () => {
    const sealed = slowSivSeal(unhex(vector.key), vector.ad.map(unhex), unhex(vector.plaintext));
    assert.is(hex(sealed), vector.sealed);
  });
}

for (const vector of vectors.oneBlockAssociatedData) {
  test(`seal and open ${vector.id}`, () => {
    const key = keyOf(unhex(vector.key));
    const associatedData = unhex(vector.ad[0]);
    const sealed = seal(key, associatedData, unhex(vector.plaintext));
    assert.is(hex(sealed), vector.sealed);
    const lengthBytes = sealed.length - 16;
    const status = sivOpen(aes, key, associatedData, sealed, 0, lengthBytes);
    assert.is(status, Status.Ok);
    assert.is(hex(sealed.subarray(16)), vector.plaintext);
  });
}

const anyMessage = fc
  .integer({ min: 1, max: 10 })
  .chain((blocks) => fc.uint8Array({ minLength: 16 * blocks, maxLength: 16 * blocks }));
const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const block = fc.uint8Array({ minLength: 16, maxLength: 16 });

test("equals the slow twin", () => {
  const property = fc.property(key32, block, anyMessage, (key, associatedData, plaintext) => {
    const sealed = seal(keyOf(key), associatedData, plaintext);
    assert.is(hex(sealed), hex(slowSivSeal(key, [associatedData], plaintext)));
  });
  checkProperty(FILE, property);
});

test("one changed bit anywhere is refused and the buffer stays as it was", () => {
  const property = fc.property(
    key32,
    block,
    anyMessage,
    fc.nat(),
    (key, associatedData, plaintext, position) => {
      const prepared = keyOf(key);
      const sealed = seal(prepared, associatedData, plaintext);
      const bit = position % (8 * (sealed.length + 16));
      const isInSealed = bit < 8 * sealed.length;
      const target = isInSealed ? sealed : associatedData;
      const at = isInSealed ? bit : bit - 8 * sealed.length;
      target[at >> 3] ^= 1 << (at & 7);
      const before = hex(sealed);
      const lengthBytes = plaintext.length;
      const status = sivOpen(aes, prepared, associatedData, sealed, 0, lengthBytes);
      assert.is(status, Status.BadSeal);
      assert.is(hex(sealed), before);
    },
  );
  checkProperty(FILE, property);
});

test("a wiped key opens nothing", () => {
  const key = keyOf(unhex(vectors.oneBlockAssociatedData[0].key));
  const associatedData = new Uint8Array(16);
  const sealed = seal(key, associatedData, new Uint8Array(32));
  wipeSivKey(key);
  assert.is(sivOpen(aes, key, associatedData, sealed, 0, 32), Status.BadSeal);
  for (const part of [key.macKey, key.ctrKey]) {
    assert.is(hex(part as Uint8Array), "00".repeat(16));
  }
  for (const mask of [key.macSubkey, key.finalMask]) {
    assert.equal([...(mask as Int32Array)], [0, 0, 0, 0]);
  }
});

test.run();
