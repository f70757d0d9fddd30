/** What `clubpad exhaust` does, apart from the command line. */
import { UserError } from "../../back-office/user-error";
import { CANARIES, hunt, searchUnspoilt } from "../search/canary/hunt";
import { type ExhaustRow, exhaust } from "../search/exhaust";
import { exhaustPairs } from "../search/exhaust-pairs";
import { keptOf } from "../search/kept";
import { parsePoint } from "../search/point";
import { shrink } from "../search/shrink";
import { storyOf } from "../search/story";
import { TAP_CASES } from "../search/tap-case";
import type { Violation } from "../search/task";
import { type ExhaustCommandOptions, requireCases } from "./exhaust";
import { Progress } from "./progress";

/** More stories of one row say the same in other words. */
const STORIES_PER_ROW = 3;

export async function runExhaust(options: ExhaustCommandOptions, seed: string): Promise<void> {
  if (options.replay !== undefined) {
    replay(options.replay);
    return;
  }
  if (options.canaries === true) {
    await runCanaries(options.workers);
    return;
  }
  const known = TAP_CASES.map(({ name }) => name);
  requireCases(options.case ?? [], known);
  const caseNames = options.case ?? known;
  if (options.pairs === true) {
    await runPairs(options, caseNames);
    return;
  }
  const progress = new Progress();
  const say = options.json === true ? () => {} : (line: string) => progress.print(line);
  say(`seed ${seed}; kinds of tap: ${caseNames.join(", ")}`);
  say("kind of tap       search      points   seconds  violations");
  const rows = await exhaust({
    caseNames,
    seed,
    pairSeconds: options.seconds,
    workers: options.workers,
    onProgress: (part, share) => progress.show(part, share),
    onRow: (row) => {
      say(lineOf(row));
      for (const violation of row.violations.slice(0, STORIES_PER_ROW)) say(told(violation));
    },
  });
  progress.clear();
  const failed = rows.filter(({ violations }) => violations.length > 0).length;
  if (options.json === true) console.log(JSON.stringify({ seed, rows }, undefined, 2));
  const points = rows.reduce((sum, { runCount }) => sum + runCount, 0);
  say(`${grouped(points)} points`);
  say(`${rows.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

async function runCanaries(workers: number): Promise<void> {
  const cry = await searchUnspoilt(workers);
  if (cry !== undefined) throw new UserError(`the firmware as it is does not pass: ${cry}`);
  let missed = 0;
  for (const canary of CANARIES) {
    const { by, seconds } = await hunt(canary, workers);
    const result = by === undefined ? "MISSED" : "caught";
    console.log(`${result} ${canary.name} in ${seconds.toFixed(1)} s: ${canary.bug}`);
    if (by === undefined) missed++;
    else console.log(`       ${by.split("\n")[0]}`);
  }
  console.log(`${CANARIES.length - missed} passed, ${missed} failed`);
  if (missed > 0) process.exitCode = 1;
}

async function runPairs(options: ExhaustCommandOptions, caseNames: string[]): Promise<void> {
  const progress = new Progress();
  const state = await exhaustPairs({
    caseNames,
    workers: options.workers,
    stateFile: options.state,
    onProgress: ({ done, count }) => progress.show("pairs of faults", done / count),
  });
  progress.clear();
  const { runCount, seconds, violations, done, count } = state;
  if (options.json === true) console.log(JSON.stringify(state, undefined, 2));
  else {
    for (const violation of violations.slice(0, STORIES_PER_ROW)) console.log(told(violation));
    console.log(
      `${grouped(done)} of ${grouped(count)} first faults, each with all that may follow`,
    );
    console.log(`${grouped(runCount)} pairs, ${grouped(Math.round(seconds))} s of one processor`);
    console.log(`${violations.length} violations; the state is in ${options.state}`);
  }
  if (violations.length > 0) process.exitCode = 1;
}

function replay(text: string): void {
  const point = parsePoint(text);
  const story = storyOf(point);
  console.log(story);
  if (story.includes("VIOLATION")) process.exitCode = 1;
}

/** The run made as short as it can be, in words, and its entry among the tests. */
function told({ point }: Violation): string {
  const shortest = shrink(parsePoint(point));
  const kept = JSON.stringify(keptOf(shortest, "what was wrong"));
  return `  ${storyOf(shortest)}\n  for scripts/search/regressions.json: ${kept}`;
}

function lineOf({ caseName, part, runCount, seconds, violations }: ExhaustRow): string {
  const name = part === "pairs" ? "pairs" : `all ${part}`;
  const figures = [grouped(runCount).padStart(9), seconds.toFixed(1).padStart(9)];
  return `${caseName.padEnd(17)} ${name.padEnd(9)}${figures.join(" ")}  ${violations.length}`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
