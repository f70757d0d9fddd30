/** A traced tap for people and for programs. */
import { StateField } from "../../card-layout/state";
import { DecisionField, Outcome, TapKind } from "../../firmware/core/evaluate";
import { Action, Phase } from "../../firmware/core/ruleset-format";
import { viewState } from "../card-views";
import { formatDay } from "../dates";
import { firedRules } from "./dry-run";
import { isRange, unitOf } from "./explain";
import { ENGLISH } from "./phrases-en";
import type { RulesetView } from "./read-ruleset";
import { FIELDS } from "./ruleset-layout";
import type { ConditionTrace, RuleTrace, TapTrace, Verdict } from "./trace";

/** What each refusal means, and what to do about it. */
const OUTCOMES: Readonly<Record<number, [name: string, text: string]>> = {
  [Outcome.Ok]: ["ok", "done"],
  [Outcome.NotEnrolled]: ["notEnrolled", "refused: the card is nobody's yet; enrol it first"],
  [Outcome.AlreadyEnrolled]: ["alreadyEnrolled", "refused: the card is a member's already"],
  [Outcome.Blocked]: ["blocked", "refused: the card is blocked"],
  [Outcome.CardExpired]: ["cardExpired", "refused: the card has expired"],
  [Outcome.WrongKind]: ["wrongKind", "refused: not with a card of this kind"],
  [Outcome.InsufficientCredit]: [
    "insufficientCredit",
    "refused: more credit asked than may be used",
  ],
  [Outcome.BadAmount]: [
    "badAmount",
    "refused: an amount that cannot be, or credit below the smallest use or between its steps",
  ],
  [Outcome.EarnOnly]: ["earnOnly", "refused: the card may earn but not pay"],
  [Outcome.DebtOpen]: ["debtOpen", "refused: the card owes; earning pays it off first"],
  [Outcome.ClockSuspect]: ["clockSuspect", "refused: the pad's date is behind the card's"],
  [Outcome.RefusedByRule]: ["refusedByRule", "refused by a rule"],
  [Outcome.Pending]: ["pending", "refused: the card waits for the club's approval"],
  [Outcome.NeedsApproval]: [
    "needsApproval",
    "refused: a supervisor must approve; a grant also has a reason",
  ],
  [Outcome.InsufficientPoints]: ["insufficientPoints", "refused: not enough points"],
  [Outcome.NotFound]: ["notFound", "refused: there is no such record, reward or patch"],
};
const KIND_TEXTS: Readonly<Record<number, string>> = {
  [TapKind.Enrol]: "Enrolment",
  [TapKind.Sale]: "Sale",
  [TapKind.Balance]: "Balance",
};
const WIDTH = 26;
const PLAIN_REASONS: Partial<Record<Verdict, string>> = {
  clock: "asks about time, and the pad's date is behind the card's",
  notReached: "was not reached",
};

export function traceText(trace: TapTrace, view: RulesetView, kind: number): string {
  const { decision, after } = trace;
  const outcome = OUTCOMES[decision[DecisionField.Outcome]]?.[1] ?? "refused";
  const lines = [`${KIND_TEXTS[kind] ?? "Tap"}: ${outcome}`];
  const rial = (label: string, field: number, isAlways: boolean) => {
    const amount = decision[field];
    if (isAlways || amount > 0) lines.push(`  ${label.padEnd(WIDTH)}${money(amount, view)}`);
  };
  const isDone = decision[DecisionField.Outcome] === Outcome.Ok && kind === TapKind.Sale;
  rial("expired credit", DecisionField.ExpiredRial, false);
  rial("credit that may be used", DecisionField.AvailableRial, true);
  rial("credit used", DecisionField.UsedRial, false);
  rial("discount", DecisionField.DiscountRial, false);
  rial("to pay", DecisionField.PayableRial, isDone);
  rial("credit earned", DecisionField.EarnedRial, isDone);
  rial("of it paid off debt", DecisionField.DebtPaidRial, false);
  rial("granted later", DecisionField.DeferredRial, false);
  rial("credit on the card", DecisionField.BalanceRial, true);
  const points = `${decision[DecisionField.Points]} (+${decision[DecisionField.PointsEarned]})`;
  lines.push(`  ${"points".padEnd(WIDTH)}${points}`);
  lines.push(`  ${"group".padEnd(WIDTH)}${after[StateField.Group]}`);
  const expiryRial = decision[DecisionField.NextExpiryRial];
  if (expiryRial > 0) {
    const day = formatDay(decision[DecisionField.NextExpiryDay]);
    lines.push(`  ${"expires next".padEnd(WIDTH)}${money(expiryRial, view)} after ${day}`);
  }
  const did = trace.rules.filter(({ verdict }) => verdict === "fired" || verdict === "limits");
  const didNot = trace.rules.filter((one) => !did.includes(one));
  if (did.length > 0) lines.push("Rules that counted", ...did.map((one) => ruleLine(one, view)));
  if (didNot.length > 0) {
    lines.push("Rules that did not, and why", ...didNot.map((one) => ruleLine(one, view)));
  }
  return lines.join("\n");
}

