/**
 * Runs the rules of one phase after the other. Rules are sorted by phase and stack, so one cursor
 * passes over the bytes once per tap; what a phase gives stands in `grants` until the next runs.
 */
import type { Bytes } from "../../card-layout/bytes";
import { getUint } from "../../card-layout/bytes";
import type { Purchase } from "./evaluate";
import { MAX_RIAL, mulBps } from "./money";
import { fieldValue } from "./rule-fields";
import { decimal, decimalAt, nextRuleOffset, rulesOffset, stackMode } from "./ruleset";
import {
  Action,
  Base,
  Condition,
  Field,
  Operator,
  type Phase,
  Rule,
  StackMode,
} from "./ruleset-format";

/** The last day of a rule without an end. */
const NO_LAST_DAY = 0xffff;

/** What the rules of the phase that ran last give, after their stacks; `count` entries count. */
export interface Grants {
  count: number;
  /** Offset of the rule in the ruleset. */
  rule: number[];
  /** Rial, points, a group, or 1 for a rule that only applies. */
  amount: number[];
}

export const grants: Grants = { count: 0, rule: [], amount: [] };

let cursor = 0;

/** Starts a tap: the phases then run in ascending order. */
export function startPhases(ruleset: Bytes): void {
  cursor = rulesOffset(ruleset);
}

/** Fills `grants` with what the rules of `phase` give and returns the sum. */
export function runPhase(
  ruleset: Bytes,
  phase: Phase,
  purchase: Purchase,
  isClockSuspect: boolean,
): number {
  grants.count = 0;
  while (cursor < ruleset.length && ruleset[cursor + Rule.Phase] === phase) {
    const next = nextRuleOffset(ruleset, cursor);
    if (applies(ruleset, cursor, next, purchase, isClockSuspect)) {
      addGrant(ruleset, cursor, ruleResult(ruleset, cursor, purchase));
    }
    cursor = next;
  }
  let sum = 0;
  for (let i = 0; i < grants.count; i++) sum += grants.amount[i];
  return sum;
}

/** With a wrong clock no rule applies that is limited in time or asks about time. */
function applies(
  ruleset: Bytes,
  rule: number,
  end: number,
  purchase: Purchase,
  isClockSuspect: boolean,
): boolean {
  const firstDay = getUint(ruleset, rule + Rule.FirstDay, 2);
  const lastDay = getUint(ruleset, rule + Rule.LastDay, 2);
  const day = fieldValue(purchase, Field.Day);
  if (day < firstDay || day > lastDay) return false;
  if (isClockSuspect && (firstDay > 0 || lastDay < NO_LAST_DAY)) return false;
  for (let at = rule + Rule.SizeBytes; at < end; at += Condition.SizeBytes) {
    const field = ruleset[at];
    if (isClockSuspect && field >= Field.Day && field < Field.EndTime) return false;
    if (!holds(ruleset, at, fieldValue(purchase, field))) return false;
  }
  return true;
}

function holds(ruleset: Bytes, condition: number, value: number): boolean {
  const packed = ruleset[condition + Condition.Operator];
  const operator = packed % 16;
  const limit = decimal(ruleset, condition + Condition.Mantissa, Math.floor(packed / 16));
  if (operator === Operator.Bit) return Math.floor(value / 2 ** limit) % 2 === 1;
  const relation =
    value < limit ? Operator.Less : value > limit ? Operator.Greater : Operator.Equal;
  return (operator & relation) !== 0;
}

/** The result of one rule, floored, under its cap and never above 40 bits. */
function ruleResult(ruleset: Bytes, rule: number, purchase: Purchase): number {
  const action = ruleset[rule + Rule.Action];
  const base = baseRial(ruleset[rule + Rule.Base], purchase);
  let result = decimalAt(ruleset, rule + Rule.Argument);
  if (action === Action.Bps) result = mulBps(base, result);
  else if (action === Action.PointsPerUnit) {
    result *= Math.min(Math.floor(base / decimalAt(ruleset, rule + Rule.Unit)), 0xffffffff);
  } else if (action >= Action.IncrementPunch) result = 1;
  const cap = decimalAt(ruleset, rule + Rule.Cap);
  return Math.min(result, cap > 0 ? cap : MAX_RIAL);
}

function baseRial(base: number, purchase: Purchase): number {
  if (base === Base.Gross) return purchase.grossRial;
  const netRial = fieldValue(purchase, Field.Net);
  if (base === Base.Net) return netRial;
  return Math.min(fieldValue(purchase, Field.CategoryAmount + base - Base.Category), netRial);
}

function addGrant(ruleset: Bytes, rule: number, amount: number): void {
  const stack = ruleset[rule + Rule.Stack];
  const mode = stackMode(ruleset, stack);
  let place = grants.count;
  if (mode !== StackMode.Sum && place > 0) {
    const isTaken = ruleset[grants.rule[place - 1] + Rule.Stack] === stack;
    if (isTaken && (mode === StackMode.First || amount <= grants.amount[place - 1])) return;
    if (isTaken) place -= 1;
  }
  grants.rule[place] = rule;
  grants.amount[place] = amount;
  grants.count = place + 1;
}
