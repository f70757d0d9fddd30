/** The technician's commands against a simulated console; a real one is in technician-cases.ts. */
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { createPortableAes } from "../../card-layout/aes128";
import { ESP32, ESPRUINO_WIFI } from "../../firmware/boards/board-profiles";
import { crc32 } from "../../firmware/core/crc32";
import { JournalType } from "../../firmware/core/journal-entry";
import { createJournal } from "../../firmware/storage/journal";
import { BoardConsole } from "./board-console";
import { goBack, install, update } from "./install";
import { dumpImage } from "./journal-dump";
import { LOCK_FILE, loaderSource, readBoots } from "./loader-source";
import { RecordedFlash } from "./pad-flash";
import { heldConfig, journalState } from "./pad-state";
import { provision } from "./provision";
import { serviceCode, serviceCodes } from "./service-code";
import { openBoard, type Session } from "./session";
import { SimulatedBoard } from "./simulated-console";

const aes = createPortableAes();
const KEYS = createClubKeys(7, 0, "technician");
const RULES = compileRuleset(readFileSync("rulesets/first-shop.yaml", "utf8"), "rules").bytes;
const VERSION_1 = { code: `print("one");\n${"//\n".repeat(900)}`, screens: "\0\x01\x03\n\xff" };
const VERSION_2 = { code: `print("two");\n${"//\n".repeat(901)}`, screens: "\x04\r\n" };
const INSTALL = { isErasing: false, isForced: false, onStage: () => () => undefined };
const { plan } = ESP32.flash;

function newBoard(options = {}): SimulatedBoard {
  return new SimulatedBoard({
    interpreter: "ESP32",
    flashAddress: ESP32.flash.regions[0].address,
    flashBytes: plan.pageCount * plan.pageSizeBytes,
    pageSizeBytes: plan.pageSizeBytes,
    ...options,
  });
}

async function open(board: SimulatedBoard, code?: string): Promise<Session> {
  return openBoard(board, { port: "port", baud: 115200, code }, undefined);
}

async function provisionAs(session: Session, terminalId: number, isForced = false) {
  return provision(
    session.board,
    session.profile,
    (epoch) => terminalConfigFor(aes, KEYS, terminalId, epoch, 1, RULES),
    {
      epoch: undefined,
      codes: serviceCodes(aes, KEYS, terminalId),
      unixSeconds: () => Date.now() / 1000,
      isForced,
      onStage: () => () => undefined,
    },
  );
}

/** What taps leave in the pad's journal. */
function addRecords(board: SimulatedBoard, count: number): void {
  const flash = new RecordedFlash(board.flash, ESP32.flash);
  const key = heldConfig(flash, plan).config?.journalKey as Uint8Array;
  const { journalPage, journalPageCount } = plan;
  const journal = createJournal(flash, journalPage, journalPageCount, aes, crc32, key);
  assert.is(journal.boot(), 0);
  for (let i = 0; i < count; i++) journal.append(JournalType.Boot, new Uint8Array(0), 0);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (error: Error) => error.message,
  );
}

test("a bundle is put there, read back, and not put there a second time", async () => {
  const board = newBoard();
  const session = await open(board);
  await install(session, VERSION_1, INSTALL);
  assert.is(board.files.get("clubpad.a"), VERSION_1.code);
  assert.is(board.files.get("clubpad.a.screens"), VERSION_1.screens);
  assert.is(board.files.get(".bootcde"), loaderSource(ESP32));
  assert.match(await refusal(install(session, VERSION_1, INSTALL)), /installed here already/);
  await install(session, VERSION_2, { ...INSTALL, isErasing: true });
  assert.is(board.eraseCount, 1);
  assert.is(board.files.get("clubpad.a"), VERSION_2.code);
});

test("a full Storage, another board, an old interpreter: refused, nothing is done", async () => {
  const full = newBoard({ storageBytes: 6000 });
  const text = await refusal(install(await open(full), VERSION_1, INSTALL));
  assert.match(text, /too full: \d+ bytes are needed .* of 6000 are free/);
  assert.is(full.files.size, 0);
  const options = { port: "port", baud: 115200, board: "espruino-wifi" };
  assert.match(await refusal(openBoard(newBoard(), options, undefined)), /this is a esp32/);
  assert.match(await refusal(open(newBoard({ interpreter: "PIXLJS" }))), /calls itself PIXLJS/);
  assert.match(await refusal(open(newBoard({ version: "2v19" }))), /2v19 is too old/);
  const silent = newBoard();
  silent.hasConsole = false;
  assert.match(await refusal(open(silent)), /nothing answers.*hold the key D/);
});

