/**
 * The back office of a soak: the real database code, ingest and link, and the ways in which a
 * server fails between taking a batch and acknowledging it.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { PadState, TerminalKeys } from "../../back-office/batch";
import { Database, type SqlValue } from "../../back-office/database";
import { addHotCard, hotCards } from "../../back-office/down-lists";
import { Downlink } from "../../back-office/downlink";
import { Ingest, type IssuedCard } from "../../back-office/ingest";
import { type ClubKeys, keysForPad } from "../../back-office/keys";
import { LinkError, PadLink } from "../../back-office/link";
import { orderPatch, type PatchOrder } from "../../back-office/patches";
import { pushBlob, setClock } from "../../back-office/push";
import { verifyDatabase } from "../../back-office/verify";
import type { Query } from "../../oracle/ledger-model";
import { SHOP_AES } from "./shop-pad";
import type { SoakLine } from "./soak-line";

/** Where the server fails; `statement` counts within one batch. */
export type ServerFault =
  | { kind: "crashBeforeStore"; batch: number }
  | { kind: "crashInside"; batch: number; statement: number }
  | { kind: "crashAfterStore"; batch: number }
  | { kind: "diskFull"; batch: number };

/** The server is gone in the middle of its work. */
class ServerCrash extends Error {}

const MOST_PAGES = 1_073_741_823;
/** A line that is bad, and a pad in the middle of a sale, which takes nothing. */
const MAY_FAIL = ["no-answer", "noise", "refused"];

export class SoakOffice {
  private database: Database;
  private ingest: Ingest;
  private readonly folder: string | undefined;
  private fileCount = 0;

  /** `isFile`: on disk, so that a crash leaves what is in the files at that moment. */
  constructor(
    private readonly keys: ClubKeys,
    ruleset: Uint8Array,
    isFile: boolean,
  ) {
    this.folder = isFile ? mkdtempSync(path.join(os.tmpdir(), "clubpad-soak-")) : undefined;
    this.database = this.open(this.nextPath());
    this.ingest = new Ingest(this.database, keys, SHOP_AES);
    this.ingest.addRuleset(ruleset);
  }

  get query(): Query {
    return (sql) => this.database.all(sql);
  }

  enter(card: IssuedCard): void {
    this.ingest.addIssuedCard(card);
  }

  /** Orders something for a card; returns its number. */
  order(order: Omit<PatchOrder, "reason">): number {
    return orderPatch(this.database, { ...order, reason: "soak" });
  }

  block(serial: number): void {
    addHotCard(this.database, { serial, cardNumber: 0, reason: "soak" });
  }

  hotSerials(): number[] {
    return hotCards(this.database).map(({ serial }) => serial);
  }

  /**
   * After a sync: the time and the lists go down. `now` is the right time; `announce` is told of
   * lists, and the serials on them, before a byte of them is sent.
   */
  async send(
    line: SoakLine,
    firstRequest: number,
    now: () => number,
    announce: (terminal: number, version: number, serials: number[]) => void,
  ): Promise<string> {
    const { database, keys } = this;
    const keysOf = (pad: PadState) => keysForPad(SHOP_AES, keys, pad);
    const link = new PadLink(line, { keysOf, aes: SHOP_AES, timer: line.timer, firstRequest });
    const talk = async () => {
      const pad = await link.hello();
      const padKeys = keysOf(pad) as TerminalKeys;
      await setClock(link, padKeys, now, SHOP_AES);
      const state = await link.hello();
      const lists = new Downlink(database, keys, SHOP_AES).listsFor(state, now());
      if (lists === undefined) return;
      announce(state.terminalId, lists.version, this.hotSerials());
      await pushBlob(link, padKeys, state, lists, undefined, SHOP_AES);
    };
    let outcome = "sent";
    const watched = talk().catch((error: unknown) => {
      if (!(error instanceof LinkError) || !MAY_FAIL.includes(error.code)) throw error;
      outcome = error.code;
    });
    await line.run(watched);
    return outcome;
  }

  /** One sync. Returns what it came to; anything but a fault of the line or of ours is thrown. */
  async fetch(line: SoakLine, firstRequest: number, fault: ServerFault | undefined) {
    const { keys } = this;
    let batchCount = 0;
    const link = new PadLink(line, {
      keysOf: (pad) => keysForPad(SHOP_AES, keys, pad),
      aes: SHOP_AES,
      timer: line.timer,
      firstRequest,
    });
    const work = link.pullBatches(
      (batch) => {
        batchCount++;
        const isStruck = fault?.batch === batchCount;
        if (isStruck && fault.kind === "crashBeforeStore") throw new ServerCrash();
        if (isStruck && fault.kind === "crashInside") this.crashAt(fault.statement);
        if (isStruck && fault.kind === "diskFull") this.limitPages(this.pageCount());
        const result = this.ingest.storeBatch(batch);
        if (result.kind !== "stored") throw new Error(`batch not stored: ${result.kind}`);
        if (isStruck && fault.kind === "crashAfterStore") throw new ServerCrash();
      },
      { positionOf: (pad) => this.ingest.positionOf(pad) },
    );
    let outcome = "fetched";
    const watched = work.catch((error: unknown) => {
      outcome = outcomeOf(error);
    });
    await line.run(watched);
    // A fault that did not strike must not strike at the next sync.
    Reflect.deleteProperty(this.database, "run");
    this.limitPages(MOST_PAGES);
    if (outcome === "crash") this.restart();
    return { outcome, batchCount };
  }

  /** What `clubpad verify` would find. */
  problems(): string[] {
    const invariants = verifyDatabase(this.database, this.keys, SHOP_AES);
    return invariants.flatMap(({ name, problems }) => problems.map((text) => `${name}: ${text}`));
  }

  close(): void {
    this.database.close();
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true });
  }

  private open(file: string): Database {
    return Database.open(file, { clubId: this.keys.clubId, mayCreate: true });
  }

  private nextPath(): string {
    if (this.folder === undefined) return ":memory:";
    this.fileCount++;
    return path.join(this.folder, `club-${this.fileCount}.db`);
  }

  /** A new process on what the old one left; in memory, the open transaction is undone. */
  private restart(): void {
    if (this.folder === undefined) return;
    const { path: before } = this.database;
    this.database.close();
    const next = this.nextPath();
    this.database = this.open(existsSync(next) ? next : before);
    this.ingest = new Ingest(this.database, this.keys, SHOP_AES);
  }

  /** The statement with this number is the last thing the server did not do. */
  private crashAt(statement: number): void {
    const { database } = this;
    let left = statement;
    const run = database.run.bind(database);
    database.run = (sql: string, ...values: SqlValue[]) => {
      left--;
      if (left >= 0) return run(sql, ...values);
      this.keepFiles();
      throw new ServerCrash();
    };
  }

  /** The files as they are at this moment, with the transaction half done. */
  private keepFiles(): void {
    if (this.folder === undefined) return;
    const kept = path.join(this.folder, `club-${this.fileCount + 1}.db`);
    for (const end of ["", "-wal"]) {
      if (existsSync(this.database.path + end)) copyFileSync(this.database.path + end, kept + end);
    }
  }

  private pageCount(): number {
    return Number(this.database.get("PRAGMA page_count")?.page_count);
  }

  private limitPages(count: number): void {
    this.database.all(`PRAGMA max_page_count = ${count}`);
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof ServerCrash) return "crash";
  if (error instanceof LinkError) {
    // An honest pad is never taken for another one.
    if (["no-answer", "noise"].includes(error.code)) return error.code;
    throw error;
  }
  if (error instanceof Error && /full/.test(error.message)) return "disk full";
  throw error;
}
