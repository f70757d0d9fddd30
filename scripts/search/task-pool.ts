/** Worker processes that share the tasks of a search. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Task, TaskResult } from "./task";

const WORKER = fileURLToPath(new URL("./task-worker.ts", import.meta.url));
const CANARY_LOADER = new URL("./canary/register.mjs", import.meta.url).href;

export interface PoolOptions {
  readonly workers: number;
  /** Name of a deliberate bug that the workers' firmware has. */
  readonly canary?: string;
}

/**
 * Runs tasks until `next` gives no more; `onResult` is called as they end, in any order. Rejects
 * when a worker dies: a search that loses its worker has shown nothing.
 */
export async function runTasks(
  options: PoolOptions,
  next: () => Task | undefined,
  onResult: (result: TaskResult, task: Task) => void,
): Promise<void> {
  const work = async () => {
    const child = startWorker(options.canary);
    try {
      for (let task = next(); task !== undefined; task = next()) {
        onResult(await runIn(child, task), task);
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: options.workers }, work));
}

function startWorker(canary: string | undefined): ChildProcess {
  const loader = canary === undefined ? [] : ["--import", CANARY_LOADER];
  return fork(WORKER, {
    execArgv: [...loader, "--import", "tsx"],
    env: { ...process.env, ...(canary === undefined ? {} : { CLUBPAD_CANARY: canary }) },
  });
}

function runIn(child: ChildProcess, task: Task): Promise<TaskResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      reject(new Error(`a worker ended (${code}) in ${JSON.stringify(task)}`));
    };
    child.once("exit", onExit);
    child.once("message", (result) => {
      child.removeListener("exit", onExit);
      resolve(result as TaskResult);
    });
    child.send(task);
  });
}
