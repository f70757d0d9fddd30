/** Journal records as the back office works with them: payloads unpacked, bytes in hex. */
import { type Bytes, getUint } from "../card-layout/bytes";
import { Status } from "../card-layout/status";
import { TapKind } from "../firmware/core/evaluate";
import { categoriesOf } from "../firmware/core/intent-entry";
import {
  AbortKey,
  AlarmKey,
  createEntry,
  decodeEntry,
  IntentKey,
  type JournalEntry,
  JournalType,
  PART_BYTES,
  RefundKey,
} from "../firmware/core/journal-entry";
import { RatingKey } from "../firmware/core/rating-record";
import { ShiftAction, ShiftKey } from "../firmware/core/shift-record";
import { tagText } from "./card-views";
import { figuresOf, type ShiftFigures } from "./shift-figures";

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
  isGift: boolean;
  restoredRial: number;
  clawedRial: number;
  debtPaidRial: number;
  debtAddedRial: number;
  pointsUsed: number;
  reference: number;
  approver: number;
  returnedRial: number;
  padGivenRial: number;
  /** Out of which lots the used credit came, or what was given back to which. */
  parts: CreditPart[];
  /** As `Purchase` has them. */
  categories: number[] | undefined;
}

export interface CreditPart {
  issuer: number;
  kind: number;
  untilDay: number;
  amountRial: number;
}

/** Goods came back and the pad did not know the sale. */
export interface DeferredRefund {
  /** "" and 0 without the card. */
  uid: string;
  serial: number;
  day: number;
  grossRial: number;
  originalTerminal: number;
  originalSequence: number;
  approver: number;
}

/** Somebody logged in or out, or typed a wrong PIN. */
export interface StaffEvent {
  /** A `ShiftAction`. */
  action: number;
  number: number;
  serial: number;
  unixSeconds: number;
  /** Wrong PINs in a row. */
  tries: number;
}

/** A shift that was closed at a pad, as the pad summed it up. */
export interface ClosedShift {
  number: number;
  /** Who closed it; 0 = nobody was logged in. */
  staff: number;
  unixSeconds: number;
  figures: ShiftFigures;
}

export type RecordContent =
  | { kind: "intent"; intent: Intent }
  /** Type 3, 4 or 5: how the pad closed its intent. */
  | { kind: "outcome"; intentSequence: number; outcome: number }
  | { kind: "refund"; refund: DeferredRefund }
  | { kind: "rating"; score: number; intentSequence: number }
  | { kind: "staff"; event: StaffEvent }
  | { kind: "shift"; shift: ClosedShift }
  | { kind: "alarm"; code: number; uid: string; counter: number }
  /** Nothing that moves value. */
  | { kind: "other" }
  /** The MAC is right but the content is not: made by a newer pad, or by a fault of ours. */
  | { kind: "unreadable" };

const LAST_TERMINAL = 65_535;
const LAST_EPOCH = 255;
const LAST_RECORD = 2 ** 32 - 1;
const entry = createEntry();

/** Unpacks a payload of a record whose MAC was checked. */
export function readRecord(type: number, payload: Uint8Array): RecordContent {
  const isKnown = type >= JournalType.Boot && type <= JournalType.Rating;
  if (!isKnown || decodeEntry(payload, 0, payload.length, entry) !== Status.Ok) {
    return { kind: "unreadable" };
  }
  if (type === JournalType.Intent) return readIntent();
  if (type >= JournalType.Commit && type <= JournalType.InDoubt) {
    const intentSequence = entry.values[AbortKey.IntentSequence];
    return { kind: "outcome", intentSequence, outcome: type };
  }
  if (type === JournalType.DeferredRefund) return { kind: "refund", refund: readRefund() };
  if (type === JournalType.Rating) {
    const score = entry.values[RatingKey.Score];
    const intentSequence = entry.values[RatingKey.IntentSequence];
    const isScore = score >= 1 && score <= 5;
    return isScore ? { kind: "rating", score, intentSequence } : { kind: "unreadable" };
  }
  if (type === JournalType.Shift) return readShift();
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
    isGift: values[IntentKey.IsGift] > 0,
    restoredRial: values[IntentKey.RestoredRial],
    clawedRial: values[IntentKey.ClawedRial],
    debtPaidRial: values[IntentKey.DebtPaidRial],
    debtAddedRial: values[IntentKey.DebtAddedRial],
    pointsUsed: values[IntentKey.PointsUsed],
    reference: values[IntentKey.Reference],
    approver: values[IntentKey.Approver],
    returnedRial: values[IntentKey.ReturnedRial],
    padGivenRial: values[IntentKey.PadGivenRial],
    parts: readParts(),
    categories: categoriesOf(entry),
  };
  const isWhole =
    /^(?:.{8}|.{14})$/.test(intent.uid) &&
    intent.counter > 0 &&
    intent.debtPaidRial <= intent.earnedRial &&
    intent.debtAddedRial <= intent.clawedRial &&
    entry.lengths[IntentKey.Parts] % PART_BYTES === 0;
  return isWhole ? { kind: "intent", intent } : { kind: "unreadable" };
}

