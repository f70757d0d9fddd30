/** What `clubpad soak` does and prints. */
import { UserError } from "../../back-office/user-error";
import { type EpisodeOptions, type EpisodeResult, runEpisode } from "./episode";
import { parsePlaces, parseRanges, replayLine, shrink, storyOf } from "./replay";
import { runSoak, type SoakReport } from "./soak";

export interface SoakCommandOptions {
  taps: number;
  terminals: number;
  cards: number;
  seed: string;
  faults: boolean;
  salesOnly?: boolean;
  membersOnly?: boolean;
  withoutStaff?: boolean;
  withoutBills?: boolean;
  seconds?: number;
  replay?: string;
  keep?: string;
  mute?: string;
  json?: boolean;
}

const BAR_CHARACTERS = 24;
const DAY_TAPS = 500;

export async function soakCommand(options: SoakCommandOptions): Promise<void> {
  if (options.replay !== undefined) await replay(options, options.replay);
  else await soak(options);
}

async function soak(options: SoakCommandOptions): Promise<void> {
  const { taps, terminals, cards, seed, faults, seconds, json } = options;
  if (json !== true) console.log(`soak, seed ${seed}`);
  const report = await runSoak(
    {
      ...{ seed, taps, terminals, cards, secondsAtMost: seconds, hasFaults: faults },
      ...kindsOf(options),
    },
    (now) => drawProgress(now, options),
  );
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const { failed } = report;
  const small = failed && (await makeSmall(failed.options, failed.result, json !== true));
  if (json === true) console.log(jsonText(report, small));
  else console.log(summaryText(report, small));
  if (failed !== undefined) process.exitCode = 1;
}

/** What there was not yet in older soaks, whose seeds are played again. */
function kindsOf(options: SoakCommandOptions) {
  return {
    isSalesOnly: options.salesOnly,
    isMembersOnly: options.membersOnly,
    isWithoutStaff: options.withoutStaff,
    isWithoutBills: options.withoutBills,
  };
}

interface Small {
  line: string;
  story: string[];
}

async function makeSmall(
  options: EpisodeOptions,
  result: EpisodeResult,
  isTold: boolean,
): Promise<Small> {
  if (isTold) {
    console.log(`${result.failure?.message}\n  ${replayLine(options)}\nmaking it small ...`);
  }
  const shrunk = await shrink(options, result);
  return { line: replayLine(shrunk.options), story: storyOf(shrunk.result) };
}

/** One episode, told from the beginning. */
async function replay(options: SoakCommandOptions, seed: string): Promise<void> {
  const { taps, terminals, cards, faults, keep, mute, json } = options;
  const kept = keep === undefined ? undefined : parseRanges(keep);
  const muted = mute === undefined ? undefined : parsePlaces(mute);
  if (keep !== undefined && kept === undefined) {
    throw new UserError(`--keep ${keep}: write numbers and ranges such as 3,40-52`);
  }
  if (mute !== undefined && muted === undefined) {
    throw new UserError(`--mute ${mute}: write step.place,... such as 12.140,12.200`);
  }
  const size = { seed, taps, terminals, cards, hasFaults: faults };
  const episode = { ...size, ...kindsOf(options), kept, muted };
  const result = await runEpisode(episode);
  const { failure, hash } = result;
  if (json === true) console.log(JSON.stringify({ ...result, story: storyOf(result) }, null, 2));
  else {
    console.log(storyOf(result).join("\n"));
    console.log(
      `trace ${hash}\n${failure === undefined ? "1 passed, 0 failed" : "0 passed, 1 failed"}`,
    );
  }
  if (failure !== undefined) process.exitCode = 1;
}

/** On a terminal only; by taps, or by time where that comes first. */
function drawProgress(report: SoakReport, { taps, seconds }: SoakCommandOptions): void {
  if (!process.stderr.isTTY) return;
  const byTaps = report.taps / taps;
  const share = Math.min(1, Math.max(byTaps, seconds === undefined ? 0 : report.seconds / seconds));
  const restSeconds = share > 0 ? Math.ceil((report.seconds * (1 - share)) / share) : 0;
  const bar = "#".repeat(Math.round(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, ".");
  const counts = `${count(report.taps)} taps, ${count(report.faults)} faults`;
  process.stderr.write(`\r\u001b[K[${bar}] ${counts}, ${restSeconds} s left`);
}

function summaryText(report: SoakReport, small: Small | undefined): string {
  const { episodes, taps, faults, steps, seconds, coreSeconds, hash } = report;
  const perDay = taps > 0 ? ((coreSeconds * DAY_TAPS) / taps).toFixed(2) : "-";
  const passed = report.failed === undefined ? episodes : episodes - 1;
  return [
    ...(small === undefined ? [] : [...small.story, `replay: ${small.line}`]),
    `${count(taps)} taps in ${count(steps)} steps, ${count(faults)} faults, ${episodes} episodes`,
    `${seconds.toFixed(1)} s; a day of ${DAY_TAPS} taps takes ${perDay} s of one core`,
    `violations: ${episodes - passed}`,
    `trace ${hash}`,
    `${passed} passed, ${episodes - passed} failed`,
  ].join("\n");
}

function jsonText({ failed, ...report }: SoakReport, small: Small | undefined): string {
  const failure = failed === undefined ? null : { ...failed.result.failure, ...small };
  const violations = failed === undefined ? 0 : 1;
  return JSON.stringify({ ...report, violations, failure }, undefined, 2);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
