/** Writes a shop's rules as the file that a shop would write (rulesets/FORMAT.md). */
import type { EarnRule, LotWindow, RuleCondition, ShopRules } from "../../oracle/shop-rules";
import { SUPERVISABLE } from "../../oracle/staff-model";

export function rulesText(rules: ShopRules, validFrom: string): string {
  const earnRules = [
    ...rules.bestOf.map((rule) => earnText(rule, 1)),
    ...rules.allOf.map((rule) => earnText(rule, 2)),
  ];
  return [
    `club: ${rules.club}`,
    `version: ${rules.version}`,
    `validFrom: ${validFrom}`,
    "clock:",
    `  offsetMinutes: ${rules.offsetMinutes}`,
    `  dayStartsAt: "${timeText(rules.dayStartMinute)}"`,
    "display: toman",
    `roundToRial: ${rules.roundToRial}`,
    "limits:",
    `  earnPerTapRial: ${limitText(rules.earnPerTapRial)}`,
    `  balanceRial: ${limitText(rules.balanceRial)}`,
    "redeem:",
    `  unitRial: ${rules.redeemUnitRial}`,
    `  minRial: ${rules.redeemMinRial}`,
    `  maxRial: ${limitText(rules.redeemMaxRial)}`,
    `  maxOfBill: ${shareText(rules.redeemBasisPoints)}`,
    `  perDayRial: ${limitText(rules.redeemPerDayRial)}`,
    `  whenClockIsSuspect: ${yesNo(rules.redeemWhenClockIsSuspect)}`,
    "credit:",
    ...windowText(rules.window, "  "),
    "enrol:",
    `  group: ${rules.enrolGroup}`,
    "  needsApproval: no",
    ...(rules.renewMonths === 0 ? [] : [`  renewMonths: ${rules.renewMonths}`]),
    ...(rules.graceDays === 0 ? [] : ["refund:", `  graceDays: ${rules.graceDays}`]),
    ...rewardsText(rules),
    ...staffText(rules),
    "gift:",
    ...windowText(rules.giftWindow, "  "),
    `  topUp: ${yesNo(rules.hasGiftTopUp)}`,
    `period: ${PERIODS[rules.periodMonths]}`,
    "stacks:",
    "  1: max",
    "  2: sum",
    "rules:",
    ...earnRules.flat(),
    ...pointsText(rules),
    ...promotionText(rules),
    "",
  ].join("\n");
}

const PERIODS: Record<number, string> = {
  0: "none",
  1: "month",
  3: "season",
  6: "half",
  12: "year",
};

function earnText(rule: EarnRule, stack: number): string[] {
  return [
    `  - id: ${rule.id}`,
    `    name: rule ${rule.id}`,
    "    phase: earn",
    `    order: ${rule.id}`,
    `    stack: ${stack}`,
    `    give: ${shareText(rule.basisPoints)}`,
    "    of: net",
    `    max: ${limitText(rule.maxRial)}`,
    `    purse: ${rule.purse}`,
    ...whenText(rule.when),
    ...(rule.window === undefined ? [] : ["    credit:", ...windowText(rule.window, "      ")]),
  ];
}

function pointsText({ pointsPerUnit: { id, points, unitRial } }: ShopRules): string[] {
  return [
    `  - id: ${id}`,
    `    name: points`,
    "    phase: points",
    "    order: 1",
    "    stack: 2",
    `    points: ${points} per ${unitRial} rial`,
    "    of: net",
  ];
}

function rewardsText({ rewards }: ShopRules): string[] {
  const textOf = ({ id, points, creditRial }: ShopRules["rewards"][number]) => {
    const credit = creditRial > 0 ? `, creditRial: ${creditRial}` : "";
    return `  - {id: ${id}, points: ${points}${credit}}`;
  };
  return rewards.length === 0 ? [] : ["rewards:", ...rewards.map(textOf)];
}

function staffText({ staff }: ShopRules): string[] {
  const { isLoginRequired, supervisedKinds, approveAboveRial } = staff;
  const names = Object.entries(SUPERVISABLE).filter(([, kind]) => supervisedKinds.includes(kind));
  return [
    "staff:",
    `  login: ${yesNo(isLoginRequired)}`,
    `  supervisorFor: [${names.map(([name]) => name).join(", ")}]`,
    `  approveAboveRial: ${limitText(approveAboveRial)}`,
  ];
}

function promotionText({ promotion }: ShopRules): string[] {
  if (promotion === undefined) return [];
  return [
    `  - id: ${promotion.id}`,
    "    name: promotion",
    "    phase: promote",
    "    order: 1",
    "    stack: 2",
    ...whenText([{ field: "pSpend", operator: ">=", value: promotion.atPeriodSpendRial }]),
    `    setGroup: ${promotion.group}`,
  ];
}

function whenText(conditions: RuleCondition[]): string[] {
  if (conditions.length === 0) return [];
  const lines = conditions.map((one) => `      - ${one.field} ${one.operator} ${one.value}`);
  return ["    when:", ...lines];
}

function windowText({ fromDays, untilDays, toMonthEnd }: LotWindow, indent: string): string[] {
  // A file that says less is refused; the days are the same.
  const until = untilDays === undefined ? "never" : `${Math.max(fromDays, untilDays)} days`;
  return [
    `${indent}fromDays: ${fromDays}`,
    `${indent}until: ${until}`,
    `${indent}toMonthEnd: ${yesNo(toMonthEnd)}`,
  ];
}

function limitText(amountRial: number): string {
  return amountRial === 0 ? "none" : String(amountRial);
}

function shareText(basisPoints: number): string {
  return `${(basisPoints / 100).toFixed(2)} %`;
}

function timeText(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
