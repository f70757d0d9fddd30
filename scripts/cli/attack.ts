/** `clubpad attack`: an owner with all sector keys against pads, cards and back office. */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { canaryNames, runCanary } from "../attack/canary-run";
import {
  DEFAULT_LIMITS,
  replayFailure,
  runSearches,
  type SearchOptions,
  type SearchReport,
} from "../attack/run-search";
import { integerIn } from "./input";

interface AttackOptions {
  search: number;
  seed?: string;
  pads: number;
  taps: number;
  tears: number;
  replay?: string;
  canaries?: boolean;
  scenarios?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad attack --search 1000000 --seed 7
  clubpad attack --scenarios                (only the attacks that have a name, as a table)
  clubpad attack --canaries                 (firmware with deliberate bugs: each must be found)
  clubpad attack --replay LINE              (the line that a failure printed)

The search acts as somebody who may set the card, between any two taps, to whatever its chip allows,
and takes card or power away in the middle of them. docs/threat-model.md says what it covers.`;

const MOST = 1_000_000_000;
/** A canary that is not found in so many tap-runs is missed; the slowest took 57,000. */
const CANARY_TAP_RUNS = 300_000;

export function registerAttack(program: Command): void {
  program
    .command("attack")
    .description("try to be paid twice, knowing all sector keys of a card")
    .option("--search <number>", "tap-runs of the search", integerIn(1, MOST), 60_000)
    .option("--seed <text>", "of the search's order; by default a fresh one, which is printed")
    .option("--pads <number>", "pads", integerIn(1, 9), DEFAULT_LIMITS.pads)
    .option("--taps <number>", "taps in a row", integerIn(1, 20), DEFAULT_LIMITS.taps)
    .option("--tears <number>", "of them disturbed", integerIn(0, 20), DEFAULT_LIMITS.tears)
    .option("--replay <line>", "do this again and tell it")
    .option("--scenarios", "only the attacks that have a name")
    .option("--canaries", "search firmware with deliberate bugs instead")
    .option("--json", "results as JSON")
    .addHelpText("after", EXAMPLES)
    .action(attack);
}

async function attack(options: AttackOptions): Promise<void> {
  if (options.replay !== undefined) {
    const { story, text } = replayFailure(options.replay, options.pads);
    for (const line of [...story, text]) console.log(line);
    return;
  }
  const seed = options.seed ?? String(randomInt(1_000_000_000));
  const checks = await checksOf(options, seed);
  const failed = checks.filter((isFine) => !isFine).length;
  if (options.json !== true) console.log(`${checks.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

async function checksOf(options: AttackOptions, seed: string): Promise<boolean[]> {
  if (options.canaries === true) return checkCanaries(options, seed);
  const named = await checkScenarios(options);
  return options.scenarios === true ? named : [...named, ...search(options, seed)];
}

/** The table goes out by itself as JSON only when nothing else is asked for. */
async function checkScenarios({ json, scenarios }: AttackOptions): Promise<boolean[]> {
  // Pads and cards are made when this is loaded, which no other command should wait for.
  const { runScenarios, tableOf } = await import("../attack/scenarios");
  const results = runScenarios();
  if (json !== true) {
    for (const line of tableOf(results)) console.log(line);
    for (const { attack, isHeld } of results) if (!isHeld) console.log(`NOT HELD: ${attack}`);
  } else if (scenarios === true) console.log(JSON.stringify(results, null, 2));
  return results.map(({ isHeld }) => isHeld);
}

function search({ search: tapRuns, json, ...rest }: AttackOptions, seed: string): boolean[] {
  const { pads, taps, tears } = rest;
  const show = progressLine(json);
  const options: SearchOptions = { tapRuns, seed, pads, taps, tears, onProgress: show };
  if (json !== true) {
    console.log(`seed ${seed}; ${pads} pads, up to ${taps} taps, ${tears} of them disturbed`);
  }
  const reports = runSearches(options);
  if (json === true) console.log(JSON.stringify({ seed, pads, taps, tears, reports }, null, 2));
  else for (const report of reports) tell(report, rest);
  // A copy that never got anything twice has not been tried.
  return reports.map(({ failure, forks }, index) => {
    return failure === undefined && (index === 0 || forks > 0);
  });
}

function tell(report: SearchReport, { pads }: Pick<AttackOptions, "pads">): void {
  const { name, tapRuns, computed, states, forks, seconds, isComplete, failure } = report;
  const found = failure === undefined ? "0 violations" : "A VIOLATION";
  const copies = forks > 0 ? `; ${figure(forks)} double spends by a copy, each seen as a fork` : "";
  const all = isComplete ? ", everything within these limits" : "";
  console.log(
    `${name}: ${figure(tapRuns)} tap-runs (${figure(computed)} of them different), ` +
      `${figure(states)} states, ${seconds.toFixed(0)} s${all}: ${found}${copies}`,
  );
  if (failure === undefined) return;
  console.log(failure.text);
  for (const line of failure.story) console.log(`  ${line}`);
  const more = pads === DEFAULT_LIMITS.pads ? "" : ` --pads ${pads}`;
  console.log(`replay: npx clubpad attack${more} --replay ${failure.line}`);
}

function checkCanaries({ json }: AttackOptions, seed: string): boolean[] {
  const results = canaryNames().map((name) => {
    const result = runCanary(name, CANARY_TAP_RUNS, seed);
    const { tapRuns, failure } = result.report;
    const found = failure === undefined ? "MISSED" : `found: ${failure.text}`;
    const line = `${name} (${result.meaning}): ${found}, ${figure(tapRuns)} tap-runs`;
    if (json !== true) console.log(line);
    return result;
  });
  if (json === true) console.log(JSON.stringify({ seed, results }, null, 2));
  return results.map(({ report }) => report.failure !== undefined);
}

/** On a terminal only. */
function progressLine(isQuiet: boolean | undefined): SearchOptions["onProgress"] {
  if (isQuiet === true || !process.stderr.isTTY) return undefined;
  let shown = -1;
  return (name, share) => {
    const percent = Math.min(100, Math.floor(share * 100));
    if (percent === shown) return;
    shown = percent;
    process.stderr.write(`\r${name}: ${percent} %${percent === 100 ? "\n" : ""}`);
  };
}

function figure(value: number): string {
  return value.toLocaleString("en-US");
}
