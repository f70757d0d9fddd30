/**
 * Every kind of tap from the pad's request to the ledger: on the card, in the journal, computed
 * again by the back office without a difference, and posted so that cards and accounts agree.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inspectCard } from "../back-office/card-inspection";
import type { StateView } from "../back-office/card-views";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { ledgerReport } from "../back-office/ledger";
import { orderPatch, type PatchOrder, waitingPatches } from "../back-office/patches";
import { compileRuleset } from "../back-office/rules/compile";
import { verifyDatabase } from "../back-office/verify";
import { getUint } from "../card-layout/bytes";
import { CardKind } from "../card-layout/identity";
import { Status } from "../card-layout/status";
import { requestOf, TapOutcome, type TapRequest } from "../firmware/app/tap-request";
import { PatchKind } from "../firmware/core/card-patch";
import { DecisionField, Outcome, TapKind } from "../firmware/core/evaluate";
import { MAX_RIAL } from "../firmware/core/money";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { createNativeAes } from "./native-aes";
import { FaultPlan, PlaceKind } from "./quick/faults";
import { QuickCard } from "./quick/quick-card";
import { QuickPad } from "./quick/quick-pad";
import { Rng } from "./rng";

const aes = createNativeAes();
const keys = createClubKeys(1, 1, "tap kinds");
const START = 1_795_000_000;
const DAY_SECONDS = 86_400;
const RULES = `club: 1
version: 3
validFrom: 1404-01-01
roundToRial: 10
limits: {padPerDayRial: 5_000_000}
credit: {fromDays: 0, until: 90 days}
refund: {graceDays: 10}
gift: {until: 60 days, topUp: yes}
enrol: {group: 1, renewMonths: 12}
accept: [{shop: any, creditOf: any}]
rewards: [{id: 1, points: 10}, {id: 2, points: 20, creditRial: 700}]
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: more, phase: earn, order: 1, stack: 1, give: 5 %, of: category3}
  - {id: 3, name: points, phase: points, order: 1, points: 1 per 1_000 rial}
`;
const ruleset = compileRuleset(RULES, "kinds.yaml").bytes;

/** Two shops with a pad each, a member's card and a gift card, and the office behind them. */
class World {
  readonly database = Database.open(":memory:", { clubId: 1, mayCreate: true });
  readonly ingest = new Ingest(this.database, keys, aes);
  readonly pads: QuickPad[];
  readonly member: QuickCard;
  readonly gift: QuickCard;
  private readonly hot = new Set<string>();
  private readonly synced = [0, 0];
  private readonly clock = new VirtualClock();

  constructor() {
    const orders = {
      isBlocked: (serial: number, cardNumber: number) => this.hot.has(`${serial}/${cardNumber}`),
      readPatch: (serial: number, id: number, out: ArrayLike<number>) => {
        const found = waitingPatches(this.database).find(
          (patch) => getUint(patch, 0, 4) === serial && getUint(patch, 5, 2) === id,
        );
        (out as Uint8Array).set(found ?? []);
        return found !== undefined;
      },
      capRial: () => MAX_RIAL,
    };
    this.pads = [1, 2].map((terminal) => {
      const config = terminalConfigFor(aes, keys, terminal, 1, terminal, ruleset);
      const place = { seed: terminal, startUnixSeconds: START, clock: this.clock };
      const pad = new QuickPad({ config, orders, ...place });
      assert.ok(pad.powerOn());
      return pad;
    });
    this.member = this.issue("deadbeef", 1, CardKind.Member);
    this.gift = this.issue("01020304", 2, CardKind.Gift);
    this.ingest.addRuleset(ruleset);
    this.tap(requestOf(TapKind.Enrol, 0, 0));
  }

  block(serial: number, cardNumber: number): void {
    this.hot.add(`${serial}/${cardNumber}`);
  }

  tap(request: TapRequest, card = this.member, pad = this.pads[0]): TapOutcome | undefined {
    pad.begin(request);
    return pad.present(card);
  }

  sale(grossRial: number, askedCreditRial = 0, card = this.member, pad = this.pads[0]): number {
    const request = { ...requestOf(TapKind.Sale, grossRial, 0), askedCreditRial };
    assert.is(this.tap(request, card, pad), TapOutcome.Done);
    return pad.core?.tap.purchase.sequence ?? 0;
  }

  wait(seconds: number): void {
    this.clock.advance(seconds * 1e6);
  }

  state(card = this.member): StateView {
    const { slots } = inspectCard(aes, keys, card.image, card.image.slice(0, 4));
    return slots.find(({ role }) => role === "current")?.state as StateView;
  }

  creditRial(card = this.member): number {
    return this.state(card).lots.reduce((sum, { amountRial }) => sum + amountRial, 0);
  }

  decision(field: DecisionField, pad = this.pads[0]): number {
    return pad.core?.tap.decision[field] ?? Number.NaN;
  }

