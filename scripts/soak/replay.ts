/** How a failed episode is named, played again, and made small. */
import { type EpisodeOptions, type EpisodeResult, runEpisode } from "./episode";

/** Some runs of a failed episode with less and less in it; more would not be waited for. */
const MOST_RUNS = 120;

/** The options that play exactly these steps and no other. */
export interface Replay extends EpisodeOptions {
  kept: ReadonlySet<number>;
  muted: ReadonlyMap<number, ReadonlySet<number>>;
}

/** The command that plays it. */
export function replayLine(options: EpisodeOptions): string {
  const { seed, taps, terminals, cards, kept, muted, hasFaults } = options;
  const words = ["npx clubpad soak --replay", seed, "--taps", taps];
  words.push("--terminals", terminals, "--cards", cards);
  if (!hasFaults) words.push("--no-faults");
  if (options.isSalesOnly === true) words.push("--sales-only");
  if (options.isMembersOnly === true) words.push("--members-only");
  if (options.isWithoutStaff === true) words.push("--without-staff");
  if (options.isWithoutBills === true) words.push("--without-bills");
  if (kept !== undefined) words.push("--keep", rangesText([...kept].sort((a, b) => a - b)));
  const places = [...(muted ?? [])].flatMap(([step, at]) => [...at].map((place) => [step, place]));
  if (places.length > 0) words.push("--mute", places.map((pair) => pair.join(".")).join());
  return words.join(" ");
}

/** "1-3,7" for 1, 2, 3, 7; numbers ascending. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open?.[1] === number - 1) open[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}

/** The numbers of such a text; undefined when it is none. */
export function parseRanges(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part);
    if (match === null) return undefined;
    const last = Number(match[2] ?? match[1]);
    for (let number = Number(match[1]); number <= last; number++) numbers.add(number);
  }
  return numbers;
}

/** Places by step of a text like "12.140,12.200"; undefined when it is none. */
export function parsePlaces(text: string): Map<number, Set<number>> | undefined {
  const places = new Map<number, Set<number>>();
  for (const part of text.split(",")) {
    const match = /^(\d+)\.(\d+)$/.exec(part);
    if (match === null) return undefined;
    const step = Number(match[1]);
    places.set(step, (places.get(step) ?? new Set()).add(Number(match[2])));
  }
  return places;
}

export interface Shrunk {
  options: Replay;
  result: EpisodeResult;
}

/**
 * Leaves out steps and faults as long as the same promise is still broken. A smaller failure is
 * found by playing again, so what is left is a whole episode of its own.
 */
export async function shrink(options: EpisodeOptions, failed: EpisodeResult): Promise<Shrunk> {
  const kindOf = ({ failure }: EpisodeResult) =>
    failure && `${failure.invariant} ${failure.step > 0 ? "in a step" : "at rest"}`;
  let runs = 0;
  let best: Shrunk = {
    options: { ...options, kept: numbersOf(failed), muted: options.muted ?? new Map() },
    result: failed,
  };
  const attempt = async (smaller: Replay): Promise<boolean> => {
    if (runs >= MOST_RUNS) return false;
    runs++;
    const result = await runEpisode(smaller);
    if (kindOf(result) !== kindOf(failed)) return false;
    best = { options: { ...smaller, kept: numbersOf(result) }, result };
    return true;
  };
  await leaveOutSteps(() => best, attempt);
  for (const { step, faults } of [...best.result.played]) {
    for (const { place } of faults) {
      const muted = new Map(best.options.muted);
      muted.set(step.number, new Set([...(muted.get(step.number) ?? []), place]));
      await attempt({ ...best.options, muted });
    }
  }
  await leaveOutSteps(() => best, attempt);
  return best;
}

/** Halves first, then ever smaller parts, from the end to the beginning. */
async function leaveOutSteps(
  best: () => Shrunk,
  attempt: (smaller: Replay) => Promise<boolean>,
): Promise<void> {
  for (let part = best().options.kept.size >> 1; part >= 1; part >>= 1) {
    for (let end = best().options.kept.size; end > 0; end -= part) {
      const numbers = [...best().options.kept];
      const kept = new Set([...numbers.slice(0, Math.max(0, end - part)), ...numbers.slice(end)]);
      if (kept.size < numbers.length) await attempt({ ...best().options, kept });
    }
  }
}

function numbersOf({ played }: EpisodeResult): Set<number> {
  return new Set(played.map(({ step }) => step.number));
}

/** What happened, in words. */
export function storyOf({ played, failure }: EpisodeResult): string[] {
  const lines: string[] = [];
  for (const { step, text, seen, faults } of played) {
    lines.push(`step ${step.number}: ${text}`);
    for (const fault of faults) lines.push(`    ! ${fault.text}`);
    for (const sight of seen) lines.push(`    ${sight}`);
  }
  if (failure !== undefined) {
    const place = failure.step === 0 ? "when all was to be at rest" : `in step ${failure.step}`;
    lines.push(`${place}: ${failure.message}`);
  }
  return lines;
}
