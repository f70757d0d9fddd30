/**
 * Card images: `.mfd` files are the 1024 bytes of a MIFARE Classic 1K in block order, keys
 * included, as libnfc and the Proxmark client write them.
 */

const IMAGE_SIZE_BYTES = 1024;
const BLOCK_SIZE_BYTES = 16;
const BLOCKS_PER_SECTOR = 4;
/** MF1S50yyX_V1, 8.6.3: delivery state, keys FF.. and access bits FF 07 80, byte 9 69h. */
const TRANSPORT_TRAILER = "ffffffffffffff078069ffffffffffff";
/** What follows the UID in block 0: SAK, then ATQA with the low byte first. */
const SAK_1K = 0x08;
const ATQA_LOW = { 4: 0x04, 7: 0x44 } as const;
const UID7_ATQA_OFFSET = 8;

const OTHER_SIZES: Readonly<Record<number, string>> = {
  320: "a MIFARE Classic Mini (320 bytes)",
  2048: "a MIFARE Classic 2K (2048 bytes)",
  4096: "a MIFARE Classic 4K (4096 bytes)",
};

export interface CardImage {
  image: Uint8Array;
  uid: Uint8Array;
}

/**
 * Checks the content of a `.mfd` file and copies it. Throws an Error that says what the file is
 * instead of a 1K image: another card's dump, a text dump, or a block 0 whose check byte is wrong.
 */
export function readMfd(content: Uint8Array): CardImage {
  const other = OTHER_SIZES[content.length];
  if (other !== undefined) throw new Error(`this dump is ${other}; a 1K card has 1024 bytes`);
  if (isText(content)) {
    throw new Error("this file is text (an .eml or .json dump?); a .mfd is 1024 bytes of binary");
  }
  if (content.length !== IMAGE_SIZE_BYTES) {
    throw new Error(`a 1K card image has 1024 bytes, this file has ${content.length}`);
  }
  const image = content.slice();
  return { image, uid: image.slice(0, uidLengthOf(image)) };
}

/** The bytes to put into a `.mfd` file. */
export function writeMfd(image: Uint8Array): Uint8Array {
  return readMfd(image).image;
}

/** A card as delivered: zero data, transport keys, block 0 for this 4- or 7-byte UID. */
export function blankImage(uid: Uint8Array): Uint8Array {
  if (uid.length !== 4 && uid.length !== 7) {
    throw new RangeError(`a UID has 4 or 7 bytes, not ${uid.length}`);
  }
  const image = new Uint8Array(IMAGE_SIZE_BYTES);
  const trailer = Buffer.from(TRANSPORT_TRAILER, "hex");
  for (let block = 3; block * BLOCK_SIZE_BYTES < image.length; block += BLOCKS_PER_SECTOR) {
    image.set(trailer, block * BLOCK_SIZE_BYTES);
  }
  const check = uid.length === 4 ? [checkByte(uid)] : [];
  image.set([...uid, ...check, SAK_1K, ATQA_LOW[uid.length], 0x00]);
  return image;
}

/**
 * A 7-byte UID has no check byte; its block 0 is known by the ATQA behind it, which says 7 bytes.
 */
function uidLengthOf(image: Uint8Array): 4 | 7 {
  const isUid7 = image[UID7_ATQA_OFFSET] === ATQA_LOW[7] && image[UID7_ATQA_OFFSET + 1] === 0;
  if (isUid7) return 7;
  const expected = checkByte(image);
  if (image[4] === expected) return 4;
  throw new Error(
    `block 0 is damaged: check byte ${hex(image[4])} after UID ` +
      `${Buffer.from(image.subarray(0, 4)).toString("hex")} should be ${hex(expected)}`,
  );
}

function checkByte(uid: Uint8Array): number {
  return uid[0] ^ uid[1] ^ uid[2] ^ uid[3];
}

function isText(content: Uint8Array): boolean {
  return content.length > 0 && content.every((byte) => isTextByte(byte));
}

function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
