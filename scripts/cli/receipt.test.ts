/** Receipts of a day that the simulated pads have sold. */
import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EscposPrinter } from "../../host-sim/escpos-printer";
import { runText, testFolder } from "../sim/test-run";
import { runCommand } from "./test-commands";

const folder = testFolder();
test.after(() => folder.remove());

function receipt(record: number, ...more: string[]) {
  const words = ["receipt", "--db", folder.at("club.db"), "--keys", folder.at("club.keys.yaml")];
  return runCommand(...words, "--terminal", "1", "--record", String(record), ...more);
}

test("the sale of the first day that was torn and finished: text, printer, picture", async () => {
  await runText("first-day", folder);
  const { out, refusal } = await receipt(13, "--shop", "First shop");
  assert.is(refusal, "");
  const wanted = ["First shop", "COPY", "No. 13", "Member 0002", "Credit before"];
  for (const text of wanted) assert.match(out, text);
  assert.match(out, /To pay \(toman\) +200,000\n/);
  assert.match(out, /Credit now +20,000\n/);
  assert.match(out, /\d\d\/\d\d to 14\d\d\/\d\d\/\d\d +20,000\n/);
  for (const language of ["en", "fa"]) {
    const file = folder.at(`${language}.bin`);
    const words = ["--language", language, "--columns", "42", "--out", file];
    assert.is((await receipt(13, ...words, "--png", folder.at("it.png"))).refusal, "");
    const printer = new EscposPrinter(42);
    printer.print(new Uint8Array(readFileSync(file)));
    assert.is(printer.cuts, 1);
    assert.ok(existsSync(folder.at("it.png")));
  }
});

test("what cannot be printed is said, with what to do", async () => {
  assert.match((await receipt(9999)).refusal, "clubpad pull");
  assert.match((await receipt(13, "--language", "fa")).refusal, "--out or --png");
  const words = ["--shop", "بوتیک", "--out", folder.at("no.bin")];
  assert.match((await receipt(13, ...words)).refusal, "--language fa");
  assert.not.ok(existsSync(folder.at("no.bin")));
});

test.run();
