/**
 * The values that rule conditions read, computed once per tap and looked up by `Field`. Each is a
 * non-negative integer; what is not known is 0. Their meaning is in rulesets/FORMAT.md.
 */
import { type Identity, IdentityField } from "../../card-layout/identity";
import { PUNCH_COUNT, StateField } from "../../card-layout/state";
import { monthOf, monthStart, nearestBirthday } from "./calendar";
import { sumLots } from "./lots";
import { MAX_RIAL, MAX_U32 } from "./money";
import { BIRTHDAY_BIAS, CATEGORY_COUNT, Field, MAX_CATEGORY_LINES } from "./ruleset-format";
import { after, day, purchase } from "./tap-context";

/** By `Field`, without the categories. */
export const values: number[] = [];
for (let i = 0; i < Field.EndTime; i++) values.push(0);

/** Jalali year of the birthday nearest to the tap, minus 1400 as the card stores it. */
export let birthdayClaimYear = 0;

/** The value of any field after the three functions below. */
export function fieldValue(field: number): number {
  const list = purchase.categories;
  if (field < Field.CategoryQuantity) return values[field];
  return list === undefined ? 0 : list[field - Field.CategoryQuantity];
}

/**
 * Everything that does not change while the tap is evaluated. False when an amount of the purchase
 * is none, or there are more categories than a journal record holds.
 */
export function fillTapFields(identity: Identity): boolean {
  const list = purchase.categories;
  let isFine = isAmount(purchase.grossRial) && isAmount(purchase.askedCreditRial);
  let quantity = 0;
  let lineCount = 0;
  if (list !== undefined) {
    for (let i = 0; i < CATEGORY_COUNT * 2; i++) {
      isFine = isFine && isAmount(list[i]);
      if (i < CATEGORY_COUNT) {
        quantity += list[i];
        if (list[i] + list[i + CATEGORY_COUNT] > 0) lineCount++;
        // As much as the journal holds of each.
        isFine = isFine && list[i] < 256 && list[i + CATEGORY_COUNT] <= MAX_U32;
      }
    }
  }
  const visits = after[StateField.Visits];
  const sinceLast = day - after[StateField.LastDay];
  const month = monthOf(day);
  values[Field.Gross] = purchase.grossRial;
  values[Field.Quantity] = quantity;
  values[Field.Partner] = purchase.issuer;
  values[Field.Terminal] = purchase.terminal;
  values[Field.Kind] = identity[IdentityField.Kind];
  values[Field.Gender] = identity[IdentityField.Gender];
  values[Field.Attribute1] = identity[IdentityField.Attribute1];
  values[Field.Attribute2] = identity[IdentityField.Attribute2];
  values[Field.Group] = after[StateField.Group];
  values[Field.Offers] = after[StateField.Offers];
  values[Field.NewVisit] = visits > 0 && sinceLast === 0 ? 0 : 1;
  values[Field.SinceLast] = visits > 0 ? sinceLast : 0;
  values[Field.GroupDays] = day - after[StateField.GroupSinceDay];
  values[Field.Day] = day;
  values[Field.Minute] = purchase.minute;
  // Saturday = 0; 2020-01-01 was a Wednesday.
  values[Field.DayOfWeek] = (day + 4) % 7;
  values[Field.JalaliMonth] = (month % 12) + 1;
  values[Field.JalaliDay] = day - monthStart(month) + 1;
  fillBirthday(identity);
  return isFine && lineCount <= MAX_CATEGORY_LINES;
}

/** What a sale changes: read before it by all phases but PROMOTE, which reads it after. */
export function fillStateFields(): void {
  const visits = after[StateField.Visits];
  const lifeDays = after[StateField.LastDay] - after[StateField.FirstDay];
  values[Field.Visits] = visits;
  values[Field.Average] = visits > 0 ? Math.floor(after[StateField.LifeSpendRial] / visits) : 0;
  values[Field.Gap] = visits > 1 ? Math.floor(lifeDays / (visits - 1)) : 0;
  values[Field.PeriodSpend] = after[StateField.PeriodSpendRial];
  values[Field.PeriodVisits] = after[StateField.PeriodVisits];
  values[Field.Points] = after[StateField.Points];
  values[Field.Credit] = sumLots(false);
  values[Field.Debt] = after[StateField.DebtRial];
  for (let i = 0; i < PUNCH_COUNT; i++) values[Field.Punch + i] = after[StateField.Punches + i];
}

/** The part of the bill that is neither paid with credit nor discounted. */
export function fillNet(netRial: number): void {
  const average = values[Field.Average];
  values[Field.Net] = netRial;
  values[Field.Ratio] = average > 0 ? Math.floor((netRial * 100) / average) : 0;
}

function isAmount(amount: number): boolean {
  return amount >= 0 && amount <= MAX_RIAL && amount % 1 === 0;
}

/** A member whose birthday is not known uses none up. */
function fillBirthday(identity: Identity): void {
  const birthMonth = identity[IdentityField.BirthMonth];
  const birthYear = identity[IdentityField.BirthYear];
  let age = 0;
  let delta = 0;
  let isClaimed = 0;
  birthdayClaimYear = after[StateField.BirthdayClaimYear];
  if (birthMonth > 0) {
    const birthday = nearestBirthday(day, birthMonth, identity[IdentityField.BirthDay]);
    const year = Math.floor(monthOf(birthday) / 12);
    if (birthdayClaimYear === year - 1400) isClaimed = 1;
    if (birthYear > 0) age = Math.max(year - birthYear - (birthday > day ? 1 : 0), 0);
    birthdayClaimYear = year - 1400;
    delta = day - birthday + BIRTHDAY_BIAS;
  }
  values[Field.Age] = age;
  values[Field.BirthdayDelta] = delta;
  values[Field.BirthdayClaimed] = isClaimed;
}
