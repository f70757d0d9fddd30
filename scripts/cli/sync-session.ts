/**
 * One session with a pad on a port: its journal up, then the time, settings and lists down. What
 * was stored stays stored, whatever goes wrong behind it.
 */
import type { PadState, VerifiedBatch } from "../../back-office/batch";
import { Database } from "../../back-office/database";
import type { DownBlob } from "../../back-office/down-seals";
import { Downlink } from "../../back-office/downlink";
import { Ingest } from "../../back-office/ingest";
import { type ClubKeys, keysForPad, readKeyFile } from "../../back-office/keys";
import { ledgerReport } from "../../back-office/ledger";
import { LinkError, PadLink } from "../../back-office/link";
import { noteTerms, warnings } from "../../back-office/offers/programmes";
import { pushBlob, setClock } from "../../back-office/push";
import { compileRuleset } from "../../back-office/rules/compile";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { BlobKind } from "../../firmware/core/sync-messages";
import { readText } from "./input";
import { openSerialLine } from "./serial-line";

export interface SessionOptions {
  port: string;
  db: string;
  keys: string;
  baud: number;
  /** Rulesets to check taps against. */
  rules?: string[];
  /** Rules that every pad should work by from now on. */
  publish?: string;
  issuer?: number;
  upOnly?: boolean;
  /** "now", "off", or Unix seconds. */
  clock: string;
  /** Unix seconds to date lists by; undefined = now. */
  at?: number;
}

/** What was sent down, in words. */
interface DownResult {
  parts: string[];
  refusals: string[];
}

/** Returns the line that says what happened; a refusal of the pad also sets the exit code. */
export async function runSession(options: SessionOptions): Promise<string> {
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const compile = (path: string) => compileRuleset(readText(path), path);
  const rulesets = (options.rules ?? []).map(compile);
  const published = options.publish === undefined ? undefined : compile(options.publish);
  const now = clockOf(options.clock);
  const line = await openSerialLine(options.port, options.baud);
  let database: Database | undefined;
  try {
    database = Database.open(options.db, { clubId: keys.clubId, mayCreate: true });
    const ingest = new Ingest(database, keys, aes);
    const downlink = new Downlink(database, keys, aes);
    for (const { bytes } of rulesets) ingest.addRuleset(bytes);
    if (published !== undefined) downlink.publishRules(ingest, published.bytes);
    for (const { version, terms } of [...rulesets, ...(published ? [published] : [])]) {
      noteTerms(database, version, terms);
    }
    const link = new PadLink(line.stream, { aes, keysOf: (pad) => keysForPad(aes, keys, pad) });
    const session = new Session(link, ingest, downlink, keys, database);
    return await Promise.race([session.run(options, now), line.lost]);
  } finally {
    await line.close();
    database?.close();
  }
}

class Session {
  private readonly aes = createPortableAes();

  constructor(
    private readonly link: PadLink,
    private readonly ingest: Ingest,
    private readonly downlink: Downlink,
    private readonly keys: ClubKeys,
    private readonly database: Database,
  ) {}

  async run(options: SessionOptions, now: (() => number) | undefined): Promise<string> {
    const { newCount, pad } = await this.fetchAll();
    if (options.issuer !== undefined) this.ingest.setIssuer(pad.terminalId, options.issuer);
    const result: DownResult = { parts: [], refusals: [] };
    if (options.upOnly !== true) await this.sendAll(now, options.at, result);
    if (result.refusals.length > 0) process.exitCode = 1;
    return summary(this.database, pad, newCount, result);
  }

  private async fetchAll(): Promise<{ newCount: number; pad: PadState }> {
    let newCount = 0;
    let seen: PadState | undefined;
    const store = (batch: VerifiedBatch): void => {
      const result = this.ingest.storeBatch(batch);
      if (result.kind === "stored") newCount += result.newCount;
      else throw new UserError(refusalText(batch, result.kind));
    };
    const positionOf = (pad: PadState) => {
      seen = pad;
      return this.ingest.positionOf(pad);
    };
    try {
      const onProgress = progress("records");
      const pad = await this.link.pullBatches(store, { positionOf, onProgress });
      return { newCount, pad };
    } catch (error) {
      const isTampered = error instanceof LinkError && error.code === "tampered";
      if (isTampered && seen) this.ingest.raiseJournalAlarm(seen, error.message);
      throw error;
    }
  }

