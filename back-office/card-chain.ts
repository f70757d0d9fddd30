/**
 * What became of each attempt on one card, told from the journals alone. Every record on a card
 * names its counter value and the tag of the record it was based on, so the next attempt anywhere
 * shows which of the earlier ones counted. The answer depends on the set of records only, not on
 * the order in which the journals arrived.
 */
import { COUNTER_START } from "../card-layout/geometry";
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";

export interface ChainIntent {
  counter: number;
  baseTag: string;
  newTag: string;
  kind: number;
  /** The pad's last word: commit, aborted, in doubt, or none yet. */
  outcome: number | undefined;
}

export type TransactionStatus = "open" | "committed" | "aborted" | "inDoubt";

export interface Verdict {
  status: TransactionStatus;
  /** It counts on the card, but no pad ever showed success: goods were not handed over. */
  isUnreleased: boolean;
}

export interface ChainProblem {
  kind: "cardFork" | "unexplained" | "contradiction";
  /** Where in the card's life. */
  counter: number;
  detail: string;
}

export interface ChainJudgement {
  /** One for each intent, in their order. */
  verdicts: Verdict[];
  problems: ChainProblem[];
  /** The newest record that certainly was settled on the card. */
  newest: { counter: number; tag: string } | undefined;
}

/** Judges all known intents of one card. `issuedTag` is of the record it was issued with. */
export function judgeChain(intents: ChainIntent[], issuedTag: string | undefined): ChainJudgement {
  const settled = settledTags(intents, issuedTag);
  const verdicts = intents.map((intent) => judge(intent, settled.get(intent.counter - 2)));
  const problems = [...findForks(settled), ...findGaps(intents, settled)];
  intents.forEach((intent, index) => {
    // Copies made to end an attempt are equal whoever makes them, and have no effect.
    if (intent.kind === TapKind.Abandon || intent.outcome !== JournalType.Aborted) return;
    if (verdicts[index].status === "committed") {
      const detail = `the pad gave ${intent.newTag} up, but the card carried it`;
      problems.push({ kind: "contradiction", counter: intent.counter - 2, detail });
    }
  });
  return { verdicts, problems, newest: newestOf(settled) };
}

/**
 * Tags of the records known to have been settled, by counter value: those that an attempt started
 * from, and those that a pad saw committed.
 */
function settledTags(intents: ChainIntent[], issuedTag: string | undefined) {
  const settled = new Map<number, Set<string>>();
  const add = (counter: number, tag: string) => {
    settled.set(counter, (settled.get(counter) ?? new Set()).add(tag));
  };
  if (issuedTag !== undefined) add(COUNTER_START, issuedTag);
  for (const { counter, baseTag, newTag, outcome } of intents) {
    add(counter, baseTag);
    if (outcome === JournalType.Commit) add(counter - 2, newTag);
  }
  return settled;
}

function judge(intent: ChainIntent, settledAfter: Set<string> | undefined): Verdict {
  const { outcome, kind, newTag } = intent;
  if (outcome === JournalType.Commit) return { status: "committed", isUnreleased: false };
  const isGivenUp = outcome === JournalType.Aborted;
  if (isGivenUp && kind === TapKind.Abandon) return { status: "aborted", isUnreleased: false };
  if (settledAfter?.has(newTag)) return { status: "committed", isUnreleased: true };
  // The counter passed this place with another record; it never comes back to it.
  if (isGivenUp || settledAfter !== undefined) return { status: "aborted", isUnreleased: false };
  const status = outcome === JournalType.InDoubt ? "inDoubt" : "open";
  return { status, isUnreleased: false };
}

function findForks(settled: Map<number, Set<string>>): ChainProblem[] {
  const forks: ChainProblem[] = [];
  for (const [counter, tags] of settled) {
    if (tags.size < 2) continue;
    const detail = `${tags.size} different records: ${[...tags].sort().join(", ")}`;
    forks.push({ kind: "cardFork", counter, detail });
  }
  return forks;
}

/** Settled records that no known intent wrote: another pad's journal is still missing, or lost. */
function findGaps(intents: ChainIntent[], settled: Map<number, Set<string>>): ChainProblem[] {
  const written = new Set(intents.map(({ counter, newTag }) => `${counter - 2}:${newTag}`));
  const gaps: ChainProblem[] = [];
  for (const [counter, tags] of settled) {
    if (counter === COUNTER_START) continue;
    const unknown = [...tags].filter((tag) => !written.has(`${counter}:${tag}`)).sort();
    if (unknown.length === 0) continue;
    const detail = `no journal tells who wrote ${unknown.join(", ")}`;
    gaps.push({ kind: "unexplained", counter, detail });
  }
  return gaps;
}

function newestOf(settled: Map<number, Set<string>>) {
  const counters = [...settled.keys()];
  if (counters.length === 0) return undefined;
  const counter = counters.reduce((lowest, value) => Math.min(lowest, value));
  const [tag] = [...(settled.get(counter) as Set<string>)].sort();
  return { counter, tag };
}
