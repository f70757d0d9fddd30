import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "./compile";
import { diffRulesets, diffText } from "./diff";
import { clauses, explanationText, LANGUAGES, unitOf } from "./explain";
import { ENGLISH } from "./phrases-en";
import { PERSIAN } from "./phrases-fa";
import { type RulesetView, readRuleset } from "./read-ruleset";
import { FIELDS, OPERATORS } from "./ruleset-layout";
import { randomRuleset } from "./test-rulesets";

const SEED = Number(process.env.SEED ?? 20260307);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/rules/explain.test.ts`;
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\ncredit: {until: 90 days}\n";
const EXAMPLES = new URL("../../rulesets/vectors/examples.yaml", import.meta.url);

function viewOf(source: string): RulesetView {
  const { bytes, terms } = compileRuleset(source, "test");
  return readRuleset(bytes, terms);
}

function withCondition(text: string): RulesetView {
  const rule = `{id: 1, name: a, phase: earn, order: 1, give: 10 %, when: ["${text}"]}`;
  return viewOf(`${HEAD}rules: [${rule}]\n`);
}

test("every field with every operator is said in words, in both languages", () => {
  const sentences = { en: new Set<string>(), fa: new Set<string>() };
  let asked = 0;
  for (const field of Object.keys(FIELDS)) {
    for (const operator of Object.keys(OPERATORS)) {
      if (field === "bdelta" || (operator === "bit") !== (field === "offers")) continue;
      const view = withCondition(`${field} ${operator} ${field === "bclaim" ? 1 : 2}`);
      asked++;
      for (const [language, phrases] of Object.entries(LANGUAGES)) {
        const [clause] = clauses(view.rules[0], phrases, unitOf(view)).concat("");
        const isOwnWord = /^(group|points|credit|debt|age|visits|day|minute)$/.test(field);
        const isRaw = language === "fa" ? /[a-z]/i : new RegExp(`\\b${field}\\b`);
        if (!isOwnWord && field !== "kind") assert.not.match(clause, isRaw);
        assert.not.match(clause, /undefined|NaN/);
        sentences[language as "en" | "fa"].add(clause);
      }
    }
  }
  // "= member" is what is asked anyhow; "newVisit > 2" and the like say the same as others.
  assert.ok(asked - sentences.en.size < 20, `${asked} conditions, ${sentences.en.size} sentences`);
  assert.is(sentences.fa.size, sentences.en.size);
});

test("conditions are said as they are", () => {
  const cases: [condition: string, english: string, persian: string][] = [
    [
      "visits >= 3",
      "the number of earlier visits is at least 3",
      "شمار مراجعه‌های پیشین دست‌کم ۳ باشد",
    ],
    [
      "net < 2_000_000",
      "what is left to pay is less than 200,000 toman",
      "مبلغ پرداختی کمتر از ۲۰۰٬۰۰۰ تومان باشد",
    ],
    ["dow = friday", "the day of the week is Friday", "روز هفته جمعه باشد"],
    ["jm != 12", "the month is not Esfand", "ماه اسفند نباشد"],
    [
      "minute in 09:00..12:30",
      "the time of day is from 09:00 to 12:30",
      "ساعت از ۰۹:۰۰ تا ۱۲:۳۰ باشد",
    ],
    ["newVisit = yes", "it is the day's first purchase", "نخستین خرید روز باشد"],
    ["newVisit = no", "it is not the day's first purchase", "نخستین خرید روز نباشد"],
    [
      "bclaim = no",
      "this year's birthday has not been used",
      "هدیهٔ تولد امسال هنوز گرفته نشده باشد",
    ],
    [
      "bdelta in -3..7",
      "it is from 3 days before the birthday to 7 days after it",
      "امروز از ۳ روز پیش از تولد تا ۷ روز پس از آن باشد",
    ],
    ["offers bit 3", "personal offer 3 is on the card", "پیشنهاد شخصی ۳ روی کارت باشد"],
    ["gender = female", "the customer is a woman", "مشتری خانم باشد"],
    [
      "ratio >= 400",
      "the purchase, compared with the customer's usual bill, is at least 400 %",
      "نسبت این خرید به خرید همیشگی مشتری دست‌کم ۴۰۰٪ باشد",
    ],
    ["day >= 1405-01-01", "the date is at least 1405-01-01", "تاریخ دست‌کم ۱ فروردین ۱۴۰۵ باشد"],
    [
      "qty5 >= 2",
      "the number of pieces of category 5 is at least 2",
      "شمار کالاهای دستهٔ ۵ دست‌کم ۲ باشد",
    ],
  ];
  for (const [condition, english, persian] of cases) {
    const view = withCondition(condition);
    assert.equal(clauses(view.rules[0], ENGLISH, unitOf(view)), [english]);
    assert.equal(clauses(view.rules[0], PERSIAN, unitOf(view)), [persian]);
  }
});

test("amounts are in the club's unit, and in rial where that cannot show them", () => {
  const text = (rial: number, divisor: number, decimals: number) =>
    ENGLISH.money(rial, { divisor, decimals });
  assert.is(text(1_234_560, 10, 0), "123,456 toman");
  assert.is(text(1_234_567, 10, 0), "1,234,567 rial");
  assert.is(text(1_234_500, 10000, 2), "123.45 new rial");
  assert.is(text(1_234_567, 10000, 2), "1,234,567 rial");
  assert.is(PERSIAN.money(1_234_500, { divisor: 10000, decimals: 2 }), "۱۲۳٫۴۵ ریال جدید");
});

test("a difference is empty exactly when the bytes are the same but for the version", () => {
  fc.assert(
    fc.property(randomRuleset, randomRuleset, fc.boolean(), (one, two, isSame) => {
      const [before, after] = [viewOf(one), viewOf(isSame ? one : two)];
      const bytes = (source: string) => Buffer.from(compileRuleset(source, "x").bytes);
      const isEqual = isSame || bytes(one).equals(bytes(two));
      for (const phrases of Object.values(LANGUAGES)) {
        const diff = diffRulesets(before, after, phrases);
        assert.is(diff.isSame, isEqual, `${one}\n${two}\n${REPLAY}`);
        assert.is(diffText(diff, phrases) === phrases.changes.same, isEqual, REPLAY);
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test("every single change of the examples is told, and tells what it was and becomes", () => {
  const source = readFileSync(EXAMPLES, "utf8");
  const changes: [from: string, to: string, ...told: RegExp[]][] = [
    ["give: 17 %", "give: 18 %", /Rule 2.*\n.*was: .*17 %.*\n.*becomes: .*18 %/],
    ["qty5 >= 2", "qty5 >= 3", /Rule 2.*\n.*was: When .*at least 2\n.*becomes: When .*at least 3/],
    ["order: 2", "order: 12", /Rule 2.*\n.*order 2\n.*order 12/],
    ["until: 30 days", "until: 31 days", /Rule 5.*\n.*until 30 days later\n.*until 31 days/],
    ["1: max", "1: first", /How rules compete\n.*gives most.*\n.*first one that applies/],
    ["unitRial: 1000", "unitRial: 1", /The club\n.*steps of 100 toman.*\n.*steps of 1 rial/],
    ["setGroup: 2", "setGroup: 3", /Rule 8.*\n.*group 2.*\n.*group 3/],
    ["period: year", "period: month", /A period is 12 Jalali months.*\n.*A period is one Jalali/],
    ["name: birthday", "name: born", /Rule 5, "born"\n.*"birthday".*\n.*"born"/],
  ];
  for (const [from, to, told] of changes) {
    assert.ok(source.includes(from), from);
    const diff = diffRulesets(viewOf(source), viewOf(source.replace(from, to)), ENGLISH);
    assert.match(diffText(diff, ENGLISH), told);
  }
});

test("new and removed rules come with all they say", () => {
  const rule = (id: number) =>
    `  - {id: ${id}, name: r${id}, phase: earn, order: 1, give: ${id} %}\n`;
  const [one, two] = [viewOf(`${HEAD}rules:\n${rule(1)}`), viewOf(`${HEAD}rules:\n${rule(2)}`)];
  const text = diffText(diffRulesets(one, two, ENGLISH), ENGLISH);
  assert.match(text, /Rule 1, "r1" \(gone\)\n.*\n {2}Always\n.*1 %/);
  assert.match(text, /Rule 2, "r2" \(new\)\n.*\n {2}Always\n.*2 %/);
});

test("the whole text of the examples names every rule, limit and stack once", () => {
  const view = viewOf(readFileSync(EXAMPLES, "utf8"));
  for (const phrases of Object.values(LANGUAGES)) {
    const text = explanationText(view, phrases);
    for (const rule of view.rules) assert.ok(text.includes(phrases.ruleTitle(rule)));
    for (const [, fact] of phrases.header(view, unitOf(view))) assert.ok(text.includes(fact));
    assert.not.match(text, /undefined|NaN/);
  }
});

/** What is not about sales, and a change of it. */
const OTHERS: [from: string, to: string][] = [
  ["refund: {graceDays: 0}", "refund: {graceDays: 14}"],
  ["gift: {until: 90 days, topUp: no}", "gift: {until: 90 days, topUp: yes}"],
  ["gift: {until: 90 days, topUp: no}", "gift: {until: 365 days, topUp: no}"],
  ["enrol: {renewMonths: 0}", "enrol: {renewMonths: 24}"],
  ["limits: {padPerDayRial: none}", "limits: {padPerDayRial: 50_000}"],
  ["limits: {grantRial: none}", "limits: {grantRial: 50_000}"],
  ["redeem: {withDebt: no}", "redeem: {withDebt: yes}"],
  ["staff: {login: no}", "staff: {login: yes}"],
  ["staff: {supervisorFor: [void]}", "staff: {supervisorFor: [void, return]}"],
  ["staff: {approveAboveRial: none}", "staff: {approveAboveRial: 5_000_000}"],
  ["rewards: []", "rewards: [{id: 3, points: 70}]"],
  ["rewards: [{id: 3, points: 70}]", "rewards: [{id: 3, points: 70, creditRial: 900}]"],
];

for (const [from, to] of OTHERS) {
  test(`${to} is said, and what it was before`, () => {
    const [before, after] = [from, to].map((text) => viewOf(`${HEAD}${text}\n`));
    for (const phrases of [ENGLISH, PERSIAN]) {
      assert.is.not(explanationText(before, phrases), explanationText(after, phrases));
      const told = diffText(diffRulesets(before, after, phrases), phrases);
      assert.is.not(told, phrases.changes.same);
    }
  });
}

test("a review puts a customer into a group, and an offer is used up or stays", () => {
  const rules = `rules:
  - {id: 1, name: review, phase: review, order: 1, setGroup: 1, when: [group = 2]}
  - {id: 2, name: once, phase: earn, order: 1, give: 10 %, when: [offers bit 3]}
  - {id: 3, name: always, phase: earn, order: 2, give: 5 %, keepsOffer: yes, when: [offers bit 4]}
`;
  const text = explanationText(viewOf(HEAD + rules), ENGLISH);
  assert.match(text, /Rule 1, "review": .* the customer is put into group 1 at once/);
  assert.match(text, /Rule 2, .*which uses the offer up/);
  assert.match(text, /Rule 3, .*and the offer stays/);
});

test.run();
