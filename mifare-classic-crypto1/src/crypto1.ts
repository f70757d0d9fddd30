/**
 * The Crypto1 stream cipher of MIFARE Classic: a 48-bit linear feedback shift register and a
 * nonlinear filter that reads twenty of its bits.
 *
 * Source, called [Garcia] below: F. D. Garcia, G. de Koning Gans, R. Muijrers, P. van Rossum,
 * R. Verdult, R. Wichers Schreur, B. Jacobs, "Dismantling MIFARE Classic", ESORICS 2008,
 * LNCS 5283, pp. 97-114. The register is x0 x1 .. x47, x0 the oldest bit; a step drops x0 and
 * appends the new bit as x47.
 *
 * Speed comes from two facts. The filter reads only every second bit, so the register is kept as
 * two 24-bit halves: even-numbered and odd-numbered bits, the oldest lowest. And the register
 * itself is linear, so the eight new bits of a byte are the XOR of one table entry per state byte;
 * the filter is then evaluated for all eight steps at once, one step per bit of a byte.
 */

import { checkBit, checkByte, checkBytes, checkUint32 } from "./check.js";

const KEY_LENGTH_BYTES = 6;

/** The feedback function L: the XOR of these register bits. [Garcia], CRYPTO1 cipher. */
const FEEDBACK_TAPS = [0, 5, 9, 10, 12, 14, 15, 17, 19, 24, 25, 27, 29, 35, 39, 41, 42, 43];
const EVEN_TAPS = maskOf(FEEDBACK_TAPS.filter((tap) => tap % 2 === 0).map((tap) => tap / 2));
const ODD_TAPS = maskOf(FEEDBACK_TAPS.filter((tap) => tap % 2 === 1).map((tap) => (tap - 1) / 2));

/**
 * The filter f reads x9, x11 .. x47 ([Garcia], CRYPTO1 cipher): bits 4..23 of the odd half, in five
 * groups of four. One step later it reads what is x10, x12 .. x48 now: bits 5..24 of the even half
 * with the new bit appended; and so on in turn, both halves advancing one bit every two steps.
 */
const FIRST_ODD_BIT = 4;
const FIRST_EVEN_BIT = 5;

/** Bit n is 1 where n has an odd number of ones. */
const PARITY_OF_NIBBLE = 0x6996;

/**
 * f_a and f_b for four successive windows at once. Index: the seven register bits those windows
 * cover; bit 2m of the entry is the result for window m, so that two entries (even and odd steps)
 * interleave into a byte.
 */
const FILTER_A = slidingTable(filterA);
const FILTER_B = slidingTable(filterB);

/**
 * The eight new register bits of a byte step, as contributions to be XORed: three tables for the
 * bytes of the odd half, three for the even half, one for the input byte. An entry has the new
 * bits of the odd half in its high nibble and those of the even half in its low nibble.
 */
const FRESH_EVEN = 3 * 256;
const FRESH_INPUT = 6 * 256;
const FRESH = freshBitsTable();

/**
 * One direction-less cipher state: both ends of a session run the same one, and encryption and
 * decryption are both XOR with the key stream.
 */
export class Crypto1 {
  private odd = 0;
  private even = 0;

  /** `key`: 6 bytes as stored in the sector trailer; without it the register is all zero. */
  constructor(key?: Uint8Array) {
    if (key !== undefined) this.load(key);
  }

  /**
   * Restarts with the 6-byte `key` as the register content: x0 is the lowest bit of the first key
   * byte ([Garcia], CRYPTO1 cipher, a_i = k_i).
   */
  load(key: Uint8Array): void {
    checkBytes("key", key, KEY_LENGTH_BYTES);
    this.odd = 0;
    this.even = 0;
    for (let index = 0; index < KEY_LENGTH_BYTES; index++) {
      for (let pair = 0; pair < 4; pair++) {
        const place = 4 * index + pair;
        this.even |= ((key[index] >> (2 * pair)) & 1) << place;
        this.odd |= ((key[index] >> (2 * pair + 1)) & 1) << place;
      }
    }
  }

  /** The key stream bit (0 or 1) the next step will give, without taking that step. */
  peekBit(): number {
    const window = this.odd >>> FIRST_ODD_BIT;
    return (
      filterC(
        FILTER_A[window & 0x7f],
        FILTER_B[(window >>> 4) & 0x7f],
        FILTER_B[(window >>> 8) & 0x7f],
        FILTER_A[(window >>> 12) & 0x7f],
        FILTER_B[window >>> 16],
      ) & 1
    );
  }

  /**
   * One step: returns the key stream bit and shifts in `input` (0 or 1). With `isEncrypted` the
   * input is ciphertext and the register receives its decryption, as both ends must receive the
   * same plain nonce.
   */
  bit(input: number, isEncrypted: boolean): number {
    checkBit("input", input);
    return this.step(input, isEncrypted);
  }

  /** Eight steps, lowest bit first: returns the key stream byte and shifts in the byte `input`. */
  byte(input: number, isEncrypted: boolean): number {
    checkByte("input", input);
    return isEncrypted ? this.encryptedByte(input) : this.plainByte(input);
  }

  /**
   * Thirty-two steps: four bytes, most significant first, which is the order of transmission.
   * Takes and returns unsigned 32-bit numbers.
   */
  word(input: number, isEncrypted: boolean): number {
    checkUint32("input", input);
    let keystream = 0;
    for (let shift = 24; shift >= 0; shift -= 8) {
      const part = (input >>> shift) & 0xff;
      const answer = isEncrypted ? this.encryptedByte(part) : this.plainByte(part);
      keystream |= answer << shift;
    }
    return keystream >>> 0;
  }

