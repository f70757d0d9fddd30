/** Both searches of `clubpad attack`, with their figures: a genuine card, then with a copy. */
import { Rng } from "../../host-sim/rng";
import { lineOf, replayLine, shrink } from "./replay";
import { type Limits, searchAll, startState, type Violation } from "./search";
import { storyOf } from "./story";
import { makeSearchWorld } from "./world";

export interface SearchOptions {
  /** Of the search with one genuine card; the other makes a quarter of it. */
  readonly tapRuns: number;
  readonly seed: string;
  readonly pads: number;
  readonly taps: number;
  readonly tears: number;
  onProgress?(name: string, share: number): void;
}

export interface SearchReport {
  readonly name: string;
  readonly tapRuns: number;
  /** Of these, run by the firmware; the others were the same tap met again. */
  readonly computed: number;
  readonly states: number;
  readonly forks: number;
  readonly seconds: number;
  readonly isComplete: boolean;
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly text: string;
  readonly story: readonly string[];
  readonly line: string;
}

export const DEFAULT_LIMITS = { pads: 2, taps: 5, tears: 2 };

const CLONE_SHARE = 0.25;

export function runSearches(options: SearchOptions): SearchReport[] {
  const cloned = Math.ceil(options.tapRuns * CLONE_SHARE);
  return [
    runSearch("one genuine card", options, false),
    runSearch("the card and a copy", { ...options, tapRuns: cloned }, true),
  ];
}

export function runSearch(name: string, options: SearchOptions, hasClone: boolean): SearchReport {
  const { tapRuns, seed, pads, taps, tears, onProgress } = options;
  const beganMs = performance.now();
  const { states, face } = makeSearchWorld(pads);
  const start = startState(face, pads);
  const limits: Limits = { taps, tears, hasClone };
  const progress = withoutStacks(() =>
    searchAll(states, start, limits, new Rng(seed), (now) => {
      onProgress?.(name, now.tapRuns / tapRuns);
      return now.tapRuns < tapRuns;
    }),
  );
  const tell = (violation: Violation): Failure => {
    const { text, step } = shrink(states, start, limits, violation);
    const line = `${hasClone ? COPY_MARK : ""}${lineOf(states, step)}`;
    return { text, story: storyOf(states, step), line };
  };
  const { violation } = progress;
  return {
    ...{ name, tapRuns: progress.tapRuns, computed: states.runCount, states: progress.states },
    ...{ forks: progress.forks, isComplete: progress.isComplete },
    seconds: (performance.now() - beganMs) / 1000,
    failure: violation && tell(violation),
  };
}

/** Power cuts are thrown; nobody looks at their stacks, and they take time. */
function withoutStacks<Result>(work: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Begins a line of the search with a copy. */
const COPY_MARK = "copy:";

/** Does a line again that a failure printed, and says in words what happens. */
export function replayFailure(line: string, pads: number): { story: string[]; text: string } {
  const { states, face } = makeSearchWorld(pads);
  const hasClone = line.startsWith(COPY_MARK);
  const steps = hasClone ? line.slice(COPY_MARK.length) : line;
  const limits = { ...DEFAULT_LIMITS, hasClone };
  const { last, violation } = replayLine(states, startState(face, pads), limits, steps);
  const story = last === undefined ? [] : storyOf(states, last);
  return { story, text: violation?.text ?? "nothing was paid twice" };
}
