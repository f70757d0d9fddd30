/**
 * Every kind of tap from the pad's request to the ledger: on the card, in the journal, computed
 * again by the back office without a difference, and posted so that cards and accounts agree.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { waitingPatches } from "../back-office/patches";
import { Status } from "../card-layout/status";
import { requestOf, TapOutcome, type TapRequest } from "../firmware/app/tap-request";
import { PatchKind } from "../firmware/core/card-patch";
import { DecisionField, Outcome, TapKind } from "../firmware/core/evaluate";
import { FaultPlan, PlaceKind } from "./quick/faults";
import type { QuickPad } from "./quick/quick-pad";
import { DAY_SECONDS, TestShops } from "./test-shops";

test("a sale by category is journaled with its categories and computed again from them", () => {
  const world = new TestShops();
  const categories = Array.from({ length: 32 }, () => 0);
  categories[3] = 2;
  categories[19] = 40_000;
  const request = { ...requestOf(TapKind.Sale, 100_000, 0), categories };
  assert.is(world.tap(request), TapOutcome.Done);
  assert.is(world.creditRial(), 12_000);
  world.settle();
});

test("a sale comes back in parts; its number is all the cashier needs", () => {
  const world = new TestShops();
  world.sale(50_000);
  const number = world.sale(100_000, 4_000);
  world.sale(1_000);
  const before = world.creditRial();
  assert.is(world.tap(requestOf(TapKind.Refund, 40_000, number)), TapOutcome.Done);
  assert.is(world.decision(DecisionField.PayableRial), 40_000 - 1_600);
  assert.is(world.tap(requestOf(TapKind.Refund, 60_001, number)), TapOutcome.Refused);
  assert.is(world.decision(DecisionField.AvailableRial), 60_000);
  // The pad knows what has come back also after a power cut.
  world.pads[0].powerOn();
  assert.is(world.tap(requestOf(TapKind.Refund, 60_001, number)), TapOutcome.Refused);
  assert.is(world.tap(requestOf(TapKind.Refund, 60_000, number)), TapOutcome.Done);
  assert.is(world.creditRial(), before + 4_000 - 9_600);
  const { credit } = world.settle();
  assert.equal([credit.restoredRial, credit.clawedRial], [4_000, 9_600]);
  assert.is(world.account("clearing:redeemed"), 0);
});

test("a return after the credit was spent leaves a debt, which the next purchase pays", () => {
  const world = new TestShops();
  const number = world.sale(100_000);
  world.sale(10_000, 10_000);
  assert.is(world.tap(requestOf(TapKind.Refund, 100_000, number)), TapOutcome.Done);
  assert.is(world.state().debtRial, 10_000);
  world.settle();
  assert.is(world.account("receivable:member:1"), 10_000);
  world.sale(150_000);
  assert.equal([world.state().debtRial, world.creditRial()], [0, 5_000]);
  world.settle();
  assert.is(world.account("receivable:member:1"), 0);
});

test("a return without its sale is noted for the office, with the card and without", () => {
  const world = new TestShops();
  const number = world.sale(100_000, 0, world.member, world.pads[1]);
  const image = world.member.image.slice();
  const wanted = { ...requestOf(TapKind.Refund, 30_000, number), originalTerminal: 2 };
  assert.is(world.tap(wanted), TapOutcome.Deferred);
  assert.equal(world.member.image, image, "the card is as it was");
  assert.is(world.pads[0].core?.deferRefund({ ...wanted, originalTerminal: 0 }), Status.Ok);
  const { alarms } = world.settle();
  assert.is(alarms.filter(({ kind }) => kind === "refund").length, 2);
  const rows = world.database.all("SELECT * FROM deferred_refunds ORDER BY sequence");
  assert.equal(
    rows.map((row) => [row.uid, row.serial, row.original_terminal, row.original_sequence]),
    [
      ["deadbeef", 1, 2, number],
      ["", 0, 1, number],
    ],
  );
});

test("a void undoes the last sale of this pad on this day, once, and no other", () => {
  const world = new TestShops();
  world.sale(70_000);
  world.wait(60);
  const before = world.state();
  world.sale(100_000, 3_000);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0), world.member, world.pads[1]), 7);
  assert.is(world.decision(DecisionField.Outcome, world.pads[1]), Outcome.NotFound);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Done);
  assert.is(world.decision(DecisionField.PayableRial), 97_000);
  const { lastMinute, lastSequence, baseTag } = world.state();
  assert.equal(world.state(), { ...before, lastMinute, lastSequence, baseTag });
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Refused);
  world.settle();
  assert.is(world.account("clearing:redeemed"), 0);
  assert.is(world.account("expense:credit"), 7_000);
  world.sale(5_000);
  world.wait(DAY_SECONDS);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Refused, "yesterday's");
});

test("a gift card is sold, spent in two shops and expires; its money is kept apart", () => {
  const world = new TestShops();
  assert.is(world.tap(requestOf(TapKind.GiftLoad, 90_000, 0), world.gift), TapOutcome.Done);
  world.sale(50_000, 50_000, world.gift, world.pads[1]);
  assert.is(world.tap(requestOf(TapKind.Sale, 10, 0), world.gift), TapOutcome.Refused);
  assert.is(world.tap(requestOf(TapKind.GiftLoad, 10_000, 0), world.gift), TapOutcome.Done);
  const first = world.settle();
  assert.is(first.gifts?.closingRial, 50_000);
  assert.equal(first.settlement, [{ issuer: 1, acceptor: 2, usedRial: 50_000 }]);
  assert.is(world.account("clearing:giftSales"), 100_000);
  world.wait(70 * DAY_SECONDS);
  assert.is(world.tap(requestOf(TapKind.GiftLoad, 1_000, 0), world.gift), TapOutcome.Done);
  assert.is(world.settle().gifts?.closingRial, 1_000);
  assert.is(world.account("income:giftBreakage"), -50_000);
  assert.is(world.account("income:breakage"), 0);
});

test("a mistyped gift load is undone", () => {
  const world = new TestShops();
  world.tap(requestOf(TapKind.GiftLoad, 90_000, 0), world.gift);
  world.wait(60);
  world.tap(requestOf(TapKind.GiftLoad, 900_000, 0), world.gift);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0), world.gift), TapOutcome.Done);
  assert.is(world.creditRial(world.gift), 90_000);
  assert.is(world.settle().gifts?.closingRial, 90_000);
  assert.is(world.account("clearing:giftSales"), 90_000);
});

test("grants and rewards are expenses of their own", () => {
  const world = new TestShops();
  world.sale(50_000);
  const grant = { ...requestOf(TapKind.Grant, 8_000, 3), approver: 77 };
  assert.is(world.tap({ ...grant, approver: 0 }), TapOutcome.Refused);
  assert.is(world.decision(DecisionField.Outcome), Outcome.NeedsApproval);
  assert.is(world.tap(grant), TapOutcome.Done);
  assert.is(world.tap(requestOf(TapKind.Reward, 0, 1)), TapOutcome.Done);
  assert.is(world.tap(requestOf(TapKind.Reward, 0, 2)), TapOutcome.Done);
  assert.is(world.state().points, 20);
  assert.is(world.tap(requestOf(TapKind.Renew, 0, 0)), TapOutcome.Done);
  world.settle();
  assert.is(world.account("expense:grants"), 8_000);
  assert.is(world.account("expense:rewards"), 700);
  const sql = "SELECT approver, reference FROM transactions WHERE kind = 7";
  assert.equal(world.database.get(sql), { approver: 77, reference: 3 });
});

test("patches are taken in before the sale, once, wherever the card comes", () => {
  const world = new TestShops();
  world.sale(50_000);
  world.settle();
  world.order({ kind: PatchKind.Grant, argument: 6_000, fromDay: 0, untilDay: 9_999, issuer: 2 });
  world.order({ kind: PatchKind.AddPoints, argument: 11 });
  world.sale(1_000, 11_000 - 10_100, world.member, world.pads[1]);
  assert.is(world.creditRial(), 11_000 - 900 + 10);
  assert.equal([world.state().lastPatch, world.state().points], [2, 61]);
  const balance = requestOf(TapKind.Balance, 0, 0);
  assert.is(world.tap(balance), TapOutcome.Done);
  world.sale(1_000);
  assert.is(world.state().lastPatch, 2);
  world.settle();
  assert.is(world.account("expense:grants"), 6_000);
  assert.equal(waitingPatches(world.database), []);
  world.order({ kind: PatchKind.Claw, argument: 100_000 });
  world.order({ kind: PatchKind.WriteOff, argument: 5_000 });
  world.sale(10);
  const debtRial = world.state().debtRial;
  assert.ok(debtRial > 5_000);
  world.settle();
});

test("patches that give and take in one tap post what each shop's credit did", () => {
  const world = new TestShops();
  world.sale(50_000);
  const grant = { kind: PatchKind.Grant, untilDay: 9_999 };
  world.order({ ...grant, argument: 6_000, issuer: 2 });
  world.order({ kind: PatchKind.Claw, argument: 9_000 });
  world.order({ ...grant, argument: 1_000, issuer: 1 });
  world.sale(10, 0, world.member, world.pads[1]);
  const { issuers } = world.settle();
  assert.equal(
    issuers.map(({ issuer, owedRial }) => [issuer, owedRial]),
    [
      [1, 3_000],
      [2, 0],
    ],
  );
});

test("a hot card is marked, and stays refused at pads that never heard of it", () => {
  const world = new TestShops();
  world.sale(50_000);
  world.block(1, 0);
  assert.is(world.tap(requestOf(TapKind.Sale, 10, 0)), TapOutcome.Refused);
  assert.is(world.decision(DecisionField.Outcome), Outcome.Blocked);
  assert.is(world.state().flags, 3);
  world.settle();
  assert.is(world.database.get("SELECT count(*) AS n FROM transactions WHERE kind = 11")?.n, 1);
});

test("a rating goes with the tap before it, once", () => {
  const world = new TestShops();
  const number = world.sale(50_000);
  const core = world.pads[0].core;
  assert.is(core?.rate(6), Status.NotFound);
  assert.is(core?.rate(4), Status.Ok);
  assert.is(core?.rate(5), Status.NotFound);
  world.settle();
  const sql = "SELECT intent_sequence, score FROM ratings";
  assert.equal(world.database.get(sql), { intent_sequence: number, score: 4 });
});

test("the pad's budget of the day is kept over power cuts and begins anew the next day", () => {
  const world = new TestShops();
  world.sale(40_000_000);
  world.pads[0].powerOn();
  world.sale(20_000_000);
  assert.is(world.creditRial(), 5_000_000);
  world.pads[0].powerOn();
  world.sale(1_000_000);
  assert.is(world.creditRial(), 5_000_000);
  world.wait(DAY_SECONDS);
  world.sale(1_000_000);
  assert.is(world.creditRial(), 5_100_000);
  world.settle();
});

/** A return, a void and a patch, disturbed once at every place, and then finished. */
test("pulled or without power at any place, every kind counts once or not at all", () => {
  const world = new TestShops();
  const number = world.sale(100_000);
  world.sale(7_000);
  const requests = [
    requestOf(TapKind.Refund, 60_000, number),
    requestOf(TapKind.Void, 0, 0),
    { ...requestOf(TapKind.Grant, 8_000, 3), approver: 7 },
    requestOf(TapKind.Sale, 10_000, 0),
  ];
  const saved = world.pads[0].save();
  const image = world.member.image.slice();
  const before = figuresOf(world);
  requests.forEach((request, index) => {
    if (index === 3) world.order({ kind: PatchKind.AddPoints, argument: 1_000 });
    const undisturbed = resultOf(world, saved, image, request, undefined);
    const places = undisturbed.kinds.flatMap((kind, at) =>
      kind <= PlaceKind.Operand ? [at + 1] : [],
    );
    assert.ok(places.length > 60);
    assert.is(undisturbed.outcome, TapOutcome.Done);
    for (const place of places.filter((_, at) => at % 3 === index % 3)) {
      const disturbed = resultOf(world, saved, image, request, place);
      const what = `kind ${request.kind} at ${place}`;
      if (disturbed.outcome === TapOutcome.Done)
        assert.equal(disturbed.figures, undisturbed.figures, what);
      else {
        // An attempt that was ended by a copy leaves no record before the sale to go back to.
        assert.is(request.kind, TapKind.Void, what);
        assert.equal(disturbed.figures, before, what);
      }
    }
  });
});

function figuresOf(world: TestShops) {
  const { points, debtRial, lifeSpendRial } = world.state();
  return { credit: world.creditRial(), points, debtRial, lifeSpendRial };
}

function resultOf(
  world: TestShops,
  saved: ReturnType<QuickPad["save"]>,
  image: Uint8Array,
  request: TapRequest,
  place: number | undefined,
) {
  const [pad] = world.pads;
  pad.restore(saved);
  world.member.eeprom.restore(image);
  pad.powerOn();
  const faults = place === undefined ? [] : [{ place, fault: "pull" as const }];
  const plan = new FaultPlan(faults, true);
  pad.useFaults(plan);
  let outcome = world.tap(request);
  pad.useFaults(undefined);
  if (!pad.isPowered) pad.powerOn();
  // The card again, and what never began is asked for once more.
  for (let i = 0; i < 3 && outcome !== TapOutcome.Done; i++) outcome = world.tap(request);
  return { figures: figuresOf(world), outcome, kinds: plan.places.map(({ kind }) => kind) };
}

test.run();
