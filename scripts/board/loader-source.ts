/**
 * The loader (`.bootcde`, loader.js) for a board, and the two files that it keeps: which version
 * runs, and which codes open the console. The bundle meets only its `loader`.
 */
import { readFileSync } from "node:fs";
import type { BoardProfile } from "../../firmware/boards/board-profile";

/** Files of Storage. */
export const BOOTS_FILE = "clubpad.boots";
export const LOCK_FILE = "clubpad.lock";
export const LOADER_FILE = ".bootcde";
export const codeFile = (slot: string) => `clubpad.${slot}`;
const SCREENS_SUFFIX = ".screens";
export const screensFile = (slot: string) => codeFile(slot) + SCREENS_SUFFIX;

/** BOOTS_FILE: letters, written one behind the other where the flash is still blank. */
export const BOOTS_BYTES = 256;
export const TRIAL_STARTS = 3;

/** LOCK_FILE: terminal id, codes, and a mark for each code that is used up. */
export const LOCK_TERMINAL_DIGITS = 5;
export const CODE_DIGITS = 8;
export const CODE_COUNT = 32;
export const LOCK_BYTES = LOCK_TERMINAL_DIGITS + CODE_COUNT * (CODE_DIGITS + 1);

const MARKS_OFFSET = LOCK_TERMINAL_DIGITS + CODE_COUNT * CODE_DIGITS;
/** A new version counts as good when the pad has served for so long. */
const SERVED_MS = 10_000;
/** Above the longest erase of a sector; most chips' watchdogs do not reach farther. */
const WATCHDOG_SECONDS = 20;
const SERVICE_TONE_HZ = 1000;
const SERVICE_TONE_MS = 300;
const SERVICE_LINE_MS = 1000;

const LOADER = readFileSync(new URL("loader.js", import.meta.url), "utf8");

/** As Espruino runs it, with this board's pins. */
export function loaderSource({ pins }: BoardProfile): string {
  const values: Record<string, string | number> = {
    ...{ BOOTS_FILE, LOCK_FILE, TRIAL_STARTS, CODE_COUNT, CODE_DIGITS, MARKS_OFFSET, SERVED_MS },
    ...{ SERVICE_LINE_MS, SERVICE_TONE_HZ, SERVICE_TONE_MS, WATCHDOG_SECONDS },
    TERMINAL_DIGITS: LOCK_TERMINAL_DIGITS,
    CODE_FILE: codeFile(""),
    SCREENS_SUFFIX,
    BUZZER: pins.buzzer,
    SERVICE_ROW: pins.keyRows[pins.keyRows.length - 1],
    SERVICE_COLUMN: pins.keyColumns[pins.keyColumns.length - 1],
  };
  const filled = LOADER.replace(/\b[A-Z]+(?:_[A-Z]+)+\b|\bBUZZER\b/g, (name) => {
    if (values[name] === undefined) throw new Error(`loader.js: what is ${name}?`);
    return String(values[name]);
  });
  return filled.replace(/^ *\/\*\*[\s\S]*?\*\/\n|^ *\/\/.*\n/gm, "").replace(/^ +/gm, "");
}

/** What BOOTS_FILE says; the loader reads it in the same way. */
export interface BootState {
  slot: string;
  /** The other version, while it can be gone back to. */
  before: string | undefined;
  isTrial: boolean;
  starts: number;
  /** Where the next letter goes. */
  end: number;
}

export function readBoots(boots: string): BootState {
  const blank = boots.indexOf("\xff");
  const end = blank < 0 ? boots.length : blank;
  const state: BootState = { slot: "a", before: undefined, isTrial: false, starts: 0, end };
  for (const letter of boots.slice(0, end)) {
    if (letter === ".") state.starts++;
    else if (letter === "!") state.isTrial = false;
    else {
      if (letter !== state.slot) state.before = state.slot;
      state.slot = letter;
      state.isTrial = true;
      state.starts = 0;
    }
  }
  return state;
}

/** The content of LOCK_FILE, with all its codes unused. */
export function lockContent(terminalId: number, codes: readonly string[]): string {
  const digits = String(terminalId).padStart(LOCK_TERMINAL_DIGITS, "0");
  return digits + codes.join("") + "\xff".repeat(CODE_COUNT);
}
