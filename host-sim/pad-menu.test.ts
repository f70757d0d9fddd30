/** What the cashier does less often than a sale, key by key, until it is in the ledger. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { readRecord } from "../back-office/journal-records";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { ledgerReport } from "../back-office/ledger";
import { compileRuleset } from "../back-office/rules/compile";
import { verifyDatabase } from "../back-office/verify";
import { CardKind } from "../card-layout/identity";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { TapKind } from "../firmware/core/evaluate";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";
import { Rng } from "./rng";

const TERMINAL = 7;
const aes = createNativeAes();
const keys = createClubKeys(7, 1, "pad-menu");
const RULES = `club: 7
version: 1
validFrom: 1404-01-01
display: toman
roundToRial: 10
credit: {fromDays: 0, until: 90 days}
refund: {graceDays: 10}
gift: {until: 60 days, topUp: yes}
enrol: {group: 1, renewMonths: 12}
rewards: [{id: 1, points: 100}, {id: 2, points: 1000000}]
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: points, phase: points, order: 1, points: 1 per 1_000 rial}
`;
const ruleset = compileRuleset(RULES, "menu.yaml").bytes;
const config = terminalConfigFor(aes, keys, TERMINAL, 1, 1, ruleset);
const { pageSizeBytes, pageCount, journalPage } = PLAN_16_PAGES;

function startedPad(): PadMachine {
  const startUnixSeconds = 1_795_000_000;
  const board = new SimBoard({ seed: "menu", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, packAssets("en")));
  pad.provision(config, PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

function newCard(pad: PadMachine, member: number, kind = CardKind.Member): MifareClassicCard {
  const uid = Uint8Array.from([0xde, 0xad, 0xbe, member % 256]);
  const issue = { member, serial: member, cardNumber: 0, name: "", birth: undefined, kind };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...issue, issueDay: 2000 });
  return new MifareClassicCard({ clock: pad.board.clock, rng: new Rng(`card ${member}`), image });
}

function enrolled(pad: PadMachine): MifareClassicCard {
  const card = newCard(pad, 100001);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  return card;
}

function shows(pad: PadMachine, text: string): void {
  const screen = pad.screen().join("\n");
  assert.ok(screen.includes(text), `"${text}" is not on the screen:\n${screen}`);
}

function journalOf(pad: PadMachine) {
  const key = config.journalKey as Uint8Array;
  const bytes = pad.board.flash.saveImage().slice(journalPage * pageSizeBytes);
  return verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 }).records;
}

/** Kinds of the attempts that stand in the journal. */
function kindsOf(pad: PadMachine): number[] {
  return journalOf(pad).flatMap(({ type, payload }) => {
    const content = readRecord(type, payload);
    return content.kind === "intent" ? [content.intent.kind] : [];
  });
}

/** The office takes the journal in, computes every tap again, and finds nothing. */
function settle(pad: PadMachine): void {
  const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  const ingest = new Ingest(database, keys, aes);
  ingest.addRuleset(ruleset as Uint8Array);
  const records = journalOf(pad).map((record) => ({ ...record, version: 1 }));
  const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
  const batch = { terminalId: TERMINAL, terminalEpoch: 1, records, lastSequence, chainMac };
  ingest.storeBatch(batch);
  assert.equal(ledgerReport(database).alarms, []);
  for (const { name, problems } of verifyDatabase(database, keys, aes)) {
    assert.equal(problems, [], name);
  }
  database.close();
}

test("the menu names what there is, and every way leads back", () => {
  const pad = startedPad();
  for (const more of ["", "9", "1*", "1", "112#", "15#*", "3*", "3700*", "4*", "41*"]) {
    pad.press(`D${more}`);
    pad.press("************");
    shows(pad, "Amount, toman");
  }
  pad.press("D");
  shows(pad, "1 return");
  pad.press("0678D#A");
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
