/** Both sides of the authentication: published traces, each against the other, and refusals. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { authenticationUid } from "./authentication-words.js";
import { beginCardAuthentication } from "./card-authentication.js";
import {
  decryptFrame,
  decryptNibble,
  encryptFrame,
  encryptNibble,
  type Frame,
  oddParity,
} from "./frame.js";
import { beginReaderAuthentication } from "./reader-authentication.js";
import { fromHex, seedFastCheck, toHex } from "./testing/seeded-random.js";
import { vectors } from "./testing/vectors.js";

seedFastCheck("authentication.test.ts");

const key = fc.uint8Array({ minLength: 6, maxLength: 6 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

for (const vector of vectors.authentications) {
  test(`first authentication ${vector.id}`, () => {
    const [uid, nonce, readerNonce] = [vector.uid, vector.nt, vector.nr].map(word);
    const card = beginCardAuthentication(fromHex(vector.key), uid, nonce, false);
    const reader = beginReaderAuthentication(fromHex(vector.key), uid, readerNonce, false);
    assert.is(toHex(card.nonceFrame.bytes), vector.nt);

    const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
    assert.ok(reply.kind === "ok");
    assert.is(reply.cardNonce, nonce);
    assert.is(toHex(reply.frame.bytes), vector.nrEnc + vector.arEnc);

    const verdict = card.verify(reply.frame.bytes, reply.frame.parity);
    assert.ok(verdict.kind === "ok");
    assert.is(toHex(verdict.answer.bytes), vector.atEnc);
    assert.equal(reader.verify(verdict.answer.bytes, verdict.answer.parity), { kind: "ok" });
  });
}

for (const vector of vectors.authentications.filter((entry) => entry.frames !== undefined)) {
  test(`frames after ${vector.id}, on both sides`, () => {
    const [uid, nonce, readerNonce] = [vector.uid, vector.nt, vector.nr].map(word);
    const { card, reader } = authenticated(vector.key, uid, nonce, false, readerNonce);
    const ends = { rdr: [reader.cipher, card.cipher], tag: [card.cipher, reader.cipher] };
    for (const { dir, enc, plain } of vector.frames!) {
      const [sender, receiver] = ends[dir];
      const sent = encryptFrame(sender, fromHex(plain));
      assert.is(toHex(sent.bytes), enc);
      const received = decryptFrame(receiver, sent.bytes, sent.parity);
      assert.equal(received, { bytes: fromHex(plain), parityOk: true });
    }
  });
}

const demo = vectors.protocolDemo;
for (const [name, pass, isNested] of [
  ["first", demo.first, false],
  ["nested", demo.nested, true],
] as const) {
  test(`protocol demo, ${name} authentication: every byte and parity bit on air`, () => {
    const uid = word(demo.uid);
    const card = beginCardAuthentication(fromHex(demo.key), uid, word(pass.nt), isNested);
    const reader = beginReaderAuthentication(fromHex(demo.key), uid, word(demo.nr), isNested);
    if (isNested) {
      assert.equal(onAir(card.nonceFrame), [demo.nested.ntEnc, demo.nested.ntParErr]);
    } else {
      assert.equal(onAir(card.nonceFrame), [pass.nt, [0, 0, 0, 0]]);
    }
    const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
    assert.ok(reply.kind === "ok");
    assert.equal(onAir(reply.frame), [pass.nrArEnc, pass.nrArParErr]);

    const verdict = card.verify(reply.frame.bytes, reply.frame.parity);
    assert.ok(verdict.kind === "ok");
    assert.equal(onAir(verdict.answer), [pass.atEnc, pass.atParErr]);
    assert.is(reader.verify(verdict.answer.bytes, verdict.answer.parity).kind, "ok");

    const command = encryptFrame(reader.cipher, fromHex(pass.nextCmdPlain));
    assert.equal(onAir(command), [pass.nextCmdEnc, pass.nextCmdParErr]);
  });
}

test("any key, uid and nonces authenticate, and both ciphers go on in step", () => {
  fc.assert(
    fc.property(key, uint32, uint32, fc.boolean(), (sessionKey, uid, nonce, isNested) => {
      const { card, reader } = authenticated(toHex(sessionKey), uid, nonce, isNested);
      assert.is(card.cipher.word(0, false), reader.cipher.word(0, false));
    }),
  );
});

test("a card with another key never accepts", () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(key, uint32, uint32, fc.nat(47), (readerKey, uid, nonce, changed) => {
      const cardKey = readerKey.slice();
      cardKey[changed >> 3] ^= 1 << (changed & 7);
      const card = beginCardAuthentication(cardKey, uid, nonce, false);
      const reader = beginReaderAuthentication(readerKey, uid, 0x12345678, false);
      const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
      assert.ok(reply.kind === "ok", "nT in clear says nothing about the key");
      const verdict = card.verify(reply.frame.bytes, reply.frame.parity);
      assert.is.not(verdict.kind, "ok");
      kinds.add(verdict.kind);
    }),
    { numRuns: 2_000 },
  );
  // One wrong key in 256 has eight fitting parity bits by chance and is told by aR alone.
  assert.equal([...kinds].sort(), ["parity", "wrong"]);
});

test("a damaged {nR}{aR}: parity flipped is parity; bit and parity flipped in aR is wrong", () => {
  for (let index = 0; index < 8; index++) {
    const { card, frame } = untilReaderAnswer();
    frame.parity[index] ^= 1;
    assert.equal(card.verify(frame.bytes, frame.parity), { kind: "parity" }, `byte ${index}`);
  }
  for (let index = 4; index < 8; index++) {
    const { card, frame } = untilReaderAnswer();
    frame.bytes[index] ^= 0x10;
    frame.parity[index] ^= 1;
    assert.equal(card.verify(frame.bytes, frame.parity), { kind: "wrong" }, `byte ${index}`);
  }
});

test("after `wrong` the cipher stands where early chips encrypt their NAK 5h", () => {
  const { card, reader, frame } = untilReaderAnswer();
  frame.bytes[7] ^= 0x01;
  frame.parity[7] ^= 1;
  assert.is(card.verify(frame.bytes, frame.parity).kind, "wrong");
  assert.is(decryptNibble(reader.cipher, encryptNibble(card.cipher, 5)), 5);
});

test("the reader tells a damaged and a false {aT} from the true one", () => {
  const damaged = untilCardAnswer();
  damaged.answer.parity[2] ^= 1;
  assert.is(damaged.reader.verify(damaged.answer.bytes, damaged.answer.parity).kind, "parity");

  const forged = untilCardAnswer();
  forged.answer.bytes[3] ^= 0x80;
  forged.answer.parity[3] ^= 1;
  assert.is(forged.reader.verify(forged.answer.bytes, forged.answer.parity).kind, "wrong");
});

test("the reader notices damaged nonces, nested or not", () => {
  for (const isNested of [false, true]) {
    const { nonceFrame } = beginCardAuthentication(fromHex(demo.key), 1, 2, isNested);
    const reader = beginReaderAuthentication(fromHex(demo.key), 1, 3, isNested);
    nonceFrame.parity[1] ^= 1;
    assert.equal(reader.answerNonce(nonceFrame.bytes, nonceFrame.parity), { kind: "parity" });
    assert.throws(() => reader.verify(new Uint8Array(4), new Uint8Array(4)), /no card answer/);
  }
});

test("each step happens once and in order", () => {
  const { card, reader, frame } = untilReaderAnswer();
  assert.throws(() => reader.answerNonce(new Uint8Array(4), new Uint8Array(4)), /has been taken/);
  card.verify(frame.bytes, frame.parity);
  assert.throws(() => card.verify(frame.bytes, frame.parity), /has been verified/);
  const early = beginReaderAuthentication(fromHex(demo.key), 1, 2, false);
  assert.throws(() => early.verify(new Uint8Array(4), new Uint8Array(4)), /no card answer/);
});

test("bad input is refused and does not use up the step", () => {
  const good = fromHex(demo.key);
  assert.throws(() => beginCardAuthentication(good, -1, 0, false), /uid must be an unsigned/);
  assert.throws(
    () => beginCardAuthentication(good, 0, 2 ** 32, false),
    /nonce must be an unsigned/,
  );
  assert.throws(() => beginReaderAuthentication(good, 0, 0.5, false), /readerNonce must be an/);
  assert.throws(
    () => beginCardAuthentication(good.subarray(1), 0, 0, false),
    /key must be 6 bytes/,
  );
  const { card, frame } = untilReaderAnswer();
  const short = frame.bytes.subarray(1);
  assert.throws(
    () => card.verify(short, frame.parity),
    /reader answer must be 8 bytes long, got 7/,
  );
  assert.throws(() => card.verify(frame.bytes, short), /parity must be 8 bytes long, got 7/);
  assert.is(card.verify(frame.bytes, frame.parity).kind, "ok");
});

test("a 7-byte UID enters with its last four bytes", () => {
  assert.is(authenticationUid(fromHex("9c599b32")), 0x9c599b32);
  assert.is(authenticationUid(fromHex("04112233445566")), 0x33445566);
  assert.throws(
    () => authenticationUid(new Uint8Array(5)),
    /uid length must be 4 or 7 bytes, got 5/,
  );
});

function authenticated(
  keyHex: string,
  uid: number,
  nonce: number,
  isNested: boolean,
  readerNonce = 0x12345678,
) {
  const card = beginCardAuthentication(fromHex(keyHex), uid, nonce, isNested);
  const reader = beginReaderAuthentication(fromHex(keyHex), uid, readerNonce, isNested);
  const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
  assert.ok(reply.kind === "ok");
  const verdict = card.verify(reply.frame.bytes, reply.frame.parity);
  assert.ok(verdict.kind === "ok");
  assert.is(reader.verify(verdict.answer.bytes, verdict.answer.parity).kind, "ok");
  return { card, reader };
}

function untilReaderAnswer() {
  const card = beginCardAuthentication(fromHex(demo.key), 0x0db3fa11, 0xe0512bb5, true);
  const reader = beginReaderAuthentication(fromHex(demo.key), 0x0db3fa11, 0x12345678, true);
  const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
  assert.ok(reply.kind === "ok");
  return { card, reader, frame: reply.frame };
}

function untilCardAnswer() {
  const { card, reader, frame } = untilReaderAnswer();
  const verdict = card.verify(frame.bytes, frame.parity);
  assert.ok(verdict.kind === "ok");
  return { reader, answer: verdict.answer };
}

/** Hex and, per byte, whether the parity on air differs from the odd parity of the byte on air. */
function onAir(frame: Frame): [string, number[]] {
  return [toHex(frame.bytes), [...frame.parity].map((bit, i) => bit ^ oddParity(frame.bytes[i]))];
}

function word(hex: string): number {
  return Number.parseInt(hex, 16);
}

test.run();
