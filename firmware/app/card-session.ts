/**
 * One presented card, in the words of the commit protocol: open a sector, read the counter pair,
 * read or write a record. It derives each sector key once per card and remembers which sector is
 * authenticated, so that no exchange is spent twice. It decides nothing about value.
 *
 * Calls answer true or leave the reason in `status`, so that steps chain with `&&`.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  type Bytes,
  copyAll,
  equalBytes,
  fillBytes,
  getUint,
  newBytes,
  partOf,
  textOf,
} from "../../card-layout/bytes";
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
import {
  deriveSealKey,
  deriveSectorKey,
  encodeSectorInput,
  KEY_INPUT_BYTES,
  SECTOR_KEY_BYTES,
} from "../../card-layout/keys";
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
  /** First 5 bytes of the record read or sealed last, as a number: its name in the next one. */
  tag: number;
  /** Why the last call answered false. */
  status: Status;
  /** Of the last `readCounters`. */
  counterState: CounterState;
  /** The counter M that the pair stands for once mended: c1 unless c1 was torn. */
  counter: number;
  /** Selects; forgets everything about the previous card when the uid is another. */
  select(): boolean;
  readCounters(): boolean;
  /** Brings c1 and c2 together at `counter` after a tear. Read them again afterwards. */
  mendCounters(): boolean;
  /** Lowers c1, then c2, by one. Never repeated without reading again in between. */
  lowerCounters(): boolean;
  /** Reads and opens the identity. `BadSeal`/`Malformed` when it is not one of ours. */
  readIdentity(): boolean;
  /** Reads and opens the record of even `counter`. */
  readRecord(counter: number, state: CardState): boolean;
  /** Seals `state` for even `counter`. Touches no card. */
  sealRecord(counter: number, state: CardState): boolean;
  /** Writes what `sealRecord` made and reads it back; `BadAnswer` when it did not hold. */
  writeRecord(counter: number): boolean;
  /** Reads the first block of the record of `counter`, which must equal what was sealed or read. */
  checkRecord(counter: number): boolean;
  readBlock(blockIndex: number, out: Bytes): boolean;
  writeBlock(blockIndex: number, from: Bytes): boolean;
  /** True when the card opens with the key every blank card leaves the factory with. */
  isBlank(): boolean;
}

