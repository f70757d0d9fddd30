/** What `clubpad sim pad` does: one simulated pad in the terminal. */
import path from "node:path";
import { UserError } from "../../back-office/user-error";
import { type OperatedPad, openOperatedPad } from "../sim/operated-pad";
import { PadConsole } from "../sim/pad-console";

export interface SimPadOptions {
  cards: string;
  seed: string;
}

const FRAME_MS = 40;
/** A computer that was asleep does not have to catch up. */
const MAX_STEP_MS = 250;
const TO_OTHER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[2J";
const TO_FIRST_SCREEN = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

export async function simPad({ cards, seed }: SimPadOptions): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const advice = 'run "clubpad sim pad" at a terminal, or "clubpad sim run" without one';
    throw new UserError(`the pad needs a terminal with a keyboard; ${advice}`);
  }
  const pad = await openOperatedPad(cards, seed, Date.now() / 1000);
  try {
    await operate(new PadConsole(pad.club.machine, cardsOf(pad), hintOf(pad, cards)));
  } finally {
    pad.close();
  }
  console.log(`Cards and flash are in ${cards}; look at one with:`);
  console.log(`  npx clubpad card show ${path.join(cards, "sara.mfd")} --keys ${pad.keysPath}`);
}

function cardsOf({ club }: OperatedPad) {
  return [...club.cards].map(([name, card]) => ({ name, card }));
}

function hintOf({ port, keysPath }: OperatedPad, folder: string): string {
  if (port === undefined) return "";
  const words = `--port ${port} --db ${path.join(folder, "club.db")} --keys ${keysPath}`;
  return `line   in another terminal: npx clubpad pull ${words}`;
}

/** Until the quit key. The pad's time goes on with real time, however the timer fires. */
async function operate(pad: PadConsole): Promise<void> {
  const { stdin, stdout } = process;
  const onKeys = (bytes: Buffer) => pad.type(bytes.toString());
  stdout.write(TO_OTHER_SCREEN);
  stdin.setRawMode(true);
  stdin.on("data", onKeys);
  try {
    let shown = "";
    for (let lastMs = performance.now(); !pad.isOver; ) {
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
      const nowMs = performance.now();
      pad.advance(Math.min(nowMs - lastMs, MAX_STEP_MS));
      lastMs = nowMs;
      const lines = pad.picture();
      // A line that wraps would tear the picture; only the last one may.
      const picture = lines
        .map((line, index) => (index < lines.length - 1 ? line.slice(0, stdout.columns) : line))
        .join(`${CLEAR_TO_END_OF_LINE}\r\n`);
      if (picture !== shown) stdout.write(HOME + picture + CLEAR_TO_END_OF_LINE + CLEAR_BELOW);
      shown = picture;
    }
  } finally {
    stdin.off("data", onKeys);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(TO_FIRST_SCREEN);
  }
}
