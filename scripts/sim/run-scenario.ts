/** Runs a scenario from new keys to the ledger, and gathers all that can be said about it. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { Database } from "../../back-office/database";
import { writeKeyFile } from "../../back-office/keys";
import { UserError } from "../../back-office/user-error";
import type { RfStatistics } from "../../host-sim/rf-field";
import type { Scenario } from "../../host-sim/scenario";
import { ScenarioFailure, ScenarioPlayer, type StepReport } from "../../host-sim/scenario-player";
import { SerialWire } from "../../host-sim/serial-wire";
import { createSimClub, PROJECT_ROOT, type SimClub, saveCards } from "./club";
import { type FreshBundle, freshBundle } from "./fresh-bundle";
import { SimOffice } from "./office";
import { broughtAlong, type Reconciliation, reconcile } from "./reconcile";

export interface RunOptions {
  seed: string;
  /** Undefined: `out/cards`, and all cards come new from the box. */
  cards?: string;
  /** Undefined: `out/club.db`, made anew. */
  db?: string;
  /** Undefined: `out/club.keys.yaml`, made anew from the seed. */
  keys?: string;
}

export interface TapStatistics {
  count: number;
  doneCount: number;
  /** Of the taps that came to `done`, virtual milliseconds. */
  minMs: number;
  medianMs: number;
  maxMs: number;
}

export interface RunReport {
  scenario: { title: string; file: string };
  seed: string;
  /** The command that does the same again. */
  replay: string;
  bundle: { sha256: string; sizeBytes: number; isBuiltNow: boolean };
  steps: StepReport[];
  taps: TapStatistics;
  radio: RfStatistics;
  spi: { frames: number; bytes: number };
  serial: { bytesToPad: number; bytesFromPad: number; batches: number };
  flash: { programmedBytes: number; erasedPages: number };
  accounts: Reconciliation["accounts"];
  ledger: Reconciliation["ledger"];
  /** Unit of the pad's display. */
  unit: { name: string; rial: number };
  files: { cards: string; db: string; keys: string };
  virtualSeconds: number;
  wallSeconds: number;
  /** SHA-256 over every step, every display, every card: equal for equal seeds. */
  traceHash: string;
  /** What disagrees; none when all is well. */
  problems: string[];
}

export interface RunListener {
  started(bundle: FreshBundle): void;
  stepped(report: StepReport): void;
}

const BOARD = "esp32";
const BAUD_RATE = 115_200;
const WORD_SIZE_BYTES = 4;
const TERMINAL_EPOCH_MAX = 255;
const OUT_FOLDER = "out";

/** Ends normally also when something disagrees: see `problems`. */
export async function runScenario(
  scenario: Scenario,
  options: RunOptions,
  listener: RunListener,
): Promise<RunReport> {
  const startMs = performance.now();
  const bundle = await freshBundle(PROJECT_ROOT, BOARD);
  listener.started(bundle);
  const files = prepareFiles(options);
  const club = createSimClub(scenario, {
    seed: options.seed,
    bundle: bundle.code,
    keysPath: options.keys,
    cardsFolder: options.cards,
    terminalEpoch: nextTerminalEpoch(files.db, scenario.terminal),
  });
  const isKeyFileThere = options.keys !== undefined && existsSync(files.keys);
  if (!isKeyFileThere) writeKeyFile(files.keys, club.keys, true);
  Database.open(files.db, { clubId: club.keys.clubId, mayCreate: true }).close();
  const office = new SimOffice(club, scenario, { dbPath: files.db, keysPath: files.keys });
  const brought = broughtAlong(scenario, club, office, files.db);
  const wire = new SerialWire(club.machine, club.machine.board.office, BAUD_RATE);
  const steps: StepReport[] = [];
  const problems = await play(scenario, club, office, wire, (report) => {
    steps.push(report);
    listener.stepped(report);
  });
  saveCards(club, files.cards);
  const {
    accounts,
    ledger,
    problems: differences,
  } = reconcile(...([scenario, club, office, files.db, brought] as const));
  // After a step that failed the office may not know all taps yet.
  if (problems.length === 0) problems.push(...differences);
  return {
    scenario: { title: scenario.title, file: scenario.fileName },
    seed: options.seed,
    replay: replayCommand(scenario, options),
    bundle: { sha256: bundle.sha256, sizeBytes: bundle.sizeBytes, isBuiltNow: bundle.isBuiltNow },
    steps,
    taps: tapStatistics(steps),
    ...counters(club, wire, office),
    accounts,
    ledger,
    unit: { name: club.unitName, rial: club.unitRial },
    files,
    virtualSeconds: club.machine.board.clock.nowUs / 1e6,
    wallSeconds: (performance.now() - startMs) / 1000,
    traceHash: traceHash(steps, club),
    problems,
  };
}

