/** The front door of the package `clubpad-pos`. */

export type { RefundOrder, SaleLine, SaleOrder } from "./orders.js";
export { type PadStream, PadTill, type TillOptions } from "./pad-till.js";
export { PosError, type PosErrorCode } from "./pos-error.js";
export { isFinal, type PosFigures, type PosLot, type PosResult, type PosState } from "./results.js";
