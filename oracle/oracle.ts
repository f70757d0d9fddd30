/**
 * Judges a simulated club from outside: told nothing but the bytes of cards and flash chips, the
 * back office's tables, and what the cashier was shown, it knows what each member must have, and
 * throws a `Violation` when somebody has something else. Shares no code with what it judges.
 */
import type { CardBytes } from "./card-image";
import { type Attempt, CardModel, type CardOwner } from "./card-model";
import { type Masters, sealKeysOf } from "./club-keys";
import {
  alarmCode,
  CHANGE_LISTS,
  closedSequence,
  type IntentContent,
  intentOf,
  settingsOf,
  TYPE_ABORTED,
  TYPE_ALARM,
  TYPE_COMMIT,
  TYPE_IN_DOUBT,
  TYPE_INTENT,
  TYPE_SETTINGS,
  TYPE_SHIFT,
} from "./journal-content";
import type { JournalRecord, Ring } from "./journal-image";
import { LedgerModel, type Query } from "./ledger-model";
import { FLAG_BLOCKED, FLAG_ENROLLED } from "./member-state";
import { type CardOrder, KIND_REFUND, KIND_VOID } from "./other-taps";
import { type PadFlash, PadModel, type TimeSpan } from "./pad-model";
import { isDateOf } from "./persian-days";
import type { ShopRules } from "./shop-rules";
import { PadStaff, type StaffMember } from "./staff-model";
import { KIND_SALE } from "./tap-rules";
import { Violation } from "./violation";

const ALARM_MAGIC_CARD = 6;

/** What the cashier asked for, and the pad said to have done. */
export interface DoneTap {
  kind: number;
  grossRial: bigint;
  askedRial: bigint | "all";
  /** As the journal has them, in hex. */
  categories?: string;
}

export class Oracle {
  readonly ledger = new LedgerModel();
  private readonly pads = new Map<number, PadModel>();
  private readonly cards = new Map<string, CardModel>();
  private readonly attempts = new Map<string, Attempt>();
  /** By serial. */
  private readonly staff = new Map<number, StaffMember>();

  constructor(
    private readonly masters: Masters,
    private readonly rules: ShopRules,
    private readonly issuer: number,
  ) {}

  addPad(terminal: number, flash: PadFlash): void {
    const staff = new PadStaff(terminal, this.rules.staff, this.staff);
    this.pads.set(terminal, new PadModel(terminal, flash, staff));
  }

  /** A card just issued. */
  addCard(uid: Buffer, owner: CardOwner, card: CardBytes): void {
    const { clubId, keyEpoch } = this.masters;
    const place = { keys: sealKeysOf(this.masters, uid), clubId, keyEpoch, uid };
    const name = uid.toString("hex");
    this.cards.set(name, new CardModel(name, owner, place, card));
  }

  /** A card just issued, of somebody who works there. */
  addStaff(uid: Buffer, member: Omit<StaffMember, "uid">, card: CardBytes): void {
    const { number, serial } = member;
    this.addCard(uid, { member: number, serial, isGift: false }, card);
    this.staff.set(serial, { ...member, uid: uid.toString("hex") });
  }

  /** What the staff does and what becomes of the power at a pad. */
  staffOf(terminal: number): PadStaff {
    return this.padOf(terminal).staff;
  }

  /** The intent that a pad has open: its card's uid. */
  openCardOf(terminal: number): string | undefined {
    return this.openAttemptOf(terminal)?.intent.uid;
  }

  isEnrolled(uid: string): boolean {
    return (this.cardOf(uid).state.flags & FLAG_ENROLLED) !== 0;
  }

  isBlocked(uid: string): boolean {
    return (this.cardOf(uid).state.flags & FLAG_BLOCKED) !== 0;
  }

