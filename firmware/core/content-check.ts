/**
 * The check value of a blob that is too long to be held at once: CRC-32 over pieces, each with the
 * value so far in front of it, because an engine's own CRC-32 cannot be continued. It finds cuts
 * and bad cells; against people there are seals.
 *
 *     check(0) = 0, check(n) = CRC-32( check(n-1) u32 little-endian || piece n )
 */
import { type Bytes, copyBytes, newBytes, putUint } from "../../card-layout/bytes";

/** Every piece but the last, which may be shorter; whole words and whole cipher blocks. */
export const BLOB_PIECE_BYTES = 192;
/** Where the piece stands in a buffer of so many bytes more. */
export const PIECE_OFFSET = 4;

type Checksum = (from: Bytes, offset: number, lengthBytes: number) => number;

/** With the piece in `buffer[PIECE_OFFSET .. + lengthBytes)`; overwrites what is before it. */
export function nextContentCheck(
  crc32: Checksum,
  check: number,
  buffer: Bytes,
  lengthBytes: number,
): number {
  putUint(buffer, 0, PIECE_OFFSET, check);
  return crc32(buffer, 0, PIECE_OFFSET + lengthBytes);
}

/** Of content that is held whole. */
export function contentCheck(crc32: Checksum, content: Bytes): number {
  const buffer = newBytes(PIECE_OFFSET + BLOB_PIECE_BYTES);
  let check = 0;
  for (let at = 0; at < content.length; at += BLOB_PIECE_BYTES) {
    const pieceBytes = Math.min(BLOB_PIECE_BYTES, content.length - at);
    copyBytes(content, at, buffer, PIECE_OFFSET, pieceBytes);
    check = nextContentCheck(crc32, check, buffer, pieceBytes);
  }
  return check;
}
