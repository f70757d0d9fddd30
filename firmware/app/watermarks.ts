/**
 * The lowest counter this pad has seen on each of the last cards, and the tag of the record there.
 * A genuine card's counter never rises and one counter value has one record, so a card that shows
 * otherwise is a copy or was put back. (The back office finds what one pad cannot see.)
 */
import { type Bytes, copyBytes, equalBytes, getUint, newBytes } from "../../card-layout/bytes";

const CAPACITY = 64;
const UID_BYTES = 7;
const TAG_BYTES = 5;
const ENTRY_BYTES = UID_BYTES + TAG_BYTES;

export interface Watermarks {
  /** True when a card of this uid at this counter with this record can be the card seen before. */
  isPlausible(uid: Bytes, counter: number, tag: Bytes): boolean;
  /** Remembers; the entry noted longest ago gives way. */
  note(uid: Bytes, counter: number, tag: Bytes): void;
}

export function createWatermarks(): Watermarks {
  /** First four uid bytes as one number, so that the search is the engine's own `indexOf`. */
  const heads: number[] = [];
  const counters: number[] = [];
  const entries = newBytes(CAPACITY * ENTRY_BYTES);
  let next = 0;

  function find(uid: Bytes): number {
    const index = heads.indexOf(getUint(uid, 0, 4));
    if (index < 0 || !equalBytes(entries, index * ENTRY_BYTES, uid, 0, UID_BYTES)) return -1;
    return index;
  }

  return {
    isPlausible: (uid, counter, tag) => {
      const index = find(uid);
      if (index < 0 || counter < counters[index]) return true;
      if (counter > counters[index]) return false;
      return equalBytes(entries, index * ENTRY_BYTES + UID_BYTES, tag, 0, TAG_BYTES);
    },
    note: (uid, counter, tag) => {
      let index = find(uid);
      if (index < 0) {
        index = next;
        next = next + 1 === CAPACITY ? 0 : next + 1;
        heads[index] = getUint(uid, 0, 4);
        copyBytes(uid, 0, entries, index * ENTRY_BYTES, UID_BYTES);
      }
      counters[index] = counter;
      copyBytes(tag, 0, entries, index * ENTRY_BYTES + UID_BYTES, TAG_BYTES);
    },
  };
}
