/**
 * Runs the rules of one phase after the other. Rules are sorted by phase and stack, so one cursor
 * passes over the bytes once per tap; what a phase gives stands in the grants until the next runs.
 */
import { getUint } from "../../card-layout/bytes";
import { DecisionField } from "./evaluate";
import { MAX_RIAL, MAX_U32, mulBps } from "./money";
import { fieldValue, values } from "./rule-fields";
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
import { day, decision, ruleset } from "./tap-context";

/** The last day of a rule without an end. */
const NO_LAST_DAY = 0xffff;

/** How many rules of the phase that ran last give something, after their stacks. */
export let grantCount = 0;
/** Offset in the ruleset of each. */
export const grantRules: number[] = [];
/** Rial, points, a group, or 1 for a rule that only applies. */
export const grantAmounts: number[] = [];

let cursor = 0;

/** Starts a tap: the phases then run in ascending order; those left out are passed over. */
export function startPhases(): void {
  cursor = rulesOffset(ruleset);
}

/** Fills the grants with what the rules of `phase` give and returns the sum. */
export function runPhase(phase: Phase): number {
  let sum = 0;
  grantCount = 0;
  while (cursor < ruleset.length && ruleset[cursor + Rule.Phase] <= phase) {
    const rule = cursor;
    cursor = nextRuleOffset(ruleset, rule);
    if (ruleset[rule + Rule.Phase] === phase && applies(rule))
      sum += addGrant(rule, ruleResult(rule));
  }
  return sum;
}

/** With a wrong clock no rule applies that is limited in time or asks about time. */
function applies(rule: number): boolean {
  const isTimeKnown = decision[DecisionField.IsClockSuspect] === 0;
  const firstDay = getUint(ruleset, rule + Rule.FirstDay, 2);
  const lastDay = getUint(ruleset, rule + Rule.LastDay, 2);
  let isFine =
    day >= firstDay &&
    day <= lastDay &&
    (isTimeKnown || (firstDay === 0 && lastDay === NO_LAST_DAY));
  for (let at = rule + Rule.SizeBytes; isFine && at < cursor; at += Condition.SizeBytes) {
    const field = ruleset[at];
    isFine =
      (isTimeKnown || field < Field.Day || field >= Field.EndTime) && holds(at, fieldValue(field));
  }
  return isFine;
}

function holds(condition: number, value: number): boolean {
  const packed = ruleset[condition + Condition.Operator];
  const operator = packed % 16;
  const limit = decimal(ruleset, condition + Condition.Mantissa, Math.floor(packed / 16));
  if (operator === Operator.Bit) return Math.floor(value / 2 ** limit) % 2 === 1;
  const relation =
    value < limit ? Operator.Less : value > limit ? Operator.Greater : Operator.Equal;
  return (operator & relation) !== 0;
}

/** The result of one rule, floored, under its cap and never above 40 bits. */
function ruleResult(rule: number): number {
  const action = ruleset[rule + Rule.Action];
  const base = ruleset[rule + Rule.Base];
  const cap = decimalAt(ruleset, rule + Rule.Cap);
  let baseRial = values[base === Base.Gross ? Field.Gross : Field.Net];
  if (base >= Base.Category) {
    baseRial = Math.min(baseRial, fieldValue(Field.CategoryAmount - Base.Category + base));
  }
  let result = decimalAt(ruleset, rule + Rule.Argument);
  if (action === Action.Bps) result = mulBps(baseRial, result);
  else if (action === Action.PointsPerUnit) {
    result *= Math.min(Math.floor(baseRial / decimalAt(ruleset, rule + Rule.Unit)), MAX_U32);
  } else if (action >= Action.IncrementPunch) result = 1;
  return Math.min(result, cap > 0 ? cap : MAX_RIAL);
}

/** Returns by how much the sum of all grants rises. */
function addGrant(rule: number, amount: number): number {
  const stack = ruleset[rule + Rule.Stack];
  const mode = stackMode(ruleset, stack);
  const last = grantCount - 1;
  let rise = amount;
  if (mode < StackMode.Sum && last >= 0 && ruleset[grantRules[last] + Rule.Stack] === stack) {
    rise -= grantAmounts[last];
    if (mode === StackMode.First || rise <= 0) return 0;
    grantCount = last;
  }
  grantRules[grantCount] = rule;
  grantAmounts[grantCount++] = amount;
  return rise;
}
