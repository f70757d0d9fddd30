/** Frames, encrypted parity and 4-bit answers. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Crypto1 } from "./crypto1.js";
import {
  decryptFrame,
  decryptNibble,
  encryptFrame,
  encryptNibble,
  oddParity,
  plainFrame,
} from "./frame.js";
import { PaperCrypto1 } from "./testing/paper-crypto1.js";
import { seedFastCheck } from "./testing/seeded-random.js";

seedFastCheck("frame.test.ts");

const key = fc.uint8Array({ minLength: 6, maxLength: 6 });
const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
const frame = fc.uint8Array({ minLength: 1, maxLength: 20 });

test("decrypting what was encrypted gives it back, frame after frame", () => {
  fc.assert(
    fc.property(key, frames, (sessionKey, plains) => {
      const sender = new Crypto1(sessionKey);
      const receiver = new Crypto1(sessionKey);
      for (const plain of plains) {
        const sent = encryptFrame(sender, plain);
        const received = decryptFrame(receiver, sent.bytes, sent.parity);
        assert.equal(received, { bytes: plain, parityOk: true });
      }
    }),
  );
});

test("parity is that of the plain byte under the next byte's first key stream bit", () => {
  fc.assert(
    fc.property(key, frame, (sessionKey, plain) => {
      const sent = encryptFrame(new Crypto1(sessionKey), plain);
      const twin = new PaperCrypto1(sessionKey);
      plain.forEach((byte, index) => {
        assert.is(sent.bytes[index], byte ^ twin.byte(0, false));
        assert.is(sent.parity[index], onesAreEven(byte) ^ twin.filter());
      });
    }),
  );
});

test("each single damaged parity bit, and each single damaged data bit, is noticed", () => {
  fc.assert(
    fc.property(key, frame, fc.nat(), (sessionKey, plain, place) => {
      const sent = encryptFrame(new Crypto1(sessionKey), plain);
      const damagedParity = sent.parity.slice();
      damagedParity[place % plain.length] ^= 1;
      const first = decryptFrame(new Crypto1(sessionKey), sent.bytes, damagedParity);
      assert.equal(first, { bytes: plain, parityOk: false });

      const damagedBytes = sent.bytes.slice();
      damagedBytes[place % plain.length] ^= 1 << (place % 8);
      const second = decryptFrame(new Crypto1(sessionKey), damagedBytes, sent.parity);
      assert.is(second.parityOk, false);
    }),
  );
});

test("a 4-bit answer takes four key stream bits and comes back", () => {
  fc.assert(
    fc.property(key, fc.nat(15), (sessionKey, nibble) => {
      const sender = new Crypto1(sessionKey);
      const receiver = new Crypto1(sessionKey);
      const twin = new PaperCrypto1(sessionKey);
      const sent = encryptNibble(sender, nibble);
      for (let place = 0; place < 4; place++) {
        assert.is((sent >> place) & 1, ((nibble >> place) & 1) ^ twin.bit(0, false));
      }
      assert.is(decryptNibble(receiver, sent), nibble);
      const next = twin.byte(0, false);
      assert.equal([sender.byte(0, false), receiver.byte(0, false)], [next, next]);
    }),
  );
});

test("oddParity completes every byte to an odd number of ones", () => {
  for (let byte = 0; byte < 256; byte++) assert.is(oddParity(byte), onesAreEven(byte));
});

test("a plain frame carries ordinary parity and a copy of the bytes", () => {
  const command = Uint8Array.of(0x60, 0x04, 0xd1, 0x3d);
  const sent = plainFrame(command);
  assert.equal(sent, { bytes: command, parity: Uint8Array.of(1, 0, 1, 0) });
  assert.is.not(sent.bytes, command);
});

test("encrypting leaves the caller's plaintext as it was; an empty frame is a frame", () => {
  const plain = Uint8Array.of(0x30, 0x04, 0x26, 0xee);
  encryptFrame(new Crypto1(Uint8Array.of(1, 2, 3, 4, 5, 6)), plain);
  assert.equal(plain, Uint8Array.of(0x30, 0x04, 0x26, 0xee));
  const nothing = new Uint8Array(0);
  assert.equal(encryptFrame(new Crypto1(), nothing), { bytes: nothing, parity: nothing });
});

test("bad input is refused before any key stream is used", () => {
  const cipher = new Crypto1(Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5));
  const two = new Uint8Array(2);
  assert.throws(() => decryptFrame(cipher, two, new Uint8Array(1)), /parity must be 2 bytes long/);
  assert.throws(() => decryptFrame(cipher, two, Uint8Array.of(0, 2)), /parity bit must be 0 or 1/);
  assert.throws(() => encryptFrame(cipher, "30" as never), /plain must be a Uint8Array/);
  assert.throws(() => encryptNibble(cipher, 16), /nibble must be a 4-bit answer, 0..15, got 16/);
  assert.throws(() => decryptNibble(cipher, -1), /nibble must be a 4-bit answer, 0..15, got -1/);
  assert.throws(() => oddParity(300), /byte must be a byte, 0..255, got 300/);
  assert.is(cipher.word(0, false), 0x70fdea9d);
});

function onesAreEven(byte: number): number {
  return byte.toString(2).split("1").length % 2;
}

test.run();
