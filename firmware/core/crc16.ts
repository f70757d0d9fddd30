/**
 * CRC-16/CCITT-FALSE: polynomial 0x1021, start value 0xFFFF, nothing reflected, no final XOR; check
 * value 0x29B1 ("CRC-16/IBM-3740" in the RevEng catalogue). It finds line noise so that a frame is
 * sent again; it protects nothing against people, the COSE layer does.
 */
import type { Bytes } from "../../card-layout/bytes";

/** The CRC of `from[offset .. offset + lengthBytes)`, 0..65535. */
export function crc16(from: Bytes, offset: number, lengthBytes: number): number {
  let crc = 0xffff;
  for (let i = 0; i < lengthBytes; i++) {
    // The eight shift-and-XOR steps of one byte folded into four XORs: the polynomial has so few
    // terms (x^12, x^5, 1) that the feedback of the high nibble reaches the low one only once.
    let feedback = (crc >> 8) ^ from[offset + i];
    feedback ^= feedback >> 4;
    crc = ((crc << 8) ^ (feedback << 12) ^ (feedback << 5) ^ feedback) & 0xffff;
  }
  return crc;
}
