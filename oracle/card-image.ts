/** What stands on a card, by card-layout/SPEC.md: the two counters and the sealed records. */
import { type SivKeys, sivOpen, sivSeal } from "./aes-siv";
import { encodeState, type MemberState } from "./member-state";
import { Violation } from "./violation";

const BLOCK_BYTES = 16;
const COUNTER_1_BLOCK = 12;
const COUNTER_2_BLOCK = 13;
const FIRST_SLOT_BLOCK = 16;
const SLOT_BLOCKS = 12;
const BLOCKS_PER_SLOT = 9;
export const SEALED_STATE_BYTES = 144;
const TAG_BYTES = 5;
const PURPOSE_STATE_SLOT_0 = 3;
const PURPOSE_SEVEN_BYTE_UID = 0x80;

export interface CardBytes {
  /** 1024 bytes: 64 blocks of 16. */
  image: Uint8Array;
  /** Whether a block has cells that read by chance. */
  isWeak(block: number): boolean;
}

/**
 * The even counter value of the record that counts; undefined while a torn counter block reads one
 * way or the other. Throws when the pair is in a state that no tear leaves.
 */
export function settledCounter({ image, isWeak }: CardBytes): number | undefined {
  if (isWeak(COUNTER_1_BLOCK) || isWeak(COUNTER_2_BLOCK)) return undefined;
  const first = counterValue(image, COUNTER_1_BLOCK);
  const second = counterValue(image, COUNTER_2_BLOCK);
  const counter = first ?? second;
  const isPlausible =
    first === undefined || second === undefined || first === second || first === second - 1;
  if (counter === undefined || !isPlausible) {
    throw new Violation("I3", `the counters read ${first} and ${second}, which no tear leaves`);
  }
  return counter % 2 === 0 ? counter : counter + 1;
}

/** The 144 bytes of the slot of an even counter value. */
export function slotBytes({ image }: CardBytes, counter: number): Buffer {
  const out = Buffer.alloc(SEALED_STATE_BYTES);
  slotBlocks(counter).forEach((block, i) => {
    out.set(image.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES), i * BLOCK_BYTES);
  });
  return out;
}

export function isSlotFirm({ isWeak }: CardBytes, counter: number): boolean {
  return !slotBlocks(counter).some(isWeak);
}

export function sealedState(place: SealedPlace, counter: number, state: MemberState): Buffer {
  return sivSeal(place.keys, associatedData(place, counter), encodeState(state));
}

export function openedState(
  place: SealedPlace,
  counter: number,
  sealed: Buffer,
): Buffer | undefined {
  return sivOpen(place.keys, associatedData(place, counter), sealed);
}

export interface SealedPlace {
  keys: SivKeys;
  clubId: number;
  keyEpoch: number;
  /** 4 or 7 bytes. */
  uid: Buffer;
}

export function tagOf(sealed: Buffer): string {
  return sealed.toString("hex", 0, TAG_BYTES);
}

/** 0 or 1. */
function slotOf(counter: number): number {
  return (counter / 2) % 2;
}

/** Three data blocks of each of three sectors. */
function slotBlocks(counter: number): number[] {
  const first = FIRST_SLOT_BLOCK + SLOT_BLOCKS * slotOf(counter);
  const blocks: number[] = [];
  for (let i = 0; i < BLOCKS_PER_SLOT; i++) blocks.push(first + i + Math.floor(i / 3));
  return blocks;
}

function associatedData({ clubId, keyEpoch, uid }: SealedPlace, counter: number): Buffer {
  const data = Buffer.alloc(BLOCK_BYTES);
  data[0] = 1;
  data[1] = PURPOSE_STATE_SLOT_0 + slotOf(counter);
  if (uid.length > 4) data[1] += PURPOSE_SEVEN_BYTE_UID;
  data.writeUInt16LE(clubId, 2);
  data.set(uid, 4);
  data.writeUInt32LE(counter, 11);
  data[15] = keyEpoch;
  return data;
}

/** Undefined for what is no value block (MF1S50yyX_V1, 8.6.2.1). */
function counterValue(image: Uint8Array, block: number): number | undefined {
  const view = new DataView(image.buffer, image.byteOffset + block * BLOCK_BYTES, BLOCK_BYTES);
  const value = view.getInt32(0, true);
  const address = view.getUint8(12);
  const isValid =
    view.getInt32(4, true) === ~value &&
    view.getInt32(8, true) === value &&
    view.getUint8(13) === (~address & 0xff) &&
    view.getUint8(14) === address &&
    view.getUint8(15) === (~address & 0xff);
  return isValid ? value : undefined;
}
