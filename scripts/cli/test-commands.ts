/** For tests: runs a command in this process and gathers what it prints, or how it refuses. */
import { Command } from "commander";
import { registerBoard } from "./board";
import { registerCard } from "./card";
import { registerHotlist } from "./hotlist";
import { registerKeys } from "./keys";
import { registerLedger } from "./ledger";
import { registerPatch } from "./patch";
import { registerPull } from "./pull";
import { registerReceipt } from "./receipt";
import { registerRefund } from "./refund";
import { registerReport } from "./report";
import { registerRules } from "./rules";
import { registerShifts } from "./shifts";
import { registerStaff } from "./staff";
import { registerTerminals } from "./terminals";
import { registerTill } from "./till";
import { registerVerify } from "./verify";

export interface CommandResult {
  out: string;
  /** What was thrown; "" for success. */
  refusal: string;
  exitCode: number;
}

export async function runCommand(...words: string[]): Promise<CommandResult> {
  const program = new Command("clubpad");
  for (const register of [
    registerBoard,
    registerCard,
    registerHotlist,
    registerKeys,
    registerLedger,
    registerPatch,
    registerPull,
    registerReceipt,
    registerRefund,
    registerReport,
    registerRules,
    registerShifts,
    registerStaff,
    registerTerminals,
    registerTill,
    registerVerify,
  ]) {
    register(program);
  }
  const lines: string[] = [];
  const { log, error } = console;
  const note = (text: string) => lines.push(text);
  console.log = note;
  console.error = note;
  process.exitCode = undefined;
  let refusal = "";
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (thrown) {
    refusal = (thrown as Error).message;
  } finally {
    console.log = log;
    console.error = error;
  }
  const exitCode = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { out: lines.join("\n"), refusal, exitCode };
}
