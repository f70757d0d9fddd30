/** Compiles one rule of a ruleset file: what it asks, what it gives, when that may be used. */
import type { Node } from "yaml";
import { fromJalali, jalaliMonthDays } from "../../firmware/core/calendar";
import { MAX_RIAL } from "../../firmware/core/money";
import {
  Action,
  BIRTHDAY_BIAS,
  Field,
  MAX_CONDITIONS,
  MAX_EXPONENT,
  MAX_STACK,
  Operator,
  Phase,
  RuleFlag,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import {
  BASES,
  CONDITION_LAYOUT,
  encodeBlock,
  FIELDS,
  OPERATORS,
  PHASES,
  RULE_LAYOUT,
  splitDecimal,
} from "./ruleset-layout";
import type { Section } from "./yaml-section";

/** A compiled rule with what is needed to sort it and to name it in reports. */
export interface CompiledRule {
  id: number;
  name: string;
  /** Ascending in the file that the pad reads: phase, stack, order, id. */
  place: number;
  bytes: Uint8Array;
}

interface ParsedCondition {
  field: number;
  operator: number;
  value: number;
}

interface ParsedAction {
  action: number;
  argument: number;
  unit: number;
}

export const YES_NO = { no: 0, yes: 1, false: 0, true: 1 } as const;
const ANY_DAY = 0xffff;
/** The largest mantissa and exponent. */
const MAX_AMOUNT = 65535 * 10 ** MAX_EXPONENT;
const WEEK = ["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"];
const NAMED_VALUES: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  [Field.Kind]: { member: 1, gift: 2, test: 9 },
  [Field.Gender]: { unknown: 0, female: 1, male: 2 },
  [Field.DayOfWeek]: Object.fromEntries(WEEK.map((name, index) => [name, index])),
  [Field.NewVisit]: YES_NO,
  [Field.BirthdayClaimed]: YES_NO,
};
/** The keys that say what a rule gives, and the phases where each makes sense. */
const ACTION_PHASES: Readonly<Record<string, readonly number[]>> = {
  give: [Phase.Redeem, Phase.Discount, Phase.Earn],
  giveRial: [Phase.Redeem, Phase.Discount, Phase.Earn],
  points: [Phase.Points],
  setGroup: [Phase.Promote],
  punch: [Phase.Promote],
  refuse: [Phase.Guard],
};

export function compileRule(rule: Section): CompiledRule {
  const id = rule.integer("id", 1, 255);
  const name = rule.text("name") ?? "";
  const phase = rule.choice("phase", PHASES);
  const order = rule.integer("order", 0, 255);
  const stack = rule.integer("stack", 0, MAX_STACK, 0);
  const action = parseAction(rule, phase);
  const conditions = parseConditions(rule, phase);
  const days = rule.section("days");
  const claimsBirthday = conditions.some((condition) => condition.field === Field.BirthdayClaimed);
  const block = encodeBlock(RULE_LAYOUT, {
    id,
    order,
    phase,
    stack,
    action: action.action,
    base: rule.choice("of", BASES, "net"),
    conditionCount: conditions.length,
    lotWindow: rule.has("credit") ? parseWindow(rule.section("credit")) : new Uint8Array(4),
    lotKind: rule.integer("purse", 0, 255, 0),
    argument: encodeAmount(rule, action.argument),
    unit: encodeAmount(rule, action.unit),
    cap: encodeAmount(rule, rule.limit("max", MAX_RIAL)),
    firstDay: days.has("first") ? parseDay(days, "first") : 0,
    lastDay: days.has("last") ? parseDay(days, "last") : ANY_DAY,
    flags: claimsBirthday ? RuleFlag.ClaimsBirthday : 0,
  });
  days.finish();
  rule.finish();
  const encoded = conditions.map((condition) => encodeCondition(rule, condition));
  const place = ((phase * 16 + stack) * 256 + order) * 256 + id;
  return { id, name, place, bytes: Buffer.concat([block, ...encoded]) };
}

