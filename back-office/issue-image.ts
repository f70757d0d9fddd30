/** The image of a new card and what the database keeps of it. */
import type { AesEngine } from "../card-layout/aes-engine";
import {
  BLOCK_BYTES,
  COUNTER_START,
  IDENTITY_FIRST_BLOCK,
  STATE_BLOCK_COUNT,
  slotOfCounter,
  stateBlock,
} from "../card-layout/geometry";
import {
  CardKind,
  emptyIdentity,
  type Identity,
  IdentityField,
  SEALED_IDENTITY_BYTES,
} from "../card-layout/identity";
import { emptyName, MAX_NAME_BYTES, setName } from "../card-layout/name";
import { personaliseImage } from "../card-layout/personalise";
import { pinDigest } from "../card-layout/pin";
import { BASE_TAG_BYTES, type CardState, DAY_NEVER } from "../card-layout/state";
import { Status } from "../card-layout/status";
import type { JalaliDate } from "../firmware/core/calendar";
import { CardSeals } from "./card-seals";
import { fillIdentity, UNKNOWN_BIRTH } from "./card-views";
import type { IssuedCard } from "./ingest";
import { type ClubKeys, issuerKeysOf } from "./keys";
import { UserError } from "./user-error";

export interface NewMemberCard {
  member: number;
  serial: number;
  /** 0 for the member's first card. */
  cardNumber: number;
  /** Of a member when left out. */
  kind?: CardKind;
  /** "" for none; cut to 30 bytes of UTF-8. */
  name: string;
  birth: JalaliDate | undefined;
  issueDay: number;
  /** Last business day; never when left out. */
  expiryDay?: number;
  /** What is on it from the beginning; empty when left out. */
  state?: CardState;
  /** Of a staff card, 4 to 8 digits; `member` is then the staff number. */
  pin?: string;
}

export interface IssuedImage {
  image: Uint8Array;
  card: IssuedCard;
  /** False when the name was too long for the card. */
  isNameWhole: boolean;
}

/** Fills the image of a blank card, whose block 0 is kept, for `uid` (4 or 7 bytes). */
export function issueImage(
  aes: AesEngine,
  keys: ClubKeys,
  blank: Uint8Array,
  uid: Uint8Array,
  member: NewMemberCard,
): IssuedImage {
  const image = blank.slice();
  const padded = new Uint8Array(7);
  padded.set(uid);
  const utf8 = new TextEncoder().encode(member.name);
  const name = emptyName();
  setName(name, utf8, utf8.length);
  const identity = identityOf(keys, member);
  const issuer = issuerKeysOf(keys);
  if (member.pin !== undefined) {
    identity[IdentityField.PinDigest] = pinDigest(
      ...[aes, issuer.sectorMaster, padded, uid.length, keys.clubId, member.pin],
    );
  }
  const status = personaliseImage(aes, issuer, padded, uid.length, identity, name, image);
  if (status !== Status.Ok) {
    throw new UserError(
      `the card layout refuses these fields (status ${status}): check the birth date`,
    );
  }
  const uidText = Buffer.from(uid).toString("hex");
  const issuedState = member.state && sealedState(aes, keys, uidText, member.state, image);
  const identityAt = IDENTITY_FIRST_BLOCK * BLOCK_BYTES;
  const stateAt = stateBlock(slotOfCounter(COUNTER_START), 0) * BLOCK_BYTES;
  const card: IssuedCard = {
    uid: uidText,
    // Staff numbers are no members.
    member: isStaff(member.kind) ? 0 : member.member,
    serial: member.serial,
    cardNumber: member.cardNumber,
    sealedIdentity: image.slice(identityAt, identityAt + SEALED_IDENTITY_BYTES),
    issuedTag: image.slice(stateAt, stateAt + BASE_TAG_BYTES),
    ...(issuedState === undefined ? {} : { issuedState }),
  };
  return { image, card, isNameWhole: utf8.length <= MAX_NAME_BYTES };
}

export function isStaff(kind: CardKind | undefined): boolean {
  return kind === CardKind.Cashier || kind === CardKind.Supervisor;
}

/** Puts a first state record in the place of the empty one; returns it. */
function sealedState(
  aes: AesEngine,
  keys: ClubKeys,
  uid: string,
  state: CardState,
  image: Uint8Array,
): Uint8Array {
  const sealed = new CardSeals(aes, keys, uid).seal(state, COUNTER_START);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const part = sealed.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
    image.set(part, stateBlock(slotOfCounter(COUNTER_START), i) * BLOCK_BYTES);
  }
  return sealed;
}

function identityOf(keys: ClubKeys, member: NewMemberCard): Identity {
  const identity = emptyIdentity();
  const { birth } = member;
  fillIdentity(identity, keys.clubId, {
    kind: member.kind ?? CardKind.Member,
    memberId: member.member,
    serial: member.serial,
    cardNumber: member.cardNumber,
    issueDay: member.issueDay,
    expiryDay: member.expiryDay ?? DAY_NEVER,
    ...(birth === undefined
      ? UNKNOWN_BIRTH
      : { birthYear: birth.year, birthMonth: birth.month, birthDay: birth.day }),
  });
  return identity;
}
