import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { copyNumbers } from "../../card-layout/bytes";
import { CardKind } from "../../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  emptyState,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import {
  lotsOf,
  type NamedIdentity,
  type NamedState,
  setLot,
  setState,
} from "../../card-layout/testing/named-records";
import golden from "../../rulesets/vectors/golden.json" with { type: "json" };
import { fromJalali, monthOf, monthStart } from "./calendar";
import { DecisionField, Outcome, TapKind } from "./evaluate";
import { MAX_RIAL } from "./money";
import {
  CREDIT,
  compile,
  DAY,
  fired,
  memberState,
  type NamedPurchase,
  type Tap,
  TENTH,
  tap,
  usedByIssuer,
  withCredit,
} from "./test-taps";

const SEED = Number(process.env.SEED ?? 20260106);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/evaluate.test.ts`;
type Setup = { state?: Partial<NamedState>; identity?: Partial<NamedIdentity> };

for (const one of golden.cases) {
  test(`golden ${one.name}: ${one.why}`, () => {
    const setup: Setup = one.card as Setup;
    const ruleset = Uint8Array.from(Buffer.from(golden.ruleset, "hex"));
    const { decision } = tap(ruleset, memberState(setup.state), one.purchase, setup.identity);
    const result: { earnedRial: number; outcome?: Outcome } = one.result;
    assert.is(decision[DecisionField.Outcome], result.outcome ?? Outcome.Ok);
    assert.is(decision[DecisionField.EarnedRial], result.earnedRial);
    assert.equal(fired(decision), one.result.firedRules);
  });
}

test("enrolment makes a member without history, once", () => {
  const ruleset = compile(CREDIT, "enrol: {group: 4}\nperiod: month\n");
  const enrol = { kind: TapKind.Enrol };
  const { after, outcome } = tap(ruleset, withCredit(emptyState(), 500), enrol);
  assert.is(outcome, Outcome.Ok);
  const expected = withCredit(memberState({ group: 4, groupSinceDay: DAY }), 500);
  setState(expected, { periodStartDay: DAY, lastDay: DAY, lastMinute: 600 });
  assert.equal(after, setState(expected, { lastTerminal: 3, lastSequence: 77 }));
  assert.is(tap(ruleset, after, enrol).outcome, Outcome.AlreadyEnrolled);
  assert.is(tap(ruleset, emptyState(), enrol, { kind: CardKind.Gift }).outcome, Outcome.WrongKind);
});

test("a closed club's new member waits for approval", () => {
  const ruleset = compile(CREDIT, "enrol: {needsApproval: yes}\n", TENTH);
  const { after } = tap(ruleset, emptyState(), { kind: TapKind.Enrol });
  assert.is(after[StateField.Flags], StateFlag.Enrolled + StateFlag.Pending);
  assert.is(tap(ruleset, after, { grossRial: 1000 }).outcome, Outcome.Pending);
  assert.is(tap(ruleset, after, { kind: TapKind.Balance }).outcome, Outcome.Ok);
});

test("every guard refuses and changes nothing", () => {
  const guard = "  - {id: 2, name: g, phase: guard, order: 1, refuse: yes, when: [gross > 900]}\n";
  const ruleset = compile(CREDIT, "redeem: {unitRial: 10, minRial: 20}\n", `rules:\n${guard}`);
  const cases: [string, CardState, NamedPurchase, Partial<NamedIdentity>, Outcome][] = [
    ["not enrolled", emptyState(), {}, {}, Outcome.NotEnrolled],
    ["blocked", memberState({ flags: 3 }), {}, {}, Outcome.Blocked],
    ["expired", memberState(), {}, { expiryDay: DAY - 1 }, Outcome.CardExpired],
    ["last day", memberState(), {}, { expiryDay: DAY }, Outcome.Ok],
    ["cashier's card", memberState(), {}, { kind: CardKind.Cashier }, Outcome.WrongKind],
    ["unknown tap kind", memberState(), { kind: 12 as TapKind }, {}, Outcome.WrongKind],
    ["negative", memberState(), { grossRial: -1 }, {}, Outcome.BadAmount],
    ["fraction", memberState(), { grossRial: 0.5 }, {}, Outcome.BadAmount],
    ["not a number", memberState(), { askedCreditRial: Number.NaN }, {}, Outcome.BadAmount],
    ["too large", memberState(), { grossRial: MAX_RIAL + 1 }, {}, Outcome.BadAmount],
    ["bad category", memberState(), { categoryAmountRial: [1, -1] }, {}, Outcome.BadAmount],
    ["guard rule", memberState(), { grossRial: 901 }, {}, Outcome.RefusedByRule],
    ["under the guard", memberState(), { grossRial: 900 }, {}, Outcome.Ok],
    ["no credit", memberState(), { grossRial: 500, askedCreditRial: 20 }, {}, 6],
  ];
  for (const [name, state, purchase, identity, outcome] of cases) {
    assert.is(tap(ruleset, state, purchase, identity).outcome, outcome, name);
  }
  const pay = (flags: number, debtRial: number): Outcome => {
    const state = withCredit(memberState({ flags, debtRial }), 500);
    return tap(ruleset, state, { grossRial: 500, askedCreditRial: 100 }).outcome;
  };
  assert.is(pay(StateFlag.Enrolled + StateFlag.EarnOnly, 0), Outcome.EarnOnly);
  assert.is(pay(StateFlag.Enrolled, 1), Outcome.DebtOpen);
  assert.is(pay(StateFlag.Enrolled, 0), Outcome.Ok);
});

test("asking one rial too much shows what is available; the exact amount is taken", () => {
  const ruleset = compile(CREDIT, TENTH);
  const state = withCredit(memberState(), 12_345);
  const tooMuch = tap(ruleset, state, { grossRial: 50_000, askedCreditRial: 12_346 });
  assert.is(tooMuch.outcome, Outcome.InsufficientCredit);
  assert.is(tooMuch.decision[DecisionField.AvailableRial], 12_345);
  assert.is(tooMuch.decision[DecisionField.BalanceRial], 12_345);
  const exact = tap(ruleset, state, { grossRial: 50_000, askedCreditRial: 12_345 });
  assert.is(exact.decision[DecisionField.UsedRial], 12_345);
  assert.is(exact.decision[DecisionField.PayableRial], 37_655);
  assert.is(exact.decision[DecisionField.EarnedRial], 3_765);
  assert.is(exact.decision[DecisionField.BalanceRial], 3_765);
});

test("limits on the use of credit, each at its edge", () => {
  const limits: [string, number, number, number][] = [
    ["redeem: {}", 1000, 5000, 1000],
    ["redeem: {}", 9000, 5000, 5000],
    ["redeem: {maxOfBill: 50 %}", 1001, 5000, 500],
    ["redeem: {maxRial: 300}", 1000, 5000, 300],
    ["redeem: {perDayRial: 700}", 1000, 5000, 500],
    ["redeem: {unitRial: 300}", 1000, 5000, 900],
    ["redeem: {unitRial: 300}", 1000, 850, 850],
    ["redeem: {minRial: 1000}", 1000, 5000, 1000],
    ["redeem: {minRial: 1001}", 1000, 5000, 0],
  ];
  for (const [line, grossRial, creditRial, available] of limits) {
    const ruleset = compile(CREDIT, `${line}\n`);
    const state = withCredit(memberState({ dayRedeemRial: 200, lastDay: DAY }), creditRial);
    const asked = (askedCreditRial: number): Tap =>
      tap(ruleset, state, { grossRial, askedCreditRial });
    assert.is(asked(0).decision[DecisionField.AvailableRial], available, line);
    if (available > 0) assert.is(asked(available).outcome, Outcome.Ok, line);
    assert.is(asked(available + 1).outcome, Outcome.InsufficientCredit, line);
  }
});

test("below the minimum or between the units is a bad amount", () => {
  const ruleset = compile(CREDIT, "redeem: {unitRial: 100, minRial: 200}\n");
  const asked = (askedCreditRial: number): Outcome =>
    tap(ruleset, withCredit(memberState(), 450), { grossRial: 1000, askedCreditRial }).outcome;
  const outcomes = [100, 199, 200, 250, 400, 450].map(asked);
  const bad = Outcome.BadAmount;
  assert.equal(outcomes, [bad, bad, Outcome.Ok, bad, Outcome.Ok, Outcome.Ok]);
});

test("the daily limit counts per business day", () => {
  const ruleset = compile(CREDIT, "redeem: {perDayRial: 1000}\n");
  const purchase = { grossRial: 5000, askedCreditRial: 600 };
  const first = tap(ruleset, withCredit(memberState(), 5000), purchase);
  assert.is(first.after[StateField.DayRedeemRial], 600);
  assert.is(tap(ruleset, first.after, purchase).outcome, Outcome.InsufficientCredit);
  const next = tap(ruleset, first.after, { ...purchase, day: DAY + 1 });
  assert.is(next.after[StateField.DayRedeemRial], 600);
});

test("redeem rules: the smallest limit left by the stacks counts", () => {
  const rule = (id: number, stack: number, give: string): string =>
    `  - {id: ${id}, name: r, phase: redeem, order: ${id}, stack: ${stack}, ${give}, of: gross}\n`;
  const rules = rule(1, 1, "give: 50 %") + rule(2, 1, "give: 30 %") + rule(3, 2, "giveRial: 450");
  const ruleset = compile(CREDIT, "stacks: {1: max, 2: sum}\n", `rules:\n${rules}`);
  const { decision } = tap(ruleset, withCredit(memberState(), 5000), { grossRial: 1000 });
  assert.is(decision[DecisionField.AvailableRial], 450);
  assert.equal(fired(decision), []);
});

test("stacks: first, max with the lowest order among equals, sum; rounded once", () => {
  const rule = (id: number, order: number, stack: number, give: string): string =>
    `  - {id: ${id}, name: r, phase: earn, order: ${order}, stack: ${stack}, give: ${give}}\n`;
  const rules = [
    rule(1, 2, 0, "9 %"),
    rule(2, 1, 0, "1 %"),
    rule(3, 1, 1, "2 %"),
    rule(4, 2, 1, "5 %"),
    rule(5, 3, 1, "5 %"),
    rule(6, 1, 2, "0.5 %"),
    rule(7, 2, 2, "0.5 %"),
  ];
  const stacks = "stacks: {0: first, 1: max, 2: sum}\nroundToRial: 10\n";
  const ruleset = compile(CREDIT, stacks, `rules:\n${rules.join("")}`);
  const { decision } = tap(ruleset, memberState(), { grossRial: 1999 });
  assert.equal(fired(decision), [2, 4, 6, 7]);
  assert.is(decision[DecisionField.EarnedRial], 130, "19 + 99 + 9 + 9 = 136, in tens");
});

test("caps: per rule, per tap, per card", () => {
  const earned = (line: string, rule: string, creditRial = 0): number => {
    const rules = `rules: [{id: 1, name: a, phase: earn, order: 1, give: 10 %${rule}}]\n`;
    const ruleset = compile(CREDIT, line, rules);
    const state = withCredit(memberState(), creditRial);
    return tap(ruleset, creditRial > 0 ? state : memberState(), { grossRial: 10_000 }).decision[
      DecisionField.EarnedRial
    ];
  };
  assert.is(earned("", ", max: 999"), 999);
  assert.is(earned("", ", max: 1001"), 1000);
  assert.is(earned("limits: {earnPerTapRial: 998}\n", ""), 998);
  assert.is(earned("limits: {balanceRial: 5000}\n", "", 4_100), 900);
  assert.is(earned("limits: {balanceRial: 5000}\n", "", 5_000), 0);
  assert.is(earned("limits: {balanceRial: 5000}\n", "", 7_000), 0);
});

test("earned credit pays debt first; only the rest becomes a lot", () => {
  const ruleset = compile(CREDIT, TENTH);
  const { after, decision } = tap(ruleset, memberState({ debtRial: 700 }), { grossRial: 10_000 });
  assert.is(decision[DecisionField.EarnedRial], 1000);
  assert.is(decision[DecisionField.DebtPaidRial], 700);
  assert.is(decision[DecisionField.BalanceRial], 300);
  assert.is(after[StateField.DebtRial], 0);
});

test("a grant without a free lot is deferred, never dropped", () => {
  const state = memberState();
  for (let slot = 0; slot < 6; slot++) {
    setLot(state, slot, { amountRial: 1, fromDay: 1, untilDay: 9999, issuer: slot + 2, kind: 0 });
  }
  const { decision } = tap(compile(CREDIT, TENTH), state, { grossRial: 10_000 });
  assert.is(decision[DecisionField.EarnedRial], 0);
  assert.is(decision[DecisionField.DeferredRial], 1000);
  assert.is(decision[DecisionField.BalanceRial], 6);
});

test("credit of this tap is usable from tomorrow to the end of the month 90 days on", () => {
  const ruleset = compile(CREDIT, TENTH);
  const { after } = tap(ruleset, memberState(), { grossRial: 10_000 });
  const untilDay = monthStart(monthOf(DAY + 90) + 1) - 1;
  assert.ok(untilDay > DAY + 90);
  assert.equal(lotsOf(after)[0], {
    amountRial: 1000,
    fromDay: DAY + 1,
    untilDay,
    issuer: 1,
    kind: 0,
  });
  const pay = (day: number): Outcome =>
    tap(ruleset, after, { day, grossRial: 10_000, askedCreditRial: 1000 }).outcome;
  assert.is(pay(DAY), Outcome.InsufficientCredit);
  assert.is(pay(DAY + 1), Outcome.Ok);
  assert.is(pay(untilDay), Outcome.Ok);
  assert.is(pay(untilDay + 1), Outcome.InsufficientCredit);
  const late = tap(ruleset, after, { day: untilDay + 1 });
  assert.is(late.decision[DecisionField.ExpiredRial], 1000);
  assert.is(late.decision[DecisionField.BalanceRial], 0);
});

test("a rule's own window: fixed day, never, and a window that is over by now", () => {
  const lotOf = (window: string): unknown => {
    const rule = `{id: 1, name: a, phase: earn, order: 1, give: 10 %, purse: 7`;
    const rules = `rules: [${rule}, credit: {${window}}}]\n`;
    return lotsOf(tap(compile(CREDIT, rules), memberState(), { grossRial: 100 }).after)[0];
  };
  const lot = { amountRial: 10, fromDay: DAY, untilDay: DAY_NEVER, issuer: 1, kind: 7 };
  assert.equal(lotOf("until: never, toMonthEnd: yes"), lot);
  const untilDay = fromJalali(1405, 5, 20);
  assert.equal(lotOf("until: 1405-05-20, fromDays: 2"), { ...lot, fromDay: DAY + 2, untilDay });
  assert.equal(lotOf("until: 1404-01-01"), { ...lot, untilDay: DAY });
});

test("discount lowers the bill before anything is earned and leaves no lot", () => {
  const rules = `rules:
  - {id: 1, name: d, phase: discount, order: 1, give: 20 %, of: gross}
  - {id: 2, name: e, phase: earn, order: 1, give: 10 %}
  - {id: 3, name: p, phase: points, order: 1, points: 2 per 1000 rial}
  - {id: 4, name: q, phase: points, order: 2, stack: 1, points: 5}
