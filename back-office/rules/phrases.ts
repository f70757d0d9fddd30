/** What a language must be able to say about rules. */
import type { ConditionView, RulesetView, RuleView, WindowView } from "./read-ruleset";

/** How amounts are shown: rial per unit, decimals. */
export interface Unit {
  divisor: number;
  decimals: number;
}

export interface Phrases {
  /** A number with the digits and separators of the language. */
  number(value: number): string;
  money(rial: number, unit: Unit): string;
  percent(bps: number): string;
  date(day: number): string;
  /** `Rule 3, "name"`. */
  ruleTitle(rule: RuleView): string;
  /** A clause that can stand behind "when". */
  condition(condition: ConditionView, unit: Unit): string;
  /** What the condition's number means by itself. */
  value(condition: ConditionView, unit: Unit): string;
  /** Both ends of a range. */
  range(low: ConditionView, high: ConditionView, unit: Unit): string;
  /** The whole of a rule's conditions: "when A and B", or "always". */
  when(clauses: string[]): string;
  gives(rule: RuleView, unit: Unit): string;
  most(rial: number, unit: Unit): string;
  window(window: WindowView): string;
  purse(kind: number): string;
  days(firstDay: number, lastDay: number): string;
  usesBirthday: string;
  /** Of a rule that asks for a personal offer: what becomes of that. */
  offer(isUsedUp: boolean): string;
  /** Where a rule stands among the others; shown when it changes. */
  place(rule: RuleView): string;
  /** A rule as one sentence. */
  sentence(when: string, gives: string, more: string[]): string;
  /** How a stack's rules compete; `ids` are all of them in order. */
  competes(mode: number, stack: number, ids: number[]): string;
  /** Facts of the header, each under a key that does not change with its value. */
  header(view: RulesetView, unit: Unit): [key: string, text: string][];
  headings: { header: string; rules: string; stacks: string };
  changes: {
    same: string;
    added: string;
    removed: string;
    before: string;
    after: string;
  };
}
