/**
 * The values that rule conditions read, computed once per tap and looked up by `Field`. Each is a
 * non-negative integer; what is not known is 0. Their meaning is in rulesets/FORMAT.md.
 */
import { type Identity, IdentityField } from "../../card-layout/identity";
import { type CardState, StateField } from "../../card-layout/state";
import {
  dayOfWeek,
  type JalaliDate,
  type NearestBirthday,
  nearestBirthday,
  toJalali,
} from "./calendar";
import type { Purchase } from "./evaluate";
import { totalRial } from "./lots";
import { BIRTHDAY_BIAS, Field } from "./ruleset-format";

const values: number[] = [];
for (let i = 0; i < Field.EndTime; i++) values.push(0);
const today: JalaliDate = { year: 0, month: 0, day: 0 };
const birthday: NearestBirthday = { daysSince: 0, year: 0 };

/** Everything that does not change while the tap is evaluated; `day` is the tap's day. */
export function fillTapFields(
  identity: Identity,
  state: CardState,
  purchase: Purchase,
  day: number,
): void {
  values[Field.Gross] = purchase.grossRial;
  values[Field.Quantity] = sumOf(purchase.categoryQuantity);
  values[Field.Partner] = purchase.issuer;
  values[Field.Terminal] = purchase.terminal;
  values[Field.Kind] = identity[IdentityField.Kind];
  values[Field.Gender] = identity[IdentityField.Gender];
  values[Field.Attribute1] = identity[IdentityField.Attribute1];
  values[Field.Attribute2] = identity[IdentityField.Attribute2];
  values[Field.Group] = state[StateField.Group];
  values[Field.Offers] = state[StateField.OffersEntitled] & ~state[StateField.OffersUsed];
  values[Field.NewVisit] = isNewVisit(state, day) ? 1 : 0;
  values[Field.SinceLast] = state[StateField.Visits] > 0 ? day - state[StateField.LastDay] : 0;
  values[Field.GroupDays] = day - state[StateField.GroupSinceDay];
  values[Field.Day] = day;
  values[Field.Minute] = purchase.minute;
  values[Field.DayOfWeek] = dayOfWeek(day);
  fillDateFields(identity, state, day);
}

/** What a sale changes: read before it by all phases but PROMOTE, which reads it after. */
export function fillStateFields(state: CardState): void {
  const visits = state[StateField.Visits];
  values[Field.Visits] = visits;
  values[Field.Average] = visits > 0 ? Math.floor(state[StateField.LifeSpendRial] / visits) : 0;
  values[Field.Gap] =
    visits > 1
      ? Math.floor((state[StateField.LastDay] - state[StateField.FirstDay]) / (visits - 1))
      : 0;
  values[Field.PeriodSpend] = state[StateField.PeriodSpendRial];
  values[Field.PeriodVisits] = state[StateField.PeriodVisits];
  values[Field.Points] = state[StateField.Points];
  values[Field.Credit] = totalRial(state);
  values[Field.Debt] = state[StateField.DebtRial];
  for (let i = 0; i < 4; i++) values[Field.Punch + i] = state[StateField.Punches + i];
}

/** The part of the bill that is neither paid with credit nor discounted. */
export function fillNet(netRial: number): void {
  const average = values[Field.Average];
  values[Field.Net] = netRial;
  values[Field.Ratio] = average > 0 ? Math.floor((netRial * 100) / average) : 0;
}

/** The value of one field after the three functions above. */
export function fieldValue(purchase: Purchase, field: number): number {
  if (field < Field.CategoryQuantity) return values[field];
  if (field < Field.CategoryAmount) {
    return valueAt(purchase.categoryQuantity, field - Field.CategoryQuantity);
  }
  return valueAt(purchase.categoryAmountRial, field - Field.CategoryAmount);
}

/** The Jalali year of the birthday nearest to the tap, minus 1400 as the card stores it. */
export function birthdayClaimYear(): number {
  return birthday.year - 1400;
}

/** Several purchases on one business day are one visit. */
export function isNewVisit(state: CardState, day: number): boolean {
  return state[StateField.Visits] === 0 || state[StateField.LastDay] !== day;
}

function fillDateFields(identity: Identity, state: CardState, day: number): void {
  const month = identity[IdentityField.BirthMonth];
  toJalali(day, today);
  values[Field.JalaliMonth] = today.month;
  values[Field.JalaliDay] = today.day;
  values[Field.Age] = 0;
  values[Field.BirthdayDelta] = 0;
  values[Field.BirthdayClaimed] = 0;
  if (month === 0 || identity[IdentityField.BirthDay] === 0) return;
  nearestBirthday(day, month, identity[IdentityField.BirthDay], birthday);
  values[Field.BirthdayDelta] = birthday.daysSince + BIRTHDAY_BIAS;
  values[Field.BirthdayClaimed] =
    state[StateField.BirthdayClaimYear] === birthdayClaimYear() ? 1 : 0;
  if (identity[IdentityField.BirthYear] === 0) return;
  const isStillToCome =
    today.month * 32 + today.day < month * 32 + identity[IdentityField.BirthDay];
  const age = today.year - identity[IdentityField.BirthYear] - (isStillToCome ? 1 : 0);
  values[Field.Age] = Math.max(age, 0);
}

function valueAt(list: number[] | undefined, key: number): number {
  return list === undefined || key >= list.length ? 0 : list[key];
}

function sumOf(list: number[] | undefined): number {
  let sum = 0;
  if (list !== undefined) for (let i = 0; i < list.length; i++) sum += list[i];
  return sum;
}
