/** The cipher against published key streams, against the slow twin, and against bad input. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Crypto1 } from "./crypto1.js";
import { PaperCrypto1 } from "./testing/paper-crypto1.js";
import {
  fromHex,
  seededRandom,
  seedFastCheck,
  toHex,
  withReplayLine,
} from "./testing/seeded-random.js";
import { vectors } from "./testing/vectors.js";

seedFastCheck("crypto1.test.ts");

const key = fc.uint8Array({ minLength: 6, maxLength: 6 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

for (const vector of vectors.keystreams) {
  test(`key stream ${vector.id}`, () => {
    const cipher = new Crypto1(fromHex(vector.key));
    const keystream = new Uint8Array(vector.n).map(() => cipher.byte(0, false));
    assert.is(toHex(keystream), vector.ks);
  });
}

for (const vector of vectors.authentications) {
  test(`key stream words of authentication ${vector.id}`, () => {
    const cipher = new Crypto1(fromHex(vector.key));
    assert.is(cipher.word((word(vector.uid) ^ word(vector.nt)) >>> 0, false), word(vector.ks0));
    assert.is(cipher.word(word(vector.nrEnc), true), word(vector.ks1));
    assert.is(cipher.word(0, false), word(vector.ks2));
    assert.is(cipher.word(0, false), word(vector.ks3));
    for (const frame of vector.frames ?? []) {
      const plain = fromHex(frame.enc).map((byte) => byte ^ cipher.byte(0, false));
      assert.is(toHex(plain), frame.plain);
    }
  });
}

for (const vector of vectors.decryptions) {
  test(`decryption ${vector.id}`, () => {
    const cipher = new Crypto1(fromHex(vector.key));
    cipher.word((word(vector.uid) ^ word(vector.nt)) >>> 0, false);
    cipher.word(word(vector.nrEnc), true);
    cipher.word(0, false);
    cipher.word(0, false);
    const plain = fromHex(vector.dataAfterAt).map((byte) => byte ^ cipher.byte(0, false));
    assert.is(toHex(plain), vector.plain);
  });
}

test("agrees with the slow twin bit for bit in a long session of mixed steps", () => {
  const random = seededRandom();
  withReplayLine(random, "crypto1.test.ts", () => {
    const sessionKey = random.bytes(6);
    const cipher = new Crypto1(sessionKey);
    const twin = new PaperCrypto1(sessionKey);
    for (let step = 0; step < 20_000; step++) {
      const isEncrypted = random.below(2) === 1;
      const input = random.below(2) === 1 ? random.below(256) : 0;
      if (random.below(4) === 0) {
        assert.is(cipher.bit(input & 1, isEncrypted), twin.bit(input & 1, isEncrypted));
      } else {
        assert.is(cipher.byte(input, isEncrypted), twin.byte(input, isEncrypted));
      }
      assert.is(cipher.peekBit(), twin.filter());
    }
  });
});

test("agrees with the slow twin on long key streams of special and random keys", () => {
  const random = seededRandom();
  withReplayLine(random, "crypto1.test.ts", () => {
    const keys = [fromHex("000000000001"), fromHex("800000000000"), random.bytes(6)];
    for (const streamKey of keys) {
      const cipher = new Crypto1(streamKey);
      const twin = new PaperCrypto1(streamKey);
      for (let index = 0; index < 8_192; index++) {
        assert.is(cipher.byte(0, false), twin.byte(0, false), `byte ${index}`);
      }
    }
  });
});

test("a word is four bytes and a byte is eight bits, lowest first", () => {
  fc.assert(
    fc.property(key, uint32, fc.boolean(), (sessionKey, input, isEncrypted) => {
      const byWord = new Crypto1(sessionKey);
      const byByte = new Crypto1(sessionKey);
      const byBit = new Crypto1(sessionKey);
      let bytes = 0;
      let bits = 0;
      for (const shift of [24, 16, 8, 0]) {
        const part = (input >>> shift) & 0xff;
        bytes = bytes * 256 + byByte.byte(part, isEncrypted);
        let keystream = 0;
        for (let place = 0; place < 8; place++) {
          keystream |= byBit.bit((part >> place) & 1, isEncrypted) << place;
        }
        bits = bits * 256 + keystream;
      }
      const expected = byWord.word(input, isEncrypted);
      assert.equal([bytes, bits], [expected, expected]);
      const next = byWord.word(0, false);
      assert.equal([byByte.word(0, false), byBit.word(0, false)], [next, next]);
    }),
  );
});

test("peekBit tells the next key stream bit and changes nothing", () => {
  fc.assert(
    fc.property(key, uint32, (sessionKey, input) => {
      const peeked = new Crypto1(sessionKey);
      const untouched = new Crypto1(sessionKey);
      peeked.word(input, false);
      untouched.word(input, false);
      const bit = peeked.peekBit();
      assert.is(peeked.peekBit(), bit);
      assert.is((untouched.word(0, false) >>> 24) & 1, bit);
      assert.is(peeked.byte(0, false) & 1, bit);
    }),
  );
});

test("both ends hold the same state whether nR goes in plain or encrypted", () => {
  fc.assert(
    fc.property(key, uint32, (sessionKey, nonce) => {
      const reader = new Crypto1(sessionKey);
      const card = new Crypto1(sessionKey);
      const encrypted = (nonce ^ reader.word(nonce, false)) >>> 0;
      assert.is((encrypted ^ card.word(encrypted, true)) >>> 0, nonce);
      assert.is(card.word(0, false), reader.word(0, false));
    }),
  );
});

test("load forgets the former session; without a key the register is zero", () => {
  const cipher = new Crypto1(fromHex("0123456789ab"));
  cipher.word(0xdeadbeef, true);
  cipher.load(fromHex("a0a1a2a3a4a5"));
  assert.is(cipher.word(0, false), 0x70fdea9d);
  assert.is(new Crypto1().word(0, false), new Crypto1(new Uint8Array(6)).word(0, false));
});

test("bad input is refused by name and leaves the cipher as it was", () => {
  const cipher = new Crypto1(fromHex("a0a1a2a3a4a5"));
  const refusals: [() => unknown, ErrorConstructor, string][] = [
    [() => cipher.load(new Uint8Array(5)), RangeError, "key must be 6 bytes long, got 5"],
    [() => new Crypto1(new Uint8Array(8)), RangeError, "key must be 6 bytes long, got 8"],
    [
      () => new Crypto1("a0a1a2a3a4a5" as never),
      TypeError,
      "key must be a Uint8Array, got a value of type string",
    ],
    [
      () => cipher.load([1, 2, 3, 4, 5, 6] as never),
      TypeError,
      "key must be a Uint8Array, got an array",
    ],
    [() => cipher.bit(2, false), RangeError, "input must be 0 or 1, got 2"],
    [
      () => cipher.bit(true as never, false),
      TypeError,
      "input must be 0 or 1, got a value of type boolean",
    ],
    [() => cipher.byte(256, false), RangeError, "input must be a byte, 0..255, got 256"],
    [() => cipher.byte(-1, true), RangeError, "input must be a byte, 0..255, got -1"],
    [() => cipher.byte(1.5, true), RangeError, "input must be a byte, 0..255, got 1.5"],
    [() => cipher.byte(Number.NaN, true), RangeError, "input must be a byte, 0..255, got NaN"],
    [() => cipher.word(-1, false), RangeError, "input must be an unsigned 32-bit integer, got -1"],
    [
      () => cipher.word(2 ** 32, false),
      RangeError,
      "input must be an unsigned 32-bit integer, got 4294967296",
    ],
    [
      () => cipher.word(null as never, false),
      TypeError,
      "input must be an unsigned 32-bit integer, got null",
    ],
  ];
  for (const [call, kind, message] of refusals) {
    assert.throws(
      call,
      (error: Error) => error instanceof kind && error.message === message,
      message,
    );
  }
  assert.is(cipher.word(0, false), 0x70fdea9d);
});

function word(hex: string): number {
  return Number.parseInt(hex, 16);
}

test.run();
