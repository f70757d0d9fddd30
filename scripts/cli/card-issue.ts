/** `clubpad card issue`: the image of a new member card or gift card. */
import { rmSync } from "node:fs";
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { parseDay, parseJalali } from "../../back-office/dates";
import { Ingest } from "../../back-office/ingest";
import { issueImage } from "../../back-office/issue-image";
import { type ClubKeys, readKeyFile } from "../../back-office/keys";
import { UserError } from "../../back-office/user-error";
import type { AesEngine } from "../../card-layout/aes-engine";
import { createPortableAes } from "../../card-layout/aes128";
import { CardKind } from "../../card-layout/identity";
import { type ChipOptions, chipOf, today } from "./chip";
import { integerIn, writeNewFile } from "./input";

interface IssueOptions extends ChipOptions {
  keys: string;
  db?: string;
  member?: number;
  gift?: boolean;
  serial?: number;
  name: string;
  birth?: string;
  date?: string;
  out: string;
  force?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad card issue --keys club.keys.yaml --db club.db --member 42 --name "Sara Ahmadi" \\
    --birth 1370-05-12 --blank 04a1b2c3.mfd --out member42.mfd
  clubpad card issue --keys club.keys.yaml --member 42 --out member42.mfd     (a simulated card)
  clubpad card issue --keys club.keys.yaml --db club.db --gift --out gift1.mfd

Without --blank and --uid the card gets a random UID. With --db the card is entered there, so that
its taps can be computed again from the first one on.`;
const UINT32_MAX = 4_294_967_295;

export function registerCardIssue(card: Command): void {
  card
    .command("issue")
    .description("make the image of a new member card or gift card")
    .requiredOption("--keys <file>", "key file of the club")
    .option("--member <id>", "number of the member", integerIn(1, UINT32_MAX))
    .option("--gift", "or a gift card, which belongs to whoever holds it")
    .requiredOption("--out <file>", "image to write (.mfd)")
    .option("--db <file>", "database to enter the card into; made when it is not there")
    .option("--name <text>", "name on the card, at most 30 bytes of UTF-8", "")
    .option("--birth <date>", "date of birth, Jalali")
    .option("--serial <n>", "serial number; by default the next free one", integerIn(1, UINT32_MAX))
    .option("--date <date>", "day of issue, Jalali; by default today")
    .option("--uid <hex>", "UID of the simulated chip, 4 or 7 bytes")
    .option("--blank <file>", "image of the blank card to issue")
    .option("--force", "overwrite the image")
    .addHelpText("after", EXAMPLES)
    .action(issue);
}

function issue(options: IssueOptions): void {
  const isGift = options.gift === true;
  if (isGift === (options.member !== undefined)) {
    throw new UserError("say whose card it is: either --member, or --gift");
  }
  const member = options.member ?? 0;
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const { image: blank, uid } = chipOf(aes, keys, options);
  const mayCreate = { clubId: keys.clubId, mayCreate: true };
  const database = options.db === undefined ? undefined : Database.open(options.db, mayCreate);
  try {
    const numbers = database && nextNumbers(database, member, uid);
    const { image, card, isNameWhole } = issueImage(aes, keys, blank, uid, {
      member,
      kind: isGift ? CardKind.Gift : CardKind.Member,
      serial: serialOf(options, numbers?.serial),
      // Only a member's cards are counted.
      cardNumber: isGift ? 0 : (numbers?.cardNumber ?? 0),
      name: options.name,
      birth: options.birth === undefined ? undefined : parseJalali(options.birth, "--birth"),
      issueDay: options.date === undefined ? today() : parseDay(options.date, "--date"),
    });
    writeNewFile(options.out, image, options.force === true);
    if (database !== undefined) enter(database, keys, aes, card, options.out);
    if (!isNameWhole) console.error("the name was cut to what fits the card");
    const whose = isGift ? "a gift card" : `of member ${card.member}`;
    console.log(`${options.out}: card ${card.uid} ${whose}, serial ${card.serial}`);
  } finally {
    database?.close();
  }
}

/** Gift cards are told apart by their serials alone. */
function serialOf({ serial, member }: IssueOptions, next: number | undefined): number {
  const found = serial ?? next ?? member;
  if (found !== undefined) return found;
  throw new UserError("say the gift card's number: --serial, or --db to take the next free one");
}

function nextNumbers(database: Database, member: number, uid: Uint8Array) {
  const uidHex = Buffer.from(uid).toString("hex");
  const known = database.get("SELECT member FROM cards WHERE uid = ?", uidHex);
  if (known !== undefined) {
    throw new UserError(`card ${uidHex} is in the database already, as member ${known.member}'s`);
  }
  const row = database.get(
    `SELECT coalesce(max(serial), 0) + 1 AS serial,
       coalesce(sum(member = ?), 0) AS card_number FROM cards`,
    member,
  );
  return { serial: Number(row?.serial), cardNumber: Number(row?.card_number) };
}

function enter(
  database: Database,
  keys: ClubKeys,
  aes: AesEngine,
  card: Parameters<Ingest["addIssuedCard"]>[0],
  imagePath: string,
): void {
  try {
    new Ingest(database, keys, aes).addIssuedCard(card);
  } catch (error) {
    rmSync(imagePath, { force: true });
    throw error;
  }
}
