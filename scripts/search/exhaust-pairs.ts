/**
 * All pairs of faults of every kind of tap, in the quick world: a first fault, and after it every
 * fault that may still strike, in the tap or in what mends it. Goes on where it was stopped, and
 * takes its work in an order of chance, so that a part of it is a fair sample of the whole.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Rng } from "../../host-sim/rng";
import { sourceFiles } from "../tidy/source-files";
import { searchOf } from "./case-search";
import { RETURNS } from "./run-tap";
import { caseOf, type Task, type Violation } from "./task";
import { runTasks } from "./task-pool";

export interface PairsState {
  /** SHA-256 of everything that decides what a run does: another one begins anew. */
  readonly fingerprint: string;
  readonly caseNames: readonly string[];
  /** First faults done, of so many. */
  done: number;
  readonly count: number;
  runCount: number;
  /** Processor time. */
  seconds: number;
  readonly violations: Violation[];
}

export interface PairsOptions {
  readonly caseNames: readonly string[];
  readonly workers: number;
  readonly stateFile: string;
  onProgress?(state: PairsState): void;
}

/** Folders whose files decide what a run does. */
const DECISIVE = /^(?:firmware|card-layout|host-sim|scripts\/search|rulesets)\//;
const SHUFFLE_SEED = "pairs";
const SAVE_EVERY_MS = 5000;

export async function exhaustPairs(options: PairsOptions): Promise<PairsState> {
  const tasks = allTasks(options.caseNames);
  const state = loadState(options, tasks.length);
  const finished = new Map<
    number,
    { runCount: number; seconds: number; violations: Violation[] }
  >();
  const numberOf = new Map<Task, number>();
  let next = state.done;
  let savedMs = performance.now();
  const takeNext = (): Task | undefined => {
    if (next >= tasks.length) return undefined;
    const task = tasks[next];
    numberOf.set(task, next++);
    return task;
  };
  await runTasks(options, takeNext, (result, task) => {
    finished.set(numberOf.get(task) as number, { ...result, violations: [...result.violations] });
    // Counted in their order, so that nothing is counted twice after a stop.
    for (let each = finished.get(state.done); each; each = finished.get(state.done)) {
      finished.delete(state.done);
      state.done++;
      state.runCount += each.runCount;
      state.seconds += each.seconds;
      state.violations.push(...each.violations);
    }
    if (performance.now() - savedMs > SAVE_EVERY_MS) {
      saveState(options.stateFile, state);
      savedMs = performance.now();
    }
    options.onProgress?.(state);
  });
  saveState(options.stateFile, state);
  return state;
}

function allTasks(caseNames: readonly string[]): Task[] {
  const tasks = caseNames.flatMap((caseName) => {
    const { quick } = searchOf(caseOf(caseName));
    return RETURNS.flatMap((route) =>
      quick.distinctFaults(route).map((first): Task => ({ kind: "pairs", caseName, route, first })),
    );
  });
  const rng = new Rng(SHUFFLE_SEED);
  for (let i = tasks.length - 1; i > 0; i--) {
    const k = rng.below(i + 1);
    [tasks[i], tasks[k]] = [tasks[k], tasks[i]];
  }
  return tasks;
}

function loadState({ stateFile, caseNames }: PairsOptions, count: number): PairsState {
  const fingerprint = fingerprintOf();
  if (existsSync(stateFile)) {
    const state = JSON.parse(readFileSync(stateFile, "utf8")) as PairsState;
    const isSame = state.fingerprint === fingerprint && state.caseNames.join() === caseNames.join();
    if (isSame) return state;
  }
  return { fingerprint, caseNames, done: 0, count, runCount: 0, seconds: 0, violations: [] };
}

/** Written beside and renamed, so that a stop while writing leaves the state before. */
function saveState(stateFile: string, state: PairsState): void {
  mkdirSync(path.dirname(stateFile), { recursive: true });
  writeFileSync(`${stateFile}.new`, JSON.stringify(state));
  renameSync(`${stateFile}.new`, stateFile);
}

function fingerprintOf(): string {
  const hash = createHash("sha256");
  for (const file of sourceFiles(".").filter((name) => DECISIVE.test(name))) {
    if (file.endsWith(".test.ts")) continue;
    hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}
