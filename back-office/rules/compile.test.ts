import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { fromJalali } from "../../firmware/core/calendar";
import {
  acceptsIssuer,
  checkRuleset,
  rewardsOffset,
  rulesOffset,
  stackMode,
} from "../../firmware/core/ruleset";
import { Header, Reward, Rule, StaffFlag } from "../../firmware/core/ruleset-format";
import { compileRuleset } from "./compile";
import {
  ACTIONS,
  BASES,
  CONDITION_LAYOUT,
  type CodeTable,
  FIELDS,
  HEADER_LAYOUT,
  type LayoutRow,
  OPERATORS,
  PHASES,
  REWARD_LAYOUT,
  RULE_LAYOUT,
  STACK_MODES,
  splitDecimal,
  WINDOW_MODES,
} from "./ruleset-layout";
import { RulesetError } from "./yaml-section";

const SEED = Number(process.env.SEED ?? 20260103);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/rules/compile.test.ts`;
const ROOT = new URL("../../rulesets/", import.meta.url);
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\ncredit: {until: 90 days}\n";

function rulesetFile(name: string): string {
  return readFileSync(new URL(name, ROOT), "utf8");
}

/** The cells of the table in FORMAT.md whose first header cell and position match. */
function formatTable(firstColumn: string, index = 0): string[][] {
  const tables = rulesetFile("FORMAT.md").split(/\n\n/);
  const found = tables.filter((text) => text.startsWith(`| ${firstColumn} |`))[index];
  return found
    .trim()
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

function problemsOf(source: string): readonly string[] {
  try {
    compileRuleset(source, "shop.yaml");
  } catch (error) {
    assert.instance(error, RulesetError);
    return (error as RulesetError).problems;
  }
  throw new Error("compiled without a problem");
}

test("FORMAT.md prints the layouts of the encoder, without gap or overlap", () => {
  const layouts: (readonly LayoutRow[])[] = [
    HEADER_LAYOUT,
    REWARD_LAYOUT,
    RULE_LAYOUT,
    CONDITION_LAYOUT,
  ];
  layouts.forEach((layout, index) => {
    const printed = formatTable("offset", index).map(([offset, size, name]) => {
      return [name, Number(offset), Number(size)];
    });
    assert.equal(printed, layout);
    let end = 0;
    for (const [name, offset, size] of layout) {
      assert.is(offset, end, name);
      end = offset + size;
    }
    assert.is(end, [Header.SizeBytes, Reward.SizeBytes, Rule.SizeBytes, 4][index]);
  });
});

test("FORMAT.md prints the codes of the encoder", () => {
  const tables: [string, CodeTable][] = [
    ["phase", PHASES],
    ["action", ACTIONS],
    ["stack mode", STACK_MODES],
    ["window mode", WINDOW_MODES],
    ["base", BASES],
    ["operator", OPERATORS],
    ["field", FIELDS],
  ];
  for (const [name, codes] of tables) {
    const printed = Object.fromEntries(formatTable(name).map((row) => [row[0], Number(row[1])]));
    // The printed table has the first of a numbered family only.
    const isFirst = (key: string): boolean => !/^(category|punch|qty|amt)([1-9]\d*)$/.test(key);
    const expected = Object.fromEntries(Object.entries(codes).filter(([key]) => isFirst(key)));
    assert.equal(printed, expected, name);
  }
});

test("the first shop's header arrives at the pad", () => {
  const { bytes, club, version, terms } = compileRuleset(rulesetFile("first-shop.yaml"), "f");
  assert.is(checkRuleset(bytes), Status.Ok);
  assert.equal([club, version], [1, 1]);
  assert.is(getUint(bytes, Header.ValidFromDay, 2), fromJalali(1404, 7, 1));
  assert.is(getUint(bytes, Header.OffsetMinutes, 2), 210);
  assert.is(getUint(bytes, Header.RoundToRial, 4), 10);
  assert.is(getUint(bytes, Header.RedeemMaxBps, 2), 10000);
  assert.is(getUint(bytes, Header.DisplayDivisor, 2), 10);
  assert.is(bytes[Header.PeriodMonths], 12);
  assert.is(bytes[Header.EnrolGroup], 1);
  assert.equal([...bytes.subarray(Header.LotWindow, Header.LotWindow + 4)], [5, 1, 90, 0]);
  assert.equal([stackMode(bytes, 0), stackMode(bytes, 1), stackMode(bytes, 2)], [0, 1, 2]);
  assert.is(bytes[rulesOffset(bytes)], 1);
  assert.is(new Map(terms.ruleNames).get(1), "ten per cent back");
});

test("every key of the header has its effect", () => {
  const source = `${HEAD}clock: {offsetMinutes: 0, dayStartsAt: "04:30"}
