/** For tests: random lives of one card each, with taps of every kind, in their order. */
import fc from "fast-check";
import { CardKind } from "../../card-layout/identity";
import { DAY_NEVER, StateFlag } from "../../card-layout/state";
import type { NamedIdentity, NamedState } from "../../card-layout/testing/named-records";
import {
  createPatch,
  encodePatch,
  PATCH_BYTES,
  PatchField,
  PatchKind,
} from "../../firmware/core/card-patch";
import { TapKind } from "../../firmware/core/evaluate";
import { MAX_RIAL } from "../../firmware/core/money";

/** One tap. */
export interface RuleTap {
  source: string;
  /** The card before the tap; what is not named is as on a new member's. */
  state?: Partial<NamedState>;
  /** The card is as the tap before left it, with its journal. */
  goesOn?: boolean;
  creditRial?: number;
  identity?: Partial<NamedIdentity>;
  kind?: TapKind;
  grossRial: number;
  askedCreditRial?: number;
  day?: number;
  issuer?: number;
  /** As in `Purchase`; of a return, how many-th tap of this life comes back. */
  reference?: number;
  approver?: number;
  padGivenRial?: number;
  capRial?: number;
  categoryQuantity?: number[];
  categoryAmountRial?: number[];
  patchBytes?: number[];
}

const LIFE_START = 2300;
const SERIAL = 9;
const CLEARABLE = StateFlag.Blocked + StateFlag.Pending + StateFlag.EarnOnly;

const rules = (isClosed: boolean): string => `club: 1
version: 1
validFrom: 1404-01-01
credit: {fromDays: 0, until: 60 days, toMonthEnd: yes}
period: season
roundToRial: 10
limits: {padPerDayRial: 3_000_000, grantRial: 900_000, balanceRial: 6_000_000}
redeem: {maxOfBill: 80 %, withDebt: yes}
refund: {graceDays: 9}
gift: {until: 90 days, topUp: yes}
enrol: {needsApproval: ${isClosed ? "yes" : "no"}, renewMonths: 12}
accept: [{shop: 1, creditOf: 2}, {shop: 2, creditOf: any}]
rewards: [{id: 1, name: credit, points: 5, creditRial: 700}, {id: 2, name: coffee, points: 9}]
stacks: {1: max}
rules:
  - {id: 1, name: a, phase: earn, order: 1, stack: 1, give: 12 %}
  - {id: 2, name: b, phase: earn, order: 2, stack: 1, give: 20 %, when: [qty5 >= 2]}
  - {id: 3, name: c, phase: points, order: 1, points: 1 per 9_000 rial}
  - {id: 4, name: d, phase: discount, order: 1, give: 3.33 %, when: [amt3 > 0]}
  - {id: 5, name: e, phase: earn, order: 1, giveRial: 900, when: [offers bit 3]}
  - {id: 6, name: f, phase: promote, order: 1, setGroup: 3, when: [pSpend >= 900_000, group < 3]}
  - {id: 7, name: g, phase: review, order: 1, setGroup: 1, when: [group = 3, pSpend < 900_000]}
  - {id: 8, name: h, phase: earn, order: 2, giveRial: 5_000, when: [bdelta in -9..9, bclaim = no]}
  - {id: 9, name: i, phase: promote, order: 2, punch: 0 of 5, when: [newVisit = yes]}
`;

/** Credit, debt, points, offers, flags and groups; one in four comes out of its turn. */
const patchBytes = fc
  .record({
    kind: fc.integer({ min: PatchKind.Grant, max: PatchKind.Group }),
    rial: fc.integer({ min: 1, max: 400_000 }),
    bits: fc.integer({ min: 1, max: 15 }),
    id: fc.constantFrom(1, 1, 1, 2),
  })
  .map(({ kind, rial, bits, id }) => {
    const patch = createPatch();
    patch[PatchField.Id] = id;
    patch[PatchField.Kind] = kind;
    patch[PatchField.Argument] = kind < PatchKind.Offer ? rial : bits;
    if (kind === PatchKind.SetFlags) patch[PatchField.Argument] = StateFlag.EarnOnly;
    if (kind === PatchKind.ClearFlags) patch[PatchField.Argument] = CLEARABLE;
    patch[PatchField.FromDay] = LIFE_START;
    patch[PatchField.UntilDay] = LIFE_START + 90;
    patch[PatchField.Issuer] = 1 + (bits % 3);
    const bytes = new Uint8Array(PATCH_BYTES);
    encodePatch(patch, bytes, 0);
    return Array.from(bytes);
  });

const step = fc.record({
  kind: fc.constantFrom(1, 2, 2, 2, 2, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 10, 10),
  days: fc.constantFrom(0, 0, 0, 1, 20, 95),
  grossRial: fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.constantFrom(1, 9, 100)),
  share: fc.constantFrom(0, 0, 1, 10),
  issuer: fc.constantFrom(1, 1, 2, 3),
  reference: fc.nat(4),
  approver: fc.constantFrom(0, 7, 7, 7),
  padGivenRial: fc.constantFrom(0, 0, 2_950_000),
  capRial: fc.constantFrom(MAX_RIAL, MAX_RIAL, 20_000),
  pieces: fc.nat(3),
  patches: fc.array(patchBytes, { minLength: 1, maxLength: 2 }),
});

const start = fc.record({
  isClosed: fc.boolean(),
  isGift: fc.constantFrom(false, false, true),
  expiryDay: fc.constantFrom(DAY_NEVER, DAY_NEVER, LIFE_START + 50),
  points: fc.nat(60),
  debtRial: fc.constantFrom(0, 0, 90_000),
  offers: fc.constantFrom(0, 8),
  firstKind: fc.constantFrom(TapKind.Enrol, TapKind.Sale),
  /** A blocked card lives no more. */
  lastKind: fc.constantFrom(TapKind.Block, TapKind.Void),
  flags: fc.constantFrom(0, StateFlag.Enrolled, StateFlag.Enrolled, StateFlag.Enrolled),
});

/** A life of up to 25 taps. */
export const randomLife: fc.Arbitrary<RuleTap[]> = fc
  .tuple(start, fc.array(step, { minLength: 5, maxLength: 25 }))
  .map(([card, steps]) => {
    const source = rules(card.isClosed);
    const kind = card.isGift ? CardKind.Gift : CardKind.Member;
    const birth = { birthYear: 1370, birthMonth: 2, birthDay: 1 };
    const identity = { kind, serial: SERIAL, expiryDay: card.expiryDay, ...birth };
    const { points, debtRial, offers } = card;
    const state = card.isGift ? {} : { flags: card.flags, points, debtRial, offers };
    let day = LIFE_START;
    return steps.map(({ days, grossRial, share, pieces, patches, ...asked }, index) => {
      const isLast = index === steps.length - 1;
      day += days;
      return {
        ...asked,
        ...(index === 0 ? { state } : { goesOn: true }),
        source,
        identity,
        day,
        kind: index === 0 ? card.firstKind : isLast ? card.lastKind : asked.kind,
        grossRial: asked.kind === TapKind.Refund ? Math.ceil(grossRial / 40) : grossRial,
        askedCreditRial: Math.floor((grossRial * share) / 40),
        categoryQuantity: [0, 0, 0, pieces, 0, pieces],
        categoryAmountRial: [0, 0, 0, pieces, 0, pieces],
        patchBytes: patches.flat(),
      };
    });
  });
