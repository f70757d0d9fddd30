/**
 * The search for a way to be paid twice. Between two taps the attacker, who knows all sector keys,
 * sets the card to whatever its chip lets him: any record ever seen on it in either slot, both
 * counters lower, or the lower one raised to the higher. Then he goes to any pad, and takes the
 * card or the pad's power away where it makes a difference. The truth is kept beside: which sales
 * were released, and which sales are behind the record on the card.
 */
import type { Rng } from "../../host-sim/rng";
import { isForkSeen } from "./back-office-view";
import { type ContentId, GARBAGE } from "./contents";
import type { Asked, CardFace, NodeId, PadInput, PadStates, TapResult } from "./pad-states";
import type { TearMode } from "./tears";

export interface SearchState {
  readonly first: number;
  readonly second: number;
  /** Records that he has a copy of and that may still open, ascending. */
  readonly known: readonly ContentId[];
  /** By pad. */
  readonly nodes: readonly NodeId[];
  readonly isOpen: readonly boolean[];
  readonly released: readonly string[];
  readonly taps: number;
  readonly tears: number;
  readonly step: Step | undefined;
}

/** What was done last, and before. */
export interface Step {
  readonly before: SearchState;
  readonly pad: number;
  readonly input: PadInput;
  readonly result: TapResult;
}

export interface Limits {
  readonly taps: number;
  readonly tears: number;
  /** A copy of the card on another chip may stand for it, so counters may be higher again. */
  readonly hasClone: boolean;
}

export interface Violation {
  readonly text: string;
  readonly step: Step;
}

export function startState(face: CardFace, padCount: number): SearchState {
  const nodes = Array.from({ length: padCount }, (_, pad) => pad);
  return {
    first: face.first,
    second: face.second,
    known: [face.content],
    nodes,
    isOpen: nodes.map(() => false),
    released: [],
    taps: 0,
    tears: 0,
    step: undefined,
  };
}

/** Everything he can make of the card before the next tap. */
export function facesOf(states: PadStates, state: SearchState, limits: Limits): CardFace[] {
  const { first, second } = state;
  const most = Math.max(first, second);
  const pairs: [number, number][] = [[first, second]];
  if (first !== second) pairs.push([most, most]);
  for (let by = 1; by <= MOST_LOWERED; by++) pairs.push([most - by, most - by]);
  pairs.push([most - 2, most - 1]);
  if (limits.hasClone) for (const by of [2, 4]) pairs.push([most + by, most + by]);
  return pairs.flatMap(([c1, c2]) => {
    const newest = Math.max(c1, c2) + (Math.max(c1, c2) % 2);
    const fitting = state.known.filter((id) => states.contents.records[id].counter === newest);
    return [...fitting, GARBAGE].map((content) => ({ first: c1, second: c2, content }));
  });
}

const MOST_LOWERED = 3;

/** What the pad may be asked for; while it awaits a card it asks for nothing else. */
export function questionsTo(isOpen: boolean): Asked[] {
  return isOpen ? ["redeem", "cancel"] : ["redeem", "small"];
}

export const TEAR_MODES: readonly TearMode[] = ["pull", "cut"];

/** One tap: the state after it, and what it broke. */
export function follow(
  states: PadStates,
  before: SearchState,
  limits: Limits,
  pad: number,
  input: PadInput,
): { state: SearchState; violation: Violation | undefined } {
  const result = states.tap(before.nodes[pad], input);
  const step = { before, pad, input, result };
  const most = Math.max(result.first, result.second);
  const state: SearchState = {
    first: result.first,
    second: result.second,
    known: knownAfter(states, before, result, limits.hasClone ? Infinity : most),
    nodes: replaced(before.nodes, pad, result.next),
    isOpen: replaced(before.isOpen, pad, result.isOpen),
    released: [...before.released, ...result.released].sort(),
    taps: before.taps + (input.asked === "cancel" ? 0 : 1),
    tears: before.tears + (result.struck === "" ? 0 : 1),
    step,
  };
  const onCard = salesOn(states, result);
  // With two chips one may be behind: what counts is that the sales are of one chain.
  const isLostFine = limits.hasClone && isOneChain(states, state);
  const text =
    brokenBy(onCard, before.released, result) ??
    (isLostFine ? undefined : lostBy(onCard, before.released, result));
  return { state, violation: text === undefined ? undefined : { text, step } };
}

/** Records of counter values that have gone by open nowhere any more, but on a copy. */
function knownAfter(
  states: PadStates,
  before: SearchState,
  { seen }: TapResult,
  most: number,
): readonly ContentId[] {
  const isUseful = (id: ContentId) => states.contents.records[id].counter <= most + 1;
  const fresh = seen.filter((id) => !before.known.includes(id));
  const kept = before.known.every(isUseful) ? before.known : before.known.filter(isUseful);
  return fresh.length === 0 ? kept : [...kept, ...fresh.filter(isUseful)].sort((a, b) => a - b);
}

function salesOn({ contents }: PadStates, { newest }: TapResult): ReadonlySet<string> {
  return newest === undefined ? new Set() : contents.salesIn(newest);
}

function brokenBy(
  onCard: ReadonlySet<string>,
  before: readonly string[],
  { released }: TapResult,
): string | undefined {
  const twice = released.find((sale) => before.includes(sale));
  if (twice !== undefined) return `sale ${twice} was released twice`;
  const missing = released.find((sale) => !onCard.has(sale));
  return missing && `sale ${missing} was released and is not on the card`;
}

