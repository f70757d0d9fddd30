/**
 * Takes verified batches into the database: records, transactions, entries and cursor in one SQL
 * transaction each, durable when `storeBatch` returns. Only then may the batch be acknowledged.
 * A batch that comes again changes nothing; one that contradicts what is stored is put aside and
 * never overwrites it.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { createPortableAes } from "../card-layout/aes128";
import { equalBytes, getUint } from "../card-layout/bytes";
import { Status } from "../card-layout/status";
import { TapKind } from "../firmware/core/evaluate";
import { checkRuleset } from "../firmware/core/ruleset";
import { Header } from "../firmware/core/ruleset-format";
import type { JournalPosition, JournalRecord, PadState, VerifiedBatch } from "./batch";
import { CardBook } from "./card-book";
import type { Database } from "./database";
import { isSettled } from "./deferred-refunds";
import { attemptOf, type DeferredRefund, type Intent, readRecord } from "./journal-records";
import type { ClubKeys } from "./keys";
import { addShift } from "./shifts";
import { addStaffEvent } from "./staff";
import { UserError } from "./user-error";

export type StoreResult =
  /** `newCount` records were new; the others were here already. */
  | { kind: "stored"; newCount: number }
  /** Records before the batch are missing: `neededSequence` comes next. Nothing was stored. */
  | { kind: "gap"; neededSequence: number }
  /** Other records stand under these numbers. The batch is in quarantine and an alarm is raised. */
  | { kind: "fork"; sequence: number };

/** A card as the issuing desk made it. */
export interface IssuedCard {
  /** 4 or 7 bytes in hex. */
  uid: string;
  member: number;
  serial: number;
  cardNumber: number;
  sealedIdentity: Uint8Array;
  /** First 5 bytes of the state record it was issued with. */
  issuedTag: Uint8Array;
  /** That record, when it is not the empty one. */
  issuedState?: Uint8Array;
}

interface TerminalRow {
  first_sequence: number;
  next_sequence: number;
  chain_mac: Uint8Array;
}

interface RecordRow {
  type: number;
  version: number;
  payload: Uint8Array;
  mac: Uint8Array;
}

/** What a pad's alarm says, by its code (`AlarmCode` of the firmware). */
const PAD_ALARMS: Record<number, string> = {
  1: "the card's two counters are in a state that no torn tap leaves",
  2: "the card is older than what this pad saw of it: rolled back or copied",
  3: "the card's counter went up",
  4: "the card carries another record than the one the open attempt was based on",
  5: "what was written was gone when the field came back: a copied chip",
  6: "the card answers the back door of copied chips",
};
const DEFAULT_ISSUER = 1;
/** Taps at which money changes hands: towards the shop, or back. */
const MONEY_KINDS: number[] = [TapKind.Sale, TapKind.GiftLoad, TapKind.Refund, TapKind.Void];

export class Ingest {
  private readonly book: CardBook;

  constructor(
    private readonly database: Database,
    keys: ClubKeys,
    aes: AesEngine = createPortableAes(),
  ) {
    this.book = new CardBook(database, aes, keys);
  }

  /** How far a pad's journal is stored; undefined when nothing of it is. */
  positionOf(pad: Pick<PadState, "terminalId" | "terminalEpoch">): JournalPosition | undefined {
    const row = this.terminal(pad.terminalId, pad.terminalEpoch);
    return row && { nextSequence: row.next_sequence, chainMac: row.chain_mac };
  }

  /** Stores one batch whole or not at all. */
  storeBatch(batch: VerifiedBatch): StoreResult {
    return this.database.transaction(() => this.store(batch));
  }

  /** Notes that a pad's journal does not continue what is stored here. */
  raiseJournalAlarm(pad: Pick<PadState, "terminalId" | "terminalEpoch">, detail: string): void {
    this.database.transaction(() => {
      this.alarm("journal", pad.terminalId, pad.terminalEpoch, "", detail);
    });
  }

  /** Which shop a terminal stands in, so that its taps can be computed again. */
  setIssuer(terminalId: number, issuer: number): void {
    this.database.transaction(() => {
      const sql = "UPDATE terminals SET issuer = ? WHERE terminal = ?";
      this.database.run(sql, issuer, terminalId);
      this.settleWhere("terminal = ? AND evaluation <> 'equal'", terminalId);
    });
  }

  /** Keeps a compiled ruleset and computes the taps again that were waiting for it. */
  addRuleset(bytes: Uint8Array): void {
    if (checkRuleset(bytes) !== Status.Ok) throw new UserError("this is no compiled ruleset");
    const version = getUint(bytes, Header.Version, 4);
    const sql = "SELECT bytes FROM rulesets WHERE version = ?";
    const known = this.database.get<{ bytes: Uint8Array }>(sql, version)?.bytes;
    if (known !== undefined) {
      if (Buffer.compare(known, bytes) === 0) return;
      throw new UserError(
        `version ${version} of the ruleset is here already with other content; count it up`,
      );
    }
    this.database.transaction(() => {
      this.database.run("INSERT INTO rulesets VALUES (?, ?)", version, bytes);
      this.settleWhere("ruleset_version = ? AND evaluation <> 'equal'", version);
    });
  }

