/**
 * MIFARE Classic access conditions (MF1S50yyX_V1, 8.7): bytes 6..8 of a sector trailer hold three
 * bits C1 C2 C3 per block, each stored once plain and once complemented. A condition is the number
 * C1*4 + C2*2 + C3, so the datasheet's "110" is 6.
 */
import type { Bytes } from "./bytes";
import { Status } from "./status";

/** Conditions of data blocks (table 7). */
export const enum DataAccess {
  /** 000: everything with either key. Never on our cards: a source for restore. */
  Transport = 0,
  /** 001: read, decrement, transfer, restore; no write, no increment. The counter. */
  DecrementOnly = 1,
  /** 010: read with either key. */
  ReadOnly = 2,
  /** 011: read and write with key B. */
  KeyBOnly = 3,
  /** 100: read with either key, write with key B; no value operations. All our records. */
  Record = 4,
  /** 101: read with key B. */
  KeyBReadOnly = 5,
  /** 110: rechargeable value block. Never on our cards: a source for restore. */
  Rechargeable = 6,
  /** 111: nothing. */
  Dead = 7,
}

/** The conditions of trailers (table 6) that have a use here. */
export const enum TrailerAccess {
  /** 001: as delivered by the factory. */
  Transport = 1,
  /** 011: key B may change everything (usual for a MAD sector). */
  KeyBWrites = 3,
  /** 110: keys and access bits fixed for ever. All our trailers. */
  Frozen = 6,
}

/** Writes bytes 6..8 of a trailer from the conditions of blocks 0, 1, 2 and the trailer. */
export function encodeAccessBits(
  block0: number,
  block1: number,
  block2: number,
  trailer: number,
  out: Bytes,
  offset: number,
): void {
  const c1 = collect(block0, block1, block2, trailer, 4);
  const c2 = collect(block0, block1, block2, trailer, 2);
  const c3 = collect(block0, block1, block2, trailer, 1);
  out[offset] = (15 - c2) * 16 + (15 - c1);
  out[offset + 1] = c1 * 16 + (15 - c3);
  out[offset + 2] = c3 * 16 + c2;
}

/** Reads the four conditions into `conditions[0..3]`; `Malformed` when a complement is wrong, which
 * on a genuine chip means that the sector is dead for ever. */
export function decodeAccessBits(from: Bytes, offset: number, conditions: Bytes): Status {
  const c1 = from[offset + 1] >> 4;
  const c2 = from[offset + 2] & 15;
  const c3 = from[offset + 2] >> 4;
  const isConsistent =
    from[offset] === (15 - c2) * 16 + (15 - c1) && (from[offset + 1] & 15) === 15 - c3;
  if (!isConsistent) return Status.Malformed;
  for (let i = 0; i < 4; i++) {
    conditions[i] = ((c1 >> i) & 1) * 4 + ((c2 >> i) & 1) * 2 + ((c3 >> i) & 1);
  }
  return Status.Ok;
}

/** The nibble of one C bit over the four blocks; bit i belongs to block i. */
function collect(b0: number, b1: number, b2: number, b3: number, mask: number): number {
  return (
    ((b0 & mask) > 0 ? 1 : 0) +
    ((b1 & mask) > 0 ? 2 : 0) +
    ((b2 & mask) > 0 ? 4 : 0) +
    ((b3 & mask) > 0 ? 8 : 0)
  );
}