`;
  const state = withCredit(memberState({ points: 40 }), 3_000);
  const purchase = { grossRial: 10_000, askedCreditRial: 3_000 };
  const { after, decision } = tap(compile(CREDIT, rules), state, purchase);
  assert.is(decision[DecisionField.DiscountRial], 2000);
  assert.is(decision[DecisionField.PayableRial], 5000);
  assert.is(decision[DecisionField.EarnedRial], 500);
  assert.is(decision[DecisionField.PointsEarned], 15);
  assert.is(after[StateField.Points], 55);
  assert.equal(fired(decision), [1, 2, 3, 4]);
  assert.is(after[StateField.LifeSpendRial], 8000, "credit is a way to pay, discount is not");
  const all = tap(compile(CREDIT, rules.replace("20 %", "100 %")), state, purchase);
  assert.is(all.decision[DecisionField.DiscountRial], 7000, "never more than what is left to pay");
});

test("visits are business days; the period rolls with the Jalali month", () => {
  const ruleset = compile(CREDIT, "period: month\n");
  const first = fromJalali(1405, 2, 31);
  const one = tap(ruleset, memberState({ periodStartDay: first }), { day: first, grossRial: 10 });
  const two = tap(ruleset, one.after, { day: first, grossRial: 20 });
  assert.equal(
    [
      two.after[StateField.Visits],
      two.after[StateField.PeriodVisits],
      two.after[StateField.FirstDay],
    ],
    [1, 1, first],
  );
  assert.equal(
    [two.after[StateField.LifeSpendRial], two.after[StateField.PeriodSpendRial]],
    [30, 30],
  );
  const three = tap(ruleset, two.after, { day: first + 1, grossRial: 40 });
  assert.equal([three.after[StateField.Visits], three.after[StateField.PeriodVisits]], [2, 1]);
  assert.equal(
    [three.after[StateField.LifeSpendRial], three.after[StateField.PeriodSpendRial]],
    [70, 40],
  );
  assert.is(three.after[StateField.PeriodStartDay], first + 1);
});

test("the purchase that crosses the threshold lifts the customer; the next has the rate", () => {
  const rules = `rules:
  - {id: 1, name: e, phase: earn, order: 1, give: 10 %, when: [group = 2]}
  - {id: 2, name: up, phase: promote, order: 1, setGroup: 2, when: [group = 1, pSpend >= 1000]}
