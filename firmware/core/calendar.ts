/**
 * Business days and the Jalali calendar. A day is a number: days since 2020-01-01 in local time. A
 * month is a number too: Jalali year * 12 + month - 1, so that a period of months is a division.
 *
 * The Jalali year is the 33-year cycle that holds from 1210 to 1634 (the break table of Borkowski,
 * "The Persian calendar for 3000 years", 1996): 8 leap years in 33. Iran keeps UTC+03:30 all year
 * since 2022-09-21; the offset comes from the ruleset, never from a time zone database.
 */

/** 1970-01-01 to 2020-01-01. */
const UNIX_DAYS_TO_EPOCH = 18262;
const CYCLE_YEARS = 33;
const CYCLE_LEAP_YEARS = 8;
const CYCLE_DAYS = 12053;
/** Where in its cycle the year 0 would be, so that leap years fall on 1399, 1403, 1408, ... */
const CYCLE_PHASE = 21;
/** From the first day of the year 0, were the cycle valid there, to 2020-01-01. */
const DAYS_TO_EPOCH = 510895;
/** Six months of 31 days. */
const FIRST_HALF_DAYS = 186;

/** A Jalali date, caller-owned. */
export interface JalaliDate {
  year: number;
  month: number;
  day: number;
}

/** The business day of an instant; a day begins `cutoffMinute` minutes after local midnight. */
export function businessDay(
  unixSeconds: number,
  offsetMinutes: number,
  cutoffMinute: number,
): number {
  return Math.floor((unixSeconds / 60 + offsetMinutes - cutoffMinute) / 1440) - UNIX_DAYS_TO_EPOCH;
}

/** Minute of the wall clock, 0..1439, whatever the business day's cut-off. */
export function minuteOfDay(unixSeconds: number, offsetMinutes: number): number {
  return (Math.floor(unixSeconds / 60) + offsetMinutes) % 1440;
}

/** The month that `day` lies in. */
export function monthOf(day: number): number {
  // The exact inverse of `monthStart` for first months: 33 * day lies 0..32 above 33 * Nowruz.
  const shifted = CYCLE_YEARS * (day + DAYS_TO_EPOCH) + (CYCLE_YEARS - 1 - CYCLE_PHASE);
  const firstMonth = Math.floor(shifted / CYCLE_DAYS) * 12;
  const dayOfYear = day - monthStart(firstMonth);
  // Behind the first half a month has 30 days, and the six days that it is longer are past.
  return (
    firstMonth + Math.floor(dayOfYear < FIRST_HALF_DAYS ? dayOfYear / 31 : (dayOfYear - 6) / 30)
  );
}

/** The first day of a month. */
export function monthStart(month: number): number {
  const year = Math.floor(month / 12);
  const monthsPast = month - year * 12;
  const leapYears = Math.floor((year * CYCLE_LEAP_YEARS + CYCLE_PHASE) / CYCLE_YEARS);
  const shortMonths = Math.max(monthsPast - 6, 0);
  return year * 365 + leapYears - DAYS_TO_EPOCH + monthsPast * 31 - shortMonths;
}

/** A day of a month; one past the month's end counts as the last one. */
export function dayInMonth(month: number, dayOfMonth: number): number {
  return Math.min(monthStart(month) + dayOfMonth, monthStart(month + 1)) - 1;
}

/** The birthday nearest to `day`. In a common year 30 Esfand is kept on the 29th. */
export function nearestBirthday(day: number, birthMonth: number, birthDay: number): number {
  const thisMonth = monthOf(day);
  const month = thisMonth - (thisMonth % 12) + birthMonth - 1;
  const birthday = dayInMonth(month, birthDay);
  if (day - birthday > 183) return dayInMonth(month + 12, birthDay);
  return day - birthday < -182 ? dayInMonth(month - 12, birthDay) : birthday;
}

/** Fills `out` with the Jalali date of `day`; valid for the years 1210..1634. */
export function toJalali(day: number, out: JalaliDate): void {
  const month = monthOf(day);
  out.year = Math.floor(month / 12);
  out.month = (month % 12) + 1;
  out.day = day - monthStart(month) + 1;
}

/** The day number of a Jalali date; a day past the end of its month counts as the last one. */
export function fromJalali(year: number, month: number, day: number): number {
  return dayInMonth(year * 12 + month - 1, day);
}

/** 31, 30 or, for Esfand of a common year, 29. */
export function jalaliMonthDays(year: number, month: number): number {
  return monthStart(year * 12 + month) - monthStart(year * 12 + month - 1);
}
