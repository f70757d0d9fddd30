/** `clubpad keys`: the club's key file. */
import type { Command } from "commander";
import { createClubKeys, writeKeyFile } from "../../back-office/keys";
import { integerIn } from "./input";

interface NewOptions {
  club: number;
  epoch: number;
  out: string;
  seed?: string;
  force?: boolean;
}

export function registerKeys(program: Command): void {
  const keys = program.command("keys").description("make the club's key file");
  keys
    .command("new")
    .description("make new random keys and write them into a file that only you can read")
    .requiredOption("--club <id>", "number of the club, 1 to 65535", integerIn(1, 65535))
    .requiredOption("--out <file>", "key file to write")
    .option("--epoch <n>", "key epoch, 0 to 255", integerIn(0, 255), 0)
    .option("--seed <text>", "make the same keys from the same text: for simulations only")
    .option("--force", "overwrite a key file; cards of the old keys are lost")
    .addHelpText("after", "\nExample:\n  clubpad keys new --club 7 --out club.keys.yaml")
    .action((options: NewOptions) => {
      const made = createClubKeys(options.club, options.epoch, options.seed);
      writeKeyFile(options.out, made, options.force === true);
      const warning = made.isSimulation ? "; simulated keys, never for real cards" : "";
      console.log(`${options.out}: keys of club ${options.club}${warning}`);
    });
}
