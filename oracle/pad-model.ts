/** One pad as the oracle knows it: every record of its journal that once counted. */
import { AesKey } from "./aes-siv";
import { type IntentContent, TYPE_IN_DOUBT, TYPE_INTENT } from "./journal-content";
import { type JournalContent, JournalImage, type JournalRecord, type Ring } from "./journal-image";
import { KIND_BLOCK, KIND_PATCH } from "./other-taps";
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
  private readonly image: JournalImage;

  constructor(
    readonly terminal: number,
    { journalKey, pageSizeBytes, pageCount }: PadFlash,
  ) {
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

  /** With a card on the lists that it holds, a pad does nothing but what the office ordered. */
  checkListed(name: string, { uid, kind }: IntentContent): void {
    const isOrder = kind === KIND_PATCH || kind === KIND_BLOCK || kind === KIND_ABANDON;
    if (isOrder || !this.madeLists.get(this.listsVersion)?.has(uid)) return;
    throw new Violation("I7", `${name} serves a card that is on the pad's hot list`);
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
