/**
 * Proves a database: SQLite's own checks, the accounts, the journals' continuity, each card's
 * balance against its last record, and that everything derived is exactly what the stored records
 * give when they are all taken in again from nothing.
 */
import { createHash } from "node:crypto";
import type { AesEngine } from "../card-layout/aes-engine";
import { createPortableAes } from "../card-layout/aes128";
import { cmac } from "../card-layout/cmac";
import { TapKind } from "../firmware/core/evaluate";
import { Database, type SqlRow } from "./database";
import { Ingest } from "./ingest";
import { toHex } from "./journal-records";
import { type ClubKeys, terminalKeysOf } from "./keys";

export interface VerifiedInvariant {
  name: string;
  /** One sentence for each violation; empty = it holds. */
  problems: string[];
}

interface TerminalRow {
  terminal: number;
  epoch: number;
  issuer: number;
  first_sequence: number;
  next_sequence: number;
  chain_mac: Uint8Array;
}

interface RecordRow {
  sequence: number;
  type: number;
  version: number;
  payload: Uint8Array;
  mac: Uint8Array;
}

/** Derived tables with their order; columns that identify a database, not its content, left out. */
const DUMPED: [table: string, order: string][] = [
  ["terminals", "terminal, epoch"],
  ["records", "terminal, epoch, sequence"],
  ["cards", "uid"],
  ["patches", "serial, id"],
  ["hot_cards", "serial, card_number"],
  ["reissues", "old_uid"],
  ["transactions", "terminal, epoch, sequence"],
  ["entries", "terminal, epoch, sequence, line, account, issuer"],
  ["tap_offers", "terminal, epoch, sequence"],
  ["deferred_refunds", "terminal, epoch, sequence"],
  ["refund_settlements", "terminal, epoch, sequence"],
  ["refund_patches", "serial, id"],
  ["ratings", "terminal, epoch, intent_sequence"],
  ["alarms", "kind, subject, place"],
];
/** What people decided, and no journal tells. */
const GIVEN_TABLES = [
  ...["patches", "hot_cards", "reissues", "refund_settlements", "refund_patches"],
];
/** Alarms that are raised by an event and so do not follow from the stored records. */
const EVENT_ALARMS = ["journal", "journalFork"];
const REBUILD_BATCH_RECORDS = 23;

/** Checks everything. Without keys the MAC chain and the rebuild are left out. */
export function verifyDatabase(
  database: Database,
  keys: ClubKeys | undefined,
  aes: AesEngine = createPortableAes(),
): VerifiedInvariant[] {
  const invariants = [
    { name: "the file is sound", problems: checkFile(database) },
    { name: "debits equal credits in every transaction", problems: checkSums(database) },
    { name: "no journal has a hole", problems: checkJournals(database) },
    { name: "cards and ledger agree", problems: checkBalances(database) },
    { name: "cards and taps agree on points", problems: checkPoints(database) },
  ];
  if (keys === undefined) return invariants;
  const chain = checkChain(database, keys, aes);
  const rebuilt = checkRebuild(database, keys, aes);
  return [
    ...invariants,
    { name: "every record is in the pad's MAC chain", problems: chain },
    { name: "the ledger follows from the records", problems: rebuilt },
  ];
}

/** SHA-256 over all content: equal for equal records, whatever way they came. */
export function ledgerHash(database: Database): string {
  const hash = createHash("sha256");
  for (const [table, order] of DUMPED) hash.update(dumpTable(database, table, order));
  return hash.digest("hex");
}

function dumpTable(database: Database, table: string, order: string): string {
  const rows = database.all(`SELECT * FROM ${table} ORDER BY ${order}`);
  return `${table}\n${rows.map(dumpRow).join("\n")}\n`;
}

function dumpRow(row: SqlRow): string {
  return JSON.stringify(row, (_, value) => (value instanceof Uint8Array ? toHex(value) : value));
}

function checkFile(database: Database): string[] {
  const found = database.all("PRAGMA integrity_check").map((row) => String(row.integrity_check));
  const foreign = database.all("PRAGMA foreign_key_check").map((row) => {
    return `a row of ${row.table} refers to nothing`;
  });
  return [...found.filter((text) => text !== "ok"), ...foreign];
}

