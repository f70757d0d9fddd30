/**
 * MIFARE Application Directory version 1 (NXP AN10787): 32 bytes in blocks 1 and 2 of sector 0 that
 * name the owner of each sector, so that other issuers' readers leave ours alone.
 */
import { type Bytes, getUint, putUint } from "./bytes";
import { Status } from "./status";

export const MAD_BYTES = 32;
const AID_COUNT = 15;
/** Polynomial x^8+x^4+x^3+x^2+1; AN10787, 3.7 writes the initial value 0xC7 bit-reversed as E3h. */
const CRC_POLYNOMIAL = 0x1d;
const CRC_INITIAL = 0xc7;

/** Function cluster 0x71 (loyalty), application code 0x10. Unregistered: for closed systems. */
export const CLUB_AID = 0x7110;
/** Card administration code "reserved" (AN10787, 3.6): not free, and not an application. */
export const RESERVED_AID = 0x0002;
/** General purpose byte of sector 0: directory present, multi-application, version 1. */
export const MAD_GENERAL_PURPOSE_BYTE = 0xc1;
/** Key A of a MAD sector is public so that anybody can read the directory (AN10787, 3.2). */
export const MAD_KEY_A = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5];

/** The directory; owned by the caller. */
export interface Mad {
  /** Sector of the card publisher, 0 for none (info byte). */
  publisherSector: number;
  /** 15 application ids, index 0 for sector 1; high byte is the function cluster. */
  readonly aids: number[];
}

/** Writes 32 bytes for blocks 1 and 2. */
export function encodeMad(mad: Mad, out: Bytes, offset: number): void {
  out[offset + 1] = mad.publisherSector;
  // An id is stored application code first, which is little-endian (AN10787, 3.4).
  for (let i = 0; i < AID_COUNT; i++) putUint(out, offset + 2 + 2 * i, 2, mad.aids[i]);
  out[offset] = madCrc8(out, offset + 1, MAD_BYTES - 1);
}

/** `Malformed` (CRC, or a publisher sector that cannot be) leaves `mad` untouched. */
export function decodeMad(from: Bytes, offset: number, mad: Mad): Status {
  const publisherSector = from[offset + 1];
  if (madCrc8(from, offset + 1, MAD_BYTES - 1) !== from[offset]) return Status.Malformed;
  if (publisherSector > AID_COUNT) return Status.Malformed;
  mad.publisherSector = publisherSector;
  for (let i = 0; i < AID_COUNT; i++) mad.aids[i] = getUint(from, offset + 2 + 2 * i, 2);
  return Status.Ok;
}

/** CRC-8 over the info byte and the ids. */
export function madCrc8(from: Bytes, offset: number, lengthBytes: number): number {
  let crc = CRC_INITIAL;
  for (let i = 0; i < lengthBytes; i++) {
    crc ^= from[offset + i];
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1) & 0xff) ^ (crc >= 0x80 ? CRC_POLYNOMIAL : 0);
    }
  }
  return crc;
}
