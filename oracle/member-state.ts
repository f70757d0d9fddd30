/** The state record of a card, from the table of card-layout/SPEC.md. Money is bigint. */

export interface CreditLot {
  amountRial: bigint;
  fromDay: number;
  untilDay: number;
  issuer: number;
  kind: number;
}

export interface MemberState {
  flags: number;
  group: number;
  groupSinceDay: number;
  groupReviewDay: number;
  points: bigint;
  debtRial: bigint;
  visits: number;
  firstDay: number;
  lastDay: number;
  lastMinute: number;
  lastTerminal: number;
  lastSequence: number;
  lifeSpendRial: bigint;
  periodStartDay: number;
  periodSpendRial: bigint;
  periodVisits: number;
  dayRedeemRial: bigint;
  renewedMonths: number;
  offers: number;
  /** Number of the last order of the office taken in. */
  lastPatch: number;
  birthdayClaimYear: number;
  punches: number[];
  /** Six; an amount of 0 is a free place. */
  lots: CreditLot[];
  /** First five bytes of the seal before, in hex. */
  baseTag: string;
}

export const FLAG_ENROLLED = 1;
export const FLAG_BLOCKED = 2;
export const FLAG_PENDING = 4;
export const FLAG_EARN_ONLY = 8;
export const NEVER = 0xffff;

const STATE_BYTES = 128;
const LOT_COUNT = 6;
const TAG_BYTES = 5;

export function decodeState(bytes: Buffer): MemberState {
  const money = (offset: number, size: number) => BigInt(bytes.readUIntLE(offset, size));
  const lots: CreditLot[] = [];
  for (let i = 0; i < LOT_COUNT; i++) {
    const at = 57 + 11 * i;
    lots.push({
      amountRial: money(at, 5),
      fromDay: bytes.readUInt16LE(at + 5),
      untilDay: bytes.readUInt16LE(at + 7),
      issuer: bytes[at + 9],
      kind: bytes[at + 10],
    });
  }
  return {
    flags: bytes[0],
    group: bytes[1],
    groupSinceDay: bytes.readUInt16LE(2),
    groupReviewDay: bytes.readUInt16LE(4),
    points: money(6, 4),
    debtRial: money(10, 5),
    visits: bytes.readUInt16LE(15),
    firstDay: bytes.readUInt16LE(17),
    lastDay: bytes.readUInt16LE(19),
    lastMinute: bytes.readUInt16LE(21),
    lastTerminal: bytes.readUInt16LE(23),
    lastSequence: bytes.readUInt32LE(25),
    lifeSpendRial: money(29, 5),
    periodStartDay: bytes.readUInt16LE(34),
    periodSpendRial: money(36, 5),
    periodVisits: bytes.readUInt16LE(41),
    dayRedeemRial: money(43, 4),
    renewedMonths: bytes[47],
    offers: bytes.readUInt16LE(48),
    lastPatch: bytes.readUInt16LE(50),
    birthdayClaimYear: bytes[52],
    punches: [...bytes.subarray(53, 57)],
    lots,
    baseTag: bytes.toString("hex", 123, 123 + TAG_BYTES),
  };
}

export function encodeState(state: MemberState): Buffer {
  const out = Buffer.alloc(STATE_BYTES);
  const put = (offset: number, size: number, value: number | bigint) =>
    out.writeUIntLE(Number(value), offset, size);
  put(0, 1, state.flags);
  put(1, 1, state.group);
  put(2, 2, state.groupSinceDay);
  put(4, 2, state.groupReviewDay);
  put(6, 4, state.points);
  put(10, 5, state.debtRial);
  put(15, 2, state.visits);
  put(17, 2, state.firstDay);
  put(19, 2, state.lastDay);
  put(21, 2, state.lastMinute);
  put(23, 2, state.lastTerminal);
  put(25, 4, state.lastSequence);
  put(29, 5, state.lifeSpendRial);
  put(34, 2, state.periodStartDay);
  put(36, 5, state.periodSpendRial);
  put(41, 2, state.periodVisits);
  put(43, 4, state.dayRedeemRial);
  put(47, 1, state.renewedMonths);
  put(48, 2, state.offers);
  put(50, 2, state.lastPatch);
  put(52, 1, state.birthdayClaimYear);
  out.set(state.punches, 53);
  state.lots.forEach((lot, i) => {
    const at = 57 + 11 * i;
    put(at, 5, lot.amountRial);
    put(at + 5, 2, lot.fromDay);
    put(at + 7, 2, lot.untilDay);
    put(at + 9, 1, lot.issuer);
    put(at + 10, 1, lot.kind);
  });
  out.write(state.baseTag, 123, "hex");
  return out;
}

export function copyState(state: MemberState): MemberState {
  return {
    ...state,
    punches: [...state.punches],
    lots: state.lots.map((lot) => ({ ...lot })),
  };
}

export function creditOf(state: MemberState): bigint {
  return state.lots.reduce((sum, { amountRial }) => sum + amountRial, 0n);
}
