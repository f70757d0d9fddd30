/**
 * Sector trailers of a club's card: key A, access bits, general purpose byte, key B. All trailers
 * are frozen and no data block may be both written and restored from; SPEC.md says why.
 */
import { DataAccess, encodeAccessBits, TrailerAccess } from "./access-bits";
import type { AesEngine } from "./aes-engine";
import { type Bytes, newBytes } from "./bytes";
import { COUNTER_SECTOR, FIRST_UNUSED_SECTOR, isTrailer, MAD_SECTOR, sectorOf } from "./geometry";
import {
  deriveSectorKey,
  encodeSectorInput,
  KEY_INPUT_BYTES,
  KEY_TYPE_A,
  KEY_TYPE_B,
} from "./keys";
import { MAD_GENERAL_PURPOSE_BYTE } from "./mad";

export const ACCESS_BITS_OFFSET = 6;
export const GENERAL_PURPOSE_OFFSET = 9;
export const KEY_B_OFFSET = 10;

/** The access condition (0..7) of a block of the layout. */
export function accessConditionOf(blockIndex: number): number {
  const sector = sectorOf(blockIndex);
  if (isTrailer(blockIndex)) return TrailerAccess.Frozen;
  if (sector >= FIRST_UNUSED_SECTOR) return DataAccess.Dead;
  if (sector !== COUNTER_SECTOR) return DataAccess.Record;
  return blockIndex % 4 === 2 ? DataAccess.Dead : DataAccess.DecrementOnly;
}

/** Writes the 16 bytes of a sector's trailer. */
export function encodeTrailer(
  aes: AesEngine,
  sectorMaster: Bytes,
  uid: Bytes,
  uidLengthBytes: number,
  clubId: number,
  sector: number,
  out: Bytes,
  offset: number,
): void {
  const first = sector * 4;
  const keyBOffset = offset + KEY_B_OFFSET;
  const input = newBytes(KEY_INPUT_BYTES);
  encodeSectorInput(uid, uidLengthBytes, clubId, input);
  deriveSectorKey(aes, sectorMaster, input, sector, KEY_TYPE_A, out, offset);
  encodeAccessBits(
    accessConditionOf(first),
    accessConditionOf(first + 1),
    accessConditionOf(first + 2),
    accessConditionOf(first + 3),
    out,
    offset + ACCESS_BITS_OFFSET,
  );
  out[offset + GENERAL_PURPOSE_OFFSET] = sector === MAD_SECTOR ? MAD_GENERAL_PURPOSE_BYTE : 0;
  deriveSectorKey(aes, sectorMaster, input, sector, KEY_TYPE_B, out, keyBOffset);
}
