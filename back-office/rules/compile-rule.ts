/** Compiles one rule of a ruleset file: what it asks, what it gives, when that may be used. */
import { MAX_RIAL } from "../../firmware/core/money";
import {
  Action,
  Field,
  MAX_EXPONENT,
  MAX_STACK,
  Operator,
  Phase,
  RuleFlag,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import { jalaliDay, type ParsedCondition, parseConditions } from "./parse-conditions";
import {
  BASES,
  CONDITION_LAYOUT,
  encodeBlock,
  PHASES,
  RULE_LAYOUT,
  splitDecimal,
  YES_NO,
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

interface ParsedAction {
  /** Where it stands; none for a rule that gives nothing. */
  key?: string;
  action: number;
  argument: number;
  unit: number;
}

const ANY_DAY = 0xffff;
/** The largest mantissa and exponent. */
const MAX_AMOUNT = 65535 * 10 ** MAX_EXPONENT;
/** The keys that say what a rule gives, and the phases where each makes sense. */
export const ACTION_PHASES: Readonly<Record<string, readonly number[]>> = {
  give: [Phase.Redeem, Phase.Discount, Phase.Earn],
  giveRial: [Phase.Redeem, Phase.Discount, Phase.Earn],
  points: [Phase.Points],
  setGroup: [Phase.Promote, Phase.Review],
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
  const keepsOffer = rule.choice("keepsOffer", YES_NO, "no") === 1;
  const usesOffers =
    !keepsOffer &&
    conditions.some(({ field, operator }) => field === Field.Offers && operator === Operator.Bit);
  const block = encodeBlock(RULE_LAYOUT, {
    id,
    order,
    phase,
    stack,
    action: action.action,
    base: rule.choice("of", BASES, "net"),
    conditionCount: conditions.length,
    lotWindow: rule.has("credit") ? parseWindow(rule.section("credit")) : new Uint8Array(4),
    lotKind: rule.integer("purse", 0, 254, 0),
    argument: encodeAmount(rule, action.argument, rule.nodeOf(action.key)),
    unit: encodeAmount(rule, action.unit, rule.nodeOf(action.key)),
    cap: encodeAmount(rule, rule.limit("max", MAX_RIAL), rule.nodeOf("max")),
    firstDay: days.has("first") ? parseDay(days, "first") : 0,
    lastDay: days.has("last") ? parseDay(days, "last") : ANY_DAY,
    flags: (claimsBirthday ? RuleFlag.ClaimsBirthday : 0) + (usesOffers ? RuleFlag.UsesOffers : 0),
  });
  if (days.has("first") && days.has("last") && parseDay(days, "first") > parseDay(days, "last")) {
    days.complain("last", "the last day is before the first; the rule would never count");
  }
  days.finish();
  rule.finish();
  const encoded = conditions.map((condition) => encodeCondition(rule, condition));
  const place = ((phase * 16 + stack) * 256 + order) * 256 + id;
  return { id, name, place, bytes: Buffer.concat([block, ...encoded]) };
}

/**
 * First and last day on which credit may be used, as the four bytes of a window. Without a fallback
 * the file must say until when.
 */
export function parseWindow(section: Section, fallback?: string): Uint8Array {
  const fromDays = section.integer("fromDays", 0, 255, 0);
  const text = section.text("until", fallback) ?? "never";
  const monthEnd = section.choice("toMonthEnd", YES_NO, "no") * WindowMode.EndOfMonth;
  section.finish();
  const days = /^(\d+) days$/.exec(text);
  let mode = WindowMode.Never;
  let until = 0;
  if (days !== null) {
    mode = WindowMode.Days;
    until = section.parseInteger("until", days[1], 0, 36500);
    if (until < fromDays) {
      const what = `"until: ${text}" is before "fromDays: ${fromDays}": both count from the tap`;
      section.complain("until", what);
    }
  } else if (text !== "never") {
    mode = WindowMode.FixedDay;
    const day = jalaliDay(text);
    until = day ?? 0;
    if (day === undefined) {
      const what = `"until: ${text}" is no end; write "90 days", a Jalali date, or never`;
      section.complain("until", what);
    }
  }
  return Uint8Array.of(mode + monthEnd, fromDays, until % 256, Math.floor(until / 256));
}

/** A Jalali date such as 1405-01-31 as a day number. */
export function parseDay(section: Section, key: string): number {
  const text = section.text(key);
  const day = jalaliDay(text ?? "");
  if (day !== undefined) return day;
  if (text === undefined) return 0;
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
  const isPhaseKnown = Object.hasOwn(PHASES, rule.text("phase", "") ?? "");
  if (isPhaseKnown && !ACTION_PHASES[key].includes(phase)) {
    const phases = Object.keys(PHASES).filter((name) => ACTION_PHASES[key].includes(PHASES[name]));
    rule.complain(key, `"${key}" belongs to phase ${phases.join(" or ")}`);
  }
  return { key, ...ACTION_PARSERS[key](rule, rule.text(key) ?? "") };
}

const ACTION_PARSERS: Readonly<Record<string, (rule: Section, text: string) => ParsedAction>> = {
  give: (rule, text) => simple(Action.Bps, parsePercent(rule, "give", text)),
  giveRial: (rule, text) => simple(Action.Fixed, rule.parseInteger("giveRial", text, 1, MAX_RIAL)),
  setGroup: (rule, text) => simple(Action.SetGroup, rule.parseInteger("setGroup", text, 0, 255)),
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

function encodeCondition(rule: Section, condition: ParsedCondition): Uint8Array {
  const [low, high, exponent] = encodeAmount(rule, condition.value, condition.node);
  return encodeBlock(CONDITION_LAYOUT, {
    field: condition.field,
    operator: condition.operator + exponent * 16,
    mantissa: Uint8Array.of(low, high),
  });
}

/** Mantissa u16 and exponent u8; complains about numbers with too many digits. */
export function encodeAmount(
  rule: Section,
  value: number,
  node = rule.nodeOf(undefined),
): Uint8Array {
  const split = splitDecimal(value);
  if (split !== undefined) {
    return Uint8Array.of(split.mantissa % 256, Math.floor(split.mantissa / 256), split.exponent);
  }
  if (value > MAX_AMOUNT) {
    rule.problems.add(node, `${value} is more than a rule can hold; write at most ${MAX_AMOUNT}`);
    return new Uint8Array(3);
  }
  let step = 1;
  while (Math.floor(value / step) > 65535) step *= 10;
  const near = Math.floor(value / step) * step;
  rule.problems.add(node, `${value} has too many digits; write ${near} or ${near + step}`);
  return new Uint8Array(3);
}
