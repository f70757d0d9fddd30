/** Taps other than sales: what comes back, is undone, loaded, granted, handed out, ordered. */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copyNumbers } from "../../card-layout/bytes";
import { CardKind } from "../../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  emptyState,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import {
  identityOf,
  lotsOf,
  type NamedIdentity,
  setLot,
} from "../../card-layout/testing/named-records";
import { fromJalali } from "./calendar";
import {
  type CardPatch,
  createPatch,
  decodePatch,
  encodePatch,
  PATCH_BYTES,
  PatchField,
  PatchKind,
} from "./card-patch";
import { DecisionField, Outcome, TapKind } from "./evaluate";
import { fillIntent } from "./intent-entry";
import { createEntry, IntentKey, type JournalEntry } from "./journal-entry";
import { MAX_RIAL, mulDiv } from "./money";
import {
  CREDIT,
  compile,
  DAY,
  fired,
  memberState,
  type NamedPurchase,
  sale,
  type Tap,
  TENTH,
  tap,
  withCredit,
} from "./test-taps";

const SEED = Number(process.env.SEED ?? 20261126);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/tap-change.test.ts`;
const SERIAL = 9;
const PLAIN = compile(CREDIT, "refund: {graceDays: 14}\n", TENTH);

/** One card's life as the pad and its journal see it. */
class Life {
  state: CardState;
  readonly intents: JournalEntry[] = [];
  private readonly records: CardState[] = [];
  private readonly returned = new Map<number, number>();
  last: Tap | undefined;

  constructor(
    private readonly ruleset: Uint8Array,
    state: CardState,
    private readonly who: Partial<NamedIdentity> = {},
  ) {
    this.state = structuredClone(state);
  }

  /** Record k is written by intent k, and its tag is k + 1. */
  do(purchase: NamedPurchase): Outcome {
    const sequence = this.intents.length;
    const full = { sequence, ...purchase };
    const who = { serial: SERIAL, ...this.who };
    this.last = tap(this.ruleset, this.state, full, who);
    if (this.last.outcome !== Outcome.Ok) return this.last.outcome;
    const entry = createEntry();
    const identity = identityOf({ kind: CardKind.Member, ...who });
    fillIntent(entry, identity, sale(full), this.last.decision, 1);
    entry.values[IntentKey.BaseTag] = sequence;
    this.records.push(structuredClone(this.state));
    this.intents.push(entry);
    copyNumbers(this.last.after, this.state);
    this.state[StateField.BaseTag] = sequence;
    return Outcome.Ok;
  }

  refund(original: number, grossRial: number, day = DAY): Outcome {
    const returnedRial = this.returned.get(original) ?? 0;
    const facts = { original: this.intents[original], reference: original, returnedRial };
    const outcome = this.do({ kind: TapKind.Refund, grossRial, day, ...facts });
    if (outcome === Outcome.Ok) this.returned.set(original, returnedRial + grossRial);
    return outcome;
  }

  undo(changes: NamedPurchase = {}): Outcome {
    const reference = this.state[StateField.LastSequence];
    const facts = { original: this.intents[reference], preImage: this.records.at(-1), reference };
    return this.do({ kind: TapKind.Void, ...facts, ...changes });
  }

  figure(field: DecisionField): number {
    return this.last?.decision[field] ?? Number.NaN;
  }

  creditRial(): number {
    return lotsOf(this.state).reduce((sum, { amountRial }) => sum + amountRial, 0);
  }
}

test("mulDiv is the floor of the exact quotient, checked against BigInt", () => {
  const amount = fc.bigInt({ min: 0n, max: BigInt(MAX_RIAL) });
  const check = (a: bigint, b: bigint, c: bigint): void => {
    const part = b < c ? b : c;
    const whole = b < c ? c : b;
    if (whole === 0n) return;
    const exact = (a * part) / whole;
    assert.is(mulDiv(Number(a), Number(part), Number(whole)), Number(exact), REPLAY);
  };
  fc.assert(fc.property(amount, amount, amount, check), { seed: SEED, numRuns: 5000 });
  for (const a of [0n, 1n, BigInt(MAX_RIAL)]) {
    for (const b of [0n, 1n, BigInt(MAX_RIAL) - 1n]) check(a, b, BigInt(MAX_RIAL));
  }
});

test("a whole return takes back what was earned, gives back what was used, with its days", () => {
  const state = memberState();
  setLot(state, 0, { amountRial: 3_000, fromDay: 1, untilDay: DAY + 5, issuer: 1, kind: 0 });
  setLot(state, 1, { amountRial: 9_000, fromDay: 1, untilDay: DAY + 50, issuer: 1, kind: 4 });
  const life = new Life(PLAIN, state);
  assert.is(life.do({ grossRial: 100_000, askedCreditRial: 5_000 }), Outcome.Ok);
  assert.is(life.refund(0, 100_000), Outcome.Ok);
  assert.is(life.figure(DecisionField.ClawedRial), 9_500);
  assert.is(life.figure(DecisionField.RestoredRial), 5_000);
  assert.is(life.figure(DecisionField.PayableRial), 95_000);
  assert.is(life.figure(DecisionField.DebtAddedRial), 0);
  const lots = lotsOf(life.state).filter(({ amountRial }) => amountRial > 0);
  const amounts = lots.map(({ amountRial, untilDay, kind }) => [amountRial, untilDay, kind]);
  assert.equal(amounts.sort(), [
    [3_000, DAY + 5, 0],
    [9_000, DAY + 50, 4],
  ]);
  assert.is(life.state[StateField.LifeSpendRial], 0);
  assert.is(life.state[StateField.Visits], 1, "the visit was one");
});

test("used credit whose last day is past comes back with the days of grace", () => {
  const life = new Life(PLAIN, withCredit(memberState(), 5_000, DAY + 1));
  life.do({ grossRial: 5_000, askedCreditRial: 5_000 });
  assert.is(life.refund(0, 5_000, DAY + 30), Outcome.Ok);
  const [lot] = lotsOf(life.state);
  assert.equal([lot.amountRial, lot.fromDay, lot.untilDay], [5_000, DAY + 30, DAY + 44]);
});

test("what is taken back: that purchase's lot, then what ends last, the rest is debt", () => {
  const life = new Life(PLAIN, memberState());
  life.do({ grossRial: 100_000 });
  life.do({ grossRial: 50_000, day: DAY + 40 });
  const early = Math.min(...untilDays(life.state));
  assert.is(life.refund(0, 100_000, DAY + 41), Outcome.Ok);
  assert.not(untilDays(life.state).includes(early), "the lot of the purchase that came back");
  assert.is(life.creditRial(), 5_000);
  life.do({ grossRial: 5_000, askedCreditRial: 5_000, day: DAY + 42 });
  assert.is(life.refund(1, 50_000, DAY + 43), Outcome.Ok);
  assert.is(life.figure(DecisionField.DebtAddedRial), 5_000);
  assert.is(life.state[StateField.DebtRial], 5_000);
});

test("debt is paid by earning first, and blocks the use of credit unless rules allow it", () => {
  const rules = [CREDIT, "redeem: {withDebt: yes}\n", TENTH];
  const state = withCredit(memberState({ debtRial: 700 }), 5_000);
  const pay = { grossRial: 10_000, askedCreditRial: 100 };
  assert.is(tap(PLAIN, state, pay).outcome, Outcome.DebtOpen);
  const allowed = tap(compile(...rules), state, pay);
  assert.is(allowed.outcome, Outcome.Ok);
  assert.is(allowed.decision[DecisionField.DebtPaidRial], 700);
  assert.is(allowed.after[StateField.DebtRial], 0);
});

test("no split of a return gives another sum than the whole, and nobody gains", () => {
  const ruleset = compile(
    CREDIT,
    "roundToRial: 7\nrefund: {graceDays: 3}\n",
    `rules:
  - {id: 1, name: a, phase: earn, order: 1, give: 17.03 %}
  - {id: 2, name: b, phase: points, order: 1, points: 3 per 1_000 rial}
  - {id: 3, name: c, phase: discount, order: 1, give: 3.33 %, when: [gross > 5_000]}\n`,
  );
  const scenario = fc.record({
    grossRial: fc.integer({ min: 1, max: 3_000_000 }),
    usedShare: fc.integer({ min: 0, max: 4 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    between: fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 2 }),
    spendsFirst: fc.boolean(),
  });
  fc.assert(
    fc.property(scenario, ({ grossRial, usedShare, cuts, between, spendsFirst }) => {
      const life = new Life(ruleset, withCredit(memberState({ points: 5 }), 400_000));
      const before = life.creditRial();
      const asked = Math.floor((Math.min(grossRial, 400_000) * usedShare) / 4);
      assert.is(life.do({ grossRial, askedCreditRial: asked }), Outcome.Ok);
      const paidRial = life.figure(DecisionField.PayableRial);
      let others = 0;
      for (const bill of between) {
        life.do({ grossRial: bill, day: DAY + 1 });
        others += life.figure(DecisionField.EarnedRial);
      }
      if (spendsFirst) {
        const askedCreditRial = life.creditRial();
        const bill = { grossRial: askedCreditRial, askedCreditRial, day: DAY + 2 };
        assert.is(life.do(bill), Outcome.Ok, REPLAY);
        others += life.figure(DecisionField.EarnedRial) - askedCreditRial;
      }
      const points = life.state[StateField.Points];
      const ends = [...cuts.map((cut) => Math.floor(cut * grossRial)), grossRial];
      let returnedRial = 0;
      let backRial = 0;
      for (const end of ends.sort((a, b) => a - b)) {
        if (end === returnedRial) continue;
        assert.is(life.refund(0, end - returnedRial, DAY + 2), Outcome.Ok, REPLAY);
        backRial += life.figure(DecisionField.PayableRial);
        returnedRial = end;
      }
      assert.is(backRial, paidRial, `money, ${REPLAY}`);
      const debtRial = life.state[StateField.DebtRial];
      assert.is(life.creditRial() - debtRial, before + others, `credit, ${REPLAY}`);
      const earned = life.intents[0].values[IntentKey.PointsEarned];
      assert.is(life.state[StateField.Points], points - earned, `points, ${REPLAY}`);
      assert.is(life.refund(0, 1, DAY + 2), Outcome.BadAmount, "nothing is left to return");
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test("a return needs its sale: of this card, and no more than was bought", () => {
  const life = new Life(PLAIN, memberState());
  life.do({ grossRial: 1_000 });
  assert.is(life.refund(0, 1_001), Outcome.BadAmount);
  assert.is(life.figure(DecisionField.AvailableRial), 1_000);
  assert.is(life.refund(0, 0), Outcome.BadAmount);
  assert.is(life.refund(0, 0.5), Outcome.BadAmount);
  assert.is(life.do({ kind: TapKind.Refund, grossRial: 10 }), Outcome.NotFound);
  const other = new Life(PLAIN, memberState(), { serial: SERIAL + 1 });
  const stolen = { original: life.intents[0], reference: 0 };
  assert.is(other.do({ kind: TapKind.Refund, grossRial: 10, ...stolen }), Outcome.NotFound);
  assert.is(life.refund(0, 1_000), Outcome.Ok);
  assert.is(life.refund(1, 100), Outcome.NotFound, "a return is no sale");
});

test("a void makes the card what it was, whatever the sale did", () => {
  const rules = `roundToRial: 1
