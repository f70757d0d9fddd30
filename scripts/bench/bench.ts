/**
 * `bench.ts [--write] [--json]` measures what a tap costs on the air, on the buses, in flash and
 * on the line, what the bundle weighs, and how fast the simulator is. Prints the tables and what
 * has changed since docs/benchmarks.md; `--write` puts the figures there, `--json` prints JSON only.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { buildBundle } from "../build/bundle";
import { compare, formatSection } from "./report";
import { measureAll } from "./sections";

const REPORT_FILE = "docs/benchmarks.md";
const BOARD_FILE = "firmware/boards/esp32.ts";

const INTRODUCTION = `# Benchmarks

Figures of the last run of \`node --import tsx scripts/bench/bench.ts --write\`. \`make bench\` prints
them anew and says what has changed. Counts do not depend on the machine; a test keeps those of a
sale from growing (\`scripts/bench/tap-figures.test.ts\`).
`;

async function main(words: string[]): Promise<void> {
  const startMs = performance.now();
  const bundle = await buildBundle(process.cwd(), BOARD_FILE);
  const sections = await measureAll(bundle, (performance.now() - startMs) / 1000);
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
  writeFileSync(REPORT_FILE, `${INTRODUCTION}\nMachine: ${machine()}.\n\n${tables}`);
  console.log(`${REPORT_FILE} written`);
}

function machine(): string {
  const cpu = os.cpus()[0]?.model ?? "unknown processor";
  return `${cpu}, ${os.availableParallelism()} cores, Node.js ${process.version}, ${os.arch()}`;
}

await main(process.argv.slice(2));
