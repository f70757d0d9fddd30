/** `clubpad report`: what offers and programmes came to, and what supervisors granted. */
import type { Command } from "commander";
import { formatRial } from "../../back-office/card-text";
import { Database } from "../../back-office/database";
import { formatDay } from "../../back-office/dates";
import { type GrantRow, grantRows } from "../../back-office/offers/grants";
import { offerReport } from "../../back-office/offers/offer-report";
import type { OfferTotals } from "../../back-office/offers/offer-totals";
import {
  officeTerms,
  type ProgrammeReport,
  programmeReports,
} from "../../back-office/offers/programmes";
import type { OfficeTerms } from "../../back-office/rules/office-terms";
import { ANY_DAY } from "../../back-office/rules/read-ruleset";
import { loadRules } from "./load-rules";

interface ReportOptions {
  db: string;
  rules?: string;
  json?: boolean;
}

const OFFERS_EXAMPLES = `
Examples:
  clubpad report offers --db club.db
  clubpad report offers --db club.db --json

Credit is followed on every card from the rule that granted it to where it went. docs/back-office.md
says what each figure is.`;
const PROGRAMMES_EXAMPLES = `
Examples:
  clubpad report programmes --db club.db
  clubpad report programmes --db club.db --rules my-shop.yaml

Programmes stand in the ruleset's file under "programmes:"; pull and push keep what it says. A pad
knows only itself, so it cannot stop a programme at a budget over all pads. Exit code 2 when one is
over it. To stop a programme, give its rules a last day, or take them out, count the version up,
and publish: clubpad push --rules.`;
const GRANTS_EXAMPLES = `
Examples:
  clubpad report grants --db club.db

With "grantsPerDayRial" under "staff:" in the ruleset's file, exit code 2 when a supervisor granted
more in a day, at all pads together.`;
const EXIT_OVER = 2;

export function registerReport(program: Command): void {
  const report = program
    .command("report")
    .description("what offers, programmes and grants came to, over all pads");
  part(report, "offers", "each rule and reward: given, used, expired, still owed, sales with it")
    .addHelpText("after", OFFERS_EXAMPLES)
    .action((options: ReportOptions) => run(options, showOffers));
  part(report, "programmes", "each programme: its period, what it gave and moved, its budget")
    .addHelpText("after", PROGRAMMES_EXAMPLES)
    .action((options: ReportOptions) => run(options, showProgrammes));
  part(report, "grants", "what supervisors granted, by day, and who granted too much")
    .addHelpText("after", GRANTS_EXAMPLES)
    .action((options: ReportOptions) => run(options, showGrants));
}

function part(report: Command, name: string, description: string): Command {
  return report
    .command(name)
    .description(description)
    .requiredOption("--db <file>", "database")
    .option("--rules <file>", "names and budgets as in this file, not as pull and push kept them")
    .option("--json", "for programs");
}

type Show = (database: Database, terms: OfficeTerms, isJson: boolean) => string;

function run(options: ReportOptions, show: Show): void {
  const terms = options.rules === undefined ? undefined : loadRules(options.rules).terms;
  const database = Database.open(options.db);
  try {
    console.log(show(database, terms ?? officeTerms(database), options.json === true));
  } finally {
    database.close();
  }
}

function showOffers(database: Database, terms: OfficeTerms, isJson: boolean): string {
  const report = offerReport(database);
  if (isJson) return json(report);
  if (report.offers.length === 0) return "no offer has given anything yet";
  const lines = report.offers.flatMap((totals) => offerLines(titleOf(totals, terms), totals));
  const unknown = `${report.unknownTaps} taps are left out: ruleset or card not known here`;
  const head = `to ${formatDay(report.day)}`;
  return [head, ...lines, ...(report.unknownTaps > 0 ? [unknown] : [])].join("\n");
}

