import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { rulesetSchema, schemaText } from "./schema";
import { problemsOf, randomRuleset } from "./test-rulesets";

const SEED = Number(process.env.SEED ?? 20260304);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/rules/schema.test.ts`;
const ROOT = new URL("../../rulesets/", import.meta.url);
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\ncredit: {until: 90 days}\n";
const RULE = "{id: 1, name: a, phase: earn, order: 1, give: 10 %";
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(rulesetSchema());

/** All that stand in the folder: rulesets, and populations beside them. */
const RULESETS = readdirSync(ROOT).filter((name) => /^[\w-]+\.yaml$/.test(name));

const read = (name: string) => readFileSync(new URL(name, ROOT), "utf8");

test("the schema file is made from the compiler's tables", () => {
  const command = "npx clubpad rules schema > rulesets/ruleset.schema.json";
  assert.is(read("ruleset.schema.json"), schemaText(), `make it again: ${command}`);
});

test("every ruleset that compiles is valid for editors, as YAML 1.2 and 1.1", () => {
  const files = [...RULESETS, "vectors/examples.yaml"].map(read);
  const check = (source: string) => {
    assert.equal(problemsOf(source), [], source);
    for (const version of ["1.2", "1.1"] as const) {
      const isValid = validate(parse(source, { version, schema: "core", merge: false }));
      assert.ok(isValid, `${JSON.stringify(validate.errors)}\n${source}\n${REPLAY}`);
    }
  };
  files.forEach(check);
  fc.assert(fc.property(randomRuleset, check), { seed: SEED, numRuns: 80 });
});

test("every ruleset tells editors where its schema is", () => {
  for (const name of RULESETS) {
    assert.match(read(name), /^# yaml-language-server: \$schema=ruleset\.schema\.json\n/, name);
  }
});

test("an editor marks what the compiler refuses", () => {
  const wrong = [
    `${HEAD}clubb: 1\n`,
    `${HEAD}period: week\n`,
    `${HEAD}redeem: {maxOfBill: 50}\n`,
    `${HEAD}stacks: {16: sum}\n`,
    `${HEAD}clock: {dayStartsAt: "25:00"}\n`,
    `${HEAD}rules: [{id: 1, name: a, phase: earn, order: 1}]\n`,
    `${HEAD}rules: [${RULE}, giveRial: 5}]\n`,
    `${HEAD}rules: [${RULE}, when: [visit >= 3]}]\n`,
    `${HEAD}rules: [${RULE}, when: [visits => 3]}]\n`,
    `${HEAD}rules: [${RULE}, credit: {until: soon}}]\n`,
    "club: 1\nversion: 1\nvalidFrom: 1404-01-01\n",
  ];
  for (const source of wrong) {
    assert.ok(problemsOf(source).length > 0, source);
    assert.not(validate(parse(source)), source);
  }
});

test("the schema knows exactly the keys that the compiler knows", () => {
  const nonsense = "zzzzzzzzzzzzzzzz: 1";
  const knownAt = (source: string): string[] => {
    const found = problemsOf(source).map((one) => /z"; known here: (.*)$/.exec(one)?.[1]);
    return (found.find((list) => list !== undefined) ?? "").split(", ").sort();
  };
  const top = rulesetSchema().properties as Record<string, { properties?: object; items?: object }>;
  const rule = top.rules.items as { properties: Record<string, { properties?: object }> };
  const keys = (schema: { properties?: object }) => Object.keys(schema.properties ?? {}).sort();
  assert.equal(knownAt(`${HEAD}${nonsense}\n`), Object.keys(top).sort());
  for (const [name, schema] of Object.entries(top)) {
    if (schema.properties === undefined || name === "credit") continue;
    assert.equal(knownAt(`${HEAD}${name}: {${nonsense}}\n`), keys(schema), name);
  }
  assert.equal(knownAt(`${HEAD}rules: [${RULE}, ${nonsense}}]\n`), keys(rule));
  for (const name of ["credit", "days"]) {
    const source = `${HEAD}rules: [${RULE}, ${name}: {${nonsense}}}]\n`;
    assert.equal(knownAt(source), keys(rule.properties[name]), name);
  }
});

test.run();
