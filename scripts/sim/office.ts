/**
 * The office of a simulated club: personalises cards, reads them, and fetches the pad's journal
 * with the real `clubpad pull` in a process of its own over a pseudo-terminal.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { inspectCard } from "../../back-office/card-inspection";
import { Database } from "../../back-office/database";
import { Ingest, type IssuedCard } from "../../back-office/ingest";
import { createPortableAes } from "../../card-layout/aes128";
import { openPty, type Pty } from "../../host-sim/pty";
import type { Scenario, ScenarioCard } from "../../host-sim/scenario";
import { type CardLook, type Office, ScenarioFailure } from "../../host-sim/scenario-player";
import type { SerialWire } from "../../host-sim/serial-wire";
import { reasonOf } from "../cli/input";
import { newClubCard, PROJECT_ROOT, type SimClub } from "./club";

export interface OfficeFiles {
  dbPath: string;
  keysPath: string;
}

/** What `clubpad pull` says after each batch. */
const BATCH_LINE = /\d+ of \d+ records/g;
const COMMAND = path.join(PROJECT_ROOT, "scripts", "clubpad.mjs");

export class SimOffice implements Office {
  readonly unitRial: number;
  readonly unitName: string;
  /** Batches fetched and acknowledged. */
  batchCount = 0;
  private readonly aes = createPortableAes();

  constructor(
    private readonly club: SimClub,
    private readonly scenario: Scenario,
    private readonly files: OfficeFiles,
  ) {
    this.unitRial = club.unitRial;
    this.unitName = club.unitName;
  }

  personalise(entry: ScenarioCard, blank: Uint8Array, uid: Uint8Array): Uint8Array {
    const { startDay } = this.scenario;
    const { image, card } = newClubCard(this.club.keys, entry, startDay, blank, uid);
    this.enter(card);
    return image;
  }

  look(image: Uint8Array, uid: Uint8Array): CardLook {
    const { verdict, slots } = inspectCard(this.aes, this.club.keys, image, uid);
    const state = slots.find(({ role }) => role === "current")?.state;
    const lots = state?.lots ?? [];
    const creditRial = lots.reduce((sum, { amountRial }) => sum + amountRial, 0);
    return { verdict, creditRial, points: state?.points ?? 0 };
  }

  async sync(wire: SerialWire, rulesFile?: string): Promise<string> {
    const pty = await openLine();
    pty.onData((bytes) => {
      const answer = wire.receive(bytes);
      if (answer.length > 0) void pty.write(answer);
    });
    try {
      return await this.session(pty.path, rulesFile);
    } finally {
      pty.close();
    }
  }

  async order(words: string[]): Promise<string> {
    return (await clubpad([...words, "--db", this.files.dbPath])).out;
  }

  private enter(card: IssuedCard): void {
    const { keys } = this.club;
    const database = Database.open(this.files.dbPath, { clubId: keys.clubId, mayCreate: true });
    try {
      new Ingest(database, keys, this.aes).addIssuedCard(card);
    } finally {
      database.close();
    }
  }

  /** The command as anybody would type it; returns its last line. */
  private async session(port: string, rulesFile: string | undefined): Promise<string> {
    const { dbPath, keysPath } = this.files;
    const { rulesetPath, issuer } = this.scenario;
    const words = [
      rulesFile === undefined ? "pull" : "push",
      "--port",
      port,
      "--db",
      dbPath,
      "--keys",
      keysPath,
    ];
    // The pad has the simulation's time, and lists are dated by it.
    const nowSeconds = Math.floor(this.club.machine.board.unixSeconds());
    words.push("--clock", "off", "--at", String(nowSeconds));
    const published = rulesFile && path.join(path.dirname(rulesetPath), rulesFile);
    words.push("--rules", published ?? rulesetPath, "--issuer", String(issuer));
    const { out, errors } = await clubpad(words);
    this.batchCount += errors.match(BATCH_LINE)?.length ?? 0;
    return out.split("\n").at(-1) ?? "";
  }
}

async function clubpad(words: string[]) {
  const result = await run(process.execPath, [COMMAND, ...words]);
  if (result.code === 0) return result;
  throw new ScenarioFailure(`clubpad ${words[0]} failed: ${result.errors || result.out}`);
}

async function openLine(): Promise<Pty> {
  try {
    return await openPty();
  } catch (error) {
    const need = "a sync needs Linux with /dev/ptmx, stty and perl";
    throw new ScenarioFailure(`no pseudo-terminal here (${reasonOf(error)}): ${need}`);
  }
}

function run(
  program: string,
  words: string[],
): Promise<{ code: number | null; out: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    child.stdout.on("data", (text: Buffer) => {
      out += text.toString();
    });
    child.stderr.on("data", (text: Buffer) => {
      errors += text.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out: out.trim(), errors: errors.trim() }));
  });
}
