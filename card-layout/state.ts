/**
 * The state record of a member's card: what every tap reads, decides on and writes anew. 128 bytes
 * of plaintext, 144 sealed, exactly the nine data blocks of a slot.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, newBytes } from "./bytes";
import { slotOfCounter } from "./geometry";
import { createRecord, decodeRecord, encodeRecord } from "./record";
import type { SealPlace } from "./seal";
import { openRecord, SEAL_TAG_BYTES, SealPurpose, sealRecord } from "./seal";
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

/** Bytes of each field; the grant takes none, so it can only be sealed empty. */
const SIZES =
  "112245222224525241221" +
  "1111" +
  "52211" +
  "52211" +
  "52211" +
  "52211" +
  "52211" +
  "52211" +
  "00000" +
  "5";
const MINUTES_PER_DAY = 1440;
const ALL_FLAGS = 15;

/** Bits of `StateField.Flags`. */
export const enum StateFlag {
  Enrolled = 1,
  Blocked = 2,
  /** Waits for the club's approval: neither earns nor redeems. */
  Pending = 4,
  EarnOnly = 8,
}

/** Indexes of a `CardState`. Money < 2^40 rial; days u16 since 2020-01-01. */
export const enum StateField {
  Flags = 0,
  Group = 1,
  GroupSinceDay = 2,
  /** Until then no review lowers the group. */
  GroupReviewDay = 3,
  /** < 2^32. */
  Points = 4,
  DebtRial = 5,
  Visits = 6,
  FirstDay = 7,
  LastDay = 8,
  /** Minute of the day, 0..1439. */
  LastMinute = 9,
  LastTerminal = 10,
  LastSequence = 11,
  LifeSpendRial = 12,
  PeriodStartDay = 13,
  PeriodSpendRial = 14,
  PeriodVisits = 15,
  /** < 2^32. */
  DayRedeemRial = 16,
  /** Jalali months by which the card lives longer than its identity says. */
  RenewedMonths = 17,
  /** 16 bits: personal offers granted and not used yet. */
  Offers = 18,
  /** Number of the last card patch of the back office that this card took in; < 2^16. */
  LastPatch = 19,
  /** Jalali year - 1400. */
  BirthdayClaimYear = 20,
  /** The first of `PUNCH_COUNT`. */
  Punches = 21,
  /** The first of `LOT_COUNT` lots of `LotField.Count` fields each. */
  Lots = 25,
  /** One lot more, which never gets to the card: credit just earned that has no place yet. */
  Grant = 55,
  /** First `BASE_TAG_BYTES` bytes of the seal of the record this was based on, as one number. */
  BaseTag = 60,
}

/** Indexes within a lot: credit with its own validity. A free slot is 0 in all fields. */
export const enum LotField {
  /** < 2^40; 0 in a free slot only. */
  AmountRial = 0,
  /** First business day it may be spent. */
  FromDay = 1,
  /** Last business day, or `DAY_NEVER`. */
  UntilDay = 2,
  Issuer = 3,
  Kind = 4,
  Count = 5,
}

/** Numbers by `StateField`. */
export type CardState = number[] & { readonly record?: "state" };

/** A new card's state, all zero. */
export function emptyState(): CardState {
  return createRecord(SIZES);
}

/**
 * Writes 128 bytes. `Malformed` means that the state holds a value no card may hold; what is then
 * in `out` must not be used.
 */
export function encodeState(state: CardState, out: Bytes, offset: number): Status {
  return isCanonical(state)
    ? encodeRecord(SIZES, state, out, offset, STATE_BYTES)
    : Status.Malformed;
}

/** Reads 128 bytes; after `Malformed` the content of `state` must not be used. */
export function decodeState(from: Bytes, offset: number, state: CardState): Status {
  decodeRecord(SIZES, from, offset, state);
  return isCanonical(state) ? Status.Ok : Status.Malformed;
}

/** Writes the 144 bytes of the record of `place.counter`; as `encodeState` when refused. */
export function sealState(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  state: CardState,
  out: Bytes,
  outOffset: number,
): Status {
  const status = encodeState(state, out, outOffset + SEAL_TAG_BYTES);
  if (status === Status.Ok)
    sealRecord(aes, sealKey, place, slotPurpose(place), out, outOffset, STATE_BYTES);
  return status;
}

/**
 * Opens the 144 bytes of the record of `place.counter`, which are in the end what they were.
 * `BadSeal` leaves `state` untouched; after `Malformed` its content must not be used.
 */
export function openState(
  aes: AesEngine,
  sealKey: SivKey,
  place: SealPlace,
  sealed: Bytes,
  offset: number,
  state: CardState,
): Status {
  // For an interpreter copying takes a tenth of what sealing again would.
  const before = newBytes(STATE_BYTES);
  copyBytes(sealed, offset + SEAL_TAG_BYTES, before, 0, STATE_BYTES);
  let status = openRecord(aes, sealKey, place, slotPurpose(place), sealed, offset, STATE_BYTES);
  if (status === Status.Ok) {
    status = decodeState(sealed, offset + SEAL_TAG_BYTES, state);
    copyBytes(before, 0, sealed, offset + SEAL_TAG_BYTES, STATE_BYTES);
  }
  return status;
}

function slotPurpose(place: SealPlace): SealPurpose {
  return SealPurpose.StateSlot0 + slotOfCounter(place.counter);
}

/** What sizes alone do not check. One free slot has one form; no lot ends before it begins. */
function isCanonical(state: CardState): boolean {
  for (let at = StateField.Lots; at < StateField.Grant; at += LotField.Count) {
    const fromDay = state[at + LotField.FromDay];
    const untilDay = state[at + LotField.UntilDay];
    const isFine =
      state[at] > 0
        ? fromDay < DAY_NEVER && fromDay <= untilDay
        : fromDay + untilDay + state[at + LotField.Issuer] + state[at + LotField.Kind] === 0;
    if (!isFine) return false;
  }
  return state[StateField.Flags] <= ALL_FLAGS && state[StateField.LastMinute] < MINUTES_PER_DAY;
}
