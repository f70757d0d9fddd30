/**
 * The records that a search meets, by what they are: a sealed record is told by the counter value
 * it opens at and its tag, and every journaled intent says which record it makes from which. So the
 * truth about a card is the chain of intents behind the record on it.
 */
import { CardSeals, tagOf } from "../../back-office/card-seals";
import { type Intent, toHex } from "../../back-office/journal-records";
import type { ClubKeys } from "../../back-office/keys";
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  BLOCK_BYTES,
  STATE_BLOCK_COUNT,
  slotOfCounter,
  stateBlock,
} from "../../card-layout/geometry";
import { SEALED_STATE_BYTES } from "../../card-layout/state";
import { TapKind } from "../../firmware/core/evaluate";

/** Index into `Contents.records`; 0 = bytes that open nowhere. */
export type ContentId = number;
export const GARBAGE: ContentId = 0;

export interface SealedContent {
  /** Even counter value it opens at. */
  readonly counter: number;
  readonly key: RecordKey;
  readonly sealed: Uint8Array;
}

/** `counter:tag`. */
export type RecordKey = string;

/** Counter values around the card's own at which a slot's bytes are tried. */
const TRIED_AROUND = [0, 2, -2, -4, 4, -6];

export class Contents {
  readonly records: SealedContent[] = [
    { counter: 0, key: "", sealed: new Uint8Array(SEALED_STATE_BYTES).fill(0x55) },
  ];
  private readonly ids = new Map<string, ContentId>();
  private readonly bases = new Map<RecordKey, RecordKey>();
  private readonly sales = new Map<RecordKey, string>();
  private readonly seals: CardSeals;

  constructor(aes: AesEngine, keys: ClubKeys, uid: Uint8Array) {
    this.seals = new CardSeals(aes, keys, toHex(uid));
  }

  /** What lies in a slot of a card whose counter is about `counter`. */
  inSlot(image: Uint8Array, slot: number, counter: number): ContentId {
    const sealed = readSlot(image, slot);
    const name = Buffer.from(sealed.buffer).toString("latin1");
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    const even = counter + (counter % 2);
    const found = TRIED_AROUND.map((offset) => even + offset).find(
      (value) =>
        slotOfCounter(value) === slot && this.seals.openState(sealed, 0, value) !== undefined,
    );
    const id = found === undefined ? GARBAGE : this.records.length;
    this.ids.set(name, id);
    if (found !== undefined) {
      this.records.push({ counter: found, key: keyOf(found, tagOf(sealed)), sealed });
    }
    return id;
  }

  /** Learns from a journaled intent what its record is made of; `name` is the intent's own. */
  note(intent: Intent, name: string): void {
    const key = recordKeyOf(intent);
    this.bases.set(key, keyOf(intent.counter, intent.baseTag));
    if (intent.kind !== TapKind.Abandon && intent.confirms === 0) this.sales.set(key, name);
  }

  /** The sales whose effect a record holds. */
  salesIn(key: RecordKey): Set<string> {
    const sales = new Set<string>();
    for (let at: RecordKey | undefined = key; at !== undefined; at = this.bases.get(at)) {
      const sale = this.sales.get(at);
      if (sale !== undefined) sales.add(sale);
    }
    return sales;
  }
}

/** The record that an intent makes. */
export function recordKeyOf(intent: Intent): RecordKey {
  return keyOf(intent.counter - 2, intent.newTag);
}

export function writeSlot(image: Uint8Array, slot: number, sealed: Uint8Array): void {
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const block = sealed.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
    image.set(block, stateBlock(slot, i) * BLOCK_BYTES);
  }
}

function readSlot(image: Uint8Array, slot: number): Uint8Array {
  const sealed = new Uint8Array(SEALED_STATE_BYTES);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const start = stateBlock(slot, i) * BLOCK_BYTES;
    sealed.set(image.subarray(start, start + BLOCK_BYTES), i * BLOCK_BYTES);
  }
  return sealed;
}

function keyOf(counter: number, tag: string): RecordKey {
  return `${counter}:${tag}`;
}
