/** The figures of a shift by name, as pads journal them (core/shift-record.ts). */
import { ShiftKey } from "../firmware/core/shift-record";

const KEYS = {
  sales: ShiftKey.Sales,
  salesRial: ShiftKey.SalesRial,
  usedRial: ShiftKey.UsedRial,
  earnedRial: ShiftKey.EarnedRial,
  returns: ShiftKey.Returns,
  returnsRial: ShiftKey.ReturnsRial,
  loads: ShiftKey.Loads,
  loadsRial: ShiftKey.LoadsRial,
  grants: ShiftKey.Grants,
  grantsRial: ShiftKey.GrantsRial,
  voids: ShiftKey.Voids,
  inDoubt: ShiftKey.InDoubt,
  /** What customers had to pay otherwise than with credit, and what they got back. */
  paidInRial: ShiftKey.PaidInRial,
  paidOutRial: ShiftKey.PaidOutRial,
} as const;

export type ShiftFigures = Record<keyof typeof KEYS, number>;

export const SHIFT_FIGURES = Object.keys(KEYS) as (keyof ShiftFigures)[];

export function figuresOf(values: readonly number[]): ShiftFigures {
  const named = Object.entries(KEYS).map(([name, key]) => [name, values[key]]);
  return Object.fromEntries(named) as ShiftFigures;
}
