/** What every offer came to: each card's credit followed from who gave it to where it went. */
import { TapKind } from "../../firmware/core/evaluate";
import { mulDiv } from "../../firmware/core/money";
import type { Database, SqlRow } from "../database";
import { type CreditPart, readRecord, transactionName } from "../journal-records";
import { CardCredit, type Portion, sumOf } from "./card-credit";
import { type Movement, OfferBooks, type OfferTotals } from "./offer-totals";
import type { RuleShare, TapOffers } from "./tap-offers";

export interface OfferReport {
  offers: OfferTotals[];
  /** The newest business day of all taps; 0 without any. */
  day: number;
  /** Committed taps of which nothing is known: their ruleset or the card's past is missing. */
  unknownTaps: number;
}

interface TapRow {
  terminal: number;
  epoch: number;
  sequence: number;
  uid: string;
  member: number;
  kind: number;
  day: number;
  gross_rial: number;
  clawed_rial: number;
  debt_paid_rial: number;
  debt_added_rial: number;
  reference: number;
  issuer: number;
  type: number;
  payload: Uint8Array;
  offers: string | null;
}

/** A tap that gave or used something; it may be undone, and a sale may come back. */
interface Giving {
  rules: RuleShare[];
  spent: Portion[];
  grossRial: number;
  returnedRial: number;
  clawedRial: number;
  movements: Movement[];
  /** The card's credit before it, without what had expired. */
  before: CardCredit;
}

const UNKNOWN = "unknown";
const SOURCES: Partial<Record<number, string>> = {
  [TapKind.GiftLoad]: "gift cards",
  [TapKind.Grant]: "grants",
  [TapKind.Patch]: "office",
};

/** By source, or by what `groupOf` makes of sources. */
export function offerReport(
  database: Database,
  groupOf: (source: string) => string = (source) => source,
): OfferReport {
  const follower = new Follower(groupOf);
  for (const uid of cardsInOrder(database)) follower.followCard(database, uid);
  const sql = "SELECT * FROM refund_settlements";
  const settled = database.all<SqlRow & Record<string, number>>(sql);
  for (const row of settled) {
    const { sale_terminal: terminal, sale_epoch: epoch, sale_sequence: sequence } = row;
    follower.returnPart(transactionName({ terminal, epoch, sequence }), row.gross_rial);
  }
  return follower.report();
}

/** `rule 3`, as reports and programmes call it. */
export function ruleSource(id: number): string {
  return `rule ${id}`;
}

/** A card that was made in place of another comes after that. */
function cardsInOrder(database: Database): string[] {
  const rows = database.all<{ uid: string; old_uid: string | null }>(
    "SELECT uid, old_uid FROM cards LEFT JOIN reissues ON new_uid = uid ORDER BY uid",
  );
  const oldOf = new Map(rows.map((row) => [row.uid, row.old_uid]));
  const ageOf = (uid: string): number => {
    const old = oldOf.get(uid);
    return old ? ageOf(old) + 1 : 0;
  };
  return [...oldOf.keys()].sort((a, b) => ageOf(a) - ageOf(b));
}

/** Taps that count, oldest first; without those of a card that had been replaced. */
function tapsOf(database: Database, uid: string): TapRow[] {
  return database.all<SqlRow & TapRow>(
    `SELECT t.*, records.type, payload, offers, terminals.issuer FROM transactions t
       JOIN records USING (terminal, epoch, sequence) JOIN terminals USING (terminal, epoch)
       LEFT JOIN tap_offers USING (terminal, epoch, sequence)
     WHERE uid = ? AND status = 'committed' AND kind <> ${TapKind.Abandon} AND counter - 2 >=
       coalesce((SELECT closed_counter FROM reissues WHERE old_uid = t.uid), -2)
     ORDER BY counter DESC`,
    uid,
  );
}

class Follower {
  private readonly books: OfferBooks;
  private readonly credits = new Map<string, CardCredit>();
  private readonly givings = new Map<string, Giving>();
  private lastDay = 0;
  private unknownTaps = 0;

  constructor(groupOf: (source: string) => string) {
    this.books = new OfferBooks(groupOf);
  }

