/** `clubpad card reissue`: a new card in the place of a lost one. */
import { rmSync } from "node:fs";
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import { parseDay } from "../../back-office/dates";
import { Ingest } from "../../back-office/ingest";
import { readKeyFile } from "../../back-office/keys";
import { type Reissue, reissueCard } from "../../back-office/reissue";
import { createPortableAes } from "../../card-layout/aes128";
import { type CardOptions, cardOptions, findCard, nameOf } from "./card-options";
import { type ChipOptions, chipOf, today } from "./chip";
import { writeNewFile } from "./input";

interface ReissueOptions extends CardOptions, ChipOptions {
  keys: string;
  out: string;
  name: string;
  date?: string;
  reason: string;
  anyway?: boolean;
  force?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad card reissue --db club.db --keys club.keys.yaml --member 42 --blank 04a1b2c3.mfd \\
    --name "Sara Ahmadi" --out member42-new.mfd

First fetch the journals of all pads (clubpad pull): the new card holds what the old one held by
them. Then send the hot list to all pads (clubpad push): the old card is refused from then on. What
somebody did with it in between is posted to a dispute account and shown by clubpad ledger.`;

export function registerCardReissue(card: Command): void {
  const command = card
    .command("reissue")
    .description("make a card in the place of a lost one, and block that")
    .requiredOption("--keys <file>", "key file of the club")
    .requiredOption("--out <file>", "image to write (.mfd)")
    .option("--name <text>", "name on the card, at most 30 bytes of UTF-8", "")
    .option("--date <date>", "day of issue, Jalali; by default today")
    .option("--uid <hex>", "UID of the simulated chip, 4 or 7 bytes")
    .option("--blank <file>", "image of the blank card to issue")
    .option("--reason <text>", "why the old card is blocked, for people", "lost")
    .option("--anyway", "also when it is in doubt whether a tap counts on the old card")
    .option("--force", "overwrite the image")
    .addHelpText("after", EXAMPLES);
  cardOptions(command).action(reissue);
}

function reissue(options: ReissueOptions): void {
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const database = Database.open(options.db, { clubId: keys.clubId });
  let isWritten = false;
  try {
    const old = findCard(database, options);
    const { image: blank, uid } = chipOf(aes, keys, options);
    const made = database.transaction(() => {
      const ingest = new Ingest(database, keys, aes);
      const reissued = reissueCard(database, ingest, aes, keys, {
        ...{ ...old, blank, uid, name: options.name, reason: options.reason },
        issueDay: options.date === undefined ? today() : parseDay(options.date, "--date"),
        mayBeInDoubt: options.anyway === true,
      });
      writeNewFile(options.out, reissued.image, options.force === true);
      isWritten = true;
      return reissued;
    });
    isWritten = false;
    if (!made.isNameWhole) console.error("the name was cut to what fits the card");
    console.log(textOf(made, nameOf(old), options.out));
  } finally {
    // A card that the database does not know must not be handed out.
    if (isWritten) rmSync(options.out, { force: true });
    database.close();
  }
}

function textOf(made: Reissue, oldName: string, out: string): string {
  const { card, creditRial, points, debtRial, patchCount } = made;
  const rial = (amount: number) => `${amount.toLocaleString("en-US")} rial`;
  const debt = debtRial > 0 ? `, ${rial(debtRial)} of debt` : "";
  const orders = patchCount > 0 ? `; ${patchCount} orders of the office wait for it` : "";
  return [
    `${out}: card ${card.uid}, ${nameOf(card)} of member ${card.member}`,
    `  with ${rial(creditRial)} of credit, ${points} points${debt}${orders}`,
    `${oldName} (${made.oldUid}) is blocked: send the list to all pads (clubpad push)`,
  ].join("\n");
}
