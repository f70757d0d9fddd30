/** What `clubpad receipt` does; apart, because its font takes a while to load. */
import { writeFileSync } from "node:fs";
import { Database } from "../../back-office/database";
import { readKeyFile } from "../../back-office/keys";
import { receiptBytes, receiptText } from "../../back-office/receipt/escpos";
import { findReceipt } from "../../back-office/receipt/find-receipt";
import {
  type ReceiptColumns,
  type ReceiptLanguage,
  receiptRows,
} from "../../back-office/receipt/receipt-rows";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { EscposPrinter } from "../../host-sim/escpos-printer";
import { reasonOf } from "./input";

export interface ReceiptOptions {
  db: string;
  keys: string;
  terminal: number;
  record: number;
  columns: ReceiptColumns;
  language: ReceiptLanguage;
  shop: string;
  out?: string;
  png?: string;
}

export function printReceipt(options: ReceiptOptions): void {
  const { columns, language, terminal, record, shop, out, png } = options;
  const keys = readKeyFile(options.keys);
  const database = Database.open(options.db, { clubId: keys.clubId });
  try {
    const receipt = findReceipt(database, createPortableAes(), keys, terminal, record);
    const rows = receiptRows({ ...receipt, shop }, language);
    if (out === undefined && png === undefined) {
      if (language === "fa")
        throw new UserError("Persian is printed as points: say --out or --png");
      console.log(receiptText(rows, columns).join("\n"));
      return;
    }
    const bytes = bytesOf(rows, columns, language);
    if (out !== undefined) save(out, bytes);
    if (png !== undefined) {
      const printer = new EscposPrinter(columns);
      printer.print(bytes);
      save(png, printer.png());
    }
  } finally {
    database.close();
  }
}

function bytesOf(...words: Parameters<typeof receiptBytes>): Uint8Array {
  try {
    return receiptBytes(...words);
  } catch (error) {
    throw new UserError(reasonOf(error));
  }
}

function save(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${reasonOf(error)})`);
  }
}