/** Returns the failure as a problem, so that what happened before it can still be looked at. */
async function play(
  scenario: Scenario,
  club: SimClub,
  office: SimOffice,
  wire: SerialWire,
  onStep: (report: StepReport) => void,
): Promise<string[]> {
  const { machine, desk, cards } = club;
  const player = new ScenarioPlayer(scenario, { machine, desk, cards, office, wire });
  try {
    await player.play(onStep);
    return [];
  } catch (error) {
    if (error instanceof ScenarioFailure) return [error.message];
    throw error;
  }
}

function prepareFiles({ cards, db, keys }: RunOptions): RunReport["files"] {
  if (db !== undefined && existsSync(db) && cards === undefined) {
    const text = "has taps of earlier runs; say with --cards where their cards are, too";
    throw new UserError(`${db} ${text}`);
  }
  mkdirSync(OUT_FOLDER, { recursive: true });
  const ownDb = path.join(OUT_FOLDER, "club.db");
  if (db === undefined) {
    for (const ending of ["", "-wal", "-shm"]) rmSync(ownDb + ending, { force: true });
  }
  return {
    cards: cards ?? path.join(OUT_FOLDER, "cards"),
    db: db ?? ownDb,
    keys: keys ?? path.join(OUT_FOLDER, "club.keys.yaml"),
  };
}

/** The simulated pad is new in every run, so its journal begins anew: that is a new epoch. */
function nextTerminalEpoch(dbPath: string, terminal: number): number {
  if (!existsSync(dbPath)) return 0;
  const database = Database.open(dbPath);
  try {
    const sql = "SELECT coalesce(max(epoch) + 1, 0) AS epoch FROM terminals WHERE terminal = ?";
    const epoch = Number(database.get(sql, terminal)?.epoch);
    if (epoch <= TERMINAL_EPOCH_MAX) return epoch;
    throw new UserError(`${dbPath}: terminal ${terminal} has used up its epochs; take another`);
  } finally {
    database.close();
  }
}

function replayCommand({ fileName }: Scenario, options: RunOptions): string {
  const words = ["npx clubpad sim run", fileName, "--seed", options.seed];
  for (const name of ["cards", "db", "keys"] as const) {
    const value = options[name];
    if (value !== undefined) words.push(`--${name}`, value);
  }
  return words.join(" ");
}

function tapStatistics(steps: StepReport[]): TapStatistics {
  const taps = steps.flatMap(({ tap }) => tap ?? []);
  const done = taps.filter(({ result }) => result === "done");
  const times = done.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return {
    count: taps.length,
    doneCount: done.length,
    minMs: times[0] ?? 0,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    maxMs: times.at(-1) ?? 0,
  };
}

function counters(club: SimClub, wire: SerialWire, office: SimOffice) {
  const { field, reader, flash } = club.machine.board;
  const { programmedWords, erasedPages } = flash.statistics;
  const { bytesToPad, bytesFromPad } = wire;
  return {
    radio: { ...field.statistics },
    spi: { ...reader.statistics },
    serial: { bytesToPad, bytesFromPad, batches: office.batchCount },
    flash: { programmedBytes: programmedWords * WORD_SIZE_BYTES, erasedPages },
  };
}

/** Of a sync only that it happened: how often the line was asked is a matter of the computer. */
function traceHash(steps: StepReport[], club: SimClub): string {
  const hash = createHash("sha256");
  for (const { number, kind, title, outcome, atUnixSeconds, tap, shots } of steps) {
    const seen = shots.map(({ text }) => text);
    hash.update(JSON.stringify([number, kind, title, atUnixSeconds, tap ?? null, seen]));
    if (kind !== "sync") hash.update(outcome);
  }
  for (const [name, card] of club.cards) hash.update(name).update(card.image);
  return hash.digest("hex");
}
