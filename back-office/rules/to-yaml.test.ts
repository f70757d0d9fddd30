import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import { checkRuleset } from "../../firmware/core/ruleset";
import { compileRuleset } from "./compile";
import { readRuleset } from "./read-ruleset";
import { problemsOf, randomRuleset } from "./test-rulesets";
import { rulesetToYaml } from "./to-yaml";

const SEED = Number(process.env.SEED ?? 20260305);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/rules/to-yaml.test.ts`;
const examples = readFileSync(
  new URL("../../rulesets/vectors/examples.yaml", import.meta.url),
  "utf8",
);

test("YAML to bytes to YAML to bytes: the same bytes, the same text, the same names", () => {
  fc.assert(
    fc.property(randomRuleset, (source) => {
      const { bytes, terms } = compileRuleset(source, "random");
      const text = rulesetToYaml(bytes, terms);
      const again = compileRuleset(text, "again");
      assert.equal(again.bytes, bytes, REPLAY);
      assert.equal(again.terms, terms, REPLAY);
      assert.is(rulesetToYaml(again.bytes, again.terms), text, REPLAY);
    }),
    { seed: SEED, numRuns: 80 },
  );
});

test("names with quotes, colons and Persian letters come back", () => {
  const { bytes, terms } = compileRuleset(examples, "examples");
  const ruleIds = terms.ruleNames.map(([id]) => id);
  const odd = (id: number) => `"${id}": # تولد \\ 'x'`;
  const named = {
    ruleNames: ruleIds.map((id): [number, string] => [id, odd(id)]),
    rewardNames: [],
    programmes: [
      { name: odd(0), ruleIds: [ruleIds[1], ruleIds[0]], budgetRial: 1_234_567 },
      { name: "no budget", ruleIds: [ruleIds[2]], budgetRial: 0 },
    ],
    grantsPerDayRial: 765_432_100,
  };
  assert.equal(compileRuleset(rulesetToYaml(bytes, named), "again").terms, named);
});

test("a damaged or cut ruleset is refused or read whole, never half", () => {
  const { bytes } = compileRuleset(examples, "examples");
  const damage = fc.record({
    at: fc.nat(bytes.length - 1),
    value: fc.nat(255),
    lengthBytes: fc.integer({ min: 0, max: bytes.length }),
    isCut: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (steps) => {
      let damaged = Uint8Array.from(bytes);
      for (const { at, value, lengthBytes, isCut } of steps) {
        if (isCut) damaged = damaged.slice(0, lengthBytes);
        else if (at < damaged.length) damaged[at] = value;
      }
      if (checkRuleset(damaged) === Status.Ok) readRuleset(damaged);
      else assert.throws(() => readRuleset(damaged), /compile|pad would refuse/, REPLAY);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test("whatever is typed into a file gives problems with places, or bytes that pads take", () => {
  const lines = examples.split("\n");
  const noise = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("", "# a comment", "period: month", "roundToRial: 5", "    max: 5"),
    fc.constantFrom(
      ...["- id: 1", "rules:", "  when: [", "when: []", "? x", "&a *a", "!!int x", "<<: *x"],
      ...["__proto__: 1", "constructor: {}", "when: [kind = toString]", "stacks: {__proto__: max}"],
      ...["%", "give: -1 %", "giveRial: 99999999999999999999", "days: {first: 1404-00-00}"],
      ...["max: 1e3", "order: 0x10", "name: ", "name: [a]", "- 5", "- ", "\t- x", "{}", "---"],
    ),
  );
  const edit = fc.record({ line: fc.nat(lines.length), text: noise, isNew: fc.boolean() });
  let compiled = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const changed = [...lines];
      for (const { line, text, isNew } of edits) changed.splice(line, isNew ? 0 : 1, text);
      const problems = problemsOf(changed.join("\n"));
      if (problems.length === 0) compiled++;
      for (const one of problems) assert.match(one, /^shop\.yaml:\d+:\d+: ./, REPLAY);
    }),
    { seed: SEED, numRuns: 250 },
  );
  assert.ok(compiled > 5, `only ${compiled} files compiled: the edits are too wild to test much`);
});

test.run();
