/** What the back office has sent to this pad about single cards; kept wherever it arrives. */
import type { Bytes } from "../../card-layout/bytes";
import { MAX_RIAL } from "../core/money";

export interface CardOrders {
  /** True when the card is on the hot list: lost, re-issued or blocked. */
  isBlocked(serial: number, cardNumber: number): boolean;
  /** Reads the patch `id` of a serial (`PATCH_BYTES`); false when none waits here. */
  readPatch(serial: number, id: number, out: Bytes): boolean;
  /** The most credit that a sale may use now, rial; less when the hot list is old. */
  capRial(unixSeconds: number): number;
}

/** Of a pad that was sent nothing. */
export const NO_ORDERS: CardOrders = {
  isBlocked: () => false,
  readPatch: () => false,
  capRial: () => MAX_RIAL,
};
