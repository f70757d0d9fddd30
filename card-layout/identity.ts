/** The identity record, written once at the issuing desk: 32 bytes of plaintext, 48 sealed. */
import type { AesEngine } from "./aes-engine";
import { type Bytes, getUint } from "./bytes";
import { allFieldsFit, putField, startFields, takeField } from "./field-cursor";
import type { SealPlace } from "./seal";
import { concealRecord, openRecord, SEAL_TAG_BYTES, SealPurpose, sealRecord } from "./seal";
import type { SivKey } from "./siv";
import { Status } from "./status";

export const IDENTITY_BYTES = 32;
export const SEALED_IDENTITY_BYTES = 48;
export const IDENTITY_FORMAT = 1;

const CLUB_ID_OFFSET = 1;
const KIND_OFFSET = 8;
const ISSUE_DAY_OFFSET = 13;
const BIRTH_YEAR_OFFSET = 17;
const GENDER_OFFSET = 21;
const RESERVED_OFFSET = 25;
const RESERVED_BYTES = 7;
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

/** Days u16 since 2020-01-01; birth date Jalali, 0 for what is unknown. */
export interface Identity {
  format: number;
  clubId: number;
  serial: number;
  /** 0 for the first card of a member, one more with each re-issue. */
  cardNumber: number;
  kind: number;
  memberId: number;
  issueDay: number;
  /** Last day of use; 0xFFFF for none. */
  expiryDay: number;
  birthYear: number;
  birthMonth: number;
  birthDay: number;
  /** 0 unknown, 1 female, 2 male. */
  gender: number;
  /** 0 the pad's own, 1 Persian, 2 English. */
  language: number;
  /** Free fields of the club that offline rules may use. */
  attribute1: number;
  attribute2: number;
}

/** An identity of format 1 with everything else 0; not valid until club, kind and days are set. */
export function emptyIdentity(): Identity {
  return {
    format: IDENTITY_FORMAT,
    clubId: 0,
    serial: 0,
    cardNumber: 0,
    kind: 0,
    memberId: 0,
    issueDay: 0,
    expiryDay: 0,
    birthYear: 0,
    birthMonth: 0,
    birthDay: 0,
    gender: 0,
    language: 0,
    attribute1: 0,
    attribute2: 0,
  };
}

/** Writes 32 bytes; when refused, what is in `out` must not be used. */
export function encodeIdentity(identity: Identity, out: Bytes, offset: number): Status {
  startFields(out, offset);
  putField(1, identity.format);
  putField(2, identity.clubId);
  putField(4, identity.serial);
  putField(1, identity.cardNumber);
  putField(1, identity.kind);
  putField(4, identity.memberId);
  putField(2, identity.issueDay);
  putField(2, identity.expiryDay);
  putField(2, identity.birthYear);
  putField(1, identity.birthMonth);
  putField(1, identity.birthDay);
  putField(1, identity.gender);
  putField(1, identity.language);
  putField(1, identity.attribute1);
  putField(1, identity.attribute2);
  for (let i = 0; i < RESERVED_BYTES; i++) putField(1, 0);
  return allFieldsFit() ? checkIdentity(out, offset, identity.clubId) : Status.Malformed;
}

/** Reads 32 bytes of a card of `clubId`; any refusal leaves `identity` untouched. */
export function decodeIdentity(
  from: Bytes,
  offset: number,
  clubId: number,
  identity: Identity,
): Status {
  const status = checkIdentity(from, offset, clubId);
  if (status !== Status.Ok) return status;
  startFields(from, offset);
  identity.format = takeField(1);
  identity.clubId = takeField(2);
  identity.serial = takeField(4);
  identity.cardNumber = takeField(1);
  identity.kind = takeField(1);
  identity.memberId = takeField(4);
  identity.issueDay = takeField(2);
  identity.expiryDay = takeField(2);
  identity.birthYear = takeField(2);
  identity.birthMonth = takeField(1);
  identity.birthDay = takeField(1);
  identity.gender = takeField(1);
  identity.language = takeField(1);
  identity.attribute1 = takeField(1);
  identity.attribute2 = takeField(1);
  return Status.Ok;
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
  if (identity.clubId !== place.clubId) return Status.Malformed;
  const status = encodeIdentity(identity, out, outOffset + SEAL_TAG_BYTES);
  if (status !== Status.Ok) return status;
  sealRecord(aes, sealKey, place, SealPurpose.Identity, out, outOffset, IDENTITY_BYTES);
  return Status.Ok;
}

/** Opens 48 bytes, which are in the end what they were; a refusal leaves `identity` untouched. */
export function openIdentity(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  sealed: Bytes,
  offset: number,
  identity: Identity,
): Status {
  const purpose = SealPurpose.Identity;
  const opened = openRecord(aes, sealKey, place, purpose, sealed, offset, IDENTITY_BYTES);
  if (opened !== Status.Ok) return opened;
  const status = decodeIdentity(sealed, offset + SEAL_TAG_BYTES, place.clubId, identity);
  concealRecord(aes, sealKey, sealed, offset, IDENTITY_BYTES);
  return status;
}

function checkIdentity(from: Bytes, offset: number, clubId: number): Status {
  if (from[offset] !== IDENTITY_FORMAT) return Status.Unsupported;
  for (let i = 0; i < RESERVED_BYTES; i++) {
    if (from[offset + RESERVED_OFFSET + i] !== 0) return Status.Unsupported;
  }
  if (!isKnownKind(from[offset + KIND_OFFSET])) return Status.Unsupported;
  if (from[offset + GENDER_OFFSET] > LAST_GENDER) return Status.Unsupported;
  if (from[offset + GENDER_OFFSET + 1] > LAST_LANGUAGE) return Status.Unsupported;
  if (getUint(from, offset + CLUB_ID_OFFSET, 2) !== clubId) return Status.Malformed;
  const expiryDay = getUint(from, offset + ISSUE_DAY_OFFSET + 2, 2);
  if (getUint(from, offset + ISSUE_DAY_OFFSET, 2) > expiryDay) return Status.Malformed;
  const birthAt = offset + BIRTH_YEAR_OFFSET;
  const year = getUint(from, birthAt, 2);
  return isBirthDate(year, from[birthAt + 2], from[birthAt + 3]) ? Status.Ok : Status.Malformed;
}

function isKnownKind(kind: number): boolean {
  return (kind >= CardKind.Member && kind <= CardKind.Technician) || kind === CardKind.Test;
}

/**
 * The year may be unknown, and month and day together. 30 Esfand is accepted in every year: the
 * rules treat it as 29 Esfand where the year has no such day.
 */
function isBirthDate(year: number, month: number, day: number): boolean {
  if (year !== 0 && (year < FIRST_BIRTH_YEAR || year > LAST_BIRTH_YEAR)) return false;
  if (month === 0 || day === 0) return month === 0 && day === 0;
  return month <= 12 && day <= (month <= 6 ? 31 : 30);
}
