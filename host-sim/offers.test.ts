/** Offers and programmes from the pads' taps to the office's report: every rial is followed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grantRows } from "../back-office/offers/grants";
import { offerReport } from "../back-office/offers/offer-report";
import type { OfferTotals } from "../back-office/offers/offer-totals";
import { noteTerms, programmeReports, warnings } from "../back-office/offers/programmes";
import { NO_TERMS } from "../back-office/rules/office-terms";
import { requestOf, TapOutcome } from "../firmware/app/tap-request";
import { PatchKind } from "../firmware/core/card-patch";
import { TapKind } from "../firmware/core/evaluate";
import { Rng } from "./rng";
import { DAY_SECONDS, TestShops } from "./test-shops";

const SEEDS = Number(process.env.SEEDS ?? 6);
const REPLAY = "SEEDS=... node --import tsx host-sim/offers.test.ts";
/** Rule 4 gives a present that must be used soon, rule 5 a discount on large bills. */
const OFFERS = `  - {id: 4, name: present, phase: earn, order: 1, stack: 2, giveRial: 3_000,
      when: [gross >= 50_000], credit: {until: 3 days}}
  - {id: 5, name: large bills, phase: discount, order: 1, give: 10 %, when: [gross >= 500_000]}
`;

function offersOf(world: TestShops): Map<string, OfferTotals> {
  world.settle();
  const { offers, unknownTaps } = offerReport(world.database);
  assert.is(unknownTaps, 0);
  return new Map(offers.map((one) => [one.source, one]));
}

/** What it gave went somewhere, or is on cards. */
function assertFollowed(offer: OfferTotals, what: string): void {
  const gone = offer.debtPaidRial + offer.usedRial + offer.expiredRial;
  const kept = offer.grantedRial - gone - (offer.takenBackRial - offer.debtRial);
  assert.is(kept, offer.outstandingRial, `${what}: ${JSON.stringify(offer)}`);
}

test("each rule's credit is followed from its sale to its use, its end, or the card", () => {
  const world = new TestShops(":memory:", OFFERS);
  world.sale(100_000);
  world.sale(20_000, 5_000);
  let offers = offersOf(world);
  const [tenth, present] = ["rule 1", "rule 4"].map((name) => offers.get(name) as OfferTotals);
  assert.equal(
    [tenth.times, tenth.members, tenth.salesRial, tenth.grantedRial, tenth.usedRial],
    [2, 1, 120_000, 11_500, 2_000],
    "the present ends first, so it was used first",
  );
  assert.equal([present.grantedRial, present.usedRial, present.outstandingRial], [3_000, 3_000, 0]);
  world.sale(60_000);
  world.wait(5 * DAY_SECONDS);
  world.sale(10_000);
  offers = offersOf(world);
  assert.is(offers.get("rule 4")?.expiredRial, 3_000);
  assert.is(offers.get("rule 3")?.points, 185);
  for (const [name, offer] of offers) assertFollowed(offer, name);
});

test("a return takes from the rules of its sale; a void leaves no trace of its sale", () => {
  const world = new TestShops(":memory:", OFFERS);
  const number = world.sale(600_000);
  assert.is(world.tap(requestOf(TapKind.Refund, 300_000, number)), TapOutcome.Done);
  let offers = offersOf(world);
  const discount = offers.get("rule 5") as OfferTotals;
  assert.equal([discount.discountRial, discount.salesRial], [30_000, 300_000]);
  assert.equal(
    ["rule 1", "rule 4"].map((name) => offers.get(name)?.takenBackRial),
    [27_000, 1_500],
  );
  world.sale(700_000, 10_000);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Done);
  const before = JSON.stringify([...offers]);
  offers = offersOf(world);
  assert.is(JSON.stringify([...offers]), before);
});

test("what a return takes back of spent credit is debt, and the next credit pays it", () => {
  const world = new TestShops(":memory:", OFFERS);
  const number = world.sale(100_000);
  world.sale(13_000, 13_000);
  assert.is(world.tap(requestOf(TapKind.Refund, 100_000, number)), TapOutcome.Done);
  world.sale(40_000);
  const offers = offersOf(world);
  const tenth = offers.get("rule 1") as OfferTotals;
  assert.equal([tenth.takenBackRial, tenth.debtRial, tenth.debtPaidRial], [10_000, 10_000, 4_000]);
  for (const [name, offer] of offers) assertFollowed(offer, name);
});

