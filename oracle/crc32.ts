/** CRC-32 of IEEE 802.3 by table. */
const TABLE = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let rest = i;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  TABLE[i] = rest;
}

export function crc32(bytes: Uint8Array, offset: number, lengthBytes: number): number {
  let rest = 0xffffffff;
  for (let i = offset; i < offset + lengthBytes; i++) {
    rest = TABLE[(rest ^ bytes[i]) & 0xff] ^ (rest >>> 8);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
