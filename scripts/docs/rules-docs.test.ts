/** Every example in the rules' manuals: files are written, commands run, and print what is told. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { FIELDS } from "../../back-office/rules/ruleset-layout";
import { runCommand } from "../cli/test-commands";
import { blocks, tables } from "./markdown";

const ROOT = process.cwd();
const MANUALS = ["docs/rules.md", "docs/rules.fa.md"];
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1405-01-01\ncredit: {until: 90 days}\n";

const read = (name: string) => readFileSync(path.join(ROOT, name), "utf8");

for (const manual of MANUALS) {
  test(`${manual}: files, commands and what they print, in their order`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-rules-docs-"));
    let printed = "";
    let ran = 0;
    try {
      symlinkSync(path.join(ROOT, "rulesets"), path.join(folder, "rulesets"));
      process.chdir(folder);
      for (const { info, lines } of blocks(read(manual))) {
        const file = /file=(\S+)/.exec(info)?.[1];
        if (file !== undefined) writeFileSync(file, `${lines.join("\n")}\n`);
        else if (info === "text") assertTold(manual, lines, printed);
        const commands = lines.filter((line) => line.startsWith("npx clubpad "));
        if (commands.length > 0) printed = "";
        for (const command of commands) {
          printed += await output(manual, command);
          ran++;
        }
      }
    } finally {
      process.chdir(ROOT);
      rmSync(folder, { recursive: true });
    }
    assert.ok(ran >= 11, `${manual}: only ${ran} commands`);
  });

  test(`${manual}: every recipe is a rule that compiles`, () => {
    const recipes = blocks(read(manual)).filter(({ info }) => info === "yaml");
    assert.ok(recipes.length >= 9);
    const all = recipes.map(({ lines }) => lines.join("\n")).join("\n");
    const { terms } = compileRuleset(`${HEAD}rules:\n${all}\n`, manual);
    assert.ok(terms.ruleNames.length >= 13, "also all of them together: no number twice");
  });

  test(`${manual}: every condition compiles, and every field is explained`, () => {
    const table = tables(read(manual)).find(({ rows }) => rows[0][0].startsWith("`gross"));
    const conditions = (table?.rows ?? []).map(([condition]) => condition.replaceAll("`", ""));
    for (const condition of conditions) {
      const rule = `{id: 1, name: a, phase: earn, order: 1, give: 1 %, when: ["${condition}"]}`;
      compileRuleset(`${HEAD}rules: [${rule}]\n`, condition);
    }
    const text = read(manual);
    for (const field of Object.keys(FIELDS)) {
      const family = field.replace(/\d+$/, "");
      const isTold = new RegExp(`\`${family}\\d*\\b`).test(text);
      assert.ok(isTold, `${manual} says nothing about ${field}`);
    }
  });
}

test("both manuals have the same examples", () => {
  const examples = (manual: string) =>
    blocks(read(manual))
      .filter(({ info }) => info !== "text")
      .map(
        ({ info, lines }) =>
          `${info}\n${lines.map((line) => line.replace(/ +#.*/, "")).join("\n")}`,
      )
      .map((block) => block.replace(/name: .*/g, "name").replaceAll(" --language fa", ""));
  assert.equal(examples(MANUALS[1]), examples(MANUALS[0]));
});

async function output(manual: string, command: string): Promise<string> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
  const { out, refusal } = await runCommand(...words.slice(2));
  const isWrongOnPurpose = command.includes("wrong.yaml");
  assert.is(refusal === "", !isWrongOnPurpose, `${manual}: ${command}: ${refusal}`);
  return `${out}\n${refusal}\n`;
}

/** All lines, in this order; lines between them may be left out. */
function assertTold(manual: string, told: string[], printed: string): void {
  const lines = printed.split("\n").map((line) => line.trim());
  let from = 0;
  for (const line of told) {
    const found = lines.indexOf(line.trim(), from);
    assert.ok(found >= 0, `${manual}: not printed, or not in this order: ${line}\n${printed}`);
    from = found + 1;
  }
}

test.run();
