/** `clubpad hotlist`: cards that every pad refuses and marks. */
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import {
  addHotCard,
  hotCards,
  removeHotCard,
  setStalePolicy,
  stalePolicy,
} from "../../back-office/down-lists";
import { UserError } from "../../back-office/user-error";
import { type CardOptions, cardOptions, findCard, nameOf, rialText } from "./card-options";
import { integerIn } from "./input";

interface AddOptions extends CardOptions {
  reason: string;
}

interface PolicyOptions {
  db: string;
  staleAfter: number;
  cap: number;
}

const HOURS_MAX = 65535;
const EXAMPLES = `
Examples:
  clubpad hotlist add --db club.db --member 42 --reason "lost, reported by phone"
  clubpad hotlist list --db club.db
  clubpad hotlist remove --db club.db --member 42
  clubpad hotlist policy --db club.db --stale-after 72 --cap 500000

A pad refuses these cards from its next sync on, and marks a card of the list that is put on it, so
that pads without the list refuse it, too. To undo that as well, run clubpad patch unblock.`;

export function registerHotlist(program: Command): void {
  const hotlist = program
    .command("hotlist")
    .description("block lost and stolen cards at every pad")
    .addHelpText("after", EXAMPLES);
  cardOptions(hotlist.command("add").description("block a card from the next sync of each pad on"))
    .option("--reason <text>", "why, for people", "")
    .action((options: AddOptions) => withDatabase(options.db, (db) => add(db, options)));
  cardOptions(hotlist.command("remove").description("take a card off the list")).action(
    (options: CardOptions) => withDatabase(options.db, (db) => remove(db, options)),
  );
  hotlist
    .command("list")
    .description("show the blocked cards and the policy")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .action((options: { db: string; json?: boolean }) =>
      withDatabase(options.db, (db) => list(db, options.json === true)),
    );
  hotlist
    .command("policy")
    .description("what pads do when their lists are old: pay credit out up to a cap only")
    .requiredOption("--db <file>", "database")
    .requiredOption("--stale-after <hours>", "0 = never", integerIn(0, HOURS_MAX))
    .option("--cap <rial>", "most credit that one sale may then use", rialText, 0)
    .action((options: PolicyOptions) => withDatabase(options.db, (db) => policy(db, options)));
}

function withDatabase(path: string, work: (database: Database) => string): void {
  const database = Database.open(path);
  try {
    console.log(database.transaction(() => work(database)));
  } finally {
    database.close();
  }
}

function add(database: Database, options: AddOptions): string {
  const card = findCard(database, options);
  const isNew = addHotCard(database, { ...card, reason: options.reason });
  const count = hotCards(database).length;
  const cards = count === 1 ? "1 card is" : `${count} cards are`;
  return `${nameOf(card)} ${isNew ? "is blocked" : "was blocked already"}; ${cards} on the list`;
}

function remove(database: Database, options: CardOptions): string {
  const card = findCard(database, options);
  if (!removeHotCard(database, card.serial, card.cardNumber)) {
    throw new UserError(`${nameOf(card)} is not on the list; "clubpad hotlist list" shows it`);
  }
  return `${nameOf(card)} is off the list; if a pad has marked it, run clubpad patch unblock`;
}

function list(database: Database, isJson: boolean): string {
  const cards = hotCards(database);
  const stale = stalePolicy(database);
  if (isJson) return JSON.stringify({ cards, ...stale }, undefined, 2);
  const { staleAfterHours, staleCapRial } = stale;
  const policyLine =
    staleAfterHours === 0
      ? "old lists change nothing"
      : `pads whose lists are older than ${staleAfterHours} h pay out ${staleCapRial} rial a sale`;
  const lines = cards.map((card) => `  ${nameOf(card)}${card.reason && `: ${card.reason}`}`);
  return [`${cards.length} blocked cards; ${policyLine}`, ...lines].join("\n");
}

function policy(database: Database, { staleAfter, cap }: PolicyOptions): string {
  setStalePolicy(database, { staleAfterHours: staleAfter, staleCapRial: cap });
  if (staleAfter === 0) return "old lists change nothing from now on";
  return `pads whose lists are older than ${staleAfter} h pay out ${cap} rial a sale at most`;
}