rules:
  - {id: 1, name: a, phase: earn, order: 1, give: 10 %, when: [bdelta in -3..3, bclaim = no]}
  - {id: 2, name: b, phase: points, order: 1, points: 5}
  - {id: 3, name: c, phase: promote, order: 1, setGroup: 3}
  - {id: 4, name: d, phase: promote, order: 2, stack: 1, punch: 0 of 10}
  - {id: 5, name: e, phase: earn, order: 1, stack: 1, giveRial: 90, when: [offers bit 3]}\n`;
  const state = withCredit(memberState({ debtRial: 0, offers: 8, visits: 4, lastDay: 9 }), 5_000);
  setLot(state, 3, { amountRial: 77, fromDay: 1, untilDay: DAY - 1, issuer: 2, kind: 0 });
  const birthday = { birthMonth: 3, birthDay: 30 };
  const day = fromJalali(1405, 3, 30);
  const life = new Life(compile(CREDIT, rules), state, birthday);
  assert.is(life.do({ grossRial: 20_000, askedCreditRial: 4_000, day }), Outcome.Ok);
  assert.equal(fired(life.last?.decision ?? []), [1, 5, 2, 3, 4]);
  assert.is(life.figure(DecisionField.ExpiredRial), 77);
  assert.is(life.undo({ day }), Outcome.Ok);
  const { decision } = life.last as Tap;
  assert.is(decision[DecisionField.ExpiredRial], 0, "written off once");
  assert.is(decision[DecisionField.RestoredRial], 4_000);
  assert.is(decision[DecisionField.ClawedRial], 1_690);
  assert.is(decision[DecisionField.PointsUsed], 5);
  assert.is(decision[DecisionField.PayableRial], 16_000);
  const expected = structuredClone(state);
  setLot(expected, 3, { amountRial: 0, fromDay: 0, untilDay: 0, issuer: 0, kind: 0 });
  for (const field of [StateField.LastMinute, StateField.LastTerminal, StateField.LastSequence]) {
    expected[field] = life.state[field];
  }
  expected[StateField.BaseTag] = life.state[StateField.BaseTag];
  assert.equal(life.state, expected);
});

test("only the last record, of this pad, of this day, is undone, and only once", () => {
  const done = (): Life => {
    const life = new Life(PLAIN, memberState());
    life.do({ grossRial: 5_000 });
    life.do({ grossRial: 1_000 });
    return life;
  };
  assert.is(done().undo(), Outcome.Ok);
  assert.is(done().undo({ day: DAY + 1 }), Outcome.NotFound);
  assert.is(done().undo({ terminal: 4 }), Outcome.NotFound);
  assert.is(done().undo({ reference: 0 }), Outcome.NotFound);
  assert.is(done().undo({ preImage: undefined }), Outcome.NotFound);
  assert.is(done().undo({ preImage: emptyState() }), Outcome.NotFound, "another record before");
  const life = done();
  assert.is(life.undo({ original: life.intents[0] }), Outcome.NotFound);
  assert.is(life.undo(), Outcome.Ok);
  assert.is(life.undo(), Outcome.NotFound, "a void is not undone");
  life.do({ grossRial: 400 });
  life.refund(3, 400);
  assert.is(life.undo(), Outcome.NotFound, "nor is a return");
});

const CLUB = compile(
  CREDIT,
  `gift: {until: 10 days, topUp: no}
