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

const block = newBytes(BLOCK_BYTES);
const chain = newBytes(BLOCK_BYTES);
const syntheticIv = newBytes(BLOCK_BYTES);

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
 * Seals in place: `record[offset]` has 16 bytes for the synthetic IV and behind it the plaintext.
 * `associatedData` is 16 bytes, `textBytes` a positive multiple of 16.
 */
export function sivSeal(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  record: Bytes,
  offset: number,
  textBytes: number,
): void {
  stringToVector(aes, key, associatedData, record, offset, textBytes);
  copyBytes(syntheticIv, 0, record, offset, BLOCK_BYTES);
  applyKeyStream(aes, key, record, offset, textBytes);
}

/**
 * Opens in place what `sivSeal` made. `BadSeal` leaves `record` byte for byte as it was, so
 * unauthenticated plaintext is never handed out.
 */
export function sivOpen(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  record: Bytes,
  offset: number,
  textBytes: number,
): Status {
  applyKeyStream(aes, key, record, offset, textBytes);
  stringToVector(aes, key, associatedData, record, offset, textBytes);
  if (equalBytes(syntheticIv, 0, record, offset, BLOCK_BYTES)) return Status.Ok;
  applyKeyStream(aes, key, record, offset, textBytes);
  return Status.BadSeal;
}

/**
 * The CTR half of SIV, its own inverse: sealed bytes become plain and plain bytes sealed. The two
 * cleared bits let engines count in 32-bit words (RFC 5297, 2.5).
 */
export function applyKeyStream(
  aes: AesEngine,
  key: SivKey,
  record: Bytes,
  offset: number,
  textBytes: number,
): void {
  copyBytes(record, offset, block, 0, BLOCK_BYTES);
  block[8] &= 0x7f;
  block[12] &= 0x7f;
  aes.ctr(key.ctrKey, block, record, offset + BLOCK_BYTES, textBytes);
}

/** S2V (RFC 5297, 2.4) into `syntheticIv`: all XORs of the last block collapse into one loop. */
function stringToVector(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  record: Bytes,
  offset: number,
  textBytes: number,
): void {
  for (let i = 0; i < BLOCK_BYTES; i++) block[i] = associatedData[i] ^ key.macSubkey[i];
  aes.cbcMac(key.macKey, block, 0, BLOCK_BYTES, syntheticIv, 0);
  const headBytes = textBytes - BLOCK_BYTES;
  fillBytes(chain, 0, BLOCK_BYTES, 0);
  if (headBytes > 0) aes.cbcMac(key.macKey, record, offset + BLOCK_BYTES, headBytes, chain, 0);
  // The last block of the text lies `textBytes` behind the IV's first byte.
  for (let i = 0; i < BLOCK_BYTES; i++) {
    block[i] = record[offset + textBytes + i] ^ chain[i] ^ syntheticIv[i] ^ key.finalMask[i];
  }
  aes.cbcMac(key.macKey, block, 0, BLOCK_BYTES, syntheticIv, 0);
}