`;
  const ruleset = compile(CREDIT, rules);
  const lifted = [999, 1000, 1001].map((grossRial) => tap(ruleset, memberState(), { grossRial }));
  assert.equal(
    lifted.map((one) => one.after[StateField.Group]),
    [1, 2, 2],
  );
  assert.is(lifted[1].after[StateField.GroupSinceDay], DAY);
  assert.is(lifted[1].decision[DecisionField.EarnedRial], 0);
  assert.equal(fired(lifted[1].decision), [2]);
  assert.is(
    tap(ruleset, lifted[1].after, { grossRial: 100 }).decision[DecisionField.EarnedRial],
    10,
  );
});

test("every group from 0 to 255 can be reached and asked for", () => {
  for (let group = 0; group <= 255; group++) {
    const rules = `rules:
  - {id: 1, name: there, phase: promote, order: 1, setGroup: ${group}}
  - {id: 2, name: its own, phase: earn, order: 1, giveRial: 100, when: [group = ${group}]}
`;
    const ruleset = compile(CREDIT, rules);
    const first = tap(ruleset, memberState({ group: Math.max(group - 1, 0) }), { grossRial: 1 });
    assert.is(first.after[StateField.Group], group);
    assert.is(first.decision[DecisionField.EarnedRial], group === 0 ? 100 : 0);
    const next = tap(ruleset, first.after, { grossRial: 1 });
    assert.is(next.decision[DecisionField.EarnedRial], 100);
  }
});

test("a group never falls in a tap; punches count round", () => {
  const rules = `stacks: {0: sum}
