/**
 * The state record of a member's card: what every tap reads, decides on and writes anew. 128 bytes
 * of plaintext, 144 sealed, exactly the nine data blocks of a slot.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, getUint, newBytes } from "./bytes";
import {
  allFieldsFit,
  putBytes,
  putField,
  startFields,
  takeBytes,
  takeField,
} from "./field-cursor";
import type { SealPlace } from "./seal";
import { concealRecord, openRecord, SEAL_TAG_BYTES, SealPurpose, sealRecord } from "./seal";
import type { SivKey } from "./siv";
import { Status } from "./status";

export const STATE_BYTES = 128;
export const SEALED_STATE_BYTES = 144;
export const PUNCH_COUNT = 4;
export const LOT_COUNT = 6;
export const LOT_BYTES = 11;
export const BASE_TAG_BYTES = 5;
/** Day number that means "never" as an end. */
export const DAY_NEVER = 0xffff;

const LAST_MINUTE_OFFSET = 21;
const LOTS_OFFSET = 57;
const MINUTES_PER_DAY = 1440;
const ALL_FLAGS = 15;

/** Bits of `CardState.flags`. */
export const enum StateFlag {
  Enrolled = 1,
  Blocked = 2,
  /** Waits for the club's approval: neither earns nor redeems. */
  Pending = 4,
  EarnOnly = 8,
}

/** Credit with its own validity; amount 0 means a free slot and then all fields are 0. */
export interface CreditLot {
  /** < 2^40. */
  amountRial: number;
  /** First business day it may be spent. Days count from 2020-01-01. */
  fromDay: number;
  /** Last business day, or `DAY_NEVER`. */
  untilDay: number;
  issuer: number;
  kind: number;
}

/** Money < 2^40 rial; days u16 since 2020-01-01; SPEC.md gives every size. */
export interface CardState {
  flags: number;
  group: number;
  groupSinceDay: number;
  groupReviewDay: number;
  points: number;
  debtRial: number;
  visits: number;
  firstDay: number;
  lastDay: number;
  /** Minute of the day, 0..1439. */
  lastMinute: number;
  lastTerminal: number;
  lastSequence: number;
  lifeSpendRial: number;
  periodStartDay: number;
  periodSpendRial: number;
  periodVisits: number;
  /** < 2^32. */
  dayRedeemRial: number;
  offerEpoch: number;
  /** 16 bits, one per personal offer. */
  offersEntitled: number;
  offersUsed: number;
  /** Jalali year - 1400. */
  birthdayClaimYear: number;
  readonly punches: Bytes;
  readonly lots: CreditLot[];
  /** First bytes of the seal of the record that this one was based on. */
  readonly baseTag: Bytes;
}

/** A new card's state, all zero. */
export function emptyState(): CardState {
  const lots: CreditLot[] = [];
  for (let i = 0; i < LOT_COUNT; i++) {
    lots.push({ amountRial: 0, fromDay: 0, untilDay: 0, issuer: 0, kind: 0 });
  }
  return {
    flags: 0,
    group: 0,
    groupSinceDay: 0,
    groupReviewDay: 0,
    points: 0,
    debtRial: 0,
    visits: 0,
    firstDay: 0,
    lastDay: 0,
    lastMinute: 0,
    lastTerminal: 0,
    lastSequence: 0,
    lifeSpendRial: 0,
    periodStartDay: 0,
    periodSpendRial: 0,
    periodVisits: 0,
    dayRedeemRial: 0,
    offerEpoch: 0,
    offersEntitled: 0,
    offersUsed: 0,
    birthdayClaimYear: 0,
    punches: newBytes(PUNCH_COUNT),
    lots,
    baseTag: newBytes(BASE_TAG_BYTES),
  };
}

/** Copies every field, lots included. */
export function copyState(from: CardState, to: CardState): void {
  to.flags = from.flags;
  to.group = from.group;
  to.groupSinceDay = from.groupSinceDay;
  to.groupReviewDay = from.groupReviewDay;
  to.points = from.points;
  to.debtRial = from.debtRial;
  to.visits = from.visits;
  to.firstDay = from.firstDay;
  to.lastDay = from.lastDay;
  to.lastMinute = from.lastMinute;
  to.lastTerminal = from.lastTerminal;
  to.lastSequence = from.lastSequence;
  to.lifeSpendRial = from.lifeSpendRial;
  to.periodStartDay = from.periodStartDay;
  to.periodSpendRial = from.periodSpendRial;
  to.periodVisits = from.periodVisits;
  to.dayRedeemRial = from.dayRedeemRial;
  to.offerEpoch = from.offerEpoch;
  to.offersEntitled = from.offersEntitled;
  to.offersUsed = from.offersUsed;
  to.birthdayClaimYear = from.birthdayClaimYear;
  copyBytes(from.punches, 0, to.punches, 0, PUNCH_COUNT);
  for (let i = 0; i < LOT_COUNT; i++) copyLot(from.lots[i], to.lots[i]);
  copyBytes(from.baseTag, 0, to.baseTag, 0, BASE_TAG_BYTES);
}

/** Copies one lot. */
export function copyLot(from: CreditLot, to: CreditLot): void {
  to.amountRial = from.amountRial;
  to.fromDay = from.fromDay;
  to.untilDay = from.untilDay;
  to.issuer = from.issuer;
  to.kind = from.kind;
}

