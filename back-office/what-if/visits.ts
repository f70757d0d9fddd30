/** The purchases of a what-if run: made once, so that several rulesets meet the same customers. */
import { fromJalali, monthOf, monthStart } from "../../firmware/core/calendar";
import { CATEGORY_COUNT } from "../../firmware/core/ruleset-format";
import { Dice } from "./dice";
import { type Bill, type Population, type Segment, WHOLE } from "./population";

export interface SimulatedMember {
  birthYear: number;
  birthMonth: number;
  birthDay: number;
  gender: number;
}

export interface Visit {
  /** Index in `members`. */
  member: number;
  day: number;
  minute: number;
  grossRial: number;
  /** Pieces per category, then rial per category. */
  categories: number[];
  usesCredit: boolean;
}

export interface Traffic {
  members: SimulatedMember[];
  /** In the order in which they happen. */
  visits: Visit[];
  /** First days of the months, and the day after the last. */
  monthStarts: number[];
}

interface Customer {
  segment: Segment;
  joinDay: number;
  leaveDay: number;
  /** How often compared with the segment, basis points. */
  eager: number;
  /** Bill compared with the segment, basis points. */
  generous: number;
}

export interface TrafficOptions {
  /** Of the first month. */
  year: number;
  month: number;
  months: number;
  members: number;
  seed: string;
}

/** People round prices. */
const PRICE_STEP_RIAL = 10_000;
/** Pieces per line of a bill: one, two, three, four. */
const PIECE_WEIGHTS = [60, 25, 10, 5];
/** Lines of a bill: one, two, three. */
const LINE_WEIGHTS = [50, 30, 20];
const PER_MILLION = 1_000_000;
const MINUTES_PER_DAY = 1440;

export function simulateTraffic(population: Population, options: TrafficOptions): Traffic {
  const dice = new Dice(`${options.seed} ${options.members} ${options.months}`);
  const firstMonth = monthOf(fromJalali(options.year, options.month, 1));
  const starts = Array.from({ length: options.months + 1 }, (_, i) => monthStart(firstMonth + i));
  const newcomers = Math.floor((options.members * population.joinPerMonth) / WHOLE);
  const joinDays: number[] = Array(options.members).fill(starts[0]);
  for (let month = 0; month < options.months; month++) {
    for (let i = 0; i < newcomers; i++) {
      joinDays.push(dice.between(starts[month], starts[month + 1] - 1));
    }
  }
  const members: SimulatedMember[] = [];
  const customers = joinDays.map((joinDay) => {
    members.push(makeMember(dice, population));
    return makeCustomer(dice, population, joinDay, starts);
  });
  const visits: Visit[] = [];
  for (let day = starts[0]; day < starts[options.months]; day++) {
    const ofDay = visitsOf(day, dice, population, customers);
    visits.push(...ofDay.sort((a, b) => a.minute - b.minute || a.member - b.member));
  }
  return { members, visits, monthStarts: starts };
}

function makeMember(dice: Dice, population: Population): SimulatedMember {
  const gender = dice.below(WHOLE) < population.women ? 1 : 2;
  const isKnown = dice.below(WHOLE) < population.birthdaysKnown;
  const birthMonth = dice.between(1, 12);
  const birthDay = dice.between(1, birthMonth <= 6 ? 31 : 29);
  const birthYear = dice.between(1335, 1386);
  if (!isKnown) return { birthYear: 0, birthMonth: 0, birthDay: 0, gender };
  return { birthYear, birthMonth, birthDay, gender };
}

function makeCustomer(
  dice: Dice,
  population: Population,
  joinDay: number,
  starts: number[],
): Customer {
  const segment = population.segments[dice.pick(population.segments.map(({ share }) => share))];
  let leaveDay = starts[starts.length - 1];
  for (let i = starts.length - 2; i >= 0; i--) {
    const isGone = dice.below(WHOLE) < segment.leavePerMonth;
    const lastDay = dice.between(starts[i], starts[i + 1] - 1);
    if (isGone && lastDay > joinDay) leaveDay = lastDay;
  }
  const spread = () => dice.between(WHOLE / 2, (WHOLE * 3) / 2);
  return { segment, joinDay, leaveDay, eager: spread(), generous: spread() };
}

function visitsOf(day: number, dice: Dice, population: Population, customers: Customer[]): Visit[] {
  const busy = busyOf(day, population);
  const visits: Visit[] = [];
  customers.forEach((customer, member) => {
    if (day < customer.joinDay || day >= customer.leaveDay) return;
    const perDay = (customer.segment.visitsPerYear * PER_MILLION) / 365;
    // Whoever comes more than daily comes once a day here: one day is one visit to the rules, too.
    const chance = Math.min((perDay * busy * customer.eager) / WHOLE / WHOLE, PER_MILLION);
    if (dice.happens(Math.floor(chance)))
      visits.push(makeVisit(member, day, dice, population, customer));
  });
  return visits;
}

/** Basis points of a usual day, so that the year as a whole has the visits that it should. */
function busyOf(day: number, { weekdays, months }: Population): number {
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  // Saturday = 0; 2020-01-01 was a Wednesday.
  const weekday = weekdays[(day + 4) % 7];
  const month = months[monthOf(day) % 12];
  return Math.floor((weekday * month * WHOLE) / (mean(weekdays) * mean(months)));
}

function makeVisit(
  member: number,
  day: number,
  dice: Dice,
  population: Population,
  { segment, generous }: Customer,
): Visit {
  const { openMinute, closeMinute } = population;
  const bill = Math.floor((drawBill(dice, segment.bill) * generous) / WHOLE);
  const grossRial = Math.max(bill - (bill % PRICE_STEP_RIAL), PRICE_STEP_RIAL);
  return {
    member,
    day,
    minute: dice.between(openMinute, closeMinute - 1) % MINUTES_PER_DAY,
    grossRial,
    categories: drawCategories(dice, population, grossRial),
    usesCredit: dice.below(WHOLE) < segment.usesCredit,
  };
}

/** Straight between the given tenths; up to half of the lowest and twice the highest outside. */
function drawBill(dice: Dice, { low, usual, high }: Bill): number {
  const at = dice.below(WHOLE);
  const between = (from: number, to: number, start: number, end: number) =>
    from + Math.floor(((to - from) * (at - start)) / (end - start));
  if (at < 1000) return between(Math.floor(low / 2), low, 0, 1000);
  if (at < 5000) return between(low, usual, 1000, 5000);
  if (at < 9000) return between(usual, high, 5000, 9000);
  return between(high, high * 2, 9000, WHOLE);
}

/** One to three lines, each of a category that is drawn by its share. */
function drawCategories(dice: Dice, population: Population, grossRial: number): number[] {
  const categories: number[] = Array(CATEGORY_COUNT * 2).fill(0);
  const { categories: known } = population;
  if (known.length === 0) return categories;
  const lines = dice.pick(LINE_WEIGHTS) + 1;
  let restRial = grossRial;
  for (let line = lines; line > 0; line--) {
    const { category } = known[dice.pick(known.map(({ share }) => share))];
    const rial = line === 1 ? restRial : Math.floor(restRial / line);
    categories[category] += dice.pick(PIECE_WEIGHTS) + 1;
    categories[CATEGORY_COUNT + category] += rial;
    restRial -= rial;
  }
  return categories;
}