rules:
  - {id: 1, name: down, phase: promote, order: 1, setGroup: 2}
  - {id: 2, name: punch, phase: promote, order: 2, punch: 3 of 3}
  - {id: 3, name: free, phase: earn, order: 2, giveRial: 100, when: [punch3 = 2]}
`;
  const ruleset = compile(CREDIT, rules);
  let state = memberState({ group: 5 });
  const rows: [number, number][] = [];
  for (let i = 0; i < 4; i++) {
    const { after, decision } = tap(ruleset, state, { grossRial: 1 });
    assert.is(after[StateField.Group], 5);
    rows.push([after[StateField.Punches + 3], decision[DecisionField.EarnedRial]]);
    state = after;
  }
  assert.equal(rows, [
    [1, 0],
    [2, 0],
    [0, 100],
    [1, 0],
  ]);
});

test("the birthday gift comes once per Jalali year, also across Nowruz", () => {
  const ruleset = Uint8Array.from(Buffer.from(golden.ruleset, "hex"));
  const born = { birthMonth: 12, birthDay: 29 };
  const gift = (state: CardState, year: number, month: number, day: number): Tap =>
    tap(ruleset, state, { day: fromJalali(year, month, day) }, born);
  const early = gift(memberState(), 1404, 12, 25);
  assert.is(early.decision[DecisionField.EarnedRial], 0, "four days before");
  const first = gift(early.after, 1404, 12, 26);
  assert.is(first.decision[DecisionField.EarnedRial], 500_000, "three days before");
  assert.is(
    gift(first.after, 1405, 1, 7).decision[DecisionField.EarnedRial],
    0,
    "the same birthday",
  );
  assert.is(
    gift(memberState(), 1405, 1, 7).decision[DecisionField.EarnedRial],
    500_000,
    "seven days after",
  );
  assert.is(
    gift(memberState(), 1405, 1, 8).decision[DecisionField.EarnedRial],
    0,
    "eight days after",
  );
  assert.is(
    gift(first.after, 1405, 12, 29).decision[DecisionField.EarnedRial],
    500_000,
    "a year later",
  );
  const none = tap(ruleset, memberState(), { day: fromJalali(1404, 12, 29) });
  assert.is(none.decision[DecisionField.EarnedRial], 0, "no birthday on the card");
});

/** What holds for the card and purchase below; day 2300 is 1405-01-30, a Sunday. */
const HOLDING = [
  "gross = 3000",
  "net = 3000",
  "qty = 5",
  "partner = 6",
  "terminal = 8",
  "ratio = 300",
  "group = 3",
  "visits = 4",
  "avg = 1000",
  "gap = 30",
  "pSpend = 70",
  "pVisits = 2",
  "points = 9",
  "credit = 555",
  "debt = 13",
  "gender = male",
  "attr1 = 7",
  "attr2 = 8",
  "offers = 9",
  "offers bit 3",
  "punch2 = 6",
  "day = 1405-01-30",
  "minute = 14:31",
  "dow = sunday",
  "jm = 1",
  "jd = 30",
  "newVisit = yes",
  "sinceLast = 10",
  "groupDays = 40",
  "age = 35",
  "bdelta in 2..2",
  "bclaim = yes",
  "qty2 = 4",
  "amt2 = 700",
  "amt15 = 0",
];

test("every field reads what FORMAT.md says", () => {
  const state = memberState({ group: 3, groupSinceDay: DAY - 40, points: 9, visits: 4 });
  setState(state, { firstDay: DAY - 100, lastDay: DAY - 10, lifeSpendRial: 4_003 });
  setState(state, { periodSpendRial: 70, periodVisits: 2, debtRial: 13 });
  setState(state, { offers: 0b1001, birthdayClaimYear: 5 });
  state[StateField.Punches + 2] = 6;
  withCredit(state, 555);
  const purchase = { grossRial: 3000, day: DAY, minute: 871, terminal: 8, issuer: 6 };
  const lists = { categoryAmountRial: [0, 0, 700], categoryQuantity: [1, 0, 4] };
  const who = {
    birthYear: 1370,
    birthMonth: 1,
    birthDay: 28,
    gender: 2,
    attribute1: 7,
    attribute2: 8,
  };
  const gives = (condition: string): number => {
    const rule = `{id: 1, name: a, phase: earn, order: 1, giveRial: 100, when: ["${condition}"]}`;
    const ruleset = compile(CREDIT, `rules: [${rule}]\n`);
    return tap(ruleset, structuredClone(state), { ...purchase, ...lists }, who).decision[
      DecisionField.EarnedRial
    ];
  };
  for (const condition of HOLDING) {
    assert.is(gives(condition), 100, condition);
    if (!condition.includes(" = ")) continue;
    assert.is(gives(condition.replace(" = ", " != ")), 0, condition);
  }
  assert.is(gives("kind = member"), 100);
  assert.is(gives("offers bit 2"), 0);
  assert.is(gives("offers bit 1"), 0);
});

test("comparison operators around their value", () => {
  const table: [string, number[]][] = [
    ["<", [1, 0, 0]],
    ["<=", [1, 1, 0]],
    ["=", [0, 1, 0]],
    [">=", [0, 1, 1]],
    [">", [0, 0, 1]],
    ["!=", [1, 0, 1]],
  ];
  for (const [operator, expected] of table) {
    const when = `when: [gross ${operator} 2_000_000]`;
    const rule = `{id: 1, name: a, phase: earn, order: 1, giveRial: 1, ${when}}`;
    const ruleset = compile(CREDIT, `rules: [${rule}]\n`);
    const earned = [1_999_999, 2_000_000, 2_000_001].map((grossRial) => {
      return tap(ruleset, memberState(), { grossRial }).decision[DecisionField.EarnedRial];
    });
    assert.equal(earned, expected, operator);
  }
});

test("rules count on their first and last day only in between", () => {
  const days = "days: {first: 1405-01-30, last: 1405-01-31}";
  const rule = `{id: 1, name: a, phase: earn, order: 1, giveRial: 1, ${days}}`;
  const ruleset = compile(CREDIT, `rules: [${rule}]\n`);
  const earned = [2299, 2300, 2301, 2302].map((day) => {
    return tap(ruleset, memberState(), { day }).decision[DecisionField.EarnedRial];
  });
  assert.equal(earned, [0, 1, 1, 0]);
});

test("a member whose birthday is unknown uses none up", () => {
  const rules =
    "rules: [{id: 1, name: b, phase: earn, order: 1, giveRial: 7, when: [bclaim = 0]}]\n";
  const state = memberState({ birthdayClaimYear: 3 });
  const { after, decision } = tap(compile(CREDIT, rules), state, { grossRial: 100 });
  assert.equal(fired(decision), [1]);
  assert.is(after[StateField.BirthdayClaimYear], 3);
});

test("on 29 Esfand of a common year who was born on the 30th is a year older", () => {
  const rules =
    "rules: [{id: 1, name: a, phase: earn, order: 1, giveRial: 7, when: [age >= 38]}]\n";
  const who = { birthYear: 1366, birthMonth: 12, birthDay: 30 };
  const ages = [fromJalali(1404, 12, 28), fromJalali(1404, 12, 29)].map((day) =>
    fired(tap(compile(CREDIT, rules), memberState(), { day, grossRial: 100 }, who).decision),
  );
  assert.equal(ages, [[], [1]]);
});

test("a pad that is behind earns by plain rules only and keeps the card's day", () => {
  const rules = `stacks: {0: sum}
