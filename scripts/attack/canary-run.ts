/** Runs the search against firmware with a deliberate bug, which it must find. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CANARIES } from "./canary/canaries.mjs";
import type { SearchReport } from "./run-search";

const REGISTER = fileURLToPath(new URL("./canary/register.mjs", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./canary/search.ts", import.meta.url));

export interface CanaryResult {
  readonly name: string;
  readonly meaning: string;
  /** What the search of one genuine card found. */
  readonly report: SearchReport;
}

export function canaryNames(): string[] {
  return Object.keys(CANARIES);
}

/** In a process of its own, because the firmware is another one there. */
export function runCanary(name: string, tapRuns: number, seed: string): CanaryResult {
  const words = ["--import", REGISTER, "--import", "tsx", PROGRAM, String(tapRuns), seed];
  const child = spawnSync(process.execPath, words, {
    encoding: "utf8",
    env: { ...process.env, CLUBPAD_CANARY: name },
  });
  if (child.status !== 0) throw new Error(`the canary ${name} does not run: ${child.stderr}`);
  return { name, meaning: CANARIES[name].meaning, report: JSON.parse(child.stdout) };
}
