/** Builds a board's bundle into build/<board> and says what it weighs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../back-office/user-error";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { lastBundleBytes } from "../bench/report";
import { buildBundle } from "./bundle";
import { formatSizes } from "./size";

const REPORT_FILE = "docs/benchmarks.md";

export interface BuildReport {
  /** What there is to say, line by line. */
  lines: string[];
  isWithinBudget: boolean;
}

/** @throws UserError for a name that no board has. */
export function boardNamed(name: string): BoardProfile {
  const profile = BOARD_PROFILES.find((each) => each.name === name);
  if (profile !== undefined) return profile;
  const names = BOARD_PROFILES.map((each) => each.name).join(", ");
  throw new UserError(`there is no board "${name}"; there are ${names}`);
}

/** How the size compares with what was last written down. */
function sinceReport(root: string, board: string, sizeBytes: number): string {
  const file = path.join(root, REPORT_FILE);
  const last = existsSync(file) ? lastBundleBytes(readFileSync(file, "utf8"), board) : undefined;
  if (last === undefined) return `${REPORT_FILE} has no figure for it`;
  const more = sizeBytes - last;
  return `${more < 0 ? "" : "+"}${more} bytes since ${REPORT_FILE}`;
}

/** Writes clubpad.js, clubpad.bin (what is flashed) and size.json into build/<board> in `root`. */
export async function buildBoard(
  root: string,
  profile: BoardProfile,
  hasSizes: boolean,
): Promise<BuildReport> {
  const { name, bundleBytes: budgetBytes } = profile;
  const { code, tokens, sha256, sizeBytes, modules } = await buildBundle(
    root,
    `firmware/boards/${name}.ts`,
  );
  const folder = path.join("build", name);
  mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, folder, "clubpad.js"), code);
  writeFileSync(path.join(root, folder, "clubpad.bin"), tokens, "latin1");
  const report = { board: name, sha256, sizeBytes, budgetBytes, modules };
  writeFileSync(path.join(root, folder, "size.json"), `${JSON.stringify(report, null, 2)}\n`);
  const lines = hasSizes ? [formatSizes(modules, budgetBytes)] : [];
  lines.push(`${folder}/clubpad.bin: ${sizeBytes} of ${budgetBytes} bytes, sha256 ${sha256}`);
  if (hasSizes) lines.push(sinceReport(root, name, sizeBytes));
  const isWithinBudget = sizeBytes <= budgetBytes;
  if (!isWithinBudget) {
    lines.push(`The bundle exceeds its budget by ${sizeBytes - budgetBytes} bytes.`);
  }
  return { lines, isWithinBudget };
}
