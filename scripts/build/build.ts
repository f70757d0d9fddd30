/**
 * `build.ts [board] [--sizes]` writes build/<board>/clubpad.js and build/<board>/size.json, and
 * fails when the bundle exceeds its budget. `--sizes` also prints the bytes of each source file.
 */
import { boardNamed, buildBoard } from "./build-board";

const DEFAULT_BOARD = "esp32";

try {
  const words = process.argv.slice(2);
  const board = words.find((word) => !word.startsWith("-")) ?? DEFAULT_BOARD;
  const profile = boardNamed(board);
  const report = await buildBoard(process.cwd(), profile, words.includes("--sizes"));
  console.log(report.lines.join("\n"));
  process.exitCode = report.isWithinBudget ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
