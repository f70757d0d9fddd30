/**
 * The nonce generator of the original MIFARE Classic chips: a 16-bit linear feedback shift register
 * seen through a 32-bit window. The card draws nT from it, and both ends compute their answers
 * aR = suc^64(nT) and aT = suc^96(nT) with it.
 *
 * Source: Garcia et al., "Dismantling MIFARE Classic", ESORICS 2008, authentication protocol and
 * tag nonces. Nonces are unsigned 32-bit numbers whose most significant byte is sent first; the
 * paper's x0 .. x31 count in order of transmission, so x0 is the lowest bit of that first byte.
 */

import { checkUint32, fail } from "./check.js";

/** Nonces before the register repeats: 2^16 - 1, the zero state never occurs. */
export const PRNG_PERIOD = 65_535;

/** The generator steps once per bit period of 106 kbit/s: 128 carrier periods at 13.56 MHz. */
export const PRNG_STEP_US = 128 / 13.56;

/**
 * A new bit needs x16, x18, x19 and x21 (polynomial x^16 + x^14 + x^13 + x^11 + 1), so bits x32 to
 * x42 follow from the window at hand: eleven steps can be taken at once.
 */
const STEPS_AT_ONCE = 11;

/** Any window is on the cycle once its older half has been shifted out. */
const STEPS_TO_CYCLE = 16;

/**
 * suc^steps(nonce). Also defined for nonces the generator cannot produce, as the nonces of newer
 * chips are random.
 */
export function prngSuccessor(nonce: number, steps: number): number {
  checkUint32("nonce", nonce);
  if (!Number.isSafeInteger(steps) || steps < 0) fail("steps", "a non-negative integer", steps);
  let window = swapBytes(nonce);
  let left = steps;
  if (left > STEPS_TO_CYCLE) {
    left = STEPS_TO_CYCLE + ((left - STEPS_TO_CYCLE) % PRNG_PERIOD);
  }
  while (left > 0) {
    const count = Math.min(left, STEPS_AT_ONCE);
    window = (window >>> count) | (newBits(window >>> 16) << (32 - count));
    left -= count;
  }
  return swapBytes(window);
}

/**
 * True for the 65,535 nonces the 16-bit generator can produce. A card that ever shows another one
 * has a better generator; about one random nonce in 65,537 looks weak by chance.
 */
export function isWeakNonce(nonce: number): boolean {
  checkUint32("nonce", nonce);
  const window = swapBytes(nonce);
  return nonce !== 0 && ((newBits(window) ^ (window >>> 16)) & 0xffff) === 0;
}

/**
 * Steps of the generator (0..65,534) that lead from one nonce to another. Throws a RangeError for a
 * nonce that is not weak, as no distance exists then.
 */
export function nonceDistance(from: number, to: number): number {
  checkWeakNonce("from", from);
  checkWeakNonce("to", to);
  positions ??= buildPositions();
  const steps = positions[to >>> 16] - positions[from >>> 16];
  return steps < 0 ? steps + PRNG_PERIOD : steps;
}

/**
 * The nonce of a weak generator that stood at `powerUpNonce` when the card got power, `elapsedUs`
 * microseconds later. Constant delays give constant nonces, as with real cards; the whole cycle
 * takes 618.6 ms.
 */
export function weakNonceAt(elapsedUs: number, powerUpNonce: number): number {
  if (!Number.isFinite(elapsedUs) || elapsedUs < 0) {
    fail("elapsedUs", "a non-negative number of microseconds", elapsedUs);
  }
  checkWeakNonce("powerUpNonce", powerUpNonce);
  return prngSuccessor(powerUpNonce, Math.floor(elapsedUs / PRNG_STEP_US));
}

/** Place of each 16-bit state (the first two bytes of a weak nonce) in the cycle. */
let positions: Uint16Array | undefined;

function buildPositions(): Uint16Array {
  const places = new Uint16Array(65_536);
  let nonce = prngSuccessor(1, STEPS_TO_CYCLE);
  for (let place = 0; place < PRNG_PERIOD; place++) {
    places[nonce >>> 16] = place;
    nonce = prngSuccessor(nonce, 1);
  }
  return places;
}

function checkWeakNonce(name: string, nonce: number): void {
  if (!isWeakNonce(nonce)) fail(name, "a nonce of the 16-bit generator", nonce);
}

/** The feedback bits of successive steps; `from16` starts at x16. */
function newBits(from16: number): number {
  return from16 ^ (from16 >>> 2) ^ (from16 >>> 3) ^ (from16 >>> 5);
}

function swapBytes(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
