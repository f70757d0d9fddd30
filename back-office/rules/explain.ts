/** What a ruleset says, in sentences; and what changes from one to another, fact by fact. */
import { Field, Operator, Phase, WindowMode } from "../../firmware/core/ruleset-format";
import type { Phrases, Unit } from "./phrases";
import { ENGLISH } from "./phrases-en";
import { PERSIAN } from "./phrases-fa";
import { ANY_DAY, type ConditionView, type RulesetView, type RuleView } from "./read-ruleset";

/** Something that a ruleset says. Its key stays when the text changes. */
export interface Fact {
  key: string;
  text: string;
}

export interface RuleExplanation {
  id: number;
  title: string;
  /** The first is where the rule stands, which sentences leave out. */
  facts: Fact[];
}

export interface Explanation {
  header: Fact[];
  rules: RuleExplanation[];
  stacks: string[];
}

export const LANGUAGES: Readonly<Record<string, Phrases>> = { en: ENGLISH, fa: PERSIAN };

export function explain(view: RulesetView, phrases: Phrases): Explanation {
  const unit = unitOf(view);
  return {
    header: phrases.header(view, unit).map(([key, text]) => ({ key, text })),
    rules: view.rules.map((rule) => ({
      id: rule.id,
      title: phrases.ruleTitle(rule),
      facts: ruleFacts(rule, view, phrases),
    })),
    stacks: stackSentences(view, phrases),
  };
}

/** As text for people, one paragraph per rule. */
export function explanationText(view: RulesetView, phrases: Phrases): string {
  const { header, rules, stacks } = explain(view, phrases);
  const { headings } = phrases;
  const lines = [headings.header, ...header.map(({ text }) => `  ${text}`)];
  if (rules.length > 0) lines.push("", headings.rules);
  for (const { title, facts } of rules) {
    const [, when, gives, ...more] = facts.map(({ text }) => text);
    lines.push(`  ${title}: ${phrases.sentence(when, gives, more)}`);
  }
  if (stacks.length > 0) lines.push("", headings.stacks, ...stacks.map((text) => `  ${text}`));
  return lines.join("\n");
}

export function unitOf({ header }: RulesetView): Unit {
  return { divisor: header.displayDivisor, decimals: header.displayDecimals };
}

function ruleFacts(rule: RuleView, view: RulesetView, phrases: Phrases): Fact[] {
  const unit = unitOf(view);
  const facts: Fact[] = [
    { key: "place", text: phrases.place(rule) },
    { key: "when", text: phrases.when(clauses(rule, phrases, unit)) },
    { key: "gives", text: phrases.gives(rule, unit) },
  ];
  const note = (key: string, text: string) => facts.push({ key, text });
  if (rule.cap > 0) note("max", phrases.most(rule.cap, unit));
  if (rule.window.mode !== WindowMode.Default) note("credit", phrases.window(rule.window));
  if (rule.purse > 0) note("purse", phrases.purse(rule.purse));
  if (rule.claimsBirthday) note("birthday", phrases.usesBirthday);
  if (rule.conditions.some(asksForOffer)) note("offer", phrases.offer(rule.usesOffers));
  if (rule.firstDay > 0 || rule.lastDay !== ANY_DAY) {
    note("days", phrases.days(rule.firstDay, rule.lastDay));
  }
  return facts;
}

/** Ranges in one clause; the member condition that is added by itself in none. */
export function clauses(rule: RuleView, phrases: Phrases, unit: Unit): string[] {
  const shown = rule.conditions.filter((one) => !isMemberCondition(rule, one));
  const texts: string[] = [];
  for (let i = 0; i < shown.length; i++) {
    const [one, next] = [shown[i], shown[i + 1]];
    if (isRange(one, next)) {
      texts.push(phrases.range(one, next, unit));
      i++;
    } else texts.push(phrases.condition(one, unit));
  }
  return texts;
}

function isMemberCondition(rule: RuleView, { field, operator, value }: ConditionView): boolean {
  const isMember = field === Field.Kind && operator === Operator.Equal && value === 1;
  return rule.phase >= Phase.Discount && isMember;
}

function asksForOffer({ field, operator }: ConditionView): boolean {
  return field === Field.Offers && operator === Operator.Bit;
}

/** Whether two conditions in a row are the ends of one range. */
export function isRange(
  low: ConditionView,
  high: ConditionView | undefined,
): high is ConditionView {
  return (
    low.field === high?.field &&
    low.operator === Operator.AtLeast &&
    high.operator === Operator.AtMost
  );
}

/** Rules of one phase and stack, where there are several; and stacks of one phase are added. */
function stackSentences(view: RulesetView, phrases: Phrases): string[] {
  const groups = new Map<string, RuleView[]>();
  for (const rule of view.rules) {
    if (rule.phase === Phase.Guard) continue;
    const key = `${rule.phase} ${rule.stack}`;
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()]
    .filter((rules) => rules.length > 1)
    .map((rules) => {
      const [{ stack }] = rules;
      const ids = rules.map(({ id }) => id);
      return phrases.competes(view.stackModes[stack], stack, ids);
    });
}