function checkSums(database: Database): string[] {
  const rows = database.all(
    `SELECT terminal, epoch, sequence, sum(amount_rial) AS sum FROM entries
     GROUP BY terminal, epoch, sequence, line HAVING sum <> 0`,
  );
  return rows.map((row) => `${nameOf(row)}: its entries sum to ${row.sum} rial, not 0`);
}

function checkJournals(database: Database): string[] {
  const problems: string[] = [];
  for (const terminal of database.all<TerminalRow>("SELECT * FROM terminals")) {
    const name = `terminal ${terminal.terminal}/${terminal.epoch}`;
    const row = database.get(
      `SELECT count(*) AS count, coalesce(min(sequence), 0) AS first FROM records
       WHERE terminal = ? AND epoch = ?`,
      ...[terminal.terminal, terminal.epoch],
    ) as { count: number; first: number };
    const expected = terminal.next_sequence - terminal.first_sequence;
    if (row.count !== expected) problems.push(`${name}: ${row.count} records, not ${expected}`);
    if (row.count > 0 && row.first !== terminal.first_sequence) {
      problems.push(`${name}: begins at ${row.first}, not ${terminal.first_sequence}`);
    }
  }
  return problems;
}

/**
 * A card whose history is known from the first tap must have, by its last record, what the ledger
 * says; one with an unexplained or forked past cannot be compared.
 */
function checkBalances(database: Database): string[] {
  const rows = database.all<{ uid: string; ledger: number; balance: number }>(
    `SELECT uid, coalesce((SELECT moved_rial FROM reissues WHERE new_uid = uid), 0)
         + sum(earned_rial - debt_paid_rial + restored_rial - used_rial - expired_rial
               - clawed_rial + debt_added_rial) AS ledger,
       (SELECT balance_after_rial FROM transactions AS last
        WHERE last.uid = every.uid AND status = 'committed' AND kind <> ?
        ORDER BY counter LIMIT 1) AS balance
     FROM transactions AS every
     WHERE status = 'committed' AND NOT EXISTS (
       SELECT 1 FROM alarms WHERE subject = 'card ' || uid
         AND kind IN ('unexplained', 'cardFork', 'contradiction'))
     GROUP BY uid HAVING balance IS NOT NULL AND ledger <> balance`,
    TapKind.Abandon,
  );
  return rows.map(
    ({ uid, ledger, balance }) => `card ${uid} holds ${balance} rial, its entries give ${ledger}`,
  );
}

/** As for credit; a card that was issued in place of another brought points along. */
function checkPoints(database: Database): string[] {
  const rows = database.all<{ uid: string; ledger: number; points: number }>(
    `SELECT uid, sum(points_earned - points_used) AS ledger,
       (SELECT points_after FROM transactions AS last
        WHERE last.uid = every.uid AND status = 'committed' AND kind <> ?
        ORDER BY counter LIMIT 1) AS points
     FROM transactions AS every
     WHERE status = 'committed' AND NOT EXISTS (
       SELECT 1 FROM alarms WHERE subject = 'card ' || uid
         AND kind IN ('unexplained', 'cardFork', 'contradiction'))
       AND NOT EXISTS (SELECT 1 FROM reissues WHERE new_uid = uid)
     GROUP BY uid HAVING points IS NOT NULL AND ledger <> points`,
    TapKind.Abandon,
  );
  return rows.map(
    ({ uid, ledger, points }) => `card ${uid} has ${points} points, its taps give ${ledger}`,
  );
}

function checkChain(database: Database, keys: ClubKeys, aes: AesEngine): string[] {
  const problems: string[] = [];
  for (const terminal of database.all<TerminalRow>("SELECT * FROM terminals")) {
    const records = recordsOf(database, terminal);
    const epochs = [keys.keyEpoch, keys.keyEpoch - 1].filter((epoch) => epoch >= 0);
    const isChained = epochs.some((epoch) => {
      const { journalKey } = terminalKeysOf(aes, keys, terminal.terminal, epoch);
      return isMacChain(aes, journalKey, terminal, records);
    });
    const name = `terminal ${terminal.terminal}/${terminal.epoch}`;
    if (!isChained) problems.push(`${name}: a record was changed, or the keys are others`);
  }
  return problems;
}

