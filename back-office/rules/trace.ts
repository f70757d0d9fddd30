/**
 * Why each rule of a ruleset did or did not give something in one tap. The result is the
 * evaluator's; the values that conditions were held against are the evaluator's own, read after
 * tap evaluations that stop where a phase begins.
 */
import { type Decision, DecisionField, Outcome, TapKind } from "../../firmware/core/evaluate";
import { fieldValue, fillNet } from "../../firmware/core/rule-fields";
import { Action, Field, Operator, Phase, StackMode } from "../../firmware/core/ruleset-format";
import {
  amountAlone,
  type DryResult,
  type DryTap,
  firedRules,
  runTap,
  sharesOf,
  withRules,
} from "./dry-run";
import { ANY_DAY, type ConditionView, type RulesetView, type RuleView } from "./read-ruleset";
import { encodeBlock, RULE_LAYOUT } from "./ruleset-layout";

export type Verdict =
  /** It gave, refused or did something. */
  | "fired"
  /** A limit on the use of credit that counted in its stack. */
  | "limits"
  /** A condition does not hold. */
  | "conditions"
  /** Not on this day. */
  | "days"
  /** It asks about time, and the pad's date is behind the card's. */
  | "clock"
  /** Another rule of its stack counts. */
  | "beaten"
  /** It counts but gives nothing here. */
  | "nothing"
  /** The tap was refused before, or has no rules. */
  | "notReached";

export interface ConditionTrace extends ConditionView {
  /** What the value of the field is. */
  actual: number;
  holds: boolean;
}

export interface RuleTrace {
  rule: RuleView;
  verdict: Verdict;
  conditions: ConditionTrace[];
  /** What it gives by itself, before limits: rial, or points; for rules that apply. */
  amount?: number;
  /** What of that it gave here, after limits and rounding; for credit and discount. */
  given?: number;
  /** The rule that counts in its place. */
  beatenBy?: number;
}

export interface TapTrace extends DryResult {
  rules: RuleTrace[];
}

/** A field's value in a phase. */
type Values = (field: number) => number;

const FIELD_COUNT = Field.End;

/** Evaluates the tap and traces every rule of `view`, which is the tap's ruleset. */
export function traceTap(tap: DryTap, view: RulesetView): TapTrace {
  const result = runTap(tap);
  const afterValues = snapshot();
  const outcome = result.decision[DecisionField.Outcome];
  const before = valuesBefore(tap);
  const rules = view.rules.map((rule): RuleTrace => {
    if (before === undefined || !isReached(rule.phase, outcome)) {
      return { rule, verdict: "notReached", conditions: [] };
    }
    const values =
      rule.phase === Phase.Promote ? afterValues : before(netOf(rule.phase, tap, result));
    return traceConditions(rule, values, tap, result);
  });
  for (const phase of new Set(view.rules.map((rule) => rule.phase))) {
    settleStacks(
      rules.filter(({ rule }) => rule.phase === phase),
      tap,
      view,
      result,
    );
  }
  return { ...result, rules };
}

/** Whether the evaluator came to a phase before it refused. */
function isReached(phase: number, outcome: number): boolean {
  if (outcome === Outcome.Ok) return true;
  return phase === Phase.Guard || (phase === Phase.Redeem && outcome !== Outcome.RefusedByRule);
}

/** What is left to pay as far as it is known in a phase. */
function netOf(phase: number, { purchase }: DryTap, { decision }: DryResult): number {
  if (phase <= Phase.Redeem) return purchase.grossRial;
  const afterCredit = purchase.grossRial - decision[DecisionField.UsedRial];
  return phase === Phase.Discount ? afterCredit : decision[DecisionField.PayableRial];
}

/**
 * The values that rules read before the purchase, by what is left to pay; undefined when the tap is
 * refused before any rule. A rule that always refuses stops the evaluator right behind them.
 */
