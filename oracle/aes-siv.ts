/**
 * AES-CMAC (RFC 4493) and AES-SIV (RFC 5297) over the AES of node:crypto, written a second time so
 * that the oracle depends on none of the code it judges.
 */
import { type Cipher, createCipheriv } from "node:crypto";

const BLOCK_BYTES = 16;
const ZERO = Buffer.alloc(BLOCK_BYTES);

/** One AES-128 key with its CMAC subkeys. */
export class AesKey {
  private readonly ecb: Cipher;
  private readonly whole: Buffer;
  private readonly padded: Buffer;

  constructor(readonly bytes: Uint8Array) {
    this.ecb = createCipheriv("aes-128-ecb", bytes, null).setAutoPadding(false);
    this.whole = doubled(this.ecb.update(ZERO));
    this.padded = doubled(this.whole);
  }

  /** 16 bytes of RFC 4493. */
  cmac(message: Uint8Array): Buffer {
    const blocks = Math.max(1, Math.ceil(message.length / BLOCK_BYTES));
    const input = Buffer.alloc(blocks * BLOCK_BYTES);
    input.set(message);
    const isWhole = message.length === input.length;
    if (!isWhole) input[message.length] = 0x80;
    const last = input.length - BLOCK_BYTES;
    const subkey = isWhole ? this.whole : this.padded;
    for (let i = 0; i < BLOCK_BYTES; i++) input[last + i] ^= subkey[i];
    return createCipheriv("aes-128-cbc", this.bytes, ZERO).update(input).subarray(last);
  }

  /** Encrypts or decrypts in counter mode. */
  ctr(counter: Uint8Array, data: Uint8Array): Buffer {
    return createCipheriv("aes-128-ctr", this.bytes, counter).update(data);
  }
}

export interface SivKeys {
  mac: AesKey;
  ctr: AesKey;
}

/** Synthetic IV and ciphertext. `plaintext` has at least 16 bytes. */
export function sivSeal(keys: SivKeys, associated: Uint8Array, plaintext: Uint8Array): Buffer {
  const tag = syntheticIv(keys.mac, associated, plaintext);
  return Buffer.concat([tag, keys.ctr.ctr(counterOf(tag), plaintext)]);
}

/** The plaintext, or undefined when the seal is not right. */
export function sivOpen(
  keys: SivKeys,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const tag = sealed.subarray(0, BLOCK_BYTES);
  const plaintext = keys.ctr.ctr(counterOf(tag), sealed.subarray(BLOCK_BYTES));
  return syntheticIv(keys.mac, associated, plaintext).equals(tag) ? plaintext : undefined;
}

/** RFC 5297, 2.4: S2V of one associated string and a plaintext of at least one block. */
function syntheticIv(key: AesKey, associated: Uint8Array, plaintext: Uint8Array): Buffer {
  const mixed = doubled(key.cmac(ZERO));
  const second = key.cmac(associated);
  const last = Buffer.from(plaintext);
  const end = last.length - BLOCK_BYTES;
  for (let i = 0; i < BLOCK_BYTES; i++) last[end + i] ^= mixed[i] ^ second[i];
  return key.cmac(last);
}

/** RFC 5297, 2.5: two bits cleared. */
function counterOf(tag: Uint8Array): Buffer {
  const counter = Buffer.from(tag);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  return counter;
}

/** Multiplication by x in GF(2^128), RFC 4493, 2.3. */
function doubled(block: Uint8Array): Buffer {
  const out = Buffer.alloc(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const next = i + 1 < BLOCK_BYTES ? block[i + 1] >> 7 : 0;
    out[i] = (block[i] << 1) | next;
  }
  if (block[0] > 127) out[BLOCK_BYTES - 1] ^= 0x87;
  return out;
}
