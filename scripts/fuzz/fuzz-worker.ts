/**
 * One target's run in a thread of its own, so that an input that never comes back can be told: it
 * is written into shared memory before it is fed.
 */
import { parentPort, workerData } from "node:worker_threads";
import { loadCorpus } from "./corpus";
import type { FuzzTarget } from "./fuzz-target";
import { Fuzzer } from "./fuzzer";
import { FUZZ_TARGETS } from "./targets";

export interface FuzzOrder {
  target: string;
  seed: string;
  runs: number;
  /** [runs so far, things that happened, bytes of the input at hand], then that input's bytes. */
  shared: SharedArrayBuffer;
}

export interface FuzzResult {
  runCount: number;
  wordCount: number;
  found: Uint8Array[];
  failure?: { input: Uint8Array; message: string };
}

export const SHARED_HEAD_BYTES = 16;

async function work({ target: name, seed, runs, shared }: FuzzOrder): Promise<FuzzResult> {
  const target = FUZZ_TARGETS.find((candidate) => candidate.name === name) as FuzzTarget;
  const head = new Int32Array(shared, 0, 4);
  const at = new Uint8Array(shared, SHARED_HEAD_BYTES);
  const fuzzer = new Fuzzer(target, loadCorpus(target), seed, (input) => {
    head[0] = fuzzer.runCount;
    head[1] = fuzzer.wordCount;
    head[2] = input.length;
    at.set(input.subarray(0, at.length));
  });
  let failure = await fuzzer.begin();
  while (failure === undefined && fuzzer.runCount < runs) failure = await fuzzer.step();
  const { runCount, wordCount, found } = fuzzer;
  return { runCount, wordCount, found, failure };
}

parentPort?.postMessage(await work(workerData as FuzzOrder));
