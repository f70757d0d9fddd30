import { test } from "uvu";
import * as assert from "uvu/assert";
import { INTERPRETED_FRAME_OVERHEAD_US } from "./mfrc522";
import { countSpi, measureTransaction } from "./spi-count";

/** Operation, frames, bytes: may go down with a better driver, never up unnoticed. */
const LIMITS: readonly (readonly [string, number, number])[] = [
  ["initialise", 6, 16],
  ["wake up and select", 20, 61],
  ["authenticate", 4, 21],
  ["read block", 6, 31],
  ["write block", 13, 48],
  ["decrement", 11, 32],
  ["transfer", 6, 16],
  ["whole transaction", 187, 725],
];

test("no operation needs more SPI frames or bytes than it did", () => {
  const rows = countSpi();
  assert.equal(
    rows.map((row) => row.operation),
    LIMITS.map(([operation]) => operation),
  );
  LIMITS.forEach(([operation, frames, bytes], index) => {
    const { ours } = rows[index];
    assert.ok(ours.frames <= frames, `${operation}: ${ours.frames} frames, limit ${frames}`);
    assert.ok(ours.bytes <= bytes, `${operation}: ${ours.bytes} bytes, limit ${bytes}`);
  });
});

test("every operation needs fewer frames than with CRC in software", () => {
  for (const { operation, ours, planA } of countSpi()) {
    assert.ok(ours.frames < planA.frames, `${operation}: ${ours.frames} of ${planA.frames}`);
  }
});

test("on an interpreter the transaction stays within 100 ms, polls included", () => {
  const { frames, durationMs } = measureTransaction(INTERPRETED_FRAME_OVERHEAD_US);
  assert.ok(durationMs < 100, `${durationMs} ms`);
  assert.ok(frames < 600, `${frames} frames`);
});

test.run();
