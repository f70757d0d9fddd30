/** `clubpad pull`: fetches a pad's journal over the serial port into the database. */
import type { Command } from "commander";
import type { PadState, VerifiedBatch } from "../../back-office/batch";
import { Database } from "../../back-office/database";
import { Ingest } from "../../back-office/ingest";
import { keysForPad, readKeyFile } from "../../back-office/keys";
import { ledgerReport } from "../../back-office/ledger";
import { LinkError, PadLink } from "../../back-office/link";
import { compileRuleset } from "../../back-office/rules/compile";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { integerIn, readText } from "./input";
import { openSerialLine, type SerialLine } from "./serial-line";

interface PullOptions {
  port: string;
  db: string;
  keys: string;
  baud: number;
  rules?: string[];
  issuer?: number;
}

const EXAMPLES = `
Examples:
  clubpad pull --port /dev/ttyUSB0 --db club.db --keys club.keys.yaml
  clubpad pull --port COM3 --db club.db --keys club.keys.yaml --rules first-shop.yaml

Records are stored durably before the pad is told that it may erase them. Interrupt it whenever
you like and run it again: nothing is lost and nothing is counted twice.`;

export function registerPull(program: Command): void {
  program
    .command("pull")
    .description("fetch a pad's journal into the database")
    .requiredOption("--port <path>", "serial port of the pad")
    .requiredOption("--db <file>", "database; made when it is not there")
    .requiredOption("--keys <file>", "key file of the club")
    .option("--baud <rate>", "speed of the port", integerIn(1200, 4_000_000), 115_200)
    .option("--rules <file...>", "rulesets the pads work with, to check every tap against")
    .option("--issuer <n>", "the shop this pad stands in, 1 to 254", integerIn(1, 254))
    .addHelpText("after", EXAMPLES)
    .action(pull);
}

async function pull(options: PullOptions): Promise<void> {
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const rulesets = (options.rules ?? []).map((path) => compileRuleset(readText(path), path));
  const line = await openSerialLine(options.port, options.baud);
  let database: Database | undefined;
  try {
    database = Database.open(options.db, { clubId: keys.clubId, mayCreate: true });
    const ingest = new Ingest(database, keys, aes);
    for (const { bytes } of rulesets) ingest.addRuleset(bytes);
    const seen: { pad?: PadState } = {};
    const link = new PadLink(line.stream, {
      aes,
      keysOf: (pad) => {
        seen.pad = pad;
        return keysForPad(aes, keys, pad);
      },
    });
    const newCount = await fetchAll(link, line, ingest, seen);
    const pad = seen.pad as PadState;
    if (options.issuer !== undefined) ingest.setIssuer(pad.terminalId, options.issuer);
    console.log(summary(database, pad, newCount));
  } finally {
    await line.close();
    database?.close();
  }
}

/** Returns how many records were new. */
async function fetchAll(
  link: PadLink,
  line: SerialLine,
  ingest: Ingest,
  seen: { pad?: PadState },
): Promise<number> {
  let newCount = 0;
  const store = (batch: VerifiedBatch): void => {
    const result = ingest.storeBatch(batch);
    if (result.kind === "stored") newCount += result.newCount;
    else throw new UserError(refusalText(batch, result.kind));
  };
  const positionOf = (pad: PadState) => ingest.positionOf(pad);
  try {
    const pulling = link.pullBatches(store, { positionOf, onProgress: showProgress });
    await Promise.race([pulling, line.lost]);
  } catch (error) {
    const isTampered = error instanceof LinkError && error.code === "tampered";
    if (isTampered && seen.pad) ingest.raiseJournalAlarm(seen.pad, error.message);
    throw error;
  }
  return newCount;
}

function refusalText({ terminalId }: VerifiedBatch, kind: "gap" | "fork"): string {
  return kind === "fork"
    ? `pad ${terminalId} sent other records under numbers already stored: restored from a copy?`
    : `pad ${terminalId} left out records: nothing was stored`;
}

/** One line that is written over; only its end where nobody watches. */
function showProgress(receivedCount: number, wantedCount: number): void {
  const isWatched = process.stderr.isTTY;
  if (!isWatched && receivedCount < wantedCount) return;
  process.stderr.write(`${isWatched ? "\r" : ""}${receivedCount} of ${wantedCount} records`);
  if (receivedCount === wantedCount) process.stderr.write("\n");
}

function summary(database: Database, pad: PadState, newCount: number): string {
  const { unsettled, alarms } = ledgerReport(database);
  const parts = [`pad ${pad.terminalId}: ${newCount} new records`];
  if (unsettled.length > 0) parts.push(`${unsettled.length} taps not settled yet`);
  const alarmText = alarms.length === 1 ? "1 alarm" : `${alarms.length} alarms`;
  parts.push(alarms.length === 0 ? "no alarms" : `${alarmText}: see clubpad ledger`);
  return parts.join("; ");
}
