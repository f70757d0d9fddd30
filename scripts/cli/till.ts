/** `clubpad till`: a till in a few lines, for trying the line and as an example. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { SaleLine } from "../../pos-client/src/index";
import { columnsOf, integerIn } from "./input";
import type { TillOptions } from "./till-sell";

const MOST_RIAL = 2 ** 40 - 1;
const EXAMPLES = `
Examples:
  clubpad till
  clubpad till --port /dev/ttyUSB1 --key 00112233445566778899aabbccddeeff --total 4500000

Without --port it sells to a simulated pad behind a pseudo-terminal. The key is that of
"clubpad keys till". docs/pos-link.md describes the line, pos-client/README.md the package.`;

export function registerTill(program: Command): void {
  program
    .command("till")
    .description("sell to a pad over its line to a till: a simulated one, or the one at --port")
    .option("--port <path>", "serial port of a real pad's line to a till")
    .option("--baud <rate>", "its speed", integerIn(1200, 3_000_000), 115_200)
    .option("--key <hex>", "key between pad and till")
    .option("--terminal <id>", "number of the pad", integerIn(1, 65535), 1)
    .option("--total <rial>", "the bill", integerIn(1, MOST_RIAL))
    .option("--credit <rial>", "of it with the member's credit", integerIn(0, MOST_RIAL), 0)
    .option("--line <category:rial:pieces>", "a part of the bill; may be repeated", addLine, [])
    .option("--request <number>", "ask again under this number", integerIn(1, 2 ** 32 - 1))
    .option("--receipt <path>", "print receipts of sales: a printer's device, or a file to add to")
    .option("--columns <n>", "of its paper: 32, 42 or 48", columnsOf, 32)
    .addOption(new Option("--language <code>").choices(["en", "fa"]).default("en"))
    .option("--shop <name>", "name of the shop on receipts", "")
    .option("--unit <rial>", "rials in one unit of a receipt", integerIn(1, 10_000), 10)
    .option("--seed <text>", "seed of the simulated pad", "till")
    .option("--link <path>", "name of the simulated pad's port", "out/till.tty")
    .addHelpText("after", EXAMPLES)
    .action(async (options: TillOptions) => {
      const { runTill } = await import("./till-sell");
      await runTill(options);
    });
}

function addLine(text: string, lines: SaleLine[]): SaleLine[] {
  const [, category, amountRial, quantity] = (/^(\d+):(\d+):(\d+)$/.exec(text) ?? []).map(Number);
  if (quantity === undefined) {
    throw new InvalidArgumentError("write category:rial:pieces, like 3:1200000:2.");
  }
  return [...lines, { category, amountRial, quantity }];
}
