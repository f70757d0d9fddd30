/** What a member's receipt says, row by row, in English and Persian. */
import { DAY_NEVER } from "../../card-layout/state";
import { toJalali } from "../../firmware/core/calendar";
import { TapKind } from "../../firmware/core/evaluate";

/** Of the paper. */
export const RECEIPT_COLUMNS = [32, 42, 48] as const;
export type ReceiptColumns = (typeof RECEIPT_COLUMNS)[number];

export type ReceiptLanguage = "en" | "fa";

/** Credit with its own validity. */
export interface ReceiptLot {
  amountRial: number;
  fromDay: number;
  untilDay: number;
}

/** One tap as its receipt tells it. Money in rial, days since 2020-01-01. */
export interface Receipt {
  /** Printed on top; "" for none. */
  shop: string;
  terminal: number;
  record: number;
  member: number;
  /** 0 = nobody was logged in. */
  cashier: number;
  kind: number;
  day: number;
  minute: number;
  grossRial: number;
  usedRial: number;
  earnedRial: number;
  expiredRial: number;
  discountRial: number;
  restoredRial: number;
  clawedRial: number;
  payableRial: number;
  oldRial: number;
  balanceRial: number;
  /** On the card after this tap; undefined when it is not known any more. */
  lots: readonly ReceiptLot[] | undefined;
  pointsEarned: number;
  pointsUsed: number;
  points: number;
  /** Printed before. */
  isCopy: boolean;
  /** Rials in one unit that people count in. */
  unitRial: number;
}

/** One new rial in rial; it is written with two decimals at least. */
const NEW_RIAL = 10_000;

/** `start` is where reading begins: left in English, right in Persian. */
export type ReceiptRow =
  | { kind: "title"; text: string }
  | { kind: "pair"; start: string; end: string; isBold: boolean }
  | { kind: "rule" };

interface Words {
  copy: string;
  kinds: Readonly<Record<number, string>>;
  terminal: string;
  record: string;
  member: string;
  cashier: string;
  used: string;
  discount: string;
  pay: string;
  paidBack: string;
  old: string;
  earned: string;
  restored: string;
  clawed: string;
  expired: string;
  now: string;
  until: string;
  from: string;
  to: string;
  never: string;
  unknownLots: string;
  points: string;
  units: Readonly<Record<number, string>>;
  thanks: string;
}

const WORDS: Readonly<Record<ReceiptLanguage, Words>> = {
  en: {
    copy: "*** COPY ***",
    kinds: {
      [TapKind.Enrol]: "Welcome to the club",
      [TapKind.Sale]: "Purchase",
      [TapKind.Refund]: "Return",
      [TapKind.Void]: "Undone",
      [TapKind.GiftLoad]: "Gift card loaded",
      [TapKind.Grant]: "Credit granted",
      [TapKind.Reward]: "Reward",
      [TapKind.Renew]: "Card renewed",
    },
    terminal: "Terminal",
    record: "No.",
    member: "Member",
    cashier: "Cashier",
    used: "Paid with credit",
    discount: "Discount",
    pay: "To pay",
    paidBack: "Paid back",
    old: "Credit before",
    earned: "Earned",
    restored: "Given back",
    clawed: "Taken back",
    expired: "Expired",
    now: "Credit now",
    until: "until",
    from: "",
    to: "to",
    never: "no end",
    unknownLots: "Dates: ask for your balance",
    points: "Points",
    units: { 1: "rial", 10: "toman", 10000: "new rial" },
    thanks: "Thank you",
  },
  fa: {
    copy: "رونوشت",
    kinds: {
      [TapKind.Enrol]: "به باشگاه خوش آمدید",
      [TapKind.Sale]: "خرید",
      [TapKind.Refund]: "مرجوعی",
      [TapKind.Void]: "ابطال",
      [TapKind.GiftLoad]: "شارژ کارت هدیه",
      [TapKind.Grant]: "اعتبار اهدایی",
      [TapKind.Reward]: "جایزه",
      [TapKind.Renew]: "تمدید کارت",
    },
    terminal: "پایانه",
    record: "شماره",
    member: "عضو",
    cashier: "صندوقدار",
    used: "پرداخت با اعتبار",
    discount: "تخفیف",
    pay: "قابل پرداخت",
    paidBack: "بازپرداخت",
    old: "اعتبار پیشین",
    earned: "اعتبار این خرید",
    restored: "اعتبار برگشتی",
    clawed: "اعتبار پس‌گرفته",
    expired: "اعتبار منقضی",
    now: "اعتبار اکنون",
    until: "تا",
    from: "از ",
    to: "تا",
    never: "بی‌پایان",
    unknownLots: "برای تاریخ‌ها مانده بگیرید",
    points: "امتیاز",
    units: { 1: "ریال", 10: "تومان", 10000: "ریال جدید" },
    thanks: "سپاس از خرید شما",
  },
};

