/** The rules, from the file that a shop writes to the result, on Node and in the device bundle. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { randomRuleset } from "../../back-office/rules/test-rulesets";
import { CardKind } from "../../card-layout/identity";
import { DAY_NEVER, StateFlag } from "../../card-layout/state";
import { identityOf, setLot, stateOf } from "../../card-layout/testing/named-records";
import { DecisionField, Outcome, TapKind } from "../../firmware/core/evaluate";
import { MAX_RIAL } from "../../firmware/core/money";
import golden from "../../rulesets/vectors/golden.json" with { type: "json" };
import { buildBundle } from "./bundle";
import { compileLua } from "./lua";
import { hasLua, printedByLua } from "./lua-interpreter";
import { type RuleTap, randomLife } from "./rule-lives";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CASES = "scripts/build/rule-cases.ts";
const SEED = Number(process.env.SEED ?? 20260309);
const REPLAY = `replay: SEED=${SEED} node --import tsx scripts/build/rule-cases.test.ts`;
const DAY = 2300;
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\ncredit: {until: 90 days}\n";
const EXAMPLES = readFileSync(path.join(ROOT, "rulesets/vectors/examples.yaml"), "utf8");

const cases: RuleTap[] = [];
/** What must stand in a case's line, checked when all have run. */
const checks: (() => void)[] = [];
let printed: number[][] = [];

/** Hands out the taps that stand on the lines of the input. */
const TAPS_FOR_LUA = `function require()
  local line = io.read()
  if line == nil then return nil end
  local tap = {}
  for number in line:gmatch("%S+") do tap[#tap + 1] = tonumber(number) end
  return tap
end`;

const result = (index: number, field: DecisionField) => printed[index][1 + field];

function firedIn(index: number): number[] {
  const start = 1 + DecisionField.FiredRules;
  return printed[index].slice(start, start + result(index, DecisionField.FiredCount));
}

/** Adds a case; returns its place. */
function add(one: RuleTap): number {
  return cases.push(one) - 1;
}

function encode(one: RuleTap): number[] {
  const { bytes } = compileRuleset(one.source, "case");
  const state = stateOf({ flags: StateFlag.Enrolled, group: 1, ...one.state });
  const lot = { fromDay: 1, untilDay: DAY_NEVER, issuer: 1, kind: 0 };
  if (one.creditRial) setLot(state, 0, { amountRial: one.creditRial, ...lot });
  const who = { kind: CardKind.Member, expiryDay: DAY_NEVER, ...one.identity };
  const padded = (list: number[] = []) => Array.from({ length: 16 }, (_, i) => list[i] ?? 0);
  const { kind = TapKind.Sale, grossRial, askedCreditRial = 0, day = DAY, issuer = 1 } = one;
  const { reference = 0, approver = 0, padGivenRial = 0, capRial = MAX_RIAL } = one;
  const asked = [kind, grossRial, askedCreditRial, day, 600, issuer];
  const parts: ArrayLike<number>[] = [
    bytes,
    one.goesOn ? [] : state,
    identityOf(who),
    [...asked, reference, approver, padGivenRial, capRial],
    [...padded(one.categoryQuantity), ...padded(one.categoryAmountRial)],
    one.patchBytes ?? [],
  ];
  return parts.flatMap((part) => [part.length, ...Array.from(part)]);
}

for (const { name, card, purchase, result: expected } of golden.cases) {
  const { state, identity } = card as Pick<RuleTap, "state" | "identity">;
  const index = add({ source: EXAMPLES, state, identity, ...purchase });
  checks.push(() => {
    assert.is(result(index, DecisionField.EarnedRial), expected.earnedRial, name);
    assert.equal(firedIn(index), expected.firedRules, name);
  });
}

/** Each threshold of the worked examples, one below, at it, one above. */
const THRESHOLDS: [what: string, rule: number, fires: boolean[], at: (step: number) => RuleTap][] =
  [
    [
      "net >= 2,000,000",
      3,
      [false, true, true],
      (step) => {
        const state = { visits: 5, lifeSpendRial: 2_500_000, firstDay: 2280, lastDay: 2290 };
        return { source: EXAMPLES, state, grossRial: 2_000_000 + step };
      },
    ],
    [
      "avg <= 600,000",
      3,
      [true, true, false],
      (step) => {
        const state = { visits: 5, firstDay: 2280, lastDay: 2290 };
        const lifeSpendRial = (600_000 + step) * 5;
        return { source: EXAMPLES, state: { ...state, lifeSpendRial }, grossRial: 3_000_000 };
      },
    ],
    [
      "visits >= 3",
      4,
      [false, true, true],
      (step) => {
        const state = { visits: 3 + step, firstDay: 2000, lastDay: 2290, lifeSpendRial: 9_000_000 };
        return { source: EXAMPLES, state, grossRial: 5_000_000 };
      },
    ],
    [
      "sinceLast < 20",
      4,
      [true, false, false],
      (step) => {
        const lastDay = DAY - 20 - step;
        const state = { visits: 5, firstDay: lastDay - 180, lastDay, lifeSpendRial: 25_000_000 };
        return { source: EXAMPLES, state, grossRial: 5_000_000 };
      },
    ],
    [
      "qty5 >= 2",
      2,
      [false, true, true],
      (step) => {
        const categoryQuantity = [0, 0, 0, 0, 0, 2 + step];
        return { source: EXAMPLES, grossRial: 6_000_000, categoryQuantity };
      },
    ],
    [
      "pSpend >= 50,000,000",
      8,
      [false, true, true],
      (step) => {
        const state = { periodStartDay: DAY, periodSpendRial: 49_000_000 };
        return { source: EXAMPLES, state, grossRial: 1_000_000 + step };
      },
    ],
  ];