rules:
  - {id: 1, name: plain, phase: earn, order: 1, giveRial: 1}
  - {id: 2, name: clock, phase: earn, order: 2, giveRial: 10, when: [minute >= 0]}
  - {id: 3, name: dated, phase: earn, order: 3, giveRial: 100, days: {last: 1499-01-01}}
`;
  const state = (): CardState => withCredit(memberState({ visits: 1, lastDay: DAY + 2 }), 500);
  const ruleset = compile(CREDIT, rules);
  const { after, decision } = tap(ruleset, state(), { grossRial: 100 });
  assert.is(decision[DecisionField.IsClockSuspect], 1);
  assert.equal(fired(decision), [1]);
  assert.is(after[StateField.LastDay], DAY + 2);
  assert.is(after[StateField.Visits], 1);
  const asked = { grossRial: 100, askedCreditRial: 100 };
  assert.is(tap(ruleset, state(), asked).outcome, Outcome.ClockSuspect);
  const lenient = compile(CREDIT, "redeem: {whenClockIsSuspect: yes}\n", rules);
  assert.is(tap(lenient, state(), asked).outcome, Outcome.Ok);
  const oneDay = tap(ruleset, memberState({ visits: 1, lastDay: DAY + 1 }), { grossRial: 100 });
  assert.is(oneDay.decision[DecisionField.IsClockSuspect], 0);
  assert.equal(fired(oneDay.decision), [1, 2, 3]);
});

test("balance only shows: available credit, next expiry, points", () => {
  const state = withCredit(memberState({ points: 17 }), 500, DAY + 5);
  setLot(state, 1, { amountRial: 70, fromDay: DAY + 1, untilDay: 9999, issuer: 1 });
  setLot(state, 2, { amountRial: 9, fromDay: 1, untilDay: DAY - 1, issuer: 1 });
  const { after, decision } = tap(compile(CREDIT), state, { kind: TapKind.Balance });
  assert.equal(after, state);
  assert.is(decision[DecisionField.AvailableRial], 500);
  assert.is(decision[DecisionField.BalanceRial], 570);
  assert.is(decision[DecisionField.ExpiredRial], 9);
  assert.equal(
    [decision[DecisionField.NextExpiryDay], decision[DecisionField.NextExpiryRial]],
    [DAY + 5, 500],
  );
  assert.is(decision[DecisionField.Points], 17);
});

test("points and statistics stop at what their fields hold", () => {
  const rules = "rules: [{id: 1, name: p, phase: points, order: 1, points: 65535 per 1 rial}]\n";
  const full = {
    points: 0xfffffff0,
    visits: 65535,
    periodVisits: 65535,
    lifeSpendRial: MAX_RIAL - 1,
  };
  const { after, decision } = tap(compile(CREDIT, rules), memberState(full), {
    grossRial: MAX_RIAL,
  });
  assert.is(decision[DecisionField.PointsEarned], 15);
  assert.equal(
    [after[StateField.Points], after[StateField.Visits], after[StateField.PeriodVisits]],
    [0xffffffff, 65535, 65535],
  );
  assert.is(after[StateField.LifeSpendRial], MAX_RIAL);
});

test("over random lives: opening - expired - used + earned - debt paid = closing", () => {
  const rules = `limits: {balanceRial: 900_000_000}
