/**
 * `test-espruino.ts [--write]` runs the bundle that ships in a real Espruino for Linux (ESPRUINO,
 * or `espruino` on the PATH) and compares a whole day with the same day under Node. The last line
 * is `N passed, N failed, N skipped`. `--write` puts the figures into docs/benchmarks-espruino.md.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { ContextEngine } from "../../host-sim/context-engine";
import { packAssets } from "../../host-sim/device-assets";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { formatSection, wrap } from "../bench/report";
import { TechnicianDay } from "../board/technician-cases";
import { PROJECT_ROOT } from "../sim/club";
import { freshBundle } from "../sim/fresh-bundle";
import { Day, firstDifference, type Trace } from "./day";
import { figureSections, peakVariables, shimVariables } from "./figures";
import { findInterpreter } from "./find-interpreter";
import { type DayReport, memoryWithoutBundle, playInterpreted } from "./interpreted-day";
import type { EngineMemory } from "./interpreter-engine";

/** What a step came to; a failure is thrown. */
type Result = "passed" | { skipped: string };

interface TestCase {
  name: string;
  run(world: World): Promise<Result>;
}

interface World {
  binary: string;
  bundle: string;
  files: Record<string, string>;
  expected: Trace[];
  /** The interpreter without the bundle. */
  base: EngineMemory;
  plain?: DayReport;
  sampled?: DayReport;
}

const REPORT_FILE = "docs/benchmarks-espruino.md";
/** As many variables as the smallest boards that are thought of, and what share may be in use. */
const BOARD_VARIABLES = 8190;
const GOAL_SHARE = 0.6;
/** References of 15 bits, as on the boards; with larger ones a string takes fewer variables. */
const BOARD_BYTES_PER_VARIABLE = 13;
const NOT_A_BOARDS = { skipped: "this interpreter's variables are larger than a board's" };

const CASES: TestCase[] = [
  {
    name: "every step of the day leaves the same as under Node, byte for byte",
    run: async (world) => {
      world.plain = await playInterpreted(world.binary, world.files, {});
      return expectSame(world, world.plain);
    },
  },
  {
    name: `at most ${GOAL_SHARE * 100} % of ${BOARD_VARIABLES} variables are in use at any moment`,
    run: async (world) => {
      if (!isLikeBoard(world)) return NOT_A_BOARDS;
      world.sampled = await playInterpreted(world.binary, world.files, { isSampling: true });
      const peak = peakVariables(world.sampled.figures) - shimVariables(world.base);
      const limit = Math.floor(BOARD_VARIABLES * GOAL_SHARE);
      if (peak > limit) throw new Error(`${peak} variables in use, at most ${limit} may be`);
      return expectSame(world, world.sampled);
    },
  },
  {
    name: "a technician flashes, tests, provisions, reads, updates and goes back over a cable",
    run: async ({ binary }) => {
      await TechnicianDay.play(binary);
      return "passed";
    },
  },
  {
    name: `the day is the same where only ${GOAL_SHARE * 100} % of the variables can be had`,
    run: async (world) => {
      if (!isLikeBoard(world)) return NOT_A_BOARDS;
      const { allVariables } = world.base;
      const ballast = allVariables - BOARD_VARIABLES * GOAL_SHARE - shimVariables(world.base);
      const ballastBytes = Math.ceil(ballast) * BOARD_BYTES_PER_VARIABLE;
      return expectSame(world, await playInterpreted(world.binary, world.files, { ballastBytes }));
    },
  },
];

async function main(words: string[]): Promise<number> {
  const binary = findInterpreter(process.env);
  if (binary === undefined) {
    console.log(
      "There is no Espruino interpreter here: build Espruino for Linux and say " +
        "make test-espruino ESPRUINO=/path/to/espruino.",
    );
    console.log(`0 passed, 0 failed, ${CASES.length} skipped`);
    return 0;
  }
  const world = await createWorld(binary);
  const failed = await runCases(world);
  if (world.plain !== undefined) report(world, world.plain, words.includes("--write"));
  return failed;
}

async function createWorld(binary: string): Promise<World> {
  const { code } = await freshBundle(PROJECT_ROOT, "esp32");
  const assets = { "clubpad.screens": packAssets("en") };
  const underNode = new Day((board) => new EspruinoRuntime(board, new ContextEngine(code, assets)));
  const expected = await underNode.play();
  const base = memoryWithoutBundle(binary);
  return { binary, bundle: code, files: { ".bootcde": code, ...assets }, expected, base };
}

/** Returns the exit code. */
async function runCases(world: World): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of CASES) {
    try {
      const result = await run(world);
      if (result === "passed") counts.passed++;
      else counts.skipped++;
      console.log(result === "passed" ? `. ${name}` : `- ${name}: skipped, ${result.skipped}`);
    } catch (error) {
      counts.failed++;
      console.log(`x ${name}\n${(error as Error).message.replace(/^/gm, "    ")}`);
    }
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  const summary = `${counts.passed} passed, ${counts.failed} failed${skipped}`;
  process.on("exit", () => console.log(summary));
  return counts.failed === 0 ? 0 : 1;
}

function isLikeBoard({ base }: World): boolean {
  return base.bytesPerVariable === BOARD_BYTES_PER_VARIABLE;
}

function expectSame(world: World, day: DayReport): Result {
  const difference = firstDifference(world.expected, day.traces);
  if (difference !== undefined) throw new Error(difference);
  return "passed";
}

function report(world: World, plain: DayReport, isWritten: boolean): void {
  const { base } = world;
  const sections = figureSections(world.bundle.length, base, plain, world.sampled, BOARD_VARIABLES);
  const text = sections.map(formatSection).join("\n");
  console.log(`\n${text}`);
  if (!isWritten) return;
  const opening = [
    `Figures of the last run of \`node --import tsx scripts/espruino/test-espruino.ts --write\` ` +
      `with Espruino ${base.version} for Linux, ${base.allVariables} variables of ` +
      `${base.bytesPerVariable} bytes. \`make test-espruino\` prints them anew. Nothing here was ` +
      "measured on a board.",
    "What a whole tap takes on boards of other speeds is estimated in " +
      '[benchmarks.md](benchmarks.md), section "One tap with the interpreter\'s computing", ' +
      "which says how. The loader in front of the bundle is in none of these figures.",
    `Machine: ${os.cpus()[0]?.model ?? "unknown processor"}.`,
  ];
  const head = `# Benchmarks in a real Espruino\n\n${opening.map(wrap).join("\n\n")}\n\n`;
  writeFileSync(REPORT_FILE, head + text);
  console.log(`${REPORT_FILE} written`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
