/**
 * A technician's work on a real Espruino for Linux over a pseudo-terminal: the commands as people
 * give them, in processes of their own, and what has come of them on the board.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createClubKeys, writeKeyFile } from "../../back-office/keys";
import { createPortableAes } from "../../card-layout/aes128";
import { ESP32 } from "../../firmware/boards/board-profiles";
import { crc32 } from "../../firmware/core/crc32";
import { JournalType } from "../../firmware/core/journal-entry";
import { createJournal } from "../../firmware/storage/journal";
import { packAssets } from "../../host-sim/device-assets";
import { PROJECT_ROOT } from "../sim/club";
import { freshBundle } from "../sim/fresh-bundle";
import { pause } from "./board-console";
import { update } from "./install";
import { RecordedFlash } from "./pad-flash";
import { heldConfig } from "./pad-state";
import { PtyBoard } from "./pty-board";
import { selfTest } from "./self-test";
import { type Session, withSession } from "./session";
import { StorageFiles } from "./storage-files";

const COMMAND = path.join(PROJECT_ROOT, "scripts", "clubpad.mjs");
const RULES = path.join(PROJECT_ROOT, "rulesets", "first-shop.yaml");
const TERMINAL = "3";
const UNSENT = 5;
/** A pad starts in some seconds and counts as serving after ten more. */
const SERVED_MS = 20_000;
const REBOOTED_MS = 60_000;
const { plan } = ESP32.flash;

export class TechnicianDay {
  private constructor(
    private readonly board: PtyBoard,
    private readonly folder: string,
  ) {}

