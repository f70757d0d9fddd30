/**
 * Everything derived from one card's records: what became of each transaction, its entries, its
 * computation by the rules, the newest known state, and what is wrong. `settle` makes it all anew
 * from the stored records, so it may run as often as it likes and in any order of arrival.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { COUNTER_START } from "../card-layout/geometry";
import { emptyState, StateField } from "../card-layout/state";
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";
import { clearEvaluation, derivedPart, type TransactionRow } from "./book-row";
import { type ChainJudgement, judgeChain } from "./card-chain";
import { CardSeals, tagOf } from "./card-seals";
import { viewState } from "./card-views";
import type { Database, SqlRow } from "./database";
import { givenBackByPatches, returnedOf } from "./deferred-refunds";
import {
  attemptOf,
  entryOf,
  type Intent,
  readRecord,
  toHex,
  transactionName,
} from "./journal-records";
import type { ClubKeys } from "./keys";
import { patchesOf } from "./patches";
import { entriesOf, type PostingContext } from "./posting";
import { evaluateAgain, type Surroundings } from "./re-evaluation";

interface CardRow {
  uid: string;
  sealed_identity: Uint8Array | null;
  issued_tag: Uint8Array | null;
  issued_state: Uint8Array | null;
}

type AlarmKind =
  | "cardFork"
  | "unexplained"
  | "contradiction"
  | "unreleased"
  | "evaluation"
  | "dispute"
  | "deferred"
  | "refund";

export class CardBook {
  constructor(
    private readonly database: Database,
    private readonly aes: AesEngine,
    private readonly keys: ClubKeys,
  ) {}

  /** Derives everything about one card. To be called inside a transaction. */
  settle(uid: string): void {
    const [card] = this.database.all<CardRow & SqlRow>("SELECT * FROM cards WHERE uid = ?", uid);
    const rows = this.readTransactions(uid);
    const before = rows.map(derivedPart);
    const issuedTag = card.issued_tag === null ? undefined : toHex(card.issued_tag);
    const chain = judgeChain(
      rows.map((row) => ({ ...row.intent, outcome: row.outcome ?? undefined })),
      issuedTag,
    );
    rows.forEach((row, index) => {
      const { status, isUnreleased } = chain.verdicts[index];
      row.status = status;
      row.is_unreleased = isUnreleased ? 1 : 0;
    });
    this.evaluate(card, rows);
    // What could not be computed again is posted anew: its shop may have been set meanwhile.
    rows
      .filter((row, index) => derivedPart(row) !== before[index] || row.evaluation !== "equal")
      .forEach((row) => {
        this.store(card, row, rows);
      });
    this.storeCard(card, rows, chain);
    this.storeAlarms(uid, rows, chain);
  }

  private readTransactions(uid: string): TransactionRow[] {
    const sql = `SELECT transactions.*, payload, offers FROM transactions
      JOIN records USING (terminal, epoch, sequence)
      LEFT JOIN tap_offers USING (terminal, epoch, sequence) WHERE uid = ?
      ORDER BY counter DESC, terminal, epoch, sequence`;
    return this.database.all<SqlRow>(sql, uid).map((row) => ({
      ...(row as unknown as TransactionRow),
      intent: intentOf(row),
    }));
  }

  /** Newest last, so that each finds the state that the one before left. */
  private evaluate(card: CardRow, rows: TransactionRow[]): void {
    const seals = new CardSeals(this.aes, this.keys, card.uid);
    for (const row of rows) {
      if (row.status !== "committed") clearEvaluation(row);
      else if (row.evaluation !== "equal" || row.offers === null)
        this.evaluateRow(seals, card, rows, row);
    }
  }

  private evaluateRow(
    seals: CardSeals,
    card: CardRow,
    rows: TransactionRow[],
    row: TransactionRow,
  ): void {
    clearEvaluation(row);
    const { intent, terminal, sequence } = row;
    const sealedBase = this.baseOf(seals, card, rows, intent);
    const ruleset = this.rulesetOf(intent);
    if (sealedBase === undefined || ruleset === undefined) return;
    const issuer = this.issuerOf(terminal, row.epoch);
    const sealedIdentity = card.sealed_identity ?? undefined;
    const surroundings = this.surroundingsOf(seals, card, rows, row, sealedBase);
    if (surroundings === undefined) return;
    const facts = { terminal, sequence, issuer, intent, sealedBase, sealedIdentity, ruleset };
    const evaluation = evaluateAgain(seals, { ...facts, surroundings });
    if (evaluation.kind === "unknown") return;
    row.evaluation = evaluation.kind;
    if (evaluation.kind === "differs") row.evaluation_detail = evaluation.detail;
    else {
      row.sealed_after = evaluation.sealedAfter;
      row.deferred_rial = evaluation.deferredRial;
      row.shares = JSON.stringify(evaluation.shares);
      row.offers = JSON.stringify(evaluation.offers);
    }
  }

  /** What the tap depended on beside its card; undefined when it is not all here. */
  private surroundingsOf(
    seals: CardSeals,
    card: CardRow,
    rows: TransactionRow[],
    { terminal, epoch, intent }: TransactionRow,
    sealedBase: Uint8Array,
  ): Surroundings | undefined {
    const { kind, reference, serial, counter } = intent;
    const base = seals.openState(sealedBase, 0, counter);
    if (kind === TapKind.Patch) {
      const firstId = (base?.[StateField.LastPatch] ?? 0) + 1;
      const patches = patchesOf(this.database, serial, firstId, reference);
      return patches && { patches };
    }
    if (kind !== TapKind.Refund && kind !== TapKind.Void) return {};
    const sql = "SELECT payload FROM records WHERE terminal = ? AND epoch = ? AND sequence = ?";
    const record = this.database.get<{ payload: Uint8Array }>(sql, terminal, epoch, reference);
    const original = record && entryOf(record.payload);
    if (original === undefined) return undefined;
    if (kind === TapKind.Refund) return { original };
    const baseTag = viewState(base ?? emptyState()).baseTag;
    const earlier = { counter: counter + 2, baseTag };
    const sealedPreImage = this.baseOf(seals, card, rows, earlier);
    return sealedPreImage && { original, sealedPreImage };
  }

  /** The sealed record that an intent started from, if an earlier one is known to be it. */
  private baseOf(
    seals: CardSeals,
    card: CardRow,
    rows: TransactionRow[],
    { counter, baseTag }: Pick<Intent, "counter" | "baseTag">,
  ): Uint8Array | undefined {
    if (counter === COUNTER_START) {
      const issued = card.issued_state;
      if (issued !== null && tagOf(issued) === baseTag) return issued;
      return seals.sealedWhenIssued(baseTag);
    }
    for (const { sealed_after: sealed, intent: earlier } of rows) {
      const isNext = earlier.counter === counter + 2;
      if (sealed !== null && isNext && tagOf(sealed) === baseTag) return sealed;
    }
    return undefined;
  }

  /** A copy made to end an attempt follows no rules. */
  private rulesetOf(intent: Intent): Uint8Array | undefined {
    if (intent.kind === TapKind.Abandon) return new Uint8Array(0);
    const sql = "SELECT bytes FROM rulesets WHERE version = ?";
    return this.database.get<{ bytes: Uint8Array }>(sql, intent.rulesetVersion)?.bytes;
  }

  private issuerOf(terminal: number, epoch: number): number {
    const sql = "SELECT issuer FROM terminals WHERE terminal = ? AND epoch = ?";
    return (this.database.get(sql, terminal, epoch) as { issuer: number }).issuer;
  }

  private store(card: CardRow, row: TransactionRow, rows: TransactionRow[]): void {
    const { terminal, epoch, sequence, intent } = row;
    const isOriginal = (other: TransactionRow) =>
      other.terminal === terminal && other.epoch === epoch && other.sequence === intent.reference;
    const context: PostingContext = {
      issuer: this.issuerOf(terminal, epoch),
      shares: row.shares === "" ? {} : JSON.parse(row.shares),
      originalKind: rows.find(isOriginal)?.intent.kind,
      givenBackRial: this.givenBackRial(row, rows),
      isDisputed: intent.counter - 2 < this.closedCounterOf(card.uid),
    };
    this.database.run(
      `UPDATE transactions SET status = ?, is_unreleased = ?, evaluation = ?,
         evaluation_detail = ?, deferred_rial = ?, shares = ?, sealed_after = ?
       WHERE terminal = ? AND epoch = ? AND sequence = ?`,
      ...[row.status, row.is_unreleased, row.evaluation, row.evaluation_detail],
      ...[row.deferred_rial, row.shares, row.sealed_after, terminal, epoch, sequence],
    );
    for (const table of ["entries", "tap_offers"]) {
      const sql = `DELETE FROM ${table} WHERE terminal = ? AND epoch = ? AND sequence = ?`;
      this.database.run(sql, terminal, epoch, sequence);
    }
    if (row.offers !== null) {
      const sql = "INSERT INTO tap_offers VALUES (?, ?, ?, ?)";
      this.database.run(sql, terminal, epoch, sequence, row.offers);
    }
    for (const { line, account, issuer, amountRial } of entriesOf(row.status, intent, context)) {
      const values = [terminal, epoch, sequence, line, account, issuer, amountRial];
      this.database.run("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", ...values);
    }
  }

  /** Each tap takes in the patches behind those that the tap before it took in. */
  private givenBackRial({ intent }: TransactionRow, rows: TransactionRow[]): number {
    if (intent.kind !== TapKind.Patch) return 0;
    const earlier = rows.filter(
      (row) =>
        row.status === "committed" &&
        row.intent.kind === TapKind.Patch &&
        row.intent.counter > intent.counter,
    );
    const lastId = Math.max(0, ...earlier.map((row) => row.intent.reference));
    return givenBackByPatches(this.database, intent, lastId + 1);
  }

  /** Records below this counter came after the card had been replaced. */
  private closedCounterOf(uid: string): number {
    const sql = "SELECT closed_counter AS counter FROM reissues WHERE old_uid = ?";
    return this.database.get<{ counter: number }>(sql, uid)?.counter ?? 0;
  }

  private storeCard(card: CardRow, rows: TransactionRow[], chain: ChainJudgement): void {
    const { newest } = chain;
    if (newest === undefined) return;
    const written = rows.find(
      ({ intent, sealed_after }) =>
        sealed_after !== null &&
        intent.counter - 2 === newest.counter &&
        intent.newTag === newest.tag,
    );
    this.database.run(
      "UPDATE cards SET counter = ?, tag = ?, sealed_state = ? WHERE uid = ?",
      ...[newest.counter, Uint8Array.from(Buffer.from(newest.tag, "hex"))],
      ...[written?.sealed_after ?? null, card.uid],
    );
    const last = rows.at(-1);
    if (card.sealed_identity !== null || last === undefined) return;
    const { member, serial, cardNumber } = last.intent;
    this.database.run(
      "UPDATE cards SET member = ?, serial = ?, card_number = ? WHERE uid = ?",
      ...[member, serial, cardNumber, card.uid],
    );
  }

  /** With what the office settled, of which the pad of the sale does not know. */
  private returnedTooMuch(rows: TransactionRow[], { terminal, epoch, intent }: TransactionRow) {
    const sale = { terminal, epoch, sequence: intent.reference };
    const original = rows.find((row) => transactionName(row) === transactionName(sale));
    const returnedRial = returnedOf(this.database, sale, "committed");
    return original === undefined ? 0 : returnedRial - original.intent.grossRial;
  }

  private storeAlarms(uid: string, rows: TransactionRow[], chain: ChainJudgement): void {
    const subject = `card ${uid}`;
    this.database.run("DELETE FROM alarms WHERE subject = ?", subject);
    const add = (kind: AlarmKind, place: string, detail: string) => {
      const sql = "INSERT INTO alarms VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
      this.database.run(sql, kind, subject, place, detail);
    };
    const closedCounter = this.closedCounterOf(uid);
    for (const { kind, counter, detail } of chain.problems) add(kind, `counter ${counter}`, detail);
    for (const row of rows) {
      const place = transactionName(row);
      const isOwed = row.is_unreleased === 1 && row.intent.kind !== TapKind.Abandon;
      if (isOwed) add("unreleased", place, unreleasedText(row.intent));
      if (row.evaluation === "differs") add("evaluation", place, row.evaluation_detail);
      const isLate = row.status === "committed" && row.intent.counter - 2 < closedCounter;
      if (isLate) add("dispute", place, "the card had been replaced: decide who bears the tap");
      if (row.intent.kind === TapKind.Refund && row.status === "committed") {
        const known = returnedBefore(rows, row);
        const { returnedRial } = row.intent;
        const detail = `${known} rial had come back before, the pad knew of ${returnedRial}`;
        if (returnedRial < known) add("evaluation", place, detail);
        const extraRial = this.returnedTooMuch(rows, row);
        if (extraRial > 0) add("refund", place, `${extraRial} rial more came back than were sold`);
      }
      if (row.deferred_rial > 0) {
        add("deferred", place, `${row.deferred_rial} rial earned but no lot was free: grant them`);
      }
    }
  }
}

/** What certainly had come back of the same sale when this return was made. */
function returnedBefore(rows: TransactionRow[], row: TransactionRow): number {
  const earlier = rows.filter(
    ({ terminal, epoch, sequence, status, intent }) =>
      terminal === row.terminal &&
      epoch === row.epoch &&
      sequence < row.sequence &&
      intent.kind === TapKind.Refund &&
      intent.reference === row.intent.reference &&
      status === "committed",
  );
  return earlier.reduce((sum, { intent }) => sum + intent.grossRial, 0);
}

function unreleasedText({ usedRial }: Intent): string {
  const text = "counts on the card, but the pad never showed success: goods not released";
  return usedRial > 0 ? `${text}; ${usedRial} rial of credit are owed to the customer` : text;
}

function intentOf(row: SqlRow): Intent {
  const content = readRecord(JournalType.Intent, row.payload as Uint8Array);
  if (content.kind !== "intent") throw new Error("a transaction whose record is no intent");
  return attemptOf(content.intent);
}
