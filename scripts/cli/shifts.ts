/** `clubpad shifts`: what each closed shift came to, by the pad and by its records. */
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { type ShiftReport, shiftReports } from "../../back-office/shifts";

interface ShiftsOptions {
  db: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad shifts --db club.db
  clubpad shifts --db club.db --json

A shift begins with the first record behind the one that closed the shift before. Exit code 2 when a
pad's figures are not those of its records.`;
const EXIT_DIFFERENT = 2;

export function registerShifts(program: Command): void {
  program
    .command("shifts")
    .description("show the shifts that pads closed, and whether their records say the same")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .addHelpText("after", EXAMPLES)
    .action(showShifts);
}

function showShifts(options: ShiftsOptions): void {
  const database = Database.open(options.db);
  try {
    const reports = shiftReports(database);
    if (options.json === true) console.log(JSON.stringify(reports, undefined, 2));
    else if (reports.length === 0) console.log("no shift was closed yet: D 8 # at the pad");
    else console.log(reports.map(shiftText).join("\n"));
    if (reports.some(({ differences }) => differences.length > 0))
      process.exitCode = EXIT_DIFFERENT;
  } finally {
    database.close();
  }
}

function shiftText(report: ShiftReport): string {
  const { terminal, epoch, number, staff, unixSeconds, figures, computed, differences } = report;
  const rial = (amount: number) => amount.toLocaleString("en-US");
  const time = new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");
  const who = staff === 0 ? "" : ` by staff ${staff}`;
  const counted = (word: string, count: number, amount: number) =>
    count === 0 ? [] : [`${count} ${word} ${rial(amount)}`];
  const parts = [
    ...counted("sales", figures.sales, figures.salesRial),
    ...counted("returns", figures.returns, figures.returnsRial),
    ...counted("gift loads", figures.loads, figures.loadsRial),
    ...counted("grants", figures.grants, figures.grantsRial),
    ...(figures.voids === 0 ? [] : [`${figures.voids} voids`]),
    ...(figures.inDoubt === 0 ? [] : [`${figures.inDoubt} in doubt`]),
    `credit used ${rial(figures.usedRial)}, earned ${rial(figures.earnedRial)}`,
    `to the till ${rial(figures.paidInRial - figures.paidOutRial)}`,
  ];
  const wrong = differences.map((name) => `  ${name}: ${figures[name]}, records ${computed[name]}`);
  const head = `pad ${terminal}/${epoch}, shift ${number}, closed ${time} UTC${who} (rial): `;
  return [head + parts.join("; "), ...wrong].join("\n");
}
