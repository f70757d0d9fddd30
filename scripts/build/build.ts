/**
 * `build.ts [board] [--sizes]` writes build/<board>/clubpad.js and build/<board>/size.json, and
 * fails when the bundle exceeds its budget. `--sizes` also prints the bytes of each source file.
 */
import { writeNodemcu } from "../lua/nodemcu-files";
import { boardNamed, buildBoard } from "./build-board";

const DEFAULT_BOARD = "esp32";
const NODEMCU = "nodemcu";

try {
  const words = process.argv.slice(2);
  const board = words.find((word) => !word.startsWith("-")) ?? DEFAULT_BOARD;
  if (board === NODEMCU) {
    console.log(writeNodemcu(process.cwd()).join("\n"));
  } else {
    const report = await buildBoard(process.cwd(), boardNamed(board), words.includes("--sizes"));
    console.log(report.lines.join("\n"));
    process.exitCode = report.isWithinBudget ? 0 : 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