  /** Looks at the journal of a pad. `mayAlarm`: a copied chip was shown to it. */
  observePad(terminal: number, ring: Ring, span: TimeSpan, mayAlarm: boolean): void {
    const pad = this.padOf(terminal);
    const { darkSpan } = pad;
    // A record of which a power cut left it open whether it counts is dated before that, by a clock
    // that may have been set since.
    const whole = {
      fromUnixSeconds: Math.min(span.fromUnixSeconds, darkSpan?.fromUnixSeconds ?? Infinity),
      toUnixSeconds: Math.max(span.toUnixSeconds, darkSpan?.toUnixSeconds ?? -Infinity),
    };
    const isLate = darkSpan !== undefined;
    for (const record of pad.news(ring)) {
      this.takeRecord(terminal, record, whole, mayAlarm || pad.mayAlarmLate, isLate);
    }
    pad.staff.settle();
    pad.mayAlarmLate = ring.weak !== undefined && (mayAlarm || pad.mayAlarmLate);
    pad.darkSpan = ring.weak === undefined ? undefined : whole;
  }

  observeCard(uid: string, card: CardBytes): void {
    this.cardOf(uid).observe(card);
  }

  /**
   * The pad showed that a tap is done: then it is on the card and in the journal, as asked for.
   * Returns the credit that it left there; other pads may have gone on with the card since.
   */
  checkDone(terminal: number, uid: string, asked: DoneTap | undefined): bigint {
    const last = this.padOf(terminal).lastOfTap;
    if (last?.type !== TYPE_COMMIT) {
      throw new Violation("I5", `pad ${terminal} said "done" and its journal does not`);
    }
    const closed = this.attempts.get(`${terminal}/${closedSequence(last)}`) as Attempt;
    const { intent, name, isEffective } = closed.confirmed ?? closed;
    if (!isEffective) throw new Violation("I2", `${name} was released and is not on the card`);
    if (intent.uid !== uid) throw new Violation("I3", `${name} was done on another card`);
    if (asked === undefined) return intent.balanceRial;
    const { kind, grossRial, askedRial, categories = "" } = asked;
    const isAsked =
      intent.kind === kind &&
      intent.grossRial === grossRial &&
      intent.categories === categories &&
      (askedRial === "all" || intent.usedRial === askedRial);
    if (!isAsked) {
      const done = `kind ${intent.kind}, ${intent.grossRial} rial, ${intent.usedRial} of it credit`;
      const wanted = `kind ${kind}, ${grossRial} rial, ${askedRial} of it credit`;
      throw new Violation("I3", `${name} did ${done}; asked for was ${wanted}`);
    }
    return intent.balanceRial;
  }

  /** Everything a pad must still hold, is there. */
  checkJournal(terminal: number, ring: Ring): void {
    this.padOf(terminal).checkAll(ring);
  }

  /** Of the journal's pages, how often each was erased; a power cut may cost one more. */
  checkWear(terminal: number, eraseCounts: number[], powerCutCount: number): void {
    const spread = Math.max(...eraseCounts) - Math.min(...eraseCounts);
    if (spread <= 1 + powerCutCount) return;
    throw new Violation("I10", `pad ${terminal} wears its pages unevenly: ${eraseCounts}`);
  }

  /** The back office's cursor of each journal, as it stands durably. */
  takeStored(query: Query): void {
    for (const row of query("SELECT terminal, next_sequence FROM terminals")) {
      const pad = this.padOf(Number(row.terminal));
      const stored = Number(row.next_sequence) - 1;
      if (stored < pad.storedSequence) {
        throw new Violation("I5", `the office forgot records of pad ${pad.terminal}`);
      }
      if (stored > pad.records.length) {
        throw new Violation("I4", `the office holds records that pad ${pad.terminal} never had`);
      }
      const arrived = pad.records.slice(pad.storedSequence, stored);
      pad.storedSequence = stored;
      for (const record of arrived) this.deliver(pad.terminal, record);
    }
    for (const pad of this.pads.values()) pad.checkAcknowledged();
    this.ledger.checkSums(query);
  }