const IDENTITY_BLOCK_COUNT = 3;
const BLOCKS_WRITTEN_TOGETHER = 3;
const NONE = -1;

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
  /** Of the known card. */
  const keyInput = newBytes(KEY_INPUT_BYTES);
  const sealKey = createSivKey();
  const value = { value: 0, address: 0 };
  const block = newBytes(BLOCK_BYTES);
  const sealed = newBytes(SEALED_STATE_BYTES);
  const place = placeOf(card, config);
  let sealKeyEpoch = NONE;
  let openSector = NONE;

  /** After any refusal the card has left its session. */
  function isOk(status: Status): boolean {
    if (status === Status.Ok) return true;
    session.status = status;
    openSector = NONE;
    return false;
  }

  function select(): boolean {
    openSector = NONE;
    if (!isOk(reader.select(card))) return false;
    const isSameLength = place.uidLengthBytes === card.uidLengthBytes;
    if (!isSameLength || !equalBytes(knownUid, 0, card.uid, 0, UID_BYTES)) {
      fillBytes(isDerived, 0, SECTOR_COUNT, 0);
      sealKeyEpoch = NONE;
      copyAll(card.uid, knownUid, 0);
      place.uidLengthBytes = card.uidLengthBytes;
      encodeSectorInput(card.uid, card.uidLengthBytes, config.clubId, keyInput);
    }
    return true;
  }

  function open(blockIndex: number): boolean {
    const sector = sectorOf(blockIndex);
    if (sector === openSector) return true;
    const at = sector * SECTOR_KEY_BYTES;
    if (isDerived[sector] === 0) {
      isDerived[sector] = 1;
      deriveSectorKey(aes, config.sectorMaster, keyInput, sector, KeyType.B, sectorKeys, at);
    }
    if (!isOk(reader.authenticate(card, blockIndex, KeyType.B, sectorKeys, at))) return false;
    openSector = sector;
    return true;
  }

  function read(blockIndex: number, out: Bytes, outOffset: number): boolean {
    return open(blockIndex) && isOk(reader.readBlock(blockIndex, out, outOffset));
  }

  function write(blockIndex: number, from: Bytes, fromOffset: number): boolean {
    return open(blockIndex) && isOk(reader.writeBlock(blockIndex, from, fromOffset));
  }

  /** Reads a counter block; TORN instead of a value when it is not a valid value block. */
  function readCounter(blockIndex: number): boolean {
    if (!read(blockIndex, block, 0)) return false;
    if (decodeValueBlock(block, 0, value) !== Status.Ok || value.value < 0) value.value = TORN;
    return true;
  }

  function readCounters(): boolean {
    if (!readCounter(COUNTER_1_BLOCK)) return false;
    const first = value.value;
    if (!readCounter(COUNTER_2_BLOCK)) return false;
    session.counterState = judgeCounters(first, value.value);
    session.counter = first === TORN ? value.value : first;
    return true;
  }

  /** Copies the good counter over the other through the transfer buffer, in one sector session. */
  function mendCounters(): boolean {
    const isFirstTorn = session.counterState === CounterState.FirstTorn;
    return (
      open(COUNTER_1_BLOCK) &&
      isOk(reader.restore(isFirstTorn ? COUNTER_2_BLOCK : COUNTER_1_BLOCK)) &&
      isOk(reader.transfer(isFirstTorn ? COUNTER_1_BLOCK : COUNTER_2_BLOCK))
    );
  }

  function lower(blockIndex: number): boolean {
    return (
      open(blockIndex) && isOk(reader.decrement(blockIndex, 1)) && isOk(reader.transfer(blockIndex))
    );
  }

  /**
   * Whether c1 holds a number. A worn cell may acknowledge and not hold; if c2 were torn next, no
   * counter would be left.
   */
  function isFirstFirm(): boolean {
    return (
      readCounter(COUNTER_1_BLOCK) && isOk(value.value === TORN ? Status.BadAnswer : Status.Ok)
    );
  }

  /** Makes the seal key of the current key epoch, or of the one before; false if it has no key. */
  function useEpoch(epochsBack: number): boolean {
    const master = epochsBack === 0 ? config.sealMaster : config.previousSealMaster;
    if (master === undefined) return false;
    place.keyEpoch = config.keyEpoch - epochsBack;
    if (sealKeyEpoch !== place.keyEpoch) {
      sealKeyEpoch = place.keyEpoch;
      deriveSealKey(
        aes,
        master,
        card.uid,
        card.uidLengthBytes,
        config.clubId,
        sealKeyEpoch,
        sealKey,
      );
    }
    return true;
  }

  /** Reads a sealed record and opens it by either key epoch: it is re-sealed at the next tap. */
  function readSealed(firstBlock: number, blockCount: number, attempt: () => Status): boolean {
    for (let i = 0; i < blockCount; i++) {
      if (!read(blockAfter(firstBlock, i), sealed, i * BLOCK_BYTES)) return false;
    }
    session.tag = getUint(sealed, 0, BASE_TAG_BYTES);
    useEpoch(0);
    let status = attempt();
    if (status === Status.BadSeal && useEpoch(1)) status = attempt();
    session.status = status;
    return status === Status.Ok;
  }

  function readIdentity(): boolean {
    return readSealed(IDENTITY_FIRST_BLOCK, IDENTITY_BLOCK_COUNT, () =>
      openIdentity(aes, sealKey, place, sealed, 0, identity),
    );
  }

  function readRecord(counter: number, into: CardState): boolean {
    const slot = slotOfCounter(counter);
    place.counter = counter;
    return readSealed(stateBlock(slot, 0), STATE_BLOCK_COUNT, () =>
      openState(aes, sealKey, place, sealed, 0, into),
    );
  }

  function sealRecord(counter: number, from: CardState): boolean {
    useEpoch(0);
    place.counter = counter;
    const status = sealState(aes, sealKey, place, from, sealed, 0);
    session.tag = getUint(sealed, 0, BASE_TAG_BYTES);
    return status === Status.Ok;
  }

  function readBack(blockIndex: number, sealedOffset: number): boolean {
    if (!read(blockIndex, block, 0)) return false;
    const isSame = textOf(block) === textOf(partOf(sealed, sealedOffset, BLOCK_BYTES));
    return isOk(isSame ? Status.Ok : Status.BadAnswer);
  }

  /** Sector by sector: three writes and three reads need one authentication. */
  function writeRecord(counter: number): boolean {
    const firstBlock = stateBlock(slotOfCounter(counter), 0);
    for (let first = 0; first < STATE_BLOCK_COUNT; first += BLOCKS_WRITTEN_TOGETHER) {
      for (let k = 0; k < 2 * BLOCKS_WRITTEN_TOGETHER; k++) {
        const i = first + (k % BLOCKS_WRITTEN_TOGETHER);
        const blockIndex = blockAfter(firstBlock, i);
        const at = i * BLOCK_BYTES;
        const isWrite = k < BLOCKS_WRITTEN_TOGETHER;
        if (!(isWrite ? write(blockIndex, sealed, at) : readBack(blockIndex, at))) return false;
      }
    }
    return true;
  }

  function isBlank(): boolean {
    fillBytes(block, 0, SECTOR_KEY_BYTES, 255);
    return select() && isOk(reader.authenticate(card, COUNTER_1_BLOCK, KeyType.A, block, 0));
  }

  const session: CardSession = {
    card,
    identity,
    sealKey,
    tag: 0,
    status: Status.Ok,
    counterState: CounterState.Equal,
    counter: 0,
    select,
    readCounters,
    mendCounters,
    lowerCounters: () => lower(COUNTER_1_BLOCK) && isFirstFirm() && lower(COUNTER_2_BLOCK),
    readIdentity,
    readRecord,
    sealRecord,
    writeRecord,
    checkRecord: (counter) => readBack(stateBlock(slotOfCounter(counter), 0), 0),
    readBlock: (blockIndex, out) => read(blockIndex, out, 0),
    writeBlock: (blockIndex, from) => write(blockIndex, from, 0),
    isBlank,
  };
  return session;
}

function placeOf(card: SelectedCard, config: TerminalConfig): SealPlace {
  const { clubId, keyEpoch } = config;
  // No card has a UID of length 0: the first is another than the last.
  return { uid: card.uid, uidLengthBytes: 0, clubId, counter: 0, keyEpoch };
}

/** Instead of a counter value: the block is not a valid value block, so a transfer was torn. */
const TORN = -1;

function judgeCounters(first: number, second: number): CounterState {
  if (first === TORN) return second === TORN ? CounterState.Lost : CounterState.FirstTorn;
  if (second === TORN) return CounterState.SecondTorn;
  if (first === second) return CounterState.Equal;
  return first === second - 1 ? CounterState.Between : CounterState.Manipulated;
}

/** The data block `index` places on: three a sector, the trailer left out. */
function blockAfter(firstBlock: number, index: number): number {
  return firstBlock + index + Math.floor(index / 3);
}
