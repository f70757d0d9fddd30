/**
 * What one computed tap tells about offers: which rules gave how much of it, and what credit the
 * card holds afterwards. Kept beside the tap, so that reports need neither keys nor evaluation.
 */
import { type CardState, LotField, StateField } from "../../card-layout/state";
import { type Decision, DecisionField, TapKind } from "../../firmware/core/evaluate";
import { nextRuleOffset, rulesOffset } from "../../firmware/core/ruleset";
import { Header, Phase, Rule, WindowMode } from "../../firmware/core/ruleset-format";
import { lastDayOf } from "../../firmware/core/tap-earn";
import { type DryTap, firedRules, sharesOf } from "../rules/dry-run";
import { readRuleset } from "../rules/read-ruleset";

/** One rule's part in a sale. */
export interface RuleShare {
  id: number;
  /** Credit with what paid off debt, rial; without what found no lot. */
  creditRial: number;
  discountRial: number;
  points: number;
  /** Where its credit went, and until when it lives. */
  purse: number;
  untilDay: number;
}

export interface LotLeft {
  issuer: number;
  kind: number;
  untilDay: number;
  amountRial: number;
}

export interface TapOffers {
  /** In the order in which credit is shared out; of sales only. */
  rules: RuleShare[];
  lots: LotLeft[];
}

/** `decision` and `after` are the evaluator's of this very tap, which ran last. */
export function tapOffers(tap: DryTap, decision: Decision, after: CardState): TapOffers {
  const isSale = tap.purchase.kind === TapKind.Sale;
  return { rules: isSale ? ruleShares(tap, decision) : [], lots: lotsOf(after) };
}

function ruleShares(tap: DryTap, decision: Decision): RuleShare[] {
  const fired = new Set(firedRules(decision));
  if (fired.size === 0) return [];
  // First: the evaluator's days are those of the tap only until it runs again.
  const lastDays = lastDaysOf(tap);
  const { rules } = readRuleset(tap.ruleset);
  const credit = sharesOf(tap, decision, rules, Phase.Earn);
  const discount = sharesOf(tap, decision, rules, Phase.Discount);
  const points = sharesOf(tap, decision, rules, Phase.Points);
  const ours = rules.filter(({ id }) => fired.has(id));
  let creditLeftRial = decision[DecisionField.EarnedRial];
  return ours.map(({ id, purse }) => {
    const creditRial = Math.min(credit.get(id) ?? 0, creditLeftRial);
    creditLeftRial -= creditRial;
    return {
      id,
      creditRial,
      discountRial: discount.get(id) ?? 0,
      points: points.get(id) ?? 0,
      purse,
      untilDay: lastDays.get(id) ?? 0,
    };
  });
}

/** Last day of what each rule gives on the day of the tap. */
function lastDaysOf({ ruleset, state, purchase }: DryTap): Map<number, number> {
  const grantDay = Math.max(purchase.day, state[StateField.LastDay]);
  const days = new Map<number, number>();
  for (let at = rulesOffset(ruleset); at < ruleset.length; at = nextRuleOffset(ruleset, at)) {
    const isOwn = ruleset[at + Rule.LotWindow] !== WindowMode.Default;
    const window = isOwn ? at + Rule.LotWindow : Header.LotWindow;
    days.set(ruleset[at + Rule.Id], lastDayOf(window, grantDay));
  }
  return days;
}

function lotsOf(state: CardState): LotLeft[] {
  const lots: LotLeft[] = [];
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    if (state[lot] === 0) continue;
    lots.push({
      issuer: state[lot + LotField.Issuer],
      kind: state[lot + LotField.Kind],
      untilDay: state[lot + LotField.UntilDay],
      amountRial: state[lot],
    });
  }
  return lots;
}
