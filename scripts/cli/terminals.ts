/** `clubpad terminals`: which pads there are, and what each held when it was last on the line. */
import type { Command } from "commander";
import { Database } from "../../back-office/database";
import {
  liveRulesVersion,
  type TerminalStatus,
  terminalStatuses,
} from "../../back-office/downlink";

interface TerminalsOptions {
  db: string;
  json?: boolean;
}

const HOUR_SECONDS = 3600;
/** A clock that wandered further since the last sync has lost its battery or its crystal. */
const DRIFT_NOTICE_SECONDS = 120;
const EXAMPLES = `
Examples:
  clubpad terminals --db club.db
  clubpad terminals --db club.db --json`;

export function registerTerminals(program: Command): void {
  program
    .command("terminals")
    .description("show every pad: rules, lists, clock and unsent records at its last sync")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .addHelpText("after", EXAMPLES)
    .action(showTerminals);
}

function showTerminals(options: TerminalsOptions): void {
  const database = Database.open(options.db);
  try {
    const terminals = terminalStatuses(database);
    const liveRules = liveRulesVersion(database);
    if (options.json === true) {
      console.log(JSON.stringify({ liveRulesVersion: liveRules, terminals }, undefined, 2));
    } else {
      const nowSeconds = Math.floor(Date.now() / 1000);
      console.log(terminalLines(terminals, liveRules, nowSeconds).join("\n"));
    }
  } finally {
    database.close();
  }
}

/** Exported for its test: `nowSeconds` is Unix time. */
export function terminalLines(
  terminals: TerminalStatus[],
  liveRules: number | undefined,
  nowSeconds: number,
): string[] {
  if (terminals.length === 0) return ["no pad has been synchronised with this database yet"];
  const head = liveRules === undefined ? "no rules are published" : `rules ${liveRules} are live`;
  return [head, ...terminals.flatMap((status) => lineOf(status, liveRules, nowSeconds))];
}

function lineOf(
  status: TerminalStatus,
  liveRules: number | undefined,
  nowSeconds: number,
): string[] {
  const name = `pad ${status.terminal}/${status.epoch} in shop ${status.issuer}`;
  const { seenUnixSeconds, driftSeconds = 0, rulesetVersion = 0 } = status;
  if (seenUnixSeconds === undefined) {
    return [`${name}: ${status.recordCount} records; not heard of since`];
  }
  const isBehind = liveRules !== undefined && rulesetVersion < liveRules;
  const parts = [
    `seen ${ageText(nowSeconds - seenUnixSeconds)} ago`,
    `rules ${rulesetVersion}${isBehind ? " (BEHIND: sync it again when no sale is open)" : ""}`,
    listsText(status, nowSeconds),
    `key epoch ${status.keyEpoch}`,
    `${status.unsentCount} unsent`,
  ];
  const isWrong = Math.abs(driftSeconds) > DRIFT_NOTICE_SECONDS;
  parts.push(`clock was ${driftText(driftSeconds)}${isWrong ? " (CHECK its battery)" : ""}`);
  const lines = [`${name}: ${parts.join("; ")}`];
  if (status.refusal) lines.push(`  it did not take: ${status.refusal}`);
  return lines;
}

function listsText({ listsVersion, listsUnixSeconds }: TerminalStatus, nowSeconds: number): string {
  if (!listsVersion) return "no lists";
  const age = listsUnixSeconds ? `, ${ageText(nowSeconds - listsUnixSeconds)} old` : "";
  return `lists ${listsVersion}${age}`;
}

function driftText(driftSeconds: number): string {
  if (driftSeconds === 0) return "right";
  const side = driftSeconds > 0 ? "ahead" : "behind";
  return `${Math.abs(driftSeconds)} s ${side}`;
}

function ageText(seconds: number): string {
  if (seconds < 2 * HOUR_SECONDS) return `${Math.max(0, Math.round(seconds / 60))} min`;
  const hours = Math.round(seconds / HOUR_SECONDS);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
