/**
 * MIFARE Classic value blocks (MF1S50yyX_V1, 8.6.2.1): value, its complement, value, then the
 * address byte four times, twice as complement. The redundancy is what shows a torn transfer.
 */
import { type Bytes, getUint, putUint } from "./bytes";
import { Status } from "./status";

const MODULUS = 4294967296;
const SIGN = 2147483648;

/** What a valid block holds; owned by the caller. */
export interface ValueBlock {
  /** Signed 32-bit. */
  value: number;
  /** Free byte that the chip carries along; nothing here depends on it. */
  address: number;
}

/** Writes 16 bytes. `value` is a signed 32-bit integer, `address` a byte. */
export function encodeValueBlock(value: number, address: number, out: Bytes, offset: number): void {
  const unsigned = value < 0 ? value + MODULUS : value;
  putUint(out, offset, 4, unsigned);
  putUint(out, offset + 4, 4, MODULUS - 1 - unsigned);
  putUint(out, offset + 8, 4, unsigned);
  for (let i = 12; i < 16; i += 2) {
    out[offset + i] = address;
    out[offset + i + 1] = 255 - address;
  }
}

/** `Malformed` (torn or never a value block) leaves `block` untouched. */
export function decodeValueBlock(from: Bytes, offset: number, block: ValueBlock): Status {
  const unsigned = getUint(from, offset, 4);
  const address = from[offset + 12];
  const isValid =
    getUint(from, offset + 4, 4) === MODULUS - 1 - unsigned &&
    getUint(from, offset + 8, 4) === unsigned &&
    from[offset + 13] === 255 - address &&
    from[offset + 14] === address &&
    from[offset + 15] === 255 - address;
  if (!isValid) return Status.Malformed;
  block.value = unsigned >= SIGN ? unsigned - MODULUS : unsigned;
  block.address = address;
  return Status.Ok;
}
