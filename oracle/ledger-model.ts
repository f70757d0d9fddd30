/**
 * What the back office must have in its ledger once it holds certain records: judged here a second
 * time, and held against sums over its tables.
 */
import { type Attempt, type CardOwner, movementOf } from "./card-model";
import { TYPE_ABORTED, TYPE_COMMIT } from "./journal-content";
import { Violation } from "./violation";

export type Row = Record<string, unknown>;
/** Runs a query on the back office's database. */
export type Query = (sql: string) => Row[];

const LIABILITY = "liability:";
/** None of these has a reason in an honest world whose journals have all arrived. */
const ALARMS_OF_FRAUD = ["cardFork", "contradiction", "evaluation", "journal", "journalFork"];
const ALARMS_AT_REST = [...ALARMS_OF_FRAUD, "unexplained"];

interface Delivered {
  attempt: Attempt;
  /** The record that closed it, once that has arrived too. */
  outcome: number | undefined;
  isCommitted: boolean;
}

/** A card when nothing goes on. */
export interface RestingCard {
  uid: string;
  owner: CardOwner;
  creditRial: bigint;
  isBlocked: boolean;
}

export class LedgerModel {
  private blocked: ReadonlySet<string> = new Set();
  private readonly delivered = new Map<string, Delivered>();
  /** Records known to have counted on a card: uid, counter and tag. */
  private readonly settled = new Set<string>();
  private readonly byRecord = new Map<string, Delivered[]>();
  /** By account. */
  private readonly creditRial = new Map<string, bigint>();

  /** The intent's record was stored. */
  takeIntent(attempt: Attempt): void {
    const { uid, counter, baseTag, newTag } = attempt.intent;
    const delivered: Delivered = { attempt, outcome: undefined, isCommitted: false };
    this.delivered.set(attempt.name, delivered);
    const record = `${uid}:${counter - 2}:${newTag}`;
    const others = this.byRecord.get(record) ?? [];
    this.byRecord.set(record, [...others, delivered]);
    this.settle(`${uid}:${counter}:${baseTag}`);
    if (this.settled.has(record)) this.commit(delivered);
  }

  /** The record that closed an intent was stored. */
  takeOutcome(name: string, outcome: number): void {
    const delivered = this.delivered.get(name);
    if (delivered === undefined) throw new Violation("I4", `${name} was closed before it began`);
    delivered.outcome = outcome;
    const { confirmed } = delivered.attempt;
    if (confirmed !== undefined) this.takeOutcome(confirmed.name, outcome);
    const { uid, counter, newTag } = delivered.attempt.intent;
    if (outcome !== TYPE_COMMIT) return;
    this.settle(`${uid}:${counter - 2}:${newTag}`);
    this.commit(delivered);
  }

  private settle(record: string): void {
    if (this.settled.has(record)) return;
    this.settled.add(record);
    for (const delivered of this.byRecord.get(record) ?? []) this.commit(delivered);
  }

  private commit(delivered: Delivered): void {
    const { attempt } = delivered;
    if (delivered.isCommitted || attempt.isCopy) return;
    if (!attempt.isEffective) {
      throw new Violation("I1", `${attempt.name} is in the ledger and not on the card`);
    }
    delivered.isCommitted = true;
    const account = accountOf(attempt.intent);
    const before = this.creditRial.get(account) ?? 0n;
    this.creditRial.set(account, before + movementOf(attempt.intent));
  }

  /** Sums that must hold whatever has arrived so far. */
  checkSums(query: Query): void {
    const balances = query("SELECT account, sum(amount_rial) AS sum FROM entries GROUP BY account");
    const total = balances.reduce((sum, row) => sum + BigInt(row.sum as number), 0n);
    if (total !== 0n) throw new Violation("I1", `the accounts sum to ${total} rial`);
    const owed = new Map<string, bigint>();
    for (const { account, sum } of balances) {
      const name = String(account);
      if (name.startsWith(LIABILITY)) owed.set(name, -BigInt(sum as number));
    }
    for (const account of new Set([...owed.keys(), ...this.creditRial.keys()])) {
      const ledgerRial = owed.get(account) ?? 0n;
      const expectedRial = this.creditRial.get(account) ?? 0n;
      if (ledgerRial === expectedRial) continue;
      const text = `${account} has ${ledgerRial} rial in the ledger`;
      throw new Violation("I1", `${text}, by the stored records ${expectedRial}`);
    }
    const quoted = ALARMS_OF_FRAUD.map((kind) => `'${kind}'`).join(", ");
    refuseAlarms(query(`SELECT * FROM alarms WHERE kind IN (${quoted})`));
  }

