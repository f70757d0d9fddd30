/**
 * The payloads of journal records: CBOR maps with small integer keys, deterministic, zero values
 * left out. The journal adds sequence, chain MAC and CRC; nothing here knows about flash.
 */
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { type Identity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import {
  CborType,
  cborEnd,
  cborExpect,
  cborExpectKey,
  cborPutUint,
  cborRefuse,
  cborStart,
  cborTakeString,
  createCborReader,
} from "./cbor";
import type { Decision, Purchase } from "./evaluate";
import type { IssuerAmount } from "./lots";
import { MAX_RIAL } from "./money";

/** Types below 32; those from 32 on are the journal's own. */
export const enum JournalType {
  Boot = 1,
  /** Before a card is touched: all that the tap will do. */
  Intent = 2,
  /** The card was written, read back and ratified. */
  Commit = 3,
  /** The intent certainly had no effect. */
  Aborted = 4,
  /** Given up by the cashier; the card's next appearance will tell. */
  InDoubt = 5,
  Alarm = 6,
  Settings = 7,
  Shift = 8,
}

/** Keys of an `Intent`. The back office finds everything else by evaluating again. */
export const enum IntentKey {
  Uid = 1,
  MemberId = 2,
  Serial = 3,
  /** Counter value M that the tap starts from. */
  CounterBefore = 4,
  /** First bytes of the sealed record that the tap starts from. */
  BaseTag = 5,
  /** First bytes of the sealed record that will be written. */
  NewTag = 6,
  Kind = 7,
  Day = 8,
  Minute = 9,
  GrossRial = 10,
  /** Only when it differs from `UsedRial`; `decodeEntry` always fills it. */
  AskedRial = 11,
  UsedRial = 12,
  EarnedRial = 13,
  ExpiredRial = 14,
  PointsEarned = 15,
  BalanceAfterRial = 16,
  PointsAfter = 17,
  RulesetVersion = 18,
  /** One byte per fired rule, as many as fit. */
  FiredRules = 19,
  Cashier = 20,
  UnixSeconds = 21,
  /** Only with more than one issuer: issuer u8, rial u40 little-endian, for each. */
  UsedByIssuer = 22,
  CardNumber = 23,
  /** ASCII digits, at enrolment only. */
  Mobile = 24,
  DiscountRial = 25,
}

/** Keys of a `Commit`. */
export const enum CommitKey {
  IntentSequence = 1,
  CounterAfter = 2,
}

/** Keys of `Aborted` and of `InDoubt`, which has no reason. */
export const enum AbortKey {
  IntentSequence = 1,
  /** A `Status`. */
  Reason = 2,
}

/** Keys of an `Alarm`. */
export const enum AlarmKey {
  Code = 1,
  Uid = 2,
  Counter = 3,
  Detail = 4,
}

/** Keys of a `Boot`. */
export const enum BootKey {
  Count = 1,
  UnixSeconds = 2,
  /** Major * 65536 + minor * 256 + patch. */
  FirmwareVersion = 3,
  Reason = 4,
}

/** No payload that is used is longer. */
export const MAX_ENTRY_BYTES = 160;
/** Room for the longest that can be tried. */
export const ENTRY_BUFFER_BYTES = 256;
const KEY_COUNT = 26;
const UID_MAX_BYTES = 7;
const TAG_BYTES = 5;
const MOBILE_MAX_BYTES = 15;
const ISSUER_BYTES = 6;
const MAX_ISSUERS = 6;
/** A rule list longer than this is cut even if there were room. */
const MAX_FIRED = 32;

/** CBOR type by key of an `Intent`. */
const INTENT_TYPES: CborType[] = [];
for (let key = 0; key < KEY_COUNT; key++) INTENT_TYPES.push(CborType.Uint);
INTENT_TYPES[IntentKey.Uid] = CborType.Bytes;
INTENT_TYPES[IntentKey.BaseTag] = CborType.Bytes;
INTENT_TYPES[IntentKey.NewTag] = CborType.Bytes;
INTENT_TYPES[IntentKey.FiredRules] = CborType.Bytes;
INTENT_TYPES[IntentKey.UsedByIssuer] = CborType.Bytes;
INTENT_TYPES[IntentKey.Mobile] = CborType.Text;

/** One payload, unpacked: numbers and strings by key. Caller-owned; `clearEntry` before filling. */
export interface JournalEntry {
  /** Integers by key, each below 2^40; 0 = absent. */
  values: number[];
  /** String buffers by key; keys that are not strings hold an empty one. */
  strings: Bytes[];
  /** Bytes used of each string; 0 = absent. */
  lengths: number[];
}

const reader = createCborReader(newBytes(0));

/** An empty entry; keep one and use it for every record. */
export function createEntry(): JournalEntry {
  const entry: JournalEntry = { values: [], strings: [], lengths: [] };
  const none = newBytes(0);
  for (let key = 0; key < KEY_COUNT; key++) {
    entry.values.push(0);
    entry.strings.push(none);
    entry.lengths.push(0);
  }
  entry.strings[IntentKey.Uid] = newBytes(UID_MAX_BYTES);
  entry.strings[AlarmKey.Uid] = entry.strings[IntentKey.Uid];
  entry.strings[IntentKey.BaseTag] = newBytes(TAG_BYTES);
  entry.strings[IntentKey.NewTag] = newBytes(TAG_BYTES);
  entry.strings[IntentKey.FiredRules] = newBytes(MAX_FIRED);
  entry.strings[IntentKey.UsedByIssuer] = newBytes(MAX_ISSUERS * ISSUER_BYTES);
  entry.strings[IntentKey.Mobile] = newBytes(MOBILE_MAX_BYTES);
  return entry;
}

export function clearEntry(entry: JournalEntry): void {
  for (let key = 0; key < KEY_COUNT; key++) {
    entry.values[key] = 0;
    entry.lengths[key] = 0;
  }
}

/** Copies a string into a key's buffer, which must be long enough. */
export function setEntryString(
  entry: JournalEntry,
  key: number,
  from: Bytes,
  offset: number,
  lengthBytes: number,
): void {
  copyBytes(from, offset, entry.strings[key], 0, lengthBytes);
  entry.lengths[key] = lengthBytes;
}

/**
 * Fills what follows from an evaluated tap. Uid, counter, tags, cashier, time and mobile number
 * are the caller's to set.
 */
export function fillIntent(
  entry: JournalEntry,
  identity: Identity,
  purchase: Purchase,
  decision: Decision,
  rulesetVersion: number,
): void {
  const values = entry.values;
  values[IntentKey.MemberId] = identity[IdentityField.MemberId];
  values[IntentKey.Serial] = identity[IdentityField.Serial];
  values[IntentKey.CardNumber] = identity[IdentityField.CardNumber];
  values[IntentKey.Kind] = purchase.kind;
  values[IntentKey.Day] = purchase.day;
  values[IntentKey.Minute] = purchase.minute;
  values[IntentKey.GrossRial] = purchase.grossRial;
  values[IntentKey.AskedRial] = purchase.askedCreditRial;
  values[IntentKey.UsedRial] = decision.usedRial;
  values[IntentKey.EarnedRial] = decision.earnedRial;
  values[IntentKey.ExpiredRial] = decision.expiredRial;
  values[IntentKey.PointsEarned] = decision.pointsEarned;
  values[IntentKey.BalanceAfterRial] = decision.balanceRial;
  values[IntentKey.PointsAfter] = decision.points;
  values[IntentKey.RulesetVersion] = rulesetVersion;
  values[IntentKey.DiscountRial] = decision.discountRial;
  const fired = Math.min(decision.firedCount, MAX_FIRED);
  for (let i = 0; i < fired; i++) {
    entry.strings[IntentKey.FiredRules][i] = decision.firedRules[i];
  }
  entry.lengths[IntentKey.FiredRules] = fired;
  const issuers = decision.issuerCount > 1 ? decision.issuerCount : 0;
  for (let i = 0; i < issuers; i++) {
    const pair = entry.strings[IntentKey.UsedByIssuer];
    pair[i * ISSUER_BYTES] = decision.usedByIssuer[i].issuer;
    putUint(pair, i * ISSUER_BYTES + 1, 5, decision.usedByIssuer[i].amountRial);
  }
  entry.lengths[IntentKey.UsedByIssuer] = issuers * ISSUER_BYTES;
}

/** Reads the pair number `index` of `UsedByIssuer`; false behind the last one. */
export function takeIssuer(entry: JournalEntry, index: number, out: IssuerAmount): boolean {
  const offset = index * ISSUER_BYTES;
  if (offset >= entry.lengths[IntentKey.UsedByIssuer]) return false;
  out.issuer = entry.strings[IntentKey.UsedByIssuer][offset];
  out.amountRial = getUint(entry.strings[IntentKey.UsedByIssuer], offset + 1, 5);
  return true;
}

/**
 * Writes the payload to the start of `out`, which must have `ENTRY_BUFFER_BYTES`, and returns its
 * length. Fired rules are cut to what fits. 0: longer than `MAX_ENTRY_BYTES`, do not use `out`;
 * only an intent with several amounts above 2^32 rial that also uses the credit of more than one
 * shop can be that long.
 */
export function encodeEntry(type: JournalType, entry: JournalEntry, out: Bytes): number {
  const lengthBytes = putEntry(type, entry, out);
  const excessBytes = lengthBytes - MAX_ENTRY_BYTES;
  if (excessBytes <= 0) return lengthBytes;
  if (type !== JournalType.Intent || entry.lengths[IntentKey.FiredRules] === 0) return 0;
  const left = entry.lengths[IntentKey.FiredRules] - excessBytes;
  entry.lengths[IntentKey.FiredRules] = Math.max(left, 0);
  return encodeEntry(type, entry, out);
}

/**
 * Reads a payload of `type`. `Unsupported`: a type or key of a later version. After a refusal the
 * entry is empty.
 */
export function decodeEntry(
  type: JournalType,
  from: Bytes,
  offset: number,
  lengthBytes: number,
  entry: JournalEntry,
): Status {
  clearEntry(entry);
  if (type < JournalType.Boot || type > JournalType.Shift) return Status.Unsupported;
  cborStart(reader, from, offset, lengthBytes);
  const pairCount = cborExpect(reader, CborType.Map, KEY_COUNT);
  let status = reader.status;
  let key = 0;
  for (let i = 0; i < pairCount && status === Status.Ok; i++) {
    key = cborExpectKey(reader, key);
    status = key < KEY_COUNT ? takeItem(type, entry, key) : Status.Unsupported;
  }
  if (status === Status.Ok) status = cborEnd(reader);
  if (status === Status.Ok && type === JournalType.Intent) status = fillAsked(entry.values);
  if (status !== Status.Ok) clearEntry(entry);
  return status;
}

/** Restores the amount asked for where it was left out as equal to the amount used. */
function fillAsked(values: number[]): Status {
  if (values[IntentKey.AskedRial] === 0) {
    values[IntentKey.AskedRial] = values[IntentKey.UsedRial];
    return Status.Ok;
  }
  const isRepeated = values[IntentKey.AskedRial] === values[IntentKey.UsedRial];
  return isRepeated ? Status.Malformed : Status.Ok;
}

function typeOf(type: JournalType, key: number): CborType {
  if (type === JournalType.Intent) return INTENT_TYPES[key];
  return type === JournalType.Alarm && key === AlarmKey.Uid ? CborType.Bytes : CborType.Uint;
}

function isPresent(type: JournalType, entry: JournalEntry, key: number): boolean {
  if (typeOf(type, key) !== CborType.Uint) return entry.lengths[key] > 0;
  const value = entry.values[key];
  if (type !== JournalType.Intent || key !== IntentKey.AskedRial) return value > 0;
  return value > 0 && value !== entry.values[IntentKey.UsedRial];
}

function putEntry(type: JournalType, entry: JournalEntry, out: Bytes): number {
  let pairCount = 0;
  for (let key = 1; key < KEY_COUNT; key++) if (isPresent(type, entry, key)) pairCount += 1;
  let offset = cborPutUint(out, 0, CborType.Map, pairCount);
  for (let key = 1; key < KEY_COUNT; key++) {
    if (isPresent(type, entry, key)) offset = putItem(type, entry, key, out, offset);
  }
  return offset;
}

function putItem(
  type: JournalType,
  entry: JournalEntry,
  key: number,
  out: Bytes,
  offset: number,
): number {
  const majorType = typeOf(type, key);
  const at = cborPutUint(out, offset, CborType.Uint, key);
  if (majorType === CborType.Uint) return cborPutUint(out, at, majorType, entry.values[key]);
  const start = cborPutUint(out, at, majorType, entry.lengths[key]);
  copyBytes(entry.strings[key], 0, out, start, entry.lengths[key]);
  return start + entry.lengths[key];
}

/** Reads one value; zero, an empty string or a repeated default would be a second form. */
function takeItem(type: JournalType, entry: JournalEntry, key: number): Status {
  const majorType = typeOf(type, key);
  if (majorType === CborType.Uint) {
    entry.values[key] = cborExpect(reader, majorType, MAX_RIAL);
    return entry.values[key] === 0 ? cborRefuse(reader) : reader.status;
  }
  const start = cborTakeString(reader, majorType, 1, entry.strings[key].length);
  if (reader.status !== Status.Ok) return reader.status;
  if (key === IntentKey.UsedByIssuer && reader.value % ISSUER_BYTES !== 0) {
    return cborRefuse(reader);
  }
  setEntryString(entry, key, reader.from, start, reader.value);
  return Status.Ok;
}
