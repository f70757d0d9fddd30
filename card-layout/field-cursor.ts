/**
 * Writes and reads a record field by field, little-endian, without allocating. One record is in
 * work at a time: the cursor is module state, which a single-threaded device may share.
 */
import { type Bytes, getUint, newBytes, putUint } from "./bytes";

/** First value that no longer fits, by size in bytes. */
const LIMITS = [1, 256, 65536, 16777216, 4294967296, 1099511627776];

let buffer = newBytes(0);
let position = 0;
let areFieldsInRange = true;

/** Moves the cursor to `offset` of a buffer to be written or read. */
export function startFields(bytes: Bytes, offset: number): void {
  buffer = bytes;
  position = offset;
  areFieldsInRange = true;
}

/** Writes an integer of 1..5 bytes; one that does not fit is remembered for `allFieldsFit`. */
export function putField(sizeBytes: number, value: number): void {
  if (value < 0 || value >= LIMITS[sizeBytes] || Math.floor(value) !== value) {
    areFieldsInRange = false;
  }
  putUint(buffer, position, sizeBytes, value);
  position += sizeBytes;
}

/** Reads an integer of 1..5 bytes. */
export function takeField(sizeBytes: number): number {
  position += sizeBytes;
  return getUint(buffer, position - sizeBytes, sizeBytes);
}

/** Copies raw bytes into the record. */
export function putBytes(from: Bytes, lengthBytes: number): void {
  for (let i = 0; i < lengthBytes; i++) buffer[position + i] = from[i];
  position += lengthBytes;
}

/** Copies raw bytes out of the record. */
export function takeBytes(out: Bytes, lengthBytes: number): void {
  for (let i = 0; i < lengthBytes; i++) out[i] = buffer[position + i];
  position += lengthBytes;
}

/** Whether every `putField` since `startFields` was a whole number within its size. */
export function allFieldsFit(): boolean {
  return areFieldsInRange;
}
