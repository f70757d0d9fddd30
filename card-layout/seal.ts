/**
 * The seal of a card record: AES-SIV under the card's own key with associated data that says where
 * the record belongs. A record copied to another chip, club, slot, counter value or key epoch does
 * not open. A sealed record is 16 bytes of synthetic IV and then the ciphertext.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, newBytes, putUint } from "./bytes";
import { type SivKey, sivOpen, sivSeal } from "./siv";
import type { Status } from "./status";

export const LAYOUT_VERSION = 1;
export const SEAL_TAG_BYTES = 16;
export const ASSOCIATED_DATA_BYTES = 16;
export const UID_BYTES = 7;
/** Added to the purpose for a 7-byte UID, so that a padded 4-byte UID is never taken for one. */
const LONG_UID_FLAG = 0x80;

/** What a sealed record is; second byte of the associated data. */
export const enum SealPurpose {
  Identity = 1,
  Name = 2,
  StateSlot0 = 3,
  StateSlot1 = 4,
  /** Not SIV: the first byte pair of the log's key stream block (log-ring.ts). */
  Log = 5,
}

/** Where a record belongs; owned by the caller and reused from card to card. */
export interface SealPlace {
  /** 7 bytes, zero padded. */
  uid: Bytes;
  /** 4 or 7. */
  uidLengthBytes: number;
  clubId: number;
  /** Even counter value of a state record; ignored for identity and name. */
  counter: number;
  keyEpoch: number;
}

const associatedData = newBytes(ASSOCIATED_DATA_BYTES);

/** Writes the 16 bytes of associated data. */
export function encodeSealPlace(place: SealPlace, purpose: SealPurpose, out: Bytes): void {
  out[0] = LAYOUT_VERSION;
  out[1] = place.uidLengthBytes === UID_BYTES ? purpose + LONG_UID_FLAG : purpose;
  putUint(out, 2, 2, place.clubId);
  copyBytes(place.uid, 0, out, 4, UID_BYTES);
  putUint(out, 11, 4, purpose > SealPurpose.Name ? place.counter : 0);
  out[15] = place.keyEpoch;
}

/** Seals in place `textBytes` of plaintext behind the 16 bytes left for the tag at `offset`. */
export function sealRecord(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  purpose: SealPurpose,
  record: Bytes,
  offset: number,
  textBytes: number,
): void {
  encodeSealPlace(place, purpose, associatedData);
  sivSeal(aes, sealKey, associatedData, record, offset, textBytes);
}

/** Opens in place; `BadSeal` leaves the record as it was. After `Ok` call `applyKeyStream`, which
 * turns it back into its sealed bytes and is cheaper than keeping a copy. */
export function openRecord(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  purpose: SealPurpose,
  record: Bytes,
  offset: number,
  textBytes: number,
): Status {
  encodeSealPlace(place, purpose, associatedData);
  return sivOpen(aes, sealKey, associatedData, record, offset, textBytes);
}
