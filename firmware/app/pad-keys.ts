/** What keys and menus mean, and how long a view waits for one. */
import { PIN_DIGITS_MAX } from "../../card-layout/pin";
import { TapKind } from "../core/evaluate";
import { CATEGORY_COUNT } from "../core/ruleset-format";
import {
  ARMED_TIMEOUT_MS,
  QUESTION_TIMEOUT_MS,
  RESULT_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
} from "../limits";
import { View } from "./pad-model";

/** Codes of the keys that are not digits (hal/keypad.ts). */
export const enum Key {
  Hash = 35,
  Star = 42,
  A = 65,
  B = 66,
  C = 67,
  D = 68,
}

/** Longest amount in display units: with toman, 999,999,999 is below 2^40 rial. */
const AMOUNT_DIGITS = 9;
/** In display units; the display has no room for more. */
export const MOST_TYPED = 999999999;
const MOBILE_DIGITS = 11;

export const FIRST_DIGIT = 48;
export const LAST_DIGIT = 57;

/** The totals of the shift in the menu. */
export const MENU_SHIFT = 8;

/** Taps done earlier, in the menu. */
export const MENU_EARLIER = 0;

/** The next language. */
export const MENU_LANGUAGE = 9;

/** By the digit of the menu. */
export const MENU_KINDS = [
  TapKind.Staff,
  TapKind.Refund,
  TapKind.Void,
  TapKind.GiftLoad,
  TapKind.Reward,
  TapKind.Renew,
  TapKind.Grant,
  TapKind.Staff,
];

/** How long the pad waits for a key in a view. */
export function timeoutMs(view: View): number {
  if (view === View.Armed) return ARMED_TIMEOUT_MS;
  if (view === View.Result) return RESULT_TIMEOUT_MS;
  return view === View.GiveUp || view === View.Rate ? QUESTION_TIMEOUT_MS : TYPING_TIMEOUT_MS;
}

/**
 * False when there is no room for more digits, an amount would begin with zero, or there is no such
 * category.
 */
export function hasRoomFor(digits: string, view: View, typed: string): boolean {
  if (view === View.Category) return Number(typed + digits) < CATEGORY_COUNT && typed !== "0";
  const isNumber = view !== View.Mobile && view !== View.Pin;
  const most = view === View.Pin ? PIN_DIGITS_MAX : MOBILE_DIGITS;
  if (isNumber && typed === "" && digits.charCodeAt(0) === FIRST_DIGIT) return false;
  return typed.length + digits.length <= (isNumber ? AMOUNT_DIGITS : most);
}
