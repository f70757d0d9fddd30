/**
 * AES-SIV (RFC 5297) in the one shape the card needs: a single associated-data string of exactly
 * 16 bytes and a plaintext of one or more whole blocks. Everything that depends on the key alone is
 * prepared once, so sealing costs three loops of 16 steps and four engine calls.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, equalBytes, fillBytes, newBytes } from "./bytes";
import { BLOCK_BYTES, doubleBlock, firstSubkey } from "./cmac";
import { Status } from "./status";

/** A key pair with its precomputed masks. Fill `macKey` and `ctrKey`, then `prepareSivKey`. */
export interface SivKey {
  /** K1 of RFC 5297, 2.6: the leading half, for S2V. */
  readonly macKey: Bytes;
  /** K2 of RFC 5297, 2.6: the trailing half, for CTR. */
  readonly ctrKey: Bytes;
  /** First CMAC subkey of `macKey`. */
  readonly macSubkey: Bytes;
  /** double(CMAC(zero)) of S2V, already XORed with `macSubkey`. */
  readonly finalMask: Bytes;
}

const macBlock = newBytes(BLOCK_BYTES);
const dataMac = newBytes(BLOCK_BYTES);
const chain = newBytes(BLOCK_BYTES);
const syntheticIv = newBytes(BLOCK_BYTES);
const counter = newBytes(BLOCK_BYTES);

/** An unusable all-zero key record to be filled and prepared. */
export function createSivKey(): SivKey {
  return {
    macKey: newBytes(BLOCK_BYTES),
    ctrKey: newBytes(BLOCK_BYTES),
    macSubkey: newBytes(BLOCK_BYTES),
    finalMask: newBytes(BLOCK_BYTES),
  };
}

/** Computes the masks from `macKey`. */
export function prepareSivKey(aes: AesEngine, key: SivKey): void {
  firstSubkey(aes, key.macKey, key.macSubkey);
  // CMAC of the zero block: the block masked by the subkey is the subkey itself.
  aes.cbcMac(key.macKey, key.macSubkey, 0, BLOCK_BYTES, key.finalMask, 0);
  doubleBlock(key.finalMask, key.finalMask);
  for (let i = 0; i < BLOCK_BYTES; i++) key.finalMask[i] ^= key.macSubkey[i];
}

/** Zeroes a key that is no longer needed. */
export function wipeSivKey(key: SivKey): void {
  fillBytes(key.macKey, 0, BLOCK_BYTES, 0);
  fillBytes(key.ctrKey, 0, BLOCK_BYTES, 0);
  fillBytes(key.macSubkey, 0, BLOCK_BYTES, 0);
  fillBytes(key.finalMask, 0, BLOCK_BYTES, 0);
}

/**
 * Encrypts `data[offset .. offset+lengthBytes)` in place and stores the 16-byte synthetic IV at
 * `tagOut[tagOffset]`. `associatedData` is 16 bytes, `lengthBytes` a positive multiple of 16.
 */
export function sivSeal(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  data: Bytes,
  offset: number,
  lengthBytes: number,
  tagOut: Bytes,
  tagOffset: number,
): void {
  stringToVector(aes, key, associatedData, data, offset, lengthBytes);
  copyBytes(syntheticIv, 0, tagOut, tagOffset, BLOCK_BYTES);
  applyKeyStream(aes, key, tagOut, tagOffset, data, offset, lengthBytes);
}

/**
 * Decrypts in place what `sivSeal` made. `BadSeal` leaves `data` byte for byte as it was, so
 * unauthenticated plaintext is never handed out.
 */
export function sivOpen(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  data: Bytes,
  offset: number,
  lengthBytes: number,
  tag: Bytes,
  tagOffset: number,
): Status {
  applyKeyStream(aes, key, tag, tagOffset, data, offset, lengthBytes);
  stringToVector(aes, key, associatedData, data, offset, lengthBytes);
  if (equalBytes(syntheticIv, 0, tag, tagOffset, BLOCK_BYTES)) return Status.Ok;
  applyKeyStream(aes, key, tag, tagOffset, data, offset, lengthBytes);
  return Status.BadSeal;
}

/**
 * The CTR half of SIV, its own inverse: sealed bytes become plain and plain bytes sealed. The two
 * cleared bits let engines count in 32-bit words (RFC 5297, 2.5).
 */
export function applyKeyStream(
  aes: AesEngine,
  key: SivKey,
  tag: Bytes,
  tagOffset: number,
  data: Bytes,
  offset: number,
  lengthBytes: number,
): void {
  copyBytes(tag, tagOffset, counter, 0, BLOCK_BYTES);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  aes.ctr(key.ctrKey, counter, data, offset, lengthBytes);
}

/** S2V (RFC 5297, 2.4) into `syntheticIv`: all XORs of the last block collapse into one loop. */
function stringToVector(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  plaintext: Bytes,
  offset: number,
  lengthBytes: number,
): void {
  for (let i = 0; i < BLOCK_BYTES; i++) macBlock[i] = associatedData[i] ^ key.macSubkey[i];
  aes.cbcMac(key.macKey, macBlock, 0, BLOCK_BYTES, dataMac, 0);
  const headBytes = lengthBytes - BLOCK_BYTES;
  if (headBytes > 0) aes.cbcMac(key.macKey, plaintext, offset, headBytes, chain, 0);
  else fillBytes(chain, 0, BLOCK_BYTES, 0);
  const last = offset + headBytes;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    macBlock[i] = plaintext[last + i] ^ chain[i] ^ dataMac[i] ^ key.finalMask[i];
  }
  aes.cbcMac(key.macKey, macBlock, 0, BLOCK_BYTES, syntheticIv, 0);
}
