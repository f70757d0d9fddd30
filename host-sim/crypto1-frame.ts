/**
 * Frames under Crypto1, turned in place so that a simulated tap allocates nothing per frame. Parity
 * bits are encrypted with the key stream bit that will serve the next byte's first bit (Garcia et
 * al., "Dismantling MIFARE Classic", ESORICS 2008).
 */

import { type Crypto1, encryptNibble } from "mifare-classic-crypto1";
import { frameLengthBytes, fullByteCount, oddParityBit, type RfFrame } from "./rf";

/** Encrypts whole bytes, a 4-bit answer, or the last bits of a short frame. */
export function encryptInPlace(cipher: Crypto1, frame: RfFrame): void {
  const count = fullByteCount(frame);
  for (let index = 0; index < count; index++) {
    const plain = frame.bytes[index];
    frame.bytes[index] = plain ^ cipher.byte(0, false);
    frame.parity[index] = oddParityBit(plain) ^ cipher.peekBit();
  }
  turnRest(cipher, frame);
}

/** Decrypts in place; false when a parity bit does not fit. */
export function decryptInPlace(cipher: Crypto1, frame: RfFrame): boolean {
  const count = fullByteCount(frame);
  let errors = 0;
  for (let index = 0; index < count; index++) {
    const plain = frame.bytes[index] ^ cipher.byte(0, false);
    const parity = frame.parity[index] ^ cipher.peekBit();
    errors |= parity ^ oddParityBit(plain);
    frame.bytes[index] = plain;
    frame.parity[index] = parity;
  }
  turnRest(cipher, frame);
  return errors === 0;
}

function turnRest(cipher: Crypto1, frame: RfFrame): void {
  const bits = frame.bitCount & 7;
  if (bits === 0) return;
  const last = frameLengthBytes(frame) - 1;
  if (bits === 4) {
    frame.bytes[last] = encryptNibble(cipher, frame.bytes[last] & 0x0f);
    return;
  }
  for (let bit = 0; bit < bits; bit++) frame.bytes[last] ^= cipher.bit(0, false) << bit;
}
