/** Numbers and dates as Persian writes them. */
import { toJalali } from "../../firmware/core/calendar";

export const PERSIAN_MONTHS = [
  ...["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"],
  ...["مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"],
];
const DIGITS = "۰۱۲۳۴۵۶۷۸۹";

/** Digits and separators as Persian has them. */
export function inPersian(text: string): string {
  return text
    .replace(/\d/g, (digit) => DIGITS[Number(digit)])
    .replaceAll(",", "٬")
    .replaceAll(".", "٫");
}

export function number(value: number): string {
  return inDecimals(value, 0);
}

/** With so many decimals at least. */
export function inDecimals(value: number, minimumFractionDigits: number): string {
  return inPersian(value.toLocaleString("en-US", { minimumFractionDigits }));
}

/** A number that names something is not grouped. */
export function plain(value: number): string {
  return inPersian(String(value));
}

export function date(day: number): string {
  const parts = { year: 0, month: 0, day: 0 };
  toJalali(day, parts);
  return `${plain(parts.day)} ${PERSIAN_MONTHS[parts.month - 1]} ${plain(parts.year)}`;
}
