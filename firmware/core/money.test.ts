import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_RIAL, mulBps } from "./money";

const SEED = Number(process.env.SEED ?? 20260101);
const options = { seed: SEED, numRuns: 5000 };
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/money.test.ts`;

/** Amounts with the edges of 32 and 40 bits as likely as the middle. */
const amount = fc.oneof(
  fc.integer({ min: 0, max: 100000 }),
  fc.integer({ min: 0, max: MAX_RIAL }),
  fc.constantFrom(0, 1, 9999, 10000, 10001, 2 ** 31, 2 ** 32 - 1, 2 ** 32, MAX_RIAL - 1, MAX_RIAL),
);

test("the largest amount is 2^40 - 1", () => {
  assert.is(MAX_RIAL, 2 ** 40 - 1);
});

test("mulBps is floor(a * b / 10000) for every 40-bit amount", () => {
  const bps = fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(0, 1, 9999, 10000));
  fc.assert(
    fc.property(amount, bps, (a, b) => {
      assert.is(mulBps(a, b), Number((BigInt(a) * BigInt(b)) / 10000n), REPLAY);
    }),
    options,
  );
  assert.is(mulBps(MAX_RIAL, 10000), MAX_RIAL);
  assert.is(mulBps(MAX_RIAL, 9999), Number((BigInt(MAX_RIAL) * 9999n) / 10000n));
});

test.run();
