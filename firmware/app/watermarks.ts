/**
 * The lowest counter this pad has seen on each of the last cards, and the tag of the record there.
 * A genuine card's counter never rises and one counter value has one record, so a card that shows
 * otherwise is a copy or was put back. (The back office finds what one pad cannot see.)
 */
import { type Bytes, copyBytes, getUint, newBytes } from "../../card-layout/bytes";
import { UID_BYTES } from "../../card-layout/seal";
import { Status } from "../../card-layout/status";
import { AbortKey, IntentKey, JournalType, MAX_ENTRY_BYTES, numberIn } from "../core/journal-entry";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import { WATERMARK_SCAN_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";

const CAPACITY = 64;

export interface Watermarks {
  /** True when a card of this uid at this counter with this record can be the card seen before. */
  isPlausible(uid: Bytes, counter: number, tag: number): boolean;
  /** Remembers; a card is forgotten 64 notes after its last one, not before. */
  note(uid: Bytes, counter: number, tag: number): void;
}

export function createWatermarks(): Watermarks {
  const cards: number[] = [];
  const counters: number[] = [];
  const tags: number[] = [];
  let next = 0;

  return {
    isPlausible: (uid, counter, tag) => {
      const i = cards.indexOf(numberOf(uid));
      return i < 0 || counter < counters[i] || (counter === counters[i] && tag === tags[i]);
    },
    note: (uid, counter, tag) => {
      const card = numberOf(uid);
      const i = cards.indexOf(card);
      if (i >= 0) cards[i] = 0;
      cards[next] = card;
      counters[next] = counter;
      tags[next] = tag;
      next = (next + 1) % CAPACITY;
    },
  };
}

/**
 * After a power-up: notes the cards of the newest committed taps in the journal. What cannot be
 * read is not known; it stops no pad.
 */
export function recallWatermarks(journal: Journal, watermarks: Watermarks): void {
  const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
  const uids: Bytes[] = [];
  const counters: number[] = [];
  const tags: number[] = [];
  let committed = 0;
  let sequence = journal.nextSequence() - 1;
  // Newest first, because then no page is gone through twice.
  for (let i = 0; i < WATERMARK_SCAN_RECORDS; i++) {
    if (sequence < 1 || journal.read(sequence, record, 0) !== Status.Ok) break;
    const lengthBytes = journal.readLengthBytes();
    const type = record[RECORD_TYPE_OFFSET];
    if (type === JournalType.Commit)
      committed = numberIn(record, RECORD_HEADER_BYTES, lengthBytes, AbortKey.IntentSequence);
    // An intent's first item is the uid.
    const uidBytes = record[RECORD_HEADER_BYTES + 1];
    const hasUid = record[RECORD_HEADER_BYTES] === IntentKey.Uid && uidBytes <= UID_BYTES;
    if (type === JournalType.Intent && sequence === committed && hasUid) {
      const uid = newBytes(UID_BYTES);
      copyBytes(record, RECORD_HEADER_BYTES + 2, uid, 0, uidBytes);
      uids.push(uid);
      counters.push(
        numberIn(record, RECORD_HEADER_BYTES, lengthBytes, IntentKey.CounterBefore) - 2,
      );
      tags.push(numberIn(record, RECORD_HEADER_BYTES, lengthBytes, IntentKey.NewTag));
    }
    sequence--;
  }
  for (let i = uids.length - 1; i >= 0; i--) watermarks.note(uids[i], counters[i], tags[i]);
}

/**
 * A number of at most 49 bits for a zero-padded uid, so that the engine's own `indexOf` can search.
 * Different for all uids of 4 bytes, and for all of 7 bytes that begin with the same manufacturer.
 */
function numberOf(uid: Bytes): number {
  return getUint(uid, 1, 6) + uid[0] * 16777216;
}
