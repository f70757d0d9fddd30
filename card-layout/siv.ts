/**
 * AES-SIV (RFC 5297) in the one shape the card needs: a single associated-data string of exactly
 * 16 bytes and a plaintext of one or more whole blocks. Everything that depends on the key alone is
 * prepared once, so sealing costs four engine calls and no loop.
 */
import type { AesEngine } from "./aes-engine";
import {
  type Bytes,
  copyAll,
  copyBytes,
  equalBytes,
  newBytes,
  newWords,
  type Words,
  wordsOf,
  xorBlock,
} from "./bytes";
import { BLOCK_BYTES, clearChain, doubleBlock, firstSubkey } from "./cmac";
import { Status } from "./status";

/** A key pair with its precomputed masks. Fill `macKey` and `ctrKey`, then `prepareSivKey`. */
export interface SivKey {
  /** K1 of RFC 5297, 2.6: the leading half, for S2V. */
  readonly macKey: Bytes;
  /** K2 of RFC 5297, 2.6: the trailing half, for CTR. */
  readonly ctrKey: Bytes;
  /** First CMAC subkey of `macKey`. */
  macSubkey: Words;
  /** double(CMAC(zero)) of S2V, already XORed with `macSubkey`. */
  finalMask: Words;
}

const block = newBytes(BLOCK_BYTES);
const blockWords = wordsOf(block);
const syntheticIv = newBytes(BLOCK_BYTES);
const syntheticWords = wordsOf(syntheticIv);

/** An unusable all-zero key record to be filled and prepared. */
export function createSivKey(): SivKey {
  return {
    macKey: newBytes(BLOCK_BYTES),
    ctrKey: newBytes(BLOCK_BYTES),
    macSubkey: newWords(4),
    finalMask: newWords(4),
  };
}

/** Computes the masks from `macKey`. */
export function prepareSivKey(aes: AesEngine, key: SivKey): void {
  const subkey = firstSubkey(aes, key.macKey);
  const mask = newBytes(BLOCK_BYTES);
  // CMAC of the zero block: the block masked by the subkey is the subkey itself.
  aes.cbcMac(key.macKey, subkey, 0, BLOCK_BYTES, mask);
  doubleBlock(mask, mask);
  key.macSubkey = wordsOf(subkey);
  key.finalMask = wordsOf(mask);
  xorBlock(key.finalMask, 0, key.macSubkey);
}

/** Zeroes a key that is no longer needed. */
export function wipeSivKey(key: SivKey): void {
  clearChain(key.macKey);
  clearChain(key.ctrKey);
  xorBlock(key.macSubkey, 0, key.macSubkey);
  xorBlock(key.finalMask, 0, key.finalMask);
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
  copyAll(syntheticIv, record, offset);
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

/** S2V (RFC 5297, 2.4) into `syntheticIv`: the engine chains, and all else are XORs of a block. */
function stringToVector(
  aes: AesEngine,
  key: SivKey,
  associatedData: Bytes,
  record: Bytes,
  offset: number,
  textBytes: number,
): void {
  copyAll(associatedData, block, 0);
  xorBlock(blockWords, 0, key.macSubkey);
  clearChain(syntheticIv);
  aes.cbcMac(key.macKey, block, 0, BLOCK_BYTES, syntheticIv);
  // The last block of the text lies `textBytes` behind the IV's first byte.
  copyBytes(record, offset + textBytes, block, 0, BLOCK_BYTES);
  xorBlock(blockWords, 0, syntheticWords);
  xorBlock(blockWords, 0, key.finalMask);
  clearChain(syntheticIv);
  const headBytes = textBytes - BLOCK_BYTES;
  if (headBytes > 0) aes.cbcMac(key.macKey, record, offset + BLOCK_BYTES, headBytes, syntheticIv);
  aes.cbcMac(key.macKey, block, 0, BLOCK_BYTES, syntheticIv);
}
