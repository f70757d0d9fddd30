/** The receipt of what a pad has just done for a till, as ESC/POS. */
import { writeFileSync } from "node:fs";
import { receiptBytes } from "../../back-office/receipt/escpos";
import {
  type Receipt,
  type ReceiptColumns,
  type ReceiptLanguage,
  receiptRows,
} from "../../back-office/receipt/receipt-rows";
import { UserError } from "../../back-office/user-error";
import { TapKind } from "../../firmware/core/evaluate";
import type { PosResult } from "../../pos-client/src/index";
import { reasonOf } from "./input";

export interface TillPrinter {
  /** Printer's device or file. */
  receipt?: string;
  columns: ReceiptColumns;
  language: ReceiptLanguage;
  shop: string;
  /** Rials in one unit of the receipt. */
  unit: number;
}

/** @throws UserError when the printer cannot be written to */
export function printSale(
  { receipt, columns, language, shop, unit }: TillPrinter,
  result: PosResult,
  isCopy: boolean,
): void {
  if (receipt === undefined || result.state !== "done") return;
  const rows = receiptRows(receiptOf(result, shop, unit, isCopy), language);
  try {
    writeFileSync(receipt, receiptBytes(rows, columns, language), { flag: "a" });
  } catch (error) {
    throw new UserError(`${receipt}: ${reasonOf(error)}`);
  }
  console.log(`  receipt${isCopy ? ", a copy," : ""} to ${receipt}`);
}

function receiptOf(result: PosResult, shop: string, unitRial: number, isCopy: boolean): Receipt {
  const { oldBalanceRial: oldRial, lots } = result;
  return {
    ...result,
    shop,
    oldRial,
    cashier: 0,
    kind: TapKind.Sale,
    // A repeat that the pad no longer has the lots for; a card may also be empty.
    lots: lots.length === 0 && result.balanceRial > 0 ? undefined : lots,
    isCopy,
    unitRial,
  };
}
