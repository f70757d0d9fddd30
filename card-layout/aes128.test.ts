/** The portable AES against FIPS 197, SP 800-38A and Node's OpenSSL. */
import { createCipheriv } from "node:crypto";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "./aes128";
import { checkProperty, hex, readVectors, unhex } from "./testing/support";

interface AesVectors {
  blocks: { id: string; key: string; plaintext: string; ciphertext: string }[];
  ctr: { key: string; counter: string; plaintext: string; ciphertext: string };
}

const FILE = "aes128.test.ts";
const vectors = readVectors<AesVectors>("aes128");
const key16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

for (const vector of vectors.blocks) {
  test(`one block ${vector.id}`, () => {
    const out = new Uint8Array(16);
    createPortableAes().cbcMac(unhex(vector.key), unhex(vector.plaintext), 0, 16, out);
    assert.is(hex(out), vector.ciphertext);
  });
}

test("CTR of SP 800-38A, F.5.1", () => {
  const data = unhex(vectors.ctr.plaintext);
  const counter = unhex(vectors.ctr.counter);
  createPortableAes().ctr(unhex(vectors.ctr.key), counter, data, 0, data.length);
  assert.is(hex(data), vectors.ctr.ciphertext);
  assert.is(hex(counter), vectors.ctr.counter, "the counter block is the caller's");
});

test("CBC-MAC equals the last CBC block of OpenSSL, at any offset and from any IV", () => {
  const engine = createPortableAes();
  const property = fc.property(
    key16,
    key16,
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 0, max: 20 }),
    fc.uint8Array({ minLength: 212, maxLength: 212 }),
    (key, iv, blockCount, offset, message) => {
      const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
      const expected = cipher.update(message.subarray(offset, offset + 16 * blockCount));
      const chain = iv.slice();
      engine.cbcMac(key, message, offset, 16 * blockCount, chain);
      assert.is(hex(chain), hex(expected.subarray(-16)));
    },
  );
  checkProperty(FILE, property);
});

test("CTR equals OpenSSL for partial blocks and leaves the neighbours alone", () => {
  const engine = createPortableAes();
  const counter = fc.oneof(key16, fc.constant(new Uint8Array(16).fill(255)));
  const property = fc.property(
    key16,
    counter,
    fc.integer({ min: 0, max: 9 }),
    fc.uint8Array({ minLength: 10, maxLength: 170 }),
    (key, start, offset, data) => {
      const plaintext = data.slice(offset, data.length - 1);
      const expected = Uint8Array.from(data);
      expected.set(createCipheriv("aes-128-ctr", key, start).update(plaintext), offset);
      engine.ctr(key, start, data, offset, plaintext.length);
      assert.is(hex(data), hex(expected));
    },
  );
  checkProperty(FILE, property);
});

test("more keys than the cache holds, each used again after it was dropped", () => {
  const engine = createPortableAes();
  const keys = Array.from({ length: 20 }, (_, i) => new Uint8Array(16).fill(i));
  const encrypt = (key: Uint8Array) => {
    const out = new Uint8Array(16);
    engine.cbcMac(key, new Uint8Array(16), 0, 16, out);
    return hex(out);
  };
  const first = keys.map(encrypt);
  for (let round = 0; round < 3; round++) {
    assert.equal([...keys].reverse().map(encrypt).reverse(), first);
  }
  assert.is(new Set(first).size, keys.length);
});

test("a key buffer that is refilled counts as another key", () => {
  const engine = createPortableAes();
  const key = unhex(vectors.blocks[0].key);
  const out = new Uint8Array(16);
  engine.cbcMac(key, new Uint8Array(16), 0, 16, out);
  out.fill(0);
  key.set(unhex(vectors.blocks[1].key));
  engine.cbcMac(key, unhex(vectors.blocks[1].plaintext), 0, 16, out);
  assert.is(hex(out), vectors.blocks[1].ciphertext);
});

test.run();
