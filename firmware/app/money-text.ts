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

/** An amount in the display unit: whole units, and the remaining rials as a fraction if any. */
export function amountText(amountRial: number, unitRial: number): string {
  const whole = Math.floor(amountRial / unitRial);
  const rest = amountRial - whole * unitRial;
  return rest === 0 ? grouped(whole) : `${grouped(whole)}+${rest}r`;
}

export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function threeDigits(value: number): string {
  return value < 10 ? `00${value}` : value < 100 ? `0${value}` : `${value}`;
}
