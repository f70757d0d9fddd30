/** Receipts from the ledger: what the pad did, and each expiry as it stood on the card then. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "../database";
import { Ingest } from "../ingest";
import { RULESET, Step, TEST_KEYS, TestClub } from "../test-club";
import { nodeAes } from "../test-world";
import { findReceipt } from "./find-receipt";

const DAY = 2100;

function booked() {
  const club = new TestClub(1, 1);
  const [pad] = club.pads;
  const [card] = club.cards;
  for (const day of [DAY, DAY + 1, DAY + 40]) {
    pad.tap(card, { grossRial: 3_000_000, askedRial: 0, day }, Step.Done);
  }
  pad.tap(card, { grossRial: 1_000_000, askedRial: 50_000, day: DAY + 41 }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 0, day: DAY + 42 }, Step.Intent);
  pad.giveUp();
  const database = Database.open(":memory:", { clubId: TEST_KEYS.clubId, mayCreate: true });
  const ingest = new Ingest(database, TEST_KEYS, nodeAes);
  ingest.addRuleset(RULESET.bytes);
  ingest.storeBatch(pad.batch(1, pad.journal.records.length));
  const rows = database.all("SELECT * FROM transactions ORDER BY sequence");
  return { database, pad, rows };
}

test("every committed tap has its receipt: the expiries add up to the balance", () => {
  const { database, pad, rows } = booked();
  let before = 0;
  for (const row of rows.filter(({ status }) => status === "committed")) {
    const receipt = findReceipt(database, nodeAes, TEST_KEYS, pad.terminalId, Number(row.sequence));
    const sum = receipt.lots?.reduce((total, { amountRial }) => total + amountRial, 0);
    assert.is(sum, receipt.balanceRial);
    assert.is(receipt.oldRial, before);
    assert.is(receipt.isCopy, true);
    assert.is(receipt.unitRial, 10);
    assert.is(receipt.grossRial, row.gross_rial);
    before = receipt.balanceRial;
  }
  assert.ok(before > 0);
});

test("what was not done, and what nobody has, has no receipt", () => {
  const { database, pad, rows } = booked();
  const undone = rows.find(({ status }) => status !== "committed");
  assert.ok(undone);
  const find = (record: number) => () =>
    findReceipt(database, nodeAes, TEST_KEYS, pad.terminalId, record);
  assert.throws(find(Number(undone.sequence)), /was not done/);
  assert.throws(find(9999), /clubpad pull/);
});

test.run();