  followCard(database: Database, uid: string): void {
    const sql = "SELECT old_uid FROM reissues WHERE new_uid = ?";
    const old = database.get<{ old_uid: string }>(sql, uid)?.old_uid ?? "";
    let credit = this.credits.get(old) ?? new CardCredit();
    this.credits.delete(old);
    // Time never goes back on a card.
    let day = 0;
    for (const tap of tapsOf(database, uid)) {
      day = Math.max(day, tap.day);
      this.lastDay = Math.max(this.lastDay, day);
      if (tap.offers === null) this.unknownTaps++;
      else credit = this.follow(tap, JSON.parse(tap.offers), day, credit);
    }
    this.credits.set(uid, credit);
  }

  /** Of a sale's bill so much came back: discount and points of it go in proportion. */
  returnPart(name: string, grossRial: number): void {
    const sale = this.givings.get(name);
    if (sale === undefined) return;
    const { books } = this;
    const keptRial = sale.grossRial - sale.returnedRial;
    sale.returnedRial += grossRial;
    const lost = (given: number) =>
      mulDiv(given, Math.max(keptRial - grossRial, 0), sale.grossRial) -
      mulDiv(given, Math.max(keptRial, 0), sale.grossRial);
    for (const { id, discountRial, points } of sale.rules) {
      books.book(ruleSource(id), "discountRial", lost(discountRial));
      books.book(ruleSource(id), "points", lost(points));
    }
    const sources = sale.rules.map(({ id }) => ruleSource(id));
    for (const source of books.groupsOf(sources)) books.book(source, "salesRial", -grossRial);
  }

  report(): OfferReport {
    for (const credit of this.credits.values()) {
      for (const { source, untilDay, amountRial } of credit.left()) {
        const isOver = untilDay < this.lastDay;
        this.books.of(source)[isOver ? "expiredRial" : "outstandingRial"] += amountRial;
      }
    }
    const offers = this.books.all();
    return { offers, day: this.lastDay, unknownTaps: this.unknownTaps };
  }

  /** Returns the credit that the card then has. */
  private follow(
    tap: TapRow,
    { rules, lots }: TapOffers,
    day: number,
    credit: CardCredit,
  ): CardCredit {
    const { books } = this;
    const name = transactionName(tap);
    const originalName = transactionName({ ...tap, sequence: tap.reference });
    const original = this.givings.get(originalName);
    for (const { source, amountRial } of credit.expire(day)) {
      books.book(source, "expiredRial", amountRial);
    }
    books.movements = [];
    if (tap.kind === TapKind.Void && original !== undefined) {
      books.undo(original.movements);
      const restored = original.before.copy();
      this.bookGone(restored.fit(lots, originalName, UNKNOWN).gone);
      return restored;
    }
    const before = credit.copy();
    const isReturn = tap.kind === TapKind.Refund;
    const spent = tap.kind === TapKind.Sale ? this.sell(tap, rules, credit) : [];
    if (isReturn) this.giveBack(partsOf(tap), original, credit);
    const source = sourceOf(tap);
    const { gone, addedRial } = credit.fit(lots, isReturn ? originalName : name, source);
    const debtPaidRial = tap.kind === TapKind.Sale ? 0 : tap.debt_paid_rial;
    books.book(source, "grantedRial", addedRial + debtPaidRial);
    books.book(source, "debtPaidRial", debtPaidRial);
    if (source.startsWith("reward")) books.book(source, "times", 1, tap.member);
    if (isReturn) {
      this.returnPart(originalName, tap.gross_rial);
      this.takeBack(tap, original, gone);
    } else {
      this.bookGone(gone);
      books.book(source, "takenBackRial", tap.debt_added_rial);
      books.book(source, "debtRial", tap.debt_added_rial);
    }
    const giving = { rules, spent, grossRial: tap.gross_rial, returnedRial: 0, clawedRial: 0 };
    this.givings.set(name, { ...giving, movements: books.movements, before });
    return credit;
  }

