/** Both languages are on a pad, and a key changes from one to the other. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LANGUAGES, type Language, languagesOf, packAssets } from "./device-assets";
import type { PadMachine } from "./pad-machine";
import { COUNTER_RULES, enrolled, startedPad } from "./test-counter";

/** The status line shows how many records wait, which is not of interest here. */
function pictureOf(pad: PadMachine): string {
  return Buffer.from(pad.board.display.memory.slice(128)).toString("hex");
}

/** What a pad of these languages shows step by step, behind the keys that come first. */
function walk(languages: readonly Language[], firstKeys: string): string[] {
  const pad = startedPad(COUNTER_RULES, languages);
  const card = enrolled(pad);
  pad.press("*");
  pad.press(firstKeys);
  const seen = [pictureOf(pad)];
  for (const keys of ["250000", "A", "*", "D", "#", "8"]) {
    pad.press(keys);
    pad.runMs(1000);
    seen.push(pictureOf(pad));
  }
  pad.press("*B");
  assert.is(pad.tap(card).result, "done");
  for (const keys of ["", "A", "#", "#"]) {
    pad.press(keys);
    seen.push(pictureOf(pad));
  }
  return seen;
}

test("9 in the menu changes the language, and every screen is of the new one", () => {
  const [english, persian] = [walk(["en"], ""), walk(["fa"], "")];
  assert.not.equal(english, persian);
  assert.equal(walk(["en", "fa"], "D9"), persian);
  assert.equal(walk(["fa", "en"], "D9"), english);
  assert.equal(walk(["en", "fa"], "D9D9"), english);
});

test("a pad of one language stays with it", () => {
  assert.equal(walk(["fa"], "D9"), walk(["fa"], ""));
});

test("the languages of packed assets can be told, and noise has none", () => {
  assert.equal(languagesOf(packAssets("fa", "en")), ["fa", "en"]);
  assert.equal(languagesOf(packAssets(...LANGUAGES)), [...LANGUAGES]);
  assert.equal(languagesOf(packAssets("fa")), ["fa"]);
  for (const noise of ["", "\x01", "\x07\xff\xff\xff\xff", "\x00\x00\x00\x01\x00"]) {
    assert.equal(languagesOf(noise), noise.startsWith("\x01") ? ["en"] : []);
  }
});

test.run();
