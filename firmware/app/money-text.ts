/** Numbers as people read them. */

/** A non-negative integer with a comma after each three digits: 1,234,567. */
export function grouped(value: number): string {
  let rest = value;
  let text = "";
  while (rest >= 1000) {
    const high = Math.floor(rest / 1000);
    text = `,${threeDigits(rest - high * 1000)}${text}`;
    rest = high;
  }
  return `${rest}${text}`;
}

/** Hundredths of a new rial are what is typed and shown; they are worth a hundred old ones. */
export const HUNDREDTH_RIAL = 100;

/**
 * An amount in the display unit, and the rials that remain if any. `unitRial` is the smallest part
 * that is typed. New rials are worth so much that they need no commas.
 */
export function amountText(amountRial: number, unitRial: number): string {
  const whole = Math.floor(amountRial / unitRial);
  const rest = amountRial - whole * unitRial;
  const text =
    unitRial === HUNDREDTH_RIAL
      ? `${Math.floor(whole / 100)}.${twoDigits(whole % 100)}`
      : grouped(whole);
  return rest === 0 ? text : `${text}+${rest}r`;
}

export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function threeDigits(value: number): string {
  return value < 10 ? `00${value}` : value < 100 ? `0${value}` : `${value}`;
}
