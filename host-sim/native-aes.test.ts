// The host's AES and the portable one are the same cipher.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../card-layout/aes128";
import { createNativeAes } from "./native-aes";
import { Rng } from "./rng";

test("CBC-MAC and CTR agree with the portable engine, at offsets and in place", () => {
  const rng = new Rng("native-aes");
  const native = createNativeAes();
  const portable = createPortableAes();
  for (let round = 0; round < 40; round++) {
    const key = rng.bytes(16);
    const message = rng.bytes(90);
    const lengthBytes = 16 * (1 + rng.below(5));
    const macs = [new Uint8Array(20), new Uint8Array(20)];
    native.cbcMac(key, message, 7, lengthBytes, macs[0], 3);
    portable.cbcMac(key, message, 7, lengthBytes, macs[1], 3);
    assert.equal(macs[0], macs[1]);
    const counter = rng.bytes(16);
    const other = message.slice();
    native.ctr(key, counter, message, 5, 61);
    portable.ctr(key, counter, other, 5, 61);
    assert.equal(message, other);
  }
});

test.run();