display: newRial
roundToRial: 1_000
limits: {earnPerTapRial: 5_000, balanceRial: 6_000, padPerDayRial: 7_000, grantRial: 8_000}
redeem: {unitRial: 7, minRial: 8, maxRial: 9, maxOfBill: 12.5 %, perDayRial: 10,
  whenClockIsSuspect: yes, withDebt: yes}
refund: {graceDays: 11}
gift: {until: 30 days, topUp: yes}
staff: {login: yes, supervisorFor: [void, renew], approveAboveRial: 5_000_000}
rewards: [{id: 9, points: 50, creditRial: 70}, {id: 2, name: coffee, points: 100_000}]
enrol: {group: 3, needsApproval: yes, renewMonths: 24}
period: season
stacks: {0: sum, 5: max, 15: sum}
accept: [{shop: 1, creditOf: 2}, {shop: any, creditOf: 9}]
`;
  const { bytes } = compileRuleset(source, "shop.yaml");
  const expected: [Header, number, number][] = [
    [Header.OffsetMinutes, 2, 0],
    [Header.CutoffMinute, 2, 270],
    [Header.DisplayDivisor, 2, 10000],
    [Header.DisplayDecimals, 1, 2],
    [Header.RoundToRial, 4, 1000],
    [Header.PerTapCapRial, 5, 5000],
    [Header.MaxBalanceRial, 5, 6000],
    [Header.RedeemUnitRial, 4, 7],
    [Header.RedeemMinRial, 5, 8],
    [Header.RedeemMaxRial, 5, 9],
    [Header.RedeemMaxBps, 2, 1250],
    [Header.RedeemDayRial, 4, 10],
    [Header.Flags, 1, 15],
    [Header.EnrolGroup, 1, 3],
    [Header.PeriodMonths, 1, 3],
    [Header.RenewMonths, 1, 24],
    [Header.GraceDays, 1, 11],
    [Header.Staff, 1, StaffFlag.LoginRequired + StaffFlag.Void + StaffFlag.Renew],
    [Header.ApproveAbove, 3, 50_000 + 2 * 65536],
    [Header.PadBudgetRial, 5, 7000],
    [Header.GrantMaxRial, 5, 8000],
    [Header.GiftWindow, 4, 30 * 65536 + 1],
    [rewardsOffset(bytes), 3, 2 + 10_000 * 256],
    [rewardsOffset(bytes) + 3, 1, 1],
    [rewardsOffset(bytes) + Reward.SizeBytes, 4, 9 + 50 * 256],
    [rewardsOffset(bytes) + Reward.SizeBytes + Reward.CreditRial, 2, 70],
  ];
  for (const [offset, size, value] of expected) assert.is(getUint(bytes, offset, size), value);
  assert.equal([stackMode(bytes, 0), stackMode(bytes, 5), stackMode(bytes, 15)], [2, 1, 2]);
  assert.is(stackMode(bytes, 4), 0);
  assert.ok(acceptsIssuer(bytes, 1, 2) && acceptsIssuer(bytes, 2, 2) && acceptsIssuer(bytes, 7, 9));
  assert.not(acceptsIssuer(bytes, 2, 1));
});

test("a programme is of rules that are there, each in one programme", () => {
  const source = `${HEAD}rules: [{id: 1, name: a, phase: earn, order: 1, give: 1 %}]
