/**
 * One presented card, in the words of the commit protocol: open a sector, read the counter pair,
 * read or write a record. It derives each sector key once per card and remembers which sector is
 * authenticated, so that no exchange is spent twice. It decides nothing about value.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, copyBytes, equalBytes, fillBytes, newBytes } from "../../card-layout/bytes";
import {
  BLOCK_BYTES,
  COUNTER_1_BLOCK,
  COUNTER_2_BLOCK,
  IDENTITY_FIRST_BLOCK,
  SECTOR_COUNT,
  STATE_BLOCK_COUNT,
  sectorOf,
  slotOfCounter,
  stateBlock,
} from "../../card-layout/geometry";
import { type Identity, openIdentity } from "../../card-layout/identity";
import { deriveSealKey, deriveSectorKey, SECTOR_KEY_BYTES } from "../../card-layout/keys";
import { type SealPlace, UID_BYTES } from "../../card-layout/seal";
import { createSivKey, type SivKey } from "../../card-layout/siv";
import {
  BASE_TAG_BYTES,
  type CardState,
  openState,
  SEALED_STATE_BYTES,
  sealState,
} from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { decodeValueBlock } from "../../card-layout/value-block";
import type { TerminalConfig } from "../core/terminal-config";
import { type CardReader, KeyType, type SelectedCard } from "../hal/card-reader";

/** What the two counter blocks say (SPEC.md, counter). */
export const enum CounterState {
  /** Both agree. */
  Equal,
  /** c1 was torn; c2 still holds the older value. */
  FirstTorn,
  /** c2 was torn; c1 already holds the newer value. */
  SecondTorn,
  /** c1 is one below c2: the pair was being lowered. */
  Between,
  /** Both unreadable: no tear of ours does that. */
  Lost,
  /** Any other pair: no tear does that either, somebody did. */
  Manipulated,
}

export interface CardSession {
  readonly card: SelectedCard;
  readonly identity: Identity;
  /** The card's own seal key, once a record was opened or sealed. */
  readonly sealKey: SivKey;
  /** Of the last `readCounters` that returned Ok. */
  counterState(): CounterState;
  /** The counter M that the pair stands for once mended: c1 unless c1 was torn. */
  counter(): number;
  /** Selects; forgets everything about the previous card when the uid is another. */
  select(): Status;
  readCounters(): Status;
  /** Makes c1 = c2 = `counter()` again after a tear. Only for states that are not refused. */
  mendCounters(): Status;
  /** Lowers c1, then c2, by one. Never repeated without reading again in between. */
  lowerCounters(): Status;
  /** Reads and opens the identity. `BadSeal`/`Malformed` when it is not one of ours. */
  readIdentity(): Status;
  /** Reads and opens the record of even `counter`; its tag is then in `tag()`. */
  readRecord(counter: number, state: CardState): Status;
  /** First 5 bytes of the record read, sealed or written last: its name in the next one. */
  tag(): Bytes;
  /** Seals `state` for even `counter`; `tag()` is then its tag. Touches no card. */
  sealRecord(counter: number, state: CardState): Status;
  /** Writes what `sealRecord` made and reads it back; `BadAnswer` when it did not hold. */
  writeRecord(counter: number): Status;
  /** Reads the first block of the record of `counter`, which must equal what was sealed. */
  checkRecord(counter: number): Status;
  /** Writes one block of the movement log. */
  writeBlock(blockIndex: number, from: Bytes): Status;
  /** True when the card opens with the key every blank card leaves the factory with. */
  isBlank(): boolean;
}

const IDENTITY_BLOCK_COUNT = 3;
const BLOCKS_WRITTEN_TOGETHER = 3;
const NO_SECTOR = -1;
const NO_EPOCH = -1;

