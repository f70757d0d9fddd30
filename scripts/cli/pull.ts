/** `clubpad pull` and `clubpad push`: a session with a pad over the serial port. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { integerIn } from "./input";
import { runSession, type SessionOptions } from "./sync-session";

interface PushOptions extends Omit<SessionOptions, "rules" | "publish"> {
  rules?: string;
}

const PULL_EXAMPLES = `
Examples:
  clubpad pull --port /dev/ttyUSB0 --db club.db --keys club.keys.yaml
  clubpad pull --port COM3 --db club.db --keys club.keys.yaml --rules first-shop.yaml

Records are stored durably before the pad is told that it may erase them. Then the pad gets the
time and whatever is new for it: published rules, blocked cards, patches. Interrupt it whenever you
like and run it again: nothing is lost and nothing is counted twice.`;
const PUSH_EXAMPLES = `
Examples:
  clubpad push --port /dev/ttyUSB0 --db club.db --keys club.keys.yaml
  clubpad push --port COM3 --db club.db --keys club.keys.yaml --rules autumn.yaml

The same session as pull. With --rules these rules are published: from now on every pad that is
synchronised gets them, and works by them when nobody is in the middle of a sale. To go back,
publish the old rules with a higher version.`;
const UNIX_SECONDS = /^\d{9,10}$/;

export function registerPull(program: Command): void {
  session(program.command("pull"), "fetch a pad's journal into the database, and send what is new")
    .option("--rules <file...>", "rulesets the pads work with, to check every tap against")
    .option("--up-only", "fetch only, send nothing")
    .addHelpText("after", PULL_EXAMPLES)
    .action(async (options: SessionOptions) => {
      console.log(await runSession(options));
    });
  session(program.command("push"), "send a pad new rules, blocked cards, patches and the time")
    .option("--rules <file>", "publish these rules to every pad")
    .addHelpText("after", PUSH_EXAMPLES)
    .action(async ({ rules, ...options }: PushOptions) => {
      console.log(await runSession({ ...options, publish: rules }));
    });
}

function session(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption("--port <path>", "serial port of the pad")
    .requiredOption("--db <file>", "database; made when it is not there")
    .requiredOption("--keys <file>", "key file of the club")
    .option("--baud <rate>", "speed of the port", integerIn(1200, 4_000_000), 115_200)
    .option("--issuer <n>", "the shop this pad stands in, 1 to 254", integerIn(1, 254))
    .option("--clock <time>", "time for the pad: now, off, or Unix seconds", clockText, "now")
    .addOption(new Option("--at <unix>", "the time to date lists by").argParser(Number).hideHelp());
}

function clockText(text: string): string {
  if (text === "now" || text === "off" || UNIX_SECONDS.test(text)) return text;
  throw new InvalidArgumentError("write now, off, or Unix seconds.");
}
