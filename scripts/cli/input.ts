/** Options and files as people give them, checked where they come in. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { RECEIPT_COLUMNS, type ReceiptColumns } from "../../back-office/receipt/receipt-rows";
import { UserError } from "../../back-office/user-error";
import { type CardImage, readMfd } from "../../host-sim/mfd";

/** A parser for an option that is a whole number within limits. */
export function integerIn(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`write a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Columns of a receipt printer's paper. */
export function columnsOf(text: string): ReceiptColumns {
  const columns = RECEIPT_COLUMNS.find((known) => String(known) === text);
  if (columns !== undefined) return columns;
  throw new InvalidArgumentError(`write ${RECEIPT_COLUMNS.join(", ")}.`);
}

export function readBinary(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${reasonOf(error)})`);
  }
}

export function readText(path: string): string {
  return Buffer.from(readBinary(path)).toString("utf8");
}

/** A card dump; says what the file is when it is none. */
export function readCardImage(path: string): CardImage {
  const content = readBinary(path);
  try {
    return readMfd(content);
  } catch (error) {
    throw new UserError(`${path}: ${reasonOf(error)}`);
  }
}

/** Refuses to overwrite unless `isForced`. */
export function writeNewFile(path: string, content: Uint8Array, isForced: boolean): void {
  if (!isForced && existsSync(path)) {
    throw new UserError(`${path} exists already; add --force to overwrite it`);
  }
  try {
    writeFileSync(path, content, { flag: isForced ? "w" : "wx" });
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${reasonOf(error)})`);
  }
}

export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node puts the system's name of the error in front and the path behind.
  return message.replace(/^E[A-Z]+: /, "").replace(/, \w+ '.*'$/, "");
}
