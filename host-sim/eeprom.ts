/**
 * The EEPROM of a card, with what power loss does to a block that is being programmed.
 *
 * A write erases the block (cells read 0), then programs the ones. Bits follow at their own pace,
 * and a cell caught in between is weak: it reads 0 or 1 by chance at every read until it is
 * written again (tear-off research on RFID EEPROMs: P. Teuwen and C. Herrmann, SSTIC 2021).
 * The phase borders below are assumptions, not measurements of MIFARE Classic; tests that must
 * cover everything use the named tear models instead of the progress.
 */

import type { CancelEvent, VirtualClock } from "./clock";
import type { Rng } from "./rng";

export const BLOCK_SIZE_BYTES = 16;

/** Phases of a write as fractions of its duration. */
const ERASE_BEGIN = 0.15;
const PROGRAM_BEGIN = 0.55;
const PROGRAM_END = 0.95;
/** Cells whose pace is this close to the cut are left weak. */
const WEAK_BAND = 0.04;
/** Share of the changing cells that the "weakBits" model leaves weak. */
const WEAK_SHARE = 0.25;

/** What a torn write leaves. Every model but "newUnacknowledged" and "old" changes the block. */
export type TearModel =
  | "old"
  | "erased"
  | "partlyErased"
  | "partlyProgrammed"
  | "newUnacknowledged"
  | "weakBits";

/** A write that is acknowledged although one cell has not taken it. */
export const STUCK = "stuck";

export const TEAR_MODELS: readonly TearModel[] = [
  "old",
  "erased",
  "partlyErased",
  "partlyProgrammed",
  "newUnacknowledged",
  "weakBits",
];

export class Eeprom {
  /** EEPROM writes begun since the card was made. */
  writeCount = 0;
  /** Asked at each write; a model makes it a torn one, as `armTear` does, or a bad one. */
  onWrite: ((block: number) => TearModel | typeof STUCK | undefined) | undefined;
  /** Cells that read by chance; a set bit marks one. */
  private readonly weak: Uint8Array;
  private weakBytes = 0;
  private readonly incoming = new Uint8Array(BLOCK_SIZE_BYTES);
  private incomingBlock = -1;
  private beganUs = 0;
  private durationUs = 0;
  private tearWrite = 0;
  private tearModel: TearModel = "old";
  private cancelNext: CancelEvent | undefined;

  /** `cells`: the content, changed in place. `losePower` is called when an armed tear strikes. */
  constructor(
    readonly cells: Uint8Array,
    private readonly clock: VirtualClock,
    private readonly rng: Rng,
    private readonly losePower: () => void,
  ) {
    this.weak = new Uint8Array(cells.length);
  }

  /** Cuts the power in write number `nthWrite` (as `writeCount` will count it). */
  armTear(nthWrite: number, model: TearModel): void {
    if (nthWrite <= this.writeCount) throw new RangeError(`write ${nthWrite} has been done`);
    this.tearWrite = nthWrite;
    this.tearModel = model;
  }

  disarm(): void {
    this.tearWrite = 0;
  }

  /** One byte as the sense amplifier sees it now. */
  readByte(address: number): number {
    const weak = this.weak[address];
    if (weak === 0) return this.cells[address];
    return (this.cells[address] & ~weak) | (this.rng.next() & weak);
  }