for (const [what, rule, fires, at] of THRESHOLDS) {
  const indexes = [-1, 0, 1].map((step) => add(at(step)));
  checks.push(() => {
    const found = indexes.map((index) => firedIn(index).includes(rule));
    assert.equal(found, fires, what);
  });
}

/** Money up to the largest amount, against BigInt. */
const grossRial = fc.oneof(
  fc.integer({ min: 0, max: MAX_RIAL }),
  fc.constantFrom(MAX_RIAL, MAX_RIAL - 1, 2 ** 32, 2 ** 32 - 1, 2 ** 31, 9_999, 10_000, 10_001, 0),
);
const money = fc.record({
  grossRial,
  bps: fc.integer({ min: 0, max: 10_000 }),
  roundToRial: fc.constantFrom(1, 10, 1000, 10_000),
  discountBps: fc.integer({ min: 0, max: 10_000 }),
});
for (const one of fc.sample(money, { seed: SEED, numRuns: 200 })) {
  const rules = `rules:
  - {id: 1, name: d, phase: discount, order: 1, give: ${one.discountBps / 100} %, of: gross}
  - {id: 2, name: e, phase: earn, order: 1, give: ${one.bps / 100} %}
`;
  const source = `${HEAD}roundToRial: ${one.roundToRial}\n${rules}`;
  const index = add({ source, grossRial: one.grossRial });
  checks.push(() => {
    const rounded = (amount: bigint) => amount - (amount % BigInt(one.roundToRial));
    const gross = BigInt(one.grossRial);
    const discount = rounded((gross * BigInt(one.discountBps)) / 10_000n);
    const earned = rounded(((gross - discount) * BigInt(one.bps)) / 10_000n);
    const found = [DecisionField.DiscountRial, DecisionField.PayableRial, DecisionField.EarnedRial];
    assert.equal(
      found.map((field) => BigInt(result(index, field))),
      [discount, gross - discount, earned],
      `${JSON.stringify(one)} ${REPLAY}`,
    );
  });
}

const anything = fc.record({
  source: randomRuleset,
  grossRial: fc.oneof(grossRial, fc.nat(90_000_000)),
  creditRial: fc.nat(9_000_000),
  askedCreditRial: fc.oneof(fc.constant(0), fc.nat(9_000_000)),
  day: fc.integer({ min: DAY - 3, max: DAY + 400 }),
  state: fc.record({
    visits: fc.nat(9),
    lifeSpendRial: fc.integer({ min: 0, max: MAX_RIAL }),
    group: fc.nat(4),
    lastDay: fc.constantFrom(DAY, DAY - 19, DAY + 1),
  }),
});
for (const one of fc.sample(anything, { seed: SEED, numRuns: 150 })) add(one);

const livesFrom = cases.length;
for (const life of fc.sample(randomLife, { seed: SEED, numRuns: 120 })) life.forEach(add);
checks.push(() => {
  const done = new Array(TapKind.Block + 1).fill(0);
  const refused = new Set<number>();
  cases.slice(livesFrom).forEach(({ kind = TapKind.Sale }, index) => {
    const outcome = result(livesFrom + index, DecisionField.Outcome);
    if (outcome === Outcome.Ok) done[kind]++;
    else refused.add(outcome);
  });
  assert.ok(Math.min(...done.slice(TapKind.Enrol)) >= 5, `done by kind: ${done} ${REPLAY}`);
  assert.ok(refused.size >= 10, `refusals: ${[...refused]} ${REPLAY}`);
});

const taps = cases.map(encode);
const here = await printedByNode();
printed = here.map((line) => line.split(" ").map(Number));

test("every case prints the same on Node and in the device bundle", async () => {
  const { code } = await buildBundle(ROOT, CASES);
  const lines: string[] = [];
  let next = 0;
  const require = () => taps[next++];
  runInNewContext(code, { require, print: (line: string) => lines.push(line) });
  assert.is(here.length, cases.length);
  assert.equal(lines, here, REPLAY);
  assert.ok(printed.every(([status]) => status === 0));
});

if (hasLua()) {
  test("every case prints the same in Lua 5.1", () => {
    const { code, problems } = compileLua(ROOT, path.join(ROOT, CASES));
    assert.is(problems, "");
    const input = taps.map((tap) => `${tap.join(" ")}\n`).join("");
    assert.equal(printedByLua(code, TAPS_FOR_LUA, input), here, REPLAY);
  });
} else test.skip("every case prints the same in Lua 5.1: lua5.1 and lua-bitop are not installed");

test("vectors, thresholds, money up to 2^40 - 1 against BigInt, and taps of every kind", () => {
  assert.ok(checks.length > 200);
  for (const check of checks) check();
});

test.run();

async function printedByNode(): Promise<string[]> {
  const lines: string[] = [];
  let next = 0;
  const outside = globalThis as { print?: unknown; require?: unknown };
  outside.require = () => taps[next++];
  outside.print = (line: string) => lines.push(line);
  await import("./rule-cases");
  delete outside.require;
  delete outside.print;
  return lines;
}
