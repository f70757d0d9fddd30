/** `clubpad refund`: settles the returns whose sale the pad did not know. */
import { type Command, InvalidArgumentError } from "commander";
import type { Database } from "../../back-office/database";
import { formatDay, parseDay } from "../../back-office/dates";
import {
  type DeferredReturn,
  listReturns,
  type RecordId,
  settleReturn,
} from "../../back-office/deferred-refunds";
import { parseRecordId, transactionName } from "../../back-office/journal-records";
import { withDatabase } from "./card-options";
import { today } from "./chip";

interface SettleOptions {
  db: string;
  return: RecordId;
  sale?: RecordId;
  date?: string;
}

const EXAMPLES = `
Examples:
  clubpad refund list --db club.db
  clubpad refund settle --db club.db --return 2/0/118
  clubpad refund settle --db club.db --return 2/0/118 --sale 1/0/97

A pad that does not have the sale notes the return only. Fetch the journals of both pads (clubpad
pull), then settle it: what was used for the goods is given back and what was earned with them is
taken back, by patches that the card takes at its next tap. A return is settled once; a second call
changes nothing. --sale names the sale when its number was not typed, or mistyped:
terminal/epoch/record, as clubpad ledger writes them.`;

export function registerRefund(program: Command): void {
  const refund = program
    .command("refund")
    .description("settle returns whose sale the pad did not know")
    .addHelpText("after", EXAMPLES);
  refund
    .command("list")
    .description("show the returns that pads noted, and what became of them")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .action(({ db, json }: { db: string; json?: boolean }) =>
      withDatabase(db, (database) => listText(database, json === true)),
    );
  refund
    .command("settle")
    .description("order for the card what goes with the goods that came back")
    .requiredOption("--db <file>", "database")
    .requiredOption("--return <id>", "the record of the return, as in the list", recordId)
    .option("--sale <id>", "the sale, if not the one that the cashier typed", recordId)
    .option("--date <date>", "day from which days of grace count, Jalali; by default today")
    .action((options: SettleOptions) =>
      withDatabase(options.db, (database) => settle(database, options)),
    );
}

function listText(database: Database, isJson: boolean): string {
  const returns = listReturns(database);
  if (isJson) return JSON.stringify(returns, undefined, 2);
  return returns.length === 0 ? "no returns wait for the office" : returns.map(lineOf).join("\n");
}

function lineOf(one: DeferredReturn): string {
  const { serial, grossRial, saleTerminal, saleSequence, settledBy } = one;
  const card = serial === 0 ? "without the card" : `of card ${serial}`;
  const typed = saleSequence === 0 ? "an unknown sale" : `sale ${saleTerminal}/${saleSequence}`;
  const goods = `${rial(grossRial)} of ${typed} ${card}`;
  const state =
    settledBy === undefined
      ? "waits"
      : `settled as of sale ${transactionName(settledBy)}${patchText(one.patchIds)}`;
  return `return ${transactionName(one)} of ${formatDay(one.day)}: ${goods}, ${state}`;
}

function settle(database: Database, options: SettleOptions): string {
  const { figures, sale, serial, patchIds } = settleReturn(database, {
    record: options.return,
    sale: options.sale,
    day: options.date === undefined ? today() : parseDay(options.date, "--date"),
  });
  const name = `return ${transactionName(options.return)}`;
  const whose = `sale ${transactionName(sale)} of card ${serial}`;
  if (figures === undefined) return `${name} was settled already: ${whose}${patchText(patchIds)}`;
  const waiting =
    patchIds.length === 0
      ? "  the sale had moved no credit and no points: the card needs nothing"
      : "  they wait for the next sync of each pad, and then for the card";
  return [
    `${name} is settled: ${whose}${patchText(patchIds)}`,
    `  in money ${rial(figures.payableRial)}`,
    `  credit given back ${rial(figures.restoredRial)}, taken back ${rial(figures.clawedRial)}`,
    `  points taken back ${figures.points}`,
    waiting,
  ].join("\n");
}

function patchText(ids: number[]): string {
  if (ids.length === 0) return "";
  return ids.length === 1 ? `, by patch ${ids[0]}` : `, by patches ${ids.join(", ")}`;
}

function rial(amount: number): string {
  return `${amount.toLocaleString("en-US")} rial`;
}

/** `terminal/epoch/record`. */
function recordId(text: string): RecordId {
  const id = parseRecordId(text);
  if (id !== undefined) return id;
  throw new InvalidArgumentError("write terminal/epoch/record, like 2/0/118.");
}
