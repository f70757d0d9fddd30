/** `clubpad exhaust`: every fault of every kind of tap. */
import { randomInt } from "node:crypto";
import os from "node:os";
import type { Command } from "commander";
import { didYouMean } from "../../back-office/did-you-mean";
import { UserError } from "../../back-office/user-error";
import { integerIn } from "./input";

export interface ExhaustCommandOptions {
  case?: string[];
  seconds: number;
  seed?: string;
  workers: number;
  pairs?: boolean;
  canaries?: boolean;
  state: string;
  replay?: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad exhaust
  clubpad exhaust --case sale-with-credit --seconds 300
  clubpad exhaust --pairs                   (all pairs; hours; goes on where it was stopped)
  clubpad exhaust --replay quick/sale/same/104:erased,151:cut

Every place of a tap where the card, the air, the flash or the power can fail is made to fail, in
every way; then the card comes back to the same pad, or to another, or never. docs/reliability.md
says what must hold and what is searched. Exit code 1 when anything does not hold.`;

/** The search itself is loaded only when it runs: other commands start in half the time. */
export function registerExhaust(program: Command): void {
  program
    .command("exhaust")
    .description(
      "disturb every kind of tap at every place, and hold card, journal and pad together",
    )
    .option("--case <names...>", "kinds of tap; all by default")
    .option("--seconds <number>", "time for pairs of faults, drawn", integerIn(0, 1_000_000), 60)
    .option("--seed <text>", "of the pairs drawn; by default a fresh one, which is printed")
    .option("--workers <number>", "processes", integerIn(1, 64), os.availableParallelism())
    .option("--pairs", "all pairs of faults instead, resumable")
    .option("--canaries", "spoil the firmware on purpose, bug by bug: every one must be caught")
    .option("--state <file>", "where --pairs notes how far it is", "out/exhaust-pairs.json")
    .option("--replay <run>", "play one run again and tell it in words")
    .option("--json", "one JSON document instead of the table")
    .addHelpText("after", EXAMPLES)
    .action(async (options: ExhaustCommandOptions) => {
      const { runExhaust } = await import("./exhaust-run");
      await runExhaust(options, options.seed ?? String(randomInt(1_000_000_000)));
    });
}

/** Refuses a name that is none of `known`. */
export function requireCases(names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UserError(`there is no kind of tap "${name}"${didYouMean(name, known)}`);
  }
}
