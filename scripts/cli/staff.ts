/** `clubpad staff`: who may work at the pads, and what their cards were used for. */
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { type StaffRow, staffRows } from "../../back-office/staff";

interface StaffOptions {
  db: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad staff --db club.db
  clubpad card issue --keys club.keys.yaml --db club.db --cashier 12 --name "Omid" --out omid.mfd
  clubpad hotlist add --db club.db --serial 7 --reason "left the shop"

A new PIN is a new card: issue it, and put the old one on the hot list.`;

export function registerStaff(program: Command): void {
  program
    .command("staff")
    .description("show the staff cards: taps, approvals, wrong PINs, last log-in")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .addHelpText("after", EXAMPLES)
    .action(showStaff);
}

function showStaff(options: StaffOptions): void {
  const database = Database.open(options.db);
  try {
    const rows = staffRows(database);
    if (options.json === true) console.log(JSON.stringify(rows, undefined, 2));
    else console.log(staffLines(rows).join("\n"));
  } finally {
    database.close();
  }
}

function staffLines(rows: StaffRow[]): string[] {
  if (rows.length === 0) return ["no staff card yet; clubpad card issue --cashier makes one"];
  return rows.map((row) => {
    const { serial, number, role, name, taps, approvals, wrongPins, lastLogIn } = row;
    const seen = lastLogIn === null ? "never logged in" : `last logged in ${timeText(lastLogIn)}`;
    const counts = `${taps} taps, ${approvals} approvals, ${wrongPins} wrong PINs`;
    const state = row.isBlocked > 0 ? "; BLOCKED" : "";
    const who = name === "" ? "" : ` ${name}`;
    return `${role} ${number}${who}, card ${serial}: ${counts}; ${seen}${state}`;
  });
}

/** As the machine's clock has it, to the minute. */
function timeText(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}
