/** Keys of the 4 x 4 pad, as the code of the character printed on the key ("0".."9", "A".."D", "*", "#"). */
export const NO_KEY = 0;

/** A keypad; the driver scans and debounces. */
export interface Keypad {
  /** Call often; returns a character code once per press, else `NO_KEY`. */
  poll(nowMs: number): number;
}