test("at random: what every source gave is used, expired, taken back or on the card", () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const rng = new Rng(`offers ${seed}`);
    const world = new TestShops(":memory:", OFFERS);
    const sales: number[] = [];
    for (let i = 0; i < 40; i++) {
      const choice = rng.below(10);
      const pad = world.pads[rng.below(2)];
      if (choice < 5) {
        const grossRial = 1_000 * (1 + rng.below(700));
        const mostRial = Math.min(world.creditRial(), grossRial);
        const asked = rng.below(2) * Math.floor((mostRial * rng.below(100)) / 100);
        world.tap(
          { ...requestOf(TapKind.Sale, grossRial, 0), askedCreditRial: asked },
          world.member,
          pad,
        );
        if (pad === world.pads[0]) sales.push(pad.core?.tap.purchase.sequence ?? 0);
      } else if (choice === 5) world.tap(requestOf(TapKind.Void, 0, 0), world.member, pad);
      else if (choice === 6 && sales.length > 0) {
        const number = sales[rng.below(sales.length)];
        world.tap(requestOf(TapKind.Refund, 1_000 * (1 + rng.below(300)), number));
      } else if (choice === 7) {
        const grant = { ...requestOf(TapKind.Grant, 1_000 * (1 + rng.below(9)), 3), approver: 7 };
        world.tap(grant, world.member, pad);
      } else if (choice === 8) world.tap(requestOf(TapKind.Reward, 0, 2), world.member, pad);
      else world.wait(DAY_SECONDS * (1 + rng.below(40)));
    }
    world.order({ kind: PatchKind.Grant, argument: 12_340, untilDay: 9000, issuer: 1 });
    world.sale(1_000);
    const offers = offersOf(world);
    for (const [name, offer] of offers) assertFollowed(offer, `${name}, seed ${seed}: ${REPLAY}`);
    const sum = (figure: "outstandingRial") =>
      [...offers.values()].reduce((total, offer) => total + offer[figure], 0);
    assert.is(sum("outstandingRial"), world.creditRial(), `seed ${seed}: ${REPLAY}`);
    assert.is(offers.get("unknown")?.grantedRial ?? 0, 0, `seed ${seed}: ${REPLAY}`);
  }
});

test("a programme's budget counts over all pads, and the office says when it is over", () => {
  const world = new TestShops(":memory:", OFFERS);
  const programme = { name: "presents", ruleIds: [4, 5], budgetRial: 63_000 };
  const terms = { ...NO_TERMS, programmes: [programme] };
  noteTerms(world.database, 3, terms);
  world.sale(600_000);
  world.settle();
  const [within] = programmeReports(world.database, terms);
  assert.equal([within.givenRial, within.leftRial, within.isOver], [63_000, 0, false]);
  assert.equal([within.totals.times, within.totals.salesRial], [1, 600_000], "one sale, two rules");
  assert.equal(warnings(world.database), []);
  world.sale(50_000, 0, world.member, world.pads[1]);
  world.settle();
  const [over] = programmeReports(world.database, terms);
  assert.equal([over.givenRial, over.leftRial, over.isOver], [66_000, 0, true]);
  assert.match(warnings(world.database)[0], 'programme "presents" is over its budget');
});

test("the office says when a supervisor grants more in a day than the rules allow", () => {
  const world = new TestShops();
  noteTerms(world.database, 3, { ...NO_TERMS, grantsPerDayRial: 10_000 });
  const grant = (rial: number, reason: number, pad = world.pads[0]) =>
    world.tap({ ...requestOf(TapKind.Grant, rial, reason), approver: 77 }, world.member, pad);
  assert.is(grant(4_000, 3), TapOutcome.Done);
  assert.is(grant(6_000, 1, world.pads[1]), TapOutcome.Done);
  assert.is(grant(9_000, 1), TapOutcome.Done);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0)), TapOutcome.Done);
  world.settle();
  const rows = () => grantRows(world.database, 10_000);
  assert.equal(
    rows().map(({ approver, count, amountRial, isOver }) => [approver, count, amountRial, isOver]),
    [[77, 2, 10_000, false]],
  );
  assert.equal(warnings(world.database), []);
  assert.is(grant(10, 2), TapOutcome.Done);
  world.wait(DAY_SECONDS);
  assert.is(grant(10_000, 2), TapOutcome.Done);
  world.settle();
  assert.equal(
    rows().map(({ amountRial, isOver }) => [amountRial, isOver]),
    [
      [10_010, true],
      [10_000, false],
    ],
  );
  assert.equal(rows()[0].reasons.sort(), [1, 2, 3]);
  assert.match(warnings(world.database)[0], "supervisors granted too much on 1 day:");
});

test.run();
