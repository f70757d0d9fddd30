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
