/**
 * Speed of this package beside npm chameleon-ultra.js, measured alternately in one run so that
 * both meet the same machine. Prints nanoseconds per operation and the ratio; the exit code is 1
 * if any operation is slower than the other's.
 */

import Chameleon from "chameleon-ultra.js/Crypto1";
import { beginCardAuthentication } from "./src/card-authentication.js";
import { Crypto1 } from "./src/crypto1.js";
import { encryptFrame } from "./src/frame.js";
import { prngSuccessor } from "./src/prng.js";

const ROUNDS = 15;
const ROUND_MS = 20;
const KEY = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5);
const KEY_NUMBER = 0xa0a1a2a3a4a5;
const UID = 0x9c599b32;
const BLOCK = new Uint8Array(18).fill(0x5a);

const ours = new Crypto1(KEY);
const theirs = new Chameleon().setLfsr(KEY_NUMBER);

/** Each operation returns a number that depends on all of its work, so none can be skipped. */
type Operation = (round: number) => number;

const comparisons: [name: string, ours: Operation, theirs: Operation][] = [
  ["load key", loadOurs, loadTheirs],
  ["key stream bit", () => ours.bit(0, false), () => theirs.lfsrBit(0, 0)],
  ["key stream byte", () => ours.byte(0, false), () => theirs.lfsrByte(0, 0)],
  ["word, plain input", (n) => ours.word(n, false), (n) => theirs.lfsrWord(n, 0)],
  ["word, encrypted input", (n) => ours.word(n, true), (n) => theirs.lfsrWord(n, 1)],
  ["suc^64", (n) => prngSuccessor(n, 64), (n) => Chameleon.prngSuccessor(n, 64)],
  ["18-byte frame with parity", frameOurs, frameTheirs],
  ["authentication, card side", authenticateOurs, authenticateTheirs],
];

let isSlower = false;
console.log("operation                     this package   chameleon-ultra.js   ratio");
for (const [name, our, their] of comparisons) {
  const [ourNs, theirNs] = measure(our, their);
  const ratio = theirNs / ourNs;
  isSlower ||= ratio < 1;
  console.log(
    `${name.padEnd(28)} ${ourNs.toFixed(1).padStart(11)} ns ` +
      `${theirNs.toFixed(1).padStart(17)} ns ${ratio.toFixed(1).padStart(6)}x`,
  );
}
process.exitCode = isSlower ? 1 : 0;

/** The best round of each, as anything else the machine does can only make a round slower. */
function measure(our: Operation, their: Operation): [ourNs: number, theirNs: number] {
  let [ourNs, theirNs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    ourNs = Math.min(ourNs, nanosecondsPerCall(our));
    theirNs = Math.min(theirNs, nanosecondsPerCall(their));
  }
  return [ourNs, theirNs];
}

function nanosecondsPerCall(operation: Operation): number {
  const startMs = performance.now();
  let calls = 0;
  let used = 0;
  let elapsedMs = 0;
  while (elapsedMs < ROUND_MS) {
    for (let call = 0; call < 1_000; call++) used ^= operation(call);
    calls += 1_000;
    elapsedMs = performance.now() - startMs;
  }
  if (!Number.isInteger(used)) throw new Error("an operation did not return a number");
  return (elapsedMs * 1e6) / calls;
}

function loadOurs(): number {
  ours.load(KEY);
  return ours.peekBit();
}

function loadTheirs(): number {
  theirs.setLfsr(KEY_NUMBER);
  return Chameleon.filter(theirs.odd);
}

function frameOurs(): number {
  return encryptFrame(ours, BLOCK).parity[17];
}

function frameTheirs(): number {
  const bytes = new Uint8Array(BLOCK.length);
  const parity = new Uint8Array(BLOCK.length);
  for (let index = 0; index < BLOCK.length; index++) {
    bytes[index] = BLOCK[index] ^ theirs.lfsrByte(0, 0);
    parity[index] = Chameleon.oddParity8(BLOCK[index]) ^ Chameleon.filter(theirs.odd);
  }
  return parity[17];
}

/** Ours includes frames, parity and checks; theirs is only the cipher and generator work. */
function authenticateOurs(nonce: number): number {
  const card = beginCardAuthentication(KEY, UID, nonce, true);
  return card.verify(BLOCK.subarray(0, 8), new Uint8Array(8)).kind.length;
}

function authenticateTheirs(nonce: number): number {
  theirs.setLfsr(KEY_NUMBER);
  const keystream = theirs.lfsrWord((UID ^ nonce) >>> 0, 0) ^ theirs.lfsrWord(0x5a5a5a5a, 1);
  return keystream ^ theirs.lfsrWord(0, 0) ^ Chameleon.prngSuccessor(nonce, 64);
}
