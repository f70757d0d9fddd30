/** Payloads of journal records: items of key, length and content, numbers little-endian. */
import type { JournalRecord } from "./journal-image";

export const TYPE_INTENT = 2;
export const TYPE_COMMIT = 3;
export const TYPE_ABORTED = 4;
export const TYPE_IN_DOUBT = 5;
export const TYPE_ALARM = 6;
export const TYPE_SETTINGS = 7;
export const TYPE_SHIFT = 8;
/** What a record of type 8 says. */
export const ACTION_LOG_IN = 1;
export const ACTION_LOG_OUT = 2;
export const ACTION_WRONG_PIN = 3;
export const ACTION_CLOSE = 4;
export const ACTION_CARRY = 5;
/** Of a record of type 7: lists of the office came. */
export const CHANGE_LISTS = 2;

const FIRST_NUMBER_KEY = 8;
const PART_BYTES = 9;

/** Of used credit, out of one lot. */
export interface CreditPart {
  issuer: number;
  kind: number;
  untilDay: number;
  amountRial: bigint;
}

export interface IntentContent {
  uid: string;
  /** 0 for a gift card. */
  member: number;
  serial: number;
  isGift: boolean;
  counter: number;
  kind: number;
  day: number;
  minute: number;
  grossRial: bigint;
  usedRial: bigint;
  earnedRial: bigint;
  expiredRial: bigint;
  discountRial: bigint;
  balanceRial: bigint;
  pointsEarned: bigint;
  points: bigint;
  restoredRial: bigint;
  clawedRial: bigint;
  debtPaidRial: bigint;
  debtAddedRial: bigint;
  pointsUsed: bigint;
  /** Record of the original, number of the reward, last order: as the kind says. */
  reference: number;
  returnedRial: bigint;
  parts: CreditPart[];
  /** Of the bill, in hex: for each category its number, pieces, and four bytes of rial. */
  categories: string;
  rulesetVersion: number;
  /** Number of who was logged in, and serial of the supervisor's card; 0 = nobody. */
  cashier: number;
  approver: number;
  unixSeconds: number;
  /** In hex. */
  baseTag: string;
  newTag: string;
  /** Sequence of the intent that this one confirms by an unchanged copy; 0 = none. */
  confirms: number;
}

class Items {
  private readonly items = new Map<number, Buffer>();

  constructor(payload: Buffer) {
    for (let at = 0; at < payload.length; at += 2 + payload[at + 1]) {
      this.items.set(payload[at], payload.subarray(at + 2, at + 2 + payload[at + 1]));
    }
  }

  text(key: number): string {
    return this.items.get(key)?.toString("hex") ?? "";
  }

  number(key: number): number {
    const bytes = this.items.get(key);
    return bytes === undefined || bytes.length === 0 ? 0 : bytes.readUIntLE(0, bytes.length);
  }

  money(key: number): bigint {
    return BigInt(this.number(key));
  }

  /** Nine bytes each. */
  parts(key: number): CreditPart[] {
    const bytes = this.items.get(key) ?? Buffer.alloc(0);
    const parts: CreditPart[] = [];
    for (let at = 0; at + PART_BYTES <= bytes.length; at += PART_BYTES) {
      const [issuer, kind] = [bytes[at], bytes[at + 1]];
      const amountRial = BigInt(bytes.readUIntLE(at + 4, 5));
      parts.push({ issuer, kind, untilDay: bytes.readUInt16LE(at + 2), amountRial });
    }
    return parts;
  }

  /** A number whose bytes name a seal. */
  tag(key: number): string {
    const bytes = Buffer.alloc(5);
    bytes.writeUIntLE(this.number(key), 0, 5);
    return bytes.toString("hex");
  }
}

export function intentOf({ payload }: JournalRecord): IntentContent {
  const items = new Items(payload);
  return {
    uid: items.text(1),
    categories: items.text(4),
    member: items.number(FIRST_NUMBER_KEY),
    serial: items.number(9),
    isGift: items.number(37) === 1,
    counter: items.number(11),
    kind: items.number(12),
    day: items.number(13),
    minute: items.number(14),
    grossRial: items.money(15),
    usedRial: items.money(16),
    earnedRial: items.money(17),
    expiredRial: items.money(18),
    discountRial: items.money(19),
    balanceRial: items.money(20),
    pointsEarned: items.money(21),
    points: items.money(22),
    restoredRial: items.money(28),
    clawedRial: items.money(29),
    debtPaidRial: items.money(30),
    debtAddedRial: items.money(31),
    pointsUsed: items.money(32),
    reference: items.number(33),
    returnedRial: items.money(35),
    parts: items.parts(2),
    rulesetVersion: items.number(23),
    cashier: items.number(24),
    approver: items.number(34),
    unixSeconds: items.number(25),
    baseTag: items.tag(26),
    newTag: items.tag(27),
    confirms: items.number(38),
  };
}

/** Which intent a record of type 3, 4 or 5 closes. */
export function closedSequence({ payload }: JournalRecord): number {
  return new Items(payload).number(FIRST_NUMBER_KEY);
}

/** Why a pad raised an alarm. */
export function alarmCode({ payload }: JournalRecord): number {
  return new Items(payload).number(FIRST_NUMBER_KEY);
}

/** What came down from the office, and its version. */
export function settingsOf({ payload }: JournalRecord): { change: number; version: number } {
  const items = new Items(payload);
  return { change: items.number(8), version: items.number(9) };
}

/** In the order of their keys, from 15 on. */
export const SHIFT_FIGURES = [
  ...(["sales", "salesRial", "usedRial", "earnedRial", "returns", "returnsRial"] as const),
  ...(["loads", "loadsRial", "grants", "grantsRial", "voids", "inDoubt"] as const),
  ...(["paidInRial", "paidOutRial"] as const),
];
export type ShiftFigure = (typeof SHIFT_FIGURES)[number];

export interface ShiftContent {
  action: number;
  /** Number of the staff member, and serial of the card. */
  staff: number;
  serial: number;
  /** Wrong PINs in a row on this business day. */
  tries: number;
  day: number;
  /** Of the shift. */
  number: number;
  figures: Record<ShiftFigure, bigint>;
}

export function shiftOf({ payload }: JournalRecord): ShiftContent {
  const items = new Items(payload);
  const figures = {} as Record<ShiftFigure, bigint>;
  SHIFT_FIGURES.forEach((figure, i) => {
    figures[figure] = items.money(15 + i);
  });
  return {
    ...{ action: items.number(8), staff: items.number(9), serial: items.number(10), figures },
    ...{ tries: items.number(12), day: items.number(13), number: items.number(14) },
  };
}
