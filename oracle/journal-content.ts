/** Payloads of journal records: items of key, length and content, numbers little-endian. */
import type { JournalRecord } from "./journal-image";

export const TYPE_INTENT = 2;
export const TYPE_COMMIT = 3;
export const TYPE_ABORTED = 4;
export const TYPE_IN_DOUBT = 5;
export const TYPE_ALARM = 6;

const FIRST_NUMBER_KEY = 8;

export interface IntentContent {
  uid: string;
  member: number;
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
  rulesetVersion: number;
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
    member: items.number(FIRST_NUMBER_KEY),
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
    rulesetVersion: items.number(23),
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
