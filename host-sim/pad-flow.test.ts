/** What the cashier sees and can do, key by key, read from the points of the display. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { Header, Rule } from "../firmware/core/ruleset-format";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";

const RULES = "rulesets/first-shop.yaml";
const START = 1_795_000_000;
const IDENTITY_BLOCK = 4 * 16;

const aes = createNativeAes();
const keys = createClubKeys(7, 1, "pad-flow");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const assets = packAssets("en");
/** Stands for a pad that nobody has provisioned. */
const NO_SETTINGS = new Uint8Array(0);

function startedPad(rules = ruleset as Uint8Array): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const startUnixSeconds = START;
  const board = new SimBoard({ seed: "pad-flow", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, assets));
  const config = terminalConfigFor(aes, keys, 7, 1, 1, rules);
  if (rules !== NO_SETTINGS) pad.provision(config, PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

function memberCard(pad: PadMachine, member = 100001): MifareClassicCard {
  const uid = Uint8Array.from([0xde, 0xad, 0xbe, member % 256]);
  const card = { member, serial: member, cardNumber: 0, name: "", birth: undefined };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...card, issueDay: 2000 });
  const { clock, rng } = pad.board;
  return new MifareClassicCard({ clock, rng: rng.fork(`card ${member}`), image });
}

function shows(pad: PadMachine, text: string): void {
  const screen = pad.screen().join("\n");
  assert.ok(screen.includes(text), `"${text}" is not on the screen:\n${screen}`);
}

test("without settings the pad says what to do and rests", () => {
  shows(startedPad(NO_SETTINGS), "Technician: provision");
});

test("rules with a part that this version does not know are refused as a whole", () => {
  const rules = Uint8Array.from(ruleset);
  rules[Header.SizeBytes + Rule.Phase] = 200;
  shows(startedPad(rules), "Rules not known here");
});

test("amounts: digits, three zeros, back, no leading zero, nine digits at most", () => {
  const pad = startedPad();
  pad.press("012D");
  shows(pad, "12,000");
  pad.press("*");
  shows(pad, "1,200");
  pad.press("345678");
  shows(pad, "120,034,567");
});

test("every view has a way back, and no key does anything where it means nothing", () => {
  const pad = startedPad();
  for (const keysIn of ["12A5**", "12A**", "C0912****", "C*", "5#*", "B*", "A", "#"]) {
    pad.press(keysIn);
    pad.press("**********");
    shows(pad, "Amount, toman");
  }
});

test("credit cannot exceed the bill", () => {
  const pad = startedPad();
  pad.press("12A13#");
  shows(pad, "Of it with credit");
});

test("a card that is no member's yet is told apart, and enrolled once", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  pad.press("100#");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "Not a member yet");
  pad.press("*C09120000000#");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "Welcome to the club!");
  pad.press("C#");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "A member already");
});

test("without any credit there is no offer to use it", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  pad.press("C#");
  pad.tap(card);
  pad.press("#5DAA");
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "any key");
});

test("the next sale may be typed over the last result", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  pad.press("C#");
  pad.tap(card);
  pad.press("300");
  shows(pad, "300");
  shows(pad, "Amount, toman");
});

test("an armed sale without a card gives up by itself, one that must be finished does not", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  pad.press("C#");
  pad.tap(card);
  pad.press("#5D#");
  pad.runMs(70_000);
  shows(pad, "Amount, toman");
  pad.press("5D#");
  assert.is(pad.tap(card, { pullAtExchange: 45 }).result, "unfinished");
  pad.runMs(70_000);
  shows(pad, "SAME card back");
});

test("a refusal in the middle of an open attempt leads back to it, not to a new sale", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  pad.press("C#");
  pad.tap(card);
  pad.press("#5D#");
  assert.is(pad.tap(card, { pullAtExchange: 45 }).result, "unfinished");
  card.image[IDENTITY_BLOCK] ^= 1;
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "Card is damaged");
  pad.press("7");
  shows(pad, "SAME card back");
  card.image[IDENTITY_BLOCK] ^= 1;
  assert.is(pad.tap(card).result, "done");
  shows(pad, "To pay          5,000");
});

test("giving up asks first, and leaves the pad free for the next customer", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  const other = memberCard(pad, 100002);
  pad.press("C#");
  pad.tap(card);
  pad.press("#5D#");
  pad.tap(card, { pullAtExchange: 45 });
  pad.tap(other);
  shows(pad, "This is another card!");
  pad.press("*");
  shows(pad, "Give up this tap?");
  pad.press("*");
  shows(pad, "another card");
  pad.press("*#");
  shows(pad, "Amount, toman");
  pad.press("C#");
  assert.is(pad.tap(other).result, "done");
});

test("two cards at once are refused until one is taken away", () => {
  const pad = startedPad();
  const card = memberCard(pad);
  const other = memberCard(pad, 100002);
  pad.board.field.addCard(card);
  pad.board.field.addCard(other);
  pad.press("C#");
  pad.runMs(500);
  shows(pad, "One card only");
  pad.board.field.removeCard(other);
  pad.board.field.removeCard(card);
  assert.is(pad.tap(card).result, "done");
});

test.run();
