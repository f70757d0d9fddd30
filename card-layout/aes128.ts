/**
 * AES-128 encryption (FIPS 197) for engines without native AES: CBC-MAC and CTR, the two operations
 * of `AesEngine`. One 256-word table serves SubBytes and MixColumns together; the other three
 * columns of the usual four tables are its byte rotations. Table look-ups are not constant in time:
 * an attacker who can measure the pad that finely already holds it.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, newBytes } from "./bytes";

const BLOCK_BYTES = 16;
const KEY_WORDS = 4;
const SCHEDULE_WORDS = 44;
const LAST_ROUND = 40;
/** A tap alternates between the masters, the card's two seal keys and the journal key. */
const CACHED_KEYS = 6;

interface ExpandedKey {
  readonly key: Bytes;
  /** 44 words, byte 0 of a column in the low byte. */
  readonly words: number[];
}

/** Creates an engine with its own table and key cache (about 5 KB on Node). */
export function createPortableAes(): AesEngine {
  const table = createRoundTable();
  const cache: ExpandedKey[] = [];
  const counterBlock = newBytes(BLOCK_BYTES);
  const keyStream = newBytes(BLOCK_BYTES);
  let oldest = 0;

  function expanded(key: Bytes): number[] {
    for (let i = 0; i < cache.length; i++) {
      if (isSameKey(cache[i].key, key)) return cache[i].words;
    }
    if (cache.length < CACHED_KEYS) {
      cache.push({ key: newBytes(BLOCK_BYTES), words: [] });
      oldest = cache.length - 1;
    } else {
      oldest = (oldest + 1) % CACHED_KEYS;
    }
    copyBytes(key, 0, cache[oldest].key, 0, BLOCK_BYTES);
    expandKey(table, key, cache[oldest].words);
    return cache[oldest].words;
  }

  return {
    cbcMac(key, message, offset, lengthBytes, out, outOffset) {
      const words = expanded(key);
      const end = offset + lengthBytes;
      encryptBlock(table, words, message, offset, undefined, out, outOffset);
      for (let at = offset + BLOCK_BYTES; at < end; at += BLOCK_BYTES) {
        copyBytes(out, outOffset, keyStream, 0, BLOCK_BYTES);
        encryptBlock(table, words, message, at, keyStream, out, outOffset);
      }
    },
    ctr(key, counter, data, offset, lengthBytes) {
      const words = expanded(key);
      copyBytes(counter, 0, counterBlock, 0, BLOCK_BYTES);
      for (let done = 0; done < lengthBytes; done += BLOCK_BYTES) {
        encryptBlock(table, words, counterBlock, 0, undefined, keyStream, 0);
        const size = Math.min(lengthBytes - done, BLOCK_BYTES);
        for (let i = 0; i < size; i++) data[offset + done + i] ^= keyStream[i];
        increment(counterBlock);
      }
    },
  };
}

function increment(counter: Bytes): void {
  for (let i = BLOCK_BYTES - 1; i >= 0; i--) {
    counter[i] = (counter[i] + 1) & 0xff;
    if (counter[i] !== 0) return;
  }
}

/** Word x is the column (2s, s, s, 3s) of s = S-box(x), low byte first (5.1.1, 5.1.3). */
function createRoundTable(): number[] {
  const table: number[] = [];
  for (let i = 0; i < 256; i++) table.push(0);
  // p runs through all powers of 3 while q runs through their inverses, so S-box(p) needs only q.
  let p = 1;
  let q = 1;
  for (let i = 0; i < 255; i++) {
    table[p] = roundWord(affine(q));
    p = p ^ double(p);
    q = divideByThree(q);
  }
  table[0] = roundWord(0x63);
  return table;
}

function double(value: number): number {
  return ((value << 1) & 0xff) ^ (value >= 0x80 ? 0x1b : 0);
}

/** Multiplies by 0xF6, the inverse of 3 modulo x^8+x^4+x^3+x+1. */
function divideByThree(value: number): number {
  let q = value;
  q ^= (q << 1) & 0xff;
  q ^= (q << 2) & 0xff;
  q ^= (q << 4) & 0xff;
  return q >= 0x80 ? q ^ 0x09 : q;
}

/** The affine half of SubBytes (5.1.1). */
function affine(q: number): number {
  const doubled = q * 257;
  return (q ^ (doubled >> 7) ^ (doubled >> 6) ^ (doubled >> 5) ^ (doubled >> 4) ^ 0x63) & 0xff;
}

