/**
 * Returns at a pad that does not have the sale, from the counter to the settling in the office and
 * back to the card: what comes back must be what the pad of the sale would have done itself.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DeferredReturn, listReturns, settleReturn } from "../back-office/deferred-refunds";
import { cancelPatch } from "../back-office/patches";
import { requestOf, TapOutcome } from "../firmware/app/tap-request";
import { TapKind } from "../firmware/core/evaluate";
import { DAY_SECONDS, TestShops } from "./test-shops";

const DAY = 2515;

/** A return of a sale at pad 1, brought to pad 2. */
function bringBack(world: TestShops, grossRial: number, saleNumber: number): void {
  const wanted = requestOf(TapKind.Refund, grossRial, saleNumber);
  const outcome = world.tap({ ...wanted, originalTerminal: 1 }, world.member, world.pads[1]);
  assert.is(outcome, TapOutcome.Deferred);
}

function lastReturn(world: TestShops): DeferredReturn {
  return listReturns(world.database).at(-1) as DeferredReturn;
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

/** What a member has, after whatever the office ordered was taken in. */
function holdingsOf(world: TestShops) {
  const { points, debtRial } = world.state();
  const clearingRial = world.account("clearing:redeemed");
  const expenseRial = world.account("expense:credit");
  return { creditRial: world.creditRial(), points, debtRial, clearingRial, expenseRial };
}

test("the office settles also what only a supervisor may do at a pad", () => {
  const world = new TestShops(":memory:", "staff: {supervisorFor: [return]}\n");
  const number = world.sale(100_000);
  const wanted = { ...requestOf(TapKind.Refund, 100_000, number), approver: 9 };
  const asked = { ...wanted, originalTerminal: 1 };
  assert.is(world.tap(asked, world.member, world.pads[1]), TapOutcome.Deferred);
  world.settle();
  const { figures } = settleReturn(world.database, { record: lastReturn(world), day: DAY });
  assert.is(figures?.clawedRial, 10_000);
});

test("in any split, settling gives the very sums that the sale's own pad would have", () => {
  for (const parts of [[100_000], [40_000, 60_000], [1, 33_333, 66_666]]) {
    const own = new TestShops();
    const far = new TestShops();
    for (const world of [own, far]) {
      world.sale(77_000);
      const number = world.sale(100_000, 4_130);
      for (const grossRial of parts) {
        if (world === own) {
          const outcome = world.tap(requestOf(TapKind.Refund, grossRial, number));
          assert.is(outcome, TapOutcome.Done);
        } else {
          bringBack(world, grossRial, number);
          world.settle();
          settleReturn(world.database, { record: lastReturn(world), day: DAY });
        }
      }
      world.sale(10);
      world.settle();
    }
    assert.equal(holdingsOf(far), holdingsOf(own), parts.join());
    assert.is(far.account("expense:grants"), 0);
    assert.is(far.account("clearing:redeemed"), 0);
  }
});

test("it is settled once, and the alarm is gone", () => {
  const world = new TestShops();
  const number = world.sale(100_000, 0);
  bringBack(world, 50_000, number);
  assert.is(world.settle().alarms.filter(({ kind }) => kind === "refund").length, 1);
  const record = lastReturn(world);
  assert.equal([record.saleTerminal, record.saleSequence, record.serial], [1, number, 1]);
  const first = settleReturn(world.database, { record, day: DAY });
  assert.equal(first.figures, {
    payableRial: 50_000,
    restoredRial: 0,
    clawedRial: 5_000,
    points: 50,
  });
  assert.equal(first.patchIds, [1, 2]);
  const again = settleReturn(world.database, { record, day: DAY + 9 });
  assert.equal(again, { ...first, figures: undefined });
  assert.equal(world.settle().alarms, []);
  assert.equal(lastReturn(world).settledBy, { terminal: 1, epoch: 1, sequence: number });
  assert.match(
    refusal(() => cancelPatch(world.database, 1)),
    /patch 2 of card 1 settles a return/,
  );
  world.sale(10);
  world.settle();
  assert.is(world.creditRial(), 5_000);
});

test("credit that was used comes back with its days, or with the days of grace", () => {
  const world = new TestShops();
  world.sale(100_000);
  const number = world.sale(10_000, 10_000);
  assert.is(world.creditRial(), 0);
  bringBack(world, 10_000, number);
  world.settle();
  world.wait(200 * DAY_SECONDS);
  const { figures } = settleReturn(world.database, { record: lastReturn(world), day: DAY + 200 });
  assert.is(figures?.restoredRial, 10_000);
  world.sale(10, 10);
  const left = world.state().lots.filter(({ amountRial }) => amountRial > 0);
  assert.equal(
    left.map(({ amountRial, untilDay, issuer }) => [amountRial, untilDay, issuer]),
    [[9_990, DAY + 210, 1]],
  );
  world.settle();
});

test("what was earned and spent becomes a debt", () => {
  const world = new TestShops();
  const number = world.sale(100_000);
  world.sale(10_000, 10_000);
  bringBack(world, 100_000, number);
  world.settle();
  settleReturn(world.database, { record: lastReturn(world), day: DAY });
  world.tap(requestOf(TapKind.Renew, 0, 0));
  assert.is(world.state().debtRial, 10_000);
  world.settle();
  assert.is(world.account("receivable:member:1"), 10_000);
});

test("no more comes back than was sold, and only of a sale that counts", () => {
  const world = new TestShops();
  const number = world.sale(100_000);
  assert.is(world.tap(requestOf(TapKind.Refund, 60_000, number)), TapOutcome.Done);
  bringBack(world, 50_000, number);
  const settle = (sale?: { terminal: number; epoch: number; sequence: number }) =>
    refusal(() => settleReturn(world.database, { record: lastReturn(world), sale, day: DAY }));
  world.settle();
  const before = world.database.all("SELECT * FROM patches");
  assert.is(settle(), `40000 rial of sale 1/1/${number} are left to come back, not 50000`);
  bringBack(world, 50_000, 77);
  world.settle();
  assert.match(settle(), /^no sale 1\/77 is here: fetch that pad's journal/);
  assert.match(settle({ terminal: 1, epoch: 1, sequence: number }), /40000 rial of sale/);
  bringBack(world, 50_000, 0);
  world.settle();
  assert.match(settle(), /typed no number of a sale/);
  world.wait(60);
  world.sale(5_000);
  const undone = world.sale(50_000);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Done);
  bringBack(world, 50_000, undone);
  world.settle();
  assert.match(settle(), /was undone at its pad/);
  const unknown = { terminal: 1, epoch: 1, sequence: 9_999 };
  assert.match(
    refusal(() => settleReturn(world.database, { record: unknown, day: DAY })),
    /no pad noted a return as 1\/1\/9999/,
  );
  assert.equal(world.database.all("SELECT * FROM patches"), before);
});

test("a return with another card names both", () => {
  const world = new TestShops();
  world.tap(requestOf(TapKind.GiftLoad, 90_000, 0), world.gift);
  const number = world.sale(50_000, 50_000, world.gift);
  bringBack(world, 50_000, number);
  world.settle();
  const settle = () => settleReturn(world.database, { record: lastReturn(world), day: DAY });
  assert.match(refusal(settle), new RegExp(`sale 1/${number} is of card 2, the return of card 1`));
});

test("without a card the sale tells whose it is: a gift card gets its money back", () => {
  const world = new TestShops();
  world.tap(requestOf(TapKind.GiftLoad, 90_000, 0), world.gift);
  const number = world.sale(50_000, 50_000, world.gift);
  const wanted = { ...requestOf(TapKind.Refund, 20_000, number), originalTerminal: 1 };
  world.pads[1].core?.deferRefund(wanted);
  world.settle();
  settleReturn(world.database, { record: lastReturn(world), day: DAY });
  world.sale(10, 10, world.gift);
  assert.is(world.creditRial(world.gift), 59_990);
  assert.is(world.settle().gifts?.closingRial, 59_990);
  assert.is(world.account("clearing:redeemed"), -30_010);
});

test("a pad that gives back what the office had settled already is found", () => {
  const world = new TestShops();
  const number = world.sale(100_000);
  bringBack(world, 70_000, number);
  world.settle();
  settleReturn(world.database, { record: lastReturn(world), day: DAY });
  world.settle();
  assert.is(world.tap(requestOf(TapKind.Refund, 80_000, number)), TapOutcome.Done);
  const alarms = world.settle().alarms.filter(({ kind }) => kind === "refund");
  assert.is(alarms.length, 1);
  assert.is(alarms[0].detail, "50000 rial more came back than were sold");
});

test.run();