limits: {grantRial: 9_000, balanceRial: 20_000}
enrol: {renewMonths: 24}
rewards: [{id: 3, name: coffee, points: 10}, {id: 5, name: cash, points: 20, creditRial: 500}]
`,
  TENTH,
);

test("a gift card: loaded once, spent in parts, refused when empty, earning nothing", () => {
  const life = new Life(CLUB, emptyState(), { kind: CardKind.Gift });
  assert.is(life.do({ grossRial: 10, askedCreditRial: 10 }), Outcome.NotEnrolled, "not sold yet");
  assert.is(life.do({ kind: TapKind.GiftLoad, grossRial: 0 }), Outcome.BadAmount);
  assert.is(life.do({ kind: TapKind.GiftLoad, grossRial: 20_001 }), Outcome.BadAmount);
  assert.is(life.do({ kind: TapKind.GiftLoad, grossRial: 8_000 }), Outcome.Ok);
  assert.is(life.figure(DecisionField.PayableRial), 8_000);
  assert.equal(untilDays(life.state), [DAY + 10]);
  assert.is(life.do({ kind: TapKind.GiftLoad, grossRial: 1 }), Outcome.AlreadyEnrolled);
  assert.is(life.do({ grossRial: 5_000 }), Outcome.InsufficientCredit, "it must pay something");
  assert.is(life.figure(DecisionField.AvailableRial), 5_000);
  assert.is(life.do({ grossRial: 5_000, askedCreditRial: 5_000 }), Outcome.Ok);
  assert.is(life.figure(DecisionField.EarnedRial), 0);
  assert.is(life.creditRial(), 3_000);
  const late = { grossRial: 3_000, askedCreditRial: 3_000, day: DAY + 11 };
  assert.is(life.do(late), Outcome.InsufficientCredit);
  assert.is(life.do({ kind: TapKind.Grant, grossRial: 5, reference: 1, approver: 1 }), 5);
  const member = new Life(CLUB, memberState());
  assert.is(member.do({ kind: TapKind.GiftLoad, grossRial: 10 }), Outcome.WrongKind);
  const topUp = compile(CREDIT, "gift: {topUp: yes}\n");
  const again = new Life(topUp, emptyState(), { kind: CardKind.Gift });
  again.do({ kind: TapKind.GiftLoad, grossRial: 10 });
  assert.is(again.do({ kind: TapKind.GiftLoad, grossRial: 10 }), Outcome.Ok);
  assert.is(again.creditRial(), 20);
});

test("a gift card that may not be used now makes no sale in which it pays nothing", () => {
  const loaded = (change: (state: CardState) => void): Life => {
    const life = new Life(CLUB, emptyState(), { kind: CardKind.Gift });
    life.do({ kind: TapKind.GiftLoad, grossRial: 8_000 });
    change(life.state);
    return life;
  };
  const isEarnOnly = loaded((state) => {
    state[StateField.Flags] |= StateFlag.EarnOnly;
  });
  assert.is(isEarnOnly.do({ grossRial: 5_000 }), Outcome.EarnOnly);
  const owes = loaded((state) => {
    state[StateField.DebtRial] = 10;
  });
  assert.is(owes.do({ grossRial: 5_000 }), Outcome.DebtOpen);
  const isAhead = loaded((state) => {
    state[StateField.LastDay] = DAY + 2;
  });
  assert.is(isAhead.do({ grossRial: 5_000 }), Outcome.ClockSuspect);
});

test("a grant needs approver and reason, stays under its limit, and pays debt first", () => {
  const grant = { kind: TapKind.Grant, grossRial: 9_000, reference: 2, approver: 77 };
  const life = new Life(CLUB, memberState({ debtRial: 1_000 }));
  assert.is(life.do({ ...grant, approver: 0 }), Outcome.NeedsApproval);
  assert.is(life.do({ ...grant, reference: 0 }), Outcome.NeedsApproval);
  assert.is(life.do({ ...grant, grossRial: 9_001 }), Outcome.BadAmount);
  assert.is(life.do({ ...grant, grossRial: -1 }), Outcome.BadAmount);
  assert.is(life.do(grant), Outcome.Ok);
  assert.is(life.creditRial(), 8_000);
  assert.is(life.figure(DecisionField.EarnedRial), 9_000);
  assert.is(life.figure(DecisionField.DebtPaidRial), 1_000);
  assert.is(life.do(grant), Outcome.Ok);
  assert.is(life.do(grant), Outcome.BadAmount, "more than the card may hold");
  assert.is(life.state[StateField.Visits], 0, "no purchase");
});

test("rewards cost points and give goods or credit", () => {
  const reward = (reference: number) => ({ kind: TapKind.Reward, reference });
  const life = new Life(CLUB, memberState({ points: 39 }));
  assert.is(life.do(reward(4)), Outcome.NotFound);
  assert.is(life.do(reward(3)), Outcome.Ok);
  assert.is(life.do(reward(5)), Outcome.Ok);
  assert.is(life.state[StateField.Points], 9);
  assert.is(life.creditRial(), 500);
  assert.is(life.do(reward(3)), Outcome.InsufficientPoints);
  assert.is(life.undo(), Outcome.Ok, "the reward for credit is undone");
  assert.equal([life.state[StateField.Points], life.creditRial()], [29, 0]);
  const owing = new Life(CLUB, memberState({ points: 39, debtRial: 1 }));
  assert.is(owing.do(reward(3)), Outcome.DebtOpen);
});

test("an expired card is renewed on the spot, to the end of a month, never shorter", () => {
  const expiryDay = fromJalali(1404, 2, 10);
  const day = fromJalali(1404, 5, 20);
  const life = new Life(CLUB, memberState(), { expiryDay });
  assert.is(life.do({ grossRial: 10, day }), Outcome.CardExpired);
  assert.is(life.do({ kind: TapKind.Renew, day }), Outcome.Ok);
  assert.is(life.do({ grossRial: 10, day }), Outcome.Ok);
  assert.is(life.do({ grossRial: 10, day: fromJalali(1406, 5, 31) }), Outcome.Ok);
  assert.is(life.do({ grossRial: 10, day: fromJalali(1406, 6, 1) }), Outcome.CardExpired);
  const fresh = new Life(CLUB, memberState(), { expiryDay: fromJalali(1409, 1, 1) });
  assert.is(fresh.do({ kind: TapKind.Renew, day }), Outcome.Ok);
  assert.is(fresh.state[StateField.RenewedMonths], 0);
  assert.is(new Life(PLAIN, memberState()).do({ kind: TapKind.Renew }), Outcome.RefusedByRule);
  const forEver = new Life(CLUB, memberState(), { expiryDay: DAY_NEVER });
  assert.is(forEver.do({ kind: TapKind.Renew }), Outcome.Ok);
  assert.is(forEver.do({ grossRial: 10, day: 40_000 }), Outcome.Ok);
});

test("what a hot card is marked with is refused everywhere", () => {
  const life = new Life(PLAIN, memberState());
  assert.is(life.do({ kind: TapKind.Block }), Outcome.Ok);
  assert.is(life.do({ grossRial: 10 }), Outcome.Blocked);
  assert.is(life.do({ kind: TapKind.Balance }), Outcome.Blocked);
});

function patchOf(id: number, kind: PatchKind, argument: number, more: number[] = []): CardPatch {
  const patch = createPatch();
  [SERIAL, 0, id, kind, argument, ...more].forEach((value, field) => {
    patch[field] = value;
  });
  return patch;
}

function takeIn(life: Life, ...patches: CardPatch[]): Outcome {
  return life.do({ kind: TapKind.Patch, patches, reference: patches.at(-1)?.[PatchField.Id] });
}

test("each patch does what it says", () => {
  const start = memberState({ points: 10, debtRial: 50, offers: 3, group: 2 });
  const grant = [DAY, DAY + 9, 4, 6];
  const cases: [string, CardPatch, (state: CardState) => number[], number[]][] = [
    ["debt first", patchOf(1, PatchKind.Grant, 70, grant), (s) => [s[5], ...s.slice(25, 30)], []],
    ["claw", patchOf(1, PatchKind.Claw, 30), (s) => [s[StateField.DebtRial]], [80]],
    ["write-off", patchOf(1, PatchKind.WriteOff, 60), (s) => [s[StateField.DebtRial]], [0]],
    ["points", patchOf(1, PatchKind.AddPoints, 5), (s) => [s[StateField.Points]], [15]],
    ["fewer", patchOf(1, PatchKind.TakePoints, 11), (s) => [s[StateField.Points]], [0]],
    ["offer", patchOf(1, PatchKind.Offer, 0x8004), (s) => [s[StateField.Offers]], [0x8007]],
    ["offer gone", patchOf(1, PatchKind.ClearOffer, 2), (s) => [s[StateField.Offers]], [1]],
    ["block", patchOf(1, PatchKind.SetFlags, 2), (s) => [s[StateField.Flags]], [3]],
    ["group", patchOf(1, PatchKind.Group, 7, [0, 99]), (s) => s.slice(1, 4), [7, DAY, 99]],
  ];
  cases[0][3] = [0, 20, DAY, DAY + 9, 4, 6];
  for (const [name, patch, read, expected] of cases) {
    const life = new Life(PLAIN, start);
    assert.is(takeIn(life, patch), Outcome.Ok, name);
    assert.equal(read(life.state), expected, name);
    assert.is(life.state[StateField.LastPatch], 1, name);
    const bytes = new Uint8Array(PATCH_BYTES + 2);
    assert.is(encodePatch(patch, bytes, 2), Status.Ok, name);
    const again = createPatch();
    assert.is(decodePatch(bytes, 2, again), Status.Ok, name);
    assert.equal(again, patch);
  }
});

test("a patch counts once, in its turn, and for its own card only", () => {
  const life = new Life(PLAIN, memberState());
  const first = patchOf(1, PatchKind.AddPoints, 5);
  const second = patchOf(2, PatchKind.AddPoints, 7);
  assert.is(takeIn(life, second), Outcome.NotFound);
  assert.is(takeIn(life, first, second), Outcome.Ok);
  assert.is(takeIn(life, first), Outcome.NotFound);
  assert.is(takeIn(life, second), Outcome.NotFound);
  assert.is(life.state[StateField.Points], 12);
  const other = new Life(PLAIN, memberState(), { serial: SERIAL + 1 });
  assert.is(takeIn(other, first), Outcome.NotFound);
  const reissued = new Life(PLAIN, memberState(), { cardNumber: 1 });
  assert.is(takeIn(reissued, first), Outcome.NotFound);
});

test("a pending card is approved, a blocked one freed, by a patch", () => {
  const waiting = memberState({ flags: StateFlag.Enrolled + StateFlag.Pending });
  const life = new Life(PLAIN, waiting);
  assert.is(life.do({ grossRial: 10 }), Outcome.Pending);
  assert.is(takeIn(life, patchOf(1, PatchKind.ClearFlags, StateFlag.Pending)), Outcome.Ok);
  assert.is(life.do({ grossRial: 10 }), Outcome.Ok);
  takeIn(life, patchOf(2, PatchKind.SetFlags, StateFlag.Blocked));
  assert.is(life.do({ grossRial: 10 }), Outcome.Blocked);
  takeIn(life, patchOf(3, PatchKind.ClearFlags, StateFlag.Blocked));
  assert.is(life.do({ grossRial: 10 }), Outcome.Ok);
});

test("patches that no card could carry out are refused before they travel", () => {
  const bad: CardPatch[] = [
    patchOf(0, PatchKind.AddPoints, 5),
    patchOf(1, 0 as PatchKind, 5),
    patchOf(1, 11 as PatchKind, 5),
    patchOf(1, PatchKind.AddPoints, 0),
    patchOf(1, PatchKind.AddPoints, 2 ** 32),
    patchOf(1, PatchKind.Grant, 2 ** 40, [1, 2, 1, 0]),
    patchOf(1, PatchKind.Grant, 5, [3, 2, 1, 0]),
    patchOf(1, PatchKind.Grant, 5, [1, 2, 0, 0]),
    patchOf(1, PatchKind.SetFlags, StateFlag.Enrolled),
    patchOf(1, PatchKind.Group, 256),
    patchOf(1, PatchKind.Offer, 0x10000),
  ];
  for (const patch of bad) {
    assert.is(encodePatch(patch, new Uint8Array(PATCH_BYTES), 0), Status.Malformed, patch.join());
  }
  const bytes = new Uint8Array(PATCH_BYTES);
  encodePatch(patchOf(1, PatchKind.AddPoints, 5), bytes, 0);
  bytes[7] = 11;
  assert.is(decodePatch(bytes, 0, createPatch()), Status.Unsupported);
});

test("groups are reviewed once, at the first purchase of a period, by the one before", () => {
  const ruleset = compile(
    CREDIT,
    `period: year