programmes: [{name: a, rules: [1], budgetRial: 5_000}, {name: a, rules: [1], budget: 5}]
`;
  const complaints = [
    'shop.yaml:6:63: programme "a" stands here twice; give this one another name',
    'shop.yaml:6:74: rule 1 is in programme "a" already; leave it in one of them',
    'shop.yaml:6:78: unknown key "budget"; did you mean "budgetRial"?',
  ];
  assert.throws(() => compileRuleset(source, "shop.yaml"), complaints.join("\n"));
  const none = `${HEAD}programmes: [{name: a, rules: [3]}, {name: b}]\n`;
  const missing = [
    "shop.yaml:5:32: there is no rule 3; there are none",
    'shop.yaml:5:37: a programme needs its rules; add "rules: [1, 2]"',
  ];
  assert.throws(() => compileRuleset(none, "shop.yaml"), missing.join("\n"));
  const right = source.replace(", {name: a, rules: [1], budget: 5}", "");
  const { terms, bytes } = compileRuleset(right, "shop.yaml");
  assert.equal(terms.programmes, [{ name: "a", ruleIds: [1], budgetRial: 5_000 }]);
  const without = compileRuleset(right.replace(/programmes.*\n/, ""), "shop.yaml");
  assert.equal(bytes, without.bytes, "pads get nothing of it");
});

test("days that end before they begin, and customers in place of rules, are told", () => {
  const rule = "rules:\n  - {id: 1, name: a, order: 1, ";
  const cases: [source: string, complaint: string][] = [
    [
      `${HEAD}gift: {fromDays: 20, until: 10 days}\n`,
      'shop.yaml:5:29: "until: 10 days" is before "fromDays: 20": both count from the tap',
    ],
    [`${HEAD}gift: {until: 90 day}\n`, 'write "90 days", a Jalali date, or never'],
    [
      `${HEAD}${rule}phase: earn, give: 1 %, days: {first: 1405-02-01, last: 1405-01-31}}\n`,
      "shop.yaml:6:88: the last day is before the first; the rule would never count",
    ],
    [
      "title: a shop\nmargin: 5 %\nsegments: []\n",
      "shop.yaml:3:1: these are customers for `rules simulate --population`, no rules",
    ],
  ];
  for (const [source, complaint] of cases) {
    assert.throws(() => compileRuleset(source, "shop.yaml"), complaint);
  }
});

test("complaints name file, line and what to write instead", () => {
  const rule = "rules:\n  - {id: 1, name: a, order: 1, ";
  const cases: [string, string][] = [
    [`${HEAD}clubb: 1\n`, 'shop.yaml:5:1: unknown key "clubb"; did you mean "club"?'],
    [
      `${HEAD}period: week\n`,
      'shop.yaml:5:9: "period: week" is not known; write one of: none, month',
    ],
    [`${HEAD}roundToRial: 1.5\n`, 'shop.yaml:5:14: "roundToRial: 1.5" must be a whole number'],
    [`${HEAD}staff: {approveAboveRial: 1234567}\n`, "shop.yaml:5:27: 1234567 has too many"],
    [`${HEAD}staff: {supervisorFor: [sale]}\n`, "supervisorFor: one of return, void, giftLoad"],
    [`${HEAD}staff: {login: maybe}\n`, '"login: maybe" is not known; write one of: no, yes'],
    [`${HEAD}validFrom: 2025-01-01\n`, "shop.yaml:5:1: Map keys must be unique"],
    ["club: 1\nversion: 1\nvalidFrom: 1404-12-30\n", "write it like 1405-01-31"],
    [`${HEAD}${rule}phase: earn, points: 5}\n`, 'shop.yaml:6:53: "points" belongs to phase points'],
    [`${HEAD}${rule}phase: earn}\n`, "shop.yaml:6:5: a rule gives exactly one thing"],
    [`${HEAD}${rule}phase: earn, give: 10}\n`, 'is not a share; write it like "10 %"'],
    [`${HEAD}${rule}phase: earn, give: 101 %}\n`, 'at most "100 %"'],
    [`${HEAD}${rule}phase: earn, giveRial: 1_234_567}\n`, "write 1234500 or 1234600"],
    [
      `${HEAD}${rule}phase: earn, give: 1 %, when: [visit > 1]}\n`,
      'unknown field "visit"; did you mean "visits"?',
    ],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [visits]}\n`, 'write it like "visits >= 3"'],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [bdelta <= 7]}\n`, '"bdelta in -3..7"'],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [kind = cashier]}\n`, "one of: member, gift"],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [visits => 1]}\n`, 'write ">="'],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [visits in 3]}\n`, "both ends are needed"],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [jd in 7..1]}\n`, "the smaller end comes first"],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [kind = constructor]}\n`, "must be a whole"],
    [`${HEAD}${rule}phase: earn, give: 1 %, when: [gross > 1234567]}\n`, "6:63: 1234567 has too"],
    [
      `${HEAD}${rule}phase: earning, give: 1 %}\n`,
      'shop.yaml:6:39: "phase: earning" is not known;',
    ],
    ["club: 1\nversion: 1\nvalidFrom: 1404-01-01\n", '"until" is missing under "credit"'],
    [`${HEAD}${rule}phase: points, points: a lot}\n`, 'write "points: 5" or "points: 1 per'],
    [`${HEAD}${rule}phase: promote, punch: 4 of 10}\n`, '"punch: 0 of 10"'],
    [
      `${HEAD}rules: [{id: 1, name: a, order: 1, phase: guard, refuse: yes},
  {id: 1, name: b, order: 2, phase: guard, refuse: yes}]\n`,
      "shop.yaml:6:8: rule id 1 is used twice",
    ],
    ["a: [", "shop.yaml:1:5:"],
    ["just text", "shop.yaml:1:1: no keys in this file"],
  ];
  for (const [source, expected] of cases) {
    const problems = problemsOf(source);
    assert.ok(
      problems.some((problem) => problem.includes(expected)),
      `${expected} not in\n${problems.join("\n")}`,
    );
  }
});

