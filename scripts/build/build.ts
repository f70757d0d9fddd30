/**
 * `build.ts [board] [--sizes]` writes build/<board>/clubpad.js and build/<board>/size.json, and
 * fails when the bundle exceeds its budget. `--sizes` also prints the bytes of each source file.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildBundle } from "./bundle";
import { formatSizes } from "./size";

/** What a pad's flash page and its 8,190 variables bear, with room to grow; a ratchet. */
const BUDGET_BYTES = 36 * 1024;
const DEFAULT_BOARD = "esp32";

async function main(words: string[]): Promise<number> {
  const board = words.find((word) => !word.startsWith("-")) ?? DEFAULT_BOARD;
  const entry = `firmware/boards/${board}.ts`;
  if (!existsSync(entry)) {
    console.error(`There is no board "${board}": ${entry} does not exist.`);
    return 1;
  }
  const bundle = await buildBundle(process.cwd(), entry);
  const folder = path.join("build", board);
  mkdirSync(folder, { recursive: true });
  const { code, sha256, sizeBytes, modules } = bundle;
  writeFileSync(path.join(folder, "clubpad.js"), code);
  const report = { board, sha256, sizeBytes, budgetBytes: BUDGET_BYTES, modules };
  writeFileSync(path.join(folder, "size.json"), `${JSON.stringify(report, null, 2)}\n`);
  if (words.includes("--sizes")) console.log(formatSizes(modules, BUDGET_BYTES));
  console.log(`${folder}/clubpad.js: ${sizeBytes} of ${BUDGET_BYTES} bytes, sha256 ${sha256}`);
  if (sizeBytes <= BUDGET_BYTES) return 0;
  console.error(`The bundle exceeds its budget by ${sizeBytes - BUDGET_BYTES} bytes.`);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
