/**
 * `bench.ts [--write] [--json]` measures what a tap costs on the air, on the buses, in flash and on
 * the line, what the bundle weighs, and how fast the simulator is. Prints the tables and what has
 * changed since docs/benchmarks.md; `--write` puts the figures there, `--json` prints only JSON.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { INTERPRETED_TIMING } from "../../host-sim/board";
import { type Bundle, buildBundle } from "../build/bundle";
import { compare, formatSection, wrap } from "./report";
import { measureAll, processorSeconds } from "./sections";

const REPORT_FILE = "docs/benchmarks.md";

const INTRODUCTION = [
  "Figures of the last run of `node --import tsx scripts/bench/bench.ts --write`. `make bench` " +
    "prints them anew and says what has changed. Counts and virtual times do not depend on the " +
    "machine; a test keeps those of a tap from growing (`scripts/bench/tap-figures.test.ts`).",
  `Virtual times charge ${INTERPRETED_TIMING.spiFrameOverheadUs} us for each SPI frame beside ` +
    `its bytes, ${INTERPRETED_TIMING.clockCallUs} us for a look at the clock, ` +
    `${INTERPRETED_TIMING.pinCallUs} us for moving pins, ${INTERPRETED_TIMING.flashWordUs} us ` +
    `for a word of flash and ${INTERPRETED_TIMING.flashEraseUs / 1000} ms for erasing a page. ` +
    "These are orders of magnitude: the calls were timed with Espruino for an STM32F405 in an " +
    "emulator, the flash is a data sheet's. Nothing here was measured on a board.",
];

async function main(words: string[]): Promise<void> {
  const start = process.cpuUsage();
  const bundles = new Map<string, Bundle>();
  for (const { name } of BOARD_PROFILES) {
    bundles.set(name, await buildBundle(process.cwd(), `firmware/boards/${name}.ts`));
  }
  const sections = await measureAll(bundles, processorSeconds(start) / bundles.size);
  if (words.includes("--json")) {
    console.log(JSON.stringify({ machine: machine(), sections }, null, 2));
    return;
  }
  const tables = sections.map(formatSection).join("\n");
  console.log(tables);
  const before = existsSync(REPORT_FILE) ? readFileSync(REPORT_FILE, "utf8") : "";
  const changes = compare(sections, before);
  console.log(changes.length === 0 ? `As in ${REPORT_FILE}.` : `Since ${REPORT_FILE}:`);
  for (const change of changes) console.log(change);
  if (!words.includes("--write")) return;
  const opening = [...INTRODUCTION, `Machine: ${machine()}.`].map(wrap).join("\n\n");
  writeFileSync(REPORT_FILE, `# Benchmarks\n\n${opening}\n\n${tables}`);
  console.log(`${REPORT_FILE} written`);
}

function machine(): string {
  const cpu = os.cpus()[0]?.model ?? "unknown processor";
  return `${cpu}, ${os.availableParallelism()} cores, Node.js ${process.version}, ${os.arch()}`;
}

await main(process.argv.slice(2));
