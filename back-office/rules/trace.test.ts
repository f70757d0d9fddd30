import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CardKind } from "../../card-layout/identity";
import { DAY_NEVER, StateFlag } from "../../card-layout/state";
import { identityOf, setLot, stateOf } from "../../card-layout/testing/named-records";
import { createPurchase, DecisionField, Outcome, TapKind } from "../../firmware/core/evaluate";
import { Phase } from "../../firmware/core/ruleset-format";
import { compileRuleset } from "./compile";
import { type DryTap, firedRules, runTap, withRules } from "./dry-run";
import { readRuleset } from "./read-ruleset";
import { randomRuleset } from "./test-rulesets";
import { type RuleTrace, type TapTrace, traceTap } from "./trace";

const SEED = Number(process.env.SEED ?? 20260306);
const REPLAY = `replay: SEED=${SEED} node --import tsx back-office/rules/trace.test.ts`;
const DAY = 2300;
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\ncredit: {until: 90 days}\n";

const tapOf = fc.record({
  grossRial: fc.oneof(fc.nat(50_000_000), fc.constantFrom(0, 100_000, 5_000_000)),
  askedShare: fc.integer({ min: 0, max: 5 }),
  creditRial: fc.nat(3_000_000),
  visits: fc.nat(6),
  lastDaysAgo: fc.constantFrom(0, 1, 19, 20, -1, -5),
  lifeSpendRial: fc.nat(40_000_000),
  group: fc.integer({ min: 1, max: 3 }),
  birthMonth: fc.constantFrom(0, 1, 2),
  punch: fc.nat(5),
  debtRial: fc.constantFrom(0, 0, 0, 40_000),
  category: fc.nat(15),
  kind: fc.constantFrom(CardKind.Member, CardKind.Member, CardKind.Gift),
  flags: fc.constantFrom<number>(1, 1, 1, 1, 0, 3),
});

type RandomTap = typeof tapOf extends fc.Arbitrary<infer T> ? T : never;

function dryTap(ruleset: Uint8Array, one: RandomTap): DryTap {
  const visits = one.visits;
  const state = stateOf({
    ...{ flags: one.flags, group: one.group, visits, lifeSpendRial: one.lifeSpendRial },
    ...{ debtRial: one.debtRial, periodSpendRial: one.lifeSpendRial, periodStartDay: DAY - 30 },
    ...{ firstDay: visits > 0 ? DAY - 200 : 0, lastDay: visits > 0 ? DAY - one.lastDaysAgo : 0 },
    punches: [one.punch, 0, 0, 0],
    groupReviewDay: 0,
  });
  const lot = { amountRial: one.creditRial, fromDay: 1, untilDay: DAY_NEVER, issuer: 1, kind: 0 };
  if (one.creditRial > 0) setLot(state, 0, lot);
  const categories = Array(32).fill(0);
  categories[one.category] = 2;
  categories[16 + one.category] = Math.floor(one.grossRial / 2);
  const identity = identityOf({
    ...{ kind: one.kind, expiryDay: DAY_NEVER, gender: 1 },
    ...{ birthMonth: one.birthMonth, birthDay: one.birthMonth > 0 ? 28 : 0 },
  });
  const askedCreditRial = Math.floor(
    (Math.min(one.creditRial, one.grossRial) * one.askedShare) / 4,
  );
  const purchase = {
    ...createPurchase(3, 1),
    ...{ kind: TapKind.Sale, grossRial: one.grossRial, askedCreditRial, categories },
    ...{ day: DAY, minute: 600, sequence: 7 },
  };
  return { ruleset, state, identity, purchase };
}

/** What a tap shows and does, without which rules did it. */
function effectOf({ decision, after }: Pick<TapTrace, "decision" | "after">): unknown {
  return [decision.slice(0, DecisionField.FiredCount), decision.slice(16, 23), after];
}

