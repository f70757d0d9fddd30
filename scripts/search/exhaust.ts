/**
 * All single faults of every kind of tap in both worlds, then pairs drawn by chance for as long as
 * there is time. Results are counted by kind of tap.
 */
import { searchOf } from "./case-search";
import { WORLDS, type WorldName } from "./point";
import { RETURNS } from "./run-tap";
import { caseOf, type Task, type TaskResult, type Violation } from "./task";
import { runTasks } from "./task-pool";

export interface ExhaustOptions {
  readonly caseNames: readonly string[];
  readonly worlds?: readonly WorldName[];
  /** How long pairs are drawn after all singles are done. */
  readonly pairSeconds: number;
  readonly seed: string;
  readonly workers: number;
  readonly canary?: string;
  /** Ends the search at the first violation. */
  readonly isFirstEnough?: boolean;
  /** Part of the singles done, 0..1, and then of the time for pairs. */
  onProgress?(part: string, share: number): void;
  onRow?(row: ExhaustRow): void;
}

/** One line of the result: the singles of a case in a world, or its pairs. */
export interface ExhaustRow {
  readonly caseName: string;
  readonly part: WorldName | "pairs";
  runCount: number;
  /** Of the workers, added up. */
  seconds: number;
  readonly violations: Violation[];
}

/** About a second of work each. */
const SINGLES_AT_ONCE: Record<WorldName, number> = { quick: 400, full: 60 };
const PAIRS_AT_ONCE = 800;

export async function exhaust(options: ExhaustOptions): Promise<ExhaustRow[]> {
  const rows = await allSingles(options);
  const hasFound = rows.some(({ violations }) => violations.length > 0);
  if (options.pairSeconds > 0 && !(hasFound && options.isFirstEnough === true)) {
    rows.push(...(await drawnPairs(options)));
  }
  return rows;
}

async function allSingles(options: ExhaustOptions): Promise<ExhaustRow[]> {
  const worlds = options.worlds ?? WORLDS;
  const parts = options.caseNames
    .flatMap((caseName) =>
      worlds.map((world) => ({
        row: emptyRow(caseName, world),
        tasks: singlesOf(caseName, world),
      })),
    )
    // Not every kind of tap can be asked of the full simulation.
    .filter(({ tasks }) => tasks.length > 0);
  const rowOfTask = new Map<Task, ExhaustRow>();
  const tasksLeft = new Map<ExhaustRow, number>();
  for (const { row, tasks } of parts) {
    tasksLeft.set(row, tasks.length);
    for (const task of tasks) rowOfTask.set(task, row);
  }
  const waiting = [...rowOfTask.keys()];
  const count = waiting.length;
  let isOver = false;
  const next = () => (isOver ? undefined : waiting.shift());
  await runTasks(options, next, (result, task) => {
    const row = rowOfTask.get(task) as ExhaustRow;
    add(row, result);
    const left = (tasksLeft.get(row) as number) - 1;
    tasksLeft.set(row, left);
    options.onProgress?.("single faults", 1 - waiting.length / count);
    if (left === 0) options.onRow?.(row);
    isOver = options.isFirstEnough === true && row.violations.length > 0;
  });
  return parts.map(({ row }) => row);
}

function singlesOf(caseName: string, world: WorldName): Task[] {
  const search = searchOf(caseOf(caseName));
  return RETURNS.flatMap((route) => {
    const { length } = search.faultsOf(world, route);
    const tasks: Task[] = [];
    for (let from = 0; from < length; from += SINGLES_AT_ONCE[world]) {
      const to = Math.min(length, from + SINGLES_AT_ONCE[world]);
      tasks.push({ kind: "singles", world, caseName, route, from, to });
    }
    return tasks;
  });
}

async function drawnPairs(options: ExhaustOptions): Promise<ExhaustRow[]> {
  const { caseNames, seed, pairSeconds } = options;
  const rows = caseNames.map((caseName) => emptyRow(caseName, "pairs"));
  const startMs = performance.now();
  let number = 0;
  let isOver = false;
  const next = (): Task | undefined => {
    const share = (performance.now() - startMs) / 1000 / pairSeconds;
    options.onProgress?.("pairs of faults", Math.min(1, share));
    if (share >= 1 || isOver) return undefined;
    const caseName = caseNames[number % caseNames.length];
    const route = RETURNS[Math.floor(number / caseNames.length) % RETURNS.length];
    number++;
    return { kind: "drawnPairs", caseName, route, count: PAIRS_AT_ONCE, seed: `${seed}/${number}` };
  };
  await runTasks(options, next, (result, task) => {
    const row = rows[caseNames.indexOf(task.caseName)];
    add(row, result);
    isOver = options.isFirstEnough === true && row.violations.length > 0;
  });
  for (const row of rows) options.onRow?.(row);
  return rows;
}

function emptyRow(caseName: string, part: ExhaustRow["part"]): ExhaustRow {
  return { caseName, part, runCount: 0, seconds: 0, violations: [] };
}

function add(row: ExhaustRow, result: TaskResult): void {
  row.runCount += result.runCount;
  row.seconds += result.seconds;
  row.violations.push(...result.violations);
}