function readParts(): CreditPart[] {
  const bytes = entry.strings[IntentKey.Parts];
  const count = Math.floor(entry.lengths[IntentKey.Parts] / PART_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const at = index * PART_BYTES;
    return {
      issuer: bytes[at],
      kind: bytes[at + 1],
      untilDay: getUint(bytes, at + 2, 2),
      amountRial: getUint(bytes, at + 4, 5),
    };
  });
}

function readShift(): RecordContent {
  const { values } = entry;
  const action = values[ShiftKey.Action];
  const staff = values[ShiftKey.Staff];
  const unixSeconds = values[ShiftKey.UnixSeconds];
  if (action === ShiftAction.Carry) return { kind: "other" };
  if (action === ShiftAction.Close) {
    const number = values[ShiftKey.Number];
    return { kind: "shift", shift: { number, staff, unixSeconds, figures: figuresOf(values) } };
  }
  const [serial, tries] = [values[ShiftKey.Serial], values[ShiftKey.Tries]];
  return { kind: "staff", event: { action, number: staff, serial, unixSeconds, tries } };
}

function readRefund(): DeferredRefund {
  const { values } = entry;
  return {
    uid: hexOf(RefundKey.Uid),
    serial: values[RefundKey.Serial],
    day: values[RefundKey.Day],
    grossRial: values[RefundKey.GrossRial],
    originalTerminal: values[RefundKey.OriginalTerminal],
    originalSequence: values[RefundKey.Reference],
    approver: values[RefundKey.Approver],
  };
}

/** Unpacks the payload of an intent for the evaluator, which reads an original as it stands. */
export function entryOf(payload: Uint8Array): JournalEntry | undefined {
  const own = createEntry();
  const status = decodeEntry(payload, 0, payload.length, own);
  return status === Status.Ok ? own : undefined;
}

/** An intent that only commits a copy moves nothing; its figures belong to the one it confirms. */
export function attemptOf(intent: Intent): Intent {
  if (intent.confirms === 0) return intent;
  const none = { grossRial: 0, askedRial: 0, usedRial: 0, earnedRial: 0, expiredRial: 0 };
  const rest = { restoredRial: 0, clawedRial: 0, debtPaidRial: 0, debtAddedRial: 0, pointsUsed: 0 };
  const copy = { ...none, ...rest, discountRial: 0, pointsEarned: 0, parts: [] };
  return { ...intent, ...copy, kind: TapKind.Abandon };
}

/** How people call a transaction: terminal, epoch and journal sequence of its intent. */
export function transactionName(id: { terminal: number; epoch: number; sequence: number }): string {
  return `${id.terminal}/${id.epoch}/${id.sequence}`;
}

/** What people type for a record: `terminal/epoch/record`. */
export function parseRecordId(
  text: string,
): { terminal: number; epoch: number; sequence: number } | undefined {
  const numbers = /^(\d{1,5})\/(\d{1,3})\/(\d{1,10})$/.exec(text) ?? [];
  const [, terminal, epoch, sequence] = numbers.map(Number);
  const isPad = terminal >= 1 && terminal <= LAST_TERMINAL && epoch <= LAST_EPOCH;
  return isPad && sequence <= LAST_RECORD ? { terminal, epoch, sequence } : undefined;
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
