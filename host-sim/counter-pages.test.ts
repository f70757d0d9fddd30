/** Totals of a shift, lots and movements behind a balance: on the display and in the office. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { type ShiftReport, shiftReports } from "../back-office/shifts";
import { CardKind } from "../card-layout/identity";
import { JournalType, numberIn } from "../firmware/core/journal-entry";
import { ShiftAction, ShiftKey } from "../firmware/core/shift-record";
import type { MifareClassicCard } from "./mifare-card";
import type { PadMachine } from "./pad-machine";
import { Rng } from "./rng";
import {
  counterConfig,
  enrolled,
  journalOf,
  keys,
  newCard,
  settle,
  shows,
  startedPad,
} from "./test-counter";

/** What the office makes of the pad's closed shifts. */
function reportsOf(pad: PadMachine): ShiftReport[] {
  const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  const ingest = new Ingest(database, keys);
  ingest.addRuleset(counterConfig().ruleset as Uint8Array);
  const records = journalOf(pad).map((record) => ({ ...record, version: 1 }));
  const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
  ingest.storeBatch({ terminalId: 7, terminalEpoch: 1, records, lastSequence, chainMac });
  const reports = shiftReports(database);
  const alarms = database.all("SELECT detail FROM alarms WHERE kind = 'shift'");
  assert.is(alarms.length, reports.filter(({ differences }) => differences.length > 0).length);
  database.close();
  return reports;
}

function carriesOf(pad: PadMachine): number {
  return journalOf(pad).filter(({ type, payload }) => {
    const action = numberIn(payload, 0, payload.length, ShiftKey.Action);
    return type === JournalType.Shift && action === ShiftAction.Carry;
  }).length;
}

function sell(pad: PadMachine, card: MifareClassicCard, keys: string): void {
  pad.press(keys);
  assert.is(pad.tap(card).result, "done", pad.screen().join("\n"));
  pad.press("*");
  // Never the same sale within a minute.
  pad.runMs(61_000);
}

/** A sale, and the number that it shows. */
function soldNumber(pad: PadMachine, card: MifareClassicCard, keys: string): string {
  pad.press(keys);
  assert.is(pad.tap(card).result, "done");
  const number = /No\. +(\d+)/.exec(pad.screen().join("\n"))?.[1];
  pad.press("*");
  return number as string;
}

function showTotals(pad: PadMachine): void {
  pad.press("D8");
  for (let i = 0; i < 200 && pad.screen().join().includes("Working"); i++) pad.runMs(100);
}

/** Closes the shift from an empty amount. */
function close(pad: PadMachine): void {
  showTotals(pad);
  pad.press("#");
  shows(pad, "The shift is closed");
  pad.press("*");
}

test("the totals are those of the taps, a void gives its money back, closing begins anew", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*");
  const record = soldNumber(pad, card, "20D#");
  sell(pad, card, "100DA1D#");
  sell(pad, card, "7D#");
  sell(pad, card, "D2");
  sell(pad, card, `D1${record}#5D#`);
  sell(pad, newCard(pad, 200001, CardKind.Gift), "D350D#");
  showTotals(pad);
  shows(pad, "Shift               1");
  // 20 + 99 + 7 - 7 - 5 + 50 thousand.
  shows(pad, "To the till   164,000");
  shows(pad, "Sales       3 127,000");
  shows(pad, "Back          1 5,000");
  shows(pad, "Credit          1,000");
  pad.press("*");
  shows(pad, "B balance");
  close(pad);
  showTotals(pad);
  shows(pad, "Shift               2");
  shows(pad, "Sales             0 0");
  pad.press("#");
  const [first, second] = reportsOf(pad);
  assert.equal(first.differences, []);
  assert.is(first.figures.voids, 1);
  assert.is(first.figures.paidInRial - first.figures.paidOutRial, 1_640_000);
  assert.is(second.number, 2);
  assert.is(second.figures.sales, 0);
  settle(pad);
});

test("torn, confirmed and given-up taps are counted as they ended", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  for (const exchange of [20, 40, 60, 75, 85]) {
    pad.press("*****");
    pad.press(`${exchange}D#`);
    if (pad.tap(card, { pullAtExchange: exchange }).result !== "done") pad.tap(card);
    pad.runMs(61_000);
  }
  pad.press("*****99D#");
  pad.tap(card, { pullAtExchange: 60 });
  pad.press("*#");
  const other = newCard(pad, 100002);
  pad.press("*C#");
  assert.is(pad.tap(other).result, "done");
  pad.press("*");
  close(pad);
  const [report] = reportsOf(pad);
  assert.equal(report.differences, []);
  assert.ok(report.figures.sales >= 5, `${report.figures.sales} sales`);
});