  /** The time first, so that what is journaled with the rest is dated right. */
  private async sendAll(
    now: (() => number) | undefined,
    at: number | undefined,
    result: DownResult,
  ): Promise<void> {
    let drift: number | undefined;
    if (now !== undefined) {
      const setting = await setClock(
        this.link,
        this.keysOf(await this.link.hello()),
        now,
        this.aes,
      );
      drift = setting.driftSeconds;
      if (setting.isSet) result.parts.push(`clock set by ${-drift} s`);
      if (setting.refusal !== undefined) result.refusals.push(`the time: ${setting.refusal}`);
    }
    const nowUnixSeconds = at ?? (now ?? systemSeconds)();
    await this.send(result, (pad) => this.downlink.settingsFor(pad));
    await this.send(result, (pad) => this.downlink.listsFor(pad, nowUnixSeconds));
    const pad = await this.link.hello();
    this.downlink.noteState(pad, nowUnixSeconds, drift, result.refusals.join("; "));
  }

  private async send(
    result: DownResult,
    choose: (pad: PadState) => DownBlob | undefined,
  ): Promise<void> {
    const pad = await this.link.hello();
    const blob = choose(pad);
    if (blob === undefined) return;
    const name = blob.kind === BlobKind.Settings ? "settings" : "lists";
    const onProgress = progress(`bytes of ${name}`);
    try {
      await pushBlob(this.link, this.keysOf(pad), pad, blob, onProgress, this.aes);
      result.parts.push(`${name} ${blob.version} sent`);
    } catch (error) {
      if (!(error instanceof LinkError) || error.code !== "refused") throw error;
      result.refusals.push(error.message);
    }
  }

  private keysOf(pad: PadState) {
    const keys = keysForPad(this.aes, this.keys, pad);
    if (keys === undefined) throw new UserError(`no keys here for key epoch ${pad.keyEpoch}`);
    return keys;
  }
}

function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function clockOf(text: string): (() => number) | undefined {
  if (text === "off") return undefined;
  if (text === "now") return systemSeconds;
  const startSeconds = systemSeconds();
  return () => Number(text) + systemSeconds() - startSeconds;
}

function refusalText({ terminalId }: VerifiedBatch, kind: "gap" | "fork"): string {
  return kind === "fork"
    ? `pad ${terminalId} sent other records under numbers already stored: restored from a copy?`
    : `pad ${terminalId} left out records: nothing was stored`;
}

/** One line that is written over; only its end where nobody watches. */
function progress(unit: string): (count: number, wantedCount: number) => void {
  return (count, wantedCount) => {
    const isWatched = process.stderr.isTTY;
    if (!isWatched && count < wantedCount) return;
    process.stderr.write(`${isWatched ? "\r" : ""}${count} of ${wantedCount} ${unit}`);
    if (count === wantedCount) process.stderr.write("\n");
  };
}

function summary(
  database: Database,
  pad: PadState,
  newCount: number,
  { parts, refusals }: DownResult,
): string {
  const { unsettled, alarms } = ledgerReport(database);
  const texts = [`pad ${pad.terminalId}: ${newCount} new records`];
  if (unsettled.length > 0) texts.push(`${unsettled.length} taps not settled yet`);
  const alarmText = alarms.length === 1 ? "1 alarm" : `${alarms.length} alarms`;
  texts.push(alarms.length === 0 ? "no alarms" : `${alarmText}: see clubpad ledger`);
  texts.push(...warnings(database));
  return [...texts, ...parts, ...refusals.map((text) => `NOT TAKEN: ${text}`)].join("; ");
}
