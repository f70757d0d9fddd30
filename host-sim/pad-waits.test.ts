/** What the pad does by itself when nobody answers, and what it asks before it does it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readRecord } from "../back-office/journal-records";
import { TapKind } from "../firmware/core/evaluate";
import { enrolled, journalOf, kindsOf, settle, shows, startedPad } from "./test-counter";

test("what is typed and left alone goes back to the empty amount after a minute", () => {
  const pad = startedPad();
  for (const [keys, seen] of [
    ["25D", "25,000"],
    ["25DA1", "of             25,000"],
    ["C0912", "0912"],
    ["D", "1 return"],
    ["D14711#", "Amount, toman"],
  ]) {
    pad.press(keys);
    shows(pad, seen);
    pad.runMs(59_000);
    shows(pad, seen);
    pad.runMs(2_000);
    shows(pad, "B balance");
    assert.not(pad.screen().join().includes("25,000"));
  }
  assert.equal(kindsOf(pad), []);
});

test("each key begins the minute anew", () => {
  const pad = startedPad();
  pad.press("2");
  pad.runMs(40_000);
  pad.press("5");
  pad.runMs(40_000);
  shows(pad, "25");
});

test("the card that comes back while the pad asks whether to give up is served", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card, { pullAtExchange: 40 }).result, "unfinished");
  shows(pad, "Not finished!");
  pad.press("*");
  shows(pad, "Give up this tap?");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "Earned          2,000");
  settle(pad);
});

test("the question whether to give up is taken back, and the card awaited again", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  pad.tap(card, { pullAtExchange: 40 });
  pad.press("*");
  pad.runMs(16_000);
  shows(pad, "Not finished!");
  pad.runMs(600_000);
  shows(pad, "Not finished!");
});

test("the same sale with the same card within a minute is asked about, and done only on #", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "The same sale again?");
  pad.press("*");
  shows(pad, "B balance");
  pad.press("20D#");
  assert.is(pad.tap(card).result, "refused");
  pad.press("#");
  shows(pad, "Tap the card");
  assert.is(pad.tap(card).result, "done");
  assert.equal(kindsOf(pad), [TapKind.Enrol, TapKind.Sale, TapKind.Sale]);
  settle(pad);
});

test("another amount, another card, or a minute later is another sale", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#21D#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.runMs(61_000);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
});

test("a power cut does not make the pad forget the sale of a moment ago", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.cutPower();
  pad.runMs(1_000);
  pad.powerOn();
  pad.press("20D#");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "The same sale again?");
});

test("a customer rates the tap once, and the office reads of which one", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.press("A");
  shows(pad, "How was it?");
  pad.press("90A");
  shows(pad, "How was it?");
  pad.press("4");
  shows(pad, "B balance");
  const records = journalOf(pad).map(({ sequence, type, payload }) => ({
    sequence,
    content: readRecord(type, payload),
  }));
  const sale = records.filter(({ content }) => content.kind === "intent").at(-1);
  const [rating] = records.flatMap(({ content }) => (content.kind === "rating" ? [content] : []));
  assert.is(rating.score, 4);
  assert.is(rating.intentSequence, sale?.sequence);
  settle(pad);
});

test.run();