  /** Enters a card that was just issued. */
  addIssuedCard(card: IssuedCard): void {
    this.database.transaction(() => {
      this.enterCard(card);
    });
  }

  /** As `addIssuedCard`, inside a transaction of the caller. */
  enterCard(card: IssuedCard): void {
    const { uid, member, serial, cardNumber, sealedIdentity, issuedTag, issuedState } = card;
    this.addCard({ uid, member, serial, cardNumber });
    this.database.run(
      `UPDATE cards SET member = ?, serial = ?, card_number = ?, sealed_identity = ?,
         issued_tag = ?, issued_state = ? WHERE uid = ?`,
      ...[member, serial, cardNumber, sealedIdentity, issuedTag, issuedState ?? null, uid],
    );
    this.book.settle(uid);
  }

  private store(batch: VerifiedBatch): StoreResult {
    const { terminalId, terminalEpoch, records } = batch;
    const firstSequence = batch.lastSequence - records.length + 1;
    const known = this.terminal(terminalId, terminalEpoch);
    const next = known?.next_sequence ?? firstSequence;
    if (firstSequence > next) return { kind: "gap", neededSequence: next };
    const fork = records.find((record) => this.isForked(terminalId, terminalEpoch, record));
    if (fork !== undefined) {
      this.putAside(batch, fork);
      return { kind: "fork", sequence: fork.sequence };
    }
    if (known === undefined) this.addTerminal(batch, firstSequence);
    const fresh = records.filter(({ sequence }) => sequence >= next);
    const uids = new Set<string>();
    for (const record of fresh) this.addRecord(terminalId, terminalEpoch, record, uids);
    for (const uid of uids) this.book.settle(uid);
    if (fresh.length > 0) {
      this.database.run(
        "UPDATE terminals SET next_sequence = ?, chain_mac = ? WHERE terminal = ? AND epoch = ?",
        ...[batch.lastSequence + 1, batch.chainMac, terminalId, terminalEpoch],
      );
    }
    return { kind: "stored", newCount: fresh.length };
  }

  private terminal(terminalId: number, epoch: number): TerminalRow | undefined {
    const sql = "SELECT * FROM terminals WHERE terminal = ? AND epoch = ?";
    return this.database.get<TerminalRow>(sql, terminalId, epoch);
  }

  /** A journal whose beginning was erased before this database knew it starts where it starts. */
  private addTerminal({ terminalId, terminalEpoch }: VerifiedBatch, firstSequence: number): void {
    const sql = "SELECT issuer FROM terminals WHERE terminal = ? ORDER BY epoch DESC LIMIT 1";
    const earlier = this.database.get<{ issuer: number }>(sql, terminalId);
    this.database.run(
      "INSERT INTO terminals VALUES (?, ?, ?, ?, ?, ?)",
      ...[terminalId, terminalEpoch, earlier?.issuer ?? DEFAULT_ISSUER],
      ...[firstSequence, firstSequence, new Uint8Array(8)],
    );
    if (firstSequence <= 1) return;
    const detail = `records before ${firstSequence} were acknowledged elsewhere and are not here`;
    this.alarm("journal", terminalId, terminalEpoch, "beginning", detail);
  }

  private isForked(terminalId: number, epoch: number, record: JournalRecord): boolean {
    const known = this.database.get<RecordRow>(
      "SELECT * FROM records WHERE terminal = ? AND epoch = ? AND sequence = ?",
      ...[terminalId, epoch, record.sequence],
    );
    if (known === undefined) return false;
    const isSame =
      known.type === record.type &&
      known.version === record.version &&
      equalBytes(known.mac, 0, record.mac, 0, known.mac.length) &&
      Buffer.compare(known.payload, record.payload) === 0;
    return !isSame;
  }

  private putAside({ terminalId, terminalEpoch, records }: VerifiedBatch, fork: JournalRecord) {
    for (const { sequence, mac, type, version, payload } of records) {
      this.database.run(
        "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ...[terminalId, terminalEpoch, sequence, mac, type, version, payload],
      );
    }
    const detail =
      "another record came under this number: the pad was restored from a copy, or there are two";
    this.alarm("journalFork", terminalId, terminalEpoch, `record ${fork.sequence}`, detail);
  }

