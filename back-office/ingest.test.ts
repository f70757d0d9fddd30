import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../card-layout/aes128";
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";
import type { VerifiedBatch } from "./batch";
import { Database } from "./database";
import { Ingest } from "./ingest";
import { ledgerReport } from "./ledger";
import { compileRuleset } from "./rules/compile";
import { RULESET, Step, TEST_KEYS, TestClub, type TestPad } from "./test-club";
import { createRandom, nodeAes } from "./test-world";
import { ledgerHash, verifyDatabase } from "./verify";

const SEED = Number(process.env.SEED ?? 0);
const RUNS = Number(process.env.RUNS ?? 10);
const REPLAY = "node --import tsx node_modules/uvu/bin.js back-office 'ingest.test'";
const DAY = 2100;

function openLedger(): { database: Database; ingest: Ingest } {
  const database = Database.open(":memory:", { clubId: TEST_KEYS.clubId, mayCreate: true });
  const ingest = new Ingest(database, TEST_KEYS, nodeAes);
  return { database, ingest };
}

function wholeJournal(pad: TestPad): VerifiedBatch {
  return pad.batch(1, pad.journal.records.length);
}

function statusOf(database: Database, terminal: number, sequence: number) {
  const sql = `SELECT status, is_unreleased, evaluation, evaluation_detail FROM transactions
    WHERE terminal = ? AND sequence = ?`;
  return database.get(sql, terminal, sequence) as Record<string, string | number>;
}

function assertVerified(database: Database): void {
  for (const { name, problems } of verifyDatabase(database, TEST_KEYS, nodeAes)) {
    assert.equal(problems, [], name);
  }
}

/** Any number of pads and cards, taps torn anywhere, cashiers who cancel. */
function randomHistory(random: () => number): TestClub {
  const club = new TestClub(2 + Math.floor(random() * 2), 2);
  const pick = <Item>(items: Item[]) => items[Math.floor(random() * items.length)];
  let day = DAY;
  for (let i = 0; i < 30; i++) {
    const grossRial = 1000 * Math.floor(random() * 5000);
    const askedRial = random() < 0.3 ? 10 * Math.floor(random() * 2000) : 0;
    const tear = random() < 0.5 ? Step.Done : Math.floor(random() * Step.Done);
    day += random() < 0.2 ? 40 : 1;
    pick(club.pads).tap(pick(club.cards), { grossRial, askedRial, day }, tear);
    if (random() < 0.1) pick(club.pads).giveUp();
  }
  // In the end every card is seen once more, which must settle everything before.
  for (const pad of club.pads) pad.giveUp();
  for (const card of club.cards) {
    club.pads[0].tap(card, { grossRial: 1000, askedRial: 0, day }, Step.Done);
  }
  return club;
}

/** Delivers all journals in overlapping, repeated pieces, in any order between pads. */
function deliver(ingest: Ingest, pads: TestPad[], random: () => number): void {
  const waiting = new Set(pads);
  while (waiting.size > 0) {
    const pad = [...waiting][Math.floor(random() * waiting.size)];
    const total = pad.journal.records.length;
    const next = ingest.positionOf({ terminalId: pad.terminalId, terminalEpoch: 0 })?.nextSequence;
    if (total === 0 || next === total + 1) {
      waiting.delete(pad);
    } else {
      const first = Math.max(1, (next ?? 1) - Math.floor(random() * 6));
      const skip = next !== undefined && random() < 0.2 ? 2 : 0;
      const start = Math.min(first + skip, total);
      const count = Math.min(1 + Math.floor(random() * 23), total - start + 1);
      const result = ingest.storeBatch(pad.batch(start, count));
      if (start > (next ?? 1)) assert.equal(result, { kind: "gap", neededSequence: next });
      else assert.is(result.kind, "stored");
    }
  }
}

test("one sale: entries, balance, cursor and the card's state computed again", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  const [card] = club.cards;
  ingest.addRuleset(RULESET.bytes);
  ingest.addIssuedCard(card.asIssued());
  pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 3_000_000, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 200_000, day: DAY + 3 }, Step.Done);
  assert.equal(ingest.storeBatch(wholeJournal(pad)), { kind: "stored", newCount: 6 });
  const report = ledgerReport(database);
  assert.equal(report.members, [{ member: 1, balanceRial: 180_000 }]);
  assert.equal(report.credit, {
    openingRial: 0,
    grantedRial: 380_000,
    usedRial: 200_000,
    expiredRial: 0,
    restoredRial: 0,
    clawedRial: 0,
    closingRial: 180_000,
  });
  assert.is(report.trialBalanceRial, 0);
  assert.equal(report.sales, {
    count: 2,
    grossRial: 4_000_000,
    discountRial: 0,
    usedRial: 200_000,
    payableRial: 3_800_000,
  });
  assert.equal(report.alarms, []);
  assert.is(report.uncheckedCount, 0);
  const stored = database.get("SELECT * FROM cards") as {
    counter: number;
    sealed_state: Uint8Array;
  };
  assert.is(stored.counter, card.counter);
  assert.equal(stored.sealed_state, card.record(card.counter).sealed);
  assert.is(ingest.positionOf({ terminalId: 1, terminalEpoch: 0 })?.nextSequence, 7);
  const period = ledgerReport(database, { fromDay: DAY + 1 }).credit;
  assert.equal(
    [period.openingRial, period.usedRial, period.closingRial],
    [300_000, 200_000, 180_000],
  );
  assertVerified(database);
});

