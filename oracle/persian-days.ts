/**
 * Days and Jalali months by the Persian calendar of the engine's ICU. A day is the count of days
 * since 2020-01-01 in the shop's local time; a month is Jalali year * 12 + month - 1.
 */

const EPOCH_MS = Date.UTC(2020, 0, 1);
const DAY_MS = 86_400_000;
const FORMAT = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
  year: "numeric",
  month: "numeric",
  day: "numeric",
  timeZone: "UTC",
});
const months = new Map<number, number>();

/** The month that a day lies in. */
/** From the decision to the record. */
const DECIDE_SECONDS = 2;

export function monthOfDay(day: number): number {
  const known = months.get(day);
  if (known !== undefined) return known;
  const parts = FORMAT.formatToParts(new Date(EPOCH_MS + day * DAY_MS));
  const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const month = numberOf("year") * 12 + numberOf("month") - 1;
  months.set(day, month);
  return month;
}

/** The last day of the month that `day` lies in. */
export function lastDayOfMonth(day: number): number {
  let last = day;
  while (monthOfDay(last + 1) === monthOfDay(day)) last++;
  return last;
}

/** The business day of an instant, by rulesets/FORMAT.md. */
export function dayAt(unixSeconds: number, offsetMinutes: number, startMinute: number): number {
  const shiftedMs = (unixSeconds + (offsetMinutes - startMinute) * 60) * 1000;
  return Math.floor((shiftedMs - EPOCH_MS) / DAY_MS);
}

/** The minute of the wall clock. */
export function minuteAt(unixSeconds: number, offsetMinutes: number): number {
  const date = new Date((unixSeconds + offsetMinutes * 60) * 1000);
  return date.getUTCHours() * 60 + date.getUTCMinutes();
}

/** Day and minute of a time by a shop's clock; between deciding and journaling a minute may end. */
export function isDateOf(
  { offsetMinutes, dayStartMinute }: { offsetMinutes: number; dayStartMinute: number },
  unixSeconds: number,
  day: number,
  minute: number,
): boolean {
  for (let before = 0; before <= DECIDE_SECONDS; before++) {
    const seconds = unixSeconds - before;
    const isRight =
      day === dayAt(seconds, offsetMinutes, dayStartMinute) &&
      minute === minuteAt(seconds, offsetMinutes);
    if (isRight) return true;
  }
  return false;
}
