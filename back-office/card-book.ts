/**
 * Everything derived from one card's records: what became of each transaction, its entries, its
 * computation by the rules, the newest known state, and what is wrong. `settle` makes it all anew
 * from the stored records, so it may run as often as it likes and in any order of arrival.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { COUNTER_START } from "../card-layout/geometry";
import { TapKind } from "../firmware/core/evaluate";
import { type ChainJudgement, judgeChain, type TransactionStatus } from "./card-chain";
import { CardSeals, tagOf } from "./card-seals";
import type { Database, SqlRow } from "./database";
import { type Intent, toHex } from "./journal-records";
import type { ClubKeys } from "./keys";
import { entriesOf } from "./posting";
import { evaluateAgain } from "./re-evaluation";

/** A row of `transactions`, as far as it is needed here. */
interface TransactionRow {
  terminal: number;
  epoch: number;
  sequence: number;
  outcome: number | null;
  status: TransactionStatus;
  is_unreleased: number;
  evaluation: "none" | "equal" | "differs";
  evaluation_detail: string;
  deferred_rial: number;
  sealed_after: Uint8Array | null;
  intent: Intent;
}

interface CardRow {
  uid: string;
  sealed_identity: Uint8Array | null;
  issued_tag: Uint8Array | null;
}

type AlarmKind =
  | "cardFork"
  | "unexplained"
  | "contradiction"
  | "unreleased"
  | "evaluation"
  | "deferred";

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
    rows
      .filter((row, index) => derivedPart(row) !== before[index])
      .forEach((row) => {
        this.store(row);
      });
    this.storeCard(card, rows, chain);
    this.storeAlarms(uid, rows, chain);
  }

  private readTransactions(uid: string): TransactionRow[] {
    const sql = `SELECT * FROM transactions WHERE uid = ?
      ORDER BY counter DESC, terminal, epoch, sequence`;
    return this.database.all<SqlRow>(sql, uid).map((row) => ({
      ...(row as unknown as TransactionRow),
      intent: toIntent(row),
    }));
  }

  /** Newest last, so that each finds the state that the one before left. */
  private evaluate(card: CardRow, rows: TransactionRow[]): void {
    const seals = new CardSeals(this.aes, this.keys, card.uid);
    for (const row of rows) {
      if (row.status !== "committed") clearEvaluation(row);
      else if (row.evaluation !== "equal") this.evaluateRow(seals, card, rows, row);
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
    const sealedBase = baseOf(seals, rows, intent);
    const ruleset = this.rulesetOf(intent);
    if (sealedBase === undefined || ruleset === undefined) return;
    const issuer = this.issuerOf(terminal, row.epoch);
    const sealedIdentity = card.sealed_identity ?? undefined;
    const input = { terminal, sequence, issuer, intent, sealedBase, sealedIdentity, ruleset };
    const evaluation = evaluateAgain(seals, input);
    if (evaluation.kind === "unknown") return;
    row.evaluation = evaluation.kind;
    if (evaluation.kind === "differs") row.evaluation_detail = evaluation.detail;
    else {
      row.sealed_after = evaluation.sealedAfter;
      row.deferred_rial = evaluation.deferredRial;
    }
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

  private store(row: TransactionRow): void {
    const { terminal, epoch, sequence, intent } = row;
    this.database.run(
      `UPDATE transactions SET status = ?, is_unreleased = ?, evaluation = ?,
         evaluation_detail = ?, deferred_rial = ?, sealed_after = ?
       WHERE terminal = ? AND epoch = ? AND sequence = ?`,
      ...[row.status, row.is_unreleased, row.evaluation, row.evaluation_detail],
      ...[row.deferred_rial, row.sealed_after, terminal, epoch, sequence],
    );
    this.database.run(
      "DELETE FROM entries WHERE terminal = ? AND epoch = ? AND sequence = ?",
      ...[terminal, epoch, sequence],
    );
    for (const { line, account, amountRial } of entriesOf(row.status, intent)) {
      const values = [terminal, epoch, sequence, line, account, amountRial];
      this.database.run("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", ...values);
    }
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

  private storeAlarms(uid: string, rows: TransactionRow[], chain: ChainJudgement): void {
    const subject = `card ${uid}`;
    this.database.run("DELETE FROM alarms WHERE subject = ?", subject);
    const add = (kind: AlarmKind, place: string, detail: string) => {
      const sql = "INSERT INTO alarms VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
      this.database.run(sql, kind, subject, place, detail);
    };
    for (const { kind, counter, detail } of chain.problems) add(kind, `counter ${counter}`, detail);
    for (const row of rows) {
      const place = transactionName(row);
      const isOwed = row.is_unreleased === 1 && row.intent.kind !== TapKind.Abandon;
      if (isOwed) add("unreleased", place, unreleasedText(row.intent));
      if (row.evaluation === "differs") add("evaluation", place, row.evaluation_detail);
      if (row.deferred_rial > 0) {
        add("deferred", place, `${row.deferred_rial} rial earned but no lot was free: grant them`);
      }
    }
  }
}

/** How people call a transaction: terminal, epoch and journal sequence of its intent. */
export function transactionName(id: { terminal: number; epoch: number; sequence: number }): string {
  return `${id.terminal}/${id.epoch}/${id.sequence}`;
}

/** The sealed record that an intent started from, if one of the earlier ones is known to be it. */
function baseOf(seals: CardSeals, rows: TransactionRow[], intent: Intent): Uint8Array | undefined {
  if (intent.counter === COUNTER_START) return seals.sealedWhenIssued(intent.baseTag);
  for (const { sealed_after: sealed, intent: earlier } of rows) {
    const isNext = earlier.counter === intent.counter + 2;
    if (sealed !== null && isNext && tagOf(sealed) === intent.baseTag) return sealed;
  }
  return undefined;
}

/** Equal texts, equal rows: most of a card's past stays as it is. */
function derivedPart(row: TransactionRow): string {
  const { status, is_unreleased, evaluation, evaluation_detail, deferred_rial } = row;
  const isKnown = row.sealed_after !== null;
  return [status, is_unreleased, evaluation, evaluation_detail, deferred_rial, isKnown].join();
}

function clearEvaluation(row: TransactionRow): void {
  row.evaluation = "none";
  row.evaluation_detail = "";
  row.deferred_rial = 0;
  row.sealed_after = null;
}

function unreleasedText({ usedRial }: Intent): string {
  const text = "counts on the card, but the pad never showed success: goods not released";
  return usedRial > 0 ? `${text}; ${usedRial} rial of credit are owed to the customer` : text;
}

function toIntent(row: SqlRow): Intent {
  const number = (name: string) => row[name] as number;
  const text = (name: string) => row[name] as string;
  return {
    uid: text("uid"),
    member: number("member"),
    serial: number("serial"),
    cardNumber: number("card_number"),
    counter: number("counter"),
    baseTag: text("base_tag"),
    newTag: text("new_tag"),
    kind: number("kind"),
    day: number("day"),
    minute: number("minute"),
    grossRial: number("gross_rial"),
    askedRial: number("asked_rial"),
    usedRial: number("used_rial"),
    earnedRial: number("earned_rial"),
    expiredRial: number("expired_rial"),
    discountRial: number("discount_rial"),
    balanceAfterRial: number("balance_after_rial"),
    pointsEarned: number("points_earned"),
    pointsAfter: number("points_after"),
    rulesetVersion: number("ruleset_version"),
    cashier: number("cashier"),
    // Stored as the copies they are (ingest.ts).
    confirms: 0,
  };
}