test("provisioning stores settings that the pad loads, and locks the console", async () => {
  const board = newBoard();
  const session = await open(board);
  const done = await provisionAs(session, 3);
  assert.is(done.epoch, 0);
  assert.ok(done.isNewJournal);
  const { config } = heldConfig(new RecordedFlash(board.flash.slice(), ESP32.flash), plan);
  assert.is(config?.terminalId, 3);
  assert.is(Buffer.compare(config?.sealMaster as Uint8Array, KEYS.sealMaster), 0);
  assert.match(board.files.get(LOCK_FILE) as string, /^00003\d{256}\xff{32}$/);
});

test("unsent records are not thrown away unless somebody insists", async () => {
  const board = newBoard();
  const session = await open(board);
  await provisionAs(session, 3);
  addRecords(board, 5);
  const before = board.flash.slice();
  const text = await refusal(provisionAs(session, 4));
  assert.match(text, /terminal 3 of club 7, and it holds 5 records/);
  assert.equal(board.flash, before);
  const same = await provisionAs(session, 3);
  assert.not.ok(same.isNewJournal);
  const copy = new RecordedFlash(board.flash.slice(), ESP32.flash);
  const key = heldConfig(copy, plan).config?.journalKey as Uint8Array;
  assert.is(journalState(copy, plan, key).unsentCount, 5);
  const other = await provisionAs(session, 4, true);
  assert.ok(other.isNewJournal);
  const after = new RecordedFlash(board.flash.slice(), ESP32.flash);
  const newKey = heldConfig(after, plan).config?.journalKey as Uint8Array;
  assert.equal(journalState(after, plan, newKey), {
    isReadable: true,
    nextSequence: 1,
    unsentCount: 0,
  });
});

test("an update keeps journal and old version, and one can go back", async () => {
  const board = newBoard();
  const session = await open(board);
  assert.match(await refusal(update(session, VERSION_2, INSTALL.onStage)), /no pad is installed/);
  await install(session, VERSION_1, INSTALL);
  await provisionAs(session, 3);
  addRecords(board, 7);
  const journal = board.flash.slice(plan.journalPage * plan.pageSizeBytes);
  assert.match(await refusal(goBack(session)), /no version before/);
  const { slot, unsentCount } = await update(session, VERSION_2, INSTALL.onStage);
  assert.is(slot, "b");
  assert.is(unsentCount, 7);
  assert.equal(board.flash.slice(plan.journalPage * plan.pageSizeBytes), journal);
  assert.is(board.files.get("clubpad.a"), VERSION_1.code);
  assert.is(readBoots(board.files.get("clubpad.boots") as string).slot, "b");
  const again = await refusal(update(session, VERSION_2, INSTALL.onStage));
  assert.match(again, /has this version already/);
  assert.is(await goBack(session), "a");
  const state = readBoots(board.files.get("clubpad.boots") as string);
  assert.equal([state.slot, state.isTrial], ["a", false]);
});

test("an update for which there is no room changes nothing", async () => {
  const board = newBoard({ storageBytes: 12000 });
  const session = await open(board);
  await install(session, VERSION_1, INSTALL);
  const before = new Map(board.files);
  const wide = { ...VERSION_2, code: VERSION_2.code.repeat(2) };
  assert.match(await refusal(update(session, wide, INSTALL.onStage)), /too full/);
  assert.equal(board.files, before);
  const wifi = { ...session, profile: { ...ESPRUINO_WIFI, flash: ESP32.flash } };
  const large = { ...VERSION_2, code: "//".repeat(20000) };
  assert.match(await refusal(update(wifi, large, INSTALL.onStage)), /no room for two versions/);
});

test("a locked pad opens for its one-time code and for no other", async () => {
  const board = newBoard();
  board.password = serviceCode(aes, KEYS, 3, 1);
  board.isLocked = true;
  assert.match(await refusal(open(board)), /asks for the code/);
  assert.match(await refusal(open(board, "00000000")), /it is not this one/);
  const session = await open(board, board.password);
  assert.is(await session.board.evaluate("1+1"), 2);
});

test("codes are of one terminal and one service", () => {
  const codes = serviceCodes(aes, KEYS, 3);
  assert.is(new Set([...codes, ...serviceCodes(aes, KEYS, 4)]).size, 64);
  assert.is(codes[4], serviceCode(aes, KEYS, 3, 5));
  for (const code of codes) assert.match(code, /^\d{8}$/);
});

