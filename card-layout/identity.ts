/** The identity record, written once at the issuing desk: 32 bytes of plaintext, 48 sealed. */
import type { AesEngine } from "./aes-engine";
import type { Bytes } from "./bytes";
import { createRecord, decodeRecord, encodeRecord } from "./record";
import type { SealPlace } from "./seal";
import { openRecord, SEAL_TAG_BYTES, SealPurpose, sealRecord } from "./seal";
import { applyKeyStream, type SivKey } from "./siv";
import { Status } from "./status";

export const IDENTITY_BYTES = 32;
export const SEALED_IDENTITY_BYTES = 48;
export const IDENTITY_FORMAT = 1;

/** Bytes of each field. */
const SIZES = "12411422211111152";
const LAST_GENDER = 2;
const LAST_LANGUAGE = 2;
/** Jalali years a living person can be born in, with room. */
const FIRST_BIRTH_YEAR = 1250;
const LAST_BIRTH_YEAR = 1599;

/** What the card is; it decides what the pad lets it do. */
export const enum CardKind {
  Member = 1,
  Gift = 2,
  Cashier = 3,
  Supervisor = 4,
  Technician = 5,
  Test = 9,
}

/** Indexes of an `Identity`. Days u16 since 2020-01-01; birth date Jalali, 0 where unknown. */
export const enum IdentityField {
  Format = 0,
  ClubId = 1,
  Serial = 2,
  /** 0 for the first card of a member, one more with each re-issue. */
  CardNumber = 3,
  /** `CardKind`. */
  Kind = 4,
  MemberId = 5,
  IssueDay = 6,
  /** Last day of use; 0xFFFF for none. */
  ExpiryDay = 7,
  BirthYear = 8,
  BirthMonth = 9,
  BirthDay = 10,
  /** 0 unknown, 1 female, 2 male. */
  Gender = 11,
  /** 0 the pad's own, 1 Persian, 2 English. */
  Language = 12,
  /** Free fields of the club that offline rules may use. */
  Attribute1 = 13,
  Attribute2 = 14,
  /** Of a cashier's or supervisor's PIN (pin.ts); 0 = none. */
  PinDigest = 15,
  /** Two bytes that a later version may use; they must be 0. */
  Reserved = 16,
}

/** Numbers by `IdentityField`. */
export type Identity = number[] & { readonly record?: "identity" };

/** An identity of format 1 with everything else 0; not valid until club, kind and days are set. */
export function emptyIdentity(): Identity {
  const identity = createRecord(SIZES);
  identity[IdentityField.Format] = IDENTITY_FORMAT;
  return identity;
}

/** Writes 32 bytes; `Malformed`: what is then in `out` must not be used. */
export function encodeIdentity(identity: Identity, out: Bytes, offset: number): Status {
  return isValid(identity)
    ? encodeRecord(SIZES, identity, out, offset, IDENTITY_BYTES)
    : Status.Malformed;
}

/** Reads 32 bytes; after `Malformed` the content of `identity` must not be used. */
export function decodeIdentity(from: Bytes, offset: number, identity: Identity): Status {
  decodeRecord(SIZES, from, offset, identity);
  return isValid(identity) ? Status.Ok : Status.Malformed;
}

/** Writes 48 bytes; `Malformed` also when the identity is of another club than the place. */
export function sealIdentity(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  identity: Identity,
  out: Bytes,
  outOffset: number,
): Status {
  if (identity[IdentityField.ClubId] !== place.clubId) return Status.Malformed;
  const status = encodeIdentity(identity, out, outOffset + SEAL_TAG_BYTES);
  if (status === Status.Ok)
    sealRecord(aes, sealKey, place, SealPurpose.Identity, out, outOffset, IDENTITY_BYTES);
  return status;
}

/**
 * Opens 48 bytes, which are in the end what they were. `BadSeal` leaves `identity` untouched; after
 * `Malformed` its content must not be used.
 */
export function openIdentity(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  sealed: Bytes,
  offset: number,
  identity: Identity,
): Status {
  const purpose = SealPurpose.Identity;
  let status = openRecord(aes, sealKey, place, purpose, sealed, offset, IDENTITY_BYTES);
  if (status === Status.Ok) {
    status = decodeIdentity(sealed, offset + SEAL_TAG_BYTES, identity);
    applyKeyStream(aes, sealKey, sealed, offset, IDENTITY_BYTES);
    if (identity[IdentityField.ClubId] !== place.clubId) status = Status.Malformed;
  }
  return status;
}

/**
 * The year of birth may be unknown, and month and day together. 30 Esfand is accepted in every
 * year: the rules treat it as 29 Esfand where the year has no such day.
 */
function isValid(identity: Identity): boolean {
  const kind = identity[IdentityField.Kind];
  const isStaff = kind === CardKind.Cashier || kind === CardKind.Supervisor;
  const year = identity[IdentityField.BirthYear];
  const month = identity[IdentityField.BirthMonth];
  const day = identity[IdentityField.BirthDay];
  return (
    identity[IdentityField.Format] === IDENTITY_FORMAT &&
    identity[IdentityField.Reserved] === 0 &&
    (identity[IdentityField.PinDigest] === 0 || isStaff) &&
    (kind <= CardKind.Technician ? kind > 0 : kind === CardKind.Test) &&
    identity[IdentityField.Gender] <= LAST_GENDER &&
    identity[IdentityField.Language] <= LAST_LANGUAGE &&
    identity[IdentityField.IssueDay] <= identity[IdentityField.ExpiryDay] &&
    (year >= FIRST_BIRTH_YEAR ? year <= LAST_BIRTH_YEAR : year === 0) &&
    (day > 0 && month > 0 ? month <= 12 && day <= (month <= 6 ? 31 : 30) : day === month)
  );
}