/** First and last day on which credit may be used, as the four bytes of a window. */
export function parseWindow(section: Section): Uint8Array {
  const fromDays = section.integer("fromDays", 0, 255, 0);
  const text = section.text("until") ?? "never";
  const monthEnd = section.choice("toMonthEnd", YES_NO, "no") * WindowMode.EndOfMonth;
  section.finish();
  const days = /^(\d+) days$/.exec(text);
  let mode = WindowMode.Never;
  let until = 0;
  if (days !== null) {
    mode = WindowMode.Days;
    until = section.parseInteger("until", days[1], 0, 36500);
  } else if (text !== "never") {
    mode = WindowMode.FixedDay;
    until = parseDay(section, "until");
  }
  return Uint8Array.of(mode + monthEnd, fromDays, until % 256, Math.floor(until / 256));
}

/** A Jalali date such as 1405-01-31 as a day number. */
export function parseDay(section: Section, key: string): number {
  const text = section.text(key) ?? "";
  const day = jalaliDay(text);
  if (day !== undefined) return day;
  section.complain(key, `"${key}: ${text}" is not a Jalali date; write it like 1405-01-31`);
  return 0;
}

/** Basis points of a text such as `12.5 %`. */
export function parsePercent(section: Section, key: string, text: string): number {
  const match = /^(\d+)(?:\.(\d{1,2}))? ?%$/.exec(text);
  const bps = match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : -1;
  if (bps >= 0 && bps <= 10000) return bps;
  section.complain(key, `"${key}: ${text}" is not a share; write it like "10 %", at most "100 %"`);
  return 0;
}

function parseAction(rule: Section, phase: number): ParsedAction {
  const keys = Object.keys(ACTION_PHASES).filter((key) => rule.has(key));
  if (keys.length !== 1) {
    const names = Object.keys(ACTION_PHASES).filter((key) => ACTION_PHASES[key].includes(phase));
    rule.complain(
      undefined,
      `a rule gives exactly one thing; here write one of: ${names.join(", ")}`,
    );
    return { action: Action.Fixed, argument: 0, unit: 0 };
  }
  const key = keys[0];
  if (!ACTION_PHASES[key].includes(phase)) {
    const phases = Object.keys(PHASES).filter((name) => ACTION_PHASES[key].includes(PHASES[name]));
    rule.complain(key, `"${key}" belongs to phase ${phases.join(" or ")}`);
  }
  return ACTION_PARSERS[key](rule, rule.text(key) ?? "");
}

const ACTION_PARSERS: Readonly<Record<string, (rule: Section, text: string) => ParsedAction>> = {
  give: (rule, text) => simple(Action.Bps, parsePercent(rule, "give", text)),
  giveRial: (rule, text) => simple(Action.Fixed, rule.parseInteger("giveRial", text, 1, MAX_RIAL)),
  setGroup: (rule, text) => simple(Action.SetGroup, rule.parseInteger("setGroup", text, 1, 255)),
  refuse: (rule) => simple(Action.Refuse, rule.choice("refuse", { yes: 0 })),
  points: parsePoints,
  punch: parsePunch,
};

function simple(action: number, argument: number): ParsedAction {
  return { action, argument, unit: 0 };
}

function parsePoints(rule: Section, text: string): ParsedAction {
  const match = /^(\d+) per ([\d_]+) rial$/.exec(text);
  if (match === null && /^\d+$/.test(text)) {
    return simple(Action.PointsFixed, rule.parseInteger("points", text, 1, 65535));
  }
  if (match === null) {
    rule.complain("points", `write "points: 5" or "points: 1 per 10_000 rial"`);
    return simple(Action.PointsFixed, 0);
  }
  return {
    action: Action.PointsPerUnit,
    argument: rule.parseInteger("points", match[1], 1, 65535),
    unit: rule.parseInteger("points", match[2], 1, MAX_RIAL),
  };
}

function parsePunch(rule: Section, text: string): ParsedAction {
  const match = /^([0-3]) of (\d+)$/.exec(text);
  if (match === null) {
    rule.complain("punch", `write which of the punches 0..3 and its length: "punch: 0 of 10"`);
    return simple(Action.IncrementPunch, 0);
  }
  const unit = rule.parseInteger("punch", match[2], 2, 255);
  return { action: Action.IncrementPunch, argument: Number(match[1]), unit };
}

