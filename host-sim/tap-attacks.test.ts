/**
 * Attacks by an owner who knows all sector keys and uses two pads, each found once as a real double
 * spending and kept here: the credit of a card is paid out once, whatever he does.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { readRecord } from "../back-office/journal-records";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { JournalType } from "../firmware/core/journal-entry";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";

const START = 1_795_000_000;
const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const RULES = "rulesets/first-shop.yaml";
const aes = createNativeAes();
const keys = createClubKeys(7, 1, "attacks");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const assets = packAssets("en");

function makePad(terminalId: number, start: number): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const board = new SimBoard({
    seed: `r/${terminalId}`,
    pageSizeBytes,
    pageCount,
    startUnixSeconds: start,
  });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, assets));
  pad.provision(terminalConfigFor(aes, keys, terminalId, 1, 1, ruleset), PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}
function cardAt(
  pad: PadMachine,
  image: Uint8Array,
  more: Partial<MifareCardOptions> = {},
): MifareClassicCard {
  return new MifareClassicCard({
    clock: pad.board.clock,
    rng: pad.board.rng.fork("card"),
    image,
    ...more,
  });
}
function prepared(uid = UID): Uint8Array {
  const { image } = issueImage(aes, keys, blankImage(uid), uid, {
    member: 100001,
    serial: 100001,
    cardNumber: 0,
    name: "Sara",
    birth: undefined,
    issueDay: 2000,
  });
  const pad = makePad(9, START - 86400);
  const card = cardAt(pad, image);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#300000#");
  assert.is(pad.tap(card).result, "done");
  return Uint8Array.from(card.image);
}
const CREDIT_RIAL = 300_000;
const issued = prepared();

interface Opened {
  types: string[];
  /** Credit used by committed intents. */
  paidOutRial: number;
}

function openJournal(pad: PadMachine, terminal: number): Opened {
  const { pageSizeBytes, journalPage } = PLAN_16_PAGES;
  const key = terminalConfigFor(aes, keys, terminal, 1, 1, ruleset).journalKey as Uint8Array;
  const bytes = pad.board.flash.saveImage().slice(journalPage * pageSizeBytes);
  const { records } = verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 });
  const usedRial = new Map<number, number>();
  const opened: Opened = { types: [], paidOutRial: 0 };
  for (const { type, payload, sequence } of records) {
    const content = readRecord(type, payload);
    opened.types.push(content.kind === "alarm" ? `alarm ${content.uid}` : content.kind);
    if (content.kind === "intent") usedRial.set(sequence, content.intent.usedRial);
    const isCommit = content.kind === "outcome" && content.outcome === JournalType.Commit;
    if (isCommit) opened.paidOutRial += usedRial.get(content.intentSequence) ?? 0;
  }
  return opened;
}

function paidOut(first: PadMachine, second: PadMachine): number {
  return openJournal(first, 1).paidOutRial + openJournal(second, 2).paidOutRial;
}

/** A sale paid wholly with the card's credit; the card leaves at exchange `pullAt`. */
function redeem(pad: PadMachine, image: Uint8Array, pullAt?: number): string {
  pad.press("300000A30000#");
  const pull = pullAt === undefined ? {} : { pullAtExchange: pullAt, pullDelayUs: -100 };
  return pad.tap(cardAt(pad, image), pull).result;
}

/** The pad has journaled an attempt and wants this card, and no other, back. */
function isAwaiting(pad: PadMachine): boolean {
  return pad.screen().join().includes("SAME card");
}

function counterOf(image: Uint8Array): number {
  return new DataView(image.buffer, image.byteOffset).getInt32(12 * 16, true);
}

const START_COUNTER = counterOf(issued);
/** Places of a tap between the journaled intent and the burn, and around the second record. */
const BEFORE_BURN = [24, 25, 26, 27, 28, 29, 30];
const AROUND_RECORD = [38, 39, 40, 44, 48, 52, 56, 60, 64, 68, 72];

test("a spoilt new record is not covered by the older attempt of another pad", () => {
  let mounted = 0;
  for (const place of BEFORE_BURN) {
    const image = Uint8Array.from(issued);
    const first = makePad(1, START);
    const second = makePad(2, START);
    redeem(first, image, place);
    if (counterOf(image) !== START_COUNTER) continue;
    if (isAwaiting(first) && redeem(second, image) === "done") mounted++;
    // The first block of the slot that the second pad's record stands in.
    const block = 16 + 12 * ((counterOf(image) / 2) % 2);
    image.fill(0x55, block * 16, block * 16 + 16);
    first.tap(cardAt(first, image));
    assert.ok(paidOut(first, second) <= CREDIT_RIAL, `place ${place}`);
  }
  assert.ok(mounted > 0, "no place leaves the first pad with an open attempt before its burn");
});

test("a record exposed at one pad cannot follow a burn that another pad took for its own", () => {
  let mounted = 0;
  for (const place of BEFORE_BURN) {
    for (const later of AROUND_RECORD) {
      const image = Uint8Array.from(issued);
      const first = makePad(1, START);
      const second = makePad(2, START);
      redeem(first, image, place);
      if (counterOf(image) !== START_COUNTER) continue;
      redeem(second, image, later);
      if (isAwaiting(first) && counterOf(image) === START_COUNTER - 1) mounted++;
      const exposed = Uint8Array.from(image);
      first.tap(cardAt(first, image));
      // Both slots as the second pad left them, below whatever the counter says now.
      image.set(exposed.subarray(16 * 16, 40 * 16), 16 * 16);
      second.tap(cardAt(second, image));
      assert.ok(paidOut(first, second) <= CREDIT_RIAL, `places ${place} and ${later}`);
    }
  }
  assert.ok(mounted > 0, "no two places leave both attempts open and the counter burned once");
});

test("a copied chip's alarm names the copy, and no other card's open sale suffers", () => {
  const pad = makePad(1, START);
  const image = Uint8Array.from(issued);
  redeem(pad, image, 60);
  const uid = Uint8Array.from([1, 2, 3, 4]);
  const magic = cardAt(pad, blankImage(uid), { isMagicGen1a: true });
  assert.is(pad.tap(magic).result, "refused");
  const { types } = openJournal(pad, 1);
  assert.equal(types.slice(-1), ["alarm 01020304"]);
  pad.press("#");
  assert.is(pad.tap(cardAt(pad, image)).result, "done");
  assert.is(openJournal(pad, 1).paidOutRial, CREDIT_RIAL);
});

test("a pad whose clock was never set sells nothing", () => {
  const pad = makePad(1, 0);
  pad.press("5000#");
  assert.is(pad.tap(cardAt(pad, Uint8Array.from(issued))).result, "refused");
  assert.ok(pad.screen().join().includes("Pad clock looks wrong"));
});

test.run();