  static async play(binary: string): Promise<void> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-technician-"));
    const board = await PtyBoard.open(binary);
    const day = new TechnicianDay(board, folder);
    try {
      writeKeyFile(day.keysFile, createClubKeys(7, 0, "technician"), false);
      await day.install();
      await day.testParts();
      await day.provision();
      await day.service();
      await day.keepUnsentRecords();
      await day.updateAndGoBack();
    } finally {
      board.close();
      rmSync(folder, { recursive: true });
    }
  }

  private get keysFile(): string {
    return path.join(this.folder, "club.keys.yaml");
  }

  private async install(): Promise<void> {
    await this.command(/read back the same/, "flash");
    await this.refused(/installed here already/, "flash");
  }

  private async testParts(): Promise<void> {
    const { board } = this;
    await this.session(async (session) => {
      let pressed = 0;
      const press = () => {
        const row = Math.floor(pressed / 4);
        board.holdKeys([0, 1, 2, 3].map((i) => (i === row ? 1 << (pressed % 4) : 0)).join(""));
        pressed++;
      };
      const person = { say: () => press(), ask: async () => true };
      const reports = await selfTest(session, person, () => undefined);
      board.holdKeys("0000");
      const bad = reports.filter(({ result }) => result !== "passed");
      expect(bad.length === 0, `the self-test says ${JSON.stringify(bad)}`);
    });
  }

  /** Afterwards the console is closed, and the pad serves. */
  private async provision(): Promise<void> {
    await this.command(
      /terminal 3 of club 7: new journal, epoch 0/,
      ...this.provisioning(TERMINAL),
    );
    await this.refused(/nothing answers/, "log");
    await pause(SERVED_MS);
  }

  private async service(): Promise<void> {
    this.board.powerOn({ isServiceKeyHeld: true });
    await this.refused(/terminal 3 asks for the code of service 1/, "log");
    await this.refused(/it is not this one/, "log", "--code", "12345678");
    const text = await this.command(/terminal 3 of club 7, epoch 0/, "log", ...this.withKeys());
    expect(/next record 1, 0 not sent/.test(text), `a journal without records:\n${text}`);
    await this.session(async ({ board, profile }) => {
      const boots = await new StorageFiles(board, profile).boots();
      expect(boots?.isTrial === false, "the pad has served, its version is not on trial");
    });
  }

  private async keepUnsentRecords(): Promise<void> {
    const { board } = this;
    board.powerOff();
    const image = board.flash;
    addRecords(image, UNSENT);
    board.flash = image;
    board.powerOn({ isServiceKeyHeld: true });
    await this.refused(/holds 5 records/, ...this.provisioning("4"));
    expect(Buffer.compare(board.flash, image) === 0, "a refusal touches no flash");
  }

  private async updateAndGoBack(): Promise<void> {
    const { board } = this;
    const { tokens } = await freshBundle(PROJECT_ROOT, ESP32.name);
    const journal = journalOf(board.flash);
    const screens = packAssets("en", "fa");
    await this.session(async (session) => {
      const broken = { code: `throw new Error("broken");\n${"//\n".repeat(200)}`, screens };
      const { slot, unsentCount } = await update(session, broken, () => () => undefined);
      expect(slot === "b" && unsentCount === UNSENT, `slot ${slot}, ${unsentCount} unsent`);
    });
    expect(Buffer.compare(journalOf(board.flash), journal) === 0, "the journal is untouched");
    const startsBefore = board.startCount;
    board.powerOn();
    // Three starts of the broken version end in a reboot each, the fourth goes back.
    const endMs = performance.now() + REBOOTED_MS;
    while (board.startCount < startsBefore + 4 && performance.now() < endMs) await pause(200);
    await pause(SERVED_MS / 2);
    expect(board.startCount === startsBefore + 4, `${board.startCount - startsBefore} starts`);
    board.powerOn({ isServiceKeyHeld: true });
    await this.session(async ({ board: pad, profile }) => {
      const boots = await new StorageFiles(pad, profile).boots();
      expect(boots?.slot === "a" && !boots.isTrial, `it went back: ${JSON.stringify(boots)}`);
      expect((await pad.readFile("clubpad.a")) === tokens, "to the version before");
    });
  }

  private provisioning(terminal: string): string[] {
    return ["provision", "--terminal", terminal, "--rules", RULES, ...this.withKeys()];
  }

  private withKeys(): string[] {
    return ["--keys", this.keysFile];
  }

  private session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { keysFile: keys, board } = this;
    return withSession({ port: board.port, baud: 115200, board: ESP32.name, keys }, work);
  }

  private async command(wanted: RegExp, ...words: string[]): Promise<string> {
    const { exitCode, text } = await this.run(words);
    expect(exitCode === 0 && wanted.test(text), `board ${words[0]} (${exitCode}):\n${text}`);
    return text;
  }

  private async refused(wanted: RegExp, ...words: string[]): Promise<void> {
    const { exitCode, text } = await this.run(words);
    expect(exitCode === 1 && wanted.test(text), `board ${words[0]} (${exitCode}):\n${text}`);
  }

  private run(words: string[]): Promise<{ exitCode: number | null; text: string }> {
    const at = ["--port", this.board.port, "--board", ESP32.name];
    const [name, ...rest] = words;
    const child = spawn(process.execPath, [COMMAND, "board", name, ...at, ...rest], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        text += bytes.toString();
      });
    }
    return new Promise((resolve) => child.on("close", (exitCode) => resolve({ exitCode, text })));
  }
}

/** As the pad would have written them. */
function addRecords(image: Uint8Array, count: number): void {
  const flash = new RecordedFlash(image, ESP32.flash);
  const key = heldConfig(flash, plan).config?.journalKey as Uint8Array;
  const { journalPage, journalPageCount } = plan;
  const aes = createPortableAes();
  const journal = createJournal(flash, journalPage, journalPageCount, aes, crc32, key);
  expect(journal.boot() === 0, "the pad's journal can be gone on with");
  for (let i = 0; i < count; i++) journal.append(JournalType.Boot, new Uint8Array(0), 0);
}

function journalOf(flash: Uint8Array): Uint8Array {
  return flash.subarray(plan.journalPage * plan.pageSizeBytes);
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}