test("credit that ran out is income, and the accounts still balance", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  const [card] = club.cards;
  pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 500_000, askedRial: 0, day: DAY + 300 }, Step.Done);
  ingest.storeBatch(wholeJournal(pad));
  const { accounts, credit, trialBalanceRial, uncheckedCount } = ledgerReport(database);
  assert.is(uncheckedCount, 3, "without the ruleset nothing can be computed again");
  ingest.addRuleset(RULESET.bytes);
  assert.is(ledgerReport(database).uncheckedCount, 0);
  assert.is(trialBalanceRial, 0);
  assert.equal(
    [credit.grantedRial, credit.expiredRial, credit.closingRial],
    [150_000, 100_000, 50_000],
  );
  assert.equal(
    accounts.map(({ account, balanceRial }) => [account, balanceRial]),
    [
      ["expense:credit", 150_000],
      ["income:breakage", -100_000],
      ["liability:member:1", -50_000],
    ],
  );
});

test("a sale confirmed by a copy is posted once, and released, whichever record ends it", () => {
  for (const tear of [Step.Done, Step.Burn, Step.Expose, Step.Commit]) {
    const { database, ingest } = openLedger();
    const club = new TestClub(1, 1);
    const [pad] = club.pads;
    const [card] = club.cards;
    pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
    pad.tap(card, { grossRial: 2_000_000, askedRial: 0, day: DAY }, Step.Commit);
    // The card is back; the first copy may be torn as well, the second ends it.
    pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, tear);
    ingest.storeBatch(pad.batch(1, 4));
    assert.is(statusOf(database, 1, 3).is_unreleased, 1, "as long as no pad says otherwise");
    if (tear !== Step.Done) pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
    ingest.storeBatch(wholeJournal(pad));
    const { status, is_unreleased } = statusOf(database, 1, 3);
    assert.equal([status, is_unreleased], ["committed", 0]);
    const report = ledgerReport(database);
    assert.is(report.credit.grantedRial, 200_000);
    assert.equal([report.unsettled, report.alarms], [[], []]);
    assertVerified(database);
  }
});

test("in doubt until the card is seen again: it counted, so it is posted without goods", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(2, 1);
  const [first, second] = club.pads;
  const [card] = club.cards;
  first.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  first.tap(card, { grossRial: 2_000_000, askedRial: 0, day: DAY }, Step.Ratify);
  first.giveUp();
  ingest.storeBatch(wholeJournal(first));
  assert.is(statusOf(database, 1, 3).status, "inDoubt");
  assert.is(ledgerReport(database).unsettled.length, 1);
  assert.is(ledgerReport(database).credit.grantedRial, 0);
  second.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  ingest.storeBatch(wholeJournal(second));
  const { status, is_unreleased } = statusOf(database, 1, 3);
  assert.equal([status, is_unreleased], ["committed", 1]);
  const report = ledgerReport(database);
  assert.is(report.credit.grantedRial, 300_000);
  assert.is(report.unsettled.length, 0);
  assert.equal(
    report.alarms.map(({ kind, place }) => [kind, place]),
    [["unreleased", "1/0/3"]],
  );
  assertVerified(database);
});

test("in doubt until the card is seen again: another pad ended it, so it never counted", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(2, 1);
  const [first, second] = club.pads;
  const [card] = club.cards;
  first.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  first.tap(card, { grossRial: 2_000_000, askedRial: 0, day: DAY }, Step.Expose);
  first.giveUp();
  second.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  // The second pad's journal first: the first pad's then finds its answer already there.
  ingest.storeBatch(wholeJournal(second));
  const kinds = () => ledgerReport(database).alarms.map(({ kind }) => kind);
  assert.equal(kinds(), ["unexplained"]);
  ingest.storeBatch(wholeJournal(first));
  assert.is(statusOf(database, 1, 3).status, "aborted");
  assert.is(ledgerReport(database).credit.grantedRial, 100_000);
  assert.equal(kinds(), []);
  assertVerified(database);
});

