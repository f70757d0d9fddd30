/**
 * Consistent Overhead Byte Stuffing (S. Cheshire, M. Baker, IEEE/ACM Transactions on Networking
 * 7(2), 1999): bytes without a zero, so that 0x00 can end every frame and a reader that lost its
 * place finds it again at the next zero.
 *
 * Both directions work in place and on at most 253 bytes. Below 254 bytes a block never reaches its
 * maximum length, so the overhead is exactly one byte at the front and content never moves: each
 * zero is only replaced by the distance to the next one.
 */
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

/** The longest content of one frame. */
export const COBS_MAXIMUM_BYTES = 253;

/**
 * Stuffs the content at `frame[1 .. 1 + lengthBytes)`, writes the first distance to `frame[0]` and
 * the delimiter behind. Returns the bytes to send: `lengthBytes + 2`.
 */
export function cobsEncode(frame: Bytes, lengthBytes: number): number {
  const end = lengthBytes + 1;
  let lastZero = 0;
  for (let i = 1; i < end; i++) {
    if (frame[i] === 0) {
      frame[lastZero] = i - lastZero;
      lastZero = i;
    }
  }
  frame[lastZero] = end - lastZero;
  frame[end] = 0;
  return end + 1;
}

/**
 * Undoes `cobsEncode` for `frame[0 .. lengthBytes)` received without its delimiter; the content is
 * then at `frame[1 .. lengthBytes)`. `Malformed` when the distances do not end at the frame's end.
 */
export function cobsDecode(frame: Bytes, lengthBytes: number): Status {
  if (lengthBytes === 0) return Status.Malformed;
  let position = 0;
  while (position < lengthBytes) {
    const distance = frame[position];
    if (distance === 0) return Status.Malformed;
    frame[position] = 0;
    position += distance;
  }
  return position === lengthBytes ? Status.Ok : Status.Malformed;
}
