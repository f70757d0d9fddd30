/** CRC_A of ISO/IEC 14443-3, 6.2.4: polynomial 0x1021 reflected, initial value 0x6363. */
import type { Bytes } from "./bytes";

const INITIAL_VALUE = 0x6363;

/** The 16-bit CRC; on the air its low byte goes first. */
export function crcA(from: Bytes, offset: number, lengthBytes: number): number {
  let crc = INITIAL_VALUE;
  for (let i = 0; i < lengthBytes; i++) {
    // Eight shifts at once: the polynomial's taps are 4 and 11 bits apart, so the byte folds onto
    // itself once and then spreads to three places.
    let folded = (from[offset + i] ^ crc) & 0xff;
    folded = (folded ^ (folded << 4)) & 0xff;
    crc = (crc >> 8) ^ (folded << 8) ^ (folded << 3) ^ (folded >> 4);
  }
  return crc & 0xffff;
}
