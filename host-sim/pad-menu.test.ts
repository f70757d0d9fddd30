/** What the cashier does less often than a sale, key by key, until it is in the ledger. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CardKind } from "../card-layout/identity";
import { TapKind } from "../firmware/core/evaluate";
import { Rng } from "./rng";
import { enrolled, kindsOf, newCard, settle, shows, startedPad } from "./test-counter";

test("the menu names what there is, and every way leads back", () => {
  const pad = startedPad();
  for (const more of [
    "",
    "9D9",
    "0",
    "0###",
    "1*",
    "1",
    "112#",
    "15#*",
    "3*",
    "3700*",
    "4*",
    "41*",
    "6*",
    "61*",
    "61#5",
    "#",
    "##",
    "#7*",
    "61#5D#*",
  ]) {
    pad.press(`D${more}`);
    pad.press("************");
    shows(pad, "Amount, toman");
  }
  pad.press("D");
  shows(pad, "1 return");
  pad.press("DA");
  shows(pad, "1 return");
  pad.press("#");
  shows(pad, "7 staff");
  pad.press("#");
  shows(pad, "1 return");
});

test("D still means three zeros behind a digit", () => {
  const pad = startedPad();
  pad.press("5D");
  shows(pad, "5,000");
});

test("a return names the record of the sale and takes back what that earned", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "Earned          2,000");
  const record = /No\. +(\d+)/.exec(pad.screen().join("\n"))?.[1];
  pad.press(`#D1${record}#`);
  shows(pad, "Return");
  shows(pad, "Amount, toman");
  pad.press("5D#");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "New             1,500");
  assert.equal(kindsOf(pad), [TapKind.Enrol, TapKind.Sale, TapKind.Refund]);
  settle(pad);
});

test("a return of a sale that is not here is noted for the office, card untouched", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const before = Buffer.from(card.image);
  pad.press("#D1#5D#");
  pad.tap(card);
  shows(pad, "Sale not found here");
  assert.ok(before.equals(card.image));
});

test("a void undoes the card's last tap, once", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#D2");
  shows(pad, "Void the last tap");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "New                 0");
  pad.press("#D2");
  assert.is(pad.tap(card).result, "refused");
  settle(pad);
});

test("a gift card is loaded, a member's card is not", () => {
  const pad = startedPad();
  const gift = newCard(pad, 200001, CardKind.Gift);
  pad.press("D350D#");
  shows(pad, "Load a gift card");
  assert.is(pad.tap(gift).result, "done");
  shows(pad, "New            50,000");
  pad.press("#D350D#");
  assert.is(pad.tap(newCard(pad, 100002)).result, "refused");
  settle(pad);
});

test("a reward costs its points, and is refused to who has too few", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#20D#");
  pad.tap(card);
  pad.press("#D41#");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "Points            100");
  pad.press("#D42#");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "Not enough points");
  settle(pad);
});

test("a card is renewed on the spot", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#D5");
  shows(pad, "Renew the card");
  assert.is(pad.tap(card).result, "done");
  settle(pad);
});

test("any keys at any moment lose nothing: what the journal has is on the card", () => {
  const rng = new Rng("menu keys");
  const pad = startedPad();
  const card = enrolled(pad);
  for (let i = 0; i < 60; i++) {
    const length = 1 + rng.below(8);
    let typed = "";
    for (let k = 0; k < length; k++) typed += "0123456789ABCD*#"[rng.below(16)];
    pad.press(typed);
    if (rng.below(2) === 0) pad.tap(card);
    // What a cashier means to do comes between.
    pad.press("**********");
    pad.press(["20D#", "D2", "D41#", "D5"][i % 4]);
    pad.tap(card);
    pad.press("#");
  }
  pad.press("**********");
  pad.tap(card);
  assert.ok(kindsOf(pad).length > 3, "something was done");
  settle(pad);
});

test.run();
