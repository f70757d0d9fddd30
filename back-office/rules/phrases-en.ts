/** Rules in plain English. */
import {
  Action,
  ANY_ISSUER,
  Base,
  BIRTHDAY_BIAS,
  Field,
  Operator,
  Phase,
  StackMode,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import { formatDay } from "../dates";
import { clock, count, inDecimals, list, number } from "./english-text";
import { otherFacts } from "./other-kinds";
import { ENGLISH_OTHERS } from "./other-kinds-en";
import type { Phrases, Unit } from "./phrases";
import {
  ANY_DAY,
  type ConditionView,
  type RulesetView,
  type RuleView,
  type WindowView,
} from "./read-ruleset";
import { FIELDS } from "./ruleset-layout";
import { kindOfValue } from "./value-kinds";

const COMPARISONS: Readonly<Record<number, string>> = {
  [Operator.Less]: "less than",
  [Operator.Equal]: "exactly",
  [Operator.AtMost]: "at most",
  [Operator.Greater]: "more than",
  [Operator.NotEqual]: "anything but",
  [Operator.AtLeast]: "at least",
};
const PHASE_TEXTS: Readonly<Record<number, string>> = {
  [Phase.Guard]: "before anything else",
  [Phase.Redeem]: "limits the use of credit",
  [Phase.Discount]: "lowers the bill",
  [Phase.Earn]: "gives credit",
  [Phase.Points]: "gives points",
  [Phase.Promote]: "after the purchase",
  [Phase.Review]: "once a period has ended",
};
/** Each is the beginning of a clause, with its verb. */
const FIELD_TEXTS: Readonly<Record<string, string>> = {
  gross: "the bill is",
  net: "what is left to pay is",
  qty: "the number of pieces is",
  partner: "the shop is number",
  terminal: "the pad is number",
  ratio: "the purchase, compared with the customer's usual bill, is",
  kind: "the card is",
  group: "the customer's group is",
  visits: "the number of earlier visits is",
  avg: "the customer's usual bill per visit is",
  gap: "the usual number of days between two visits is",
  pSpend: "what was spent in this period is",
  pVisits: "the number of visits in this period is",
  points: "the points on the card are",
  credit: "the credit on the card is",
  debt: "the debt on the card is",
  gender: "the customer is",
  attr1: "the card's first free field is",
  attr2: "the card's second free field is",
  offers: "the personal offers on the card are",
  punch0: "punch card 0 stands at",
  punch1: "punch card 1 stands at",
  punch2: "punch card 2 stands at",
  punch3: "punch card 3 stands at",
  day: "the date is",
  minute: "the time of day is",
  dow: "the day of the week is",
  jm: "the month is",
  jd: "the day of the month is",
  sinceLast: "the number of days since the last visit is",
  groupDays: "the number of days in this group is",
  age: "the customer's age is",
};
const KINDS: Readonly<Record<number, string>> = { 1: "a member's card", 2: "a gift card" };
const YES_NO = ["no", "yes"];
const GENDERS = ["of unknown gender", "a woman", "a man"];
const WEEK = ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const MONTHS = [
  ...["Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar"],
  ...["Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"],
];
const UNIT_NAMES: Readonly<Record<number, string>> = { 1: "rial", 10: "toman", 10000: "new rial" };

/** In rial where the unit cannot show it. */
function money(rial: number, { divisor, decimals }: Unit): string {
  const isExact = (rial * 10 ** decimals) % divisor === 0;
  if (!isExact || UNIT_NAMES[divisor] === undefined) return `${number(rial)} rial`;
  return `${inDecimals(rial / divisor, decimals)} ${UNIT_NAMES[divisor]}`;
}

function percent(bps: number): string {
  return `${bps / 100} %`;
}

function value(condition: ConditionView, unit: Unit): string {
  const { field } = condition;
  switch (kindOfValue(field)) {
    case "money":
      return money(condition.value, unit);
    case "date":
      return formatDay(condition.value);
    case "time":
      return clock(condition.value);
    case "weekday":
      return WEEK[condition.value] ?? number(condition.value);
    case "month":
      return MONTHS[condition.value - 1] ?? number(condition.value);
    case "ratio":
      return `${number(condition.value)} %`;
    case "cardKind":
      return KINDS[condition.value] ?? `of kind ${condition.value}`;
    case "yesNo":
      return YES_NO[condition.value] ?? number(condition.value);
    case "birthday": {
      const days = condition.value - BIRTHDAY_BIAS;
      if (condition.value === 0) return "no birthday known";
      return days < 0 ? `${-days} days before the birthday` : `${days} days after the birthday`;
    }
    case "gender":
      return GENDERS[condition.value] ?? number(condition.value);
    default:
      return number(condition.value);
  }
}

function fieldText(field: number): string {
  const name = Object.keys(FIELDS).find((key) => FIELDS[key] === field) ?? "";
  if (field >= Field.CategoryAmount) {
    return `what is bought in category ${field - Field.CategoryAmount} is`;
  }
  if (field >= Field.CategoryQuantity) {
    return `the number of pieces of category ${field - Field.CategoryQuantity} is`;
  }
  return FIELD_TEXTS[name] ?? `${name} is`;
}

function condition(one: ConditionView, unit: Unit): string {
  const { field, operator } = one;
  const isYes =
    (operator === Operator.Equal && one.value > 0) ||
    (operator !== Operator.Equal && one.value === 0);
  if (operator === Operator.Bit) return `personal offer ${one.value} is on the card`;
  if (field === Field.NewVisit) {
    return isYes ? "it is the day's first purchase" : "it is not the day's first purchase";
  }
  if (field === Field.BirthdayClaimed) {
    const used = isYes ? "has been used" : "has not been used";
    return `this year's birthday ${used}`;
  }
  if (field === Field.BirthdayDelta) return birthday(one.value, one.value);
  const isName = ["cardKind", "gender", "weekday", "month"].includes(kindOfValue(field));
  const comparison = COMPARISONS[operator];
  const plain = operator === Operator.Equal ? "" : "not ";
  if (isName && (operator === Operator.Equal || operator === Operator.NotEqual)) {
    return `${fieldText(field)} ${plain}${value(one, unit)}`;
  }
  return `${fieldText(field)} ${comparison} ${value(one, unit)}`;
}

function range(low: ConditionView, high: ConditionView, unit: Unit): string {
  if (low.field === Field.BirthdayDelta) return birthday(low.value, high.value);
  return `${fieldText(low.field)} from ${value(low, unit)} to ${value(high, unit)}`;
}

function birthday(low: number, high: number): string {
  const side = (stored: number): string => {
    const days = stored - BIRTHDAY_BIAS;
    if (stored === 0) return "unknown";
    if (days === 0) return "the birthday itself";
    return days < 0 ? `${-days} days before the birthday` : `${days} days after it`;
  };
  return low === high ? `it is ${side(low)}` : `it is from ${side(low)} to ${side(high)}`;
}

function gives(rule: RuleView, unit: Unit): string {
  const { argument, phase } = rule;
  const amount =
    rule.action === Action.Bps
      ? `${percent(argument)} of ${baseText(rule)}`
      : money(argument, unit);
  switch (rule.action) {
    case Action.Bps:
    case Action.Fixed:
      if (phase === Phase.Redeem) return `credit may pay at most ${amount}`;
      if (phase === Phase.Discount) return `the bill falls by ${amount}`;
      return `the customer gets ${amount} as credit`;
    case Action.PointsPerUnit: {
      const each = `${count(argument, "point")} for every full ${money(rule.unit, unit)}`;
      return `the customer gets ${each} of ${baseText(rule)}`;
    }
    case Action.PointsFixed:
      return `the customer gets ${count(argument, "point")}`;
    case Action.SetGroup:
      if (phase === Phase.Review) return `the customer is put into group ${argument} at once`;
      return `the customer rises to group ${argument}, whose rates begin with the next purchase`;
    case Action.IncrementPunch:
      return `punch card ${argument} goes up by one and begins again at ${rule.unit}`;
    default:
      return "the tap is refused";
  }
}

function baseText({ base }: RuleView): string {
  if (base === Base.Net) return "what is left to pay";
  if (base === Base.Gross) return "the whole bill";
  return `what is bought in category ${base - Base.Category}`;
}

function window({ mode, toMonthEnd, fromDays, until }: WindowView): string {
  const from =
    fromDays === 0
      ? "at once"
      : fromDays === 1
        ? "from the next business day"
        : `from ${fromDays} days later`;
  if (mode === WindowMode.Never) return `usable ${from}, without an end`;
  const end = mode === WindowMode.Days ? `until ${count(until, "day")} later` : onDay(until);
  const month = toMonthEnd ? ", then to the end of that Jalali month" : "";
  return `usable ${from} ${end}${month}`;
}

function onDay(day: number): string {
  return `until ${formatDay(day)}`;
}

function days(firstDay: number, lastDay: number): string {
  if (firstDay === 0) return `only until ${formatDay(lastDay)}`;
  if (lastDay === ANY_DAY) return `only from ${formatDay(firstDay)} on`;
  return `only from ${formatDay(firstDay)} to ${formatDay(lastDay)}`;
}

function competes(mode: number, stack: number, ids: number[]): string {
  const rules = `Rules ${list(ids.map(String))} (stack ${stack})`;
  if (mode === StackMode.Sum) return `${rules} are added to each other.`;
  if (mode === StackMode.Max) {
    return `${rules}: only the one that gives most counts; among equals the first of them.`;
  }
  return `${rules}: only the first one that applies counts, in this order.`;
}

function header(view: RulesetView, unit: Unit): [string, string][] {
  const h = view.header;
  const none = (rial: number, otherwise: string) => (rial === 0 ? otherwise : money(rial, unit));
  const months = h.periodMonths;
  const facts: [string, string][] = [
    [
      "version",
      `Club ${h.club}, version ${h.version} of its rules, valid from ${formatDay(h.validFromDay)}.`,
    ],
    [
      "clock",
      `A business day begins at ${clock(h.cutoffMinute)}; ` +
        `local time is UTC + ${clock(h.offsetMinutes)}.`,
    ],
    [
      "display",
      `Amounts are shown in ${UNIT_NAMES[h.displayDivisor] ?? `${h.displayDivisor} rial`}.`,
    ],
    ["roundToRial", `What is given is rounded down to ${money(h.roundToRial, unit)}.`],
    [
      "earnPerTapRial",
      `One purchase earns at most: ${none(h.perTapCapRial, "as much as its rules give")}.`,
    ],
    ["balanceRial", `A card holds at most: ${none(h.maxBalanceRial, "any amount")}.`],
    ["credit", `Credit, unless a rule says otherwise, is ${window(view.window)}.`],
    ["maxOfBill", `Credit may pay at most ${percent(h.redeemMaxBps)} of a bill.`],
    ["maxRial", `Most credit per purchase: ${none(h.redeemMaxRial, "no limit")}.`],
    ["perDayRial", `Most credit per card and day: ${none(h.redeemDayRial, "no limit")}.`],
    [
      "unitRial",
      `Credit is used in steps of ${money(h.redeemUnitRial, unit)}, or all that is left` +
        `${h.redeemMinRial === 0 ? "" : `, at least ${money(h.redeemMinRial, unit)}`}.`,
    ],
    [
      "whenClockIsSuspect",
      `While the pad's date is behind the card's, rules that ask about time are left out, and ` +
        `credit ${view.redeemsWhenClockSuspect ? "may" : "may not"} be used.`,
    ],
    [
      "enrol",
      `New members begin in group ${h.enrolGroup}` +
        `${view.isClosedClub ? " and wait for the back office's approval" : ""}.`,
    ],
    [
      "period",
      months === 0
        ? "A period never ends."
        : `A period is ${months === 1 ? "one Jalali month" : `${months} Jalali months`}.`,
    ],
  ];
  const shop = (id: number) => (id === ANY_ISSUER ? "every shop" : `shop ${id}`);
  const pairs = view.accept.map(
    ([taker, giver]) => `${shop(taker)} takes credit of ${shop(giver)}`,
  );
  const also = pairs.length === 0 ? "" : `; besides, ${list(pairs)}`;
  facts.push(["accept", `Every shop takes the credit that it granted itself${also}.`]);
  const speech = { money, number, window };
  return [...facts, ...otherFacts(view, unit, speech, ENGLISH_OTHERS)];
}

export const ENGLISH: Phrases = {
  number,
  money,
  percent,
  date: formatDay,
  ruleTitle: ({ id, name }) => (name === "" ? `Rule ${id}` : `Rule ${id}, "${name}"`),
  condition,
  value,
  range,
  when: (clauses) => (clauses.length === 0 ? "Always" : `When ${list(clauses)}`),
  gives,
  most: (rial, unit) => `at most ${money(rial, unit)}`,
  window,
  purse: (kind) => `kept apart as credit of kind ${kind}`,
  days,
  sentence: (when, gives, more) => `${[`${when}, ${gives}`, ...more].join("; ")}.`,
  usesBirthday: "once per birthday",
  offer: (isUsedUp) => (isUsedUp ? "which uses the offer up" : "and the offer stays"),
  place: ({ phase, stack, order, name }) =>
    `"${name}", ${PHASE_TEXTS[phase] ?? `phase ${phase}`}, stack ${stack}, order ${order}`,
  competes,
  header,
  headings: { header: "The club", rules: "The rules", stacks: "How rules compete" },
  changes: {
    same: "Both rulesets say the same.",
    added: "new",
    removed: "gone",
    before: "was",
    after: "becomes",
  },
};
