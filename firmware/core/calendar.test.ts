import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  businessDay,
  fromJalali,
  jalaliMonthDays,
  minuteOfDay,
  monthOf,
  monthStart,
  nearestBirthday,
  toJalali,
} from "./calendar";

const EPOCH_UTC_MS = Date.UTC(2020, 0, 1);
const DAY_MS = 86_400_000;

function utcSeconds(iso: string): number {
  return Date.parse(iso) / 1000;
}

test("every day of 1390..1480 is ICU's Persian date, and converts back", () => {
  const icu = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    timeZone: "UTC",
  });
  const date = { year: 0, month: 0, day: 0 };
  const last = fromJalali(1480, 12, 31);
  let days = 0;
  for (let day = fromJalali(1390, 1, 1); day <= last; day++) {
    toJalali(day, date);
    const parts = icu.format(EPOCH_UTC_MS + day * DAY_MS).match(/\d+/g);
    assert.equal(parts?.map(Number), [date.month, date.day, date.year]);
    assert.is(fromJalali(date.year, date.month, date.day), day);
    days++;
  }
  assert.is(days, 91 * 365 + 22);
});

test("published day numbers and leap years", () => {
  assert.is(fromJalali(1403, 12, 30), 1905);
  assert.is(fromJalali(1404, 1, 1), 1906);
  assert.is(fromJalali(1404, 12, 29), 2270);
  assert.is(fromJalali(1405, 1, 1), 2271);
  assert.is(fromJalali(1408, 12, 30), 3731);
  const leap: number[] = [];
  for (let year = 1399; year <= 1417; year++) if (jalaliMonthDays(year, 12) === 30) leap.push(year);
  assert.equal(leap, [1399, 1403, 1408, 1412, 1416]);
});

/** The last day of the month that `day` lies in. */
function endOfJalaliMonth(day: number): number {
  return monthStart(monthOf(day) + 1) - 1;
}

test("month ends", () => {
  assert.is(jalaliMonthDays(1404, 6), 31);
  assert.is(jalaliMonthDays(1404, 7), 30);
  assert.is(jalaliMonthDays(1404, 12), 29);
  assert.is(jalaliMonthDays(1403, 12), 30);
  assert.is(endOfJalaliMonth(fromJalali(1404, 12, 1)), 2270);
  assert.is(endOfJalaliMonth(2270), 2270);
  assert.is(endOfJalaliMonth(2271), 2271 + 30);
  assert.is(endOfJalaliMonth(fromJalali(1403, 12, 1)), 1905);
});

test("Nowruz 1404 began at local midnight, 20:30 UTC the evening before", () => {
  assert.is(businessDay(utcSeconds("2025-03-20T20:29:59Z"), 210, 0), 1905);
  assert.is(businessDay(utcSeconds("2025-03-20T20:30:00Z"), 210, 0), 1906);
  assert.is(minuteOfDay(utcSeconds("2025-03-20T20:29:59Z"), 210), 1439);
  assert.is(minuteOfDay(utcSeconds("2025-03-20T20:30:00Z"), 210), 0);
});

test("no summer time: 2025-07-01 is +03:30 as well", () => {
  assert.is(minuteOfDay(utcSeconds("2025-07-01T00:00:00Z"), 210), 210);
});

test("with a cut-off at 04:00 the night belongs to the day before, the clock does not", () => {
  const beforeCutoff = utcSeconds("2025-03-21T00:29:59Z");
  assert.is(businessDay(beforeCutoff, 210, 240), 1905);
  assert.is(businessDay(beforeCutoff + 1, 210, 240), 1906);
  assert.is(minuteOfDay(beforeCutoff + 1, 210), 240);
});

test("the nearest birthday crosses Nowruz in both directions", () => {
  const after = fromJalali(1405, 1, 3);
  assert.is(nearestBirthday(after, 12, 28), fromJalali(1404, 12, 28));
  const before = fromJalali(1404, 12, 27);
  assert.is(nearestBirthday(before, 1, 2), fromJalali(1405, 1, 2));
});

test("30 Esfand is kept on the 29th of a common year", () => {
  const last1404 = fromJalali(1404, 12, 29);
  assert.is(nearestBirthday(last1404, 12, 30), last1404);
  const last1403 = fromJalali(1403, 12, 30);
  assert.is(nearestBirthday(last1403, 12, 30), last1403);
});

test("the distance to a birthday is always -182..183 and comes round every year", () => {
  for (let month = 1; month <= 12; month++) {
    let zeros = 0;
    for (let day = fromJalali(1400, 1, 1); day < fromJalali(1410, 1, 1); day++) {
      const daysSince = day - nearestBirthday(day, month, month === 12 ? 30 : 1);
      assert.ok(daysSince >= -182 && daysSince <= 183);
      if (daysSince === 0) zeros++;
    }
    assert.is(zeros, 10);
  }
});

/** The cycle year by year, as the break table has it, from a known Nowruz in both directions. */
test("every year of 1210..1634 has the days of the 33-year cycle", () => {
  let day = 1906;
  for (let year = 1404; year < 1634; year++) {
    assert.is(fromJalali(year, 1, 1), day);
    day += ((year - 1210) % 33) % 4 === 0 && (year - 1210) % 33 < 32 ? 366 : 365;
  }
  day = 1906;
  for (let year = 1404; year > 1210; year--) {
    assert.is(fromJalali(year, 1, 1), day);
    day -= ((year - 1211) % 33) % 4 === 0 && (year - 1211) % 33 < 32 ? 366 : 365;
  }
});

test.run();
