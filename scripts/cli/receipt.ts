/** `clubpad receipt`: prints the receipt of a tap once more. */
import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { Database } from "../../back-office/database";
import { readKeyFile } from "../../back-office/keys";
import {
  RECEIPT_COLUMNS,
  type ReceiptColumns,
  receiptBytes,
  receiptText,
} from "../../back-office/receipt/escpos";
import { findReceipt } from "../../back-office/receipt/find-receipt";
import { type ReceiptLanguage, receiptRows } from "../../back-office/receipt/receipt-rows";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { EscposPrinter } from "../../host-sim/escpos-printer";
import { integerIn, reasonOf } from "./input";

interface ReceiptOptions {
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

const EXAMPLES = `
Examples:
  clubpad receipt --db club.db --keys club.keys.yaml --terminal 1 --record 13
  clubpad receipt --db club.db --keys club.keys.yaml --terminal 1 --record 13 --language fa --out lp
  clubpad receipt --db club.db --keys club.keys.yaml --terminal 1 --record 13 --png it.png

Without --out and --png it shows the English text. --out writes ESC/POS to a printer's device
(/dev/usb/lp0) or to a file. Every receipt from here is marked as a copy.`;

export function registerReceipt(program: Command): void {
  program
    .command("receipt")
    .description("print the receipt of a tap once more, with each expiry as it was then")
    .requiredOption("--db <file>", "database")
    .requiredOption("--keys <file>", "the club's key file")
    .requiredOption("--terminal <id>", "the pad on the receipt", integerIn(1, 65535))
    .requiredOption("--record <number>", "the record on the receipt", integerIn(1, 2 ** 32 - 1))
    .option("--columns <n>", "of the paper: 32, 42 or 48", columnsOf, 32)
    .addOption(new Option("--language <code>").choices(["en", "fa"]).default("en"))
    .option("--shop <name>", "name of the shop on top", "")
    .option("--out <path>", "printer or file for the ESC/POS bytes")
    .option("--png <file>", "a picture of the paper")
    .addHelpText("after", EXAMPLES)
    .action(printReceipt);
}

function printReceipt(options: ReceiptOptions): void {
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

function columnsOf(text: string): ReceiptColumns {
  const columns = RECEIPT_COLUMNS.find((known) => String(known) === text);
  if (columns !== undefined) return columns;
  throw new InvalidArgumentError(`write ${RECEIPT_COLUMNS.join(", ")}.`);
}
