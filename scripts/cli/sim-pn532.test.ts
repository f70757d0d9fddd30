/** `clubpad sim pn532` as another program meets it: over its port, and through its card's file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createPn532 } from "../../firmware/drivers/pn532";
import { createPn532Uart } from "../../firmware/drivers/pn532-uart";
import { KeyType } from "../../firmware/hal/card-reader";
import { blankImage } from "../../host-sim/mfd";
import { emptySelection, TRANSPORT_KEY } from "../../host-sim/reader-bench";
import { type TestFolder, testFolder } from "../sim/test-run";
import { type SimPn532Options, simPn532 } from "./sim-pn532";

const test = suite("sim pn532");
const COMMAND = new URL("../clubpad.mjs", import.meta.url).pathname;
const UID_7 = Buffer.from("04782e21801d80", "hex");
const CONTENT = Buffer.from("what was written");

let folder: TestFolder;
let child: ChildProcess | undefined;
test.before.each(() => {
  folder = testFolder();
});
test.after.each(() => {
  child?.kill();
  folder.remove();
});

interface Run {
  process: ChildProcess;
  /** Resolves with the exit code and all that was printed. */
  ended: Promise<{ code: number | null; text: string }>;
  /** Resolves when the port is there, or when it never will be. */
  started: Promise<unknown>;
}

function start(...words: string[]): Run {
  const process_ = spawn(process.execPath, [COMMAND, "sim", "pn532", ...words], {
    cwd: folder.at("."),
  });
  child = process_;
  let text = "";
  const note = (chunk: Buffer) => {
    text += chunk.toString();
  };
  process_.stdout.on("data", note);
  process_.stderr.on("data", note);
  const ended = once(process_, "close").then(([code]) => ({ code: code as number | null, text }));
  return {
    process: process_,
    ended,
    started: Promise.race([once(process_.stdout, "data"), ended]),
  };
}

/** The firmware's own driver, in real time on the real port. */
function openReader(port: string) {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  const descriptor = openSync(port, flags);
  const bytes = Buffer.alloc(64);
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const read = (out: { [index: number]: number }) => {
    try {
      const count = readSync(descriptor, bytes, 0, bytes.length, null);
      for (let i = 0; i < count; i++) out[i] = bytes[i];
      return count;
    } catch {
      Atomics.wait(nap, 0, 0, 1);
      return 0;
    }
  };
  const write = (from: ArrayLike<number>, lengthBytes: number) => {
    try {
      writeSync(descriptor, Uint8Array.from(from).subarray(0, lengthBytes));
    } catch {
      // The port has gone: that is a chip that says nothing.
    }
  };
  // The simulator runs on a busy computer: its clock is ours, slowed down.
  const clock = {
    nowMs: () => performance.now() / 50,
    unixSeconds: () => 0,
    setUnixSeconds: () => undefined,
    waitMs: () => undefined,
  };
  return {
    reader: createPn532(createPn532Uart({ hasWaiting: () => true, read, write }), clock),
    descriptor,
  };
}

test("a program reads and writes the card, and the file has it at once", async () => {
  writeFileSync(folder.at("card.mfd"), blankImage(UID_7));
  const run = start("--card", "card.mfd", "--link", "port");
  await run.started;
  const { reader, descriptor } = openReader(folder.at("port"));
  const selected = emptySelection();
  assert.is(reader.initialise(), 0);
  assert.is(reader.probeMagic(), 0);
  assert.is(reader.select(selected), 0);
  assert.equal(Buffer.from(selected.uid as Uint8Array), UID_7);
  assert.is(reader.authenticate(selected, 5, KeyType.A, TRANSPORT_KEY, 0), 0);
  assert.is(reader.writeBlock(5, CONTENT, 0), 0);
  assert.equal(readFileSync(folder.at("card.mfd")).subarray(80, 96), CONTENT);
  closeSync(descriptor);
  run.process.kill("SIGTERM");
  const { code, text } = await run.ended;
  assert.is(code, 0, text);
  assert.match(text, /LIBNFC_DEVICE=pn532_uart:\S+port nfc-list/);
});

test("a file that somebody else changes is left alone", async () => {
  const run = start("--card", "card.mfd", "--new", "--link", "port");
  await run.started;
  const { reader, descriptor } = openReader(folder.at("port"));
  const selected = emptySelection();
  assert.is(reader.initialise() || reader.select(selected), 0);
  assert.is(reader.authenticate(selected, 5, KeyType.A, TRANSPORT_KEY, 0), 0);
  writeFileSync(folder.at("card.mfd"), blankImage(UID_7));
  reader.writeBlock(5, CONTENT, 0);
  closeSync(descriptor);
  const { code, text } = await run.ended;
  assert.is(code, 1);
  assert.match(text, /^clubpad: another program has changed card\.mfd; .* card\.mfd\.sim$/m);
  assert.equal(readFileSync(folder.at("card.mfd")), Buffer.from(blankImage(UID_7)));
  assert.equal(readFileSync(folder.at("card.mfd.sim")).subarray(80, 96), CONTENT);
});

test("what people get wrong is said in one line", async () => {
  const cardPath = folder.at("card.mfd");
  writeFileSync(folder.at("big.mfd"), new Uint8Array(4096));
  writeFileSync(cardPath, blankImage(UID_7));
  const wrong: [options: Partial<SimPn532Options>, message: RegExp][] = [
    [{ card: folder.at("none.mfd") }, /none\.mfd: no such file; add --new to make a blank card/],
    [{ card: folder.at("big.mfd") }, /big\.mfd: this dump is a MIFARE Classic 4K/],
    [{ new: true }, /card\.mfd exists already; leave --new away to use it/],
    [{ link: path.join(cardPath, "port") }, /no pseudo-terminal/],
  ];
  for (const [options, message] of wrong) {
    const usual = { card: cardPath, link: folder.at("port"), seed: "1" };
    const refused = await simPn532({ ...usual, ...options }).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.match(refused, message);
  }
});

test.run();