  private addRecord(
    terminalId: number,
    epoch: number,
    record: JournalRecord,
    uids: Set<string>,
  ): void {
    const { sequence, type, version, payload, mac } = record;
    this.database.run(
      "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[terminalId, epoch, sequence, type, version, payload, mac],
    );
    const content = readRecord(type, payload);
    const place = `record ${sequence}`;
    if (content.kind === "intent") {
      this.addTransaction(terminalId, epoch, sequence, content.intent);
      uids.add(content.intent.uid);
    } else if (content.kind === "outcome") {
      const uid = this.addOutcome(terminalId, epoch, content.intentSequence, content.outcome);
      const detail = `closes record ${content.intentSequence}, which is no intent known here`;
      if (uid === undefined) this.alarm("journal", terminalId, epoch, place, detail);
      else uids.add(uid);
    } else if (content.kind === "refund") {
      this.addRefund(terminalId, epoch, sequence, content.refund);
    } else if (content.kind === "rating") {
      this.database.run(
        "INSERT INTO ratings VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ...[terminalId, epoch, sequence, content.intentSequence, content.score],
      );
    } else if (content.kind === "staff") {
      const detail = addStaffEvent(this.database, terminalId, epoch, sequence, content.event);
      if (detail !== "") this.alarm("pin", terminalId, epoch, place, detail);
    } else if (content.kind === "shift") {
      const detail = addShift(this.database, terminalId, epoch, sequence, content.shift);
      if (detail !== "") this.alarm("shift", terminalId, epoch, place, detail);
    } else if (content.kind === "alarm") {
      const { code, uid, counter } = content;
      const detail = `card ${uid} at ${counter}: ${PAD_ALARMS[code] ?? `alarm ${code}`}`;
      this.alarm("pad", terminalId, epoch, place, detail);
    } else if (content.kind === "unreadable") {
      const detail = `a record of type ${type} that this version cannot read`;
      this.alarm("journal", terminalId, epoch, place, detail);
    }
  }

  private addTransaction(terminal: number, epoch: number, sequence: number, attempt: Intent): void {
    const intent = attemptOf(attempt);
    this.addCard(intent);
    const givenRial = intent.usedRial + intent.restoredRial + intent.discountRial;
    const payableRial = MONEY_KINDS.includes(intent.kind) ? intent.grossRial - givenRial : 0;
    const values = [
      ...[terminal, epoch, sequence, intent.uid, intent.member, intent.serial, intent.cardNumber],
      ...[intent.kind, intent.counter, intent.baseTag, intent.newTag, intent.day, intent.minute],
      ...[intent.grossRial, intent.askedRial, intent.usedRial, intent.earnedRial],
      ...[intent.expiredRial, intent.discountRial, payableRial, intent.balanceAfterRial],
      ...[intent.pointsEarned, intent.pointsAfter, intent.rulesetVersion, intent.cashier],
      ...[intent.isGift ? 1 : 0, intent.restoredRial, intent.clawedRial, intent.debtPaidRial],
      ...[intent.debtAddedRial, intent.pointsUsed, intent.reference, intent.approver],
      ...[intent.returnedRial, null, "open", 0, "none", "", 0, "", null],
    ];
    const places = values.map(() => "?").join(", ");
    this.database.run(`INSERT INTO transactions VALUES (${places})`, ...values);
  }

  private addRefund(terminal: number, epoch: number, sequence: number, it: DeferredRefund): void {
    this.database.run(
      "INSERT INTO deferred_refunds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[terminal, epoch, sequence, it.uid, it.serial, it.day, it.grossRial],
      ...[it.originalTerminal, it.originalSequence, it.approver],
    );
    if (isSettled(this.database, { terminal, epoch, sequence })) return;
    const sale = `${it.originalTerminal}/${it.originalSequence}`;
    const detail = `${it.grossRial} rial of sale ${sale} came back: see clubpad refund list`;
    this.alarm("refund", terminal, epoch, `record ${sequence}`, detail);
  }

  private addCard({
    uid,
    member,
    serial,
    cardNumber,
  }: Pick<IssuedCard, "uid" | "member" | "serial" | "cardNumber">) {
    this.database.run(
      `INSERT INTO cards (uid, member, serial, card_number) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      ...[uid, member, serial, cardNumber],
    );
  }

  /**
   * The lowest type wins: commit over aborted over in doubt. The end of a confirming intent is also
   * the end of the one it confirms. Returns the card, if known.
   */
  private addOutcome(
    terminal: number,
    epoch: number,
    intentSequence: number,
    outcome: number,
  ): string | undefined {
    const row = this.database.get<{ uid: string; type: number; payload: Uint8Array }>(
      `SELECT uid, type, payload FROM transactions NATURAL JOIN records
       WHERE terminal = ? AND epoch = ? AND sequence = ?`,
      ...[terminal, epoch, intentSequence],
    );
    const content = row && readRecord(row.type, row.payload);
    const confirmed = content?.kind === "intent" ? content.intent.confirms : 0;
    if (confirmed > 0) this.addOutcome(terminal, epoch, confirmed, outcome);
    this.database.run(
      `UPDATE transactions SET outcome = min(coalesce(outcome, 5), ?)
       WHERE terminal = ? AND epoch = ? AND sequence = ?`,
      ...[outcome, terminal, epoch, intentSequence],
    );
    return row?.uid;
  }

  private settleWhere(condition: string, value: number): void {
    const sql = `SELECT DISTINCT uid FROM transactions WHERE ${condition}`;
    for (const { uid } of this.database.all<{ uid: string }>(sql, value)) this.book.settle(uid);
  }

  private alarm(
    kind: string,
    terminalId: number,
    epoch: number,
    place: string,
    detail: string,
  ): void {
    const subject = `terminal ${terminalId}/${epoch}`;
    const sql = "INSERT INTO alarms VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    this.database.run(sql, kind, subject, place, detail);
  }
}
