/**
 * The memory of a MIFARE Classic 1K behind its access conditions: who may do what in the sector
 * that is authenticated, value blocks and the transfer buffer (NXP MF1S50yyX_V1, 8.6 and 8.7).
 */

import { decodeAccessBits } from "../card-layout/access-bits";
import {
  DataOperation,
  dataRights,
  isKeyBReadable,
  Keys,
  TrailerOperation,
  trailerRights,
} from "../card-layout/access-rights";
import { Status } from "../card-layout/status";
import { BLOCK_SIZE_BYTES, type Eeprom } from "./eeprom";

export const BLOCK_COUNT = 64;
const BLOCKS_PER_SECTOR = 4;
const KEY_SIZE_BYTES = 6;
const ACCESS_BITS_OFFSET = 6;
const KEY_B_OFFSET = 10;
const MAX_VALUE = 2 ** 31 - 1;
const MIN_VALUE = -(2 ** 31);

/** The command codes of the value operations (MF1S50yyX_V1, table 9). */
export const DECREMENT = 0xc0;
export const INCREMENT = 0xc1;
export const RESTORE = 0xc2;

export class MifareMemory {
  /** The transfer buffer holds a value that `transfer` may write. */
  isBufferValid = false;
  private sector = -1;
  private keys: Keys = Keys.None;
  private readonly conditions = new Uint8Array(BLOCKS_PER_SECTOR);
  private readonly scratch = new Uint8Array(BLOCK_SIZE_BYTES);
  private bufferValue = 0;
  private bufferAddress = 0;
  private operation = 0;

  constructor(private readonly eeprom: Eeprom) {}

  /** The key that protects `block`, as the cells read now. */
  key(block: number, isKeyB: boolean): Uint8Array {
    const base = trailerOf(block) * BLOCK_SIZE_BYTES + (isKeyB ? KEY_B_OFFSET : 0);
    const key = new Uint8Array(KEY_SIZE_BYTES);
    for (let index = 0; index < KEY_SIZE_BYTES; index++) {
      key[index] = this.eeprom.readByte(base + index);
    }
    return key;
  }

  /** From now on this sector, and no other, is open with this key. */
  open(block: number, isKeyB: boolean): void {
    this.sector = Math.floor(block / BLOCKS_PER_SECTOR);
    this.keys = isKeyB ? Keys.B : Keys.A;
  }

  close(): void {
    this.sector = -1;
    this.keys = Keys.None;
  }

  forgetBuffer(): void {
    this.isBufferValid = false;
  }

  /** Reads 16 bytes with keys masked; false when the access conditions forbid it. */
  read(block: number, out: Uint8Array): boolean {
    if (!this.loadConditions(block)) return false;
    if (!isTrailer(block) && !this.mayUse(block, DataOperation.Read)) return false;
    this.eeprom.readBlock(block, out, 0);
    if (isTrailer(block)) this.maskTrailer(out);
    return true;
  }

  mayWrite(block: number): boolean {
    if (!this.loadConditions(block)) return false;
    if (!isTrailer(block)) return block !== 0 && this.mayUse(block, DataOperation.Write);
    return (
      this.mayUseTrailer(TrailerOperation.WriteKeyA) ||
      this.mayUseTrailer(TrailerOperation.WriteAccessBits) ||
      this.mayUseTrailer(TrailerOperation.WriteKeyB)
    );
  }

  /** Begins to program what `mayWrite` allowed; parts of a trailer that are closed keep. */
  write(block: number, from: Uint8Array, durationUs: number): void {
    this.eeprom.readBlock(block, this.scratch, 0);
    const isData = !isTrailer(block);
    const take = (first: number, end: number, operation: TrailerOperation) => {
      if (!isData && !this.mayUseTrailer(operation)) return;
      for (let index = first; index < end; index++) this.scratch[index] = from[index];
    };
    take(0, ACCESS_BITS_OFFSET, TrailerOperation.WriteKeyA);
    take(ACCESS_BITS_OFFSET, KEY_B_OFFSET, TrailerOperation.WriteAccessBits);
    take(KEY_B_OFFSET, BLOCK_SIZE_BYTES, TrailerOperation.WriteKeyB);
    this.eeprom.beginWrite(block, this.scratch, 0, durationUs);
  }

