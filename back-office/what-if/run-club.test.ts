import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromJalali, monthOf } from "../../firmware/core/calendar";
import { compileRuleset } from "../rules/compile";
import { readRuleset } from "../rules/read-ruleset";
import { randomRuleset } from "../rules/test-rulesets";
import { RulesetError } from "../rules/yaml-section";
import { type Population, parsePopulation, WHOLE } from "./population";
import { type ClubTotals, SimulatedClub } from "./run-club";
import { simulateTraffic, type Traffic } from "./visits";

const SEED = Number(process.env.SEED ?? 20260308);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/what-if/run-club.test.ts`;
const ROOT = new URL("../../rulesets/", import.meta.url);
const FIRST_MONTH = monthOf(fromJalali(1405, 11, 1));
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1405-11-01\n";

const read = (name: string) => readFileSync(new URL(name, ROOT), "utf8");
const shop = parsePopulation(read("shop.population.yaml"), "shop.population.yaml");

function trafficOf(population: Population, seed: string, members = 60, months = 3): Traffic {
  return simulateTraffic(population, { year: 1405, month: 11, months, members, seed });
}

function play(source: string, traffic: Traffic): ClubTotals {
  const { bytes, terms } = compileRuleset(source, "test");
  return new SimulatedClub(bytes, readRuleset(bytes, terms), traffic).run(FIRST_MONTH);
}

test("no rial is made up or lost, whatever the rules", () => {
  const traffic = trafficOf({ ...shop, categories: [{ category: 3, name: "", share: 1 }] }, "1");
  fc.assert(
    fc.property(randomRuleset, (source) => {
      const { months, sum, rules } = play(source, traffic);
      let owedRial = 0;
      for (const month of months) {
        owedRial += month.grantedRial - month.usedRial - month.expiredRial;
        assert.is(month.outstandingRial, owedRial, REPLAY);
        assert.ok(month.expiredRial >= 0 && month.outstandingRial >= 0, REPLAY);
      }
      const total = (key: "grantedRial" | "discountRial") =>
        rules.reduce((all, rule) => all + rule[key], 0);
      assert.is(total("grantedRial"), sum.grantedRial, `${source}\n${REPLAY}`);
      assert.is(total("discountRial"), sum.discountRial, `${source}\n${REPLAY}`);
    }),
    { seed: SEED, numRuns: 15 },
  );
});

test("a rule that is plain enough can be reckoned by hand", () => {
  const traffic = trafficOf(shop, "2");
  const rules = "rules: [{id: 1, name: a, phase: earn, order: 1, give: 10 %}]\n";
  const { sum } = play(`${HEAD}credit: {fromDays: 200, until: never}\n${rules}`, traffic);
  const expected = traffic.visits.reduce((all, { grossRial }) => all + grossRial / 10, 0);
  assert.is(sum.grantedRial, expected, "a tenth of every bill; bills are whole thousand toman");
  assert.equal([sum.usedRial, sum.expiredRial, sum.outstandingRial], [0, 0, expected]);
  const short = play(`${HEAD}credit: {fromDays: 5, until: 5 days}\n${rules}`, traffic);
  assert.is(short.sum.grantedRial + 0, short.sum.usedRial + short.sum.expiredRial + owed(short));
  assert.ok(short.sum.usedRial < expected / 5, "who comes on the one day uses it");
});

test("who must approve at the pad changes nothing of what the club costs", () => {
  const traffic = trafficOf(shop, "5");
  const credit = "credit: {fromDays: 1, until: 90 days}\n";
  const rules = "rules: [{id: 1, name: a, phase: earn, order: 1, give: 10 %}]\n";
  const staff = "staff: {supervisorFor: [reward, renew], approveAboveRial: 10}\n";
  const free = play(`${HEAD}${credit}${rules}`, traffic);
  assert.ok(free.sum.usedRial > 10);
  assert.equal(play(`${HEAD}${credit}${staff}${rules}`, traffic).sum, free.sum);
});

function owed({ sum }: ClubTotals): number {
  return sum.outstandingRial;
}

test("the same seed is the same club; another seed, other customers", () => {
  const source = read("first-shop.yaml");
  const one = play(source, trafficOf(shop, "a"));
  assert.equal(play(source, trafficOf(shop, "a")), one);
  assert.not.equal(play(source, trafficOf(shop, "b")), one);
});

test("customers are as the population says", () => {
  const population: Population = {
    ...shop,
    segments: [
      {
        ...{ name: "all", share: WHOLE, visitsPerYear: 52, leavePerMonth: 0, usesCredit: 0 },
        bill: { low: 1_000_000, usual: 4_000_000, high: 10_000_000 },
      },
    ],
    weekdays: [WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, 0],
    months: Array(12).fill(WHOLE),
    joinPerMonth: 0,
    women: 2500,
  };
  const { members, visits } = trafficOf(population, "1", 1000, 12);
  const near = (value: number, expected: number, tolerance: number, what: string) =>
    assert.ok(Math.abs(value - expected) <= expected * tolerance, `${what}: ${value}`);
  near(visits.length, 52_000, 0.03, "visits");
  near(members.filter(({ gender }) => gender === 1).length, 250, 0.15, "women");
  near(members.filter(({ birthMonth }) => birthMonth > 0).length, 600, 0.1, "birthdays known");
  assert.not(
    visits.some(({ day }) => (day + 4) % 7 === 6),
    "closed on Fridays",
  );
  const bills = visits.map(({ grossRial }) => grossRial).sort((a, b) => a - b);
  near(bills[Math.floor(bills.length / 2)], 4_000_000, 0.1, "usual bill");
  assert.ok(visits.every(({ grossRial }) => grossRial % 10_000 === 0 && grossRial > 0));
  assert.ok(
    visits.every(({ minute }) => minute >= 540 && minute < 1260),
    "in opening hours",
  );
  const ordered = visits.every((visit, i) => i === 0 || visit.day >= visits[i - 1].day);
  assert.ok(ordered, "in the order in which they happen");
  const sums = visits.every(({ categories }) => categories.every((value) => value === 0));
  assert.ok(sums, "no categories in this population");
});

test("the lines of a bill make the bill", () => {
  const boutique = parsePopulation(read("boutique.population.yaml"), "b");
  const { visits } = trafficOf(boutique, "1", 200, 6);
  for (const { categories, grossRial } of visits) {
    const rial = categories.slice(16).reduce((sum, one) => sum + one, 0);
    assert.is(rial, grossRial);
    categories.slice(16).forEach((amount, category) => {
      assert.is(amount > 0, categories[category] > 0);
    });
  }
});

test("a population file's mistakes come with their places", () => {
  const source = read("shop.population.yaml");
  const cases: [from: string, to: string, expected: RegExp][] = [
    ["share: 25 %", "share: 35 %", /make 110 %, not 100 %/],
    ["usual: 6_000_000", "usual: 16_000_000", /low, usual, high must rise/],
    ["thursday: 140 %", "thurday: 140 %", /unknown "thurday"; did you mean "thursday"\?/],
    ["friday: 60 %", "friday: much", /write how busy it is, such as "150 %"/],
    ["visitsPerYear: 40", "visitsPerYear: 0", /must be a whole number from 1 to 2000/],
    [
      "margin: 20 %",
      "margins: 20 %",
      /p\.yaml:\d+:1: unknown key "margins"; did you mean "margin"/,
    ],
    ['open: "09:00"', 'open: "22:00"', /must open before it closes/],
    ["{ thursday: 140 %, friday: 60 % }", "{}", /^$/],
  ];
  for (const [from, to, expected] of cases) {
    assert.ok(source.includes(from), from);
    let message = "";
    try {
      parsePopulation(source.replace(from, to), "p.yaml");
    } catch (error) {
      assert.instance(error, RulesetError);
      message = (error as Error).message;
    }
    assert.match(message, expected);
  }
});

test.run();
