/** The command line `clubpad`: commands one per file, and how all of them fail. */
import { Command } from "commander";
import { LinkError } from "../../back-office/link";
import { RulesetError } from "../../back-office/rules/yaml-section";
import { UserError } from "../../back-office/user-error";
import { registerAttack } from "./attack";
import { registerBoard } from "./board";
import { registerCard } from "./card";
import { registerExhaust } from "./exhaust";
import { registerFuzz } from "./fuzz";
import { registerHotlist } from "./hotlist";
import { reasonOf } from "./input";
import { registerKeys } from "./keys";
import { registerLedger } from "./ledger";
import { registerPatch } from "./patch";
import { registerPull } from "./pull";
import { registerReceipt } from "./receipt";
import { registerRefund } from "./refund";
import { registerReport } from "./report";
import { registerRules } from "./rules";
import { registerShifts } from "./shifts";
import { registerSim } from "./sim";
import { registerSoak } from "./soak";
import { registerStaff } from "./staff";
import { registerTerminals } from "./terminals";
import { registerTill } from "./till";
import { registerVerify } from "./verify";

const EXIT_REFUSED = 1;
/** sysexits.h EX_SOFTWARE: the fault is ours. */
const EXIT_FAULT = 70;

const program = new Command("clubpad")
  .description("offline-first loyalty terminal: back office and simulator")
  .showHelpAfterError("(add --help for usage and examples)");
for (const register of [
  ...[registerKeys, registerCard, registerPull, registerLedger, registerVerify, registerSim],
  registerFuzz,
  registerExhaust,
  registerSoak,
  registerAttack,
  registerBoard,
  registerRules,
  registerHotlist,
  registerPatch,
  registerRefund,
  registerTerminals,
  registerTill,
  registerReceipt,
  registerReport,
  registerShifts,
  registerStaff,
]) {
  register(program);
}

// A reader like `head` that closes the pipe early is no fault of anybody.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  const isExpected =
    error instanceof UserError || error instanceof LinkError || error instanceof RulesetError;
  const text = isExpected ? (error as Error).message : `internal fault: ${reasonOf(error)}`;
  process.stderr.write(`clubpad: ${text}\n`);
  if (!isExpected && process.env.CLUBPAD_DEBUG) console.error(error);
  process.exitCode = isExpected ? EXIT_REFUSED : EXIT_FAULT;
}
