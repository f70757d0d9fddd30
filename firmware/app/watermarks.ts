/**
 * The lowest counter this pad has seen on each of the last cards, and the tag of the record there.
 * A genuine card's counter never rises and one counter value has one record, so a card that shows
 * otherwise is a copy or was put back. (The back office finds what one pad cannot see.)
 */
import { type Bytes, getUint } from "../../card-layout/bytes";

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
 * A number of at most 49 bits for a zero-padded uid, so that the engine's own `indexOf` can search.
 * Different for all uids of 4 bytes, and for all of 7 bytes that begin with the same manufacturer.
 */
function numberOf(uid: Bytes): number {
  return getUint(uid, 1, 6) + uid[0] * 16777216;
}
