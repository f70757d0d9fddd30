/**
 * AES-SIV (RFC 5297) in the one shape the card needs: a single associated-data string of exactly
 * 16 bytes and a plaintext of one or more whole blocks. Everything that depends on the key alone is
 * prepared once, so sealing costs four engine calls and no loop.
 */
import type { AesEngine } from "./aes-engine";
import {
  type Blocks,
  type Bytes,
  copyAll,
  copyBytes,
  equalBlocks,
  newBlocks,
  newBytes,
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
  macSubkey: Blocks;
  /** double(CMAC(zero)) of S2V, already XORed with `macSubkey`. */
  readonly finalMask: Blocks;
}

const block = newBlocks(1);
/** The IV that a record came with, and what it is. */
const received = newBlocks(1);
const syntheticIv = newBlocks(1);

/** An unusable all-zero key record to be filled and prepared. */
export function createSivKey(): SivKey {
  return {
    macKey: newBytes(BLOCK_BYTES),
    ctrKey: newBytes(BLOCK_BYTES),
    macSubkey: newBlocks(1),
    finalMask: newBlocks(1),
  };
}

/** Computes the masks from `macKey`. */
export function prepareSivKey(aes: AesEngine, key: SivKey): void {
  key.macSubkey = firstSubkey(aes, key.macKey);
  const mask = key.finalMask.bytes;
  clearChain(mask);
  // CMAC of the zero block: the block masked by the subkey is the subkey itself.
  aes.cbcMac(key.macKey, key.macSubkey.bytes, 0, BLOCK_BYTES, mask);
  doubleBlock(mask, mask);
  xorBlock(key.finalMask, 0, key.macSubkey);
}

/** Zeroes a key that is no longer needed. */
export function wipeSivKey(key: SivKey): void {
  clearChain(key.macKey);
  clearChain(key.ctrKey);
  clearChain(key.macSubkey.bytes);
  clearChain(key.finalMask.bytes);
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
  copyAll(syntheticIv.bytes, record, offset);
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
  copyBytes(record, offset, received.bytes, 0, BLOCK_BYTES);
  if (equalBlocks(syntheticIv, received)) return Status.Ok;
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
  const counter = block.bytes;
  copyBytes(record, offset, counter, 0, BLOCK_BYTES);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  aes.ctr(key.ctrKey, counter, record, offset + BLOCK_BYTES, textBytes);
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
  const chain = syntheticIv.bytes;
  copyAll(associatedData, block.bytes, 0);
  xorBlock(block, 0, key.macSubkey);
  clearChain(chain);
  aes.cbcMac(key.macKey, block.bytes, 0, BLOCK_BYTES, chain);
  // The last block of the text lies `textBytes` behind the IV's first byte.
  copyBytes(record, offset + textBytes, block.bytes, 0, BLOCK_BYTES);
  xorBlock(block, 0, syntheticIv);
  xorBlock(block, 0, key.finalMask);
  clearChain(chain);
  const headBytes = textBytes - BLOCK_BYTES;
  if (headBytes > 0) aes.cbcMac(key.macKey, record, offset + BLOCK_BYTES, headBytes, chain);
  aes.cbcMac(key.macKey, block.bytes, 0, BLOCK_BYTES, chain);
}
