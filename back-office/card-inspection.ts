/**
 * Reads a card's 1024 bytes for people: whose it is, what state it is in, and all that it says.
 * Nothing is trusted that its seal does not prove, except the movements, which carry none.
 */
import { decodeAccessBits } from "../card-layout/access-bits";
import type { AesEngine } from "../card-layout/aes-engine";
import {
  BLOCK_BYTES,
  COUNTER_1_BLOCK,
  COUNTER_2_BLOCK,
  IDENTITY_FIRST_BLOCK,
  LOG_ENTRY_COUNT,
  logBlock,
  logEntryOfCounter,
  MAD_FIRST_BLOCK,
  NAME_FIRST_BLOCK,
  SECTOR_COUNT,
  STATE_BLOCK_COUNT,
  STATE_SLOT_COUNT,
  slotOfCounter,
  stateBlock,
  trailerOf,
} from "../card-layout/geometry";
import { CLUB_AID, decodeMad } from "../card-layout/mad";
import { SEALED_STATE_BYTES } from "../card-layout/state";
import { Status } from "../card-layout/status";
import { ACCESS_BITS_OFFSET, encodeTrailer, KEY_B_OFFSET } from "../card-layout/trailer";
import { decodeValueBlock } from "../card-layout/value-block";
import { CardSeals, tagOf } from "./card-seals";
import {
  type IdentityView,
  type MovementView,
  type StateView,
  viewIdentity,
  viewMovement,
  viewState,
} from "./card-views";
import type { ClubKeys } from "./keys";

export type CardVerdict =
  | "ours"
  /** As delivered by the factory. */
  | "blank"
  /** Issuing was interrupted; issue it again at the desk. */
  | "halfIssued"
  /** A ClubPad card, but these keys do not open it. */
  | "otherKeys"
  /** Nothing of ours on it. */
  | "foreign"
  /** Ours, but a part that a tap needs cannot be read. */
  | "damaged";

export type CounterCondition =
  | "settled"
  | "attemptOpen"
  /** One of the two was torn; the other one tells. */
  | "torn"
  /** They were being lowered. */
  | "between"
  | "unreadable"
  /** No tear leaves such a pair. */
  | "manipulated";

export interface SectorView {
  sector: number;
  /** `notInDump`: readers give zeros for keys they were not told. */
  keys: "ours" | "transport" | "other" | "notInDump";
  /** Access conditions of blocks 0, 1, 2 and the trailer, 0..7; undefined: bits inconsistent. */
  access: number[] | undefined;
}

export interface SlotView {
  slot: number;
  role: "current" | "previous" | "attempt" | "empty" | "unreadable";
  /** Even counter value that the record was sealed for, when it opens. */
  counter: number | undefined;
  keyEpoch: number | undefined;
  tag: string;
  state: StateView | undefined;
}

export interface CardInspection {
  uid: string;
  verdict: CardVerdict;
  /** What that means, and what to do: one sentence. */
  explanation: string;
  sectors: SectorView[];
  counter1: number | undefined;
  counter2: number | undefined;
  counterCondition: CounterCondition;
  identity: IdentityView | undefined;
  /** "" for a card without a name. */
  name: string | undefined;
  slots: SlotView[];
  /** Newest first. */
  movements: MovementView[];
}

const TRANSPORT_KEY = "ffffffffffff";
const NO_KEYS = "000000000000";
const KEY_BYTES = 6;
const DIRECTORY_ENTRIES = 15;

/** `image` is 1024 bytes in block order, `uid` the 4 or 7 bytes of block 0. */
export function inspectCard(
  aes: AesEngine,
  keys: ClubKeys,
  image: Uint8Array,
  uid: Uint8Array,
): CardInspection {
  const uidHex = Buffer.from(uid).toString("hex");
  const seals = new CardSeals(aes, keys, uidHex);
  const sectors = Array.from({ length: SECTOR_COUNT }, (_, sector) =>
    viewSector(aes, keys, image, uid, sector),
  );
  const counter1 = counterIn(image, COUNTER_1_BLOCK);
  const counter2 = counterIn(image, COUNTER_2_BLOCK);
  const counterCondition = judgeCounters(counter1, counter2);
  const identity = seals.openIdentity(image, IDENTITY_FIRST_BLOCK * BLOCK_BYTES);
  const counter = identity && (counter1 ?? counter2);
  const slots = counter === undefined ? [] : viewSlots(seals, image, counter);
  const current = slots.find(({ role }) => role === "current");
  const [verdict, explanation] =
    identity === undefined
      ? judgeStranger(image, sectors)
      : judgeOurs(counterCondition, current !== undefined);
  return {
    uid: uidHex,
    verdict,
    explanation,
    sectors,
    counter1,
    counter2,
    counterCondition,
    identity: identity && viewIdentity(identity),
    name: seals.openName(image, NAME_FIRST_BLOCK * BLOCK_BYTES),
    slots,
    movements: current === undefined ? [] : readMovements(seals, image, current),
  };
}

function viewSector(
  aes: AesEngine,
  keys: ClubKeys,
  image: Uint8Array,
  uid: Uint8Array,
  sector: number,
): SectorView {
  const offset = trailerOf(sector) * BLOCK_BYTES;
  const trailer = image.subarray(offset, offset + BLOCK_BYTES);
  const conditions = new Uint8Array(4);
  const status = decodeAccessBits(trailer, ACCESS_BITS_OFFSET, conditions);
  const access = status === Status.Ok ? [...conditions] : undefined;
  const padded = new Uint8Array(7);
  padded.set(uid);
  const expected = new Uint8Array(BLOCK_BYTES);
  const { sectorMaster, clubId } = keys;
  encodeTrailer(aes, sectorMaster, padded, uid.length, clubId, sector, expected, 0);
  const keysFound = keysOf(trailer);
  const names: Record<string, SectorView["keys"]> = {
    [keysOf(expected)]: "ours",
    [TRANSPORT_KEY + TRANSPORT_KEY]: "transport",
    [NO_KEYS + NO_KEYS]: "notInDump",
  };
  return { sector, keys: names[keysFound] ?? "other", access };
}