rules:
  - {id: 1, name: up, phase: promote, order: 1, setGroup: 3, when: [pSpend >= 1_000, group < 3]}
  - {id: 2, name: down, phase: review, order: 1, setGroup: 2, when: [group = 3, pSpend < 1_000]}
  - {id: 3, name: down, phase: review, order: 2, setGroup: 0, when: [group = 2, pSpend < 500]}\n`,
  );
  const day = (year: number, month = 2) => fromJalali(year, month, 1);
  const life = new Life(ruleset, memberState({ periodStartDay: day(1402) }));
  const buy = (grossRial: number, year: number, month?: number): number => {
    assert.is(life.do({ grossRial, day: day(year, month) }), Outcome.Ok);
    return life.state[StateField.Group];
  };
  assert.is(buy(999, 1402), 1);
  assert.is(buy(1, 1402), 3, "at the threshold");
  assert.is(buy(10, 1403), 3, "the year before had enough");
  assert.is(buy(10, 1404), 2, "one down: 1403 had 10");
  assert.equal(fired((life.last as Tap).decision), [2]);
  assert.is(buy(489, 1404, 5), 2, "once for a period");
  assert.is(buy(10, 1405), 0, "499 in 1404");
  assert.is(buy(1_000, 1405, 3), 3);
  assert.is(buy(10, 1408), 2, "years without a purchase count once, as nothing");
  takeIn(life, patchOf(1, PatchKind.Group, 3, [0, day(1410)]));
  assert.is(buy(10, 1409), 3, "kept until the day that the office named");
  assert.is(buy(10, 1411), 2);
});

test("a pad gives no more than its budget of the day", () => {
  const ruleset = compile(CREDIT, "limits: {padPerDayRial: 1_000}\n", TENTH);
  const cases: [number, number][] = [
    [0, 800],
    [200, 800],
    [201, 799],
    [999, 1],
    [1_000, 0],
    [5_000, 0],
  ];
  for (const [padGivenRial, earnedRial] of cases) {
    const { decision } = tap(ruleset, memberState(), { grossRial: 8_000, padGivenRial });
    assert.is(decision[DecisionField.EarnedRial], earnedRial, String(padGivenRial));
  }
});

test("an offer is used up by the rule that asks for it, unless it keeps it", () => {
  const rule = (keeps: string): string =>
    `rules: [{id: 1, name: o, phase: earn, order: 1, giveRial: 9, when: [offers bit 15]${keeps}}]`;
  const state = memberState({ offers: 0x8001 });
  const once = tap(compile(CREDIT, rule("")), state, { grossRial: 100 });
  assert.is(once.after[StateField.Offers], 1);
  const kept = tap(compile(CREDIT, rule(", keepsOffer: yes")), state, { grossRial: 100 });
  assert.is(kept.after[StateField.Offers], 0x8001);
});

test("an old hot list lowers what may be used, and says how much that is", () => {
  const state = withCredit(memberState(), 5_000);
  const bill = { grossRial: 9_000, capRial: 300 };
  const { outcome, decision } = tap(PLAIN, state, { ...bill, askedCreditRial: 301 });
  assert.is(outcome, Outcome.InsufficientCredit);
  assert.is(decision[DecisionField.AvailableRial], 300);
  assert.is(tap(PLAIN, state, { ...bill, askedCreditRial: 300 }).outcome, Outcome.Ok);
});

test("over random lives of all kinds no value is made or lost", () => {
  const ruleset = compile(
    CREDIT,
    `roundToRial: 10
