/**
 * For tests: a club with cards and pads that follow the commit protocol on cards of bytes, so that
 * journals are real (entries, chain MACs, seals) and taps may be torn at every step. The truth is
 * written down beside: `effective` holds the intents that really counted on a card.
 */
import { readFileSync } from "node:fs";
import { copyNumbers, getUint } from "../card-layout/bytes";
import { COUNTER_START } from "../card-layout/geometry";
import { CardKind, emptyIdentity, type Identity, sealIdentity } from "../card-layout/identity";
import { deriveSealKey } from "../card-layout/keys";
import { createSivKey, type SivKey } from "../card-layout/siv";
import { type CardState, DAY_NEVER, emptyState, sealState } from "../card-layout/state";
import { Status } from "../card-layout/status";
import {
  createDecision,
  createPurchase,
  DecisionField,
  evaluateTap,
  Outcome,
  TapKind,
} from "../firmware/core/evaluate";
import { fillIntent } from "../firmware/core/intent-entry";
import {
  CommitKey,
  createEntry,
  encodeEntry,
  IntentKey,
  type JournalEntry,
  JournalType,
  MAX_ENTRY_BYTES,
  setEntryString,
} from "../firmware/core/journal-entry";
import type { TerminalConfig } from "../firmware/core/terminal-config";
import type { Journal } from "../firmware/storage/journal";
import type { VerifiedBatch } from "./batch";
import { fillIdentity, setBaseTag, viewIdentity, viewState } from "./card-views";
import { readRecord } from "./journal-records";
import { type ClubKeys, createClubKeys, terminalConfigFor } from "./keys";
import { compileRuleset } from "./rules/compile";
import { MemoryJournal, nodeAes } from "./test-world";

export const TEST_KEYS: ClubKeys = createClubKeys(7, 1, "test club");
export const TEST_ISSUER = 1;
export const RULESET = compileRuleset(
  readFileSync(new URL("../rulesets/first-shop.yaml", import.meta.url), "utf8"),
  "first-shop.yaml",
);

/** The steps of a tap behind which the card may be gone. */
export const enum Step {
  Intent,
  Burn,
  Expose,
  Commit,
  /** Everything happened on the card, but the pad does not know. */
  Ratify,
  /** Not torn. */
  Done,
}

export interface TestSale {
  grossRial: number;
  askedRial: number;
  day: number;
}

interface SealedRecord {
  state: CardState;
  sealed: Uint8Array;
}

interface Attempt {
  name: string;
  sequence: number;
  card: TestCard;
  counter: number;
  kind: TapKind;
  record: SealedRecord;
  baseTag: string;
  isTouched: boolean;
  /** As journaled. */
  entry: JournalEntry;
}

const TAG_BYTES = 5;

/** One chip: a counter and the records by the counter value that they were sealed for. */
export class TestCard {
  counter = COUNTER_START;
  readonly records = new Map<number, SealedRecord>();
  readonly uidBytes = new Uint8Array(7);
  readonly identity: Identity = emptyIdentity();
  readonly sealedIdentity = new Uint8Array(48);
  private readonly sealKey: SivKey = createSivKey();

  constructor(
    readonly uid: string,
    member: number,
  ) {
    const { sealMaster, clubId, keyEpoch } = TEST_KEYS;
    this.uidBytes.set(Buffer.from(uid, "hex"));
    const key = this.sealKey;
    deriveSealKey(nodeAes, sealMaster, this.uidBytes, uid.length / 2, clubId, keyEpoch, key);
    fillIdentity(this.identity, clubId, {
      ...{ kind: CardKind.Member, memberId: member, serial: member + 1000, cardNumber: 0 },
      ...{ issueDay: 0, expiryDay: DAY_NEVER, birthYear: 0, birthMonth: 5, birthDay: 12 },
    });
    const place = this.place(0);
    sealIdentity(nodeAes, key, place, this.identity, this.sealedIdentity, 0);
    this.records.set(COUNTER_START, this.seal(emptyState(), COUNTER_START));
  }

  seal(state: CardState, counter: number): SealedRecord {
    const sealed = new Uint8Array(144);
    sealState(nodeAes, this.sealKey, this.place(counter), state, sealed, 0);
    return { state, sealed };
  }

  record(counter: number): SealedRecord {
    return this.records.get(counter) as SealedRecord;
  }

  tag(counter: number): string {
    return tagOf(this.record(counter));
  }

