/**
 * The customers of a what-if run: who comes, how often, and for how much. All of it is assumption;
 * it stands in a file that the owner can change, and every report repeats it.
 */

import { Field } from "../../firmware/core/ruleset-format";
import { didYouMean } from "../did-you-mean";
import { parsePercent } from "../rules/compile-rule";
import { NAMED_VALUES } from "../rules/ruleset-layout";
import { parseSections, type Section } from "../rules/yaml-section";

/** A tenth of bills lies below `low`, half below `usual`, nine tenths below `high`. Rial. */
export interface Bill {
  low: number;
  usual: number;
  high: number;
}

export interface Segment {
  name: string;
  /** Basis points of all members. */
  share: number;
  visitsPerYear: number;
  bill: Bill;
  /** Basis points of them that stop coming, each month. */
  leavePerMonth: number;
  /** Basis points of visits at which credit that may be used is used, all of it. */
  usesCredit: number;
}

export interface Category {
  category: number;
  name: string;
  /** Weight among the categories. */
  share: number;
}

export interface Population {
  title: string;
  segments: Segment[];
  categories: Category[];
  /** How busy each day is, Saturday first; basis points of a usual day. */
  weekdays: number[];
  /** Farvardin first; basis points of a usual month. */
  months: number[];
  /** Minutes of the day at which the shop opens and closes. */
  openMinute: number;
  closeMinute: number;
  /** Basis points of the members at the start that join each month. */
  joinPerMonth: number;
  birthdaysKnown: number;
  women: number;
  /** Basis points of a sale that are left before the club's cost. */
  margin: number;
}

export const WHOLE = 10000;
const MAX_BILL_RIAL = 100_000_000_000;
/** Busier than twenty usual days no day is. */
const MAX_BUSY = 20 * WHOLE;

/** Throws `RulesetError` with all problems of a population file. */
export function parsePopulation(source: string, fileName: string): Population {
  const top = parseSections(source, fileName);
  const members = top.section("members");
  const hours = top.section("hours");
  const population = {
    title: top.text("title") ?? "",
    segments: top.sections("segments").map(parseSegment),
    categories: parseCategories(top),
    weekdays: parseBusy(top.section("weekdays"), NAMED_VALUES[Field.DayOfWeek], 7),
    months: parseBusy(top.section("months"), monthNumbers(), 12),
    openMinute: parseTime(hours, "open", "09:00"),
    closeMinute: parseTime(hours, "close", "21:00"),
    joinPerMonth: percent(members, "joinPerMonth", "3 %"),
    birthdaysKnown: percent(members, "birthdaysKnown", "70 %"),
    women: percent(members, "women", "50 %"),
    margin: percent(top, "margin", "20 %"),
  };
  members.finish();
  hours.finish();
  top.finish();
  checkSums(top, population);
  top.problems.throwIfAny();
  return population;
}

function parseSegment(section: Section): Segment {
  const bill = section.section("billRial");
  const segment = {
    name: section.text("name") ?? "",
    share: percent(section, "share"),
    visitsPerYear: section.integer("visitsPerYear", 1, 2000),
    bill: {
      low: bill.integer("low", 1, MAX_BILL_RIAL),
      usual: bill.integer("usual", 1, MAX_BILL_RIAL),
      high: bill.integer("high", 1, MAX_BILL_RIAL),
    },
    leavePerMonth: percent(section, "leavePerMonth", "2 %"),
    usesCredit: percent(section, "usesCredit", "60 %"),
  };
  const { low, usual, high } = segment.bill;
  if (low > usual || usual > high) bill.complain(undefined, "low, usual, high must rise");
  bill.finish();
  section.finish();
  return segment;
}

function parseCategories(top: Section): Category[] {
  const section = top.section("categories");
  return section.keys().map((key) => {
    const one = section.section(key);
    const category = section.parseInteger(key, key, 0, 15);
    const parsed = { category, name: one.text("name") ?? "", share: percent(one, "share") };
    one.finish();
    return parsed;
  });
}

/** `friday: 0 %` and the like; what is not named is as usual. */
function parseBusy(
  section: Section,
  names: Readonly<Record<string, number>>,
  count: number,
): number[] {
  const busy: number[] = Array(count).fill(WHOLE);
  for (const key of section.keys()) {
    const text = section.text(key) ?? "";
    const match = /^(\d{1,4}) ?%$/.exec(text);
    const value = match === null ? -1 : Number(match[1]) * 100;
    if (!Object.hasOwn(names, key)) {
      section.complain(key, `unknown "${key}"${didYouMean(key, Object.keys(names))}`);
    } else if (value < 0 || value > MAX_BUSY) {
      section.complain(key, `"${key}: ${text}": write how busy it is, such as "150 %"`);
    } else busy[names[key]] = value;
  }
  if (busy.every((value) => value === 0)) section.complain(undefined, "the shop is never open");
  return busy;
}

function monthNumbers(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 12 }, (_, month) => [String(month + 1), month]));
}

function percent(section: Section, key: string, usual?: string): number {
  const text = section.text(key, usual);
  return text === undefined ? 0 : parsePercent(section, key, text);
}

function parseTime(section: Section, key: string, usual: string): number {
  const text = section.text(key, usual) ?? "";
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (parts === null) section.complain(key, `"${key}: ${text}": write a time like "09:00"`);
  return parts === null ? 0 : Number(parts[1]) * 60 + Number(parts[2]);
}

function checkSums(top: Section, { segments, openMinute, closeMinute }: Population): void {
  const sum = segments.reduce((total, { share }) => total + share, 0);
  if (sum !== WHOLE) {
    top.complain("segments", `the shares of the segments make ${sum / 100} %, not 100 %`);
  }
  if (openMinute >= closeMinute) top.complain("hours", "the shop must open before it closes");
}

/** What a report says about its customers. */
export function assumptionLines(population: Population): string[] {
  const share = (bps: number) => `${bps / 100} %`;
  const toman = (rial: number) => `${Math.floor(rial / 10).toLocaleString("en-US")}`;
  const lines = population.segments.map(
    ({ name, share: part, visitsPerYear, bill, leavePerMonth, usesCredit }) =>
      `${share(part)} ${name}: ${visitsPerYear} visits a year; bills ${toman(bill.low)} - ` +
      `${toman(bill.usual)} - ${toman(bill.high)} toman (tenth, half, nine tenths below); ` +
      `${share(leavePerMonth)} stop coming each month; ` +
      `credit used at ${share(usesCredit)} of visits`,
  );
  const { joinPerMonth, birthdaysKnown, women, margin } = population;
  lines.push(
    `${share(joinPerMonth)} new members a month; birthday known of ${share(birthdaysKnown)}; ` +
      `${share(women)} women; margin before the club ${share(margin)}`,
    "customers buy the same whatever the rules give: a better club may bring more than this shows",
  );
  return lines;
}
