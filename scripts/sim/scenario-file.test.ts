import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseScenario } from "./scenario-file";

const HEAD = `title: T
start: 1404-07-05 09:00
ruleset: r.yaml
cards:
  sara: {member: 1, name: Sara}
  blank: {kind: blank}
steps:
`;
const FIRST_STEP_LINE = 8;

function problemsOf(source: string): string {
  try {
    parseScenario(source, "s.yaml");
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const BAD_STEPS: [step: string, problem: string][] = [
  ["sael: {card: sara, amount: 1}", 'unknown step "sael"; did you mean "sale"?'],
  ["balance: sarah", 'balance: no card "sarah" in this file; did you mean "sara"?'],
  ["sale: {amount: 1}", 'sale: say which card: "card: ..."'],
  ["sale: {card: sara}", '"amount" is missing; add "amount: ..."'],
  ["sale: {card: sara, amount: much}", '"amount: much" must be a whole number from 1'],
  [
    "sale: {card: sara, amount: 10, credit: 11}",
    '"credit: 11" must be a whole number from 1 to 10',
  ],
  ["sale: {card: sara, amount: 1, tip: 1}", 'unknown key "tip"; known here: card, '],
  ["sale: {card: sara, amount: 1, pull: {}}", "pull: say when the card leaves"],
  ["sale: {card: sara, amount: 1, powerCut: {}}", "powerCut: say when"],
  ["sale: {card: sara, amount: 1, result: good}", "write one of: done, refused, unfinished"],
  ["enrol: {card: sara, mobile: 0912x}", "mobile: write up to 11 digits"],
  ["keys: hello", "write the keys in quotes"],
  ["wait: tomorrow", 'write a time like "90 s"'],
  ["sync: now", 'write "- sync", nothing else'],
  ["expect: {credit: 1}", 'a card goes with "credit" or "points"'],
  ["expect: {}", 'say what: "screen", or a card'],
  ["{sale: 1, tap: 2}", "a step is one word and what belongs to it"],
];
for (const [step, problem] of BAD_STEPS) {
  test(`"${step}" is refused with its line`, () => {
    const message = problemsOf(`${HEAD}  - balance: sara\n  - ${step}\n`);
    const lines = message.split("\n");
    const line = lines.find((text) => text.includes(problem));
    assert.ok(line !== undefined, `"${message}" should say: ${problem}`);
    assert.ok(line.startsWith(`s.yaml:${FIRST_STEP_LINE + 1}:`), line);
  });
}

const BAD_HEADS: [from: string, to: string, problem: RegExp][] = [
  ["start: 1404-07-05 09:00", "start: 1404-13-05 09:00", /s\.yaml:2:\d+: .*write a Jalali date/],
  ["start: 1404-07-05 09:00", "start: 1404-07-05 24:00", /s\.yaml:2:\d+: .*write a Jalali date/],
  ["title: T\n", "", /"title" is missing/],
  ["member: 1", "member: none", /s\.yaml:5:\d+: "member: none" must be a whole number/],
  ["blank: {kind: blank}", "two: {member: 1}", /number 1 has two cards here/],
  [
    "blank: {kind: blank}",
    "../x: {kind: blank}",
    /s\.yaml:6:\d+: card "\.\.\/x": a name has letters/,
  ],
  ["{kind: blank}", "{kind: blank, uid: 12}", /s\.yaml:6:\d+: uid: write 8 or 14 hex digits/],
  ["{kind: blank}", "{kind: blanc}", /s\.yaml:6:\d+: .*did you mean "blank"/],
  ["title: T", "titel: T", /s\.yaml:1:\d+: unknown key "titel"/],
  ["cards:", "cards: [", /s\.yaml:\d+:\d+: /],
];
for (const [from, to, problem] of BAD_HEADS) {
  test(`"${to}" in place of "${from.trim()}" is refused`, () => {
    assert.match(problemsOf(`${HEAD.replace(from, to)}  - balance: sara\n`), problem);
  });
}

test("a file without steps and a list that is none are refused", () => {
  assert.match(problemsOf(HEAD), /"steps" must be a list/);
  assert.match(problemsOf(`${HEAD}  sale: 1\n`), /"steps" must be a list/);
});

test("steps have their lines, amounts and what they must come to", () => {
  const source = `${HEAD}  - sale: {card: sara, amount: 1_000, credit: all}
  - sale: {card: sara, amount: 5, pull: {atExchange: 45}}
  - powerCut
  - wait: 2 days
  - expect: {screen: "1,000"}
`;
  const { steps, startDay, startMinute, rulesetPath } = parseScenario(source, "a/s.yaml");
  assert.ok(rulesetPath.endsWith("/a/r.yaml"));
  assert.is(startMinute, 540);
  assert.ok(startDay > 2000);
  assert.equal(
    steps.map(({ line }) => line),
    [8, 9, 10, 11, 12],
  );
  const [sale, pulled, cut, wait, expected] = steps.map(({ action }) => action);
  assert.ok(sale.kind === "sale" && sale.credit === "all" && sale.result === "done");
  assert.ok(pulled.kind === "sale" && pulled.pullAtExchange === 45);
  assert.ok(pulled.kind === "sale" && pulled.result === "unfinished");
  assert.equal(cut, { kind: "powerCut", seconds: 5 });
  assert.equal(wait, { kind: "wait", seconds: 172_800 });
  assert.ok(expected.kind === "expect" && expected.screen[0] === "1,000");
});

test("the scenarios of the project can be read", () => {
  for (const name of ["first-day", "power-cuts"]) {
    const file = new URL(`../../scenarios/${name}.yaml`, import.meta.url).pathname;
    assert.ok(parseScenario(readFileSync(file, "utf8"), file).steps.length > 10);
  }
});

test.run();