  readBlock(block: number, out: Uint8Array, outOffset: number): void {
    const base = block * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      const weak = this.weakBytes === 0 ? 0 : this.weak[base + index];
      out[outOffset + index] = weak === 0 ? this.cells[base + index] : this.readByte(base + index);
    }
  }

  hasWeakCells(block: number): boolean {
    const base = block * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      if (this.weak[base + index] !== 0) return true;
    }
    return false;
  }

  /** Begins to program 16 bytes; they are in the cells `durationUs` from now. */
  beginWrite(block: number, from: Uint8Array, fromOffset: number, durationUs: number): void {
    if (this.incomingBlock >= 0) throw new Error("the EEPROM is programming already");
    this.writeCount++;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      this.incoming[index] = from[fromOffset + index];
    }
    this.incomingBlock = block;
    this.beganUs = this.clock.nowUs;
    this.durationUs = durationUs;
    const model = this.onWrite?.(block);
    if (model === STUCK) this.stickOneBit();
    else if (model !== undefined) this.tearModel = model;
    const isTorn = model !== undefined && model !== STUCK;
    const isToTear = isTorn || this.writeCount === this.tearWrite;
    this.cancelNext = isToTear
      ? this.clock.after(durationUs / 2, () => this.strike())
      : this.clock.after(durationUs, () => this.complete());
  }

  /** Power is gone now: a write in progress leaves what its progress and the dice say. */
  powerLost(): void {
    if (this.incomingBlock < 0) return;
    this.tearAt((this.clock.nowUs - this.beganUs) / this.durationUs);
  }

  /** Puts back a whole content, all cells firm; for cards that restore themselves. */
  restore(content: Uint8Array): void {
    this.cells.set(content);
    this.weak.fill(0);
    this.weakBytes = 0;
  }

  /** The first cell that would change keeps what it has. */
  private stickOneBit(): void {
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      const changing = this.incoming[index] ^ this.cellOf(index);
      if (changing === 0) continue;
      this.incoming[index] ^= changing & -changing;
      return;
    }
  }

  private complete(): void {
    this.settle((index) => this.incoming[index]);
  }

  private strike(): void {
    const apply: Record<TearModel, () => void> = {
      old: () => this.tearAt(0),
      erased: () => this.settle(() => 0),
      partlyErased: () => this.tearAt(this.between(ERASE_BEGIN, PROGRAM_BEGIN), true),
      partlyProgrammed: () => this.tearAt(this.between(PROGRAM_BEGIN, PROGRAM_END), true),
      newUnacknowledged: () => this.complete(),
      weakBits: () => this.weaken(),
    };
    apply[this.tearModel]();
    this.tearWrite = 0;
    this.losePower();
  }

  private between(begin: number, end: number): number {
    return begin + (end - begin) * (0.1 + 0.8 * this.rng.fraction());
  }

  /** `isFirm`: no weak cells, for the models that name the mix of old, erased and new alone. */
  private tearAt(progress: number, isFirm = false): void {
    if (progress < ERASE_BEGIN) {
      this.forgetWrite();
    } else if (progress < PROGRAM_BEGIN) {
      const reached = (progress - ERASE_BEGIN) / (PROGRAM_BEGIN - ERASE_BEGIN);
      this.tearBits(1 - reached, isFirm, (index) => this.cellOf(index));
    } else if (progress < PROGRAM_END) {
      const reached = (progress - PROGRAM_BEGIN) / (PROGRAM_END - PROGRAM_BEGIN);
      this.tearBits(reached, isFirm, (index) => this.incoming[index]);
    } else {
      this.complete();
    }
  }

  /** Each one of `ones` is there with probability `share`, and weak when its pace is near it. */
  private tearBits(share: number, isFirm: boolean, ones: (index: number) => number): void {
    const band = isFirm ? 0 : WEAK_BAND;
    this.settle((index) => {
      let byte = 0;
      let weak = 0;
      for (let bit = 0; bit < 8; bit++) {
        const pace = this.rng.fraction();
        if (((ones(index) >> bit) & 1) === 0) continue;
        if (pace < share) byte |= 1 << bit;
        if (Math.abs(pace - share) < band) weak |= 1 << bit;
      }
      return byte | (weak << 8);
    });
  }

  /** Either the erasure or the programming is all but done, and some ones hang in between. */
  private weaken(): void {
    const isErasing = this.rng.chance(0.5);
    const ones = (index: number) => (isErasing ? this.cellOf(index) : this.incoming[index]);
    const certain = this.rng.below(BLOCK_SIZE_BYTES);
    this.settle((index) => {
      const candidates = ones(index);
      let weak = index === certain ? candidates : 0;
      for (let bit = 0; bit < 8; bit++) {
        if (this.rng.chance(WEAK_SHARE)) weak |= candidates & (1 << bit);
      }
      return candidates | (weak << 8);
    });
  }

  private cellOf(index: number): number {
    return this.cells[this.incomingBlock * BLOCK_SIZE_BYTES + index];
  }

  /** Takes over each byte of `content` (low 8 bits) and its weak cells (bits 8..15). */
  private settle(content: (index: number) => number): void {
    const base = this.incomingBlock * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      const value = content(index);
      const weak = value >> 8;
      if ((this.weak[base + index] === 0) !== (weak === 0)) this.weakBytes += weak === 0 ? -1 : 1;
      this.weak[base + index] = weak;
      this.cells[base + index] = value & 0xff;
    }
    this.forgetWrite();
  }

  private forgetWrite(): void {
    this.cancelNext?.();
    this.cancelNext = undefined;
    this.incomingBlock = -1;
  }
}