test("a pad that closes an intent twice is taken at its strongest word", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  pad.tap(club.cards[0], { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  const { bytes } = pad.journal.records[1];
  // The same payload, as "in doubt" without the counter: {1: intent sequence}.
  pad.journal.append(JournalType.InDoubt, Uint8Array.of(0xa1, 1, bytes[10]), 3);
  ingest.storeBatch(wholeJournal(pad));
  assert.is(statusOf(database, 1, 1).status, "committed");
  assert.is(database.get("SELECT outcome FROM transactions")?.outcome, JournalType.Commit);
});

test("any deliveries of torn histories give one ledger, and it is the truth", () => {
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED === 0 ? 500 + run : SEED;
    try {
      const club = randomHistory(createRandom(seed));
      const hashes = [1, 2, 3].map((order) => {
        const random = createRandom(seed * 10 + order);
        const { database, ingest } = openLedger();
        for (const card of club.cards) ingest.addIssuedCard(card.asIssued());
        if (order < 3) ingest.addRuleset(RULESET.bytes);
        deliver(ingest, club.pads, random);
        if (order === 3) ingest.addRuleset(RULESET.bytes);
        if (order === 1) assertTruth(database, club);
        return ledgerHash(database);
      });
      assert.equal(new Set(hashes).size, 1);
    } catch (error) {
      console.error(`replay: SEED=${seed} RUNS=1 ${REPLAY}`);
      throw error;
    }
  }
});

/** What counted on a card is committed, nothing else is, nothing is left open, states agree. */
function assertTruth(database: Database, club: TestClub): void {
  const rows = database.all("SELECT * FROM transactions");
  for (const row of rows) {
    const name = `${row.terminal}/${row.epoch}/${row.sequence}`;
    const isEffective = club.effective.has(name);
    // Copies that end an attempt are equal whoever writes them: they move nothing either way.
    if (row.kind !== TapKind.Abandon) {
      assert.is(row.status, isEffective ? "committed" : "aborted", name);
    }
    if (row.status === "committed") assert.is(row.evaluation, "equal", name);
  }
  for (const card of club.cards) {
    const [stored] = database.all("SELECT * FROM cards WHERE uid = ?", card.uid);
    assert.is(stored.counter, card.counter);
    assert.equal(stored.sealed_state, card.record(card.counter).sealed);
  }
  const alarms = database.all("SELECT kind FROM alarms").map(({ kind }) => kind);
  assert.equal(
    alarms.filter((kind) => kind !== "unreleased"),
    [],
  );
  assertVerified(database);
}

test("a copied card is found as soon as both journals are here", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(2, 1);
  const [first, second] = club.pads;
  const [card] = club.cards;
  first.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  const { counter } = card;
  first.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  card.counter = counter;
  second.tap(card, { grossRial: 5_000_000, askedRial: 0, day: DAY }, Step.Done);
  ingest.storeBatch(wholeJournal(first));
  ingest.storeBatch(wholeJournal(second));
  const [alarm] = ledgerReport(database).alarms;
  assert.is(alarm.kind, "cardFork");
  assert.is(alarm.place, `counter ${counter - 2}`);
});

test("a pad restored from an older copy is put aside, and overwrites nothing", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  const [card] = club.cards;
  pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  ingest.storeBatch(wholeJournal(pad));
  const before = ledgerHash(database);
  pad.journal.records.length = 2;
  card.counter += 2;
  pad.tap(card, { grossRial: 9_000_000, askedRial: 0, day: DAY }, Step.Done);
  assert.equal(ingest.storeBatch(wholeJournal(pad)), { kind: "fork", sequence: 3 });
  assert.is(database.all("SELECT * FROM quarantine").length, 4);
  assert.is(database.all("SELECT * FROM alarms WHERE kind = 'journalFork'").length, 1);
  database.run("DELETE FROM alarms");
  assert.is(ledgerHash(database), before);
});

test("a pad that computes otherwise than the rules is reported, tap by tap", () => {
  const { database, ingest } = openLedger();
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  const [card] = club.cards;
  // This back office believes in another ruleset under the same number.
  const source = readFileSync(new URL("../rulesets/first-shop.yaml", import.meta.url), "utf8");
  const other = compileRuleset(source.replace("give: 10 %", "give: 5 %"), "other.yaml").bytes;
  ingest.addRuleset(other);
  ingest.addIssuedCard(card.asIssued());
  pad.tap(card, { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY }, Step.Done);
  ingest.storeBatch(wholeJournal(pad));
  const { evaluation, evaluation_detail } = statusOf(database, 1, 3);
  assert.is(evaluation, "differs");
  assert.is(evaluation_detail, "earned: pad 100000, rules 50000; balance: pad 100000, rules 50000");
});

test("the portable AES gives the same as the machine's", () => {
  const club = new TestClub(1, 1);
  const hashes = [nodeAes, createPortableAes()].map((aes) => {
    const { database } = openLedger();
    const ingest = new Ingest(database, TEST_KEYS, aes);
    ingest.addRuleset(RULESET.bytes);
    if (club.pads[0].journal.records.length === 0) {
      club.pads[0].tap(club.cards[0], { grossRial: 0, askedRial: 0, day: DAY }, Step.Done);
    }
    ingest.storeBatch(wholeJournal(club.pads[0]));
    return ledgerHash(database);
  });
  assert.is(hashes[0], hashes[1]);
});

test.run();
