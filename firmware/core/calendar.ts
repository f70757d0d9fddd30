/**
 * Business days and the Jalali calendar. A day is a number: days since 2020-01-01 in local time.
 *
 * The Jalali year is the 33-year cycle that holds from 1210 to 1634 (the break table of Borkowski,
 * "The Persian calendar for 3000 years", 1996): 8 leap years in 33. Iran keeps UTC+03:30 all year
 * since 2022-09-21; the offset comes from the ruleset, never from a time zone database.
 */

/** 1970-01-01 to 2020-01-01. */
const UNIX_DAYS_TO_EPOCH = 18262;
/** 1210-01-01 to 1398-10-11 (2020-01-01). */
const DAYS_FROM_1210_TO_EPOCH = 68952;
const CYCLE_YEARS = 33;
const CYCLE_DAYS = 12053;
/** Six months of 31 days. */
const FIRST_HALF_DAYS = 186;

/** A Jalali date, caller-owned. */
export interface JalaliDate {
  year: number;
  month: number;
  day: number;
}

/** A birthday near a day; see `nearestBirthday`. */
export interface NearestBirthday {
  /** Days since it, -182..183; negative when it is still to come. */
  daysSince: number;
  /** The Jalali year that it lies in, which near Nowruz need not be the year of the day. */
  year: number;
}

const scratch: JalaliDate = { year: 0, month: 0, day: 0 };

/** The business day of an instant; a day begins `cutoffMinute` minutes after local midnight. */
export function businessDay(
  unixSeconds: number,
  offsetMinutes: number,
  cutoffMinute: number,
): number {
  const localMinutes = Math.floor(unixSeconds / 60) + offsetMinutes - cutoffMinute;
  return Math.floor(localMinutes / 1440) - UNIX_DAYS_TO_EPOCH;
}

/** Minute of the wall clock, 0..1439, whatever the business day's cut-off. */
export function minuteOfDay(unixSeconds: number, offsetMinutes: number): number {
  return (Math.floor(unixSeconds / 60) + offsetMinutes) % 1440;
}

/** Saturday = 0 .. Friday = 6; `day` >= 0. */
export function dayOfWeek(day: number): number {
  return (day + 4) % 7;
}

/** Fills `out` with the Jalali date of `day`; valid for the years 1210..1634. */
export function toJalali(day: number, out: JalaliDate): void {
  let year = 1210 + Math.floor(((day + DAYS_FROM_1210_TO_EPOCH) * CYCLE_YEARS) / CYCLE_DAYS);
  // The estimate may be one year off on either side of Nowruz.
  if (nowruz(year) > day) year--;
  if (nowruz(year + 1) <= day) year++;
  const dayOfYear = day - nowruz(year);
  const inFirstHalf = dayOfYear < FIRST_HALF_DAYS;
  const rest = inFirstHalf ? dayOfYear : dayOfYear - FIRST_HALF_DAYS;
  const monthDays = inFirstHalf ? 31 : 30;
  const month = Math.floor(rest / monthDays);
  out.year = year;
  out.month = month + (inFirstHalf ? 1 : 7);
  out.day = rest - month * monthDays + 1;
}

/** The day number of a Jalali date; a day past the end of its month counts as the last one. */
export function fromJalali(year: number, month: number, day: number): number {
  const length = jalaliMonthDays(year, month);
  const daysBefore = month <= 7 ? (month - 1) * 31 : FIRST_HALF_DAYS + (month - 7) * 30;
  return nowruz(year) + daysBefore + Math.min(day, length) - 1;
}

/** 31, 30 or, for Esfand of a common year, 29. */
export function jalaliMonthDays(year: number, month: number): number {
  if (month <= 6) return 31;
  return month < 12 || isJalaliLeapYear(year) ? 30 : 29;
}

export function isJalaliLeapYear(year: number): boolean {
  return nowruz(year + 1) - nowruz(year) === 366;
}

/** The last day of the Jalali month that `day` lies in. */
export function endOfJalaliMonth(day: number): number {
  toJalali(day, scratch);
  return fromJalali(scratch.year, scratch.month, 31);
}

/**
 * Fills `out` with the birthday nearest to `day`. In a common year 30 Esfand is kept on the 29th.
 */
export function nearestBirthday(
  day: number,
  birthMonth: number,
  birthDay: number,
  out: NearestBirthday,
): void {
  toJalali(day, scratch);
  let year = scratch.year;
  const daysSince = day - fromJalali(year, birthMonth, birthDay);
  if (daysSince > 183) year++;
  if (daysSince < -182) year--;
  out.year = year;
  out.daysSince = day - fromJalali(year, birthMonth, birthDay);
}

/** The day number of 1 Farvardin. */
function nowruz(year: number): number {
  const years = year - 1210;
  const cycles = Math.floor(years / CYCLE_YEARS);
  const leapYears = cycles * 8 + Math.floor(((years % CYCLE_YEARS) + 3) / 4);
  return years * 365 + leapYears - DAYS_FROM_1210_TO_EPOCH;
}
