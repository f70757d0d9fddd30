/** Jalali dates as people write them, and days since 2020-01-01 as everything else counts them. */
import { DAY_NEVER } from "../card-layout/state";
import { fromJalali, type JalaliDate, jalaliMonthDays, toJalali } from "../firmware/core/calendar";
import { UserError } from "./user-error";

const PATTERN = /^(1[234]\d\d)-(\d\d?)-(\d\d?)$/;

/** `1404-01-31`, or `never`. */
export function formatDay(day: number): string {
  if (day === DAY_NEVER) return "never";
  const date: JalaliDate = { year: 0, month: 0, day: 0 };
  toJalali(day, date);
  return formatJalali(date);
}

export function formatJalali({ year, month, day }: JalaliDate): string {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** Parses a Jalali date; `what` names it in the message. */
export function parseJalali(text: string, what: string): JalaliDate {
  const [, year, month, day] = (PATTERN.exec(text) ?? []).map(Number);
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= jalaliMonthDays(year, month);
  if (!isDate) throw new UserError(`${what}: write a Jalali date like 1404-01-31, not ${text}`);
  return { year, month, day };
}

export function parseDay(text: string, what: string): number {
  const { year, month, day } = parseJalali(text, what);
  return fromJalali(year, month, day);
}
