/** `clubpad board flash|provision|test|log|update|code`: what is done to a board over its cable. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Language } from "../../host-sim/device-assets";
import type { SessionOptions } from "../board/session";
import { integerIn } from "./input";

export interface FlashOptions extends SessionOptions {
  erase?: boolean;
  force?: boolean;
  language?: Language[];
}

export interface ProvisionCommandOptions extends SessionOptions {
  keys: string;
  terminal: number;
  rules: string;
  issuer: number;
  epoch?: number;
  force?: boolean;
}

export interface TestOptions extends SessionOptions {
  person: boolean;
}

export interface LogOptions extends SessionOptions {
  image?: string;
  save?: string;
  terminal?: number;
  last: number;
}

export interface UpdateOptions extends SessionOptions {
  back?: boolean;
  /** By default those that the pad has. */
  language?: Language[];
}

export interface CodeOptions {
  keys: string;
  terminal: number;
  service: number;
}

const TERMINALS = integerIn(1, 65535);
const AFTERWARDS =
  "\nA pad in use keeps its console closed: switch it off, hold its key D, and switch it on. It " +
  "hums,\nwaits for the one-time code, and serves again when it is switched off and on.";

/** `board` is the command they hang below. */
export function registerBoardTools(board: Command, names: string[]): void {
  const named = () => new Option("--board <name>", "which board it is").choices(names);
  const tool = (name: string, description: string, example: string) =>
    board
      .command(name)
      .description(description)
      .option("--port <path>", "serial port of the board's console")
      .option("--baud <rate>", "speed of the port", integerIn(1200, 4_000_000), 115_200)
      .option("--code <digits>", "one-time code, where the pad asks for one")
      .addOption(named())
      .addHelpText("after", `\nExample:\n  clubpad board ${example}\n${AFTERWARDS}`);

  tool("flash", "put the bundle on a board for the first time", "flash --port /dev/ttyUSB0")
    .option("--keys <file>", "key file, to make the code from")
    .option("--erase", "erase Storage first, with all that is in it")
    .addOption(languages().default(["en", "fa"], "en,fa"))
    .option("--force", "with --erase: even where records are lost that the office does not have")
    .action(async (options: FlashOptions) => (await work()).flash(options));
  tool(
    "provision",
    "make it a certain pad of the club: number, keys, rules, clock",
    "provision --port /dev/ttyUSB0 --keys club.keys.yaml --terminal 3 --rules first-shop.yaml",
  )
    .requiredOption("--keys <file>", "key file of the club")
    .requiredOption("--terminal <n>", "number of the pad, 1 to 65535", TERMINALS)
    .requiredOption("--rules <file>", "ruleset")
    .option("--issuer <n>", "the shop it stands in, 1 to 254", integerIn(1, 254), 1)
    .option("--epoch <n>", "start of its journal, 0 to 255; one more for each new one")
    .option("--force", "even where records are lost that the office does not have")
    .action(async (options: ProvisionCommandOptions) => (await work()).provisionPad(options));
  tool("test", "try every part of the pad, one by one", "test --port /dev/ttyUSB0")
    .option("--keys <file>", "key file, to make the code from")
    .option("--no-person", "leave out what somebody has to look at, press or hear")
    .action(async (options: TestOptions) => (await work()).testPad(options));
  tool(
    "log",
    "show settings and journal, from a pad or from an image of its flash",
    "log --image pad3.flash --board esp32",
  )
    .option("--keys <file>", "key file, to make the code or the journal's key from")
    .option("--image <file>", "image of the raw pages instead of a port")
    .option("--save <file>", "write the image that was read; it holds the pad's keys")
    .option("--terminal <n>", "whose journal it is, where the settings are lost", TERMINALS)
    .option("--last <n>", "newest records to show", integerIn(0, 100_000), 20)
    .action(async (options: LogOptions) => (await work()).showLog(options));
  tool("update", "bring a new version, or go back", "update --port /dev/ttyUSB0")
    .option("--keys <file>", "key file, to make the code from")
    .addOption(languages())
    .option("--back", "go back to the version before")
    .action(async (options: UpdateOptions) => (await work()).updatePad(options));
  board
    .command("code")
    .description("tell the one-time code that opens a pad's console")
    .requiredOption("--keys <file>", "key file of the club")
    .requiredOption("--terminal <n>", "number of the pad", TERMINALS)
    .requiredOption("--service <n>", "number of the service, as the pad says it", integerIn(1, 32))
    .addHelpText(
      "after",
      "\nExample:\n  clubpad board code --keys club.keys.yaml --terminal 3 --service 1",
    )
    .action(async (options: CodeOptions) => (await work()).tellCode(options));
}

function languages(): Option {
  const text = "languages of the screens, the first one first: en, fa, or en,fa";
  return new Option("--language <codes>", text).argParser(parseLanguages);
}

function parseLanguages(text: string): Language[] {
  const codes = text.split(",");
  const known = codes.filter((code): code is Language => code === "en" || code === "fa");
  if (known.length === codes.length && new Set(codes).size === codes.length) return known;
  throw new InvalidArgumentError('Write "en", "fa", "en,fa" or "fa,en".');
}

/** Loaded when a command runs: other commands start without serial port and bundler. */
async function work(): Promise<typeof import("./board-work")> {
  return import("./board-work");
}
