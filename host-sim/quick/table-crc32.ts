/** CRC-32 as in firmware/hal/crc32.ts, a byte a step from one table; a board binds a native one. */
import type { Crc32 } from "../../firmware/hal/crc32";

const POLYNOMIAL = 0xedb88320;
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : POLYNOMIAL);
  return value;
});

export const tableCrc32: Crc32 = (from, offset, lengthBytes) => {
  let crc = 0xffffffff;
  for (let i = offset; i < offset + lengthBytes; i++) {
    crc = (crc >>> 8) ^ table[(crc ^ from[i]) & 255];
  }
  return (crc ^ 0xffffffff) >>> 0;
};
