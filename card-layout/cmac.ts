/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B). The message is never copied: all blocks but the last go to
 * the engine where they lie, the last one is built in a scratch block, so a MAC costs one loop of
 * 16 steps and two engine calls (one for messages up to 16 bytes).
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, fillBytes, newBytes } from "./bytes";
import { isSameKey } from "./key-compare";

export const BLOCK_BYTES = 16;
/** The long-lived keys of a pad: sector master, seal masters old and new, journal. */
const CACHED_KEYS = 4;

/** The two subkeys of RFC 4493, 2.3: `k1` masks a full last block, `k2` a padded one. */
export interface CmacSubkeys {
  readonly key: Bytes;
  readonly k1: Bytes;
  readonly k2: Bytes;
}

const cache: CmacSubkeys[] = [];
let oldest = 0;
const chain = newBytes(BLOCK_BYTES);
const lastBlock = newBytes(BLOCK_BYTES);

/** Writes the 16-byte MAC of `message[offset .. offset+lengthBytes)`; the length may be 0. */
export function cmac(
  aes: AesEngine,
  key: Bytes,
  message: Bytes,
  offset: number,
  lengthBytes: number,
  out: Bytes,
  outOffset: number,
): void {
  const subkeys = cachedSubkeys(aes, key);
  const headBytes =
    lengthBytes > BLOCK_BYTES ? lengthBytes - 1 - ((lengthBytes - 1) % BLOCK_BYTES) : 0;
  const tailBytes = lengthBytes - headBytes;
  const mask = tailBytes === BLOCK_BYTES ? subkeys.k1 : subkeys.k2;
  for (let i = 0; i < tailBytes; i++) lastBlock[i] = mask[i] ^ message[offset + headBytes + i];
  if (tailBytes < BLOCK_BYTES) {
    copyBytes(mask, tailBytes, lastBlock, tailBytes, BLOCK_BYTES - tailBytes);
    lastBlock[tailBytes] ^= 0x80;
  }
  if (headBytes > 0) {
    aes.cbcMac(key, message, offset, headBytes, chain, 0);
    for (let i = 0; i < BLOCK_BYTES; i++) lastBlock[i] ^= chain[i];
  }
  aes.cbcMac(key, lastBlock, 0, BLOCK_BYTES, out, outOffset);
}

/** The subkeys of a long-lived key. The record is reused once four newer keys were asked for. */
export function cachedSubkeys(aes: AesEngine, key: Bytes): CmacSubkeys {
  for (let i = 0; i < cache.length; i++) {
    if (isSameKey(cache[i].key, key)) return cache[i];
  }
  if (cache.length < CACHED_KEYS) {
    cache.push({ key: newBytes(16), k1: newBytes(16), k2: newBytes(16) });
    oldest = cache.length - 1;
  } else {
    oldest = (oldest + 1) % CACHED_KEYS;
  }
  const subkeys = cache[oldest];
  copyBytes(key, 0, subkeys.key, 0, BLOCK_BYTES);
  firstSubkey(aes, key, subkeys.k1);
  doubleBlock(subkeys.k1, subkeys.k2);
  return subkeys;
}

/** K1 = double(AES(key, 0)) (RFC 4493, 2.3). */
export function firstSubkey(aes: AesEngine, key: Bytes, k1: Bytes): void {
  fillBytes(lastBlock, 0, BLOCK_BYTES, 0);
  aes.cbcMac(key, lastBlock, 0, BLOCK_BYTES, k1, 0);
  doubleBlock(k1, k1);
}

/** Multiplies by x modulo x^128+x^7+x^2+x+1, most significant byte first; works in place. */
export function doubleBlock(from: Bytes, out: Bytes): void {
  const reduction = from[0] >= 0x80 ? 0x87 : 0;
  for (let i = 0; i < BLOCK_BYTES - 1; i++) {
    out[i] = ((from[i] << 1) & 0xff) | (from[i + 1] >> 7);
  }
  out[BLOCK_BYTES - 1] = ((from[BLOCK_BYTES - 1] << 1) & 0xff) ^ reduction;
}
