/**
 * Taps without a card: the one evaluator on a state in memory. Questions about single rules are put
 * to it as well, with rulesets that have fewer rules; nothing is computed here a second time.
 */

import { copyNumbers } from "../../card-layout/bytes";
import type { Identity } from "../../card-layout/identity";
import { type CardState, emptyState } from "../../card-layout/state";
import {
  createDecision,
  type Decision,
  DecisionField,
  evaluateTap,
  type Purchase,
} from "../../firmware/core/evaluate";
import { rulesOffset } from "../../firmware/core/ruleset";
import { Action, Header, Phase, Rule } from "../../firmware/core/ruleset-format";
import { ANY_DAY, type RuleView } from "./read-ruleset";
import { encodeBlock, RULE_LAYOUT } from "./ruleset-layout";

export interface DryTap {
  ruleset: Uint8Array;
  state: CardState;
  identity: Identity;
  purchase: Purchase;
}

export interface DryResult {
  decision: Decision;
  after: CardState;
}

export function runTap({ ruleset, state, identity, purchase }: DryTap): DryResult {
  const before = emptyState();
  const after = emptyState();
  const decision = createDecision();
  copyNumbers(state, before);
  evaluateTap(ruleset, before, identity, purchase, after, decision);
  return { decision, after };
}

/** The ids of the rules that gave or refused something. */
export function firedRules(decision: Decision): number[] {
  const start = DecisionField.FiredRules;
  return decision.slice(start, start + decision[DecisionField.FiredCount]);
}

/** A ruleset with other rules: sorted as the evaluator wants them. */
export function withRules(ruleset: Uint8Array, rules: readonly Uint8Array[]): Uint8Array {
  const place = (rule: Uint8Array) =>
    ((rule[Rule.Phase] * 16 + rule[Rule.Stack]) * 256 + rule[Rule.Order]) * 256 + rule[Rule.Id];
  const sorted = [...rules].sort((a, b) => place(a) - place(b));
  const bytes = Buffer.concat([ruleset.subarray(0, rulesOffset(ruleset)), ...sorted]);
  bytes[Header.RuleCount] = rules.length;
  bytes.writeUInt16LE(bytes.length, Header.LengthBytes);
  return Uint8Array.from(bytes);
}

/** Without rounding and without the limits that cut what rules give. */
export function withoutLimits(ruleset: Uint8Array): Uint8Array {
  const bytes = Buffer.from(ruleset);
  bytes.writeUInt32LE(1, Header.RoundToRial);
  bytes.fill(0, Header.PerTapCapRial, Header.PerTapCapRial + 5);
  bytes.fill(0, Header.MaxBalanceRial, Header.MaxBalanceRial + 5);
  bytes.fill(0, Header.PadBudgetRial, Header.PadBudgetRial + 5);
  return Uint8Array.from(bytes);
}

/** What one rule whose conditions hold would give by itself: rial, or points; 1 for others. */
export function amountAlone(tap: DryTap, decision: Decision, rule: RuleView): number {
  if (rule.phase === Phase.Redeem) {
    // As a limit it is only seen in what may be used; as credit it is seen by itself.
    const asEarning = Uint8Array.from(rule.bytes);
    asEarning[Rule.Phase] = Phase.Earn;
    const purchase = { ...tap.purchase, askedCreditRial: 0 };
    return given(Phase.Earn, { ...tap, purchase }, [asEarning]);
  }
  const discounts = rule.phase > Phase.Discount ? fixedDiscount(decision) : [];
  return given(rule.phase, tap, [...discounts, rule.bytes]);
}

/**
 * How what one tap gave in a phase divides among the rules that fired, by rule id. As the
 * evaluator shares it out: in order, and what limits and rounding take away is missing from the
 * last ones.
 */
export function sharesOf(
  tap: DryTap,
  decision: Decision,
  rules: readonly RuleView[],
  phase: Phase.Discount | Phase.Earn | Phase.Points,
): Map<number, number> {
  const fired = new Set(firedRules(decision));
  const ofPhase = rules.filter((rule) => rule.phase === phase);
  const ours = ofPhase.filter(({ id }) => fired.has(id));
  const total = totalOf(phase, decision);
  const shares = new Map<number, number>();
  if (ours.length === 1) return shares.set(ours[0].id, total);
  const discounts = phase > Phase.Discount ? fixedDiscount(decision) : [];
  let before = 0;
  for (const rule of ours) {
    const upTo = ofPhase.slice(0, ofPhase.indexOf(rule) + 1).map(({ bytes }) => bytes);
    const until = Math.min(given(phase, tap, [...discounts, ...upTo]), total);
    shares.set(rule.id, until - before);
    before = until;
  }
  return shares;
}

/** What these rules give in a phase, without limits and rounding; 1 where that is no amount. */
function given(phase: number, tap: DryTap, rules: readonly Uint8Array[]): number {
  const ruleset = withRules(withoutLimits(tap.ruleset), rules);
  return totalOf(phase, runTap({ ...tap, ruleset }).decision);
}

function totalOf(phase: number, decision: Decision): number {
  if (phase === Phase.Discount) return decision[DecisionField.DiscountRial];
  if (phase === Phase.Points) return decision[DecisionField.PointsEarned];
  if (phase !== Phase.Earn) return 1;
  return decision[DecisionField.EarnedRial] + decision[DecisionField.DeferredRial];
}

/** Rules that give the very discount of a tap, rounded as it was, in stacks of their own. */
function fixedDiscount(decision: Decision): Uint8Array[] {
  const rules: Uint8Array[] = [];
  let restRial = decision[DecisionField.DiscountRial];
  while (restRial > 0) {
    let exponent = 0;
    while (Math.floor(restRial / 10 ** exponent) > 0xffff) exponent++;
    const mantissa = Math.floor(restRial / 10 ** exponent);
    const argument = Uint8Array.of(mantissa % 256, Math.floor(mantissa / 256), exponent);
    const fixed = { id: 1, phase: Phase.Discount, stack: rules.length, action: Action.Fixed };
    rules.push(encodeBlock(RULE_LAYOUT, { ...fixed, argument, lastDay: ANY_DAY }));
    restRial -= mantissa * 10 ** exponent;
  }
  return rules;
}
