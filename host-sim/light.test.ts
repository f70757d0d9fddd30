/** The waiting light, at the board of the native firmware. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";

const RULES = "rulesets/first-shop.yaml";
const aes = createNativeAes();
const keys = createClubKeys(1, 0, "light");

function startedPad() {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const startUnixSeconds = 1_795_000_000;
  const board = new SimBoard({ seed: "light", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, packAssets("en")));
  const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
  pad.provision(terminalConfigFor(aes, keys, 1, 0, 1, ruleset), PLAN_16_PAGES);
  pad.powerOn();
  const uid = Uint8Array.of(4, 1, 2, 3);
  const member = { member: 1, serial: 1, cardNumber: 0, name: "", birth: undefined };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...member, issueDay: 2400 });
  const card = new MifareClassicCard({ clock: board.clock, rng: board.rng, image });
  return { pad, card, light: board.light };
}

test("lit while a card is awaited and worked on, dark before and afterwards", () => {
  const { pad, card, light } = startedPad();
  pad.runMs(500);
  assert.is(light.isLit, false);
  pad.press("C#");
  pad.runMs(100);
  assert.is(light.isLit, true);
  assert.is(pad.tap(card).result, "done");
  pad.runMs(100);
  assert.is(light.isLit, false);
  assert.is(light.changes.length, 2);
  pad.press("#250000#");
  pad.runMs(100);
  assert.is(light.isLit, true);
  pad.press("*");
  pad.runMs(100);
  assert.is(light.isLit, false);
});

test("it blinks twice a second while the card that was taken away is awaited", () => {
  const { pad, card, light } = startedPad();
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#250000#");
  assert.is(pad.tap(card, { pullAtExchange: 40 }).result, "unfinished");
  pad.runMs(300);
  light.changes.length = 0;
  pad.runMs(3000);
  assert.ok(light.changes.length >= 11 && light.changes.length <= 13, `${light.changes.length}`);
  // Asked whether to give it up, the pad still waits for it.
  pad.press("*");
  light.changes.length = 0;
  pad.runMs(1000);
  assert.ok(light.changes.length >= 3);
  pad.press("*");
  assert.is(pad.tap(card).result, "done");
  pad.runMs(100);
  assert.is(light.isLit, false);
});

test.run();