  /**
   * At rest, when all is stored and every card was seen again: nothing open, nothing in doubt, and
   * each transaction has the status that the card bears out.
   */
  checkAtRest(query: Query, cards: readonly RestingCard[]): void {
    this.checkSums(query);
    this.blocked = new Set(cards.filter(({ isBlocked }) => isBlocked).map(({ uid }) => uid));
    const untold = [...this.delivered.values()].filter((one) => this.isUntold(one));
    for (const { owner, creditRial: cardRial } of cards) {
      const account = accountOf(owner);
      const own = untold.filter(({ attempt }) => accountOf(attempt.intent) === account);
      const untoldRial = own.reduce((sum, { attempt }) => sum + movementOf(attempt.intent), 0n);
      const ledgerRial = this.creditRial.get(account) ?? 0n;
      if (ledgerRial + untoldRial === cardRial) continue;
      const text = `${account}: ${cardRial} rial on the card, ${ledgerRial} in the ledger`;
      throw new Violation("I11", text);
    }
    const rows = query("SELECT terminal, sequence, status, is_unreleased FROM transactions");
    if (rows.length !== this.delivered.size) {
      throw new Violation("I4", `${rows.length} transactions, ${this.delivered.size} journaled`);
    }
    for (const row of rows) this.checkStatus(row);
    const quoted = ALARMS_AT_REST.map((kind) => `'${kind}'`).join(", ");
    refuseAlarms(query(`SELECT * FROM alarms WHERE kind IN (${quoted})`));
  }

  /**
   * Counts on a card that is blocked since, and was given up: no pad writes to that card any more,
   * so nothing can tell the office until somebody lets the card in again.
   */
  private isUntold({ attempt, isCommitted }: Delivered): boolean {
    const { intent, isEffective, isCopy } = attempt;
    return !isCommitted && isEffective && !isCopy && this.blocked.has(intent.uid);
  }

  private checkStatus({ terminal, sequence, status, is_unreleased }: Row): void {
    const name = `${terminal}/${sequence}`;
    const delivered = this.delivered.get(name);
    if (delivered === undefined) throw new Violation("I4", `transaction ${name} never was`);
    const { attempt, outcome } = delivered;
    // Copies move nothing, and two pads may make the same one.
    if (attempt.isCopy) return;
    if (this.isUntold(delivered) && status === "inDoubt") return;
    if (status !== "committed" && status !== "aborted") {
      throw new Violation("I11", `transaction ${name} is still "${status}"`);
    }
    if ((status === "committed") !== attempt.isEffective) {
      const truth = attempt.isEffective ? "counts" : "does not count";
      throw new Violation("I11", `transaction ${name} is "${status}" and ${truth} on the card`);
    }
    const isUnreleased = attempt.isEffective && outcome !== TYPE_COMMIT;
    if ((is_unreleased === 1) !== isUnreleased) {
      throw new Violation("I11", `transaction ${name}: released or not is told wrongly`);
    }
    if (outcome === TYPE_ABORTED && attempt.isEffective) {
      throw new Violation("I3", `${name} was given up for certain and counts all the same`);
    }
  }
}

/** Of what the club owes to whoever has the card; a gift card belongs to nobody. */
function accountOf({ isGift, member, serial }: CardOwner): string {
  return isGift ? `${LIABILITY}gift:${serial}` : `${LIABILITY}member:${member}`;
}

function refuseAlarms(rows: Row[]): void {
  const [row] = rows;
  if (row === undefined) return;
  const text = `${row.kind} of ${row.subject} at ${row.place}: ${row.detail}`;
  throw new Violation("I6", `an alarm without a reason (${rows.length} in all): ${text}`);
}
