/**
 * Portable CRC-32 (IEEE 802.3 clause 3.2.9, reflected form), for engines without a native one.
 *
 * The register is kept as two 16-bit halves: 32-bit operators give signed results in JavaScript and
 * unsigned ones in some Lua builds, halves are the same number everywhere.
 */
import type { Bytes } from "../../card-layout/bytes";

/** Register change for each value of the four bits shifted out, high halves and low halves. */
const HIGH_HALF = [
  0x0000, 0x1db7, 0x3b6e, 0x26d9, 0x76dc, 0x6b6b, 0x4db2, 0x5005, 0xedb8, 0xf00f, 0xd6d6, 0xcb61,
  0x9b64, 0x86d3, 0xa00a, 0xbdbd,
];
const LOW_HALF = [
  0x0000, 0x1064, 0x20c8, 0x30ac, 0x4190, 0x51f4, 0x6158, 0x713c, 0x8320, 0x9344, 0xa3e8, 0xb38c,
  0xc2b0, 0xd2d4, 0xe278, 0xf21c,
];

/** CRC-32 of `from[offset .. offset+lengthBytes)`, 0..2^32-1. */
export function crc32(from: Bytes, offset: number, lengthBytes: number): number {
  let high = 0xffff;
  let low = 0xffff;
  for (let i = 0; i < lengthBytes; i++) {
    low ^= from[offset + i];
    for (let nibble = 0; nibble < 2; nibble++) {
      const index = low & 15;
      low = (low >> 4) | ((high & 15) << 12);
      low ^= LOW_HALF[index];
      high = (high >> 4) ^ HIGH_HALF[index];
    }
  }
  return (high ^ 0xffff) * 65536 + (low ^ 0xffff);
}
