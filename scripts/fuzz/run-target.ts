/** Starts the run of one target and watches that it goes on. */
import { mkdirSync, writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { UserError } from "../../back-office/user-error";
import type { FuzzTarget } from "./fuzz-target";
import { type FuzzOrder, type FuzzResult, SHARED_HEAD_BYTES } from "./fuzz-worker";
import { INPUT_BYTES_MAX } from "./mutate";

/** No input takes longer; a machine under load gets this much patience. */
const HANG_MS = 20_000;
const TICK_MS = 500;
const OUT_FOLDER = "out/fuzz";
/** A thread does not inherit the loader that the command line registered. */
const START_WORKER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL("./fuzz-worker.ts", import.meta.url).href)});
});`;

export interface TargetRun {
  runCount: number;
  wordCount: number;
  found: Uint8Array[];
  seconds: number;
  /** What went wrong, and the file that the input was written to. */
  problem?: { message: string; file: string };
}

export async function runTarget(
  target: FuzzTarget,
  seed: string,
  runs: number,
  onProgress: (runCount: number) => void,
): Promise<TargetRun> {
  const startMs = performance.now();
  const shared = new SharedArrayBuffer(SHARED_HEAD_BYTES + INPUT_BYTES_MAX + 1024);
  const order: FuzzOrder = { target: target.name, seed, runs, shared };
  const worker = new Worker(START_WORKER, { eval: true, workerData: order });
  const result = await watched(worker, shared, onProgress);
  await worker.terminate();
  const { failure, ...counts } = result;
  const seconds = (performance.now() - startMs) / 1000;
  if (failure === undefined) return { ...counts, seconds };
  return { ...counts, seconds, problem: { ...failure, file: save(target, failure.input) } };
}

function watched(
  worker: Worker,
  shared: SharedArrayBuffer,
  onProgress: (runCount: number) => void,
): Promise<FuzzResult> {
  const head = new Int32Array(shared, 0, 4);
  let lastCount = -1;
  let stillMs = 0;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      onProgress(head[0]);
      stillMs = head[0] === lastCount ? stillMs + TICK_MS : 0;
      lastCount = head[0];
      if (stillMs < HANG_MS) return;
      clearInterval(timer);
      const input = new Uint8Array(shared, SHARED_HEAD_BYTES).slice(0, head[2]);
      const message = `this input did not come back within ${HANG_MS / 1000} s`;
      resolve({ runCount: head[0], wordCount: head[1], found: [], failure: { input, message } });
    }, TICK_MS);
    worker.once("message", (result: FuzzResult) => {
      clearInterval(timer);
      resolve(result);
    });
    worker.once("error", (error) => {
      clearInterval(timer);
      reject(error);
    });
  });
}

function save(target: FuzzTarget, input: Uint8Array): string {
  const file = `${OUT_FOLDER}/${target.name}.bin`;
  try {
    mkdirSync(OUT_FOLDER, { recursive: true });
    writeFileSync(file, input);
  } catch (error) {
    throw new UserError(`${file}: cannot be written (${(error as Error).message})`);
  }
  return file;
}
