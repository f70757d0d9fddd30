/** `clubpad ledger`: what the club owes, has granted and has taken back. */
import { type Command, Option } from "commander";
import { formatRial } from "../../back-office/card-text";
import { Database, type SqlRow } from "../../back-office/database";
import { formatDay, parseDay } from "../../back-office/dates";
import { transactionName } from "../../back-office/journal-records";
import {
  ACCOUNT_TEXTS,
  type CreditMovement,
  dailyEntries,
  type LedgerFilter,
  type LedgerReport,
  ledgerReport,
  memberTransactions,
} from "../../back-office/ledger";
import { integerIn } from "./input";

interface LedgerOptions {
  db: string;
  json?: boolean;
  csv?: boolean;
  member?: number;
  from?: string;
  until?: string;
}

const EXAMPLES = `
Examples:
  clubpad ledger --db club.db
  clubpad ledger --db club.db --member 42
  clubpad ledger --db club.db --from 1404-07-01 --until 1404-07-30 --json
  clubpad ledger --db club.db --csv > journal.csv      (for the accountant)`;
const MEMBER_LINES = 20;

export function registerLedger(program: Command): void {
  program
    .command("ledger")
    .description("show accounts, members' credit, open taps and alarms")
    .requiredOption("--db <file>", "database")
    .option("--member <id>", "one member only", integerIn(0, 4_294_967_295))
    .option("--from <date>", "first business day, Jalali")
    .option("--until <date>", "last business day, Jalali")
    .option("--json", "for programs")
    .addOption(new Option("--csv", "debits and credits by day and account").conflicts("json"))
    .addHelpText("after", EXAMPLES)
    .action(showLedger);
}

function showLedger(options: LedgerOptions): void {
  const filter: LedgerFilter = {
    member: options.member,
    fromDay: options.from === undefined ? undefined : parseDay(options.from, "--from"),
    untilDay: options.until === undefined ? undefined : parseDay(options.until, "--until"),
  };
  const database = Database.open(options.db);
  try {
    console.log(ledgerText(database, filter, options));
  } finally {
    database.close();
  }
}

function ledgerText(database: Database, filter: LedgerFilter, options: LedgerOptions): string {
  if (options.csv === true) return csvText(dailyEntries(database, filter));
  const report = ledgerReport(database, filter);
  const { member } = filter;
  const taps = member === undefined ? undefined : memberTransactions(database, member);
  if (options.json === true) {
    return JSON.stringify({ ...report, transactions: taps }, undefined, 2);
  }
  return [...reportLines(report), ...(taps ?? []).map(tapLine)].join("\n");
}

function csvText(rows: SqlRow[]): string {
  const lines = rows.map((row) => {
    return [formatDay(Number(row.day)), row.name, row.debit_rial, row.credit_rial].join(",");
  });
  return ["date,account,debitRial,creditRial", ...lines].join("\n");
}

function reportLines(report: LedgerReport): string[] {
  const { credit, sales } = report;
  const lines = [
    `credit: ${creditText(credit)}`,
    `sales: ${sales.count}, gross ${formatRial(sales.grossRial)}, paid with credit ` +
      `${formatRial(sales.usedRial)}, payable ${formatRial(sales.payableRial)}`,
  ];
  const clubAccounts = report.accounts.filter(({ account }) => account in ACCOUNT_TEXTS);
  if (report.accounts.length > 0) lines.push("accounts (debit positive):");
  for (const { account, balanceRial } of clubAccounts) {
    lines.push(
      `  ${account.padEnd(20)} ${formatRial(balanceRial).padStart(24)}  ${ACCOUNT_TEXTS[account]}`,
    );
  }
  if (report.accounts.length > 0) {
    lines.push(`  trial balance ${formatRial(report.trialBalanceRial)}`);
  }
  lines.push(...memberLines(report), ...shopLines(report));
  if (report.unsettled.length > 0)
    lines.push("not settled yet:", ...report.unsettled.map(openLine));
  if (report.uncheckedCount > 0) {
    lines.push(`${report.uncheckedCount} taps not computed again: ruleset or card not known here`);
  }
  if (report.alarms.length > 0) lines.push("alarms:", ...report.alarms.map(alarmLine));
  return lines;
}

function creditText(credit: CreditMovement): string {
  const figures: [name: string, amountRial: number][] = [
    ["opening", credit.openingRial],
    ["granted", credit.grantedRial],
    ["used", credit.usedRial],
    ["expired", credit.expiredRial],
    ["closing", credit.closingRial],
  ];
  if (credit.restoredRial > 0) figures.splice(4, 0, ["given back", credit.restoredRial]);
  if (credit.clawedRial > 0) figures.splice(4, 0, ["taken back", credit.clawedRial]);
  return figures.map(([name, amountRial]) => `${name} ${formatRial(amountRial)}`).join(", ");
}

/** Gift cards, debts, and who owes whom: only where there is something to say. */
function shopLines({ gifts, debts, issuers, settlement }: LedgerReport): string[] {
  const lines: string[] = [];
  if (gifts !== undefined && gifts.grantedRial + gifts.openingRial > 0) {
    lines.push(`gift cards: ${creditText(gifts)}`);
  }
  for (const { member, balanceRial } of debts) {
    if (balanceRial !== 0) lines.push(`member ${member} owes ${formatRial(balanceRial)}`);
  }
  if (issuers.length > 1) {
    lines.push("owed to customers, by the shop that granted it:");
    lines.push(...issuers.map((row) => `  shop ${row.issuer}: ${formatRial(row.owedRial)}`));
  }
  const between = settlement.filter(({ issuer, acceptor }) => issuer !== acceptor);
  lines.push(
    ...between.map(
      ({ issuer, acceptor, usedRial }) =>
        `shop ${issuer} owes shop ${acceptor} ${formatRial(usedRial)} for credit taken there`,
    ),
  );
  return lines;
}

function memberLines({ members }: LedgerReport): string[] {
  const shown = members.slice(0, MEMBER_LINES);
  const lines = shown.map(
    ({ member, balanceRial }) => `  member ${member}: ${formatRial(balanceRial)}`,
  );
  if (members.length > shown.length) {
    lines.push(`  and ${members.length - shown.length} more: --json has them all`);
  }
  return members.length === 0 ? [] : ["members' credit:", ...lines];
}

function openLine(row: SqlRow): string {
  const when = formatDay(Number(row.day));
  const amount = formatRial(Number(row.gross_rial));
  const state = row.status === "inDoubt" ? "in doubt" : "open";
  return `  ${nameOf(row)} ${when} card ${row.uid}, sale of ${amount}: ${state}`;
}

function alarmLine(row: SqlRow): string {
  return `  ${row.kind}: ${row.subject} ${row.place}: ${row.detail}`;
}

function tapLine(row: SqlRow): string {
  const amount = (name: string) => formatRial(Number(row[name]));
  const figures =
    `gross ${amount("gross_rial")}, used ${amount("used_rial")}, earned ` +
    `${amount("earned_rial")}, balance ${amount("balance_after_rial")}`;
  return `${formatDay(Number(row.day))} ${nameOf(row)} ${row.status}: ${figures}`;
}

function nameOf(row: SqlRow): string {
  const { terminal, epoch, sequence } = row;
  return transactionName({
    terminal: Number(terminal),
    epoch: Number(epoch),
    sequence: Number(sequence),
  });
}
