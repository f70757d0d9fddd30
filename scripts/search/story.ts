/**
 * A run in words: what was on the card, what was asked, what went wrong where, and what the pads
 * said. For people who have never seen the search.
 */
import {
  type FaultName,
  FaultPlan,
  type Place,
  PlaceKind,
  type PlannedFault,
} from "../../host-sim/quick/faults";
import { Command } from "../../host-sim/quick/quick-card";
import { QUICK_PLAN } from "../../host-sim/quick/quick-pad";
import { searchOf } from "./case-search";
import type { JournalReading } from "./oracle/journal";
import { type Point, pointText } from "./point";
import type { Return } from "./run-tap";

const COMMANDS = new Map<number, string>([
  [Command.Wupa, "wake-up"],
  [Command.MagicWakeUp, "wake-up for copied chips"],
  [Command.Anticollision, "anticollision"],
  [Command.Select, "SELECT"],
  [Command.Halt, "HALT"],
  [Command.AuthenticateA, "authentication"],
  [Command.AuthenticateB, "authentication"],
  [Command.ReaderAnswer, "second half of an authentication"],
  [Command.Read, "READ"],
  [Command.Write, "WRITE"],
  [Command.WriteData, "data of a WRITE"],
  [Command.Decrement, "DECREMENT"],
  [Command.Restore, "RESTORE"],
  [Command.Operand, "operand of a value command"],
  [Command.Transfer, "TRANSFER"],
]);

const EXCHANGE_FAULTS: Partial<Record<FaultName, string>> = {
  commandLost: "the card does not hear the",
  commandLostFalseAck: "the card does not hear, and a later NAK looks like an ACK, the",
  answerLost: "the pad does not hear the answer to the",
  commandBitError: "a bit flips on its way to the card in the",
  answerBitError: "a bit flips in the answer to the",
  pull: "the card is taken away before the",
  cut: "the pad loses power before the",
};

const ROUTES: Record<Return, string> = {
  same: "the card comes back to terminal 1",
  other: "the card goes to terminal 2, then back to terminal 1",
  never: "the cashier of terminal 1 gives up, the card goes to terminal 2",
};

const JOURNAL_TYPES = new Map([
  [2, "intent"],
  [3, "commit record"],
  [4, "abort record"],
  [5, "in-doubt record"],
  [6, "alarm"],
]);

/** Several lines; the last one replays the run. */
export function storyOf(point: Point): string {
  const { tapCase, route, faults } = point;
  const run = searchOf(tapCase).run(point);
  const lines = [`${tapCase.name} at terminal 1, ${pressed(point)}`];
  faults.forEach((fault, index) => {
    lines.push(`${placeText(point, index)}: ${faultText(point, index, fault)}`);
  });
  lines.push(ROUTES[route]);
  const said = run.visits.map(({ pad, said }) => `terminal ${pad + 1} ${said}`);
  lines.push(`what was seen: ${said.join(", ") || "nothing"}`);
  for (const text of run.violations) lines.push(`VIOLATION: ${text}`);
  lines.push(`npx clubpad exhaust --replay ${pointText(point)}`);
  return lines.join("\n  ");
}

function pressed({ tapCase, world }: Point): string {
  const past = tapCase.before.map(({ keys }) => keys).join(" and ") || "nothing";
  const { keys } = tapCase.order;
  return `${keys === undefined ? "" : `keys ${keys}, `}after ${past}, in the ${world} world`;
}

function placeText({ faults }: Point, index: number): string {
  return `fault ${index + 1} at place ${faults[index].place}`;
}

/** The place is found by playing the run up to the fault, which has not happened then. */
function faultText(point: Point, index: number, { place, fault }: PlannedFault): string {
  const search = searchOf(point.tapCase).quick;
  const plan = new FaultPlan(point.faults.slice(0, index), true);
  const { places } = search.runPlan(point.route, plan);
  const found = places[place - 1];
  if (found === undefined) return `${fault}, at a place that is never reached`;
  if (found.kind === PlaceKind.EepromWrite) return eepromText(found, fault);
  if (found.kind === PlaceKind.FlashErase) {
    return `terminal ${found.what} loses power while a page is erased (${fault})`;
  }
  if (found.kind === PlaceKind.FlashWord) {
    const pad = found.what === 1 ? 0 : 1;
    const journal = search.judging.readJournal(pad, search.world.journal(pad));
    return `terminal ${found.what} loses power at ${wordText(found, journal)} (${fault})`;
  }
  const words = EXCHANGE_FAULTS[fault] ?? fault;
  return `${words} ${COMMANDS.get(found.what) ?? found.what}${blockText(found)}`;
}

function blockText({ what, where }: Place): string {
  const hasBlock = what >= Command.Halt && what !== Command.Wupa && what < Command.Increment;
  const isData = what === Command.Read || what === Command.Write || what === Command.Transfer;
  return hasBlock || isData || what === Command.Restore ? ` of ${blockName(where)}` : "";
}

function eepromText({ where }: Place, fault: FaultName): string {
  if (fault === "stuck") return `one cell of ${blockName(where)} does not take what is written`;
  const isCut = fault.endsWith("Cut");
  const model = isCut ? fault.slice(0, -"Cut".length) : fault;
  const who = isCut ? "the pad loses power" : "the card is taken away";
  return `${who} while ${blockName(where)} is written, which leaves it ${model}`;
}

/** By card-layout/SPEC.md. */
function blockName(block: number): string {
  if (block === 12 || block === 13) return `counter ${block - 11} (block ${block})`;
  const sector = Math.floor(block / 4);
  if (sector >= 4 && sector < 10) {
    const part = (sector - 4) % 3;
    return `part ${part * 3 + (block % 4) + 1} of slot ${sector < 7 ? 0 : 1} (block ${block})`;
  }
  return sector === 10 || sector === 11 ? `the customer's log (block ${block})` : `block ${block}`;
}

/** Which word of which record of the journal an address is in. */
function wordText({ where }: Place, { places }: JournalReading): string {
  const { journalPage, pageSizeBytes } = QUICK_PLAN;
  const address = where - journalPage * pageSizeBytes;
  if (address < 0) return "a word of the settings";
  const record = places.find((each) => each.address <= address && address < each.end);
  if (record === undefined) return "a word of a mark in the journal";
  const name = JOURNAL_TYPES.get(record.type) ?? `record of type ${record.type}`;
  return `word ${(address - record.address) / 4 + 1} of the ${name} ${record.sequence}`;
}