function showProgrammes(database: Database, terms: OfficeTerms, isJson: boolean): string {
  const reports = programmeReports(database, terms);
  if (reports.some(({ isOver }) => isOver)) process.exitCode = EXIT_OVER;
  if (isJson) return json(reports);
  if (reports.length === 0) return 'no programme is known: write "programmes:" into the rules';
  return reports.flatMap(programmeLines).join("\n");
}

function showGrants(database: Database, terms: OfficeTerms, isJson: boolean): string {
  const rows = grantRows(database, terms.grantsPerDayRial);
  if (rows.some(({ isOver }) => isOver)) process.exitCode = EXIT_OVER;
  if (isJson) return json(rows);
  if (rows.length === 0) return "nobody granted anything yet";
  return rows.map((row) => grantLine(row, terms.grantsPerDayRial)).join("\n");
}

function titleOf({ source }: OfferTotals, { ruleNames, rewardNames }: OfficeTerms): string {
  const [, kind, id] = /^(rule|reward) (\d+)$/.exec(source) ?? [];
  const name = new Map(kind === "rule" ? ruleNames : rewardNames).get(Number(id)) ?? "";
  return name === "" ? source : `${source}, ${name}`;
}

function programmeLines(report: ProgrammeReport): string[] {
  const { name, ruleIds, firstDay, lastDay, budgetRial, givenRial, leftRial, isOver } = report;
  const first = firstDay === 0 ? "" : ` from ${formatDay(firstDay)}`;
  const last = lastDay === ANY_DAY ? "" : ` until ${formatDay(lastDay)}`;
  const rules = `${ruleIds.length === 1 ? "rule" : "rules"} ${ruleIds.join(", ")}`;
  const title = `programme "${name}", ${rules}${first}${last}`;
  const overRial = givenRial - budgetRial;
  const budget = isOver
    ? `OVER its budget of ${formatRial(budgetRial)} by ${formatRial(overRial)}; to stop it: --help`
    : `budget ${formatRial(budgetRial)}, left ${formatRial(leftRial ?? 0)}`;
  const lines = offerLines(title, report.totals);
  return budgetRial === 0 ? lines : [...lines, `  ${budget}`];
}

/** Only what is not zero, but what it gave always. */
function offerLines(title: string, totals: OfferTotals): string[] {
  const amounts: [string, number][] = [
    ["granted", totals.grantedRial],
    ["discount", totals.discountRial],
    ["used", totals.usedRial],
    ["paid off debt", totals.debtPaidRial],
    ["expired", totals.expiredRial],
    ["taken back", totals.takenBackRial],
    ["outstanding", totals.outstandingRial],
  ];
  const shown = amounts.filter(([name, rial]) => rial !== 0 || name === "granted");
  const points = totals.points === 0 ? "" : `, ${totals.points.toLocaleString("en-US")} points`;
  const sales = totals.salesRial === 0 ? "" : `, sales ${formatRial(totals.salesRial)}`;
  const times = totals.times === 1 ? "once" : `${totals.times.toLocaleString("en-US")} times`;
  const people = totals.members === 1 ? "1 member" : `${totals.members} members`;
  const moved = totals.times === 0 ? "" : `: ${times} for ${people}${sales}${points}`;
  return [
    `${title}${moved}`,
    `  ${shown.map(([name, rial]) => `${name} ${formatRial(rial)}`).join(", ")}`,
  ];
}

function grantLine(row: GrantRow, perDayRial: number): string {
  const { day, approver, name, count, amountRial, reasons, isOver } = row;
  const who = `supervisor's card ${approver}${name === "" ? "" : ` (${name})`}`;
  const over = isOver ? `; OVER ${formatRial(perDayRial)} in a day` : "";
  const grants = count === 1 ? "1 grant" : `${count} grants`;
  const why = `${reasons.length === 1 ? "reason" : "reasons"} ${reasons.join(", ")}`;
  return `${formatDay(day)} ${who}: ${grants} of ${formatRial(amountRial)}, ${why}${over}`;
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
