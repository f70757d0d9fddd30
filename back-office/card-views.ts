/**
 * Card records as plain objects for reports, and the few fields that the back office sets. The only
 * file here that knows how card-layout holds records in memory.
 */
import { type Identity, IdentityField } from "../card-layout/identity";
import { type LogEntry, LogField } from "../card-layout/log-ring";
import {
  BASE_TAG_BYTES,
  type CardState,
  LotField,
  PUNCH_COUNT,
  StateField,
} from "../card-layout/state";

export const IDENTITY_FIELDS = {
  kind: IdentityField.Kind,
  memberId: IdentityField.MemberId,
  cardNumber: IdentityField.CardNumber,
  serial: IdentityField.Serial,
  issueDay: IdentityField.IssueDay,
  expiryDay: IdentityField.ExpiryDay,
  birthYear: IdentityField.BirthYear,
  birthMonth: IdentityField.BirthMonth,
  birthDay: IdentityField.BirthDay,
};
export const LOT_FIELDS = {
  amountRial: LotField.AmountRial,
  fromDay: LotField.FromDay,
  untilDay: LotField.UntilDay,
  issuer: LotField.Issuer,
  kind: LotField.Kind,
};
export const STATE_FIELDS = {
  flags: StateField.Flags,
  group: StateField.Group,
  groupSinceDay: StateField.GroupSinceDay,
  groupReviewDay: StateField.GroupReviewDay,
  points: StateField.Points,
  debtRial: StateField.DebtRial,
  visits: StateField.Visits,
  firstDay: StateField.FirstDay,
  lastDay: StateField.LastDay,
  lastMinute: StateField.LastMinute,
  lastTerminal: StateField.LastTerminal,
  lastSequence: StateField.LastSequence,
  lifeSpendRial: StateField.LifeSpendRial,
  periodStartDay: StateField.PeriodStartDay,
  periodSpendRial: StateField.PeriodSpendRial,
  periodVisits: StateField.PeriodVisits,
  dayRedeemRial: StateField.DayRedeemRial,
  renewedMonths: StateField.RenewedMonths,
  offers: StateField.Offers,
  lastPatch: StateField.LastPatch,
  birthdayClaimYear: StateField.BirthdayClaimYear,
};
const MOVEMENT_FIELDS = {
  type: LogField.Type,
  terminal: LogField.Terminal,
  sequenceLow: LogField.SequenceLow,
  day: LogField.Day,
  amountRial: LogField.AmountRial,
  creditDeltaRial: LogField.CreditDeltaRial,
};

/** Fields as on the card (SPEC.md of card-layout): money in rial, days since 2020-01-01. */
export type IdentityView = Record<keyof typeof IDENTITY_FIELDS, number>;
export type LotView = Record<keyof typeof LOT_FIELDS, number>;
export type MovementView = Record<keyof typeof MOVEMENT_FIELDS, number>;
export type StateView = Record<keyof typeof STATE_FIELDS, number> & {
  punches: number[];
  /** Only those that hold credit. */
  lots: LotView[];
  /** In hex. */
  baseTag: string;
};

/** No part of the birth date is known. */
export const UNKNOWN_BIRTH = { birthYear: 0, birthMonth: 0, birthDay: 0 };

export function viewIdentity(identity: Identity): IdentityView {
  return view(identity, IDENTITY_FIELDS);
}

/** Sets what the back office knows of a member; the rest stays as `emptyIdentity` makes it. */
export function fillIdentity(identity: Identity, clubId: number, known: IdentityView): void {
  identity[IdentityField.ClubId] = clubId;
  for (const [name, field] of entriesOf(IDENTITY_FIELDS)) identity[field] = known[name];
}

export function viewState(state: CardState): StateView {
  const lots: LotView[] = [];
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (state[lot] > 0) lots.push(view(state.slice(lot, lot + LotField.Count), LOT_FIELDS));
  }
  return {
    ...view(state, STATE_FIELDS),
    punches: state.slice(StateField.Punches, StateField.Punches + PUNCH_COUNT),
    lots,
    baseTag: tagText(state[StateField.BaseTag]),
  };
}

/** Names the record that `state` is based on: 5 bytes in hex. */
export function setBaseTag(state: CardState, tag: string): void {
  state[StateField.BaseTag] = Buffer.from(tag, "hex").readUIntLE(0, BASE_TAG_BYTES);
}

/** A tag as people and the database see it: its 5 bytes in hex. */
export function tagText(tag: number): string {
  const bytes = Buffer.alloc(BASE_TAG_BYTES);
  bytes.writeUIntLE(tag, 0, BASE_TAG_BYTES);
  return bytes.toString("hex");
}

export function viewMovement(entry: LogEntry): MovementView {
  return view(entry, MOVEMENT_FIELDS);
}

function view<Name extends string>(
  record: number[],
  fields: Record<Name, number>,
): Record<Name, number> {
  const pairs = entriesOf(fields).map(([name, field]) => [name, record[field]]);
  return Object.fromEntries(pairs) as Record<Name, number>;
}

function entriesOf<Name extends string>(fields: Record<Name, number>): [Name, number][] {
  return Object.entries(fields) as [Name, number][];
}
