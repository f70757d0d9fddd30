/** What reports and charts of what-if runs say, in both languages. */
import { inPersian, PERSIAN_MONTHS } from "../rules/persian-text";

export interface WhatIfWords {
  isRightToLeft: boolean;
  title: string;
  sales: string;
  paid: string;
  discount: string;
  used: string;
  granted: string;
  expired: string;
  outstanding: string;
  cost: string;
  credit: string;
  million: string;
  subtitle: (members: number, population: string, seed: string) => string;
  month: (year: number, month: number) => string;
  number: (text: string) => string;
}

const ENGLISH_MONTHS = [
  ...["Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar"],
  ...["Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"],
];

export const WHAT_IF_WORDS: Readonly<Record<string, WhatIfWords>> = {
  en: {
    isRightToLeft: false,
    title: "What the club costs and what it moves",
    sales: "Sales by how they were paid",
    paid: "paid otherwise",
    discount: "discount",
    used: "credit used",
    granted: "credit granted",
    expired: "credit expired",
    outstanding: "owed at the month's end",
    cost: "Cost: discount and credit used, per cent of sales",
    credit: "Credit of customers",
    million: "million toman",
    subtitle: (members, population, seed) =>
      `simulated: ${members} members at the start, customers of "${population}", seed ${seed}`,
    month: (_year, month) => ENGLISH_MONTHS[month - 1],
    number: (text) => text,
  },
  fa: {
    isRightToLeft: true,
    title: "هزینهٔ باشگاه و آنچه جابه‌جا می‌کند",
    sales: "فروش به تفکیک شیوهٔ پرداخت",
    paid: "پرداخت نقد و کارت",
    discount: "تخفیف",
    used: "اعتبار استفاده‌شده",
    granted: "اعتبار داده‌شده",
    expired: "اعتبار منقضی",
    outstanding: "ماندهٔ بدهی در پایان ماه",
    cost: "هزینه: تخفیف و اعتبار استفاده‌شده، درصد فروش",
    credit: "اعتبار مشتریان",
    million: "میلیون تومان",
    subtitle: (members, population, seed) =>
      `شبیه‌سازی: ${inPersian(String(members))} عضو در آغاز، مشتریان «${population}»، ` +
      `دانهٔ ${inPersian(seed)}`,
    month: (_year, month) => PERSIAN_MONTHS[month - 1],
    number: inPersian,
  },
};
