/**
 * Every part of a pad tried one by one over the console, before it is trusted with a shop's money.
 * Nothing that the pad holds is touched: of flash, only a page that is blank.
 */
import { UserError } from "../../back-office/user-error";
import { createSsd1306 } from "../../firmware/drivers/ssd1306";
import { base64, pause } from "./board-console";
import { PadFlash } from "./pad-flash";
import { heldConfig } from "./pad-state";
import { testReader } from "./reader-test";
import type { Session } from "./session";
import { StorageFiles } from "./storage-files";

/** Somebody in front of the pad. */
export interface Person {
  say(text: string): void;
  /** Yes or no. */
  ask(question: string): Promise<boolean>;
}

export type StepResult = "passed" | "failed" | "skipped";

export interface StepReport {
  name: string;
  result: StepResult;
  text: string;
}

type Step = (session: Session, person: Person | undefined) => Promise<string>;

class Skipped extends Error {}

const BLANK = 0xff;
/** Of a page that the journal has made ready for use (firmware/storage/JOURNAL.md). */
const PREPARED_BYTES = 8;
const PATTERN = Uint8Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? 0x55 : 0xaa) ^ i);
const CLOCK_MS = 2000;
const CLOCK_TOLERANCE = 0.05;
const DISPLAY_ADDRESS = 0x3c;
const DISPLAY_PAGES = 8;
const DISPLAY_COLUMNS = 128;
const KEYPAD_MS = 60_000;
const TONE_HZ = 2000;
const ALL_KEYS = 0xffff;
const LEGEND = "123A456B789C*0#D";

const STEPS: [name: string, step: Step][] = [
  ["interpreter", testInterpreter],
  ["storage", testStorage],
  ["flash", testFlash],
  ["clock", testClock],
  ["reader", testReader],
  ["display", testDisplay],
  ["keypad", testKeypad],
  ["buzzer", testBuzzer],
  ["light", testLight],
];

/** Goes through all steps, whatever comes of each. Without a person what needs one is skipped. */
export async function selfTest(
  session: Session,
  person: Person | undefined,
  onStep: (report: StepReport) => void,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const [name, step] of STEPS) {
    let report: StepReport;
    try {
      report = { name, result: "passed", text: await step(session, person) };
    } catch (error) {
      const result = error instanceof Skipped ? "skipped" : "failed";
      report = { name, result, text: (error as Error).message };
    }
    reports.push(report);
    onStep(report);
  }
  return reports;
}

async function testInterpreter({ board }: Session): Promise<string> {
  const { free, total } = await board.evaluate<{ free: number; total: number }>("process.memory()");
  const version = await board.evaluate<string>("process.env.VERSION");
  return `${version}, ${free} of ${total} variables free`;
}

async function testStorage({ board, profile }: Session): Promise<string> {
  const files = new StorageFiles(board, profile);
  await files.requireRoom([], "");
  const boots = await files.boots();
  return boots === undefined ? "no bundle yet" : `bundle in slot ${boots.slot}`;
}

async function testFlash({ board, profile }: Session): Promise<string> {
  const { flash } = profile;
  const { pageSizeBytes, journalPage, journalPageCount, pageCount } = flash.plan;
  const pages = new PadFlash(board, flash);
  const image = await pages.readPages(0, pageCount);
  const isProvisioned = heldConfig(pages.copyOf(image.slice()), flash.plan).version > 0;
  for (let page = journalPage + journalPageCount - 1; page >= journalPage; page--) {
    const content = image.subarray(page * pageSizeBytes, (page + 1) * pageSizeBytes);
    const from = isProvisioned ? PREPARED_BYTES : 0;
    if (!content.subarray(from).every((byte) => byte === BLANK)) continue;
    await pages.erase(page);
    await pages.program(page * pageSizeBytes, PATTERN);
    await pages.erase(page);
    return `page ${page} written, read and erased`;
  }
  throw new Skipped("no page is blank: the journal is full, fetch its records first");
}

