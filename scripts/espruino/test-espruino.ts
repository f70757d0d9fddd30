/**
 * `test-espruino.ts [--write]` runs the bundle that ships in a real Espruino for Linux (ESPRUINO,
 * or `espruino` on the PATH) and compares a whole day with the same day under Node. The last line
 * is `N passed, N failed, N skipped`. `--write` puts the figures into docs/benchmarks-espruino.md.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { ESP32, ESPRUINO_WIFI } from "../../firmware/boards/board-profiles";
import type { SimBoard } from "../../host-sim/board";
import { ContextEngine } from "../../host-sim/context-engine";
import { packAssets } from "../../host-sim/device-assets";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { formatSection, wrap } from "../bench/report";
import { TechnicianDay } from "../board/technician-cases";
import { PROJECT_ROOT } from "../sim/club";
import { freshBundle } from "../sim/fresh-bundle";
import { Day, firstDifference, type Trace } from "./day";
import { memorySection, peakVariables, shimVariables, tapSection } from "./figures";
import { findInterpreter } from "./find-interpreter";
import { type DayReport, memoryWithoutBundle, playInterpreted } from "./interpreted-day";
import type { EngineMemory } from "./interpreter-engine";

/** What a step came to; a failure is thrown. */
type Result = "passed" | { skipped: string };

interface TestCase {
  name: string;
  run(binary: string): Promise<Result>;
}

/** A board, and its bundle's day. */
interface World {
  profile: BoardProfile;
  bundleBytes: number;
  files: Record<string, string>;
  expected: Trace[];
  /** The interpreter without the bundle. */
  base: EngineMemory;
  plain?: DayReport;
  sampled?: DayReport;
}

const REPORT_FILE = "docs/benchmarks-espruino.md";
/** What share of a board's variables may be in use. */
const GOAL_SHARE = 0.6;
/**
 * What share must be enough for a whole day. More than is ever in use, because the cipher wants its
 * result in one piece, and what is free lies scattered.
 */
const ENOUGH_SHARE = 0.7;
/** References of 15 bits, as on the boards; with larger ones a string takes fewer variables. */
const BOARD_BYTES_PER_VARIABLE = 13;
const NOT_A_BOARDS = { skipped: "this interpreter's variables are larger than a board's" };

const worlds = new Map<BoardProfile, World>();

/** The smallest board, and the one that has a line to a till. */
const CASES: TestCase[] = [
  {
    name: `${ESP32.name}: every step of the day leaves the same as under Node, byte for byte`,
    run: async (binary) => {
      const world = await worldOf(binary, ESP32);
      world.plain = await playInterpreted(binary, world.files, ESP32, {});
      return expectSame(world, world.plain);
    },
  },
  ...[ESPRUINO_WIFI, ESP32].map((profile) => ({
    name: `${profile.name}: the day, and at most ${goalOf(profile)} variables are ever in use`,
    run: (binary: string) => playSampled(binary, profile),
  })),
  {
    name: "a technician flashes, tests, provisions, reads, updates and goes back over a cable",
    run: async (binary) => {
      await TechnicianDay.play(binary);
      return "passed";
    },
  },
  {
    name: `${ESPRUINO_WIFI.name}: the day, where only ${enoughOf(ESPRUINO_WIFI)} can be had`,
    run: async (binary) => {
      const world = await worldOf(binary, ESPRUINO_WIFI);
      if (!isLikeBoard(world)) return NOT_A_BOARDS;
      const { base, files, profile } = world;
      const ballast = base.allVariables - enoughOf(profile) - shimVariables(base);
      const ballastBytes = ballast * BOARD_BYTES_PER_VARIABLE;
      return expectSame(world, await playInterpreted(binary, files, profile, { ballastBytes }));
    },
  },
];

function goalOf({ variables }: BoardProfile): number {
  return Math.floor(variables * GOAL_SHARE);
}

function enoughOf({ variables }: BoardProfile): number {
  return Math.floor(variables * ENOUGH_SHARE);
}

async function playSampled(binary: string, profile: BoardProfile): Promise<Result> {
  const world = await worldOf(binary, profile);
  if (!isLikeBoard(world)) return NOT_A_BOARDS;
  world.sampled = await playInterpreted(binary, world.files, profile, { isSampling: true });
  const peak = peakVariables(world.sampled.figures) - shimVariables(world.base);
  if (peak > goalOf(profile))
    throw new Error(`${peak} variables in use, at most ${goalOf(profile)} may be`);
  return expectSame(world, world.sampled);
}

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
  const failed = await runCases(binary);
  report(words.includes("--write"));
  return failed;
}

async function worldOf(binary: string, profile: BoardProfile): Promise<World> {
  const world = worlds.get(profile) ?? (await createWorld(binary, profile));
  worlds.set(profile, world);
  return world;
}

async function createWorld(binary: string, profile: BoardProfile): Promise<World> {
  const { code, tokens } = await freshBundle(PROJECT_ROOT, profile.name);
  const assets = { "clubpad.screens": packAssets("en", "fa") };
  const run = (board: SimBoard) =>
    new EspruinoRuntime(board, new ContextEngine(code, assets), profile);
  const expected = await new Day(run, () => undefined, profile).play();
  const base = memoryWithoutBundle(binary, profile);
  const files = { ".bootcde": tokens, ...assets };
  return { profile, bundleBytes: tokens.length, files, expected, base };
}

/** Returns the exit code. */
async function runCases(binary: string): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of CASES) {
    try {
      const result = await run(binary);
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

function report(isWritten: boolean): void {
  const days = [...worlds.values()].flatMap(({ profile, bundleBytes, base, sampled }) =>
    sampled === undefined ? [] : { profile, bundleBytes, base, sampled },
  );
  const { base, plain } = worlds.get(ESP32) ?? {};
  const sampled = worlds.get(ESP32)?.sampled;
  if (base === undefined || plain === undefined) return;
  const sections = [memorySection(days), tapSection(base, plain, sampled)];
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
