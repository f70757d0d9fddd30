/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B). The message is never copied: all blocks but the last go to
 * the engine where they lie, the last one is built in a scratch block, so a MAC costs one loop of
 * 16 steps and two engine calls (one for messages up to 16 bytes). The subkeys of the keys used
 * last are kept: a tap asks for those of the same three again and again.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, fillBytes, newBytes, textOf } from "./bytes";

export const BLOCK_BYTES = 16;

/** Sector and seal master, and the journal's key. */
const KEPT_COUNT = 3;
const keptKeys: string[] = [];
/** Their subkeys for a last block that is not full (RFC 4493, 2.3), which nearly all are. */
const keptSubkeys: Bytes[] = [];
let oldest = 0;
const block = newBytes(BLOCK_BYTES);
const chain = newBytes(BLOCK_BYTES);

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
  const headBytes = Math.floor(Math.max(lengthBytes - 1, 0) / BLOCK_BYTES) * BLOCK_BYTES;
  const tailBytes = lengthBytes - headBytes;
  let mask = tailBytes === BLOCK_BYTES ? undefined : keptSubkey(aes, key);
  if (mask === undefined) {
    mask = newBytes(BLOCK_BYTES);
    firstSubkey(aes, key, mask);
  }
  fillBytes(chain, 0, BLOCK_BYTES, 0);
  if (headBytes > 0) aes.cbcMac(key, message, offset, headBytes, chain, 0);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = i < tailBytes ? message[offset + headBytes + i] : i === tailBytes ? 0x80 : 0;
    block[i] = byte ^ chain[i] ^ mask[i];
  }
  aes.cbcMac(key, block, 0, BLOCK_BYTES, out, outOffset);
}

function keptSubkey(aes: AesEngine, key: Bytes): Bytes {
  const text = textOf(key);
  const found = keptKeys.indexOf(text);
  if (found >= 0) return keptSubkeys[found];
  const subkey = newBytes(BLOCK_BYTES);
  firstSubkey(aes, key, subkey);
  doubleBlock(subkey, subkey);
  keptKeys[oldest] = text;
  keptSubkeys[oldest] = subkey;
  oldest = (oldest + 1) % KEPT_COUNT;
  return subkey;
}

/** K1 = double(AES(key, 0)) (RFC 4493, 2.3). */
export function firstSubkey(aes: AesEngine, key: Bytes, out: Bytes): void {
  fillBytes(block, 0, BLOCK_BYTES, 0);
  aes.cbcMac(key, block, 0, BLOCK_BYTES, out, 0);
  doubleBlock(out, out);
}

/** Multiplies by x modulo x^128+x^7+x^2+x+1, most significant byte first; works in place. */
export function doubleBlock(from: Bytes, out: Bytes): void {
  let carry = from[0] >= 0x80 ? 0x87 : 0;
  for (let i = BLOCK_BYTES - 1; i >= 0; i--) {
    const doubled = from[i] * 2;
    out[i] = (doubled & 0xff) ^ carry;
    carry = doubled >> 8;
  }
}