export function createCardSession(
  reader: CardReader,
  aes: AesEngine,
  config: TerminalConfig,
  identity: Identity,
): CardSession {
  const card: SelectedCard = { uid: newBytes(UID_BYTES), uidLengthBytes: 4, atqa: 0, sak: 0 };
  const knownUid = newBytes(UID_BYTES);
  const sectorKeys = newBytes(SECTOR_COUNT * SECTOR_KEY_BYTES);
  const isDerived = newBytes(SECTOR_COUNT);
  const sealKey = createSivKey();
  const value = { value: 0, address: 0 };
  const block = newBytes(BLOCK_BYTES);
  const sealed = newBytes(SEALED_STATE_BYTES);
  const tag = newBytes(BASE_TAG_BYTES);
  const place: SealPlace = {
    uid: card.uid,
    uidLengthBytes: 4,
    clubId: config.clubId,
    counter: 0,
    keyEpoch: config.keyEpoch,
  };
  let sealKeyEpoch = NO_EPOCH;
  let openSector = NO_SECTOR;
  let counter = 0;
  let state = CounterState.Equal;

  function forgetCard(): void {
    fillBytes(isDerived, 0, SECTOR_COUNT, 0);
    fillBytes(sectorKeys, 0, SECTOR_COUNT * SECTOR_KEY_BYTES, 0);
    sealKeyEpoch = NO_EPOCH;
    copyBytes(card.uid, 0, knownUid, 0, UID_BYTES);
  }

  function select(): Status {
    openSector = NO_SECTOR;
    const status = reader.select(card);
    if (status !== Status.Ok) return status;
    if (!equalBytes(knownUid, 0, card.uid, 0, UID_BYTES)) forgetCard();
    place.uidLengthBytes = card.uidLengthBytes;
    return Status.Ok;
  }

  function open(blockIndex: number): Status {
    const sector = sectorOf(blockIndex);
    if (sector === openSector) return Status.Ok;
    const at = sector * SECTOR_KEY_BYTES;
    if (isDerived[sector] === 0) {
      deriveSectorKey(
        aes,
        config.sectorMaster,
        card.uid,
        card.uidLengthBytes,
        config.clubId,
        sector,
        KeyType.B,
        sectorKeys,
        at,
      );
      isDerived[sector] = 1;
    }
    openSector = NO_SECTOR;
    const status = reader.authenticate(card, blockIndex, KeyType.B, sectorKeys, at);
    if (status === Status.Ok) openSector = sector;
    return status;
  }

  function ended(status: Status): Status {
    if (status !== Status.Ok) openSector = NO_SECTOR;
    return status;
  }

  function read(blockIndex: number, out: Bytes, outOffset: number): Status {
    const status = open(blockIndex);
    return status === Status.Ok ? ended(reader.readBlock(blockIndex, out, outOffset)) : status;
  }

  function write(blockIndex: number, from: Bytes, fromOffset: number): Status {
    const status = open(blockIndex);
    return status === Status.Ok ? ended(reader.writeBlock(blockIndex, from, fromOffset)) : status;
  }

  function counterIn(from: Bytes): number {
    if (decodeValueBlock(from, 0, value) !== Status.Ok || value.value < 0) return TORN;
    return value.value;
  }

  function readCounters(): Status {
    let status = read(COUNTER_1_BLOCK, block, 0);
    if (status !== Status.Ok) return status;
    const first = counterIn(block);
    status = read(COUNTER_2_BLOCK, block, 0);
    if (status !== Status.Ok) return status;
    const second = counterIn(block);
    state = judgeCounters(first, second);
    counter = first === TORN ? second : first;
    return Status.Ok;
  }

  /** Copies one counter block over the other through the transfer buffer, in one sector session. */
  function copyCounter(fromBlock: number, toBlock: number): Status {
    let status = open(fromBlock);
    if (status === Status.Ok) status = reader.restore(fromBlock);
    if (status === Status.Ok) status = reader.transfer(toBlock);
    return ended(status);
  }

  function lower(blockIndex: number): Status {
    let status = open(blockIndex);
    if (status === Status.Ok) status = reader.decrement(blockIndex, 1);
    if (status === Status.Ok) status = reader.transfer(blockIndex);
    return ended(status);
  }

  function mendCounters(): Status {
    let status = Status.Ok;
    if (state === CounterState.FirstTorn) status = copyCounter(COUNTER_2_BLOCK, COUNTER_1_BLOCK);
    if (state === CounterState.SecondTorn || state === CounterState.Between)
      status = copyCounter(COUNTER_1_BLOCK, COUNTER_2_BLOCK);
    if (status === Status.Ok) state = CounterState.Equal;
    return status;
  }

  function lowerCounters(): Status {
    const status = lower(COUNTER_1_BLOCK);
    return status === Status.Ok ? lower(COUNTER_2_BLOCK) : status;
  }

  function prepareSealKey(master: Bytes, keyEpoch: number): void {
    if (sealKeyEpoch === keyEpoch) return;
    deriveSealKey(aes, master, card.uid, card.uidLengthBytes, config.clubId, keyEpoch, sealKey);
    sealKeyEpoch = keyEpoch;
  }

  /** Tries the current key epoch, then the one before: records are re-sealed at the next tap. */
  function openWithEpochs(attempt: () => Status): Status {
    prepareSealKey(config.sealMaster, config.keyEpoch);
    place.keyEpoch = config.keyEpoch;
    const status = attempt();
    if (status !== Status.BadSeal || config.previousSealMaster === undefined) return status;
    prepareSealKey(config.previousSealMaster, config.keyEpoch - 1);
    place.keyEpoch = config.keyEpoch - 1;
    return attempt();
  }

  function readIdentity(): Status {
    for (let i = 0; i < IDENTITY_BLOCK_COUNT; i++) {
      const status = read(IDENTITY_FIRST_BLOCK + i, sealed, i * BLOCK_BYTES);
      if (status !== Status.Ok) return status;
    }
    place.counter = 0;
    return openWithEpochs(() => openIdentity(aes, sealKey, place, sealed, 0, identity));
  }

  function readRecord(recordCounter: number, into: CardState): Status {
    const slot = slotOfCounter(recordCounter);
    for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
      const status = read(stateBlock(slot, i), sealed, i * BLOCK_BYTES);
      if (status !== Status.Ok) return status;
    }
    copyBytes(sealed, 0, tag, 0, BASE_TAG_BYTES);
    place.counter = recordCounter;
    return openWithEpochs(() => openState(aes, sealKey, place, slot, sealed, 0, into));
  }

  function sealRecord(recordCounter: number, from: CardState): Status {
    prepareSealKey(config.sealMaster, config.keyEpoch);
    place.keyEpoch = config.keyEpoch;
    place.counter = recordCounter;
    const status = sealState(aes, sealKey, place, slotOfCounter(recordCounter), from, sealed, 0);
    copyBytes(sealed, 0, tag, 0, BASE_TAG_BYTES);
    return status;
  }

  function readBack(blockIndex: number, sealedOffset: number): Status {
    const status = read(blockIndex, block, 0);
    if (status !== Status.Ok) return status;
    return equalBytes(block, 0, sealed, sealedOffset, BLOCK_BYTES) ? Status.Ok : Status.BadAnswer;
  }

  /** Sector by sector: three writes and three reads need one authentication. */
  function writeRecord(recordCounter: number): Status {
    const slot = slotOfCounter(recordCounter);
    let status = Status.Ok;
    for (let first = 0; first < STATE_BLOCK_COUNT; first += BLOCKS_WRITTEN_TOGETHER) {
      const end = first + BLOCKS_WRITTEN_TOGETHER;
      for (let i = first; i < end && status === Status.Ok; i++)
        status = write(stateBlock(slot, i), sealed, i * BLOCK_BYTES);
      for (let i = first; i < end && status === Status.Ok; i++)
        status = readBack(stateBlock(slot, i), i * BLOCK_BYTES);
    }
    return status;
  }

  function isBlank(): boolean {
    openSector = NO_SECTOR;
    if (reader.select(card) !== Status.Ok) return false;
    fillBytes(block, 0, SECTOR_KEY_BYTES, 255);
    return reader.authenticate(card, COUNTER_1_BLOCK, KeyType.A, block, 0) === Status.Ok;
  }

  return {
    card,
    identity,
    sealKey,
    counterState: () => state,
    counter: () => counter,
    select,
    readCounters,
    mendCounters,
    lowerCounters,
    readIdentity,
    readRecord,
    tag: () => tag,
    sealRecord,
    writeRecord,
    checkRecord: (recordCounter) => readBack(stateBlock(slotOfCounter(recordCounter), 0), 0),
    writeBlock: (blockIndex, from) => write(blockIndex, from, 0),
    isBlank,
  };
}

/** Instead of a counter value: the block is not a valid value block, so a transfer was torn. */
const TORN = -1;

function judgeCounters(first: number, second: number): CounterState {
  if (first === TORN) return second === TORN ? CounterState.Lost : CounterState.FirstTorn;
  if (second === TORN) return CounterState.SecondTorn;
  if (first === second) return CounterState.Equal;
  return first === second - 1 ? CounterState.Between : CounterState.Manipulated;
}
