/** The nonce generator against published successors, its definition, and its period. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  isWeakNonce,
  nonceDistance,
  PRNG_PERIOD,
  PRNG_STEP_US,
  prngSuccessor,
  weakNonceAt,
} from "./prng.js";
import { seedFastCheck } from "./testing/seeded-random.js";
import { vectors } from "./testing/vectors.js";

seedFastCheck("prng.test.ts");

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
/** A nonce printed in the vectors: a real card's. */
const WEAK_NONCE = 0x01200145;

for (const vector of vectors.successors) {
  test(`successor ${vector.id}`, () => {
    const nonce = Number.parseInt(vector.nt, 16);
    assert.is(prngSuccessor(nonce, vector.n), Number.parseInt(vector.out, 16));
  });
}

test("every number of steps agrees with the definition taken one by one", () => {
  fc.assert(
    fc.property(uint32, fc.integer({ min: 0, max: 200 }), (nonce, steps) => {
      let bits = bitsOf(nonce);
      for (let step = 0; step < steps; step++) {
        bits = [...bits.slice(1), bits[16] ^ bits[18] ^ bits[19] ^ bits[21]];
      }
      assert.is(prngSuccessor(nonce, steps), nonceOf(bits));
    }),
  );
});

test("huge step counts are reduced by the period, also for nonces off the cycle", () => {
  fc.assert(
    fc.property(uint32, fc.integer({ min: 16, max: 500 }), (nonce, steps) => {
      const expected = prngSuccessor(nonce, steps);
      assert.is(prngSuccessor(nonce, steps + PRNG_PERIOD), expected);
      assert.is(prngSuccessor(nonce, steps + PRNG_PERIOD * 1_000_003), expected);
    }),
    { numRuns: 50 },
  );
});

test("the cycle visits each of the 65,535 weak nonces once and comes back", () => {
  const seen = new Set<number>();
  let nonce = WEAK_NONCE;
  while (!seen.has(nonce)) {
    assert.ok(isWeakNonce(nonce));
    seen.add(nonce);
    nonce = prngSuccessor(nonce, 1);
  }
  assert.is(seen.size, PRNG_PERIOD);
  assert.is(nonce, WEAK_NONCE);
});

test("nonces of real cards are weak, zero and changed ones are not", () => {
  const reals = vectors.authentications.map((vector) => Number.parseInt(vector.nt, 16));
  assert.ok(reals.filter(isWeakNonce).length >= 2);
  assert.ok(isWeakNonce(WEAK_NONCE));
  assert.not(isWeakNonce(0));
  for (let place = 0; place < 32; place++) {
    assert.not(isWeakNonce((WEAK_NONCE ^ (1 << place)) >>> 0), `bit ${place} changed`);
  }
});

test("nonceDistance undoes prngSuccessor", () => {
  fc.assert(
    fc.property(fc.nat(PRNG_PERIOD - 1), fc.nat(PRNG_PERIOD - 1), (start, steps) => {
      const from = prngSuccessor(WEAK_NONCE, start);
      assert.is(nonceDistance(from, prngSuccessor(from, steps)), steps);
    }),
  );
});

test("the weak generator steps once per bit period and wraps after 618.6 ms", () => {
  assert.is(weakNonceAt(0, WEAK_NONCE), WEAK_NONCE);
  assert.is(weakNonceAt(9.43, WEAK_NONCE), WEAK_NONCE);
  assert.is(weakNonceAt(9.44, WEAK_NONCE), prngSuccessor(WEAK_NONCE, 1));
  assert.is(weakNonceAt(1_000, WEAK_NONCE), prngSuccessor(WEAK_NONCE, 105));
  assert.is(((PRNG_PERIOD * PRNG_STEP_US) / 1_000).toFixed(1), "618.6");
  assert.is(weakNonceAt(PRNG_PERIOD * PRNG_STEP_US + 1, WEAK_NONCE), WEAK_NONCE);
});

test("bad input is refused", () => {
  assert.throws(() => prngSuccessor(-1, 1), /nonce must be an unsigned 32-bit integer, got -1/);
  assert.throws(() => prngSuccessor(1, -1), /steps must be a non-negative integer, got -1/);
  assert.throws(() => prngSuccessor(1, 0.5), /steps must be a non-negative integer, got 0.5/);
  assert.throws(() => isWeakNonce(2 ** 32), /nonce must be an unsigned 32-bit integer/);
  assert.throws(() => nonceDistance(WEAK_NONCE, 5), /to must be a nonce of the 16-bit generator/);
  assert.throws(() => nonceDistance(0, WEAK_NONCE), /from must be a nonce of the 16-bit generator/);
  assert.throws(() => weakNonceAt(-1, WEAK_NONCE), /elapsedUs must be a non-negative number/);
  assert.throws(() => weakNonceAt(1, 7), /powerUpNonce must be a nonce of the 16-bit generator/);
});

/** Bits x0 .. x31 in order of transmission: bytes most significant first, bits lowest first. */
function bitsOf(nonce: number): number[] {
  return Array.from({ length: 32 }, (_, index) => (nonce >>> transmissionShift(index)) & 1);
}

function nonceOf(bits: number[]): number {
  return bits.reduce((nonce, bit, index) => nonce + bit * 2 ** transmissionShift(index), 0);
}

function transmissionShift(index: number): number {
  return 24 - 8 * (index >> 3) + (index & 7);
}

test.run();