/** The MAC before the first record is only known when that record is the journal's first. */
function isMacChain(
  aes: AesEngine,
  journalKey: Uint8Array,
  terminal: TerminalRow,
  records: RecordRow[],
): boolean {
  const full = new Uint8Array(16);
  const beginning = new Uint8Array(8);
  let previous: Uint8Array | undefined = terminal.first_sequence <= 1 ? beginning : undefined;
  for (const record of records) {
    if (previous !== undefined) {
      const header = Buffer.alloc(8);
      header.writeUInt16LE(record.payload.length, 0);
      header[2] = record.type;
      header[3] = record.version;
      header.writeUInt32LE(record.sequence, 4);
      const input = Buffer.concat([previous, header, record.payload]);
      cmac(aes, journalKey, input, 0, input.length, full, 0);
      if (Buffer.compare(full.subarray(0, 8), record.mac) !== 0) return false;
    }
    previous = record.mac;
  }
  return previous === undefined || Buffer.compare(previous, terminal.chain_mac) === 0;
}

/** Takes all records in again, in another order than they came in, and compares. */
function checkRebuild(database: Database, keys: ClubKeys, aes: AesEngine): string[] {
  const copy = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  try {
    const ingest = new Ingest(copy, keys, aes);
    for (const row of database.all<{ bytes: Uint8Array }>("SELECT bytes FROM rulesets")) {
      ingest.addRuleset(row.bytes);
    }
    for (const table of GIVEN_TABLES) copyTable(database, copy, table);
    for (const terminal of database.all<TerminalRow>("SELECT * FROM terminals")) {
      takeIn(ingest, terminal, recordsOf(database, terminal));
      ingest.setIssuer(terminal.terminal, terminal.issuer);
    }
    copyIssuedCards(database, ingest);
    return DUMPED.flatMap(([table, order]) => compareTable(database, copy, table, order));
  } finally {
    copy.close();
  }
}

function copyTable(database: Database, copy: Database, table: string): void {
  for (const row of database.all(`SELECT * FROM ${table}`)) {
    const values = Object.values(row);
    copy.run(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`, ...values);
  }
}

function takeIn(ingest: Ingest, terminal: TerminalRow, records: RecordRow[]): void {
  for (let start = 0; start < records.length; start += REBUILD_BATCH_RECORDS) {
    const part = records.slice(start, start + REBUILD_BATCH_RECORDS);
    const last = part[part.length - 1];
    ingest.storeBatch({
      terminalId: terminal.terminal,
      terminalEpoch: terminal.epoch,
      records: part,
      lastSequence: last.sequence,
      chainMac: last.mac,
    });
  }
}

function copyIssuedCards(database: Database, ingest: Ingest): void {
  const cards = database.all("SELECT * FROM cards WHERE sealed_identity IS NOT NULL");
  for (const card of cards) {
    ingest.addIssuedCard({
      uid: String(card.uid),
      member: Number(card.member),
      serial: Number(card.serial),
      cardNumber: Number(card.card_number),
      sealedIdentity: card.sealed_identity as Uint8Array,
      issuedTag: card.issued_tag as Uint8Array,
      issuedState: (card.issued_state as Uint8Array | null) ?? undefined,
    });
  }
}

function compareTable(database: Database, copy: Database, table: string, order: string): string[] {
  const isEvent = (row: SqlRow) => table === "alarms" && EVENT_ALARMS.includes(String(row.kind));
  const read = (from: Database) =>
    from
      .all(`SELECT * FROM ${table} ORDER BY ${order}`)
      .filter((row) => !isEvent(row))
      .map(dumpRow);
  const stored = new Set(read(database));
  const made = new Set(read(copy));
  const extra = [...stored].filter((row) => !made.has(row));
  const missing = [...made].filter((row) => !stored.has(row));
  const example = extra[0] ?? missing[0];
  if (example === undefined) return [];
  return [`${table}: ${extra.length + missing.length} rows differ, for example ${example}`];
}

function recordsOf(database: Database, { terminal, epoch }: TerminalRow): RecordRow[] {
  return database.all<RecordRow>(
    "SELECT * FROM records WHERE terminal = ? AND epoch = ? ORDER BY sequence",
    ...[terminal, epoch],
  );
}

function nameOf(row: SqlRow): string {
  return `${row.terminal}/${row.epoch}/${row.sequence}`;
}