export function traceJson(trace: TapTrace, view: RulesetView): unknown {
  const { decision, after } = trace;
  const outcome = decision[DecisionField.Outcome];
  return {
    outcome: OUTCOMES[outcome]?.[0] ?? String(outcome),
    explanation: OUTCOMES[outcome]?.[1],
    result: {
      availableRial: decision[DecisionField.AvailableRial],
      usedRial: decision[DecisionField.UsedRial],
      discountRial: decision[DecisionField.DiscountRial],
      payableRial: decision[DecisionField.PayableRial],
      earnedRial: decision[DecisionField.EarnedRial],
      debtPaidRial: decision[DecisionField.DebtPaidRial],
      deferredRial: decision[DecisionField.DeferredRial],
      expiredRial: decision[DecisionField.ExpiredRial],
      balanceRial: decision[DecisionField.BalanceRial],
      pointsEarned: decision[DecisionField.PointsEarned],
      points: decision[DecisionField.Points],
      isClockSuspect: decision[DecisionField.IsClockSuspect] > 0,
    },
    firedRules: firedRules(decision),
    rules: trace.rules.map((one) => ruleJson(one, view)),
    after: viewState(after),
  };
}

function ruleJson(trace: RuleTrace, view: RulesetView): unknown {
  const { rule, verdict, amount, given, beatenBy } = trace;
  return {
    id: rule.id,
    name: rule.name,
    verdict,
    reason: reasonOf(trace, view),
    amount,
    given,
    beatenBy,
    conditions: trace.conditions.map((one) => ({
      text: ENGLISH.condition(one, unitOf(view)),
      field: fieldName(one.field),
      limit: one.value,
      actual: one.actual,
      holds: one.holds,
    })),
  };
}

function ruleLine(trace: RuleTrace, view: RulesetView): string {
  return `  ${ENGLISH.ruleTitle(trace.rule)}: ${reasonOf(trace, view)}`;
}

function reasonOf(trace: RuleTrace, view: RulesetView): string {
  const { rule, verdict, beatenBy } = trace;
  const plain = PLAIN_REASONS[verdict];
  if (plain !== undefined) return plain;
  if (verdict === "days") return `counts ${ENGLISH.days(rule.firstDay, rule.lastDay)}`;
  if (verdict === "conditions") {
    const texts = trace.conditions.map((one, index) =>
      one.holds ? "" : failedText(one, trace.conditions, index, view),
    );
    return texts.filter((text) => text !== "").join("; and ");
  }
  if (verdict === "beaten") {
    return `would give ${amountText(trace, view)}; rule ${beatenBy} of its stack counts instead`;
  }
  if (verdict === "nothing") return nothingText(trace);
  if (verdict === "limits") return `credit may pay at most ${amountText(trace, view)}`;
  return firedText(trace, view);
}

/** The question and the answer; of a range both ends, whichever the value misses. */
function failedText(
  one: ConditionTrace,
  all: readonly ConditionTrace[],
  index: number,
  view: RulesetView,
): string {
  const unit = unitOf(view);
  const other = isRange(one, all[index + 1])
    ? [one, all[index + 1]]
    : all[index - 1] !== undefined && isRange(all[index - 1], one)
      ? [all[index - 1], one]
      : undefined;
  const question =
    other === undefined ? ENGLISH.condition(one, unit) : ENGLISH.range(other[0], other[1], unit);
  const actual = ENGLISH.value({ ...one, value: one.actual }, unit);
  return `asks whether ${question}: ${actual}`;
}

function nothingText({ rule }: RuleTrace): string {
  if (rule.action === Action.SetGroup) return "the customer is in that group or above it";
  return rule.action === Action.Bps || rule.action === Action.PointsPerUnit
    ? "applies, but its share of the amount is less than one"
    : "applies, but nothing is left to give";
}

function firedText(trace: RuleTrace, view: RulesetView): string {
  const { rule, amount = 0, given } = trace;
  if (rule.phase === Phase.Guard) return "refuses this tap";
  if (rule.phase >= Phase.Promote) return ENGLISH.gives(rule, unitOf(view));
  const cut = given !== undefined && given < amount;
  const whole = amountText(trace, view);
  return cut ? `${money(given, view)} of ${whole}, cut by a limit or rounding` : whole;
}

function amountText({ rule, amount = 0 }: RuleTrace, view: RulesetView): string {
  return rule.phase === Phase.Points
    ? `${amount.toLocaleString("en-US")} points`
    : money(amount, view);
}

function money(rial: number, view: RulesetView): string {
  return ENGLISH.money(rial, unitOf(view));
}

function fieldName(field: number): string {
  return Object.keys(FIELDS).find((name) => FIELDS[name] === field) ?? String(field);
}