test("all problems come at once", () => {
  assert.ok(problemsOf("club: 0\nversion: x\nfoo: 1\n").length >= 4);
});

test("seven conditions are too many, counting the member condition that is added", () => {
  const conditions = (count: number): string => Array(count).fill("visits >= 1").join(", ");
  const source = (count: number): string =>
    `${HEAD}rules: [{id: 1, name: a, order: 1, phase: earn, give: 1 %,
  when: [${conditions(count)}]}]\n`;
  assert.is(checkRuleset(compileRuleset(source(5), "s").bytes), Status.Ok);
  assert.match(problemsOf(source(6))[0], "at most 6 conditions");
});

test("the order of rules in the file is irrelevant", () => {
  const source = rulesetFile("vectors/examples.yaml");
  const start = source.indexOf("rules:\n") + "rules:\n".length;
  const rules = source.slice(start).split(/(?=^ {2}- )/m);
  const expected = compileRuleset(source, "examples.yaml").bytes;
  const order = fc.shuffledSubarray(rules, { minLength: rules.length });
  fc.assert(
    fc.property(order, (shuffled) => {
      const bytes = compileRuleset(source.slice(0, start) + shuffled.join(""), "shuffled").bytes;
      assert.equal(bytes, expected, REPLAY);
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test("splitDecimal is exact or refuses", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 7 }), (m, e) => {
      const split = splitDecimal(m * 10 ** e);
      assert.is(split && split.mantissa * 10 ** split.exponent, m * 10 ** e, REPLAY);
    }),
    { seed: SEED, numRuns: 500 },
  );
  assert.is(splitDecimal(65536), undefined);
  assert.equal(splitDecimal(655360), undefined);
});

test.run();
