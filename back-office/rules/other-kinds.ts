/** The facts of a ruleset that are not about sales: returns, gifts, grants, renewals, rewards. */
import type { Phrases, Unit } from "./phrases";
import type { RulesetView } from "./read-ruleset";

/** Sentences; amounts and numbers come as text of the language. */
export interface Words {
  padBudget(most: string): string;
  noLimit: string;
  debt(mayBeUsed: boolean): string;
  grace(days: string): string;
  gift(window: string, hasTopUp: boolean): string;
  grants(most: string): string;
  /** Watched by the office over all pads. */
  grantsPerDay(most: string): string;
  /** `budget` is "" where there is none. */
  programme(name: string, ruleIds: string[], budget: string): string;
  login(isRequired: boolean): string;
  /** `kinds` as in the file. */
  supervised(kinds: string[]): string;
  approval(above: string): string;
  renewal(months: string): string;
  /** `credit` is "" where it is goods. */
  reward(id: string, points: string, credit: string): string;
}

type Speech = Pick<Phrases, "money" | "number" | "window">;

export function otherFacts(
  view: RulesetView,
  unit: Unit,
  { money, number, window }: Speech,
  words: Words,
): [key: string, text: string][] {
  const { header } = view;
  const most = (rial: number) => (rial === 0 ? words.noLimit : money(rial, unit));
  return [
    ["padPerDayRial", words.padBudget(most(header.padBudgetRial))],
    ["withDebt", words.debt(view.redeemsWithDebt)],
    ["refund", words.grace(number(header.graceDays))],
    ["gift", words.gift(window(view.giftWindow), view.hasGiftTopUp)],
    ["grantRial", words.grants(most(header.grantMaxRial))],
    ["login", words.login(view.isLoginRequired)],
    ["supervisorFor", words.supervised(view.supervised)],
    ["approveAboveRial", words.approval(most(view.approveAboveRial))],
    ...officeFacts(view, unit, { money, number }, words),
    ["renewMonths", words.renewal(number(header.renewMonths))],
    ...view.rewards.map(({ id, points, creditRial }): [string, string] => [
      `reward ${id}`,
      words.reward(number(id), number(points), creditRial === 0 ? "" : money(creditRial, unit)),
    ]),
  ];
}

/** What pads do not know; nothing of what a file leaves out. */
function officeFacts(
  { terms }: RulesetView,
  unit: Unit,
  { money, number }: Pick<Phrases, "money" | "number">,
  words: Words,
): [key: string, text: string][] {
  const { grantsPerDayRial, programmes } = terms;
  const grants = words.grantsPerDay(money(grantsPerDayRial, unit));
  return [
    ...(grantsPerDayRial === 0 ? [] : [["grantsPerDayRial", grants] as [string, string]]),
    ...programmes.map(({ name, ruleIds, budgetRial }): [string, string] => {
      const budget = budgetRial === 0 ? "" : money(budgetRial, unit);
      return [`programme ${name}`, words.programme(name, ruleIds.map(number), budget)];
    }),
  ];
}