  /** Every pad has the newest lists and every card was used: orders are done, lost cards marked. */
  checkOrdersDone(listed: readonly string[]): void {
    for (const card of this.cards.values()) card.checkOrdersDone(listed.includes(card.uid));
  }

  /** Nothing is open, all is stored: cards, journals and ledger tell one story. */
  checkAtRest(query: Query): void {
    for (const pad of this.pads.values()) {
      if (pad.storedSequence === pad.records.length) continue;
      throw new Violation("I11", `pad ${pad.terminal} still has records that were not sent`);
    }
    this.checkStoredRecords(query);
    const cards = [...this.cards.values()].map(({ uid, owner, creditRial }) => ({
      ...{ uid, owner, creditRial, isBlocked: this.isBlocked(uid) },
    }));
    for (const { name, outcome, isCopy } of this.attempts.values()) {
      if (outcome === undefined && !isCopy) throw new Violation("I11", `${name} was never closed`);
    }
    this.ledger.checkAtRest(query, cards);
  }

  /** Every record, byte by byte. */
  private checkStoredRecords(query: Query): void {
    const rows = query("SELECT terminal, sequence, type, payload, mac FROM records");
    for (const { terminal, sequence, type, payload, mac } of rows) {
      const record = this.padOf(Number(terminal)).records[Number(sequence) - 1];
      const isSame =
        record !== undefined &&
        record.type === type &&
        record.payload.equals(payload as Uint8Array) &&
        record.mac.equals(mac as Uint8Array);
      if (!isSame) throw new Violation("I4", `record ${terminal}/${sequence} is not the pad's`);
    }
  }

  private takeRecord(
    terminal: number,
    record: JournalRecord,
    span: TimeSpan,
    mayAlarm: boolean,
    isLate: boolean,
  ): void {
    if (record.type === TYPE_INTENT) this.takeIntent(terminal, record, span, isLate);
    else if (record.type >= TYPE_COMMIT && record.type <= TYPE_IN_DOUBT) {
      this.takeOutcome(terminal, record);
    } else if (record.type === TYPE_SHIFT) this.padOf(terminal).takeShift(record);
    else if (record.type === TYPE_SETTINGS) {
      const { change, version } = settingsOf(record);
      if (change === CHANGE_LISTS) this.padOf(terminal).takeLists(version);
    } else if (record.type === TYPE_ALARM) {
      const code = alarmCode(record);
      const isExplained = code === ALARM_MAGIC_CARD && mayAlarm;
      if (isExplained) return;
      throw new Violation("I6", `pad ${terminal}: alarm ${code} without a reason`);
    }
  }

  private takeIntent(
    terminal: number,
    record: JournalRecord,
    span: TimeSpan,
    isLate: boolean,
  ): void {
    const open = this.openAttemptOf(terminal);
    const name = `${terminal}/${record.sequence}`;
    const intent = intentOf(record);
    const confirmed = this.attempts.get(`${terminal}/${intent.confirms}`);
    if (open !== undefined && (open.confirmed ?? open) !== confirmed) {
      throw new Violation("I3", `${name} begins while ${open.name} is open`);
    }
    if (intent.confirms === 0) this.checkDate(name, intent, span);
    const card = this.cardOf(intent.uid);
    const { member, serial, isGift } = card.owner;
    if (intent.member !== member || intent.serial !== serial || intent.isGift !== isGift) {
      throw new Violation("I3", `${name} names another owner than the card's`);
    }
    const { sequence } = record;
    const original = this.originalOf(terminal, intent);
    const by = { terminal, sequence, issuer: this.issuer, confirmed, original };
    if (confirmed === undefined) this.padOf(terminal).checkListed(name, intent);
    const attempt = card.attempt(this.rules, by, intent, isLate);
    this.padOf(terminal).checkStaff(attempt);
    this.attempts.set(name, attempt);
  }