  /** Returns what was used, by who had given it. */
  private sell(tap: TapRow, rules: RuleShare[], credit: CardCredit): Portion[] {
    const { books } = this;
    const spent: Portion[] = [];
    for (const { amountRial, ...place } of partsOf(tap)) {
      const taken = credit.take(place, amountRial);
      const rest = { ...place, source: UNKNOWN, origin: "" };
      const missingRial = amountRial - sumOf(taken);
      books.book(UNKNOWN, "grantedRial", missingRial);
      if (missingRial > 0) taken.push({ ...rest, amountRial: missingRial });
      spent.push(...taken);
    }
    for (const { source, amountRial } of spent) books.book(source, "usedRial", amountRial);
    let debtRial = tap.debt_paid_rial;
    for (const { id, creditRial, discountRial, points, purse, untilDay } of rules) {
      const source = ruleSource(id);
      const paidRial = Math.min(creditRial, debtRial);
      debtRial -= paidRial;
      books.book(source, "grantedRial", creditRial);
      books.book(source, "debtPaidRial", paidRial);
      books.book(source, "discountRial", discountRial);
      books.book(source, "points", points);
      const place = { issuer: tap.issuer, kind: purse, untilDay, origin: transactionName(tap) };
      credit.add({ ...place, source, amountRial: creditRial - paidRial });
    }
    for (const source of books.groupsOf(rules.map(({ id }) => ruleSource(id)))) {
      books.book(source, "times", 1, tap.member);
      books.book(source, "salesRial", tap.gross_rial);
    }
    return spent;
  }

  /** Used credit comes back to whose it was, in the order in which it was used. */
  private giveBack(parts: CreditPart[], original: Giving | undefined, credit: CardCredit): void {
    for (const { amountRial, ...place } of parts) {
      let restRial = amountRial;
      for (const portion of original?.spent ?? []) {
        const isSame = portion.issuer === place.issuer && portion.kind === place.kind;
        const backRial = isSame ? Math.min(portion.amountRial, restRial) : 0;
        if (backRial === 0) continue;
        portion.amountRial -= backRial;
        restRial -= backRial;
        this.books.book(portion.source, "usedRial", -backRial);
        credit.add({ ...portion, untilDay: place.untilDay, amountRial: backRial });
      }
    }
  }

  /**
   * What a return takes back is what its sale's rules had given. Where the card no longer held
   * that, other credit went in its place: that one counts as used, and theirs no longer does.
   */
  private takeBack(tap: TapRow, original: Giving | undefined, gone: Portion[]): void {
    const { books } = this;
    const owed = new Map<string, number>();
    const granted = (original?.rules ?? []).filter(({ creditRial }) => creditRial > 0);
    const totalRial = granted.reduce((sum, { creditRial }) => sum + creditRial, 0);
    if (original === undefined || totalRial === 0) {
      this.bookGone(gone);
      return;
    }
    const beforeRial = original.clawedRial;
    original.clawedRial += tap.clawed_rial;
    let sumRial = 0;
    const upTo = (rial: number) => mulDiv(rial, sumRial, totalRial);
    for (const { id, creditRial } of granted) {
      const [one, two] = [upTo(beforeRial), upTo(original.clawedRial)];
      sumRial += creditRial;
      owed.set(ruleSource(id), upTo(original.clawedRial) - two - (upTo(beforeRial) - one));
    }
    let debtRial = tap.debt_added_rial;
    for (const { source, amountRial } of gone) {
      const ownRial = Math.min(owed.get(source) ?? 0, amountRial);
      owed.set(source, (owed.get(source) ?? 0) - ownRial);
      books.book(source, "takenBackRial", ownRial);
      books.book(source, "usedRial", amountRial - ownRial);
    }
    for (const [source, rial] of owed) {
      const becomesDebtRial = Math.min(rial, debtRial);
      debtRial -= becomesDebtRial;
      books.book(source, "takenBackRial", rial);
      books.book(source, "debtRial", becomesDebtRial);
      books.book(source, "usedRial", becomesDebtRial - rial);
    }
  }

  private bookGone(gone: readonly Portion[]): void {
    for (const { source, amountRial } of gone) {
      this.books.book(source, "takenBackRial", amountRial);
    }
  }
}

/** Who gives what a tap puts on the card, but for the rules of a sale. */
function sourceOf({ kind, reference }: TapRow): string {
  return kind === TapKind.Reward ? `reward ${reference}` : (SOURCES[kind] ?? UNKNOWN);
}

function partsOf({ type, payload }: TapRow): CreditPart[] {
  const content = readRecord(type, payload);
  return content.kind === "intent" ? content.intent.parts : [];
}
