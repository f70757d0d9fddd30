/** Reads the conditions of a rule: `visits >= 3`, `jd in 1..7`, `offers bit 4`. */
import type { Node } from "yaml";
import { fromJalali, jalaliMonthDays } from "../../firmware/core/calendar";
import { MAX_RIAL } from "../../firmware/core/money";
import {
  BIRTHDAY_BIAS,
  Field,
  MAX_CONDITIONS,
  Operator,
  Phase,
} from "../../firmware/core/ruleset-format";
import { didYouMean } from "../did-you-mean";
import { FIELDS, NAMED_VALUES, OPERATORS } from "./ruleset-layout";
import type { Section } from "./yaml-section";

export interface ParsedCondition {
  field: number;
  operator: number;
  value: number;
  /** Where it stands in the file; none for a condition that is added by itself. */
  node?: Node;
}

/** What people type who think of another language. */
const OTHER_OPERATORS: Readonly<Record<string, string>> = {
  "==": "=",
  "=>": ">=",
  "=<": "<=",
  "<>": "!=",
  "≥": ">=",
  "≤": "<=",
  "≠": "!=",
  is: "=",
  not: "!=",
  has: "bit",
};

export function parseConditions(rule: Section, phase: number): ParsedCondition[] {
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
  const parts =
    /^(\w+)\s+(in)\s+(\S+?)\.\.(\S+)$/.exec(text) ??
    /^(\w+)\s+(in|bit|is|not|has)\s+(\S+)$/.exec(text) ??
    /^(\w+)\s*([^\w\s:.-]+)\s*(\S+)$/.exec(text);
  if (parts === null) {
    rule.problems.add(node, `cannot read "${text}"; write it like "visits >= 3" or "jd in 1..7"`);
    return [];
  }
  const [, name, sign, first, last] = parts;
  const field = knownField(rule, name, node);
  if (last !== undefined) {
    if (field === undefined) return [];
    const low = parseValue(rule, field, first, node);
    const high = parseValue(rule, field, last, node);
    if (low > high) rule.problems.add(node, `"${text}": the smaller end comes first`);
    return [
      { field, operator: Operator.AtLeast, value: low, node },
      { field, operator: Operator.AtMost, value: high, node },
    ];
  }
  if (!Object.hasOwn(OPERATORS, sign)) {
    rule.problems.add(node, `unknown operator "${sign}"${operatorHint(sign)}`);
    return [];
  }
  if (field === undefined) return [];
  const operator = OPERATORS[sign];
  // No birthday is stored as 0, which "less than" and "not" would take for a birthday long past.
  if (field === Field.BirthdayDelta && operator !== Operator.Equal) {
    rule.problems.add(node, `give both ends of bdelta: "bdelta in -3..7"`);
    return [];
  }
  return [{ field, operator, value: parseValue(rule, field, first, node), node }];
}

function knownField(rule: Section, name: string, node: Node): number | undefined {
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name];
  rule.problems.add(node, `unknown field "${name}"${didYouMean(name, Object.keys(FIELDS))}`);
  return undefined;
}

function operatorHint(sign: string): string {
  if (Object.hasOwn(OTHER_OPERATORS, sign)) return `; write "${OTHER_OPERATORS[sign]}"`;
  if (sign === "in") return `; both ends are needed: "jd in 1..7"`;
  return `; known: ${Object.keys(OPERATORS).join(", ")}, in`;
}

function parseValue(rule: Section, field: number, text: string, node: Node): number {
  const names = NAMED_VALUES[field] ?? {};
  if (Object.hasOwn(names, text)) return names[text];
  const clock = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (field === Field.Minute && clock !== null) return Number(clock[1]) * 60 + Number(clock[2]);
  if (field === Field.Day) {
    const day = jalaliDay(text);
    if (day !== undefined) return day;
  }
  const bias = field === Field.BirthdayDelta ? BIRTHDAY_BIAS : 0;
  const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) + bias : -1;
  if (value >= 0 && value <= MAX_RIAL) return value;
  rule.problems.add(node, `"${text}" must be a whole number, zero or more${alsoFits(field)}`);
  return 0;
}

function alsoFits(field: number): string {
  const names = Object.keys(NAMED_VALUES[field] ?? {});
  if (names.length > 0) return ` or one of: ${names.join(", ")}`;
  if (field === Field.Day) return ", or a Jalali date like 1405-01-31";
  return field === Field.Minute ? `, or a time like 14:30` : "";
}

/** A Jalali date such as 1405-01-31 as a day number; undefined when it is none. */
export function jalaliDay(text: string): number | undefined {
  const match = /^(1[34]\d\d)-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > jalaliMonthDays(year, month)) return undefined;
  const dayNumber = fromJalali(year, month, day);
  return dayNumber >= 0 ? dayNumber : undefined;
}