test("the trace says what the evaluator did, for random rules and taps", () => {
  const seen = new Set<string>();
  const check = (source: string, one: RandomTap) => {
    const { bytes } = compileRuleset(source, "random");
    const tap = dryTap(bytes, one);
    const view = readRuleset(bytes);
    const trace = traceTap(tap, view);
    const { decision } = trace;
    assert.equal(effectOf(trace), effectOf(runTap(tap)), REPLAY);
    for (const { verdict } of trace.rules) seen.add(verdict);
    const fired = trace.rules.filter(({ verdict }) => verdict === "fired");
    assert.equal(
      fired.map(({ rule }) => rule.id),
      firedRules(decision),
      `${source}\n${JSON.stringify(one)}\n${REPLAY}`,
    );
    checkShares(trace);
    for (const rule of trace.rules) checkWithout(rule, tap, trace);
  };
  fc.assert(fc.property(randomRuleset, tapOf, check), { seed: SEED, numRuns: 400 });
  const verdicts = ["beaten", "clock", "conditions", "days", "fired", "limits", "nothing"];
  assert.equal([...seen].sort(), [...verdicts, "notReached"].sort(), "every verdict was met");
});

function checkShares({ decision, rules }: TapTrace): void {
  const sum = (phase: number) =>
    rules
      .filter(({ rule }) => rule.phase === phase)
      .reduce((all, one) => all + (one.given ?? 0), 0);
  assert.is(sum(Phase.Discount), decision[DecisionField.DiscountRial], REPLAY);
  const earned = decision[DecisionField.EarnedRial] + decision[DecisionField.DeferredRial];
  assert.is(sum(Phase.Earn), earned, REPLAY);
  for (const { given = 0, amount = 0 } of rules) assert.ok(given <= amount, REPLAY);
}

/** Taking a rule away that did nothing changes nothing. */
function checkWithout({ rule, verdict }: RuleTrace, tap: DryTap, trace: TapTrace): void {
  if (verdict === "fired" || verdict === "limits" || verdict === "nothing") return;
  const others = trace.rules.filter((one) => one.rule !== rule).map((one) => one.rule.bytes);
  const ruleset = withRules(tap.ruleset, others);
  assert.equal(effectOf(runTap({ ...tap, ruleset })), effectOf(trace), `${verdict}: ${REPLAY}`);
}

function traced(rules: string, changes: Partial<RandomTap> = {}): Map<number, RuleTrace> {
  const { bytes } = compileRuleset(`${HEAD}${rules}`, "test");
  const base: RandomTap = {
    ...{ grossRial: 1_000_000, askedShare: 0, creditRial: 0, visits: 3, lastDaysAgo: 19 },
    ...{ lifeSpendRial: 900_000, group: 1, birthMonth: 0, punch: 0, debtRial: 0, category: 3 },
    ...{ kind: CardKind.Member, flags: StateFlag.Enrolled },
  };
  const trace = traceTap(dryTap(bytes, { ...base, ...changes }), readRuleset(bytes));
  return new Map(trace.rules.map((one) => [one.rule.id, one]));
}