function lostBy(
  onCard: ReadonlySet<string>,
  before: readonly string[],
  { released }: TapResult,
): string | undefined {
  if (released.length === 0) return undefined;
  const lost = before.find((sale) => !onCard.has(sale));
  if (lost === undefined) return undefined;
  return `sale ${released[0]} was released from a record that knows nothing of sale ${lost}`;
}

/** Whether all sales released are behind some record seen so far. */
function isOneChain({ contents }: PadStates, { released, known }: SearchState): boolean {
  return known.some((id) => {
    const sales = contents.salesIn(contents.records[id].key);
    return released.every((sale) => sales.has(sale));
  });
}

function replaced<Value>(list: readonly Value[], index: number, value: Value): readonly Value[] {
  if (list[index] === value) return list;
  const copy = [...list];
  copy[index] = value;
  return copy;
}

/** Two states with the same key have the same future. */
export function keyOf(state: SearchState): string {
  const { first, second, known, nodes, released, tears } = state;
  return `${first},${second};${known.join()};${nodes.join()};${released.join()};${tears}`;
}

/** Every step from the beginning. */
export function pathOf(step: Step | undefined): Step[] {
  const path: Step[] = [];
  for (let at = step; at !== undefined; at = at.before.step) path.unshift(at);
  return path;
}

export interface Progress {
  tapRuns: number;
  states: number;
  /** Credit spent twice by a copy, every time with a fork for the back office to see. */
  forks: number;
  violation: Violation | undefined;
  /** All within the limits was looked at. */
  isComplete: boolean;
}

/**
 * Looks at every state within the limits once, the promising ones first: where he holds several
 * records for one counter value, and where something was released already. Ends early when
 * `mayGoOn` says so, which is asked after each state.
 */
export function searchAll(
  states: PadStates,
  start: SearchState,
  limits: Limits,
  rng: Rng,
  mayGoOn: (progress: Progress) => boolean,
): Progress {
  const progress: Progress = {
    ...{ tapRuns: 0, states: 1, forks: 0 },
    ...{ violation: undefined, isComplete: false },
  };
  const seen = new Set([keyOf(start)]);
  const frontier = new Frontier(rng);
  frontier.add(start, 0);
  for (let state = frontier.take(); state !== undefined; state = frontier.take()) {
    for (const { after, violation } of successors(states, state, limits)) {
      progress.tapRuns++;
      if (violation !== undefined) {
        if (!limits.hasClone || !isForkSeen(violation.step)) return { ...progress, violation };
        progress.forks++;
        continue;
      }
      if (after.taps >= limits.taps) continue;
      const key = keyOf(after);
      if (seen.has(key)) continue;
      seen.add(key);
      frontier.add(after, promiseOf(states, after));
    }
    progress.states = seen.size;
    if (!mayGoOn(progress)) return progress;
  }
  return { ...progress, isComplete: true };
}

const MOST_PROMISE = 7;
/** One state in so many is the most promising one; the others are taken in the order found. */
const TURNS = 3;

function promiseOf(states: PadStates, { known, released, isOpen }: SearchState): number {
  const counters = new Set(known.map((id) => states.contents.records[id].counter));
  const rivals = known.length - counters.size;
  const open = isOpen.filter((is) => is).length;
  return Math.min(MOST_PROMISE, 2 * rivals + released.length + Math.min(open, 1));
}

/** States not looked at yet: in the order found, and by promise. */
class Frontier {
  private readonly buckets: SearchState[][] = Array.from({ length: MOST_PROMISE + 1 }, () => []);
  private readonly taken = new WeakSet<SearchState>();
  private queue: SearchState[] = [];
  private next = 0;
  private turn = 0;

  constructor(private readonly rng: Rng) {}

  add(state: SearchState, promise: number): void {
    this.buckets[promise].push(state);
    this.queue.push(state);
  }

  take(): SearchState | undefined {
    this.turn++;
    const isPromising = this.turn % TURNS === 0;
    let state = isPromising ? this.mostPromising() : this.oldest();
    while (state !== undefined && this.taken.has(state)) {
      state = isPromising ? this.mostPromising() : this.oldest();
    }
    if (state !== undefined) this.taken.add(state);
    return state;
  }

  private oldest(): SearchState | undefined {
    const state = this.queue[this.next++];
    if (this.next > 100_000) {
      this.queue = this.queue.slice(this.next);
      this.next = 0;
    }
    return state;
  }

  private mostPromising(): SearchState | undefined {
    const filled = this.buckets.filter(({ length }) => length > 0);
    if (filled.length === 0) return undefined;
    const bucket = filled[filled.length - 1];
    const index = this.rng.below(bucket.length);
    const state = bucket[index];
    bucket[index] = bucket[bucket.length - 1];
    bucket.pop();
    return state;
  }
}

function* successors(states: PadStates, state: SearchState, limits: Limits) {
  for (const card of facesOf(states, state, limits)) {
    for (let pad = 0; pad < state.nodes.length; pad++) {
      for (const asked of questionsTo(state.isOpen[pad])) {
        const undisturbed = follow(states, state, limits, pad, { card, asked, tear: undefined });
        yield { after: undisturbed.state, violation: undisturbed.violation };
        if (asked === "cancel" || state.tears >= limits.tears) continue;
        for (const mode of TEAR_MODES) {
          for (let point = 1; ; point++) {
            const torn = follow(states, state, limits, pad, { card, asked, tear: { mode, point } });
            if (torn.state.step?.result.struck === "") break;
            yield { after: torn.state, violation: torn.violation };
          }
        }
      }
    }
  }
}
