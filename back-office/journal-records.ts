/** Journal records as the back office works with them: payloads unpacked, bytes in hex. */
import type { Bytes } from "../card-layout/bytes";
import { Status } from "../card-layout/status";
import {
  AbortKey,
  AlarmKey,
  createEntry,
  decodeEntry,
  IntentKey,
  JournalType,
} from "../firmware/core/journal-entry";
import { tagText } from "./card-views";

/** What a pad was about to do to a card. Money in rial, days since 2020-01-01. */
export interface Intent {
  /** 4 or 7 bytes in hex. */
  uid: string;
  member: number;
  serial: number;
  cardNumber: number;
  /** Counter value M of the record it starts from; it writes the record of M - 2. */
  counter: number;
  /** First 5 bytes of that record's seal, in hex. */
  baseTag: string;
  newTag: string;
  /** A `TapKind`. */
  kind: number;
  day: number;
  minute: number;
  grossRial: number;
  askedRial: number;
  usedRial: number;
  earnedRial: number;
  expiredRial: number;
  discountRial: number;
  balanceAfterRial: number;
  pointsEarned: number;
  pointsAfter: number;
  rulesetVersion: number;
  cashier: number;
  /** Sequence of the intent that this one confirms by a copy; 0 for an attempt itself. */
  confirms: number;
}

export type RecordContent =
  | { kind: "intent"; intent: Intent }
  /** Type 3, 4 or 5: how the pad closed its intent. */
  | { kind: "outcome"; intentSequence: number; outcome: number }
  | { kind: "alarm"; code: number; uid: string; counter: number }
  /** Nothing that moves value. */
  | { kind: "other" }
  /** The MAC is right but the content is not: made by a newer pad, or by a fault of ours. */
  | { kind: "unreadable" };

const entry = createEntry();

/** Unpacks a payload of a record whose MAC was checked. */
export function readRecord(type: number, payload: Uint8Array): RecordContent {
  const isKnown = type >= JournalType.Boot && type <= JournalType.Shift;
  if (!isKnown || decodeEntry(payload, 0, payload.length, entry) !== Status.Ok) {
    return { kind: "unreadable" };
  }
  if (type === JournalType.Intent) return readIntent();
  if (type >= JournalType.Commit && type <= JournalType.InDoubt) {
    const intentSequence = entry.values[AbortKey.IntentSequence];
    return { kind: "outcome", intentSequence, outcome: type };
  }
  if (type !== JournalType.Alarm) return { kind: "other" };
  const uid = uidOfAlarm(hexOf(AlarmKey.Uid));
  const { values } = entry;
  return { kind: "alarm", code: values[AlarmKey.Code], uid, counter: values[AlarmKey.Counter] };
}

function readIntent(): RecordContent {
  const { values } = entry;
  const intent: Intent = {
    uid: hexOf(IntentKey.Uid),
    member: values[IntentKey.MemberId],
    serial: values[IntentKey.Serial],
    cardNumber: values[IntentKey.CardNumber],
    counter: values[IntentKey.CounterBefore],
    baseTag: tagText(values[IntentKey.BaseTag]),
    newTag: tagText(values[IntentKey.NewTag]),
    kind: values[IntentKey.Kind],
    day: values[IntentKey.Day],
    minute: values[IntentKey.Minute],
    grossRial: values[IntentKey.GrossRial],
    askedRial: values[IntentKey.UsedRial],
    usedRial: values[IntentKey.UsedRial],
    earnedRial: values[IntentKey.EarnedRial],
    expiredRial: values[IntentKey.ExpiredRial],
    discountRial: values[IntentKey.DiscountRial],
    balanceAfterRial: values[IntentKey.BalanceAfterRial],
    pointsEarned: values[IntentKey.PointsEarned],
    pointsAfter: values[IntentKey.PointsAfter],
    rulesetVersion: values[IntentKey.RulesetVersion],
    cashier: values[IntentKey.Cashier],
    confirms: values[IntentKey.Confirms],
  };
  const isWhole = /^(?:.{8}|.{14})$/.test(intent.uid) && intent.counter > 0;
  return isWhole ? { kind: "intent", intent } : { kind: "unreadable" };
}

/** Alarms carry seven bytes, zero padded. */
function uidOfAlarm(uid: string): string {
  return uid.length === 14 && uid.endsWith("000000") ? uid.slice(0, 8) : uid;
}

function hexOf(key: number): string {
  return toHex(entry.strings[key], entry.lengths[key]);
}

export function toHex(bytes: Bytes, lengthBytes = bytes.length): string {
  let text = "";
  for (let i = 0; i < lengthBytes; i++) text += bytes[i].toString(16).padStart(2, "0");
  return text;
}