test("taps done earlier are shown, the newest first, and none that was given up", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*");
  const record = soldNumber(pad, card, "20D#");
  sell(pad, card, `D1${record}#5D#`);
  pad.press("99D#");
  pad.tap(card, { pullAtExchange: 20 });
  // Given up: it is in doubt, and not done.
  pad.press("*#");
  pad.press("*D0");
  shows(pad, "Return");
  shows(pad, "Amount         -5,000");
  pad.press("#");
  shows(pad, "Sale");
  shows(pad, `Tap No. ${record.padStart(13)}`);
  shows(pad, "Amount         20,000");
  shows(pad, "Credit      +2,000 -0");
  shows(pad, "New             2,000");
  pad.press("#");
  shows(pad, "New member");
  shows(pad, "Amount              0");
  pad.press("#");
  shows(pad, "B balance");
  pad.press("D0*");
  shows(pad, "B balance");
  settle(pad);
});

test("a tap finished later has its receipt's number; what the pad did alone is not shown", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*");
  // Every place of a pull: some end in a confirming copy, some in one that ends an attempt.
  for (let exchange = 60; exchange < 95; exchange++) {
    pad.press("*****");
    pad.press(`${exchange}D#`);
    if (pad.tap(card, { pullAtExchange: exchange }).result !== "done") pad.tap(card);
    const number = /No\. +(\d+)/.exec(pad.screen().join("\n"))?.[1] as string;
    pad.press("*D0");
    shows(pad, `Tap No. ${number.padStart(13)}`);
    shows(pad, `${exchange},000`);
    pad.press("*");
    pad.runMs(61_000);
  }
});

test("a pad that did nothing yet has no earlier taps", () => {
  const pad = startedPad();
  pad.press("D0");
  shows(pad, "1 return");
});

test("a long shift is carried on while nobody waits, over power cuts, and loses nothing", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const rng = new Rng("long shift");
  pad.press("*");
  let soldRial = 0;
  const count = 130;
  for (let i = 0; i < count; i++) {
    const toman = 1 + rng.below(99);
    soldRial += toman * 1000 * 10;
    sell(pad, card, `${toman}D#`);
    if (i % 40 !== 20) continue;
    pad.cutPower();
    pad.powerOn();
  }
  assert.ok(carriesOf(pad) >= 1, `${carriesOf(pad)} carries`);
  showTotals(pad);
  shows(pad, `${count} ${(soldRial / 10).toLocaleString("en-US")}`);
  pad.press("*");
  close(pad);
  const [report] = reportsOf(pad);
  assert.equal(report.differences, []);
  assert.is(report.figures.salesRial, soldRial);
});

test("a changed figure is found", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*");
  sell(pad, card, "20D#");
  close(pad);
  const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  const ingest = new Ingest(database, keys);
  const records = journalOf(pad)
    .filter(({ type }) => type !== JournalType.Commit)
    .map((record, index) => ({ ...record, version: 1, sequence: index + 1 }));
  const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
  ingest.storeBatch({ terminalId: 7, terminalEpoch: 1, records, lastSequence, chainMac });
  const [report] = shiftReports(database);
  assert.equal(report.differences, ["sales", "salesRial", "earnedRial", "paidInRial"]);
  assert.is(database.all("SELECT * FROM alarms WHERE kind = 'shift'").length, 1);
  database.close();
});

test("behind a balance stand the lots by their last day, then the last movements", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*");
  sell(pad, card, "20D#");
  pad.board.clock.advance(40 * 24 * 3600 * 1e6);
  sell(pad, card, "30D#");
  sell(pad, card, "9DA1D#");
  pad.press("B");
  assert.is(pad.tap(card).result, "done");
  pad.press("A");
  shows(pad, "Credit until");
  const lots = pad.screen().filter((line) => /^ *14\d\d\/\d\d\/\d\d [\d,]+$/.test(line));
  assert.equal(
    lots.map((line) => line.trim().split(" ")[1]),
    ["1,000", "3,800"],
  );
  assert.ok(lots[0].trim() < lots[1].trim(), "in the order in which they run out");
  pad.press("#");
  shows(pad, "Last taps");
  const deltas = pad.screen().flatMap((line) => / ([+-][\d,]+)$/.exec(line)?.[1] ?? []);
  assert.equal(deltas, ["-200", "+3,000", "+2,000", "+0"]);
  pad.press("#");
  shows(pad, "B balance");
  settle(pad);
});

test("a card without credit has an empty page of lots, then its enrolment", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("*B");
  assert.is(pad.tap(card).result, "done");
  pad.press("A");
  shows(pad, "Credit until");
  pad.press("5");
  shows(pad, "Credit until");
  pad.press("#");
  shows(pad, "Last taps");
  pad.press("*");
  shows(pad, "B balance");
});

test.run();