const RULE: ReceiptRow = { kind: "rule" };
const SHORT_ID_DIGITS = 4;

export function receiptRows(receipt: Receipt, language: ReceiptLanguage): ReceiptRow[] {
  const words = WORDS[language];
  // Exact: no unit has more decimals than four.
  const minimumFractionDigits = receipt.unitRial === NEW_RIAL ? 2 : 0;
  const decimals = { minimumFractionDigits, maximumFractionDigits: 4 };
  const money = (rial: number) => (rial / receipt.unitRial).toLocaleString("en-US", decimals);
  const pair = (start: string, end: string, isBold = false): ReceiptRow => ({
    kind: "pair",
    start,
    end,
    isBold,
  });
  const some = (text: string, rial: number, sign: string): ReceiptRow[] =>
    rial === 0 ? [] : [pair(text, sign + money(rial))];
  const { kind } = receipt;
  const rows: ReceiptRow[] = [];
  if (receipt.shop !== "") rows.push({ kind: "title", text: receipt.shop });
  rows.push({ kind: "title", text: words.kinds[kind] ?? words.kinds[TapKind.Sale] });
  if (receipt.isCopy) rows.push({ kind: "title", text: words.copy });
  rows.push(
    RULE,
    pair(
      `${dateText(receipt.day)} ${timeText(receipt.minute)}`,
      `${words.terminal} ${receipt.terminal}`,
    ),
    pair(`${words.record} ${receipt.record}`, `${words.member} ${shortId(receipt.member)}`),
  );
  if (receipt.cashier > 0) rows.push(pair(words.cashier, String(receipt.cashier)));
  rows.push(RULE);
  if (receipt.grossRial > 0) {
    const unit = words.units[receipt.unitRial] ?? `x ${receipt.unitRial}`;
    const isBack = kind === TapKind.Refund;
    rows.push(
      pair(words.kinds[kind] ?? "", money(receipt.grossRial)),
      ...some(words.used, receipt.usedRial, "-"),
      ...some(words.discount, receipt.discountRial, "-"),
      pair(`${isBack ? words.paidBack : words.pay} (${unit})`, money(receipt.payableRial), true),
      RULE,
    );
  }
  rows.push(
    pair(words.old, money(receipt.oldRial)),
    ...some(words.used, receipt.usedRial, "-"),
    ...some(words.earned, receipt.earnedRial, "+"),
    ...some(words.restored, receipt.restoredRial, "+"),
    ...some(words.clawed, receipt.clawedRial, "-"),
    ...some(words.expired, receipt.expiredRial, "-"),
    pair(words.now, money(receipt.balanceRial), true),
  );
  if (receipt.lots === undefined) {
    if (receipt.balanceRial > 0) rows.push(pair(words.unknownLots, ""));
  } else rows.push(...receipt.lots.map((lot) => lotRow(lot, receipt.day, words, money)));
  const change = receipt.pointsEarned - receipt.pointsUsed;
  if (receipt.points > 0 || change !== 0) {
    const sign = change < 0 ? "" : "+";
    rows.push(
      pair(change === 0 ? words.points : `${words.points} ${sign}${change}`, count(receipt.points)),
    );
  }
  rows.push(RULE, { kind: "title", text: words.thanks });
  return rows;
}

/** How much, and the last day it may be used; the first one too while that is still to come. */
function lotRow(
  { amountRial, fromDay, untilDay }: ReceiptLot,
  today: number,
  words: Words,
  money: (rial: number) => string,
): ReceiptRow {
  const end = untilDay === DAY_NEVER ? words.never : dateText(untilDay);
  let start = untilDay === DAY_NEVER ? end : `${words.until} ${end}`;
  if (fromDay > today) start = `${words.from}${dateText(fromDay).slice(5)} ${words.to} ${end}`;
  return { kind: "pair", start, end: money(amountRial), isBold: false };
}

/** Jalali. */
function dateText(day: number): string {
  const date = { year: 0, month: 0, day: 0 };
  toJalali(day, date);
  return `${date.year}/${twoDigits(date.month)}/${twoDigits(date.day)}`;
}

function timeText(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** A receipt that is thrown away should not tell who it was. */
function shortId(member: number): string {
  return String(member % 10 ** SHORT_ID_DIGITS).padStart(SHORT_ID_DIGITS, "0");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
