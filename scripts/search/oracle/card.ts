/**
 * What a card says, read from the tables of card-layout/SPEC.md for the oracle, without any code of
 * the product.
 */
import { cmac, openSiv } from "./siv";

export interface CardKeys {
  readonly clubId: number;
  readonly keyEpoch: number;
  readonly sealMaster: Uint8Array;
}

export interface StateReading {
  /** Even counter value that the record is sealed for. */
  readonly counter: number;
  /** First 5 bytes of its seal, and of the seal of the record before, as numbers. */
  readonly tag: number;
  readonly baseTag: number;
  readonly balanceRial: number;
  readonly points: number;
  readonly lifeSpendRial: number;
  /** All that a customer could miss, as text: equal text is equal value. */
  readonly value: string;
}

export interface CardReading {
  /** Undefined: no valid value block. */
  readonly counter1: number | undefined;
  readonly counter2: number | undefined;
  /** The counter that the pair stands for: c1 unless it was torn. */
  readonly counter: number | undefined;
  /** The record that counts, and the one that a burned attempt exposed. */
  readonly current: StateReading | undefined;
  readonly attempt: StateReading | undefined;
}

const SYSTEM = Buffer.from("CP1");
const COUNTER_BLOCKS = [12, 13];
const SLOT_BLOCKS = [
  [16, 17, 18, 20, 21, 22, 24, 25, 26],
  [28, 29, 30, 32, 33, 34, 36, 37, 38],
];
const BLOCK = 16;
/** Fields of the state that only say who wrote it and when (SPEC.md, state record). */
const WRITER_FIELDS: readonly [offset: number, size: number][] = [
  [21, 2],
  [23, 2],
  [25, 4],
  [123, 5],
];
const LOTS_OFFSET = 57;
const LOT_SIZE = 11;
const LOT_COUNT = 6;

export class CardOracle {
  private readonly macKey: Buffer;
  private readonly ctrKey: Buffer;
  private readonly readings = new Map<string, StateReading | undefined>();

  constructor(
    private readonly keys: CardKeys,
    private readonly uid: Uint8Array,
  ) {
    this.macKey = this.sealKey(2);
    this.ctrKey = this.sealKey(3);
  }

  read(image: Uint8Array): CardReading {
    const [counter1, counter2] = COUNTER_BLOCKS.map((block) => readValue(image, block * BLOCK));
    const counter = counter1 ?? counter2;
    if (counter === undefined) {
      return { counter1, counter2, counter, current: undefined, attempt: undefined };
    }
    const even = counter % 2 === 0 ? counter : counter + 1;
    return {
      counter1,
      counter2,
      counter,
      current: this.record(image, even),
      attempt: this.record(image, even - 2),
    };
  }

  private record(image: Uint8Array, counter: number): StateReading | undefined {
    const blocks = SLOT_BLOCKS[(counter / 2) % 2];
    const parts = blocks.map((block) => image.subarray(block * BLOCK, block * BLOCK + BLOCK));
    const sealed = Buffer.concat(parts);
    const name = `${counter}/${sealed.toString("latin1")}`;
    if (!this.readings.has(name)) this.readings.set(name, this.open(sealed, counter));
    return this.readings.get(name);
  }

  private open(sealed: Buffer, counter: number): StateReading | undefined {
    const place = Buffer.alloc(16);
    place[0] = 1;
    place[1] = 3 + ((counter / 2) % 2) + (this.uid.length === 7 ? 0x80 : 0);
    place.writeUInt16LE(this.keys.clubId, 2);
    place.set(this.uid, 4);
    place.writeUInt32LE(counter, 11);
    place[15] = this.keys.keyEpoch;
    const text = openSiv(this.macKey, this.ctrKey, place, sealed);
    if (text === undefined) return undefined;
    let balanceRial = 0;
    for (let i = 0; i < LOT_COUNT; i++) {
      balanceRial += text.readUIntLE(LOTS_OFFSET + i * LOT_SIZE, 5);
    }
    const value = Buffer.from(text);
    for (const [offset, size] of WRITER_FIELDS) value.fill(0, offset, offset + size);
    return {
      counter,
      tag: sealed.readUIntLE(0, 5),
      baseTag: text.readUIntLE(123, 5),
      balanceRial,
      points: text.readUInt32LE(6),
      lifeSpendRial: text.readUIntLE(29, 5),
      value: value.toString("hex"),
    };
  }

  private sealKey(purpose: number): Buffer {
    const input = Buffer.alloc(17);
    input[0] = 1;
    input.set(this.uid, 1);
    input[8] = this.uid.length;
    input.writeUInt16LE(this.keys.clubId, 9);
    input[11] = purpose;
    input[12] = this.keys.keyEpoch;
    input.set(SYSTEM, 14);
    return cmac(this.keys.sealMaster, input);
  }
}

/** Value, complement, value, address, complement, address, complement; negative is none of ours. */
function readValue(image: Uint8Array, at: number): number | undefined {
  const view = new DataView(image.buffer, image.byteOffset + at, BLOCK);
  const value = view.getInt32(0, true);
  const isValue =
    view.getInt32(4, true) === ~value &&
    view.getInt32(8, true) === value &&
    view.getUint8(12) === view.getUint8(14) &&
    view.getUint8(13) === (view.getUint8(12) ^ 0xff) &&
    view.getUint8(15) === view.getUint8(13);
  return isValue && value >= 0 ? value : undefined;
}
