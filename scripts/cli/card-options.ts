/** How commands are told which card, and amounts. */
import { type Command, InvalidArgumentError } from "commander";
import { Database } from "../../back-office/database";
import { UserError } from "../../back-office/user-error";
import { MAX_RIAL } from "../../firmware/core/money";
import { integerIn } from "./input";

export interface CardOptions {
  db: string;
  serial?: number;
  card?: number;
  member?: number;
}

export interface KnownCard {
  serial: number;
  cardNumber: number;
}

const UINT32_MAX = 4_294_967_295;

export function cardOptions(command: Command): Command {
  return command
    .requiredOption("--db <file>", "database")
    .option("--member <id>", "the member's newest card", integerIn(1, UINT32_MAX))
    .option("--serial <n>", "or the card by its serial", integerIn(1, UINT32_MAX))
    .option("--card <n>", "number of the card, if not the newest", integerIn(0, 255));
}

/** The card that the options name; `UserError` when they name none or two. */
export function findCard(database: Database, options: CardOptions): KnownCard {
  const { member, serial, card } = options;
  if ((member === undefined) === (serial === undefined)) {
    throw new UserError("say which card: either --member or --serial");
  }
  if (serial !== undefined) return { serial, cardNumber: card ?? newestNumber(database, serial) };
  const found = database.get<KnownCard>(
    `SELECT serial, card_number AS cardNumber FROM cards WHERE member = ?
     ORDER BY card_number DESC, serial DESC LIMIT 1`,
    member!,
  );
  if (found === undefined) throw new UserError(`no card of member ${member} is known here`);
  return card === undefined ? found : { ...found, cardNumber: card };
}

export function nameOf({ serial, cardNumber }: KnownCard): string {
  return `card ${serial}/${cardNumber}`;
}

export function rialText(text: string): number {
  const value = Number(text.replaceAll("_", "").replaceAll(",", ""));
  if (Number.isInteger(value) && value >= 0 && value <= MAX_RIAL) return value;
  throw new InvalidArgumentError("write whole rial.");
}

/** Opens a database, prints what `work` returns, and closes it. */
export function withDatabase(path: string, work: (database: Database) => string): void {
  const database = Database.open(path);
  try {
    console.log(work(database));
  } finally {
    database.close();
  }
}

function newestNumber(database: Database, serial: number): number {
  const sql = "SELECT max(card_number) AS number FROM cards WHERE serial = ?";
  return database.get<{ number: number | null }>(sql, serial)?.number ?? 0;
}
