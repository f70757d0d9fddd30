/** `clubpad card show`: everything a card image says. */
import type { Command } from "commander";
import { inspectCard } from "../../back-office/card-inspection";
import { cardJson, cardText } from "../../back-office/card-text";
import { readKeyFile } from "../../back-office/keys";
import { createPortableAes } from "../../card-layout/aes128";
import { readCardImage } from "./input";

const EXAMPLES = `
Examples:
  clubpad card show 04a1b2c3.mfd --keys club.keys.yaml
  clubpad card show 04a1b2c3.mfd --keys club.keys.yaml --json

Exit code 2 when the card is not one of this club's in working order.`;
const EXIT_NOT_OURS = 2;

export function registerCardShow(card: Command): void {
  card
    .command("show")
    .description("decode a card image")
    .argument("<file>", "image of 1024 bytes (.mfd)")
    .requiredOption("--keys <file>", "key file of the club")
    .option("--json", "for programs")
    .addHelpText("after", EXAMPLES)
    .action((path: string, options: { keys: string; json?: boolean }) => {
      const keys = readKeyFile(options.keys);
      const { image, uid } = readCardImage(path);
      const inspection = inspectCard(createPortableAes(), keys, image, uid);
      const isJson = options.json === true;
      console.log(
        isJson ? JSON.stringify(cardJson(inspection), undefined, 2) : cardText(inspection),
      );
      if (inspection.verdict !== "ours") process.exitCode = EXIT_NOT_OURS;
    });
}