function keysOf(trailer: Uint8Array): string {
  const keyA = trailer.subarray(0, KEY_BYTES);
  const keyB = trailer.subarray(KEY_B_OFFSET, KEY_B_OFFSET + KEY_BYTES);
  return Buffer.concat([keyA, keyB]).toString("hex");
}

function counterIn(image: Uint8Array, blockIndex: number): number | undefined {
  const block = { value: 0, address: 0 };
  const status = decodeValueBlock(image, blockIndex * BLOCK_BYTES, block);
  return status === Status.Ok && block.value >= 0 ? block.value : undefined;
}

function judgeCounters(first: number | undefined, second: number | undefined): CounterCondition {
  if (first === undefined && second === undefined) return "unreadable";
  if (first === undefined || second === undefined) return "torn";
  if (first === second) return first % 2 === 0 ? "settled" : "attemptOpen";
  return first === second - 1 ? "between" : "manipulated";
}

/** The record that counts is the one of the counter, or of the even value above it. */
function viewSlots(seals: CardSeals, image: Uint8Array, counter: number): SlotView[] {
  const current = counter % 2 === 0 ? counter : counter + 1;
  const roles: [role: SlotView["role"], counter: number][] = [
    ["current", current],
    ["attempt", current - 2],
    ["previous", current + 2],
  ];
  return Array.from({ length: STATE_SLOT_COUNT }, (_, slot) => {
    const sealed = sealedSlot(image, slot);
    const tag = tagOf(sealed);
    for (const [role, sealedFor] of roles) {
      if (slotOfCounter(sealedFor) !== slot) continue;
      const state = seals.openState(sealed, 0, sealedFor);
      if (state === undefined) continue;
      const keyEpoch = seals.keyEpoch();
      return { slot, role, counter: sealedFor, keyEpoch, tag, state: viewState(state) };
    }
    const role = sealed.every((byte) => byte === 0) ? "empty" : "unreadable";
    return { slot, role, counter: undefined, keyEpoch: undefined, tag, state: undefined };
  });
}

function sealedSlot(image: Uint8Array, slot: number): Uint8Array {
  const sealed = new Uint8Array(SEALED_STATE_BYTES);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const offset = stateBlock(slot, i) * BLOCK_BYTES;
    sealed.set(image.subarray(offset, offset + BLOCK_BYTES), i * BLOCK_BYTES);
  }
  return sealed;
}

function readMovements(seals: CardSeals, image: Uint8Array, current: SlotView): MovementView[] {
  const movements: MovementView[] = [];
  for (let age = 0; age < LOG_ENTRY_COUNT; age++) {
    const index = logEntryOfCounter((current.counter as number) + 2 * age);
    const offset = logBlock(index) * BLOCK_BYTES;
    const entry = seals.openMovement(image, offset, current.keyEpoch as number);
    if (entry !== undefined) movements.push(viewMovement(entry));
  }
  return movements;
}

function judgeOurs(condition: CounterCondition, hasRecord: boolean): [CardVerdict, string] {
  if (condition === "unreadable")
    return ["damaged", "both counters are unreadable: issue a new card"];
  if (condition === "manipulated") {
    return [
      "damaged",
      "the counters are in a state that no torn tap leaves: somebody changed them",
    ];
  }
  if (!hasRecord) return ["damaged", "the record that counts does not open: issue a new card"];
  const texts: Record<string, string> = {
    settled: "a card of this club; nothing is open",
    attemptOpen: "a card of this club; a tap was begun and not finished, the next tap settles it",
    torn: "a card of this club; one counter was torn, the next tap mends it",
    between: "a card of this club; its counters were being lowered, the next tap goes on",
  };
  return ["ours", texts[condition]];
}

function judgeStranger(image: Uint8Array, sectors: SectorView[]): [CardVerdict, string] {
  const count = (kind: SectorView["keys"]) => sectors.filter(({ keys }) => keys === kind).length;
  if (count("transport") === SECTOR_COUNT) {
    return ["blank", "a blank card, as delivered: issue it first"];
  }
  if (count("ours") === SECTOR_COUNT) {
    const text = "the sector keys are this key file's, but the identity does not open: damaged, ";
    return ["damaged", `${text}or sealed with another cardSeal master`];
  }
  if (count("ours") > 0 && count("ours") + count("transport") === SECTOR_COUNT) {
    return ["halfIssued", "issuing was interrupted: issue it again"];
  }
  if (count("ours") > 0) {
    return ["damaged", "some sectors are this club's, but the identity does not open"];
  }
  const mad = { publisherSector: 0, aids: new Array<number>(DIRECTORY_ENTRIES).fill(0) };
  const isClubPad =
    decodeMad(image, MAD_FIRST_BLOCK * BLOCK_BYTES, mad) === Status.Ok && mad.aids[0] === CLUB_AID;
  if (isClubPad) {
    return [
      "otherKeys",
      "a ClubPad card, but not of these keys: another club, or a wrong key file",
    ];
  }
  return ["foreign", "not a ClubPad card: somebody else's keys and no directory entry of ours"];
}
