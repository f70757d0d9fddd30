// Known answers, and agreement with a bitwise twin on random input.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crc32 } from "./crc32";

test("the check value of the CRC catalogue (CRC-32/ISO-HDLC)", () => {
  const digits = new TextEncoder().encode("123456789");
  assert.is(crc32(digits, 0, 9), 0xcbf43926);
});

test("empty input and offsets", () => {
  const digits = new TextEncoder().encode("xx123456789yy");
  assert.is(crc32(digits, 3, 0), 0);
  assert.is(crc32(digits, 2, 9), 0xcbf43926);
});

test("agrees with a bitwise twin on random input", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.is(crc32(bytes, 0, bytes.length), bitwiseCrc32(bytes));
    }),
    { seed: 20, numRuns: 200 },
  );
});

/** The definition, one bit at a time. */
function bitwiseCrc32(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      register = register & 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
    }
  }
  return (register ^ 0xffffffff) >>> 0;
}

test.run();
