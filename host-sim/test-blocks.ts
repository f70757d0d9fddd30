/** Blocks that tests put on simulated cards. */
import type { Bytes } from "../card-layout/bytes";
import { Status } from "../card-layout/status";
import { decodeValueBlock, encodeValueBlock } from "../card-layout/value-block";

export function pattern(seed: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => (seed * 31 + index * 7) & 0xff);
}

export function valueBlock(value: number): Uint8Array {
  const block = new Uint8Array(16);
  encodeValueBlock(value, 0, block, 0);
  return block;
}

export function storedValue(block: Bytes): number {
  const decoded = { value: -1, address: 0 };
  if (decodeValueBlock(block, 0, decoded) !== Status.Ok) throw new Error("not a value block");
  return decoded.value;
}
