/**
 * Frames under Crypto1: bytes with their parity bits, and the 4-bit answers.
 *
 * Source: Garcia et al., "Dismantling MIFARE Classic", ESORICS 2008, on parity bits: parity is
 * computed over the plain byte, and encrypted with the key stream bit that will also encrypt the
 * first bit of the next byte. CRC bytes are part of the plaintext.
 */

import { checkByte, checkBytes, checkParity, fail } from "./check.js";
import type { Crypto1 } from "./crypto1.js";

/** Bit n is 1 where n has an even number of ones, so that it completes n to an odd number. */
const ODD_PARITY_OF_NIBBLE = 0x9669;
const ODD_PARITY = Uint8Array.from(
  { length: 256 },
  (_, byte) => (ODD_PARITY_OF_NIBBLE >> ((byte ^ (byte >> 4)) & 0x0f)) & 1,
);

/** What travels between reader and card: bytes, and one parity bit (0 or 1) for each of them. */
export interface Frame {
  bytes: Uint8Array;
  parity: Uint8Array;
}

/** 1 if the number of ones in `byte` is even, so that byte and parity together are odd. */
export function oddParity(byte: number): number {
  checkByte("byte", byte);
  return ODD_PARITY[byte];
}

/** The frame as sent without encryption (ISO/IEC 14443-3, 6.2.3.1: odd parity). */
export function plainFrame(plain: Uint8Array): Frame {
  checkBytes("plain", plain);
  const parity = new Uint8Array(plain.length);
  for (let index = 0; index < plain.length; index++) parity[index] = ODD_PARITY[plain[index]];
  return { bytes: plain.slice(), parity };
}

/** Encrypts a whole frame, CRC included. Takes 8 key stream bits per byte and `plain` unchanged. */
export function encryptFrame(cipher: Crypto1, plain: Uint8Array): Frame {
  checkBytes("plain", plain);
  const bytes = new Uint8Array(plain.length);
  const parity = new Uint8Array(plain.length);
  for (let index = 0; index < plain.length; index++) {
    bytes[index] = plain[index] ^ cipher.byte(0, false);
    parity[index] = ODD_PARITY[plain[index]] ^ cipher.peekBit();
  }
  return { bytes, parity };
}

/**
 * Decrypts a whole frame. With `parityOk` false at least one byte or parity bit was damaged on its
 * way, or the keys differ; `bytes` is then what was decrypted all the same.
 */
export function decryptFrame(
  cipher: Crypto1,
  bytes: Uint8Array,
  parity: Uint8Array,
): { bytes: Uint8Array; parityOk: boolean } {
  checkBytes("bytes", bytes);
  checkParity(parity, bytes.length);
  const plain = new Uint8Array(bytes.length);
  let errors = 0;
  for (let index = 0; index < bytes.length; index++) {
    plain[index] = bytes[index] ^ cipher.byte(0, false);
    errors |= parity[index] ^ ODD_PARITY[plain[index]] ^ cipher.peekBit();
  }
  return { bytes: plain, parityOk: errors === 0 };
}

/** Encrypts a 4-bit answer (ACK or NAK): four key stream bits, neither parity nor CRC. */
export function encryptNibble(cipher: Crypto1, nibble: number): number {
  if ((nibble & 0x0f) !== nibble) fail("nibble", "a 4-bit answer, 0..15", nibble);
  let keystream = 0;
  for (let place = 0; place < 4; place++) keystream |= cipher.bit(0, false) << place;
  return nibble ^ keystream;
}

/** Decrypts a 4-bit answer. */
export function decryptNibble(cipher: Crypto1, nibble: number): number {
  return encryptNibble(cipher, nibble);
}