function parseConditions(rule: Section, phase: number): ParsedCondition[] {
  const conditions: ParsedCondition[] = [];
  for (const { text, node } of rule.texts("when"))
    conditions.push(...parseCondition(rule, text, node));
  // Gift, staff and test cards get nothing unless a rule names them.
  const isForMembers = phase >= Phase.Discount;
  if (isForMembers && !conditions.some((condition) => condition.field === Field.Kind)) {
    conditions.unshift({ field: Field.Kind, operator: Operator.Equal, value: 1 });
  }
  if (conditions.length > MAX_CONDITIONS) {
    const why = `at most ${MAX_CONDITIONS} conditions ("in" is two, kind = member is added)`;
    rule.complain("when", `${why}; split the rule in two`);
  }
  return conditions;
}

function parseCondition(rule: Section, text: string, node: Node): ParsedCondition[] {
  const range = /^(\w+) in (\S+)\.\.(\S+)$/.exec(text);
  const match = /^(\w+) ?(<=|>=|!=|=|<|>|bit) ?(\S+)$/.exec(text);
  const fieldName = range?.[1] ?? match?.[1] ?? "";
  if (range === null && match === null) {
    rule.problems.add(node, `cannot read "${text}"; write it like "visits >= 3" or "jd in 1..7"`);
    return [];
  }
  if (!Object.hasOwn(FIELDS, fieldName)) {
    const names = Object.keys(FIELDS).join(", ");
    rule.problems.add(node, `unknown field "${fieldName}"; known: ${names}`);
    return [];
  }
  const field = FIELDS[fieldName];
  const condition = (operator: number, value: string): ParsedCondition => {
    return { field, operator, value: parseValue(rule, field, value, node) };
  };
  if (range !== null) {
    return [condition(Operator.AtLeast, range[2]), condition(Operator.AtMost, range[3])];
  }
  if (match === null) return [];
  const operator = OPERATORS[match[2]];
  // No birthday is stored as 0, which "less than" and "not" would take for a birthday long past.
  if (field === Field.BirthdayDelta && operator !== Operator.Equal) {
    rule.problems.add(node, `give both ends of bdelta: "bdelta in -3..7"`);
  }
  return [condition(operator, match[3])];
}

function parseValue(rule: Section, field: number, text: string, node: Node): number {
  const named = NAMED_VALUES[field]?.[text];
  if (named !== undefined) return named;
  const clock = /^(\d\d):(\d\d)$/.exec(text);
  if (field === Field.Minute && clock !== null) return Number(clock[1]) * 60 + Number(clock[2]);
  if (field === Field.Day) {
    const day = jalaliDay(text);
    if (day !== undefined) return day;
  }
  const bias = field === Field.BirthdayDelta ? BIRTHDAY_BIAS : 0;
  const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) + bias : -1;
  if (value >= 0 && value <= MAX_RIAL) return value;
  const names = Object.keys(NAMED_VALUES[field] ?? {});
  const also = names.length > 0 ? ` or one of: ${names.join(", ")}` : "";
  rule.problems.add(node, `"${text}" must be a whole number, zero or more${also}`);
  return 0;
}

function encodeCondition(rule: Section, condition: ParsedCondition): Uint8Array {
  const [low, high, exponent] = encodeAmount(rule, condition.value);
  return encodeBlock(CONDITION_LAYOUT, {
    field: condition.field,
    operator: condition.operator + exponent * 16,
    mantissa: Uint8Array.of(low, high),
  });
}

/** Mantissa u16 and exponent u8; complains about numbers with too many digits. */
function encodeAmount(rule: Section, value: number): Uint8Array {
  const split = splitDecimal(value);
  if (split !== undefined) {
    return Uint8Array.of(split.mantissa % 256, Math.floor(split.mantissa / 256), split.exponent);
  }
  if (value > MAX_AMOUNT) {
    rule.complain(undefined, `${value} is more than a rule can hold; write at most ${MAX_AMOUNT}`);
    return new Uint8Array(3);
  }
  let step = 1;
  while (Math.floor(value / step) > 65535) step *= 10;
  const near = Math.floor(value / step) * step;
  rule.complain(undefined, `${value} has too many digits; write ${near} or ${near + step}`);
  return new Uint8Array(3);
}

function jalaliDay(text: string): number | undefined {
  const match = /^(1[34]\d\d)-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > jalaliMonthDays(year, month)) return undefined;
  const dayNumber = fromJalali(year, month, day);
  return dayNumber >= 0 ? dayNumber : undefined;
}