function roundWord(s: number): number {
  const s2 = double(s);
  return s2 | (s << 8) | (s << 16) | ((s2 ^ s) << 24);
}

function rotateUp(word: number): number {
  return (word << 8) | ((word >> 24) & 0xff);
}

function substitute(table: number[], byte: number): number {
  return (table[byte & 0xff] >> 8) & 0xff;
}

function loadWord(from: Bytes, offset: number): number {
  return (
    from[offset] | (from[offset + 1] << 8) | (from[offset + 2] << 16) | (from[offset + 3] << 24)
  );
}

/** Key expansion (5.2) into `words`. */
function expandKey(table: number[], key: Bytes, words: number[]): void {
  for (let i = 0; i < KEY_WORDS; i++) words[i] = loadWord(key, 4 * i);
  let roundConstant = 1;
  for (let i = KEY_WORDS; i < SCHEDULE_WORDS; i++) {
    let word = words[i - 1];
    if (i % KEY_WORDS === 0) {
      word = lastColumn(table, word >> 8, word >> 16, word >> 24, word) ^ roundConstant;
      roundConstant = double(roundConstant);
    }
    words[i] = words[i - KEY_WORDS] ^ word;
  }
}

/** One column of SubBytes and ShiftRows without MixColumns; each argument's low byte counts. */
function lastColumn(table: number[], a: number, b: number, c: number, d: number): number {
  return (
    substitute(table, a) |
    (substitute(table, b) << 8) |
    (substitute(table, c) << 16) |
    (substitute(table, d) << 24)
  );
}

/** One column of SubBytes, ShiftRows and MixColumns; rows come from four neighbouring columns. */
function column(table: number[], a: number, b: number, c: number, d: number): number {
  const bcd =
    table[(b >> 8) & 0xff] ^ rotateUp(table[(c >> 16) & 0xff] ^ rotateUp(table[(d >> 24) & 0xff]));
  return table[a & 0xff] ^ rotateUp(bcd);
}

/** Encrypts `from ^ chain` (no chain: just `from`) into `out`; the buffers may be the same. */
function encryptBlock(
  table: number[],
  words: number[],
  from: Bytes,
  offset: number,
  chain: Bytes | undefined,
  out: Bytes,
  outOffset: number,
): void {
  let a = loadWord(from, offset) ^ words[0];
  let b = loadWord(from, offset + 4) ^ words[1];
  let c = loadWord(from, offset + 8) ^ words[2];
  let d = loadWord(from, offset + 12) ^ words[3];
  if (chain !== undefined) {
    a ^= loadWord(chain, 0);
    b ^= loadWord(chain, 4);
    c ^= loadWord(chain, 8);
    d ^= loadWord(chain, 12);
  }
  for (let i = 4; i < LAST_ROUND; i += 4) {
    const nextA = column(table, a, b, c, d) ^ words[i];
    const nextB = column(table, b, c, d, a) ^ words[i + 1];
    const nextC = column(table, c, d, a, b) ^ words[i + 2];
    d = column(table, d, a, b, c) ^ words[i + 3];
    a = nextA;
    b = nextB;
    c = nextC;
  }
  storeLast(table, words[LAST_ROUND], a, b, c, d, out, outOffset);
  storeLast(table, words[LAST_ROUND + 1], b, c, d, a, out, outOffset + 4);
  storeLast(table, words[LAST_ROUND + 2], c, d, a, b, out, outOffset + 8);
  storeLast(table, words[LAST_ROUND + 3], d, a, b, c, out, outOffset + 12);
}

function storeLast(
  table: number[],
  roundKey: number,
  a: number,
  b: number,
  c: number,
  d: number,
  out: Bytes,
  outOffset: number,
): void {
  const word = lastColumn(table, a, b >> 8, c >> 16, d >> 24) ^ roundKey;
  out[outOffset] = word & 0xff;
  out[outOffset + 1] = (word >> 8) & 0xff;
  out[outOffset + 2] = (word >> 16) & 0xff;
  out[outOffset + 3] = (word >> 24) & 0xff;
}

/** Stops at the first difference, unlike `equalBytes`: keys in a cache differ in their first byte
 * and each step of a loop costs time on the pad. Both keys are the pad's own, so timing tells
 * nobody anything. */
function isSameKey(a: Bytes, b: Bytes): boolean {
  for (let i = 0; i < 16; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
