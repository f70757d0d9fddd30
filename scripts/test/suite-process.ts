/**
 * A process that runs suite files one after another. A suite that ends the process, or does not end
 * itself, counts as one failure and costs only this process: the next suite gets a new one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SuiteResult } from "./worker";

export type { SuiteResult };

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
/** Far above any suite's time on a slow machine; only a suite that hangs meets it. */
const LONGEST_SUITE_MS = 300_000;

export class SuiteProcess {
  private child: ChildProcess | undefined;

  run(file: string): Promise<SuiteResult> {
    this.child ??= fork(WORKER, { execArgv: ["--import", "tsx"] });
    const child = this.child;
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_SUITE_MS);
      const finish = (result: SuiteResult) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(result);
      };
      child.once("message", (result) => finish(result as SuiteResult));
      child.once("exit", (code, signal) => {
        this.child = undefined;
        const output = `the suite ended its process (${signal ?? `exit status ${code}`})`;
        finish({ passed: 0, failed: 1, skipped: 0, output });
      });
      child.send(file);
    });
  }

  stop(): void {
    this.child?.kill();
    this.child = undefined;
  }
}
