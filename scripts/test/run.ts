/**
 * `run.ts [check] [suites [WORD...]]` runs the static checks, the uvu suites (all, or those whose
 * path contains one of the words), or both, on all processors. The last line is
 * `N passed, N failed`, with `, N skipped` if any; each check counts as one test.
 */
import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { sourceFiles } from "../tidy/source-files";
import { SuiteProcess, type SuiteResult } from "./suite-process";

const NODE = process.execPath;
const CHECKS: [name: string, ...command: string[]][] = [
  ["format and lint", NODE, "node_modules/@biomejs/biome/bin/biome", "check", "."],
  ["types", NODE, "node_modules/typescript/bin/tsc", "-p", "."],
  ["tidy", NODE, "--import", "tsx", "scripts/tidy.ts"],
];

/** Suites that take longer say so. */
const SLOW_SECONDS = 3;

interface Job {
  name: string;
  run(suites: SuiteProcess): Promise<SuiteResult>;
}

async function main(words: string[]): Promise<number> {
  const jobs = words.includes("check") ? CHECKS.map(checkJob) : [];
  if (words.includes("suites")) jobs.push(...suiteJobs(words));
  const startMs = performance.now();
  const results = await runAll(jobs);
  const sum = (count: "passed" | "failed" | "skipped") =>
    results.reduce((total, result) => total + result[count], 0);
  console.log(`${jobs.length} suites in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  return sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

function checkJob([name, command, ...words]: (typeof CHECKS)[number]): Job {
  return { name, run: () => runCheck(command, words) };
}

function suiteJobs(words: string[]): Job[] {
  const wanted = words.filter((word) => word !== "check" && word !== "suites");
  return sourceFiles(".")
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
    .map((file) => ({ name: file, run: (suites) => suites.run(path.resolve(file)) }));
}

async function runAll(jobs: Job[]): Promise<SuiteResult[]> {
  const waiting = [...jobs];
  const results: SuiteResult[] = [];
  const work = async () => {
    const suites = new SuiteProcess();
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const startMs = performance.now();
      const result = await job.run(suites);
      results.push(result);
      report(job.name, result, (performance.now() - startMs) / 1000);
    }
    suites.stop();
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return results;
}

/** One line for a suite that passed; everything it printed for one that did not. */
function report(name: string, result: SuiteResult, seconds: number): void {
  const { passed, failed, skipped, output } = result;
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} FAILED`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  if (seconds >= SLOW_SECONDS) counts.push(`${seconds.toFixed(0)} s`);
  console.log(`${failed > 0 ? "x" : "."} ${name}: ${counts.join(", ")}`);
  if (failed > 0) console.log(output.replace(/^/gm, "    "));
}

function runCheck(command: string, words: string[]): Promise<SuiteResult> {
  return new Promise((resolve) => {
    const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
      });
    }
    child.on("close", (code) => {
      const passed = code === 0 ? 1 : 0;
      resolve({ passed, failed: 1 - passed, skipped: 0, output });
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
