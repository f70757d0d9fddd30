// The host's AES, the one of tables and the portable one are the same cipher.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "../card-layout/aes-engine";
import { createPortableAes } from "../card-layout/aes128";
import { crc32 } from "../firmware/core/crc32";
import { createNativeAes } from "./native-aes";
import { createTableAes } from "./quick/table-aes";
import { tableCrc32 } from "./quick/table-crc32";
import { Rng } from "./rng";

for (const [name, engine] of [
  ["native", createNativeAes()],
  ["tables", createTableAes()],
] as const) {
  test(`${name}: CBC-MAC and CTR agree with the portable engine, at offsets and in place`, () => {
    compare(engine);
  });
}

test("the table of CRC-32 agrees with the portable one", () => {
  const bytes = new Rng("crc").bytes(300);
  for (let length = 0; length < 100; length++) {
    assert.is(tableCrc32(bytes, length, length), crc32(bytes, length, length));
  }
});

function compare(native: AesEngine): void {
  const rng = new Rng("native-aes");
  const portable = createPortableAes();
  for (let round = 0; round < 40; round++) {
    const key = rng.bytes(16);
    const message = rng.bytes(90);
    const lengthBytes = 16 * (1 + rng.below(5));
    const chain = rng.bytes(16);
    const chains = [chain, chain.slice()];
    native.cbcMac(key, message, 7, lengthBytes, chains[0]);
    portable.cbcMac(key, message, 7, lengthBytes, chains[1]);
    assert.equal(chains[0], chains[1]);
    const counter = rng.bytes(16);
    const other = message.slice();
    native.ctr(key, counter, message, 5, 61);
    portable.ctr(key, counter, other, 5, 61);
    assert.equal(message, other);
  }
}

test.run();
