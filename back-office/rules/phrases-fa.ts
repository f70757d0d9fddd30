/** Rules in plain Persian. */
import {
  Action,
  ANY_ISSUER,
  Base,
  BIRTHDAY_BIAS,
  Field,
  Operator,
  Phase,
  StackMode,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import { otherFacts } from "./other-kinds";
import { PERSIAN_OTHERS } from "./other-kinds-fa";
import { date, inDecimals, inPersian, number, PERSIAN_MONTHS, plain } from "./persian-text";
import type { Phrases, Unit } from "./phrases";
import {
  ANY_DAY,
  type ConditionView,
  type RulesetView,
  type RuleView,
  type WindowView,
} from "./read-ruleset";
import { FIELDS } from "./ruleset-layout";
import { kindOfValue } from "./value-kinds";

const COMPARISONS: Readonly<Record<number, string>> = {
  [Operator.Less]: "کمتر از",
  [Operator.Equal]: "برابر با",
  [Operator.AtMost]: "حداکثر",
  [Operator.Greater]: "بیشتر از",
  [Operator.NotEqual]: "غیر از",
  [Operator.AtLeast]: "دست‌کم",
};
const PHASE_TEXTS: Readonly<Record<number, string>> = {
  [Phase.Guard]: "پیش از هر چیز",
  [Phase.Redeem]: "سقف استفاده از اعتبار",
  [Phase.Discount]: "تخفیف",
  [Phase.Earn]: "اعتبار",
  [Phase.Points]: "امتیاز",
  [Phase.Promote]: "پس از خرید",
  [Phase.Review]: "پس از پایان دوره",
};
const FIELD_TEXTS: Readonly<Record<string, string>> = {
  gross: "مبلغ فاکتور",
  net: "مبلغ پرداختی",
  qty: "شمار کالاها",
  partner: "شمارهٔ فروشگاه",
  terminal: "شمارهٔ پد",
  ratio: "نسبت این خرید به خرید همیشگی مشتری",
  kind: "کارت",
  group: "گروه مشتری",
  visits: "شمار مراجعه‌های پیشین",
  avg: "خرید همیشگی مشتری در هر مراجعه",
  gap: "فاصلهٔ همیشگی دو مراجعه به روز",
  pSpend: "خرید این دوره",
  pVisits: "شمار مراجعه‌های این دوره",
  points: "امتیاز کارت",
  credit: "اعتبار کارت",
  debt: "بدهی کارت",
  gender: "مشتری",
  attr1: "ویژگی نخست کارت",
  attr2: "ویژگی دوم کارت",
  offers: "پیشنهادهای شخصی کارت",
  punch0: "کارت مهر ۰",
  punch1: "کارت مهر ۱",
  punch2: "کارت مهر ۲",
  punch3: "کارت مهر ۳",
  day: "تاریخ",
  minute: "ساعت",
  dow: "روز هفته",
  jm: "ماه",
  jd: "روز ماه",
  sinceLast: "روزهای گذشته از آخرین مراجعه",
  groupDays: "روزهای عضویت در این گروه",
  age: "سن مشتری",
};
const KINDS: Readonly<Record<number, string>> = { 1: "کارت عضو", 2: "کارت هدیه" };
const YES_NO = ["نه", "بله"];
const GENDERS = ["با جنسیت نامعلوم", "خانم", "آقا"];
const WEEK = ["شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه"];
const UNIT_NAMES: Readonly<Record<number, string>> = { 1: "ریال", 10: "تومان", 10000: "ریال جدید" };
/** In rial where the unit cannot show it. */
function money(rial: number, { divisor, decimals }: Unit): string {
  const isExact = (rial * 10 ** decimals) % divisor === 0;
  if (!isExact || UNIT_NAMES[divisor] === undefined) return `${number(rial)} ریال`;
  return `${inDecimals(rial / divisor, decimals)} ${UNIT_NAMES[divisor]}`;
}

function percent(bps: number): string {
  return `${inPersian(String(bps / 100))}٪`;
}

function value({ field, value: amount }: ConditionView, unit: Unit): string {
  switch (kindOfValue(field)) {
    case "money":
      return money(amount, unit);
    case "date":
      return date(amount);
    case "time":
      return clock(amount);
    case "weekday":
      return WEEK[amount] ?? number(amount);
    case "month":
      return PERSIAN_MONTHS[amount - 1] ?? number(amount);
    case "ratio":
      return `${number(amount)}٪`;
    case "cardKind":
      return KINDS[amount] ?? `از نوع ${number(amount)}`;
    case "yesNo":
      return YES_NO[amount] ?? number(amount);
    case "birthday": {
      const days = amount - BIRTHDAY_BIAS;
      if (amount === 0) return "تولد نامعلوم";
      return days < 0 ? `${plain(-days)} روز پیش از تولد` : `${plain(days)} روز پس از تولد`;
    }
    case "gender":
      return GENDERS[amount] ?? number(amount);
    default:
      return number(amount);
  }
}

function fieldText(field: number): string {
  const name = Object.keys(FIELDS).find((key) => FIELDS[key] === field) ?? "";
  if (field >= Field.CategoryAmount) return `خرید از دستهٔ ${plain(field - Field.CategoryAmount)}`;
  if (field >= Field.CategoryQuantity) {
    return `شمار کالاهای دستهٔ ${plain(field - Field.CategoryQuantity)}`;
  }
  return FIELD_TEXTS[name] ?? name;
}

function condition(one: ConditionView, unit: Unit): string {
  const { field, operator } = one;
  const isYes =
    (operator === Operator.Equal && one.value > 0) ||
    (operator !== Operator.Equal && one.value === 0);
  if (operator === Operator.Bit) return `پیشنهاد شخصی ${plain(one.value)} روی کارت باشد`;
  if (field === Field.NewVisit) return `نخستین خرید روز ${isYes ? "باشد" : "نباشد"}`;
  if (field === Field.BirthdayClaimed) {
    return `هدیهٔ تولد امسال ${isYes ? "گرفته شده" : "هنوز گرفته نشده"} باشد`;
  }
  if (field === Field.BirthdayDelta) return birthday(one.value, one.value);
  const isName = ["cardKind", "gender", "weekday", "month"].includes(kindOfValue(field));
  if (isName && operator === Operator.Equal) return `${fieldText(field)} ${value(one, unit)} باشد`;
  if (isName && operator === Operator.NotEqual) {
    return `${fieldText(field)} ${value(one, unit)} نباشد`;
  }
  return `${fieldText(field)} ${COMPARISONS[operator]} ${value(one, unit)} باشد`;
}

function range(low: ConditionView, high: ConditionView, unit: Unit): string {
  if (low.field === Field.BirthdayDelta) return birthday(low.value, high.value);
  return `${fieldText(low.field)} از ${value(low, unit)} تا ${value(high, unit)} باشد`;
}

function birthday(low: number, high: number): string {
  const side = (stored: number): string => {
    const days = stored - BIRTHDAY_BIAS;
    if (stored === 0) return "تولد نامعلوم";
    if (days === 0) return "خود روز تولد";
    return days < 0 ? `${plain(-days)} روز پیش از تولد` : `${plain(days)} روز پس از آن`;
  };
  if (low === high) return `امروز ${side(low)} باشد`;
  return `امروز از ${side(low)} تا ${side(high)} باشد`;
}

function gives(rule: RuleView, unit: Unit): string {
  const { argument, phase } = rule;
  const amount =
    rule.action === Action.Bps
      ? `${percent(argument)} از ${baseText(rule)}`
      : money(argument, unit);
  switch (rule.action) {
    case Action.Bps:
    case Action.Fixed:
      if (phase === Phase.Redeem) return `حداکثر ${amount} را می‌توان با اعتبار پرداخت`;
      if (phase === Phase.Discount) return `${amount} از فاکتور کم می‌شود`;
      return `مشتری ${amount} اعتبار می‌گیرد`;
    case Action.PointsPerUnit: {
      const each = `برای هر ${money(rule.unit, unit)} کامل از ${baseText(rule)}`;
      return `مشتری ${each}، ${number(argument)} امتیاز می‌گیرد`;
    }
    case Action.PointsFixed:
      return `مشتری ${number(argument)} امتیاز می‌گیرد`;
    case Action.SetGroup:
      if (phase === Phase.Review) return `مشتری همان دم به گروه ${plain(argument)} می‌رود`;
      return `مشتری به گروه ${plain(argument)} می‌رود و نرخ‌های آن از خرید بعدی آغاز می‌شود`;
    case Action.IncrementPunch:
      return punch(argument, rule.unit);
    default:
      return "تراکنش رد می‌شود";
  }
}

function punch(index: number, length: number): string {
  return `کارت مهر ${plain(index)} یکی بالا می‌رود و در ${plain(length)} از نو آغاز می‌شود`;
}

function baseText({ base }: RuleView): string {
  if (base === Base.Net) return "مبلغ پرداختی";
  if (base === Base.Gross) return "کل فاکتور";
  return `خرید از دستهٔ ${plain(base - Base.Category)}`;
}

function window({ mode, toMonthEnd, fromDays, until }: WindowView): string {
  const from =
    fromDays === 0
      ? "از همان دم"
      : fromDays === 1
        ? "از روز کاری بعد"
        : `از ${plain(fromDays)} روز بعد`;
  if (mode === WindowMode.Never) return `قابل استفاده ${from}، بدون پایان`;
  const end = mode === WindowMode.Days ? `تا ${plain(until)} روز بعد` : `تا ${date(until)}`;
  const month = toMonthEnd ? " و سپس تا پایان همان ماه شمسی" : "";
  return `قابل استفاده ${from} ${end}${month}`;
}

function days(firstDay: number, lastDay: number): string {
  if (firstDay === 0) return `فقط تا ${date(lastDay)}`;
  if (lastDay === ANY_DAY) return `فقط از ${date(firstDay)}`;
  return `فقط از ${date(firstDay)} تا ${date(lastDay)}`;
}

function competes(mode: number, stack: number, ids: number[]): string {
  const rules = `قانون‌های ${list(ids.map(plain))} (ردهٔ ${plain(stack)})`;
  if (mode === StackMode.Sum) return `${rules} با هم جمع می‌شوند.`;
  if (mode === StackMode.Max) {
    return `${rules}: فقط آن که بیشتر می‌دهد حساب می‌شود؛ میان برابرها نخستین آن‌ها.`;
  }
  return `${rules}: فقط نخستین قانونی که برقرار است، به همین ترتیب، حساب می‌شود.`;
}

function header(view: RulesetView, unit: Unit): [string, string][] {
  const h = view.header;
  const none = (rial: number, otherwise: string) => (rial === 0 ? otherwise : money(rial, unit));
  const months = h.periodMonths;
  const display = UNIT_NAMES[h.displayDivisor] ?? `${number(h.displayDivisor)} ریال`;
  const facts: [string, string][] = [
    [
      "version",
      `باشگاه ${plain(h.club)}، نسخهٔ ${plain(h.version)} قانون‌ها، ` +
        `معتبر از ${date(h.validFromDay)}.`,
    ],
    [
      "clock",
      `روز کاری ساعت ${clock(h.cutoffMinute)} آغاز می‌شود؛ ساعت محلی ${clock(h.offsetMinutes)} ` +
        "جلوتر از ساعت جهانی است.",
    ],
    ["display", `مبلغ‌ها به ${display} نشان داده می‌شوند.`],
    ["roundToRial", `آنچه داده می‌شود به پایین تا ${money(h.roundToRial, unit)} گرد می‌شود.`],
    [
      "earnPerTapRial",
      `بیشترین اعتبار از یک خرید: ${none(h.perTapCapRial, "هرچه قانون‌ها بدهند")}.`,
    ],
    ["balanceRial", `بیشترین اعتبار روی یک کارت: ${none(h.maxBalanceRial, "بدون سقف")}.`],
    ["credit", `اعتبار، مگر قانونی چیز دیگری بگوید، ${window(view.window)} است.`],
    ["maxOfBill", `حداکثر ${percent(h.redeemMaxBps)} از هر فاکتور را می‌توان با اعتبار پرداخت.`],
    ["maxRial", `بیشترین استفاده از اعتبار در هر خرید: ${none(h.redeemMaxRial, "بدون سقف")}.`],
    ["perDayRial", `بیشترین استفاده در روز با هر کارت: ${none(h.redeemDayRial, "بدون سقف")}.`],
    [
      "unitRial",
      `اعتبار با گام‌های ${money(h.redeemUnitRial, unit)} یا همهٔ مانده استفاده می‌شود` +
        `${h.redeemMinRial === 0 ? "" : `، دست‌کم ${money(h.redeemMinRial, unit)}`}.`,
    ],
    [
      "whenClockIsSuspect",
      "تا وقتی تاریخ پد از کارت عقب‌تر است، قانون‌هایی که از زمان می‌پرسند کنار می‌روند " +
        `و اعتبار را ${view.redeemsWhenClockSuspect ? "می‌توان" : "نمی‌توان"} استفاده کرد.`,
    ],
    [
      "enrol",
      `عضو تازه در گروه ${plain(h.enrolGroup)} آغاز می‌کند` +
        `${view.isClosedClub ? " و تا تأیید دفتر باشگاه منتظر می‌ماند" : ""}.`,
    ],
    ["period", months === 0 ? "دوره پایانی ندارد." : `هر دوره ${plain(months)} ماه شمسی است.`],
  ];
  const shop = (id: number) => (id === ANY_ISSUER ? "هر فروشگاه" : `فروشگاه ${plain(id)}`);
  const pairs = view.accept.map(([taker, giver]) => `${shop(taker)} اعتبار ${shop(giver)} را`);
  const also = pairs.length === 0 ? "" : `؛ همچنین ${list(pairs)} می‌پذیرد`;
  facts.push(["accept", `هر فروشگاه اعتباری را که خودش داده است می‌پذیرد${also}.`]);
  const speech = { money, number, window };
  return [...facts, ...otherFacts(view, unit, speech, PERSIAN_OTHERS)];
}

function clock(minute: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return inPersian(`${two(Math.floor(minute / 60))}:${two(minute % 60)}`);
}

function list(items: string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join("، ")} و ${items.at(-1)}`;
}

export const PERSIAN: Phrases = {
  number,
  money,
  percent,
  date,
  ruleTitle: ({ id, name }) =>
    name === "" ? `قانون ${plain(id)}` : `قانون ${plain(id)}، «${name}»`,
  condition,
  value,
  range,
  when: (clauses) => (clauses.length === 0 ? "همیشه" : `اگر ${list(clauses)}`),
  gives,
  most: (rial, unit) => `حداکثر ${money(rial, unit)}`,
  window,
  purse: (kind) => `جداگانه، اعتبار نوع ${plain(kind)}`,
  days,
  sentence: (when, gives, more) => `${[`${when}، ${gives}`, ...more].join("؛ ")}.`,
  usesBirthday: "برای هر تولد یک بار",
  offer: (isUsedUp) => (isUsedUp ? "و پیشنهاد با آن تمام می‌شود" : "و پیشنهاد می‌ماند"),
  place: ({ phase, stack, order, name }) =>
    `«${name}»، ${PHASE_TEXTS[phase] ?? `مرحلهٔ ${plain(phase)}`}، ردهٔ ${plain(stack)}، ` +
    `ترتیب ${plain(order)}`,
  competes,
  header,
  headings: { header: "باشگاه", rules: "قانون‌ها", stacks: "رقابت قانون‌ها" },
  changes: {
    same: "هر دو یکسان‌اند.",
    added: "تازه",
    removed: "حذف شده",
    before: "بود",
    after: "می‌شود",
  },
};
