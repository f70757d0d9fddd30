/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B). The last two blocks are built in scratch blocks and the
 * very last is masked there; the engine does the chaining. So a MAC of up to 32 bytes is one engine
 * call, a longer one two, and no loop. The subkeys of the keys used last are kept: a tap asks for
 * those of the same three again and again.
 */
import type { AesEngine } from "./aes-engine";
import {
  type Bytes,
  copyAll,
  copyBytes,
  newBytes,
  textOf,
  type Words,
  wordsOf,
  xorBlock,
} from "./bytes";

export const BLOCK_BYTES = 16;

/** Sector and seal master, and the journal's key. */
const KEPT_COUNT = 3;
const keptKeys: string[] = [];
/** Their subkeys for a last block that is not full (RFC 4493, 2.3), which nearly all are. */
const keptSubkeys: Words[] = [];
let oldest = 0;
/** Never written. */
const zeros = newBytes(BLOCK_BYTES);
/** The last two blocks of a message. */
const end = newBytes(2 * BLOCK_BYTES);
const endWords = wordsOf(end);
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
  const wholeBlocks = Math.floor((lengthBytes - 1) / BLOCK_BYTES);
  // Where the message's part in `end` begins: with its last block but one, if it has that.
  const start = wholeBlocks > 0 ? 0 : BLOCK_BYTES;
  const headBytes = Math.max(wholeBlocks - 1, 0) * BLOCK_BYTES;
  const endBytes = lengthBytes - headBytes;
  const isFull = start + endBytes === 2 * BLOCK_BYTES;
  const mask = isFull ? wordsOf(firstSubkey(aes, key)) : keptSubkey(aes, key);
  clearChain(chain);
  if (headBytes > 0) aes.cbcMac(key, message, offset, headBytes, chain);
  copyAll(zeros, end, BLOCK_BYTES);
  copyBytes(message, offset + headBytes, end, start, endBytes);
  if (!isFull) end[start + endBytes] = 0x80;
  xorBlock(endWords, 1, mask);
  aes.cbcMac(key, end, start, 2 * BLOCK_BYTES - start, chain);
  copyAll(chain, out, outOffset);
}

/** The IV of a new chain. */
export function clearChain(block: Bytes): void {
  copyAll(zeros, block, 0);
}

function keptSubkey(aes: AesEngine, key: Bytes): Words {
  const text = textOf(key);
  const found = keptKeys.indexOf(text);
  if (found >= 0) return keptSubkeys[found];
  const subkey = firstSubkey(aes, key);
  doubleBlock(subkey, subkey);
  const words = wordsOf(subkey);
  keptKeys[oldest] = text;
  keptSubkeys[oldest] = words;
  oldest = (oldest + 1) % KEPT_COUNT;
  return words;
}

/** K1 = double(AES(key, 0)) (RFC 4493, 2.3). */
export function firstSubkey(aes: AesEngine, key: Bytes): Bytes {
  const subkey = newBytes(BLOCK_BYTES);
  aes.cbcMac(key, zeros, 0, BLOCK_BYTES, subkey);
  doubleBlock(subkey, subkey);
  return subkey;
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
