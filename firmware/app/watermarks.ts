/**
 * The lowest counter this pad has seen on each of the last cards, and the tag of the record there.
 * A genuine card's counter never rises and one counter value has one record, so a card that shows
 * otherwise is a copy or was put back. (The back office finds what one pad cannot see.)
 */
import {
  type Bytes,
  copyBytes,
  equalBytes,
  fillBytes,
  getUint,
  newBytes,
  putUint,
} from "../../card-layout/bytes";
import { UID_BYTES } from "../../card-layout/seal";
import { BASE_TAG_BYTES } from "../../card-layout/state";
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

/** One place after another: uid, counter, tag. */
const COUNTER_OFFSET = UID_BYTES;
const COUNTER_BYTES = 3;
const TAG_OFFSET = COUNTER_OFFSET + COUNTER_BYTES;
const TAG_BYTES = BASE_TAG_BYTES;
const MARK_BYTES = TAG_OFFSET + TAG_BYTES;
/** No uid: those of four bytes end in zeros, those of seven begin with a manufacturer's number. */
const NO_UID_BYTE = 0xff;

export function createWatermarks(): Watermarks {
  // Not numbers in arrays, which take an interpreter five times the memory.
  const marks = newBytes(CAPACITY * MARK_BYTES);
  /** A character of each uid, so that the engine's own search finds the few to compare. */
  let keys = "";
  let next = 0;

  /** Where the card's mark begins; negative: there is none. */
  function find(uid: Bytes): number {
    let i = -1;
    do i = keys.indexOf(keyOf(uid), i + 1);
    while (i >= 0 && !equalBytes(uid, 0, marks, i * MARK_BYTES, UID_BYTES));
    return i * MARK_BYTES;
  }

  return {
    isPlausible: (uid, counter, tag) => {
      const at = find(uid);
      if (at < 0) return true;
      const known = getUint(marks, at + COUNTER_OFFSET, COUNTER_BYTES);
      const isSame = counter === known && tag === getUint(marks, at + TAG_OFFSET, TAG_BYTES);
      return counter < known || isSame;
    },
    note: (uid, counter, tag) => {
      const old = find(uid);
      if (old >= 0) fillBytes(marks, old, UID_BYTES, NO_UID_BYTE);
      const at = next * MARK_BYTES;
      copyBytes(uid, 0, marks, at, UID_BYTES);
      putUint(marks, at + COUNTER_OFFSET, COUNTER_BYTES, counter);
      putUint(marks, at + TAG_OFFSET, TAG_BYTES, tag);
      keys = keys.substring(0, next) + keyOf(uid) + keys.substring(next + 1);
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

function keyOf(uid: Bytes): string {
  return String.fromCharCode(uid[UID_KEY_OFFSET]);
}

/** The last byte of a uid of four, one of the serial number's in a uid of seven. */
const UID_KEY_OFFSET = 3;