  /** Everything the pads have goes into the ledger, which must agree with all the cards. */
  settle() {
    this.pads.forEach((pad, index) => {
      this.pull(pad, index);
    });
    for (const { name, problems } of verifyDatabase(this.database, keys, aes)) {
      assert.equal(problems, [], name);
    }
    const taps = this.database.all("SELECT * FROM transactions WHERE status = 'committed'");
    for (const row of taps) assert.is(row.evaluation, "equal", JSON.stringify(row));
    const report = ledgerReport(this.database);
    assert.is(report.trialBalanceRial, 0);
    const owed = report.members.find(({ member }) => member === 1)?.balanceRial ?? 0;
    assert.is(owed, this.creditRial());
    const debt = report.debts.find(({ member }) => member === 1)?.balanceRial ?? 0;
    assert.is(debt, this.state().debtRial);
    const lots = [...this.state().lots, ...this.state(this.gift).lots];
    for (const { issuer, owedRial } of report.issuers) {
      const own = lots.filter((lot) => lot.issuer === issuer);
      const sum = own.reduce((total, { amountRial }) => total + amountRial, 0);
      assert.is(owedRial, sum, `credit of shop ${issuer}`);
    }
    return report;
  }

  account(name: string): number {
    const { accounts } = ledgerReport(this.database);
    return accounts.find(({ account }) => account === name)?.balanceRial ?? 0;
  }

  order(patch: Omit<PatchOrder, "serial" | "cardNumber" | "reason">): number {
    return orderPatch(this.database, { serial: 1, cardNumber: 0, reason: "test", ...patch });
  }

  private pull(pad: QuickPad, index: number): void {
    const journal = pad.core?.journal;
    if (journal === undefined) throw new Error("the pad has no power");
    const records = [];
    for (let at = this.synced[index] + 1; at < journal.nextSequence(); at++) {
      const bytes = new Uint8Array(300);
      assert.is(journal.read(at, bytes, 0), Status.Ok);
      const payload = bytes.slice(8, 8 + journal.readLengthBytes());
      const mac = Uint8Array.from(journal.readMac() as Uint8Array);
      records.push({ sequence: at, type: bytes[2], version: bytes[3], payload, mac });
    }
    const last = records.at(-1);
    if (last === undefined) return;
    this.synced[index] = last.sequence;
    const terminalId = index + 1;
    const place = { terminalId, terminalEpoch: 1, lastSequence: last.sequence };
    this.ingest.storeBatch({ ...place, records, chainMac: last.mac });
    this.ingest.setIssuer(terminalId, terminalId);
  }

  private issue(uidText: string, serial: number, kind: CardKind): QuickCard {
    const uid = Uint8Array.from(Buffer.from(uidText, "hex"));
    const { image, card } = issueImage(aes, keys, blankImage(uid), uid, {
      member: kind === CardKind.Gift ? 0 : serial,
      serial,
      cardNumber: 0,
      kind,
      name: "",
      birth: undefined,
      issueDay: 2000,
    });
    this.ingest.addIssuedCard(card);
    return new QuickCard({ clock: this.clock, rng: new Rng(uidText), image });
  }
}

test("a sale by category is journaled with its categories and computed again from them", () => {
  const world = new World();
  const categories = Array.from({ length: 32 }, () => 0);
  categories[3] = 2;
  categories[19] = 40_000;
  const request = { ...requestOf(TapKind.Sale, 100_000, 0), categories };
  assert.is(world.tap(request), TapOutcome.Done);
  assert.is(world.creditRial(), 12_000);
  world.settle();
});

test("a sale comes back in parts; its number is all the cashier needs", () => {
  const world = new World();
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
  const world = new World();
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
  const world = new World();
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
  const world = new World();
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
  const world = new World();
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
  const world = new World();
  world.tap(requestOf(TapKind.GiftLoad, 90_000, 0), world.gift);
  world.wait(60);
  world.tap(requestOf(TapKind.GiftLoad, 900_000, 0), world.gift);
  assert.is(world.tap(requestOf(TapKind.Void, 0, 0), world.gift), TapOutcome.Done);
  assert.is(world.creditRial(world.gift), 90_000);
  assert.is(world.settle().gifts?.closingRial, 90_000);
  assert.is(world.account("clearing:giftSales"), 90_000);
});

test("grants and rewards are expenses of their own", () => {
  const world = new World();
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
  const world = new World();
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

test("a hot card is marked, and stays refused at pads that never heard of it", () => {
  const world = new World();
  world.sale(50_000);
  world.block(1, 0);
  assert.is(world.tap(requestOf(TapKind.Sale, 10, 0)), TapOutcome.Refused);
  assert.is(world.decision(DecisionField.Outcome), Outcome.Blocked);
  assert.is(world.state().flags, 3);
  world.settle();
  assert.is(world.database.get("SELECT count(*) AS n FROM transactions WHERE kind = 11")?.n, 1);
});

test("a rating goes with the tap before it, once", () => {
  const world = new World();
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
  const world = new World();
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
  const world = new World();
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

function figuresOf(world: World) {
  const { points, debtRial, lifeSpendRial } = world.state();
  return { credit: world.creditRial(), points, debtRial, lifeSpendRial };
}

function resultOf(
  world: World,
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