function valuesBefore(tap: DryTap): ((netRial: number) => Values) | undefined {
  if (tap.purchase.kind !== TapKind.Sale) return undefined;
  const stop = { id: 1, phase: Phase.Guard, action: Action.Refuse, lastDay: ANY_DAY };
  const ruleset = withRules(tap.ruleset, [encodeBlock(RULE_LAYOUT, stop)]);
  const stopped = () => runTap({ ...tap, ruleset }).decision[DecisionField.Outcome];
  if (stopped() !== Outcome.RefusedByRule) return undefined;
  return (netRial) => {
    stopped();
    fillNet(netRial);
    return snapshot();
  };
}

function snapshot(): Values {
  const values: number[] = [];
  for (let field = 0; field < FIELD_COUNT; field++) values.push(fieldValue(field) ?? 0);
  return (field) => values[field];
}

function traceConditions(
  rule: RuleView,
  values: Values,
  tap: DryTap,
  { decision }: DryResult,
): RuleTrace {
  const conditions = rule.conditions.map((one) => {
    const actual = values(one.field);
    return { ...one, actual, holds: holds(one, actual) };
  });
  const isClockSuspect = decision[DecisionField.IsClockSuspect] > 0;
  const day = values(Field.Day);
  const isDated = rule.firstDay > 0 || rule.lastDay !== ANY_DAY;
  const asksTime = rule.conditions.some(({ field }) => field >= Field.Day && field < Field.EndTime);
  let verdict: Verdict = "fired";
  if (isClockSuspect && (isDated || asksTime)) verdict = "clock";
  else if (day < rule.firstDay || day > rule.lastDay) verdict = "days";
  else if (conditions.some((one) => !one.holds)) verdict = "conditions";
  const amount = verdict === "fired" ? resultOf(tap, decision, rule) : undefined;
  return { rule, verdict, conditions, amount };
}

/** As stacks compare it. */
function resultOf(tap: DryTap, decision: Decision, rule: RuleView): number {
  if (rule.action !== Action.SetGroup) return amountAlone(tap, decision, rule);
  return rule.cap > 0 ? Math.min(rule.argument, rule.cap) : rule.argument;
}

function holds({ operator, value }: ConditionView, actual: number): boolean {
  if (operator === Operator.Bit) return Math.floor(actual / 2 ** value) % 2 === 1;
  const relation =
    actual < value ? Operator.Less : actual > value ? Operator.Greater : Operator.Equal;
  return (operator & relation) !== 0;
}

/** Decides between the rules of one phase that apply, as its stacks do. */
function settleStacks(
  traces: RuleTrace[],
  tap: DryTap,
  view: RulesetView,
  { decision }: DryResult,
): void {
  const fired = new Set(firedRules(decision));
  const applying = traces.filter(({ verdict }) => verdict === "fired");
  for (const trace of applying) {
    const rivals = applying.filter(({ rule }) => rule.stack === trace.rule.stack);
    const winner = winnerOf(rivals, view.stackModes[trace.rule.stack]);
    if (winner !== undefined && winner !== trace) {
      trace.verdict = "beaten";
      trace.beatenBy = winner.rule.id;
    } else if (trace.rule.phase === Phase.Redeem) trace.verdict = "limits";
    else if (!fired.has(trace.rule.id)) trace.verdict = "nothing";
  }
  for (const phase of [Phase.Discount, Phase.Earn] as const) {
    const shares = sharesOf(tap, decision, view.rules, phase);
    for (const trace of traces) {
      if (trace.rule.phase === phase && trace.verdict === "fired") {
        trace.given = shares.get(trace.rule.id);
      }
    }
  }
}

/** Undefined where all of a stack count. */
function winnerOf(rivals: RuleTrace[], mode: StackMode): RuleTrace | undefined {
  if (mode === StackMode.Sum) return undefined;
  if (mode === StackMode.First) return rivals[0];
  return rivals.reduce((best, one) => ((one.amount ?? 0) > (best.amount ?? 0) ? one : best));
}
