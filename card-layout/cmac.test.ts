/** CMAC and AN10922 against their published vectors and against each other. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import { cmac, doubleBlock, firstSubkey } from "./cmac";
import { slowCmac } from "./testing/slow-siv";
import { aes, checkProperty, hex, readVectors, unhex } from "./testing/support";

interface CmacVectors {
  macs: { id: string; key: string; msg: string; mac: string }[];
  subkeys: { key: string; K1: string; K2: string };
}
interface DiversificationVector {
  id: string;
  master_key: string;
  div_input_M: string;
  derived: string;
  plain_cmac_of_01M: string;
}

const FILE = "cmac.test.ts";
const vectors = readVectors<CmacVectors>("cmac");

function mac(key: Uint8Array, message: Uint8Array): string {
  const out = new Uint8Array(16);
  cmac(aes, key, message, 0, message.length, out, 0);
  return hex(out);
}

for (const vector of vectors.macs) {
  test(`CMAC ${vector.id}`, () => {
    assert.is(mac(unhex(vector.key), unhex(vector.msg)), vector.mac);
  });
}

test("subkeys of RFC 4493", () => {
  const subkey = firstSubkey(aes, unhex(vectors.subkeys.key)) as Uint8Array;
  assert.is(hex(subkey), vectors.subkeys.K1);
  doubleBlock(subkey, subkey);
  assert.is(hex(subkey), vectors.subkeys.K2);
});

test("every length up to 160 bytes, at an offset, equals the slow twin", () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 170, maxLength: 170 }),
    fc.integer({ min: 0, max: 10 }),
    fc.integer({ min: 0, max: 160 }),
    (key, buffer, offset, lengthBytes) => {
      const before = hex(buffer);
      const out = new Uint8Array(20);
      cmac(aes, key, buffer, offset, lengthBytes, out, 3);
      const expected = slowCmac(key, buffer.subarray(offset, offset + lengthBytes));
      assert.is(hex(out.subarray(3, 19)), hex(expected));
      assert.is(hex(buffer), before, "the message stays as it was");
    },
  );
  checkProperty(FILE, property, 500);
});

test("an all-zero key is computed, though nothing else was before", () => {
  const key = new Uint8Array(16);
  assert.is(mac(key, new Uint8Array(3)), hex(slowCmac(key, new Uint8Array(3))));
});

test("keys in Buffers that decode to the same text are not taken for each other", () => {
  const message = new Uint8Array(3);
  for (const byte of [0xff, 0xfe, 0xff]) {
    const key = Buffer.alloc(16, byte);
    assert.is(mac(key, message), hex(slowCmac(key, message)));
  }
});

test("a key used again needs one engine call up to 32 bytes, and one for a full last block", () => {
  let calls = 0;
  const counting: AesEngine = {
    cbcMac(...parts) {
      calls++;
      aes.cbcMac(...parts);
    },
    ctr() {
      throw new Error("CMAC needs no CTR");
    },
  };
  const key = unhex("0f0e0d0c0b0a09080706050403020100");
  const out = new Uint8Array(16);
  mac(key, new Uint8Array(3));
  const callsFor = (lengthBytes: number) => {
    calls = 0;
    cmac(counting, key, new Uint8Array(lengthBytes), 0, lengthBytes, out, 0);
    return calls;
  };
  assert.equal([15, 16, 17, 31, 32, 33, 160].map(callsFor), [1, 2, 1, 1, 2, 2, 3]);
});

for (const vector of readVectors<DiversificationVector[]>("an10922")) {
  test(`AN10922 ${vector.id}`, () => {
    const input = unhex(vector.div_input_M);
    const message = Uint8Array.from([1, ...input]);
    assert.is(mac(unhex(vector.master_key), message), vector.plain_cmac_of_01M);
    if (input.length >= 16) assert.is(vector.plain_cmac_of_01M, vector.derived);
  });
}

test.run();
