/** One pad as the oracle knows it: every record of its journal that once counted. */
import { AesKey } from "./aes-siv";
import type { Attempt } from "./card-model";
import {
  ACTION_CARRY,
  ACTION_CLOSE,
  ACTION_LOG_IN,
  type IntentContent,
  shiftOf,
  TYPE_COMMIT,
  TYPE_IN_DOUBT,
  TYPE_INTENT,
} from "./journal-content";
import { type JournalContent, JournalImage, type JournalRecord, type Ring } from "./journal-image";
import { KIND_BLOCK, KIND_PATCH } from "./other-taps";
import { PadShift } from "./shift-model";
import type { PadStaff } from "./staff-model";
import { KIND_ABANDON } from "./tap-rules";
import { Violation } from "./violation";

export interface PadFlash {
  journalKey: Uint8Array;
  pageSizeBytes: number;
  /** Of the journal's ring. */
  pageCount: number;
}

/** A pad's clock at the beginning and the end of what it did. */
export interface TimeSpan {
  fromUnixSeconds: number;
  toUnixSeconds: number;
}

export class PadModel {
  /** What its clock said while it was without power. A record may turn out to be from there. */
  darkSpan: TimeSpan | undefined;
  /** A copied chip was shown to it since then. */
  mayAlarmLate = false;
  /** By sequence; index 0 = record 1. */
  readonly records: JournalRecord[] = [];
  /** The newest record that begins or ends a tap. */
  lastOfTap: JournalRecord | undefined;
  acknowledged = 0;
  /** Lists that were made for it: by version, the cards that are blocked. */
  readonly madeLists = new Map<number, ReadonlySet<string>>();
  private listsVersion = 0;
  /** What the back office has stored durably. */
  storedSequence = 0;
  readonly shift: PadShift;
  private readonly image: JournalImage;

  constructor(
    readonly terminal: number,
    { journalKey, pageSizeBytes, pageCount }: PadFlash,
    readonly staff: PadStaff,
  ) {
    this.shift = new PadShift(terminal);
    this.image = new JournalImage(new AesKey(journalKey), pageSizeBytes, pageCount);
  }

  /**
   * The records that came since the last look: what counts now counts for ever.
   */
  news(ring: Ring): JournalRecord[] {
    return this.take(this.image.readNews(ring), ring.weak === undefined);
  }

  /** All that must still be there, is. */
  checkAll(ring: Ring): void {
    const content = this.image.readAll(ring);
    this.take(content, true);
    const oldest = content.records[0]?.sequence ?? content.nextSequence;
    if (oldest > content.acknowledged + 1) {
      const text = `pad ${this.terminal} holds records from ${oldest} on`;
      throw new Violation("I5", `${text}, but only ${content.acknowledged} are acknowledged`);
    }
  }

  /** `isSettled`: the pad has power, so what a torn mark says has been decided. */
  private take(content: JournalContent, isSettled: boolean): JournalRecord[] {
    const { terminal, records } = this;
    for (const record of content.records) {
      const known = records[record.sequence - 1];
      if (known !== undefined && !known.mac.equals(record.mac)) {
        throw new Violation("I5", `pad ${terminal}: record ${record.sequence} became another one`);
      }
    }
    if (content.nextSequence <= records.length) {
      const text = `record ${content.nextSequence} and those behind it are gone`;
      throw new Violation("I5", `pad ${terminal}: ${text}`);
    }
    const news = content.records.filter(({ sequence }) => sequence > records.length);
    if (content.nextSequence - 1 - records.length !== news.length) {
      throw new Violation("I5", `pad ${terminal}: records before ${news[0]?.sequence} are missing`);
    }
    records.push(...news);
    for (const record of news) if (isOfTap(record)) this.lastOfTap = record;
    if (!isSettled) return news;
    if (content.acknowledged < this.acknowledged) {
      throw new Violation("I5", `pad ${terminal} forgot an acknowledgement`);
    }
    this.acknowledged = content.acknowledged;
    return news;
  }

  /** Its journal says that lists came. */
  takeLists(version: number): void {
    if (version < this.listsVersion) {
      throw new Violation("I7", `pad ${this.terminal} went back to lists version ${version}`);
    }
    if (!this.madeLists.has(version)) {
      throw new Violation("I7", `pad ${this.terminal} has lists ${version} that nobody made`);
    }
    this.listsVersion = version;
  }

  /** The card is on the lists that the pad holds. */
  isListed(uid: string): boolean {
    return this.madeLists.get(this.listsVersion)?.has(uid) === true;
  }

  /** With a card on the lists that it holds, a pad does nothing but what the office ordered. */
  checkListed(name: string, { uid, kind }: IntentContent): void {
    const isOrder = kind === KIND_PATCH || kind === KIND_BLOCK || kind === KIND_ABANDON;
    if (isOrder || !this.isListed(uid)) return;
    throw new Violation("I7", `${name} serves a card that is on the pad's hot list`);
  }

  /** A record about staff, or the figures of a shift. */
  takeShift(record: JournalRecord): void {
    const shift = shiftOf(record);
    const { action, serial } = shift;
    this.staff.takeShift(record.sequence, shift, this.acknowledged);
    if (action === ACTION_LOG_IN) this.checkStaffListed(record.sequence, serial);
    if (action !== ACTION_CLOSE && action !== ACTION_CARRY) return;
    this.shift.takeFigures(record.sequence, shift, this.acknowledged, action === ACTION_CLOSE);
  }

  /** Who was at the pad, and approved, had the right to; with their own cards nobody buys. */
  checkStaff({ name, sequence, intent, isCopy }: Attempt): void {
    if (isCopy) return;
    this.staff.takeIntent(name, sequence, intent, this.acknowledged);
    if (intent.approver !== 0) this.checkStaffListed(sequence, intent.approver);
  }

  private checkStaffListed(sequence: number, serial: number): void {
    const member = this.staff.memberOf(serial);
    if (member === undefined || !this.isListed(member.uid)) return;
    const name = `${this.terminal}/${sequence}`;
    throw new Violation("I7", `${name}: staff card ${serial} is on the hot list`);
  }

  /** A record that closes an attempt of this pad. */
  countInShift(attempt: Attempt, { type, sequence }: JournalRecord): void {
    const { intent, confirmed, isCopy } = attempt;
    if (type === TYPE_IN_DOUBT) this.shift.takeInDoubt(sequence);
    if (type !== TYPE_COMMIT || (isCopy && confirmed === undefined)) return;
    this.staff.takeCommit(intent);
    this.shift.takeCommit(attempt, (confirmed ?? attempt).original);
  }

  /** Nothing may be taken for acknowledged that the back office does not hold durably. */
  checkAcknowledged(): void {
    if (this.acknowledged <= this.storedSequence) return;
    const text = `pad ${this.terminal} takes ${this.acknowledged} for acknowledged`;
    throw new Violation("I5", `${text}, stored are ${this.storedSequence}`);
  }
}

function isOfTap({ type }: JournalRecord): boolean {
  return type >= TYPE_INTENT && type <= TYPE_IN_DOUBT;
}
