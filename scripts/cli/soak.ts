/** `clubpad soak`: random days of many shops, with faults, judged by the oracle. */
import { randomInt } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import type { SoakCommandOptions } from "../soak/soak-command";
import { integerIn } from "./input";

const EXAMPLES = `
Examples:
  clubpad soak --taps 20000
  clubpad soak --taps 1000000 --seed monday --json
  clubpad soak --seconds 30
  clubpad soak --replay monday.17 --taps 1000 --keep 3,40-52

A soak is many episodes, each with its own rules, pads, cards and faults, drawn from "seed.number".
After each everything must come to rest. A broken promise ends the soak: it is made small, told in
words, and the line that plays it again is printed. docs/reliability.md says what is promised. Exit
code 1 when a promise was broken.`;

/** The world itself is loaded only when it runs. */
export function registerSoak(program: Command): void {
  program
    .command("soak")
    .description(
      "play random days of many shops with faults, and check every promise after each step",
    )
    .option("--taps <number>", "cards put on, all episodes together", integerIn(1, 1e9), 10_000)
    .option("--terminals <number>", "most pads of a shop", integerIn(1, 50), 5)
    .option("--cards <number>", "most cards of a shop", integerIn(1, 1000), 40)
    .option("--seed <text>", "of all chance; by default a fresh one, which is printed", seedOf)
    .option("--faults", "with faults (the default)", true)
    .option("--no-faults", "only people, days and clocks")
    .option("--sales-only", "only enrolments, sales and balances, and nothing comes down")
    .option("--members-only", "no gift cards")
    .option("--without-staff", "nobody logs in, nothing is approved")
    .option("--without-bills", "no bill is split by category")
    .option("--seconds <number>", "begin no episode after so many", integerIn(1, 1e6))
    .option("--replay <seed>", "play this one episode and tell it", seedOf)
    .option("--keep <steps>", "with --replay: only these steps, such as 3,40-52")
    .option("--mute <places>", "with --replay: without these faults, as step.place,...")
    .option("--json", "one JSON document instead of text")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Partial<SoakCommandOptions>) => {
      const { soakCommand } = await import("../soak/soak-command");
      const seed = options.seed ?? String(randomInt(1_000_000_000));
      await soakCommand({ ...options, seed } as SoakCommandOptions);
    });
}

function seedOf(text: string): string {
  if (/^[\w.-]{1,60}$/.test(text)) return text;
  throw new InvalidArgumentError("write up to 60 letters, digits, dots, - and _.");
}
