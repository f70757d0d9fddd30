/** The content of a MIFARE Classic 1K as the factory delivers it (MF1S50yyX_V1, 8.6). */

const BLOCK_BYTES = 16;
const SECTOR_COUNT = 16;
const SAK = 0x08;
const TRANSPORT_TRAILER = Uint8Array.from([
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  ...[0xff, 0x07, 0x80, 0x69],
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
]);

/** 1024 bytes; `uid` has 4 or 7. Data blocks are zero, all keys FF..FF. */
export function blankCardImage(uid: Uint8Array): Uint8Array {
  const image = new Uint8Array(SECTOR_COUNT * 4 * BLOCK_BYTES);
  image.set(manufacturerBytes(uid));
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    image.set(TRANSPORT_TRAILER, (sector * 4 + 3) * BLOCK_BYTES);
  }
  return image;
}

/** A 4-byte UID is followed by its BCC; then, by custom, SAK and ATQA as sent on the air. */
function manufacturerBytes(uid: Uint8Array): number[] {
  if (uid.length === 7) return [...uid, SAK, 0x44, 0x00];
  return [...uid, uid[0] ^ uid[1] ^ uid[2] ^ uid[3], SAK, 0x04, 0x00];
}
