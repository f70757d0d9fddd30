import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { runCommand } from "./test-commands";

const test = suite("rules");
const SHOP = "rulesets/first-shop.yaml";
const folder = mkdtempSync(path.join(tmpdir(), "clubpad-rules-"));
test.after(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

test("check: a line for what is right, all problems of all files for what is not", async () => {
  const right = await runCommand("rules", "check", SHOP);
  assert.is(right.refusal, "");
  assert.match(right.out, /first-shop\.yaml: right; club 1, version 1, .* 2 rules, \d+ bytes/);
  const shop = readFileSync(SHOP, "utf8");
  const one = write("one.yaml", shop.replace("phase: earn", "phase: earning"));
  const two = write(
    "two.yaml",
    shop.replace("give: 10 %", "give: 10").replace("club: 1", "club: x"),
  );
  const { refusal, out } = await runCommand("rules", "check", one, SHOP, two, at("none.yaml"));
  assert.match(out, /first-shop\.yaml: right/);
  const lines = refusal.split("\n");
  assert.is(lines[0], "4 problems");
  assert.match(lines[1], /one\.yaml:\d+:\d+: "phase: earning" is not known; did you mean "earn"\?/);
  assert.match(lines[2], /two\.yaml:\d+:\d+: "club: x" must be a whole number from 1/);
  assert.match(lines[3], /two\.yaml:\d+:\d+: "give: 10" is not a share; write it like "10 %"/);
  assert.match(lines[4], /none\.yaml: cannot be read \(no such file or directory\)/);
});

test("compile and show: there and back, never over a file without --force", async () => {
  const out = at("shop.bin");
  const first = await runCommand("rules", "compile", SHOP, "--out", out);
  assert.match(first.out, /shop\.bin: club 1, version 1/);
  const { bytes } = compileRuleset(readFileSync(SHOP, "utf8"), SHOP);
  assert.equal(new Uint8Array(readFileSync(out)), bytes);
  assert.match((await runCommand("rules", "compile", SHOP, "--out", out)).refusal, /--force/);
  assert.is((await runCommand("rules", "compile", SHOP, "--out", out, "--force")).refusal, "");
  const shown = await runCommand("rules", "show", out);
  assert.equal(compileRuleset(shown.out, "shown").bytes, bytes);
  assert.match((await runCommand("rules", "check", out)).out, /shop\.bin: right; club 1/);
});

test("bytes that are cut, foreign or of a later version say so", async () => {
  const { bytes } = compileRuleset(readFileSync(SHOP, "utf8"), SHOP);
  writeFileSync(at("cut.bin"), bytes.subarray(0, 100));
  const later = Uint8Array.from(bytes);
  later[2]++;
  writeFileSync(at("later.bin"), later);
  const cut = await runCommand("rules", "show", at("cut.bin"));
  assert.match(cut.refusal, /cut\.bin: not a compiled ruleset, or a part of one/);
  const { refusal } = await runCommand("rules", "show", at("later.bin"));
  assert.match(refusal, /later\.bin: a compiled ruleset of a later version/);
});

test.run();
