/**
 * Runs one suite file after another, as the parent names them, and answers with the counts and all
 * that the suite printed. uvu queues a suite's tests in a global and leaves running them to whoever
 * has set UVU_DEFER; its own command line works the same way.
 */
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

export interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
  /** What the suite printed, with uvu's own description of each failure. */
  output: string;
}

/** A queued `test.run()`: failures as text (`true` = none), passed, skipped, all that should. */
type QueuedRun = () => Promise<[string | true, number, number, number]>;

const uvu = globalThis as unknown as {
  UVU_DEFER: number;
  UVU_INDEX: number;
  UVU_QUEUE: QueuedRun[][];
};
uvu.UVU_DEFER = 1;
uvu.UVU_INDEX = 0;

let printed = "";
let isBusy = false;
const capture = (chunk: string | Uint8Array): boolean => {
  printed += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
  return true;
};
process.stdout.write = capture;
process.stderr.write = capture;

process.on("message", async (file: string) => {
  isBusy = true;
  printed = "";
  const result = await runSuite(file);
  isBusy = false;
  process.send?.(result);
});

// A suite that ends the process takes its output along, unless it is written here at once.
process.on("exit", () => {
  if (isBusy) writeSync(2, printed);
});

async function runSuite(file: string): Promise<SuiteResult> {
  const result: SuiteResult = { passed: 0, failed: 0, skipped: 0, output: "" };
  const runs: QueuedRun[] = [];
  uvu.UVU_QUEUE = [runs];
  try {
    await import(pathToFileURL(file).href);
    for (const run of runs) {
      const [failures, passed, skipped, total] = await run();
      result.passed += passed;
      result.failed += total - passed;
      result.skipped += skipped;
      if (failures !== true) printed += `\n${failures}`;
      // uvu swallows what a `before` hook throws and only leaves the tests out.
      else if (passed < total) printed += "\na hook failed before the tests\n";
    }
    if (result.passed + result.failed === 0) throw new Error("the suite ran no test");
  } catch (error) {
    result.failed++;
    printed += `\n${(error as Error).stack ?? error}\n`;
  }
  return { ...result, output: printed };
}
