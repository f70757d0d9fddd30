import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CardState, DAY_NEVER, emptyState, StateField } from "../../card-layout/state";
import { lotsOf, type NamedLot, setLot } from "../../card-layout/testing/named-records";
import { createDecision, createPurchase, DecisionField, PartField } from "./evaluate";
import * as lots from "./lots";
import { Header } from "./ruleset-format";
import { startTap } from "./tap-context";

const SEED = Number(process.env.SEED ?? 20260104);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/lots.test.ts`;

/** A header without rules; shop 1 takes the credit of shop 2, every shop that of shop 9. */
const ruleset = new Uint8Array(Header.SizeBytes + 4);
ruleset[Header.AcceptCount] = 2;
ruleset.set([1, 2, 255, 9], Header.SizeBytes);

const decision = createDecision();

/** Sets what the functions under test work on. */
function start(state: CardState, issuer: number, day: number): void {
  startTap(ruleset, { ...createPurchase(1, issuer), day, sequence: 1 }, day, state, decision);
}

function spendableRial(state: CardState, issuer: number, day: number): number {
  start(state, issuer, day);
  return lots.sumLots(true);
}

function expireLots(state: CardState, day: number): number {
  start(state, 1, day);
  return lots.expireLots();
}

function totalRial(state: CardState): number {
  start(state, 1, 0);
  return lots.sumLots(false);
}

/** Shop 1 takes so much; answers whose credit it was, lot by lot. */
function spend(
  state: CardState,
  day: number,
  usedRial: number,
): [issuer: number, amountRial: number][] {
  start(state, 1, day);
  decision[DecisionField.UsedRial] = usedRial;
  decision[DecisionField.PartCount] = 0;
  lots.spendLots();
  return Array.from({ length: decision[DecisionField.PartCount] }, (_, part) => {
    const at = DecisionField.Parts + PartField.Count * part;
    return [decision[at + PartField.Issuer], decision[at + PartField.AmountRial]];
  });
}

type Row = [amountRial: number, fromDay: number, untilDay: number, issuer: number, kind?: number];

function lot([amountRial, fromDay, untilDay, issuer, kind = 0]: Row): NamedLot {
  return { amountRial, fromDay, untilDay, issuer, kind };
}

function stateOf(...rows: Row[]): CardState {
  const state = emptyState();
  rows.forEach((row, slot) => {
    setLot(state, slot, lot(row));
  });
  return state;
}

/** Slot of the grant: the one behind the last. */
const GRANT = 6;

/** Whether a place was found; what found none is taken back. */
function add(state: CardState, day: number, grant: NamedLot): boolean {
  setLot(state, GRANT, grant);
  start(state, 1, day);
  lots.placeGrant();
  const isPlaced = state[StateField.Grant] === 0;
  setLot(state, GRANT, lot([0, 0, 0, 0]));
  return isPlaced;
}

function rowsOf(state: CardState): Row[] {
  const used = lotsOf(state).filter((one) => one.amountRial > 0);
  return used.map((one) => [one.amountRial, one.fromDay, one.untilDay, one.issuer]);
}

test("a lot counts on its first and last day, not before and not after", () => {
  const state = stateOf([100, 10, 20, 1]);
  const spendable = [9, 10, 20, 21].map((day) => spendableRial(state, 1, day));
  assert.equal(spendable, [0, 100, 100, 0]);
});

test("expiry takes the lot on the day after its last day and leaves an empty slot", () => {
  const state = stateOf([100, 10, 20, 1, 3], [5, 10, DAY_NEVER, 1]);
  assert.is(expireLots(state, 20), 0);
  assert.is(expireLots(state, 21), 100);
  assert.equal(lotsOf(state)[0], lot([0, 0, 0, 0, 0]));
  assert.is(expireLots(state, 65534), 0);
  assert.equal(rowsOf(state), [[5, 10, DAY_NEVER, 1]]);
});

test("acceptance is asked pairwise: (shop that takes, shop that granted)", () => {
  const accepted = (acceptor: number): number[] =>
    [1, 2, 3, 9].filter((issuer) => spendableRial(stateOf([1, 0, 9, issuer]), acceptor, 1));
  assert.equal(accepted(1), [1, 2, 9]);
  assert.equal(accepted(2), [2, 9]);
  assert.equal(accepted(3), [3, 9]);
});

test("credit is used by last day, then first day, then slot; each lot is a part", () => {
  const state = stateOf(
    [10, 5, 30, 1],
    [20, 3, 20, 2],
    [40, 2, 20, 1],
    [80, 3, 20, 9],
    [7, 0, 99, 3],
  );
  decision[DecisionField.Parts] = 77;
  assert.equal(spend(state, 10, 145), [
    [1, 40],
    [2, 20],
    [9, 80],
    [1, 5],
  ]);
  assert.equal(rowsOf(state), [
    [5, 5, 30, 1],
    [7, 0, 99, 3],
  ]);
});

test("a grant joins a lot of the same issuer, kind and last day when both are usable", () => {
  const state = stateOf([10, 5, 30, 1]);
  assert.ok(add(state, 7, lot([3, 7, 30, 1])));
  assert.ok(add(state, 7, lot([4, 7, 30, 2])));
  assert.ok(add(state, 7, lot([5, 7, 30, 1, 8])));
  assert.equal(rowsOf(state), [
    [13, 7, 30, 1],
    [4, 7, 30, 2],
    [5, 7, 30, 1],
  ]);
});

test("a grant for tomorrow never makes itself usable today", () => {
  const state = stateOf([10, 5, 30, 1]);
  assert.ok(add(state, 7, lot([3, 8, 30, 1])));
  assert.is(spendableRial(state, 1, 7), 10);
  assert.is(spendableRial(state, 1, 8), 13);
});

test("a full card joins the two nearest last days and keeps the later one", () => {
  const six: Row[] = [30, 40, 45, 60, 80, 99].map((untilDay) => [1, 0, untilDay, 1]);
  const state = stateOf(...six);
  assert.ok(add(state, 7, lot([3, 7, 70, 1])));
  assert.equal(rowsOf(state), [
    [1, 0, 30, 1],
    [2, 0, 45, 1],
    [3, 7, 70, 1],
    [1, 0, 60, 1],
    [1, 0, 80, 1],
    [1, 0, 99, 1],
  ]);
});

test("on a full card the grant itself may be the nearest", () => {
  const six: Row[] = [30, 40, 50, 60, 80, 99].map((untilDay) => [1, 0, untilDay, 1]);
  const state = stateOf(...six);
  assert.ok(add(state, 7, lot([3, 7, 98, 1])));
  assert.equal(rowsOf(state)[5], [4, 7, 99, 1]);
});

test("six issuers leave no room for a seventh, and the state stays as it was", () => {
  const state = stateOf(...[1, 2, 3, 4, 5, 6].map((issuer): Row => [1, 0, 50, issuer]));
  const before = structuredClone(state);
  assert.not(add(state, 7, lot([3, 7, 50, 7])));
  assert.equal(state, before);
  assert.not(add(state, 7, lot([3, 8, 50, 1])), "pending credit may not join usable credit");
  assert.equal(state, before);
});

test("over random lives: granted = used + expired + on the card, never usable too early", () => {
  const step = fc.record({
    days: fc.integer({ min: 0, max: 12 }),
    amountRial: fc.integer({ min: 1, max: 2 ** 34 }),
    fromDays: fc.integer({ min: 0, max: 3 }),
    length: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constant(60000)),
    issuer: fc.constantFrom(1, 1, 2, 9),
    share: fc.integer({ min: 0, max: 4 }),
  });
  const live = fc.array(step, { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(live, (steps) => {
      const state = emptyState();
      let day = 100;
      let balance = 0n;
      for (const one of steps) {
        day += one.days;
        balance -= BigInt(expireLots(state, day));
        const spendable = spendableRial(state, 1, day);
        const asked = Math.floor((spendable * one.share) / 4);
        const sum = spend(state, day, asked).reduce((total, [, rial]) => total + rial, 0);
        assert.is(sum, asked, REPLAY);
        balance -= BigInt(asked);
        assert.is(spendableRial(state, 1, day), spendable - asked, REPLAY);
        const fromDay = day + one.fromDays;
        const untilDay = Math.min(fromDay + one.length, DAY_NEVER);
        const grant = lot([one.amountRial, fromDay, untilDay, one.issuer]);
        if (add(state, day, grant)) balance += BigInt(one.amountRial);
        assert.is(BigInt(totalRial(state)), balance, REPLAY);
        const now = spendableRial(state, 1, day) - (spendable - asked);
        if (one.fromDays > 0) assert.is(now, 0, REPLAY);
        for (const left of lotsOf(state)) assert.ok(left.fromDay <= left.untilDay, REPLAY);
      }
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test.run();
