/**
 * The registers of the PN532's contactless unit, and InCommunicateThru (NXP UM0701-02, 7.3.9): the
 * host's bits as they are, with CRC and parity as the registers say.
 */

import type { Heard, Pn532Air, Procedure } from "./pn532-air";
import * as targets from "./pn532-targets";
import { createFrame, frameCrc, fullByteCount, type RfFrame, setPlainParity } from "./rf";

/** Registers of the contactless unit (PN532/C1 data sheet), and their bits that matter here. */
const TX_MODE = 0x6302;
const RX_MODE = 0x6303;
const MANUAL_RCV = 0x630d;
const STATUS_2 = 0x6338;
const CONTROL = 0x633c;
const BIT_FRAMING = 0x633d;
const MF_CRYPTO_1_ON = 0x08;
const CRC_ON = 0x80;
const PARITY_DISABLE = 0x10;
const LAST_BITS = 0x07;

const FRAME_BYTES_MAX = 64;

export class Pn532Raw {
  private readonly frame = createFrame();

  private readonly registers = new Map<number, number>();

  constructor(private readonly air: Pn532Air) {}

  resetRegisters(): void {
    this.registers.clear();
  }

  /** Addresses of two bytes to values (7.2.4); undefined when that is not what it is. */
  readRegisters(data: Uint8Array): number[] | undefined {
    if (data.length === 0 || data.length % 2 !== 0) return undefined;
    return groups(data, 2).map(([high, low]) => this.registerValue(high * 256 + low));
  }

  /** Addresses and values (7.2.5). Writing 0 to MFCrypto1On ends the session in the chip. */
  writeRegisters(data: Uint8Array): number[] | undefined {
    if (data.length === 0 || data.length % 3 !== 0) return undefined;
    for (const [high, low, value] of groups(data, 3)) {
      this.registers.set(high * 256 + low, value);
      const isEnd = high * 256 + low === STATUS_2 && (value & MF_CRYPTO_1_ON) === 0;
      if (isEnd) this.air.cipher = undefined;
    }
    return [];
  }

  private registerValue(address: number): number {
    const value = this.register(address);
    if (address !== STATUS_2) return value;
    return (value & ~MF_CRYPTO_1_ON) | (this.air.cipher === undefined ? 0 : MF_CRYPTO_1_ON);
  }

  /** Status and the bytes heard; undefined when there is nothing that could be sent. */
  *communicate(data: Uint8Array, timeoutUs: number): Procedure<number[] | undefined> {
    if (data.length > FRAME_BYTES_MAX) return undefined;
    if (data.length === 0) return [targets.TIMEOUT];
    const lastBits = this.register(BIT_FRAMING) & LAST_BITS;
    const bitCount = lastBits === 0 ? data.length * 8 : data.length * 8 - 8 + lastBits;
    const hasParity = (this.register(MANUAL_RCV) & PARITY_DISABLE) === 0;
    if (hasParity) this.load(data, bitCount);
    else unpack(data, bitCount, this.frame);
    const heard = hasParity
      ? yield* this.air.exchange(this.frame, timeoutUs)
      : yield { frame: this.frame, timeoutUs };
    if (heard === undefined) return [targets.TIMEOUT];
    return hasParity ? this.store(heard) : this.storePacked(heard);
  }

  private load(data: Uint8Array, bitCount: number): void {
    const { frame } = this;
    frame.bytes.set(data);
    frame.firstBit = 0;
    frame.bitCount = bitCount;
    if ((this.register(TX_MODE) & CRC_ON) !== 0 && (bitCount & 7) === 0) {
      const crc = frameCrc(data, data.length);
      frame.bytes[data.length] = crc & 0xff;
      frame.bytes[data.length + 1] = crc >> 8;
      frame.bitCount += 16;
    }
    setPlainParity(frame);
  }

  private store({ frame, collisionBit, isParityGood }: Heard): number[] {
    this.setLastBits(frame.bitCount);
    if (collisionBit >= 0) return [targets.COLLISION];
    if (!isParityGood) return [targets.PARITY_ERROR];
    if ((this.register(RX_MODE) & CRC_ON) === 0) {
      return [0, ...frame.bytes.subarray(0, (frame.bitCount + 7) >> 3)];
    }
    const bytes = targets.withoutCrc(frame);
    return bytes === undefined ? [targets.CRC_ERROR] : [0, ...bytes];
  }

  /** Each byte followed by its parity bit, lowest bit first, packed into bytes. */
  private storePacked({ frame }: Heard): number[] {
    const packed: number[] = [];
    let bits = 0;
    const add = (bit: number) => {
      if ((bits & 7) === 0) packed.push(0);
      packed[bits >> 3] |= bit << (bits & 7);
      bits++;
    };
    for (let bit = 0; bit < frame.bitCount; bit++) {
      add((frame.bytes[bit >> 3] >> (bit & 7)) & 1);
      if ((bit & 7) === 7) add(frame.parity[bit >> 3]);
    }
    this.setLastBits(bits);
    return [0, ...packed];
  }

  private register(address: number): number {
    return this.registers.get(address) ?? 0;
  }

  private setLastBits(bitCount: number): void {
    this.registers.set(CONTROL, (this.register(CONTROL) & ~LAST_BITS) | (bitCount & 7));
  }
}

/** Nine bits a byte; what is left at the end is a part of a byte without parity. */
function unpack(packed: Uint8Array, bitCount: number, frame: RfFrame): void {
  const bitAt = (place: number) => (packed[place >> 3] >> (place & 7)) & 1;
  const rest = bitCount % 9;
  frame.firstBit = 0;
  frame.bitCount = Math.floor(bitCount / 9) * 8 + rest;
  for (let place = 0; place < bitCount; place++) {
    const index = Math.floor(place / 9);
    if (place % 9 === 0) frame.bytes[index] = 0;
    if (place % 9 === 8) frame.parity[index] = bitAt(place);
    else frame.bytes[index] |= bitAt(place) << (place % 9);
  }
  // A last byte of eight bits without parity is one that no card accepts.
  if (rest === 8) frame.parity[fullByteCount(frame) - 1] ^= 1;
}

function groups(data: Uint8Array, size: number): number[][] {
  const count = data.length / size;
  return Array.from({ length: count }, (_, index) => [
    ...data.subarray(index * size, index * size + size),
  ]);
}
