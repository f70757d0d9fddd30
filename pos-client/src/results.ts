/** What a pad says became of a request. */

/** Those before `done` are not final: a card is awaited or at work. */
export type PosState =
  | "waiting"
  | "working"
  | "leftEarly"
  /** The card left in the middle: the same card must come back to the pad. */
  | "unfinished"
  | "otherCard"
  | "twoCards"
  /** Somebody is in the middle of something at the pad. The request is not accepted yet. */
  | "busy"
  | "done"
  /** The club's rules refuse; see `reason`. The card is as it was. */
  | "refused"
  | "blankCard"
  | "foreignCard"
  | "damagedCard"
  | "manipulatedCard"
  /** Came to nothing: another pad went on with the card. */
  | "superseded"
  /** Given up at the pad in the middle: the back office finds out what became of it. */
  | "inDoubt"
  /** Nothing happened: the pad's journal is full and must be fetched. */
  | "journalFull"
  /** Reader or flash of the pad fail. Repeat the request to hear whether it was done. */
  | "fault"
  /** A return of a sale that this pad does not have: noted, the back office settles it. */
  | "deferred"
  /** Given up before a card came. Nothing happened. */
  | "cancelled"
  /** Begun and ended without effect. Nothing happened. */
  | "notDone"
  /** A number that is too old for the pad to know. Nothing happens under it any more. */
  | "unknown"
  /** The pad does not understand it: client and pad are of different versions. */
  | "notUnderstood";

export interface PosFigures {
  /** Number on receipt and display, for returns. 0 = nothing was recorded. */
  record: number;
  terminal: number;
  member: number;
  /** The bill, or what of it came back. */
  grossRial: number;
  oldBalanceRial: number;
  usedRial: number;
  earnedRial: number;
  /** Credit used for what came back, on the card again. */
  restoredRial: number;
  /** Earned credit taken back. */
  clawedRial: number;
  expiredRial: number;
  discountRial: number;
  balanceRial: number;
  /** To pay otherwise; of a refund, what the customer gets back in money. */
  payableRial: number;
  /** The most credit that may be used; with `balance` and `refused` only. */
  availableRial: number;
  pointsEarned: number;
  pointsUsed: number;
  points: number;
  /** Days since 2020-01-01; with `balance` only, as the next. */
  nextExpiryDay: number;
  nextExpiryRial: number;
  /** When the tap was, by the pad's clock: days since 2020-01-01, minute of the day. */
  day: number;
  minute: number;
}

/** Credit on the card with its own validity. */
export interface PosLot {
  amountRial: number;
  /** Days since 2020-01-01; 65535 as the last day = never. */
  fromDay: number;
  untilDay: number;
}

export interface PosResult extends PosFigures {
  request: number;
  state: PosState;
  /** Why it was refused, e.g. "insufficientCredit"; "" otherwise. */
  reason: string;
  /**
   * All credit on the card; of a tap only until the next request or the pad's next start, and empty
   * afterwards, since the pad's journal does not hold it.
   */
  lots: readonly PosLot[];
}

const STATES: Readonly<Record<number, PosState>> = {
  0: "waiting",
  1: "working",
  2: "leftEarly",
  3: "unfinished",
  4: "otherCard",
  5: "twoCards",
  6: "done",
  7: "refused",
  8: "blankCard",
  9: "foreignCard",
  10: "damagedCard",
  11: "manipulatedCard",
  12: "superseded",
  13: "inDoubt",
  14: "journalFull",
  15: "fault",
  16: "deferred",
  32: "cancelled",
  33: "notDone",
  34: "busy",
  35: "unknown",
  36: "notUnderstood",
};

const REASONS = [
  ...["", "notEnrolled", "alreadyEnrolled", "blocked", "cardExpired", "wrongKind"],
  ...["insufficientCredit", "badAmount", "earnOnly", "debtOpen", "clockSuspect"],
  ...["refusedByRule", "pending", "needsApproval", "insufficientPoints", "notFound"],
  "repeated",
];

/** In the order of the line, with their bytes. */
const FIGURES: readonly [name: keyof PosFigures, bytes: number][] = [
  ["record", 4],
  ["terminal", 2],
  ["member", 4],
  ["grossRial", 5],
  ["oldBalanceRial", 5],
  ["usedRial", 5],
  ["earnedRial", 5],
  ["restoredRial", 5],
  ["clawedRial", 5],
  ["expiredRial", 5],
  ["discountRial", 5],
  ["balanceRial", 5],
  ["payableRial", 5],
  ["availableRial", 5],
  ["pointsEarned", 4],
  ["pointsUsed", 4],
  ["points", 4],
  ["nextExpiryDay", 2],
  ["nextExpiryRial", 5],
  ["day", 2],
  ["minute", 2],
];
const LOT_COUNT = 6;
const LOT_BYTES = 9;
const LOTS_OFFSET = FIGURES.reduce((sum, [, bytes]) => sum + bytes, 2);
const RESULT_BYTES = LOTS_OFFSET + LOT_COUNT * LOT_BYTES;

const OPEN_STATES = new Set<PosState>([
  ...(["waiting", "working", "leftEarly", "unfinished", "otherCard", "twoCards", "busy"] as const),
]);

/** Whether nothing more will come of the request. */
export function isFinal(state: PosState): boolean {
  return !OPEN_STATES.has(state);
}

/** Undefined for a body that no pad of this version sends. */
export function readResult(request: number, body: Uint8Array): PosResult | undefined {
  const state = STATES[body[0]];
  const reason = REASONS[body[1]];
  if (body.length !== RESULT_BYTES || state === undefined || reason === undefined) return undefined;
  const bytes = Buffer.from(body);
  const figures: Partial<PosFigures> = {};
  let at = 2;
  for (const [name, size] of FIGURES) {
    figures[name] = bytes.readUIntLE(at, size);
    at += size;
  }
  return { request, state, reason, ...(figures as PosFigures), lots: readLots(bytes) };
}

/** What ends first comes first. */
function readLots(bytes: Buffer): PosLot[] {
  const lots = Array.from({ length: LOT_COUNT }, (_, index) => {
    const at = LOTS_OFFSET + index * LOT_BYTES;
    return {
      amountRial: bytes.readUIntLE(at, 5),
      fromDay: bytes.readUInt16LE(at + 5),
      untilDay: bytes.readUInt16LE(at + 7),
    };
  });
  return lots
    .filter(({ amountRial }) => amountRial > 0)
    .sort((a, b) => a.untilDay - b.untilDay || a.fromDay - b.fromDay);
}
