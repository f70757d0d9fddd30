/**
 * Records of the card as flat lists of whole numbers. The bytes of a record are its numbers one
 * after the other, little-endian; a string of digits says how many bytes each number takes (0..5).
 * So one loop each creates, copies, writes and reads every record there is.
 */
import { type Bytes, fillBytes, getUint, putUint } from "./bytes";
import { Status } from "./status";

const DIGIT_ZERO = 48;

/** A record of zeros. Allocate once and keep. */
export function createRecord(sizes: string): number[] {
  const record: number[] = [];
  for (let i = 0; i < sizes.length; i++) record.push(0);
  return record;
}

/**
 * Writes `lengthBytes`, the sum of the sizes. `Malformed` when a number does not fit its size; what
 * is then in `out` must not be used.
 */
export function encodeRecord(
  sizes: string,
  record: number[],
  out: Bytes,
  offset: number,
  lengthBytes: number,
): Status {
  let at = offset;
  fillBytes(out, offset, lengthBytes, 0);
  for (let i = 0; i < sizes.length; i++) {
    const sizeBytes = sizes.charCodeAt(i) - DIGIT_ZERO;
    const value = record[i];
    // Most numbers of a card are zero.
    if (value !== 0) {
      // Written so that it also refuses a value that is not a number.
      if (!(value > 0 && value < 256 ** sizeBytes && value % 1 === 0)) return Status.Malformed;
      putUint(out, at, sizeBytes, value);
    }
    at += sizeBytes;
  }
  return Status.Ok;
}

export function decodeRecord(sizes: string, from: Bytes, offset: number, record: number[]): void {
  let at = offset;
  for (let i = 0; i < sizes.length; i++) {
    const sizeBytes = sizes.charCodeAt(i) - DIGIT_ZERO;
    // Without a call for the sizes that are frequent.
    if (sizeBytes === 1) record[i] = from[at];
    else if (sizeBytes === 2) record[i] = from[at + 1] * 256 + from[at];
    else record[i] = getUint(from, at, sizeBytes);
    at += sizeBytes;
  }
}
