/**
 * The card's records as objects with named fields, for tests: vectors name fields, and a test reads
 * better with names. The names are those of SPEC.md, in the order of the fields.
 */
import { emptyIdentity, type Identity } from "../identity";
import { emptyLogEntry, type LogEntry } from "../log-ring";
import { type CardState, emptyState, LOT_COUNT, LotField, PUNCH_COUNT, StateField } from "../state";

const STATE_NAMES = [
  ...(["flags", "group", "groupSinceDay", "groupReviewDay", "points", "debtRial"] as const),
  ...(["visits", "firstDay", "lastDay", "lastMinute", "lastTerminal", "lastSequence"] as const),
  ...(["lifeSpendRial", "periodStartDay", "periodSpendRial", "periodVisits"] as const),
  ...(["dayRedeemRial", "renewedMonths", "offers", "lastPatch"] as const),
  "birthdayClaimYear",
] as const;
const LOT_NAMES = ["amountRial", "fromDay", "untilDay", "issuer", "kind"] as const;
const IDENTITY_NAMES = [
  ...(["format", "clubId", "serial", "cardNumber", "kind", "memberId"] as const),
  ...(["issueDay", "expiryDay", "birthYear", "birthMonth", "birthDay"] as const),
  ...(["gender", "language", "attribute1", "attribute2", "pinDigest"] as const),
] as const;
const LOG_NAMES = [
  ...(["type", "terminal", "sequenceLow", "day", "amountRial", "creditDeltaRial"] as const),
] as const;

export type NamedLot = Record<(typeof LOT_NAMES)[number], number>;
export type NamedState = Record<(typeof STATE_NAMES)[number], number> & {
  punches: ArrayLike<number>;
  lots: NamedLot[];
  baseTag: number;
};
export type NamedIdentity = Record<(typeof IDENTITY_NAMES)[number], number>;
export type NamedLogEntry = Record<(typeof LOG_NAMES)[number], number>;

export const FREE_LOT: NamedLot = { amountRial: 0, fromDay: 0, untilDay: 0, issuer: 0, kind: 0 };

/** Sets the fields that `changes` names, of `lots` the first so many slots; returns `state`. */
export function setState(state: CardState, changes: Partial<NamedState>): CardState {
  setNamed(state, 0, STATE_NAMES, changes);
  changes.lots?.forEach((lot, slot) => {
    setLot(state, slot, lot);
  });
  setEach(state, StateField.Punches, changes.punches ?? []);
  state[StateField.BaseTag] = changes.baseTag ?? state[StateField.BaseTag];
  return state;
}

export function setLot(state: CardState, slot: number, changes: Partial<NamedLot>): void {
  setNamed(state, lotIndex(slot), LOT_NAMES, changes);
}

export function stateOf(changes: Partial<NamedState>): CardState {
  return setState(emptyState(), changes);
}

export function identityOf(changes: Partial<NamedIdentity>): Identity {
  const identity = emptyIdentity();
  setNamed(identity, 0, IDENTITY_NAMES, changes);
  return identity;
}

export function logEntryOf(changes: Partial<NamedLogEntry>): LogEntry {
  const entry = emptyLogEntry();
  setNamed(entry, 0, LOG_NAMES, changes);
  return entry;
}

export function namedState(state: CardState): NamedState {
  const slice = (start: number, count: number) => state.slice(start, start + count);
  return {
    ...named(state, 0, STATE_NAMES),
    punches: slice(StateField.Punches, PUNCH_COUNT),
    lots: lotsOf(state),
    baseTag: state[StateField.BaseTag],
  };
}

export function lotsOf(state: CardState): NamedLot[] {
  return Array.from({ length: LOT_COUNT }, (_, slot) => named(state, lotIndex(slot), LOT_NAMES));
}

export function namedIdentity(identity: Identity): NamedIdentity {
  return named(identity, 0, IDENTITY_NAMES);
}

export function lotIndex(slot: number): number {
  return StateField.Lots + slot * LotField.Count;
}

function setEach(record: number[], start: number, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) record[start + i] = values[i];
}

function setNamed<Name extends string>(
  record: number[],
  start: number,
  names: readonly Name[],
  changes: Partial<Record<Name, number>>,
): void {
  names.forEach((name, index) => {
    record[start + index] = changes[name] ?? record[start + index];
  });
}

function named<Name extends string>(
  record: number[],
  start: number,
  names: readonly Name[],
): Record<Name, number> {
  const entries = names.map((name, index) => [name, record[start + index]]);
  return Object.fromEntries(entries) as Record<Name, number>;
}
