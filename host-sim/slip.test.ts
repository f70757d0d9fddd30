/** A receipt printer where a till might be: what the pad prints by itself. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { posKeyOf } from "../firmware/core/pos-messages";
import { helloBody } from "../pos-client/src/orders";
import { requestFrame } from "../pos-client/src/wire";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { EscposPrinter } from "./escpos-printer";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";

const RULES = "rulesets/boutique.yaml";
const START = 1_795_000_000;
const TERMINAL = 7;
const PICTURES = "docs/pictures/receipts";
/** RENEW=1 draws them anew; then look at them. */
const isRenewed = process.env.RENEW === "1";

const aes = createNativeAes();
const keys = createClubKeys(7, 1, "slip");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const config = terminalConfigFor(aes, keys, TERMINAL, 1, 1, ruleset);

function startedPad(language: "en" | "fa"): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const startUnixSeconds = START;
  const board = new SimBoard({ seed: "slip", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, packAssets(language)));
  pad.provision(config, PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

function memberCard(pad: PadMachine): MifareClassicCard {
  const uid = Uint8Array.of(0xde, 0xad, 0xbe, 1);
  const card = { member: 100042, serial: 1, cardNumber: 0, name: "", birth: undefined };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...card, issueDay: 2000 });
  return new MifareClassicCard({ clock: pad.board.clock, rng: pad.board.rng, image });
}

/** Presses keys; what comes out at the line of the till. */
function printed(pad: PadMachine, typed: string): Uint8Array {
  pad.board.till.takeSent();
  pad.press(typed);
  pad.runMs(100);
  return pad.board.till.takeSent();
}

function onPaper(bytes: Uint8Array): EscposPrinter {
  const printer = new EscposPrinter(32);
  printer.print(bytes);
  return printer;
}

/** What the printer's own letters say, in front of the image. */
function headOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString("latin1");
  return text.slice(2, text.indexOf("\x1b3")).trimEnd().split("\n");
}

function soldPad(language: "en" | "fa") {
  const pad = startedPad(language);
  const card = memberCard(pad);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#250000#");
  assert.is(pad.tap(card).result, "done");
  return { pad, card };
}

for (const language of ["en", "fa"] as const) {
  test(`a slip in ${language} is what the display shows, as its picture`, () => {
    const { pad } = soldPad(language);
    const before = pad.screen().join("\n");
    const printer = onPaper(printed(pad, "D"));
    assert.is(printer.cuts, 1);
    assert.is(pad.screen().join("\n"), before, "the display shows what it did");
    const file = `${PICTURES}/slip-${language}-32.png`;
    if (isRenewed) writeFileSync(file, printer.png());
    assert.ok(existsSync(file), `${file} is missing: RENEW=1`);
    const known = PNG.sync.read(readFileSync(file)).data;
    assert.ok(known.equals(printer.picture().data), `not as in ${file}`);
  });
}

test("in front stand terminal, record, time and member; the second time it is a copy", () => {
  const { pad } = soldPad("en");
  const head = headOf(printed(pad, "D"));
  assert.is(head[0], `Terminal 7  No. ${/No\. +(\d+)/.exec(pad.screen().join("\n"))?.[1]}`);
  assert.match(head[1], /^1405\/08\/\d\d \d\d:\d\d$/);
  assert.is(head[2], "Member 0042");
  assert.is(head.length, 3);
  assert.equal(headOf(printed(pad, "D")), [...head, "*** COPY ***"]);
});

test("a tap done earlier is a copy, and so is none of a balance's pages", () => {
  const { pad, card } = soldPad("en");
  const earlier = headOf(printed(pad, "#D0D"));
  assert.is(earlier[0], "Terminal 7");
  assert.is(earlier[2], "*** COPY ***");
  pad.press("*B");
  assert.is(pad.tap(card).result, "done");
  assert.equal(headOf(printed(pad, "D")).slice(2), ["Member 0042"]);
  assert.equal(headOf(printed(pad, "AD")).slice(2), ["Member 0042"]);
});

test("a balance after a sale that was printed is no copy", () => {
  const { pad, card } = soldPad("en");
  printed(pad, "D");
  pad.press("*B");
  assert.is(pad.tap(card).result, "done");
  assert.equal(headOf(printed(pad, "D")).slice(2), ["Member 0042"]);
  assert.equal(headOf(printed(pad, "D")).slice(2), ["Member 0042"]);
});

test("nothing is printed of a refusal, nor where a till has spoken", () => {
  const { pad, card } = soldPad("en");
  pad.press("#250000A250000#");
  pad.tap(card);
  assert.is(printed(pad, "D").length, 0);
  const { pad: other } = soldPad("en");
  const key = posKeyOf(aes, config.journalKey, TERMINAL, config.keyEpoch) as Uint8Array;
  const till = { key, terminal: TERMINAL, session: new Uint8Array(8) };
  other.board.till.send(requestFrame(till, 0, helloBody(new Uint8Array(8))));
  other.runMs(200);
  assert.ok(other.board.till.takeSent().length > 0, "the pad has answered the till");
  assert.is(printed(other, "D").length, 0);
});

test.run();
