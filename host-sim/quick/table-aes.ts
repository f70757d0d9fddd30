/**
 * AES-128 (FIPS 197) by tables of 32-bit words, behind the device's interface. The host's own
 * cipher takes longer to be set up than to encrypt the few blocks of a card record; a search over
 * millions of taps needs this one, and a test compares the two.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import type { Bytes } from "../../card-layout/bytes";

const WORDS_PER_SCHEDULE = 44;
const LAST_ROUND_WORD = 40;
/** Schedules kept; a tap uses about ten keys. */
const KEPT_KEYS = 64;

interface KeptKey {
  readonly key: Uint8Array;
  readonly schedule: Uint32Array;
}

const { sbox, tables } = makeTables();

export function createTableAes(): AesEngine {
  const kept: (KeptKey | undefined)[] = new Array(KEPT_KEYS).fill(undefined);
  const state = new Uint32Array(4);
  const stream = new Uint8Array(16);

  function scheduleOf(key: Bytes): Uint32Array {
    let hash = 0;
    for (let i = 0; i < 16; i++) hash = (hash * 31 + key[i]) & 0xffff;
    const found = kept[hash % KEPT_KEYS];
    if (found !== undefined && isSame(found.key, key)) return found.schedule;
    const copy = Uint8Array.from({ length: 16 }, (_, i) => key[i]);
    const schedule = expandKey(copy);
    kept[hash % KEPT_KEYS] = { key: copy, schedule };
    return schedule;
  }

  return {
    cbcMac(key, message, offset, lengthBytes, chain) {
      const schedule = scheduleOf(key);
      for (let i = 0; i < 4; i++) state[i] = wordAt(chain, 4 * i);
      for (let at = offset; at < offset + lengthBytes; at += 16) {
        for (let i = 0; i < 4; i++) state[i] ^= wordAt(message, at + 4 * i);
        encrypt(state, schedule);
      }
      for (let i = 0; i < 16; i++) chain[i] = state[i >> 2] >>> (24 - 8 * (i & 3));
    },
    ctr(key, counter, data, offset, lengthBytes) {
      const schedule = scheduleOf(key);
      for (let at = 0; at < lengthBytes; at += 16) {
        for (let i = 0; i < 4; i++) state[i] = wordAt(counter, 4 * i);
        state[3] += at >> 4;
        encrypt(state, schedule);
        for (let i = 0; i < 16; i++) stream[i] = state[i >> 2] >>> (24 - 8 * (i & 3));
        const end = Math.min(16, lengthBytes - at);
        for (let i = 0; i < end; i++) data[offset + at + i] ^= stream[i];
      }
    },
  };
}

function isSame(a: Bytes, b: Bytes): boolean {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
  return true;
}

function wordAt(bytes: Bytes, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/** FIPS 197, 5.1, with SubBytes, ShiftRows and MixColumns of a column in four look-ups. */
function encrypt(state: Uint32Array, schedule: Uint32Array): void {
  const [t0, t1, t2, t3] = tables;
  let a = state[0] ^ schedule[0];
  let b = state[1] ^ schedule[1];
  let c = state[2] ^ schedule[2];
  let d = state[3] ^ schedule[3];
  for (let k = 4; k < LAST_ROUND_WORD; k += 4) {
    const e = t0[a >>> 24] ^ t1[(b >> 16) & 255] ^ t2[(c >> 8) & 255] ^ t3[d & 255] ^ schedule[k];
    const f =
      t0[b >>> 24] ^ t1[(c >> 16) & 255] ^ t2[(d >> 8) & 255] ^ t3[a & 255] ^ schedule[k + 1];
    const g =
      t0[c >>> 24] ^ t1[(d >> 16) & 255] ^ t2[(a >> 8) & 255] ^ t3[b & 255] ^ schedule[k + 2];
    d = t0[d >>> 24] ^ t1[(a >> 16) & 255] ^ t2[(b >> 8) & 255] ^ t3[c & 255] ^ schedule[k + 3];
    a = e;
    b = f;
    c = g;
  }
  state[0] = lastColumn(a, b, c, d) ^ schedule[LAST_ROUND_WORD];
  state[1] = lastColumn(b, c, d, a) ^ schedule[LAST_ROUND_WORD + 1];
  state[2] = lastColumn(c, d, a, b) ^ schedule[LAST_ROUND_WORD + 2];
  state[3] = lastColumn(d, a, b, c) ^ schedule[LAST_ROUND_WORD + 3];
}

function lastColumn(a: number, b: number, c: number, d: number): number {
  return (
    (sbox[a >>> 24] << 24) |
    (sbox[(b >> 16) & 255] << 16) |
    (sbox[(c >> 8) & 255] << 8) |
    sbox[d & 255]
  );
}

/** FIPS 197, 5.2. */
function expandKey(key: Uint8Array): Uint32Array {
  const schedule = new Uint32Array(WORDS_PER_SCHEDULE);
  for (let i = 0; i < 4; i++) schedule[i] = wordAt(key, 4 * i);
  let roundConstant = 1;
  for (let i = 4; i < WORDS_PER_SCHEDULE; i++) {
    let word = schedule[i - 1];
    if (i % 4 === 0) {
      word = (word << 8) | (word >>> 24);
      word = lastColumn(word, word, word, word) ^ (roundConstant << 24);
      roundConstant = double(roundConstant);
    }
    schedule[i] = schedule[i - 4] ^ word;
  }
  return schedule;
}

/** Times x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function double(value: number): number {
  return (value << 1) ^ (value >= 0x80 ? 0x11b : 0);
}

/** The S-box from powers of the generator 3, and each of its values in the four columns. */
function makeTables(): { sbox: Uint8Array; tables: readonly Uint32Array[] } {
  const box = new Uint8Array(256);
  const columns = [0, 1, 2, 3].map(() => new Uint32Array(256));
  let power = 1;
  let inverse = 1;
  for (let i = 0; i < 255; i++) {
    box[power] = affine(inverse);
    power ^= double(power);
    // Divided by 3: multiplied by its inverse, F6.
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if ((inverse & 0x80) !== 0) inverse ^= 0x09;
  }
  box[0] = 0x63;
  for (let i = 0; i < 256; i++) {
    const s = box[i];
    const twice = double(s);
    const word = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
    for (let k = 0; k < 4; k++) {
      columns[k][i] = k === 0 ? word : (word >>> (8 * k)) | (word << (32 - 8 * k));
    }
  }
  return { sbox: box, tables: columns };
}

function affine(value: number): number {
  let sum = value;
  for (let turns = 1; turns <= 4; turns++) sum ^= (value << turns) | (value >> (8 - turns));
  return (sum & 0xff) ^ 0x63;
}
