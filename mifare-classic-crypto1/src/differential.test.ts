/**
 * 100,000 random sessions against an independent implementation, npm chameleon-ultra.js: a first
 * authentication, a command, a nested authentication under another key, a block read and its
 * 4-bit answer. Every byte and every parity bit on air must agree, from the card and the reader.
 */

import Chameleon from "chameleon-ultra.js/Crypto1";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginCardAuthentication, type CardAuthentication } from "./card-authentication.js";
import { decryptFrame, encryptFrame, encryptNibble, type Frame } from "./frame.js";
import { beginReaderAuthentication, type ReaderAuthentication } from "./reader-authentication.js";
import { type SeededRandom, seededRandom, toHex, withReplayLine } from "./testing/seeded-random.js";

const SESSIONS = Number(process.env.SESSIONS ?? 100_000);

test(`${SESSIONS} random sessions agree with chameleon-ultra.js`, () => {
  const random = seededRandom();
  withReplayLine(random, "differential.test.ts", () => {
    for (let session = 0; session < SESSIONS; session++) runSession(random, session);
  });
});

function runSession(random: SeededRandom, session: number): void {
  const uid = random.uint32();
  const command = random.bytes(4);
  const block = random.bytes(18);
  const nibble = random.below(16);

  const theirs = new Chameleon();
  const first = authenticate(random, theirs, uid, false, session);
  exchange(first.reader, first.card, theirs, command, session);
  const nested = authenticate(random, theirs, uid, true, session);
  exchange(nested.reader, nested.card, theirs, command, session);
  exchange(nested.card, nested.reader, theirs, block, session);
  const answer = encryptNibble(nested.card.cipher, nibble);
  assert.is(answer, nibble ^ chameleonNibble(theirs), `session ${session}: 4-bit answer`);
}

interface Sides {
  card: CardAuthentication;
  reader: ReaderAuthentication;
}

function authenticate(
  random: SeededRandom,
  theirs: Chameleon,
  uid: number,
  isNested: boolean,
  session: number,
): Sides {
  const key = random.bytes(6);
  const nonce = random.uint32();
  const readerNonce = random.uint32();
  const expected = chameleonAuthentication(theirs, key, uid, nonce, readerNonce, isNested);

  const card = beginCardAuthentication(key, uid, nonce, isNested);
  const reader = beginReaderAuthentication(key, uid, readerNonce, isNested);
  expectFrame(card.nonceFrame, expected.nonce, session, "nT");
  const reply = reader.answerNonce(card.nonceFrame.bytes, card.nonceFrame.parity);
  if (reply.kind !== "ok") throw new Error(`session ${session}: reader refused nT`);
  expectFrame(reply.frame, expected.reader, session, "{nR}{aR}");
  const verdict = card.verify(reply.frame.bytes, reply.frame.parity);
  if (verdict.kind !== "ok") throw new Error(`session ${session}: card says ${verdict.kind}`);
  expectFrame(verdict.answer, expected.card, session, "{aT}");
  const end = reader.verify(verdict.answer.bytes, verdict.answer.parity);
  if (end.kind !== "ok") throw new Error(`session ${session}: reader says ${end.kind}`);
  return { card, reader };
}

function exchange(
  sender: CardAuthentication | ReaderAuthentication,
  receiver: CardAuthentication | ReaderAuthentication,
  theirs: Chameleon,
  plain: Uint8Array,
  session: number,
): void {
  const sent = encryptFrame(sender.cipher, plain);
  const expected = new ChameleonFrame(plain.length);
  for (const byte of plain) expected.push(byte, theirs.lfsrByte(0, 0), theirs);
  expectFrame(sent, expected, session, "frame");
  const received = decryptFrame(receiver.cipher, sent.bytes, sent.parity);
  if (!received.parityOk) throw new Error(`session ${session}: parity of a good frame`);
  expectFrame({ ...sent, bytes: received.bytes }, { ...sent, bytes: plain }, session, "decrypted");
}

/** Collects what chameleon-ultra.js would put on air. */
class ChameleonFrame implements Frame {
  readonly bytes: Uint8Array;
  readonly parity: Uint8Array;
  private lengthBytes = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.parity = new Uint8Array(sizeBytes);
  }

  push(plain: number, keystream: number, cipher: Chameleon | undefined): void {
    const next = cipher === undefined ? 0 : Chameleon.filter(cipher.odd);
    this.bytes[this.lengthBytes] = plain ^ keystream;
    this.parity[this.lengthBytes] = Chameleon.oddParity8(plain) ^ next;
    this.lengthBytes += 1;
  }
}

function chameleonAuthentication(
  cipher: Chameleon,
  key: Uint8Array,
  uid: number,
  nonce: number,
  readerNonce: number,
  isNested: boolean,
): { nonce: Frame; reader: Frame; card: Frame } {
  cipher.setLfsr(key.reduce((number, byte) => number * 256 + byte, 0));
  const frames = {
    nonce: new ChameleonFrame(4),
    reader: new ChameleonFrame(8),
    card: new ChameleonFrame(4),
  };
  for (const shift of [24, 16, 8, 0]) {
    const plain = (nonce >>> shift) & 0xff;
    const keystream = cipher.lfsrByte(((uid ^ nonce) >>> shift) & 0xff, 0);
    if (isNested) frames.nonce.push(plain, keystream, cipher);
    else frames.nonce.push(plain, 0, undefined);
  }
  for (const shift of [24, 16, 8, 0]) {
    const plain = (readerNonce >>> shift) & 0xff;
    frames.reader.push(plain, cipher.lfsrByte(plain, 0), cipher);
  }
  pushSuccessor(frames.reader, cipher, nonce, 64);
  pushSuccessor(frames.card, cipher, nonce, 96);
  return frames;
}

function pushSuccessor(frame: ChameleonFrame, cipher: Chameleon, nonce: number, steps: number) {
  const answer = Chameleon.prngSuccessor(nonce, steps);
  for (const shift of [24, 16, 8, 0]) {
    frame.push((answer >>> shift) & 0xff, cipher.lfsrByte(0, 0), cipher);
  }
}

function chameleonNibble(cipher: Chameleon): number {
  let keystream = 0;
  for (let place = 0; place < 4; place++) keystream |= cipher.lfsrBit(0, 0) << place;
  return keystream;
}

/** Compares without building strings; only a difference is worth one. */
function expectFrame(actual: Frame, expected: Frame, session: number, name: string): void {
  for (let index = 0; index < expected.bytes.length; index++) {
    const isSame =
      actual.bytes[index] === expected.bytes[index] &&
      actual.parity[index] === expected.parity[index];
    if (isSame) continue;
    assert.is(show(actual), show(expected), `session ${session}: ${name}`);
  }
}

function show(frame: Frame): string {
  return `${toHex(frame.bytes)} parity ${frame.parity.join("")}`;
}

test.run();
