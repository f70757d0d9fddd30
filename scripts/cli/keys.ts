/** `clubpad keys`: the club's key file. */
import type { Command } from "commander";
import { createClubKeys, readKeyFile, tillKeyOf, writeKeyFile } from "../../back-office/keys";
import { createPortableAes } from "../../card-layout/aes128";
import { integerIn } from "./input";

interface NewOptions {
  club: number;
  epoch: number;
  out: string;
  seed?: string;
  force?: boolean;
}

interface TillKeyOptions {
  keys: string;
  terminal: number;
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
  keys
    .command("till")
    .description("print the key between a pad and its till, for the till's configuration")
    .requiredOption("--keys <file>", "the club's key file")
    .requiredOption("--terminal <id>", "number of the pad, 1 to 65535", integerIn(1, 65535))
    .addHelpText("after", "\nExample:\n  clubpad keys till --keys club.keys.yaml --terminal 1")
    .action(({ keys: path, terminal }: TillKeyOptions) => {
      const key = tillKeyOf(createPortableAes(), readKeyFile(path), terminal);
      console.log(Buffer.from(key).toString("hex"));
    });
}
