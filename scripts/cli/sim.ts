/** `clubpad sim`: the simulated club. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { SimPadOptions } from "./sim-pad";
import type { SimPn532Options } from "./sim-pn532";
import type { SimRunOptions } from "./sim-run";
import type { SimScreensOptions } from "./sim-screens";

const RUN_EXAMPLES = `
Examples:
  clubpad sim run
  clubpad sim run scenarios/power-cuts.yaml --seed 7 --screens all
  clubpad sim run my-day.yaml --cards my-cards --db my-club.db --keys my-club.keys.yaml

Without --cards every card comes new from the box and is written to out/cards; with it, images
there (<name of the card>.mfd, 1024 bytes) are the cards, and are written back. docs/simulator.md
describes scenario files. Exit code 1 when anything is not as the scenario expects, or when ledger
and cards disagree.`;
const PAD_EXAMPLES = `
Examples:
  clubpad sim pad
  clubpad sim pad --cards my-cards

An enrolment: c 0 9 1 2 ... Enter, then q puts the first card on the pad. A sale: 3 0 0 d Enter, q.
Cards are <name>.mfd in the folder; images of your own with the names sara, reza, blank or foreign
are used as they are. docs/simulator.md says more.`;

const PN532_EXAMPLES = `
Examples:
  clubpad sim pn532 --card out/cards/sara.mfd --link out/pn532
  clubpad sim pn532 --card new.mfd --new --link out/pn532
  LIBNFC_DEVICE=pn532_uart:$PWD/out/pn532 nfc-list

The reader is a pseudo-terminal at the path of --link; Ctrl+C ends it. What is written to the card
is written to its file at once. docs/simulator.md says more.`;

/** The simulator itself is loaded only when it runs: other commands start in half the time. */
export function registerSim(program: Command): void {
  const sim = program.command("sim").description("operate the simulated club");
  sim
    .command("run")
    .description("play a scenario with the real firmware, and hold the ledger against the cards")
    .argument("[scenario]", "scenario file (YAML)")
    .option("--cards <dir>", "folder of the cards' images")
    .option("--seed <text>", "seed of everything that chance decides", seedOf, "1")
    .option("--db <file>", "database to go on with; by default a new one")
    .option("--keys <file>", "key file; made from the seed when it is not there")
    .addOption(
      new Option("--screens <which>", "displays to draw: every one, the new ones, or none")
        .choices(["all", "key", "none"])
        .default("key"),
    )
    .option("--json", "one JSON document instead of the story")
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (file: string | undefined, options: SimRunOptions) => {
      const { simRun } = await import("./sim-run");
      await simRun(file, options);
    });
  sim
    .command("pad")
    .description("operate one simulated pad from the keyboard")
    .option("--cards <dir>", "folder of the cards' images and the pad's flash", "out/pad")
    .option("--seed <text>", "seed of keys and chance", seedOf, "1")
    .addHelpText("after", PAD_EXAMPLES)
    .action(async (options: SimPadOptions) => {
      const { simPad } = await import("./sim-pad");
      await simPad(options);
    });
  sim
    .command("pn532")
    .description("put a card on a simulated PN532 reader that other programs can open")
    .requiredOption("--card <file>", "image of the card (.mfd, 1024 bytes)")
    .option("--link <path>", "the serial port's name", "out/pn532")
    .option("--new", "make the file: a blank card")
    .option("--magic", "the card is a copied chip with the gen1a back door")
    .option("--seed <text>", "seed of everything that chance decides", seedOf, "1")
    .addHelpText("after", PN532_EXAMPLES)
    .action(async (options: SimPn532Options) => {
      const { simPn532 } = await import("./sim-pn532");
      await simPn532(options);
    });
  sim
    .command("screens")
    .description("draw every screen of the pad as a picture")
    .option("--out <dir>", "folder; each language gets one in it", "docs/pictures/screens")
    .addOption(
      new Option("--language <code>", "one language; by default all").choices(["en", "fa"]),
    )
    .action(async (options: SimScreensOptions) => {
      const { simScreens } = await import("./sim-screens");
      simScreens(options);
    });
}

/** It becomes part of file names and of the command that replays a run. */
function seedOf(text: string): string {
  if (/^[\w-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError("write up to 40 letters, digits, - and _.");
}