/**
 * Writes 128 bytes. Anything but `Ok` means that the state holds a value no card may hold; what is
 * then in `out` must not be used.
 */
export function encodeState(state: CardState, out: Bytes, offset: number): Status {
  startFields(out, offset);
  putField(1, state.flags);
  putField(1, state.group);
  putField(2, state.groupSinceDay);
  putField(2, state.groupReviewDay);
  putField(4, state.points);
  putField(5, state.debtRial);
  putField(2, state.visits);
  putField(2, state.firstDay);
  putField(2, state.lastDay);
  putField(2, state.lastMinute);
  putField(2, state.lastTerminal);
  putField(4, state.lastSequence);
  putField(5, state.lifeSpendRial);
  putField(2, state.periodStartDay);
  putField(5, state.periodSpendRial);
  putField(2, state.periodVisits);
  putField(4, state.dayRedeemRial);
  putField(1, state.offerEpoch);
  putField(2, state.offersEntitled);
  putField(2, state.offersUsed);
  putField(1, state.birthdayClaimYear);
  putBytes(state.punches, PUNCH_COUNT);
  for (let i = 0; i < LOT_COUNT; i++) putLot(state.lots[i]);
  putBytes(state.baseTag, BASE_TAG_BYTES);
  return allFieldsFit() ? checkState(out, offset) : Status.Malformed;
}

/** Reads 128 bytes; `Malformed` and `Unsupported` leave `state` untouched. */
export function decodeState(from: Bytes, offset: number, state: CardState): Status {
  const status = checkState(from, offset);
  if (status !== Status.Ok) return status;
  startFields(from, offset);
  state.flags = takeField(1);
  state.group = takeField(1);
  state.groupSinceDay = takeField(2);
  state.groupReviewDay = takeField(2);
  state.points = takeField(4);
  state.debtRial = takeField(5);
  state.visits = takeField(2);
  state.firstDay = takeField(2);
  state.lastDay = takeField(2);
  state.lastMinute = takeField(2);
  state.lastTerminal = takeField(2);
  state.lastSequence = takeField(4);
  state.lifeSpendRial = takeField(5);
  state.periodStartDay = takeField(2);
  state.periodSpendRial = takeField(5);
  state.periodVisits = takeField(2);
  state.dayRedeemRial = takeField(4);
  state.offerEpoch = takeField(1);
  state.offersEntitled = takeField(2);
  state.offersUsed = takeField(2);
  state.birthdayClaimYear = takeField(1);
  takeBytes(state.punches, PUNCH_COUNT);
  for (let i = 0; i < LOT_COUNT; i++) takeLot(state.lots[i]);
  takeBytes(state.baseTag, BASE_TAG_BYTES);
  return Status.Ok;
}

/** Writes 144 bytes for `slot` (0 or 1) at `place.counter`; as `encodeState` when refused. */
export function sealState(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  slot: number,
  state: CardState,
  out: Bytes,
  outOffset: number,
): Status {
  const status = encodeState(state, out, outOffset + SEAL_TAG_BYTES);
  if (status !== Status.Ok) return status;
  sealRecord(aes, sealKey, place, slotPurpose(slot), out, outOffset, STATE_BYTES);
  return Status.Ok;
}

/** Opens 144 bytes, which are in the end what they were; any refusal leaves `state` untouched. */
export function openState(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  slot: number,
  sealed: Bytes,
  offset: number,
  state: CardState,
): Status {
  const opened = openRecord(aes, sealKey, place, slotPurpose(slot), sealed, offset, STATE_BYTES);
  if (opened !== Status.Ok) return opened;
  const status = decodeState(sealed, offset + SEAL_TAG_BYTES, state);
  concealRecord(aes, sealKey, sealed, offset, STATE_BYTES);
  return status;
}

function slotPurpose(slot: number): SealPurpose {
  return slot === 0 ? SealPurpose.StateSlot0 : SealPurpose.StateSlot1;
}

function putLot(lot: CreditLot): void {
  putField(5, lot.amountRial);
  putField(2, lot.fromDay);
  putField(2, lot.untilDay);
  putField(1, lot.issuer);
  putField(1, lot.kind);
}

function takeLot(lot: CreditLot): void {
  lot.amountRial = takeField(5);
  lot.fromDay = takeField(2);
  lot.untilDay = takeField(2);
  lot.issuer = takeField(1);
  lot.kind = takeField(1);
}

/** The checks that sizes alone do not make; on the bytes, so that no second record is needed. */
function checkState(from: Bytes, offset: number): Status {
  if (from[offset] > ALL_FLAGS) return Status.Unsupported;
  if (getUint(from, offset + LAST_MINUTE_OFFSET, 2) >= MINUTES_PER_DAY) return Status.Malformed;
  for (let i = 0; i < LOT_COUNT; i++) {
    if (!isLotCanonical(from, offset + LOTS_OFFSET + i * LOT_BYTES)) return Status.Malformed;
  }
  return Status.Ok;
}

/** One free slot has one form only, and a lot may not end before it begins. */
function isLotCanonical(from: Bytes, offset: number): boolean {
  if (getUint(from, offset, 5) === 0) return getUint(from, offset + 5, 6) === 0;
  const fromDay = getUint(from, offset + 5, 2);
  return fromDay !== DAY_NEVER && fromDay <= getUint(from, offset + 7, 2);
}