test("each reason, with the value against the limit or the rule that counts instead", () => {
  const rules = `stacks: {1: max}
roundToRial: 1000
rules:
  - {id: 1, name: a, phase: earn, order: 1, stack: 1, give: 10 %}
  - {id: 2, name: b, phase: earn, order: 2, stack: 1, give: 17 %, when: [qty3 >= 2]}
  - {id: 3, name: c, phase: earn, order: 3, stack: 2, giveRial: 1_500, when: [visits >= 4]}
  - {id: 4, name: d, phase: earn, order: 4, stack: 3, giveRial: 1_500}
  - {id: 5, name: e, phase: earn, order: 5, stack: 4, give: 1 %, days: {last: 1404-12-29}}
  - {id: 6, name: f, phase: redeem, order: 1, give: 30 %, of: gross}
  - {id: 7, name: g, phase: promote, order: 1, setGroup: 1}
  - {id: 8, name: h, phase: earn, order: 8, stack: 5, give: 1 %, of: category4}
`;
  const found = traced(rules);
  const of = (id: number) => found.get(id) as RuleTrace;
  assert.is(of(1).verdict, "beaten");
  assert.equal([of(1).amount, of(1).beatenBy, of(2).amount], [100_000, 2, 170_000]);
  assert.equal([of(2).verdict, of(2).given], ["fired", 170_000]);
  assert.is(of(3).verdict, "conditions");
  const visits = of(3).conditions.find(({ holds }) => !holds);
  assert.equal([visits?.actual, visits?.value], [3, 4]);
  assert.equal([of(4).verdict, of(4).amount, of(4).given], ["fired", 1_500, 1_000], "rounded");
  assert.is(of(5).verdict, "days");
  assert.equal([of(6).verdict, of(6).amount], ["limits", 300_000]);
  assert.is(of(7).verdict, "nothing");
  assert.is(of(8).verdict, "nothing");
  const refused = traced(rules, { flags: StateFlag.Enrolled + StateFlag.Blocked });
  assert.ok([...refused.values()].every(({ verdict }) => verdict === "notReached"));
});

test("promotion is judged by the card after the purchase, all else by the card before", () => {
  const rules = `rules:
  - {id: 1, name: a, phase: earn, order: 1, giveRial: 10, when: [pSpend >= 1_500_000]}
  - {id: 2, name: b, phase: promote, order: 1, setGroup: 2, when: [pSpend >= 1_500_000]}
`;
  const found = traced(rules);
  assert.is(found.get(1)?.verdict, "conditions");
  assert.is(found.get(1)?.conditions.find(({ holds }) => !holds)?.actual, 900_000);
  assert.is(found.get(2)?.verdict, "fired");
});

test("after a refusal the rules behind it were not reached", () => {
  const rules = `rules:
  - {id: 1, name: a, phase: guard, order: 1, refuse: yes, when: [gross > 900_000]}
  - {id: 2, name: b, phase: redeem, order: 1, give: 10 %, of: gross}
  - {id: 3, name: c, phase: earn, order: 1, give: 10 %}
`;
  const verdicts = (changes: Partial<RandomTap>) =>
    [...traced(rules, changes).values()].map(({ verdict }) => verdict);
  assert.equal(verdicts({}), ["fired", "notReached", "notReached"]);
  const tooMuch = { grossRial: 800_000, creditRial: 500_000, askedShare: 4 };
  assert.equal(verdicts(tooMuch), ["conditions", "limits", "notReached"]);
  assert.equal(verdicts({ grossRial: 800_000 }), ["conditions", "limits", "fired"]);
});

test("the worked examples name the reasons that people would give", () => {
  const file = new URL("../../rulesets/vectors/examples.yaml", import.meta.url);
  const { bytes, terms } = compileRuleset(readFileSync(file, "utf8"), "examples");
  const view = readRuleset(bytes, terms);
  const state = { visits: 5, firstDay: DAY - 200, lastDay: DAY - 20, lifeSpendRial: 25_000_000 };
  const tap = {
    ruleset: bytes,
    state: stateOf({ flags: 1, group: 1, ...state }),
    identity: identityOf({ kind: 1, expiryDay: DAY_NEVER }),
    purchase: {
      ...createPurchase(1, 1),
      ...{ kind: TapKind.Sale, grossRial: 5_000_000, day: DAY, minute: 600, sequence: 1 },
    },
  };
  const trace = traceTap(tap, view);
  assert.is(trace.decision[DecisionField.Outcome], Outcome.Ok);
  const early = trace.rules.find(({ rule }) => rule.id === 4);
  const failed = early?.conditions.filter(({ holds }) => !holds) ?? [];
  assert.is(failed.length, 1);
  assert.equal([failed[0].actual, failed[0].value], [20, 20], "20 days are not less than 20");
});

test.run();
