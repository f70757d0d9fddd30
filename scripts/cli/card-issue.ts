/** `clubpad card issue`: the image of a new member card or gift card. */
import { rmSync } from "node:fs";
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { parseDay, parseJalali } from "../../back-office/dates";
import { Ingest, type IssuedCard } from "../../back-office/ingest";
import { isStaff, issueImage } from "../../back-office/issue-image";
import { type ClubKeys, readKeyFile } from "../../back-office/keys";
import { addStaffCard, type StaffCard } from "../../back-office/staff";
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
  cashier?: number;
  supervisor?: number;
  pin?: string;
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
  clubpad card issue --keys club.keys.yaml --db club.db --cashier 12 --name "Omid" --out omid.mfd
  clubpad card issue --keys club.keys.yaml --db club.db --supervisor 3 --pin 4821 --out boss.mfd

Without --blank and --uid the card gets a random UID. With --db the card is entered there, so that
its taps can be computed again from the first one on.`;
const UINT32_MAX = 4_294_967_295;
/** A journal record names the cashier by two bytes. */
const STAFF_MAX = 65_535;
const PIN = /^[0-9]{4,8}$/;

export function registerCardIssue(card: Command): void {
  card
    .command("issue")
    .description("make the image of a new member, gift or staff card")
    .requiredOption("--keys <file>", "key file of the club")
    .option("--member <id>", "number of the member", integerIn(1, UINT32_MAX))
    .option("--gift", "or a gift card, which belongs to whoever holds it")
    .option("--cashier <n>", "or a staff card, by the staff number", integerIn(1, STAFF_MAX))
    .option("--supervisor <n>", "or that of a supervisor", integerIn(1, STAFF_MAX))
    .option("--pin <digits>", "a supervisor's PIN, 4 to 8 digits")
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
  const { kind, member } = holderOf(options);
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const { image: blank, uid } = chipOf(aes, keys, options);
  const mayCreate = { clubId: keys.clubId, mayCreate: true };
  const database = options.db === undefined ? undefined : Database.open(options.db, mayCreate);
  try {
    const isMember = kind === CardKind.Member;
    const numbers = database && nextNumbers(database, isMember ? member : 0, uid);
    const { image, card, isNameWhole } = issueImage(aes, keys, blank, uid, {
      member,
      kind,
      pin: options.pin,
      serial: serialOf(options, numbers?.serial),
      // Only a member's cards are counted.
      cardNumber: isMember ? (numbers?.cardNumber ?? 0) : 0,
      name: options.name,
      birth: options.birth === undefined ? undefined : parseJalali(options.birth, "--birth"),
      issueDay: options.date === undefined ? today() : parseDay(options.date, "--date"),
    });
    writeNewFile(options.out, image, options.force === true);
    const staff = staffCardOf(kind, member, card.serial, options.name);
    if (database !== undefined) enter(database, keys, aes, card, staff, options.out);
    if (!isNameWhole) console.error("the name was cut to what fits the card");
    const whose = isMember ? `of member ${member}` : staff && `of ${staff.role} ${member}`;
    console.log(
      `${options.out}: card ${card.uid} ${whose ?? "a gift card"}, serial ${card.serial}`,
    );
  } finally {
    database?.close();
  }
}

function holderOf(options: IssueOptions): { kind: CardKind; member: number } {
  const { member, gift, cashier, supervisor, pin } = options;
  const given: [CardKind, number | undefined][] = [
    [CardKind.Member, member],
    [CardKind.Gift, gift === true ? 0 : undefined],
    [CardKind.Cashier, cashier],
    [CardKind.Supervisor, supervisor],
  ];
  const [holder, ...others] = given.filter(([, number]) => number !== undefined);
  if (holder === undefined || others.length > 0) {
    const ways = "either --member, or --gift, or --cashier, or --supervisor";
    throw new UserError(`say whose card it is: ${ways}`);
  }
  const [kind, number = 0] = holder;
  if ((kind === CardKind.Supervisor) !== (pin !== undefined)) {
    throw new UserError("a supervisor's card needs --pin, and no other card has one");
  }
  if (pin !== undefined && !PIN.test(pin)) throw new UserError("--pin: write 4 to 8 digits");
  return { kind, member: number };
}

function staffCardOf(
  kind: CardKind,
  number: number,
  serial: number,
  name: string,
): StaffCard | undefined {
  if (!isStaff(kind)) return undefined;
  return { serial, number, role: kind === CardKind.Cashier ? "cashier" : "supervisor", name };
}

/** Gift cards and staff cards are told apart by their serials alone. */
function serialOf({ serial, member }: IssueOptions, next: number | undefined): number {
  const found = serial ?? next ?? member;
  if (found !== undefined) return found;
  throw new UserError("say the card's number: --serial, or --db to take the next free one");
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
  card: IssuedCard,
  staff: StaffCard | undefined,
  imagePath: string,
): void {
  try {
    const ingest = new Ingest(database, keys, aes);
    database.transaction(() => {
      ingest.enterCard(card);
      if (staff !== undefined) addStaffCard(database, staff);
    });
  } catch (error) {
    rmSync(imagePath, { force: true });
    throw error;
  }
}