  private plainByte(input: number): number {
    const { odd, even } = this;
    const fresh = this.freshBits(input);
    const longOdd = odd | ((fresh & 0xf0) << 20);
    const longEven = even | ((fresh & 0x0f) << 24);
    this.odd = longOdd >>> 4;
    this.even = longEven >>> 4;
    return filterByte(longOdd >>> FIRST_ODD_BIT, longEven >>> FIRST_EVEN_BIT);
  }

  private freshBits(input: number): number {
    const { odd, even } = this;
    return (
      FRESH[odd & 0xff] ^
      FRESH[256 + ((odd >>> 8) & 0xff)] ^
      FRESH[512 + (odd >>> 16)] ^
      FRESH[FRESH_EVEN + (even & 0xff)] ^
      FRESH[FRESH_EVEN + 256 + ((even >>> 8) & 0xff)] ^
      FRESH[FRESH_EVEN + 512 + (even >>> 16)] ^
      FRESH[FRESH_INPUT + input]
    );
  }

  /** The key stream bit of each step is fed back here, so steps have to go one by one. */
  private encryptedByte(input: number): number {
    let keystream = 0;
    for (let place = 0; place < 8; place++) {
      keystream |= this.step((input >>> place) & 1, true) << place;
    }
    return keystream;
  }

  private step(input: number, isEncrypted: boolean): number {
    const output = this.peekBit();
    const fedBack = linearFeedback(this.odd, this.even);
    const fresh = fedBack ^ input ^ (isEncrypted ? output : 0);
    const shiftedEven = this.even >>> 1;
    this.even = this.odd;
    this.odd = shiftedEven | (fresh << 23);
    return output;
  }
}

/** f for eight successive steps; the windows start at bit 0 of each argument. */
function filterByte(oddWindow: number, evenWindow: number): number {
  return filterC(
    FILTER_A[oddWindow & 0x7f] | (FILTER_A[evenWindow & 0x7f] << 1),
    FILTER_B[(oddWindow >>> 4) & 0x7f] | (FILTER_B[(evenWindow >>> 4) & 0x7f] << 1),
    FILTER_B[(oddWindow >>> 8) & 0x7f] | (FILTER_B[(evenWindow >>> 8) & 0x7f] << 1),
    FILTER_A[(oddWindow >>> 12) & 0x7f] | (FILTER_A[(evenWindow >>> 12) & 0x7f] << 1),
    FILTER_B[(oddWindow >>> 16) & 0x7f] | (FILTER_B[(evenWindow >>> 16) & 0x7f] << 1),
  );
}

/** f_a of [Garcia], CRYPTO1 cipher; bitwise, so it serves any number of windows at once. */
function filterA(y0: number, y1: number, y2: number, y3: number): number {
  return (y0 | y1) ^ (y0 & y3) ^ (y2 & ((y0 ^ y1) | y3));
}

/** f_b of [Garcia], CRYPTO1 cipher. */
function filterB(y0: number, y1: number, y2: number, y3: number): number {
  return ((y0 & y1) | y2) ^ ((y0 ^ y1) & (y2 | y3));
}

/** f_c of [Garcia], CRYPTO1 cipher. */
function filterC(y0: number, y1: number, y2: number, y3: number, y4: number): number {
  return (y0 | ((y1 | y4) & (y3 ^ y4))) ^ ((y0 ^ (y1 & y3)) & ((y2 ^ y3) | (y1 & y4)));
}

function slidingTable(filter: typeof filterA): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, covered) => {
    let entry = 0;
    for (let window = 0; window < 4; window++) {
      const [y0, y1, y2, y3] = [0, 1, 2, 3].map((place) => (covered >> (window + place)) & 1);
      entry |= filter(y0, y1, y2, y3) << (2 * window);
    }
    return entry;
  });
}

function freshBitsTable(): Uint8Array {
  const table = new Uint8Array(7 * 256);
  for (let byte = 0; byte < 256; byte++) {
    for (let place = 0; place < 3; place++) {
      table[256 * place + byte] = eightSteps(byte << (8 * place), 0, 0);
      table[FRESH_EVEN + 256 * place + byte] = eightSteps(0, byte << (8 * place), 0);
    }
    table[FRESH_INPUT + byte] = eightSteps(0, 0, byte);
  }
  return table;
}

/** Eight steps of the bare register; the result is laid out like an entry of FRESH. */
function eightSteps(odd: number, even: number, input: number): number {
  for (let place = 0; place < 8; place++) {
    const fresh = linearFeedback(odd, even) ^ ((input >> place) & 1);
    [odd, even] = [(even >>> 1) | (fresh << 23), odd];
  }
  return ((odd >>> 20) << 4) | (even >>> 20);
}

function linearFeedback(odd: number, even: number): number {
  let parity = (odd & ODD_TAPS) ^ (even & EVEN_TAPS);
  parity ^= parity >>> 16;
  parity ^= parity >>> 8;
  parity ^= parity >>> 4;
  return (PARITY_OF_NIBBLE >>> (parity & 0x0f)) & 1;
}

function maskOf(places: number[]): number {
  return places.reduce((mask, place) => mask | (1 << place), 0);
}
