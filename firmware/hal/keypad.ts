/** Keys are the codes of the characters printed on them: "0".."9", "A".."D", "*", "#". */
export const NO_KEY = 0;

/** A keypad; the driver scans and debounces. */
export interface Keypad {
  /** Call often; returns a character code once per press, else `NO_KEY`. */
  poll(nowMs: number): number;
}
