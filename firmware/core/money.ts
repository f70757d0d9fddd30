/**
 * Exact integer arithmetic on rial amounts below 2^40 in doubles: no intermediate reaches 2^53.
 * A quotient of two whole numbers below 2^53 that is then floored is exact, because the rounding
 * error of the division is smaller than the distance to the next whole number.
 */

/** The largest amount that a card field holds (40 bits). */
export const MAX_RIAL = 1099511627775;
/** The largest number of four bytes. */
export const MAX_U32 = 4294967295;

/** floor(amount * basisPoints / 10000); amount <= `MAX_RIAL`, basisPoints 0..65535. */
export function mulBps(amount: number, basisPoints: number): number {
  const quotient = Math.floor(amount / 10000);
  const rest = amount - quotient * 10000;
  return quotient * basisPoints + Math.floor((rest * basisPoints) / 10000);
}

/**
 * floor(amount * part / whole) for part <= whole, all below 2^40 and whole > 0. The product may
 * have 80 bits, so it is built bit by bit of `part`, dividing as it grows.
 */
export function mulDiv(amount: number, part: number, whole: number): number {
  let quotient = 0;
  let rest = 0;
  for (let bit = 549755813888; bit >= 1; bit /= 2) {
    quotient *= 2;
    rest *= 2;
    if (Math.floor(part / bit) % 2 === 1) rest += amount;
    const carry = Math.floor(rest / whole);
    quotient += carry;
    rest -= carry * whole;
  }
  return quotient;
}