  /** As the issuing desk would enter it. */
  asIssued() {
    return {
      uid: this.uid,
      member: viewIdentity(this.identity).memberId,
      serial: viewIdentity(this.identity).serial,
      cardNumber: 0,
      sealedIdentity: this.sealedIdentity,
      issuedTag: this.record(COUNTER_START).sealed.slice(0, TAG_BYTES),
    };
  }

  private place(counter: number) {
    const { clubId, keyEpoch } = TEST_KEYS;
    const uidLengthBytes = this.uid.length / 2;
    return { uid: this.uidBytes, uidLengthBytes, clubId, counter, keyEpoch };
  }
}

/** One pad. Its journal is in memory unless it is given another one. */
export class TestPad {
  readonly journal: MemoryJournal;
  readonly config: TerminalConfig;
  private readonly written: Journal;
  private open: Attempt | undefined;

  constructor(
    readonly terminalId: number,
    readonly epoch: number,
    private readonly effective: Set<string>,
    createJournal?: (config: TerminalConfig) => Journal,
  ) {
    const { bytes } = RULESET;
    this.config = terminalConfigFor(nodeAes, TEST_KEYS, terminalId, epoch, TEST_ISSUER, bytes);
    this.journal = new MemoryJournal(this.config.journalKey);
    this.written = createJournal?.(this.config) ?? this.journal;
  }

  /** Presents a card, which leaves behind the step `tear`. */
  tap(card: TestCard, sale: TestSale, tear: Step): void {
    if (this.open !== undefined && this.open.card !== card) this.giveUp();
    if (this.open !== undefined) {
      this.resume(this.open, tear);
      return;
    }
    if (card.counter % 2 === 1) {
      const counter = card.counter + 1;
      const state = emptyState();
      copyNumbers(card.record(counter).state, state);
      this.begin(card, counter, TapKind.Abandon, state, sale);
      if (!this.run(Step.Expose, tear)) return;
    }
    const isMember = viewState(card.record(card.counter).state).flags % 2 === 1;
    const kind = isMember ? TapKind.Sale : TapKind.Enrol;
    const amounts = isMember ? sale : { ...sale, grossRial: 0, askedRial: 0 };
    const state = emptyState();
    if (this.begin(card, card.counter, kind, state, amounts)) this.run(Step.Burn, tear);
  }

  /** The cashier cancels. */
  giveUp(): void {
    if (this.open === undefined) return;
    this.close(this.open.isTouched ? JournalType.InDoubt : JournalType.Aborted);
  }

  /** A batch of what a server would receive, already verified. */
  batch(firstSequence: number, recordCount: number): VerifiedBatch {
    const all = this.journal.records.slice(firstSequence - 1, firstSequence - 1 + recordCount);
    const records = all.map(({ bytes, mac }, index) => ({
      sequence: firstSequence + index,
      type: bytes[2],
      version: bytes[3],
      payload: bytes.slice(8),
      mac,
    }));
    const lastSequence = firstSequence + records.length - 1;
    const chainMac = records[records.length - 1].mac;
    const { terminalId, epoch: terminalEpoch } = this;
    return { terminalId, terminalEpoch, records, lastSequence, chainMac };
  }

  private begin(
    card: TestCard,
    counter: number,
    kind: TapKind,
    after: CardState,
    sale: TestSale,
  ): boolean {
    const decision = createDecision();
    const purchase = {
      ...createPurchase(this.terminalId, TEST_ISSUER),
      kind,
      grossRial: kind === TapKind.Abandon ? 0 : sale.grossRial,
      askedCreditRial: kind === TapKind.Abandon ? 0 : sale.askedRial,
      day: sale.day,
      minute: 600,
      sequence: this.written.nextSequence(),
    };
    const base = card.record(counter);
    if (kind !== TapKind.Abandon) {
      evaluateTap(RULESET.bytes, base.state, card.identity, purchase, after, decision);
      if (decision[DecisionField.Outcome] !== Outcome.Ok) return false;
    }
    const entry = createEntry();
    fillIntent(entry, card.identity, purchase, decision, RULESET.version);
    setEntryString(entry, IntentKey.Uid, card.uidBytes, 0, card.uid.length / 2);
    this.write(card, counter, kind, after, entry);
    return true;
  }

