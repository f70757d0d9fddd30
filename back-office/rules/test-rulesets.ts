/** For tests: random ruleset files that compile, and how compiling fails. */
import fc from "fast-check";
import { compileRuleset } from "./compile";
import { FIELDS } from "./ruleset-layout";
import { RulesetError } from "./yaml-section";

/** The problems of a file; empty when it compiles. Anything else thrown is a fault. */
export function problemsOf(source: string): readonly string[] {
  try {
    compileRuleset(source, "shop.yaml");
  } catch (error) {
    if (error instanceof RulesetError) return error.problems;
    throw error;
  }
  return [];
}

const amount = fc
  .tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 0, max: 4 }))
  .map(([mantissa, exponent]) => mantissa * 10 ** exponent);
const percent = fc.integer({ min: 0, max: 10000 }).map((bps) => `${bps / 100} %`);
const day = fc.constantFrom("1404-01-01", "1404-12-29", "1405-01-30", "1408-12-30");
const plainField = fc.constantFrom(
  ...Object.keys(FIELDS).filter((name) => !["bdelta", "kind", "day", "offers"].includes(name)),
);
const condition = fc.oneof(
  fc
    .tuple(plainField, fc.constantFrom("<", "<=", "=", "!=", ">=", ">"), amount)
    .map(([field, operator, value]) => `${field} ${operator} ${value}`),
  fc.constantFrom(
    ...["visits >= 1", "newVisit = yes", "bclaim = no", "bdelta in -3..7", "offers bit 3"],
    ...["gender = female", "dow in saturday..wednesday", "minute < 12:30", "day >= 1405-01-01"],
    ...["group = 1", "group >= 1", "net >= 100_000", "gross < 5_000_000", "jm = 1"],
  ),
);
const window = fc.oneof(
  fc.constant("never"),
  day,
  fc.integer({ min: 5, max: 400 }).map((days) => `${days} days`),
);
const credit = fc
  .tuple(fc.integer({ min: 0, max: 5 }), window, fc.boolean())
  .map(([from, until, isToEnd]) => {
    return `{fromDays: ${from}, until: ${until}, toMonthEnd: ${isToEnd ? "yes" : "no"}}`;
  });
const money = fc.oneof(
  percent.map((give) => `give: ${give}`),
  amount.map((rial) => `giveRial: ${rial}`),
);
const points = fc.oneof(
  fc.integer({ min: 1, max: 65535 }).map((count) => `points: ${count}`),
  fc
    .tuple(fc.integer({ min: 1, max: 100 }), amount)
    .map(([count, rial]) => `points: ${count} per ${rial} rial`),
);
const promotion = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((group) => `setGroup: ${group}`),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 2, max: 12 }))
    .map(([punch, size]) => `punch: ${punch} of ${size}`),
);
const phaseAndAction = fc.oneof(
  fc.constant("phase: guard, refuse: yes"),
  money.map((action) => `phase: redeem, ${action}, of: gross`),
  fc.tuple(fc.constantFrom("discount", "earn", "earn"), money).map((pair) => {
    return `phase: ${pair.join(", ")}`;
  }),
  points.map((action) => `phase: points, ${action}`),
  promotion.map((action) => `phase: promote, ${action}`),
);

/** One rule without its id, as a flow mapping without braces. */
export const randomRule = fc
  .record({
    action: phaseAndAction,
    order: fc.integer({ min: 0, max: 9 }),
    stack: fc.integer({ min: 0, max: 3 }),
    conditions: fc.array(condition, { maxLength: 3 }),
    credit: fc.option(credit),
    max: fc.option(amount),
    purse: fc.integer({ min: 0, max: 2 }),
    last: fc.option(day),
  })
  .map(({ action, order, stack, conditions, ...rest }) => {
    const parts = [`name: rule`, action, `order: ${order}`, `stack: ${stack}`];
    if (conditions.length > 0) parts.push(`when: [${conditions.join(", ")}]`);
    if (rest.credit !== null) parts.push(`credit: ${rest.credit}`);
    if (rest.max !== null) parts.push(`max: ${rest.max}`);
    if (rest.purse > 0) parts.push(`purse: ${rest.purse}`);
    if (rest.last !== null) parts.push(`days: {last: ${rest.last}}`);
    return parts.join(", ");
  });

/** A whole file that compiles. */
export const randomRuleset = fc
  .record({
    rules: fc.array(randomRule, { maxLength: 8 }),
    credit,
    modes: fc.array(fc.constantFrom("first", "max", "sum"), { minLength: 4, maxLength: 4 }),
    period: fc.constantFrom("none", "month", "season", "half", "year"),
    roundToRial: fc.constantFrom(1, 10, 1000),
    cap: fc.option(amount),
    maxOfBill: percent,
    unitRial: fc.constantFrom(1, 1000),
    display: fc.constantFrom("rial", "toman", "newRial"),
    isClosed: fc.boolean(),
    accept: fc.boolean(),
  })
  .map((one) => {
    const lines = [
      "club: 1\nversion: 3\nvalidFrom: 1404-01-01",
      `credit: ${one.credit}`,
      `period: ${one.period}`,
      `display: ${one.display}`,
      `roundToRial: ${one.roundToRial}`,
      `limits: {earnPerTapRial: ${one.cap ?? "none"}}`,
      `redeem: {maxOfBill: ${one.maxOfBill}, unitRial: ${one.unitRial}}`,
      `enrol: {needsApproval: ${one.isClosed ? "yes" : "no"}}`,
      `stacks: {${one.modes.map((mode, stack) => `${stack}: ${mode}`).join(", ")}}`,
    ];
    if (one.accept) lines.push("accept: [{shop: 1, creditOf: 2}, {shop: any, creditOf: 3}]");
    if (one.rules.length > 0) lines.push("rules:");
    lines.push(...one.rules.map((rule, index) => `  - {id: ${index + 1}, ${rule}}`));
    return `${lines.join("\n")}\n`;
  });