  /** Part 1 of a value operation: takes a valid value block into the transfer buffer. */
  loadValue(operation: number, block: number): boolean {
    const right = operation === INCREMENT ? DataOperation.Increment : DataOperation.Decrement;
    if (!this.loadConditions(block) || isTrailer(block) || !this.mayUse(block, right)) return false;
    this.eeprom.readBlock(block, this.scratch, 0);
    if (!isValueBlock(this.scratch)) return false;
    this.operation = operation;
    this.bufferValue = wordAt(this.scratch, 0) | 0;
    this.bufferAddress = this.scratch[12];
    this.isBufferValid = false;
    return true;
  }

  /**
   * Part 2: adds the operand, whose sign bit is ignored. Beyond 32 bits the operation fails and
   * nothing is left to transfer.
   */
  applyOperand(operand: Uint8Array): boolean {
    const amount = wordAt(operand, 0) & MAX_VALUE;
    const signed = this.operation === INCREMENT ? amount : -amount;
    const result = this.bufferValue + (this.operation === RESTORE ? 0 : signed);
    this.isBufferValid = result <= MAX_VALUE && result >= MIN_VALUE;
    if (this.isBufferValid) this.bufferValue = result;
    return this.isBufferValid;
  }

  /**
   * Begins to program the transfer buffer. The address byte is that of the block it came from;
   * emulators differ here and the data sheet is silent, so nothing should depend on it.
   */
  transfer(block: number, durationUs: number): boolean {
    if (!this.loadConditions(block) || isTrailer(block) || block === 0) return false;
    if (!this.isBufferValid || !this.mayUse(block, DataOperation.Decrement)) return false;
    putValueBlock(this.bufferValue, this.bufferAddress, this.scratch);
    this.eeprom.beginWrite(block, this.scratch, 0, durationUs);
    return true;
  }

  /**
   * False when the sector is not the open one, its access bits are inconsistent (the sector is then
   * blocked for ever), or key B is open though it is readable data.
   */
  private loadConditions(block: number): boolean {
    if (block >= BLOCK_COUNT || Math.floor(block / BLOCKS_PER_SECTOR) !== this.sector) return false;
    this.eeprom.readBlock(trailerOf(block), this.scratch, 0);
    if (decodeAccessBits(this.scratch, ACCESS_BITS_OFFSET, this.conditions) !== Status.Ok) {
      return false;
    }
    return this.keys === Keys.A || !isKeyBReadable(this.conditions[3]);
  }

  private mayUse(block: number, operation: DataOperation): boolean {
    const condition = this.conditions[block % BLOCKS_PER_SECTOR];
    return (dataRights(condition, operation) & this.keys) !== 0;
  }

  private mayUseTrailer(operation: TrailerOperation): boolean {
    return (trailerRights(this.conditions[3], operation) & this.keys) !== 0;
  }

  private maskTrailer(out: Uint8Array): void {
    out.fill(0, 0, ACCESS_BITS_OFFSET);
    if (!this.mayUseTrailer(TrailerOperation.ReadAccessBits)) {
      out.fill(0, ACCESS_BITS_OFFSET, KEY_B_OFFSET);
    }
    if (!this.mayUseTrailer(TrailerOperation.ReadKeyB)) out.fill(0, KEY_B_OFFSET);
  }
}

export function isTrailer(block: number): boolean {
  return block % BLOCKS_PER_SECTOR === BLOCKS_PER_SECTOR - 1;
}

function trailerOf(block: number): number {
  return block - (block % BLOCKS_PER_SECTOR) + BLOCKS_PER_SECTOR - 1;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)
  );
}

/** Value, complement, value, then address, complement, address, complement (8.6.2.1). */
function isValueBlock(block: Uint8Array): boolean {
  const value = wordAt(block, 0);
  return (
    wordAt(block, 4) === ~value &&
    wordAt(block, 8) === value &&
    block[14] === block[12] &&
    block[13] === (block[12] ^ 0xff) &&
    block[15] === (block[12] ^ 0xff)
  );
}

function putValueBlock(value: number, address: number, out: Uint8Array): void {
  for (let index = 0; index < 4; index++) {
    const byte = (value >> (8 * index)) & 0xff;
    out[index] = byte;
    out[index + 4] = byte ^ 0xff;
    out[index + 8] = byte;
    out[index + 12] = (index & 1) === 0 ? address : address ^ 0xff;
  }
}