test("a dump shows records and settings, and no key", async () => {
  const board = newBoard();
  await provisionAs(await open(board), 3);
  addRecords(board, 3);
  const text = dumpImage(board.flash, ESP32, { count: 2, journalKey: undefined });
  assert.match(text, /terminal 3 of club 7, epoch 0, issuer 1/);
  assert.match(text, /next record 4, 3 not sent, 3 held/);
  assert.match(text, /#2 boot\n {2}#3 boot$/);
  for (const key of [KEYS.sealMaster, KEYS.sectorMaster]) {
    assert.not.ok(text.includes(Buffer.from(key).toString("hex").slice(0, 8)));
  }
});

test("a refusal of the line before, which comes late, is not taken for the code's", async () => {
  const board = newBoard();
  board.password = serviceCode(aes, KEYS, 3, 1);
  board.isLocked = true;
  const console = new BoardConsole(board);
  // What `knock` sends, ahead of the code.
  board.lateMs = 60;
  board.write(Buffer.from("\n"));
  assert.is(await console.unlock(board.password), true);
  board.isLocked = true;
  assert.is(await console.unlock("00000000"), false);
});

test("what the interpreter throws is told", async () => {
  const board = new BoardConsole(newBoard());
  assert.is(await board.knock(), "open");
  assert.match(await refusal(board.evaluate("nothing.there")), /refuses: ReferenceError/);
});

// --- the loader

interface LoaderRun {
  evaluated: string[];
  password: string | undefined;
  console: unknown;
  restarts: number;
  serve(): void;
}

/** Starts the loader as the interpreter does, on the board's Storage. */
function start(board: SimulatedBoard, isServiceKeyHeld = false): LoaderRun {
  const run: LoaderRun = {
    evaluated: [],
    password: undefined,
    console: "open",
    restarts: 0,
    serve: () => undefined,
  };
  const globals: Record<string, unknown> = {
    require: () => ({
      read: (name: string) => board.files.get(name),
      write: (name: string, data: string, offset: number, size: number) =>
        board.writeFile(name, data, offset, size),
    }),
    process: { env: { BOARD: "ESP32" }, on: () => undefined },
    E: {
      setConsole: (device: unknown) => {
        run.console = device;
      },
      setPassword: (code: string) => {
        run.password = code;
      },
      lockConsole: () => undefined,
      enableWatchdog: () => undefined,
      reboot: () => run.restarts++,
    },
    pinMode: () => undefined,
    digitalWrite: () => undefined,
    digitalRead: () => (isServiceKeyHeld ? 0 : 1),
    analogWrite: () => undefined,
    setTimeout: (work: () => void) => work(),
    setInterval: () => undefined,
    eval: (code: string) => run.evaluated.push(code),
    print: () => undefined,
  };
  for (const pin of Object.values(ESP32.pins).flat()) globals[pin] = pin;
  createContext(globals);
  runInContext(loaderSource(ESP32), globals);
  run.serve = () => (globals.loader as { serving(): void }).serving();
  return run;
}

test("a version on trial that never serves is given up for the one before", async () => {
  const board = newBoard();
  const session = await open(board);
  await install(session, VERSION_1, INSTALL);
  const first = start(board);
  assert.equal(first.evaluated, [VERSION_1.code]);
  first.serve();
  await update(session, VERSION_2, INSTALL.onStage);
  for (let i = 0; i < 3; i++) assert.equal(start(board).evaluated, [VERSION_2.code]);
  assert.equal(start(board).evaluated, [VERSION_1.code]);
  assert.equal(start(board).evaluated, [VERSION_1.code]);
  assert.equal(readBoots(board.files.get("clubpad.boots") as string).isTrial, false);
});

test("a version that serves stays however often the pad starts, and writes no more", async () => {
  const board = newBoard();
  const session = await open(board);
  await install(session, VERSION_1, INSTALL);
  start(board).serve();
  await update(session, VERSION_2, INSTALL.onStage);
  start(board).serve();
  const boots = board.files.get("clubpad.boots");
  for (let i = 0; i < 9; i++) assert.equal(start(board).evaluated, [VERSION_2.code]);
  assert.is(board.files.get("clubpad.boots"), boots);
});

test("the first version has none before it and is tried for ever", async () => {
  const board = newBoard();
  await install(await open(board), VERSION_1, INSTALL);
  for (let i = 0; i < 600; i++) assert.equal(start(board).evaluated, [VERSION_1.code]);
});

test("a provisioned pad has no console; the service key opens it under a new code", async () => {
  const board = newBoard();
  const session = await open(board);
  await install(session, VERSION_1, INSTALL);
  assert.is(start(board).console, "open");
  await provisionAs(session, 3);
  assert.is(start(board).console, null);
  for (let service = 1; service <= 34; service++) {
    const run = start(board, true);
    assert.equal(run.evaluated, []);
    assert.is(run.password, serviceCode(aes, KEYS, 3, Math.min(service, 32)));
    assert.is(run.console, "open");
  }
});

test.run();
