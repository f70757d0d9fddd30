/** The member's name on the card: UTF-8, at most 30 bytes, 32 bytes of plaintext, 48 sealed. */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, fillBytes, newBytes } from "./bytes";
import type { SealPlace } from "./seal";
import { openRecord, SEAL_TAG_BYTES, SealPurpose, sealRecord } from "./seal";
import { applyKeyStream, type SivKey } from "./siv";
import { Status } from "./status";

export const NAME_BYTES = 32;
export const SEALED_NAME_BYTES = 48;
export const MAX_NAME_BYTES = 30;
export const NAME_FORMAT = 1;
const TEXT_OFFSET = 2;

/** Owned by the caller. Length 0 means that the card carries no name. */
export interface CardName {
  lengthBytes: number;
  /** 30 bytes, zero behind the name. */
  readonly utf8: Bytes;
}

export function emptyName(): CardName {
  return { lengthBytes: 0, utf8: newBytes(MAX_NAME_BYTES) };
}

/** Takes over the start of `utf8` that fits and is well formed, cut on a code point. */
export function setName(name: CardName, utf8: Bytes, lengthBytes: number): void {
  name.lengthBytes = utf8PrefixBytes(utf8, 0, lengthBytes, MAX_NAME_BYTES);
  fillBytes(name.utf8, 0, MAX_NAME_BYTES, 0);
  copyBytes(utf8, 0, name.utf8, 0, name.lengthBytes);
}

/** Writes 48 bytes; `Malformed` when `name` was not filled by `setName` or `openName`. */
export function sealName(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  name: CardName,
  out: Bytes,
  outOffset: number,
): Status {
  const textOffset = outOffset + SEAL_TAG_BYTES;
  if (name.lengthBytes > MAX_NAME_BYTES) return Status.Malformed;
  out[textOffset] = NAME_FORMAT;
  out[textOffset + 1] = name.lengthBytes;
  copyBytes(name.utf8, 0, out, textOffset + TEXT_OFFSET, MAX_NAME_BYTES);
  const status = checkName(out, textOffset);
  if (status !== Status.Ok) return status;
  sealRecord(aes, sealKey, place, SealPurpose.Name, out, outOffset, NAME_BYTES);
  return Status.Ok;
}

/** Opens 48 bytes, which are in the end what they were; a refusal leaves `name` untouched. */
export function openName(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  sealed: Bytes,
  offset: number,
  name: CardName,
): Status {
  const opened = openRecord(aes, sealKey, place, SealPurpose.Name, sealed, offset, NAME_BYTES);
  if (opened !== Status.Ok) return opened;
  const textOffset = offset + SEAL_TAG_BYTES;
  const status = checkName(sealed, textOffset);
  if (status === Status.Ok) {
    name.lengthBytes = sealed[textOffset + 1];
    copyBytes(sealed, textOffset + TEXT_OFFSET, name.utf8, 0, MAX_NAME_BYTES);
  }
  applyKeyStream(aes, sealKey, sealed, offset, NAME_BYTES);
  return status;
}

function checkName(from: Bytes, offset: number): Status {
  if (from[offset] !== NAME_FORMAT) return Status.Unsupported;
  const lengthBytes = from[offset + 1];
  if (lengthBytes > MAX_NAME_BYTES) return Status.Malformed;
  const text = offset + TEXT_OFFSET;
  if (utf8PrefixBytes(from, text, lengthBytes, MAX_NAME_BYTES) !== lengthBytes) {
    return Status.Malformed;
  }
  for (let i = lengthBytes; i < MAX_NAME_BYTES; i++) {
    if (from[text + i] !== 0) return Status.Malformed;
  }
  return Status.Ok;
}

/** Bytes of the longest prefix of whole, well-formed code points that is at most `maxBytes`. */
function utf8PrefixBytes(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  maxBytes: number,
): number {
  const limit = Math.min(lengthBytes, maxBytes);
  let prefixBytes = 0;
  while (prefixBytes < limit) {
    const size = codePointBytes(from, offset + prefixBytes, limit - prefixBytes);
    if (size === 0) return prefixBytes;
    prefixBytes += size;
  }
  return prefixBytes;
}

/** Size of the well-formed sequence at `offset` (Unicode 15, table 3-7); 0 when there is none. */
function codePointBytes(from: Bytes, offset: number, availableBytes: number): number {
  const lead = from[offset];
  if (lead > 0 && lead < 0x80) return 1;
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size === 0 || size > availableBytes) return 0;
  const second = from[offset + 1];
  // Overlong forms, surrogates and values above U+10FFFF all show in the second byte.
  if (lead === 0xe0 && second < 0xa0) return 0;
  if (lead === 0xed && second > 0x9f) return 0;
  if (lead === 0xf0 && second < 0x90) return 0;
  if (lead === 0xf4 && second > 0x8f) return 0;
  for (let i = 1; i < size; i++) {
    if (from[offset + i] < 0x80 || from[offset + i] > 0xbf) return 0;
  }
  return size;
}
