/**
 * Deliberate bugs, put one at a time into the firmware's source as a process loads it, and the
 * search that must catch each. A search that misses its canary is no search.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exhaust } from "../exhaust";
import { TAP_CASES } from "../tap-case";

export interface Canary {
  readonly name: string;
  /** What is wrong, for people. */
  readonly bug: string;
  readonly file: string;
  /** Texts that stand in the file once, and what takes their places. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** "exhaust", or the suite that must fail. */
  readonly search: string;
}

export interface Catch {
  readonly canary: Canary;
  /** How it was caught; undefined: it was missed. */
  readonly by: string | undefined;
  readonly seconds: number;
}

const TABLE = new URL("./canaries.json", import.meta.url);
const LOADER = new URL("./register.mjs", import.meta.url).href;
/** No suite that catches a canary takes longer, and one that hangs has caught it as well. */
const SUITE_LIMIT_MS = 120_000;

export const CANARIES = JSON.parse(readFileSync(fileURLToPath(TABLE), "utf8")) as Canary[];

export async function hunt(canary: Canary, workers: number): Promise<Catch> {
  const startMs = performance.now();
  const by =
    canary.search === "exhaust" ? await byExhaust(canary, workers) : bySuite(canary, canary.search);
  return { canary, by, seconds: (performance.now() - startMs) / 1000 };
}

/** What the search says of the firmware as it is; a search that cries always catches nothing. */
export function searchUnspoilt(workers: number): Promise<string | undefined> {
  return firstViolation(workers, undefined);
}

/** All single faults in the quick world, until the first violation. */
async function firstViolation(
  workers: number,
  canary: string | undefined,
): Promise<string | undefined> {
  const rows = await exhaust({
    caseNames: TAP_CASES.map(({ name }) => name),
    worlds: ["quick"],
    pairSeconds: 0,
    seed: "canary",
    workers,
    canary,
    isFirstEnough: true,
  });
  const [violation] = rows.flatMap(({ violations }) => violations);
  return violation && `${violation.point}: ${violation.texts[0]}`;
}

async function byExhaust(canary: Canary, workers: number): Promise<string | undefined> {
  try {
    return await firstViolation(workers, canary.name);
  } catch (error) {
    // Not even a tap without faults goes through.
    return (error as Error).message;
  }
}

function bySuite({ name }: Canary, suite: string): string | undefined {
  const { status, stdout, signal } = spawnSync(
    process.execPath,
    ["--import", LOADER, "--import", "tsx", suite],
    {
      env: { ...process.env, CLUBPAD_CANARY: name },
      encoding: "utf8",
      timeout: SUITE_LIMIT_MS,
    },
  );
  const [, failed] = /FAIL\s+"([^"]+)"/.exec(stdout) ?? [];
  if (status === 0) return undefined;
  return `${suite}: ${failed ?? signal ?? "fails"}`;
}
