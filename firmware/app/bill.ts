/**
 * A bill that is split by category at the keys. Its parts stand one behind the other in a string,
 * which takes no memory while nobody splits a bill, and little for each part.
 */
import { MAX_U32 } from "../core/money";
import { CATEGORY_COUNT, MOST_BILL_CATEGORIES } from "../core/ruleset-format";
import { amountText } from "./money-text";
import type { PadModel } from "./pad-model";

/** A category, then the rial in digits of seven bits: some interpreters widen larger characters. */
const PART_CHARACTERS = 6;
const DIGIT = 128;
/** Each part is a piece, and the journal holds so many of one category. */
const MOST_PARTS = 255;

export interface Bill {
  /**
   * Puts the amount asked about into the category typed. False, and nothing is changed, for none
   * typed, and for more than the journal holds.
   */
  add(): boolean;
  /** Takes the part back that was added last. */
  takeBack(): void;
  /** As a request has them (tap-request.ts). */
  categories(): number[];
}

/** Of `model.bill`; what it takes back it takes off `model.grossRial`, and the rows tell of it. */
export function createBill(model: PadModel, unitRial: number): Bill {
  function rialAt(at: number): number {
    let amountRial = 0;
    for (let i = PART_CHARACTERS - 1; i > 0; i--)
      amountRial = amountRial * DIGIT + model.bill.charCodeAt(at + i);
    return amountRial;
  }

  function categories(): number[] {
    const list: number[] = [];
    for (let i = 0; i < CATEGORY_COUNT * 2; i++) list.push(0);
    for (let at = 0; at < model.bill.length; at += PART_CHARACTERS) {
      const category = model.bill.charCodeAt(at);
      list[category] += 1;
      list[category + CATEGORY_COUNT] += rialAt(at);
    }
    return list;
  }

  /** How many parts there are, and the last one: that is what can be taken back. */
  function say(): void {
    const last = model.bill.length - PART_CHARACTERS;
    model.firstRow = 0;
    model.rows = [`${model.bill.length / PART_CHARACTERS}`];
    if (last >= 0)
      model.rows.push(`${model.bill.charCodeAt(last)}: ${amountText(rialAt(last), unitRial)}`);
  }

  function isPossible(category: number): boolean {
    const list = categories();
    list[category] += 1;
    let categoryCount = 0;
    for (let i = 0; i < CATEGORY_COUNT; i++) if (list[i] > 0) categoryCount++;
    return (
      categoryCount <= MOST_BILL_CATEGORIES &&
      model.bill.length < MOST_PARTS * PART_CHARACTERS &&
      list[category + CATEGORY_COUNT] + model.askedRial <= MAX_U32
    );
  }

  return {
    add: () => {
      const category = Number(model.typed);
      if (model.typed === "" || !isPossible(category)) return false;
      model.bill += String.fromCharCode(category);
      for (let i = 1; i < PART_CHARACTERS; i++) {
        model.bill += String.fromCharCode(model.askedRial % DIGIT);
        model.askedRial = Math.floor(model.askedRial / DIGIT);
      }
      say();
      return true;
    },
    takeBack: () => {
      const last = model.bill.length - PART_CHARACTERS;
      model.grossRial -= rialAt(last);
      model.bill = model.bill.substring(0, last);
      say();
    },
    categories,
  };
}
