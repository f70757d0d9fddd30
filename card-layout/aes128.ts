/**
 * AES-128 encryption (FIPS 197) for engines without native AES: CBC-MAC and CTR, the two operations
 * of `AesEngine`. The usual four tables serve SubBytes and MixColumns together, one for each row,
 * and no function is called within a round: an interpreter takes longer for that than for the
 * round. Table look-ups are not constant in time: an attacker who can measure the pad that finely
 * already holds it.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, newBytes, newWords, type Words } from "./bytes";

const BLOCK_BYTES = 16;
const KEY_WORDS = 4;
const SCHEDULE_WORDS = 44;
const LAST_ROUND = 40;
/** A tap alternates between the masters, the card's two seal keys and the journal key. */
const CACHED_KEYS = 6;

interface ExpandedKey {
  readonly key: Bytes;
  /** 44 words, byte 0 of a column in the low byte. */
  readonly words: Words;
}

/** S-box, and for each row what a byte adds to its column: (2s, s, s, 3s) for row 0. */
interface Tables {
  readonly box: Bytes;
  readonly row0: Words;
  readonly row1: Words;
  readonly row2: Words;
  readonly row3: Words;
}

/** Creates an engine with its own tables and key cache (about 6 KB). */
export function createPortableAes(): AesEngine {
  const tables = createTables();
  const cache: ExpandedKey[] = [];
  const counterBlock = newBytes(BLOCK_BYTES);
  const keyStream = newBytes(BLOCK_BYTES);
  let oldest = 0;

  function expanded(key: Bytes): Words {
    for (let i = 0; i < cache.length; i++) {
      if (isSameKey(cache[i].key, key)) return cache[i].words;
    }
    if (cache.length < CACHED_KEYS) {
      cache.push({ key: newBytes(BLOCK_BYTES), words: newWords(SCHEDULE_WORDS) });
      oldest = cache.length - 1;
    } else {
      oldest = (oldest + 1) % CACHED_KEYS;
    }
    copyBytes(key, 0, cache[oldest].key, 0, BLOCK_BYTES);
    expandKey(tables.box, key, cache[oldest].words);
    return cache[oldest].words;
  }

  return {
    cbcMac(key, message, offset, lengthBytes, chain) {
      const words = expanded(key);
      for (let at = offset; at < offset + lengthBytes; at += BLOCK_BYTES) {
        encryptBlock(tables, words, message, at, chain, chain);
      }
    },
    ctr(key, counter, data, offset, lengthBytes) {
      const words = expanded(key);
      copyBytes(counter, 0, counterBlock, 0, BLOCK_BYTES);
      for (let done = 0; done < lengthBytes; done += BLOCK_BYTES) {
        encryptBlock(tables, words, counterBlock, 0, undefined, keyStream);
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

function createTables(): Tables {
  const box = newBytes(256);
  // p runs through all powers of 3 while q runs through their inverses, so S-box(p) needs only q.
  let p = 1;
  let q = 1;
  for (let i = 0; i < 255; i++) {
    box[p] = affine(q);
    p = p ^ double(p);
    q = divideByThree(q);
  }
  box[0] = 0x63;
  const rows = [newWords(256), newWords(256), newWords(256), newWords(256)];
  for (let x = 0; x < 256; x++) {
    const s = box[x];
    const s2 = double(s);
    // Low byte first (5.1.1, 5.1.3); the next row's column is this one turned by a byte.
    let word = s2 | (s << 8) | (s << 16) | ((s2 ^ s) << 24);
    for (let row = 0; row < 4; row++) {
      rows[row][x] = word;
      word = (word << 8) | ((word >> 24) & 0xff);
    }
  }
  return { box, row0: rows[0], row1: rows[1], row2: rows[2], row3: rows[3] };
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

function loadWord(from: Bytes, offset: number): number {
  return (
    from[offset] | (from[offset + 1] << 8) | (from[offset + 2] << 16) | (from[offset + 3] << 24)
  );
}

/** Key expansion (5.2) into `words`. */
function expandKey(box: Bytes, key: Bytes, words: Words): void {
  for (let i = 0; i < KEY_WORDS; i++) words[i] = loadWord(key, 4 * i);
  let roundConstant = 1;
  for (let i = KEY_WORDS; i < SCHEDULE_WORDS; i++) {
    let word = words[i - 1];
    if (i % KEY_WORDS === 0) {
      word =
        (box[(word >> 8) & 0xff] ^ roundConstant) |
        (box[(word >> 16) & 0xff] << 8) |
        (box[(word >> 24) & 0xff] << 16) |
        (box[word & 0xff] << 24);
      roundConstant = double(roundConstant);
    }
    words[i] = words[i - KEY_WORDS] ^ word;
  }
}

/** Encrypts `from ^ chain` (no chain: just `from`) into `out`; the buffers may be the same. */
function encryptBlock(
  tables: Tables,
  words: Words,
  from: Bytes,
  offset: number,
  chain: Bytes | undefined,
  out: Bytes,
): void {
  const { row0, row1, row2, row3 } = tables;
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
  // SubBytes, ShiftRows and MixColumns of a column: its rows come from four neighbouring columns.
  for (let i = 4; i < LAST_ROUND; i += 4) {
    const nextA =
      row0[a & 0xff] ^ row1[(b >> 8) & 0xff] ^ row2[(c >> 16) & 0xff] ^ row3[(d >> 24) & 0xff];
    const nextB =
      row0[b & 0xff] ^ row1[(c >> 8) & 0xff] ^ row2[(d >> 16) & 0xff] ^ row3[(a >> 24) & 0xff];
    const nextC =
      row0[c & 0xff] ^ row1[(d >> 8) & 0xff] ^ row2[(a >> 16) & 0xff] ^ row3[(b >> 24) & 0xff];
    d = row0[d & 0xff] ^ row1[(a >> 8) & 0xff] ^ row2[(b >> 16) & 0xff] ^ row3[(c >> 24) & 0xff];
    d ^= words[i + 3];
    a = nextA ^ words[i];
    b = nextB ^ words[i + 1];
    c = nextC ^ words[i + 2];
  }
  storeLast(tables.box, words[LAST_ROUND], a, b, c, d, out, 0);
  storeLast(tables.box, words[LAST_ROUND + 1], b, c, d, a, out, 4);
  storeLast(tables.box, words[LAST_ROUND + 2], c, d, a, b, out, 8);
  storeLast(tables.box, words[LAST_ROUND + 3], d, a, b, c, out, 12);
}

/** One column of the last round, which has no MixColumns. */
function storeLast(
  box: Bytes,
  roundKey: number,
  a: number,
  b: number,
  c: number,
  d: number,
  out: Bytes,
  outOffset: number,
): void {
  out[outOffset] = box[a & 0xff] ^ (roundKey & 0xff);
  out[outOffset + 1] = box[(b >> 8) & 0xff] ^ ((roundKey >> 8) & 0xff);
  out[outOffset + 2] = box[(c >> 16) & 0xff] ^ ((roundKey >> 16) & 0xff);
  out[outOffset + 3] = box[(d >> 24) & 0xff] ^ ((roundKey >> 24) & 0xff);
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
