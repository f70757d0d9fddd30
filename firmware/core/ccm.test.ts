import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../../card-layout/aes128";
import { Status } from "../../card-layout/status";
import { CCM_AAD_OFFSET, CCM_TAG_BYTES, ccmDataOffset, ccmOpen, ccmSeal } from "./ccm";

interface Vector {
  source: string;
  key: string;
  nonce: string;
  aad: string;
  plaintext: string;
  ciphertext: string;
  tag: string;
}

const vectorFile = new URL("vectors/ccm.json", import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(vectorFile, "utf8")).vectors;
const aes = createPortableAes();

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

function place(aad: Uint8Array, content: Uint8Array): Uint8Array {
  const work = new Uint8Array(ccmDataOffset(aad.length) + content.length + CCM_TAG_BYTES).fill(
    0xee,
  );
  work.set(aad, CCM_AAD_OFFSET);
  work.set(content, ccmDataOffset(aad.length));
  return work;
}

function pattern(lengthBytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 29 + seed * 53 + (i >> 4)) % 256);
}

test("published vectors of NIST, RFC 3610 and cose-wg", () => {
  for (const vector of vectors) {
    const aad = fromHex(vector.aad);
    const plaintext = fromHex(vector.plaintext);
    const work = place(aad, plaintext);
    const key = fromHex(vector.key);
    const nonce = fromHex(vector.nonce);
    ccmSeal(aes, key, nonce, work, aad.length, plaintext.length);
    const start = ccmDataOffset(aad.length);
    const sealed = Buffer.from(work.subarray(start)).toString("hex");
    assert.is(sealed.slice(0, 2 * plaintext.length), vector.ciphertext, vector.source);
    if (vector.tag !== "") assert.is(sealed.slice(2 * plaintext.length), vector.tag, vector.source);
    assert.is(ccmOpen(aes, key, nonce, work, aad.length, plaintext.length), Status.Ok);
    assert.equal(work.slice(start, start + plaintext.length), plaintext);
  }
});

test("equals node:crypto for every length around the blocks, up to a whole batch", () => {
  const lengths = [...Array.from({ length: 70 }, (_, i) => i + 1), 255, 256, 768, 1024, 1040];
  for (const lengthBytes of lengths) {
    const aad = pattern(1 + (lengthBytes % 47), 3);
    const key = pattern(16, lengthBytes);
    const nonce = pattern(13, lengthBytes + 1);
    const plaintext = pattern(lengthBytes, 5);
    const work = place(aad, plaintext);
    ccmSeal(aes, key, nonce, work, aad.length, lengthBytes);
    const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 16 });
    cipher.setAAD(aad, { plaintextLength: lengthBytes });
    const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    assert.is(Buffer.compare(work.subarray(ccmDataOffset(aad.length)), expected), 0);
  }
});

test("a changed bit in data, tag, associated data, nonce or key refuses and wipes", () => {
  const aad = pattern(22, 1);
  const plaintext = pattern(20, 2);
  const start = ccmDataOffset(aad.length);
  const sealed = place(aad, plaintext);
  const key = pattern(16, 3);
  const nonce = pattern(13, 4);
  ccmSeal(aes, key, nonce, sealed, aad.length, plaintext.length);
  const ciphertext = sealed.slice(start);
  const inputs = { ciphertext, aad, nonce, key };
  for (const name of Object.keys(inputs) as (keyof typeof inputs)[]) {
    for (let bit = 0; bit < inputs[name].length * 8; bit += 3) {
      const changed = { ...inputs, [name]: Uint8Array.from(inputs[name]) };
      changed[name][bit >> 3] ^= 1 << (bit & 7);
      const work = place(changed.aad, changed.ciphertext.subarray(0, plaintext.length));
      work.set(changed.ciphertext, start);
      const status = ccmOpen(aes, changed.key, changed.nonce, work, aad.length, plaintext.length);
      assert.is(status, Status.BadSeal);
      assert.ok(work.subarray(start, start + plaintext.length).every((byte) => byte === 0));
    }
  }
});

test.run();