  /** Journals an intent for `after`, the record to follow the one at `counter`. */
  private write(
    card: TestCard,
    counter: number,
    kind: TapKind,
    after: CardState,
    entry: JournalEntry,
  ): void {
    const base = card.record(counter);
    setBaseTag(after, tagOf(base));
    const record = card.seal(after, counter - 2);
    entry.values[IntentKey.BaseTag] = getUint(base.sealed, 0, TAG_BYTES);
    entry.values[IntentKey.NewTag] = getUint(record.sealed, 0, TAG_BYTES);
    entry.values[IntentKey.CounterBefore] = counter;
    const sequence = this.append(JournalType.Intent, entry);
    const name = `${this.terminalId}/${this.epoch}/${sequence}`;
    const baseTag = tagOf(base);
    this.open = { name, sequence, card, counter, kind, record, baseTag, isTouched: false, entry };
  }

  /** An unchanged copy of the newest record takes the place of the open attempt. */
  private confirm(open: Attempt, newest: number): void {
    const { card, kind, sequence, entry } = open;
    const state = emptyState();
    copyNumbers(card.record(newest).state, state);
    if (entry.values[IntentKey.Confirms] === 0) entry.values[IntentKey.Confirms] = sequence;
    this.write(card, newest, kind, state, entry);
    (this.open as Attempt).isTouched = true;
  }

  /** Runs the protocol from `first` on; false when the card left. */
  private run(first: Step, tear: Step): boolean {
    const open = this.open as Attempt;
    const { card, counter, record } = open;
    if (tear === Step.Intent) return false;
    open.isTouched = true;
    if (first <= Step.Burn) card.counter = counter - 1;
    if (tear === Step.Burn) return false;
    card.records.set(counter - 2, record);
    if (tear === Step.Expose) return false;
    card.counter = counter - 2;
    this.effective.add(open.name);
    if (tear === Step.Commit || tear === Step.Ratify) return false;
    this.close(JournalType.Commit);
    return true;
  }

  /** As the firmware does when the card of its open attempt is back. */
  private resume(open: Attempt, tear: Step): void {
    const { card, counter, kind } = open;
    const lowered = counter - card.counter;
    if (lowered < 2) {
      if (card.tag(counter) !== open.baseTag) throw new Error("another base at the same counter");
      this.run(lowered === 0 ? Step.Burn : Step.Expose, tear);
      return;
    }
    if (lowered > 5) {
      this.close(JournalType.InDoubt);
      return;
    }
    const newest = card.counter + (card.counter % 2);
    const record = card.record(newest);
    const ours = lowered < 4 ? tagOf(record) : viewState(record.state).baseTag;
    if (ours !== tagOf(open.record)) {
      const isConfirming = open.entry.values[IntentKey.Confirms] > 0;
      this.close(isConfirming ? JournalType.InDoubt : JournalType.Aborted);
    } else if (kind === TapKind.Abandon) this.close(JournalType.Commit);
    else {
      this.confirm(open, newest);
      this.run(newest === card.counter ? Step.Burn : Step.Expose, tear);
    }
  }

  private close(type: JournalType): void {
    const { sequence, counter } = this.open as Attempt;
    const entry = createEntry();
    entry.values[CommitKey.IntentSequence] = sequence;
    if (type === JournalType.Commit) entry.values[CommitKey.CounterAfter] = counter - 2;
    this.append(type, entry);
    this.open = undefined;
  }

  private append(type: JournalType, entry: ReturnType<typeof createEntry>): number {
    const payload = new Uint8Array(MAX_ENTRY_BYTES);
    const lengthBytes = encodeEntry(entry, payload);
    if (readRecord(type, payload.subarray(0, lengthBytes)).kind === "unreadable") {
      throw new Error("the test wrote a record that nobody can read");
    }
    if (this.written.append(type, payload, lengthBytes) !== Status.Ok) {
      throw new Error("the journal refuses a record");
    }
    return this.written.nextSequence() - 1;
  }
}

function tagOf({ sealed }: SealedRecord): string {
  return Buffer.from(sealed.subarray(0, TAG_BYTES)).toString("hex");
}

/** Cards, pads and what really happened. */
export class TestClub {
  readonly effective = new Set<string>();
  readonly pads: TestPad[];
  readonly cards: TestCard[];

  constructor(padCount: number, cardCount: number) {
    this.pads = Array.from({ length: padCount }, (_, i) => new TestPad(i + 1, 0, this.effective));
    this.cards = Array.from({ length: cardCount }, (_, i) => {
      const number = (0x04a1b200 + i).toString(16).padStart(8, "0");
      return new TestCard(i % 2 === 0 ? number : `${number}c3d4e5`, i + 1);
    });
  }
}