async function testClock({ board }: Session): Promise<string> {
  const [padBefore, before] = [await board.evaluate<number>("getTime()"), performance.now()];
  await pause(CLOCK_MS);
  const padSeconds = (await board.evaluate<number>("getTime()")) - padBefore;
  const seconds = (performance.now() - before) / 1000;
  if (Math.abs(padSeconds / seconds - 1) > CLOCK_TOLERANCE) {
    throw new UserError(`it counts ${padSeconds.toFixed(2)} s in ${seconds.toFixed(2)} s`);
  }
  const offSeconds = Math.round(padBefore - Date.now() / 1000);
  return Math.abs(offSeconds) < 60 ? "runs and is right" : "runs; it is set when provisioning";
}

async function testDisplay(session: Session, person: Person | undefined): Promise<string> {
  await drawFrame(session);
  if (person === undefined) throw new Skipped("drawn, but nobody looks");
  const isSeen = await person.ask("Does the display show a frame along its edges?");
  if (!isSeen) throw new UserError("dark or garbled: look at SCL, SDA, VCC; address 0x3C");
  return "shows a frame";
}

/** By the firmware's own driver, whose bytes are sent from here. */
async function drawFrame({ board, profile }: Session): Promise<void> {
  const { buses, pins } = profile;
  await board.execute(`${buses.i2c}.setup({scl:${pins.scl},sda:${pins.sda},bitrate:400000})`);
  const writes: string[] = [];
  const display = createSsd1306({ write: (octets) => writes.push(octets) });
  display.initialise();
  for (let page = 0; page < DISPLAY_PAGES; page++) {
    const row = page === 0 ? "\x01" : page === DISPLAY_PAGES - 1 ? "\x80" : "\0";
    display.drawColumns(page, 0, `\xff${row.repeat(DISPLAY_COLUMNS - 2)}\xff`);
  }
  for (const octets of writes) {
    await board.evaluate(`${buses.i2c}.writeTo(${DISPLAY_ADDRESS},atob("${base64(octets)}"))`);
  }
}

async function testKeypad(session: Session, person: Person | undefined): Promise<string> {
  await readKeys(session);
  if (person === undefined) throw new Skipped("nobody presses keys");
  person.say("Press every key once, one after the other.");
  let seen = 0;
  const endMs = performance.now() + KEYPAD_MS;
  while (seen !== ALL_KEYS && performance.now() < endMs) {
    const now = await readKeys(session);
    // Two at once may be a short circuit between two wires.
    if (now !== 0 && (now & (now - 1)) === 0 && (seen & now) === 0) {
      seen |= now;
      person.say(`  ${[...LEGEND].map((key, i) => ((seen >> i) & 1 ? key : "·")).join(" ")}`);
    }
  }
  if (seen === ALL_KEYS) return "all 16 keys";
  const missing = [...LEGEND].filter((_, i) => ((seen >> i) & 1) === 0);
  throw new UserError(`not seen: ${missing.join(" ")}; keys of one row or column share a wire`);
}

/** Bit 4 * row + column for each key that is down. */
async function readKeys({ board, profile }: Session): Promise<number> {
  const rows = [...profile.pins.keyRows].reverse();
  const columns = [...profile.pins.keyColumns].reverse();
  return board.evaluate<number>(
    `(function(r,c){var m=0,i;for(i=0;i<4;i++){pinMode(r[i],"opendrain");` +
      `pinMode(c[i],"input_pullup")}for(i=0;i<4;i++){digitalWrite(r,15-(1<<i));` +
      `m|=(15-digitalRead(c))<<4*i}digitalWrite(r,15);return m})([${rows}],[${columns}])`,
  );
}

async function testBuzzer(session: Session, person: Person | undefined): Promise<string> {
  const pin = session.profile.pins.buzzer;
  await session.board.execute(
    `analogWrite(${pin},0.5,{freq:${TONE_HZ}});setTimeout(function(){digitalWrite(${pin},0)},700)`,
  );
  if (person === undefined) throw new Skipped("sounded, but nobody listens");
  if (await person.ask("Did it beep?")) return "beeps";
  throw new UserError("silent: a passive buzzer without electronics of its own is needed");
}

async function testLight(session: Session, person: Person | undefined): Promise<string> {
  const pin = session.profile.pins.light;
  await session.board.execute(
    `digitalWrite(${pin},1);setTimeout(function(){digitalWrite(${pin},0)},5000)`,
  );
  if (person === undefined) throw new Skipped("lit, but nobody looks");
  if (await person.ask("Is the light on?")) return "shines";
  throw new UserError("dark: look which way round the LED is, and at its resistor");
}
