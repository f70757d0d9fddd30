/** `clubpad verify`: proves a database. */
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { readKeyFile } from "../../back-office/keys";
import { UserError } from "../../back-office/user-error";
import { ledgerHash, verifyDatabase } from "../../back-office/verify";

const EXAMPLES = `
Examples:
  clubpad verify --db club.db
  clubpad verify --db club.db --keys club.keys.yaml      (also every MAC, and everything rebuilt)`;

export function registerVerify(program: Command): void {
  program
    .command("verify")
    .description("check all invariants of a database")
    .requiredOption("--db <file>", "database")
    .option("--keys <file>", "key file of the club")
    .addHelpText("after", EXAMPLES)
    .action(verify);
}

function verify(options: { db: string; keys?: string }): void {
  const keys = options.keys === undefined ? undefined : readKeyFile(options.keys);
  const database = Database.open(options.db, { clubId: keys?.clubId });
  try {
    let violationCount = 0;
    for (const { name, problems } of verifyDatabase(database, keys)) {
      console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`);
      for (const problem of problems) console.log(`     ${problem}`);
      violationCount += problems.length;
    }
    console.log(`content sha256 ${ledgerHash(database)}`);
    if (violationCount > 0) throw new UserError(`${options.db}: ${violationCount} violations`);
  } finally {
    database.close();
  }
}
