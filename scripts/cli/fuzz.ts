/** `clubpad fuzz`: feeds every parser with broken input. */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { didYouMean } from "../../back-office/did-you-mean";
import { UserError } from "../../back-office/user-error";
import { keep } from "../fuzz/corpus";
import type { FuzzTarget } from "../fuzz/fuzz-target";
import { runTarget, type TargetRun } from "../fuzz/run-target";
import { FUZZ_TARGETS } from "../fuzz/targets";
import { integerIn, readBinary } from "./input";

interface FuzzOptions {
  runs: number;
  seed?: string;
  input?: string;
  keep?: boolean;
  list?: boolean;
}

const EXAMPLES = `
Examples:
  clubpad fuzz --list
  clubpad fuzz --runs 1000000
  clubpad fuzz journal-flash --runs 100000 --seed 7
  clubpad fuzz journal-flash --input out/fuzz/journal-flash.bin     (one input again)

An input that breaks a promise is made short, written to out/fuzz, and replayed with --input. With
--keep, inputs that led somewhere new go into the corpus (scripts/fuzz/corpus).`;

export function registerFuzz(program: Command): void {
  program
    .command("fuzz")
    .description("feed the parsers of everything from outside with broken input")
    .argument("[target]", "one parser; all by default")
    .option("--runs <number>", "inputs for each", integerIn(1, 1_000_000_000), 20_000)
    .option("--seed <text>", "of all chance; by default a fresh one, which is printed")
    .option("--input <file>", "feed this file once")
    .option("--keep", "add to the corpus what led somewhere new")
    .option("--list", "what is fuzzed, and what must hold")
    .addHelpText("after", EXAMPLES)
    .action(fuzz);
}

async function fuzz(name: string | undefined, options: FuzzOptions): Promise<void> {
  const targets = name === undefined ? FUZZ_TARGETS : [targetNamed(name)];
  if (options.list) {
    for (const target of targets) console.log(`${target.name.padEnd(16)} ${target.promise}`);
    return;
  }
  if (options.input !== undefined) {
    if (name === undefined) throw new UserError("--input needs the name of a target");
    console.log(`${name}: ${await targets[0].run(readBinary(options.input))}`);
    return;
  }
  const seed = options.seed ?? String(randomInt(1_000_000_000));
  console.log(`seed ${seed}, ${options.runs.toLocaleString("en-US")} inputs for each target`);
  let failed = 0;
  for (const target of targets) {
    const run = await runTarget(target, seed, options.runs, (count) =>
      draw(target, count, options),
    );
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    console.log(lineOf(target, run, options.keep === true ? keep(target, run.found) : 0));
    if (run.problem === undefined) continue;
    failed++;
    console.log(`  ${run.problem.message}`);
    console.log(`  npx clubpad fuzz ${target.name} --input ${run.problem.file}`);
  }
  console.log(`${targets.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function targetNamed(name: string): FuzzTarget {
  const target = FUZZ_TARGETS.find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  const names = FUZZ_TARGETS.map((candidate) => candidate.name);
  throw new UserError(`there is no target "${name}"${didYouMean(name, names)}; see --list`);
}

function draw(target: FuzzTarget, count: number, { runs }: FuzzOptions): void {
  if (!process.stderr.isTTY) return;
  const percent = Math.floor((100 * count) / runs);
  process.stderr.write(`\r\u001b[K${target.name} ${percent} %`);
}

function lineOf(target: FuzzTarget, run: TargetRun, keptCount: number): string {
  const count = run.runCount.toLocaleString("en-US");
  const kept = keptCount > 0 ? `, ${keptCount} kept` : "";
  const result = run.problem === undefined ? "ok  " : "FAIL";
  const figures = `${count} in ${run.seconds.toFixed(1)} s, ${run.wordCount} kinds of result`;
  return `${result} ${target.name.padEnd(16)} ${figures}${kept}`;
}
