/** docs/rules-coverage.md names tests: each must be there, under that very name. */
import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FIELDS } from "../../back-office/rules/ruleset-layout";
import { rulesetSchema } from "../../back-office/rules/schema";
import { tables } from "./markdown";

const DOCUMENT = "docs/rules-coverage.md";
const ROWS = tables(readFileSync(DOCUMENT, "utf8")).flatMap(({ rows }) => rows);
/** Names of tests, also those that are made of a template. */
const TEST_NAME = /\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;

/** Expressions that the names of a file's tests match. */
function testNames(source: string): RegExp[] {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return [...source.matchAll(TEST_NAME)].map(([, plain, template]) => {
    if (plain !== undefined) return new RegExp(`^${literal(plain.replaceAll('\\"', '"'))}$`);
    const parts = template.split(/\$\{[^}]*\}/).map(literal);
    return new RegExp(`^${parts.join(".+")}$`);
  });
}

test("every test that the table names is there", () => {
  assert.ok(ROWS.length >= 70, `only ${ROWS.length} rows`);
  for (const [behaviour, , proof] of ROWS) {
    const [, file, name] = /^`([^`]+)`: "(.+)"$/.exec(proof) ?? [];
    assert.ok(file !== undefined && existsSync(file), `${behaviour}: ${proof}`);
    const source = readFileSync(file, "utf8");
    // The golden vectors are data; their test says why each is there.
    const [, vector] = /^golden (.+)$/.exec(name) ?? [];
    const isVector = source.includes("golden.json") && vector !== undefined;
    const golden = isVector ? readFileSync("rulesets/vectors/golden.json", "utf8") : "";
    const isThere = isVector
      ? golden.includes(`"name": "${vector}"`)
      : testNames(source).some((pattern) => pattern.test(name));
    assert.ok(isThere, `${behaviour}: ${file} has no test "${name}"`);
  }
});

test("every key that the table names is one of the ruleset's file", () => {
  const known = new Set([...Object.keys(FIELDS), ...keysOf(rulesetSchema())]);
  for (const [behaviour, keys] of ROWS) {
    if (keys === "none") continue;
    for (const [, key] of keys.matchAll(/`([\w]+)/g)) {
      assert.ok(known.has(key), `${behaviour}: there is no key ${key}`);
    }
    for (const [, key] of keys.matchAll(/`\w+: (\w+)`/g)) {
      const isValue = JSON.stringify(rulesetSchema()).includes(`"${key}"`);
      assert.ok(isValue, `${behaviour}: there is no ${key}`);
    }
  }
});

test("every phase of rules has a row", () => {
  const text = ROWS.map(([, keys]) => keys).join(" ");
  for (const phase of ["guard", "redeem", "discount", "earn", "points", "promote", "review"]) {
    assert.ok(text.includes(`\`phase: ${phase}\``) || text.includes(`\`${phase}`), phase);
  }
});

/** The names of all properties, at every depth. */
function keysOf(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return [];
  const own = (schema as { properties?: object }).properties ?? {};
  return [...Object.keys(own), ...Object.values(schema).flatMap(keysOf)];
}

test.run();
