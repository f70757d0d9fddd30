/**
 * A compiled ruleset as the YAML file that it could have come from. Comments and names are not in
 * the bytes, nor is what only the office knows; all else comes
 * back, and compiling the text gives the same bytes.
 */
import {
  Action,
  ANY_ISSUER,
  BIRTHDAY_BIAS,
  Field,
  MAX_STACK,
  Operator,
  Phase,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import { formatDay } from "../dates";
import { UserError } from "../user-error";
import { compileRuleset, DISPLAY_UNITS, PERIOD_MONTHS } from "./compile";
import type { OfficeTerms } from "./office-terms";
import {
  ANY_DAY,
  type ConditionView,
  type RulesetView,
  type RuleView,
  readRuleset,
  type WindowView,
} from "./read-ruleset";
import {
  BASES,
  type CodeTable,
  FIELDS,
  NAMED_VALUES,
  OPERATORS,
  PHASES,
  STACK_MODES,
} from "./ruleset-layout";

/** Throws `UserError` for bytes that no pad takes or that no file of this version gives. */
export function rulesetToYaml(bytes: Uint8Array, terms?: OfficeTerms): string {
  const view = readRuleset(bytes, terms);
  const lines = [...headerLines(view), ...programmeLines(view), ...ruleLines(view)];
  const text = `${lines.join("\n")}\n`;
  const again = compileRuleset(text, "written back").bytes;
  if (Buffer.compare(again, bytes) === 0) return text;
  throw new UserError("these bytes were not made by `rules compile`: no YAML file gives them");
}

function headerLines(view: RulesetView): string[] {
  const { header } = view;
  const display = Object.entries(DISPLAY_UNITS).find(([, unit]) => {
    return (
      unit.displayDivisor === header.displayDivisor &&
      unit.displayDecimals === header.displayDecimals
    );
  });
  return [
    `club: ${header.club}`,
    `version: ${header.version}`,
    `validFrom: ${formatDay(header.validFromDay)}`,
    "clock:",
    `  offsetMinutes: ${header.offsetMinutes}`,
    `  dayStartsAt: "${clockText(header.cutoffMinute)}"`,
    `display: ${display?.[0] ?? "unknown"}`,
    `roundToRial: ${grouped(header.roundToRial)}`,
    "limits:",
    `  earnPerTapRial: ${orNone(header.perTapCapRial)}`,
    `  balanceRial: ${orNone(header.maxBalanceRial)}`,
    `  padPerDayRial: ${orNone(header.padBudgetRial)}`,
    `  grantRial: ${orNone(header.grantMaxRial)}`,
    "redeem:",
    `  unitRial: ${grouped(header.redeemUnitRial)}`,
    `  minRial: ${grouped(header.redeemMinRial)}`,
    `  maxRial: ${orNone(header.redeemMaxRial)}`,
    `  maxOfBill: ${header.redeemMaxBps / 100} %`,
    `  perDayRial: ${orNone(header.redeemDayRial)}`,
    `  whenClockIsSuspect: ${yesNo(view.redeemsWhenClockSuspect)}`,
    `  withDebt: ${yesNo(view.redeemsWithDebt)}`,
    `credit: {${windowText(view.window)}}`,
    "refund:",
    `  graceDays: ${header.graceDays}`,
    `gift: {${windowText(view.giftWindow)}, topUp: ${yesNo(view.hasGiftTopUp)}}`,
    "staff:",
    `  login: ${yesNo(view.isLoginRequired)}`,
    `  supervisorFor: [${view.supervised.join(", ")}]`,
    `  approveAboveRial: ${orNone(view.approveAboveRial)}`,
    `  grantsPerDayRial: ${orNone(view.terms.grantsPerDayRial)}`,
    "enrol:",
    `  group: ${header.enrolGroup}`,
    `  needsApproval: ${yesNo(view.isClosedClub)}`,
    `  renewMonths: ${header.renewMonths}`,
    `period: ${nameOf(PERIOD_MONTHS, header.periodMonths)}`,
    ...stackLines(view),
    ...acceptLines(view),
    ...rewardLines(view),
  ];
}

function stackLines({ stackModes }: RulesetView): string[] {
  const lines: string[] = [];
  for (let stack = 0; stack <= MAX_STACK; stack++) {
    const name = nameOf(STACK_MODES, stackModes[stack]);
    if (stackModes[stack] > 0) lines.push(`  ${stack}: ${name}`);
  }
  return lines.length > 0 ? ["stacks:", ...lines] : [];
}

function acceptLines({ accept }: RulesetView): string[] {
  if (accept.length === 0) return [];
  const shop = (number: number) => (number === ANY_ISSUER ? "any" : String(number));
  const lines = accept.map(([taker, giver]) => {
    return `  - {shop: ${shop(taker)}, creditOf: ${shop(giver)}}`;
  });
  return ["accept:", ...lines];
}

function rewardLines({ rewards, terms }: RulesetView): string[] {
  const names = new Map(terms.rewardNames);
  const lines = rewards.map(({ id, points, creditRial }) => {
    const known = names.get(id) ?? "";
    const name = known === "" ? "" : `, name: ${JSON.stringify(known)}`;
    const credit = creditRial === 0 ? "" : `, creditRial: ${grouped(creditRial)}`;
    return `  - {id: ${id}, points: ${grouped(points)}${credit}${name}}`;
  });
  return lines.length === 0 ? [] : ["rewards:", ...lines];
}

function programmeLines({ terms }: RulesetView): string[] {
  const lines = terms.programmes.map(({ name, ruleIds, budgetRial }) => {
    const text = `name: ${JSON.stringify(name)}, rules: [${ruleIds.join(", ")}]`;
    return `  - {${text}, budgetRial: ${orNone(budgetRial)}}`;
  });
  return lines.length === 0 ? [] : ["programmes:", ...lines];
}

function ruleLines({ rules }: RulesetView): string[] {
  return rules.length === 0 ? [] : ["rules:", ...rules.flatMap(linesOfRule)];
}

function linesOfRule(rule: RuleView): string[] {
  const lines = [
    `id: ${rule.id}`,
    `name: ${JSON.stringify(rule.name === "" ? `rule ${rule.id}` : rule.name)}`,
    `phase: ${nameOf(PHASES, rule.phase)}`,
    `order: ${rule.order}`,
    `stack: ${rule.stack}`,
    actionLine(rule),
  ];
  if (rule.base !== BASES.net) lines.push(`of: ${nameOf(BASES, rule.base)}`);
  if (rule.cap > 0) lines.push(`max: ${grouped(rule.cap)}`);
  const conditions = conditionTexts(rule);
  if (conditions.length > 0) lines.push(`when: [${conditions.join(", ")}]`);
  if (rule.window.mode !== WindowMode.Default) lines.push(`credit: {${windowText(rule.window)}}`);
  const asksOffer = rule.conditions.some(
    ({ field, operator }) => field === Field.Offers && operator === Operator.Bit,
  );
  if (asksOffer && !rule.usesOffers) lines.push("keepsOffer: yes");
  if (rule.purse > 0) lines.push(`purse: ${rule.purse}`);
  const days: string[] = [];
  if (rule.firstDay > 0) days.push(`first: ${formatDay(rule.firstDay)}`);
  if (rule.lastDay !== ANY_DAY) days.push(`last: ${formatDay(rule.lastDay)}`);
  if (days.length > 0) lines.push(`days: {${days.join(", ")}}`);
  return lines.map((line, index) => `  ${index === 0 ? "-" : " "} ${line}`);
}

function actionLine({ action, argument, unit }: RuleView): string {
  switch (action) {
    case Action.Bps:
      return `give: ${argument / 100} %`;
    case Action.Fixed:
      return `giveRial: ${grouped(argument)}`;
    case Action.PointsPerUnit:
      return `points: ${argument} per ${grouped(unit)} rial`;
    case Action.PointsFixed:
      return `points: ${argument}`;
    case Action.SetGroup:
      return `setGroup: ${argument}`;
    case Action.IncrementPunch:
      return `punch: ${argument} of ${unit}`;
    default:
      return "refuse: yes";
  }
}

/** As in the file; without the one that the compiler adds by itself. */
export function conditionTexts({ phase, conditions }: RuleView): string[] {
  const isOwn = (one: ConditionView) =>
    one.field === Field.Kind && one.operator === Operator.Equal && one.value === 1;
  const isAdded =
    phase >= Phase.Discount &&
    conditions.length > 0 &&
    isOwn(conditions[0]) &&
    conditions.filter(({ field }) => field === Field.Kind).length === 1;
  const written = isAdded ? conditions.slice(1) : conditions;
  const texts: string[] = [];
  for (let i = 0; i < written.length; i++) {
    const [one, next] = [written[i], written[i + 1]];
    const isRange =
      next?.field === one.field &&
      one.operator === Operator.AtLeast &&
      next.operator === Operator.AtMost &&
      one.value <= next.value;
    const name = nameOf(FIELDS, one.field);
    if (isRange) {
      texts.push(`${name} in ${valueText(one)}..${valueText(next)}`);
      i++;
    } else texts.push(`${name} ${nameOf(OPERATORS, one.operator)} ${valueText(one)}`);
  }
  return texts;
}

function valueText({ field, value }: ConditionView): string {
  const names = NAMED_VALUES[field] ?? {};
  const name = Object.keys(names).find((key) => names[key] === value);
  if (name !== undefined) return name;
  if (field === Field.BirthdayDelta) return String(value - BIRTHDAY_BIAS);
  if (field === Field.Day && value < ANY_DAY) return formatDay(value);
  if (field === Field.Minute && value < 1440) return clockText(value);
  return grouped(value);
}

function windowText({ mode, toMonthEnd, fromDays, until }: WindowView): string {
  const untilText =
    mode === WindowMode.Never
      ? "never"
      : mode === WindowMode.Days
        ? `${until} days`
        : formatDay(until);
  return `fromDays: ${fromDays}, until: ${untilText}, toMonthEnd: ${yesNo(toMonthEnd)}`;
}

function nameOf(table: CodeTable, code: number): string {
  return Object.keys(table).find((name) => table[name] === code) ?? String(code);
}

function clockText(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function orNone(value: number): string {
  return value === 0 ? "none" : grouped(value);
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

/** 1250000 as 1_250_000. */
function grouped(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", "_");
}