  /** The committed attempt that a return or a void names. */
  private originalOf(terminal: number, { kind, reference }: IntentContent): Attempt | undefined {
    if (kind !== KIND_REFUND && kind !== KIND_VOID) return undefined;
    const original = this.attempts.get(`${terminal}/${reference}`);
    return original?.outcome === TYPE_COMMIT ? original : undefined;
  }

  /** Sales to a card that this pad has released, and what of each has not come back. */
  salesOf(terminal: number, uid: string): { sequence: number; leftRial: bigint }[] {
    const all = this.cardOf(uid).attempts.filter(
      ({ intent, outcome, isEffective, isCopy, ...attempt }) =>
        attempt.terminal === terminal &&
        intent.kind === KIND_SALE &&
        outcome === TYPE_COMMIT &&
        isEffective &&
        !isCopy,
    );
    return all.map(({ sequence, intent, returnedRial }) => ({
      sequence,
      leftRial: intent.grossRial - returnedRial,
    }));
  }

  /** The office orders something for a card: the next number of that card's orders. */
  addOrder(uid: string, order: CardOrder): void {
    this.cardOf(uid).orders.push(order);
  }

  /** The office has made lists for a pad, with these cards on them. */
  addLists(terminal: number, version: number, uids: readonly string[]): void {
    for (const uid of uids) this.cardOf(uid).isListed = true;
    this.padOf(terminal).madeLists.set(version, new Set(uids));
  }

  private checkDate(name: string, intent: IntentContent, span: TimeSpan): void {
    const { unixSeconds, day, minute } = intent;
    if (unixSeconds < span.fromUnixSeconds || unixSeconds > span.toUnixSeconds) {
      throw new Violation("I3", `${name} is dated ${unixSeconds}, outside the step it was made in`);
    }
    if (!isDateOf(this.rules, unixSeconds, day, minute)) {
      throw new Violation("I3", `${name}: day ${day}, minute ${minute} is not ${unixSeconds}`);
    }
  }

  private takeOutcome(terminal: number, record: JournalRecord): void {
    const name = `${terminal}/${closedSequence(record)}`;
    const attempt = this.attempts.get(name);
    if (attempt === undefined) throw new Violation("I5", `${name} is closed and never began`);
    if (attempt.outcome !== undefined) throw new Violation("I3", `${name} is closed twice`);
    if (record.type === TYPE_COMMIT) this.cardOf(attempt.intent.uid).confirm(attempt);
    this.padOf(terminal).countInShift(attempt, record);
    attempt.outcome = record.type;
    if (attempt.confirmed !== undefined) attempt.confirmed.outcome = record.type;
    const isValueMoved = attempt.isEffective && !attempt.isCopy;
    if (record.type === TYPE_ABORTED && isValueMoved) {
      throw new Violation("I3", `${name} was given up for certain and counts all the same`);
    }
  }

  private deliver(terminal: number, record: JournalRecord): void {
    const { type, sequence } = record;
    if (type === TYPE_INTENT) {
      this.ledger.takeIntent(this.attempts.get(`${terminal}/${sequence}`) as Attempt);
    } else if (type >= TYPE_COMMIT && type <= TYPE_IN_DOUBT) {
      this.ledger.takeOutcome(`${terminal}/${closedSequence(record)}`, type);
    }
  }

  private openAttemptOf(terminal: number): Attempt | undefined {
    const last = this.padOf(terminal).lastOfTap;
    if (last?.type !== TYPE_INTENT) return undefined;
    return this.attempts.get(`${terminal}/${last.sequence}`);
  }

  private padOf(terminal: number): PadModel {
    return this.pads.get(terminal) as PadModel;
  }

  private cardOf(uid: string): CardModel {
    const card = this.cards.get(uid);
    if (card === undefined) throw new Violation("I3", `card ${uid} was never issued`);
    return card;
  }
}