redeem: {maxOfBill: 80 %}
stacks: {1: max, 2: sum}
accept: [{shop: 1, creditOf: 2}]
rules:
  - {id: 1, name: a, phase: earn, order: 1, stack: 1, give: 10 %}
  - {id: 2, name: b, phase: earn, order: 2, stack: 1, give: 15 %, when: [group >= 2]}
  - {id: 3, name: c, phase: earn, order: 3, stack: 2, give: 3 %, of: category0,
     credit: {until: 9 days}}
  - {id: 4, name: d, phase: earn, order: 4, stack: 2, giveRial: 5000,
     when: [newVisit = yes], credit: {until: never}}
  - {id: 5, name: e, phase: discount, order: 1, give: 2 %, when: [dow = friday]}
  - {id: 6, name: f, phase: promote, order: 1, setGroup: 2, when: [pSpend >= 50_000_000]}
`;
  const ruleset = compile(CREDIT, "roundToRial: 10\nperiod: year\n", rules);
  const step = fc.record({
    days: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(-3)),
    grossRial: fc.integer({ min: 0, max: 200_000_000 }),
    share: fc.integer({ min: 0, max: 6 }),
    issuer: fc.constantFrom(1, 1, 2, 3),
    debtRial: fc.constantFrom(0, 0, 0, 300_000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const state = memberState();
      let day = DAY;
      for (const one of steps) {
        day += one.days;
        state[StateField.DebtRial] += one.debtRial;
        const sum = (held: CardState): bigint =>
          lotsOf(held).reduce((total, lot) => total + BigInt(lot.amountRial), 0n);
        const bill = { grossRial: one.grossRial, categoryAmountRial: [one.grossRial] };
        const common = { ...bill, day, issuer: one.issuer };
        const shown = tap(ruleset, state, common);
        const asked = Math.floor((shown.decision[DecisionField.AvailableRial] * one.share) / 4);
        const done = tap(ruleset, state, { ...common, askedCreditRial: asked });
        const { decision } = done;
        const isTooMuch = asked > shown.decision[DecisionField.AvailableRial];
        assert.is(done.outcome === Outcome.InsufficientCredit, isTooMuch, REPLAY);
        if (done.outcome !== Outcome.Ok) continue;
        const closing =
          sum(state) -
          BigInt(decision[DecisionField.ExpiredRial] + decision[DecisionField.UsedRial]) +
          BigInt(decision[DecisionField.EarnedRial] - decision[DecisionField.DebtPaidRial]);
        assert.is(sum(done.after), closing, REPLAY);
        assert.is(BigInt(decision[DecisionField.BalanceRial]), closing, REPLAY);
        assert.is(decision[DecisionField.UsedRial], asked, REPLAY);
        assert.is(
          done.after[StateField.DebtRial],
          state[StateField.DebtRial] - decision[DecisionField.DebtPaidRial],
          REPLAY,
        );
        const shares = usedByIssuer(decision);
        assert.is(
          shares.reduce((total, [, amountRial]) => total + amountRial, 0),
          asked,
          REPLAY,
        );
        const paid =
          decision[DecisionField.UsedRial] +
          decision[DecisionField.DiscountRial] +
          decision[DecisionField.PayableRial];
        assert.is(paid, one.grossRial, REPLAY);
        copyNumbers(done.after, state);
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test("the same tap gives the same result whatever was evaluated before", () => {
  const ruleset = Uint8Array.from(Buffer.from(golden.ruleset, "hex"));
  const run = (): Tap => tap(ruleset, memberState({ group: 2 }), { grossRial: 777_777 });
  const first = run();
  tap(ruleset, memberState({ visits: 9, lastDay: DAY + 9 }), { categoryAmountRial: [1, 2, 3, 4] });
  assert.equal(run().after, first.after);
});

test("the golden file holds the compiled examples", async () => {
  const { readFileSync } = await import("node:fs");
  const file = new URL("../../rulesets/vectors/examples.yaml", import.meta.url);
  const { bytes } = compileRuleset(readFileSync(file, "utf8"), "examples.yaml");
  assert.is(Buffer.from(bytes).toString("hex"), golden.ruleset);
});

test.run();