limits: {padPerDayRial: 4_000_000}
redeem: {withDebt: yes}
refund: {graceDays: 9}
enrol: {renewMonths: 12}
accept: [{shop: any, creditOf: any}]
rewards: [{id: 1, points: 5, creditRial: 700}]
rules:
  - {id: 1, name: a, phase: earn, order: 1, give: 12 %}
  - {id: 2, name: b, phase: points, order: 1, points: 1 per 9_000 rial}
`,
  );
  const step = fc.record({
    kind: fc.constantFrom(2, 2, 2, 4, 4, 5, 7, 8, 9, 10),
    days: fc.constantFrom(0, 0, 1, 20, 60),
    amount: fc.integer({ min: 1, max: 2_000_000 }),
    share: fc.integer({ min: 0, max: 4 }),
    issuer: fc.constantFrom(1, 2, 3),
  });
  let doneCount = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const life = new Life(ruleset, memberState());
      let day = DAY;
      for (const { kind, days, amount, share, issuer } of steps) {
        day += days;
        const before = life.creditRial();
        const debt = life.state[StateField.DebtRial];
        const points = life.state[StateField.Points];
        const outcome = play(life, kind, amount, share, { day, issuer });
        if (outcome !== Outcome.Ok) continue;
        doneCount++;
        const { decision } = life.last as Tap;
        const rial = (field: DecisionField) => decision[field];
        assert.is(
          life.creditRial(),
          before -
            rial(DecisionField.ExpiredRial) -
            rial(DecisionField.UsedRial) +
            rial(DecisionField.RestoredRial) +
            rial(DecisionField.EarnedRial) -
            rial(DecisionField.DebtPaidRial) -
            rial(DecisionField.ClawedRial) +
            rial(DecisionField.DebtAddedRial),
          `${kind} ${REPLAY}`,
        );
        assert.is(
          life.state[StateField.DebtRial],
          debt - rial(DecisionField.DebtPaidRial) + rial(DecisionField.DebtAddedRial),
          REPLAY,
        );
        assert.is(
          life.state[StateField.Points],
          points + rial(DecisionField.PointsEarned) - rial(DecisionField.PointsUsed),
          REPLAY,
        );
        assert.is(rial(DecisionField.BalanceRial), life.creditRial(), REPLAY);
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
  assert.ok(doneCount > 500, `${doneCount} taps were done`);
});

function play(
  life: Life,
  kind: TapKind,
  amount: number,
  share: number,
  place: { day: number; issuer: number },
): Outcome {
  if (kind === TapKind.Refund) {
    const original = Math.floor((life.intents.length * share) / 5);
    return life.refund(original, amount, place.day);
  }
  if (kind === TapKind.Void) return life.undo(place);
  if (kind === TapKind.Patch) {
    const id = life.state[StateField.LastPatch] + 1;
    const kinds = [PatchKind.Grant, PatchKind.Claw, PatchKind.WriteOff, PatchKind.TakePoints];
    const days = [place.day, place.day + (amount % 99), place.issuer, share];
    return takeIn(life, patchOf(id, kinds[share % kinds.length], amount, days));
  }
  const askedCreditRial =
    kind === TapKind.Sale ? Math.floor((Math.min(life.creditRial(), amount) * share) / 4) : 0;
  return life.do({ kind, grossRial: amount, askedCreditRial, reference: 1, approver: 1, ...place });
}

function untilDays(state: CardState): number[] {
  return lotsOf(state)
    .filter(({ amountRial }) => amountRial > 0)
    .map(({ untilDay }) => untilDay);
}

test.run();
