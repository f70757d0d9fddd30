/** `clubpad receipt`: prints the receipt of a tap once more. */
import { type Command, Option } from "commander";
import { columnsOf, integerIn } from "./input";
import type { ReceiptOptions } from "./receipt-print";

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
    .action(async (options: ReceiptOptions) => {
      const { printReceipt } = await import("./receipt-print");
      printReceipt(options);
    });
}
