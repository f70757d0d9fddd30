/** Pieces of a search that a worker process does in about a second. */
import type { PlannedFault } from "../../host-sim/quick/faults";
import { Rng } from "../../host-sim/rng";
import { searchOf } from "./case-search";
import { type Point, pointText, type WorldName } from "./point";
import type { Return } from "./run-tap";
import { TAP_CASES, type TapCase } from "./tap-case";

export type Task =
  /** Single faults number `from` .. `to - 1` of a route. */
  | { kind: "singles"; world: WorldName; caseName: string; route: Return; from: number; to: number }
  /** `first` with every fault that may strike after it. */
  | { kind: "pairs"; caseName: string; route: Return; first: PlannedFault }
  /** `count` pairs by chance. */
  | { kind: "drawnPairs"; caseName: string; route: Return; count: number; seed: string };

export interface Violation {
  /** `pointText` of the run. */
  readonly point: string;
  readonly texts: readonly string[];
}

export interface TaskResult {
  readonly runCount: number;
  /** Processor time of the worker. */
  readonly seconds: number;
  readonly violations: readonly Violation[];
}

/** More of one task tell nothing new. */
const MOST_VIOLATIONS = 20;

export function caseOf(name: string): TapCase {
  const tapCase = TAP_CASES.find((each) => each.name === name);
  if (tapCase === undefined) throw new RangeError(`no case ${name}`);
  return tapCase;
}

export function runTask(task: Task): TaskResult {
  const tapCase = caseOf(task.caseName);
  const search = searchOf(tapCase);
  const { route } = task;
  const point = (world: WorldName, faults: readonly PlannedFault[]): Point => ({
    ...{ world, tapCase, route, faults },
  });
  if (task.kind === "singles") {
    const faults = search.faultsOf(task.world, route).slice(task.from, task.to);
    return runAll(faults.map((fault) => point(task.world, [fault])));
  }
  if (task.kind === "pairs") {
    const { first } = task;
    const seconds = search.quick.nextFaults(route, [first]);
    return runAll(seconds.map((second) => point("quick", [first, second])));
  }
  const singles = search.faultsOf("quick", route);
  const rng = new Rng(task.seed);
  const points: Point[] = [];
  // A first fault is drawn for some seconds, because to list these costs a run.
  while (points.length < task.count) {
    const first = singles[rng.below(singles.length)];
    const seconds = search.quick.nextFaults(route, [first]);
    for (let i = 0; i < SECONDS_PER_FIRST && seconds.length > 0; i++) {
      points.push(point("quick", [first, seconds[rng.below(seconds.length)]]));
    }
  }
  return runAll(points);
}

const SECONDS_PER_FIRST = 8;

function runAll(points: readonly Point[]): TaskResult {
  const before = process.cpuUsage();
  const violations: Violation[] = [];
  for (const point of points) {
    const { violations: texts } = searchOf(point.tapCase).run(point);
    if (texts.length > 0 && violations.length < MOST_VIOLATIONS) {
      violations.push({ point: pointText(point), texts });
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { runCount: points.length, seconds: (user + system) / 1e6, violations };
}
