/**
 * NOR flash as the device's storage code must assume it, with the ways in which power loss and bad
 * cells betray it. Programming only clears bits, one word at a time; erasing sets a page to 0xFF.
 *
 * What may go wrong, and where:
 * - A power cut at the n-th mutation after arming. Every programmed word is one mutation and every
 *   page erase is one. Words before it landed, words after it did not; `CutPlan` says what became
 *   of the one in flight. The cut is a `PowerCut` exception; until `powerUp()` nothing else works.
 * - Weak bits: a bit whose charge was left between 0 and 1 reads either, anew at every read, until
 *   its page has been erased completely.
 * - A fault without a cut: the chip refuses, or one bit does not take although the chip says Ok.
 *
 * Misuse is a bug of the caller and throws `Error`: an unaligned or out-of-range address, a word
 * programmed twice, a page programmed whose last erase was cut. A word of 0xFFFFFFFF clears nothing
 * and leaves the word unprogrammed, as on the chips.
 */
import type { Bytes } from "../card-layout/bytes";
import { Status } from "../card-layout/status";
import type { Flash } from "../firmware/hal/flash";
import { Rng } from "./rng";

const WORD_SIZE_BYTES = 4;
const ERASED = 0xff;
/** Bits left between 0 and 1 by an erase that looks finished. */
const WEAK_BITS_PER_ERASE = 4;

/** Power was lost. The device code is gone; the test builds a new pad on the same flash. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

/** What became of the word being programmed: `weak` = all bits but one or two are down for good. */
export type ProgramTear = "nothing" | "some" | "all" | "weak";
/** What became of the page being erased: `half` = each bit on its own, some of them weak. */
export type EraseTear = "before" | "half" | "unstable";

export interface CutPlan {
  /** 1 = the next programmed word or page erase. */
  readonly atMutation: number;
  readonly program: ProgramTear;
  readonly erase: EraseTear;
  readonly seed: number | string;
}

export interface FaultPlan {
  readonly atMutation: number;
  /** `refused`: `FlashFault`, nothing changed. `stuck`: one bit (of an erase: the first byte)
   * keeps its old value, and the chip answers Ok. */
  readonly fault: "refused" | "stuck";
}

export interface FlashStatistics {
  readCalls: number;
  readBytes: number;
  programCalls: number;
  programmedWords: number;
  erasedPages: number;
}

export interface NorFlashOptions {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
  /** Called with the time each operation keeps the chip busy; microseconds, of the part's sheet. */
  readonly charge?: (durationUs: number) => void;
  readonly programWordUs?: number;
  readonly erasePageUs?: number;
}

/** Everything that survives power, for putting a flash back to an earlier moment. */
export interface NorFlashState {
  readonly cells: Uint8Array;
  readonly weak: Uint8Array;
  readonly isProgrammed: Uint8Array;
  readonly isEraseUnfinished: Uint8Array;
  readonly eraseCounts: Uint32Array;
}

export class NorFlash implements Flash {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
  statistics: FlashStatistics = emptyStatistics();
  /** Words programmed and pages erased so far, attempts that were cut included. */
  mutationCount = 0;
  /**
   * Asked at each mutation with its address; a plan cuts the power there and then, whatever its
   * `atMutation`.
   */
  onMutation: ((isErase: boolean, address: number) => CutPlan | undefined) | undefined;
  private cells: Uint8Array;
  private weak: Uint8Array;
  private isProgrammed: Uint8Array;
  private isEraseUnfinished: Uint8Array;
  private eraseCounts: Uint32Array;
  private cut: CutPlan | undefined;
  private fault: FaultPlan | undefined;
  private armedAtMutation = 0;
  private isPowered = true;
  private readonly word = new Uint8Array(WORD_SIZE_BYTES);
  private rng = new Rng("nor-flash");

  constructor(private readonly options: NorFlashOptions) {
    this.pageSizeBytes = options.pageSizeBytes;
    this.pageCount = options.pageCount;
    const sizeBytes = options.pageSizeBytes * options.pageCount;
    this.cells = new Uint8Array(sizeBytes).fill(ERASED);
    this.weak = new Uint8Array(sizeBytes);
    this.isProgrammed = new Uint8Array(sizeBytes / WORD_SIZE_BYTES);
    this.isEraseUnfinished = new Uint8Array(options.pageCount);
    this.eraseCounts = new Uint32Array(options.pageCount);
  }

  read(address: number, out: Bytes, outOffset: number, lengthBytes: number): void {
    this.requirePower();
    this.requireRange(address, lengthBytes);
    this.statistics.readCalls++;
    this.statistics.readBytes += lengthBytes;
    for (let i = 0; i < lengthBytes; i++) {
      const weak = this.weak[address + i];
      out[outOffset + i] = weak === 0 ? this.cells[address + i] : this.readByte(address + i);
    }
  }

  program(address: number, from: Bytes, fromOffset: number, lengthBytes: number): Status {
    this.requirePower();
    this.requireRange(address, lengthBytes);
    if (address % WORD_SIZE_BYTES !== 0 || lengthBytes % WORD_SIZE_BYTES !== 0) {
      throw new Error(`unaligned program: ${lengthBytes} bytes at ${address}`);
    }
    this.statistics.programCalls++;
    for (let i = 0; i < lengthBytes; i += WORD_SIZE_BYTES) {
      for (let k = 0; k < WORD_SIZE_BYTES; k++) this.word[k] = from[fromOffset + i + k];
      if (!this.programWord(address + i, this.word)) return Status.FlashFault;
    }
    return Status.Ok;
  }

  erasePage(pageIndex: number): Status {
    this.requirePower();
    this.requireRange(pageIndex * this.pageSizeBytes, this.pageSizeBytes);
    this.options.charge?.(this.options.erasePageUs ?? 0);
    this.statistics.erasedPages++;
    this.eraseCounts[pageIndex]++;
    const event = this.nextMutation(true, pageIndex * this.pageSizeBytes);
    if (event === "cut") this.tearErase(pageIndex, this.cut as CutPlan);
    if (event === "refused") return Status.FlashFault;
    const start = pageIndex * this.pageSizeBytes;
    const stuckByte = this.cells[start];
    this.cells.fill(ERASED, start, start + this.pageSizeBytes);
    this.weak.fill(0, start, start + this.pageSizeBytes);
    this.setProgrammed(pageIndex, 0);
    this.isEraseUnfinished[pageIndex] = 0;
    if (event === "stuck") this.cells[start] = stuckByte;
    return Status.Ok;
  }

  /** Cuts power at a mutation to come; replaces an earlier plan. The seed fixes the damage. */
  armCut(plan: CutPlan): void {
    this.cut = plan;
    this.armedAtMutation = this.mutationCount;
    this.rng = new Rng(plan.seed);
  }

  armFault(plan: FaultPlan): void {
    this.fault = plan;
    this.armedAtMutation = this.mutationCount;
  }

  /** Power is back (or a plan that did not strike is dropped). */
  powerUp(): void {
    this.isPowered = true;
    this.cut = undefined;
    this.fault = undefined;
  }

  eraseCount(pageIndex: number): number {
    return this.eraseCounts[pageIndex];
  }

  resetStatistics(): void {
    this.statistics = emptyStatistics();
  }

  /** The bytes as last stored, weak bits as 1; a copy. */
  saveImage(): Uint8Array {
    return this.cells.slice();
  }

  /** Takes a whole image over as good, stable cells; wear counters stay. */
  loadImage(image: Uint8Array): void {
    if (image.length !== this.cells.length) throw new Error(`image of ${image.length} bytes`);
    this.cells.set(image);
    this.weak.fill(0);
    this.isEraseUnfinished.fill(0);
    for (let word = 0; word < this.isProgrammed.length; word++) {
      const bytes = image.subarray(word * WORD_SIZE_BYTES, (word + 1) * WORD_SIZE_BYTES);
      this.isProgrammed[word] = bytes.every((byte) => byte === ERASED) ? 0 : 1;
    }
  }

  saveState(): NorFlashState {
    return {
      cells: this.cells.slice(),
      weak: this.weak.slice(),
      isProgrammed: this.isProgrammed.slice(),
      isEraseUnfinished: this.isEraseUnfinished.slice(),
      eraseCounts: this.eraseCounts.slice(),
    };
  }

  /** Back to a saved moment, powered, with no plan armed. */
  restoreState(state: NorFlashState): void {
    this.cells.set(state.cells);
    this.weak.set(state.weak);
    this.isProgrammed.set(state.isProgrammed);
    this.isEraseUnfinished.set(state.isEraseUnfinished);
    this.eraseCounts.set(state.eraseCounts);
    this.powerUp();
  }

  private requirePower(): void {
    if (!this.isPowered) throw new PowerCut("the flash has no power");
  }

  private requireRange(address: number, lengthBytes: number): void {
    if (address < 0 || lengthBytes < 0 || address + lengthBytes > this.cells.length) {
      throw new Error(`${lengthBytes} bytes at ${address} are outside the flash`);
    }
  }

  private readByte(address: number): number {
    const weak = this.weak[address];
    if (weak === 0) return this.cells[address];
    return (this.cells[address] & ~weak) | (this.rng.next() & weak);
  }

  /** Counts one mutation and says what is planned for it. */
  private nextMutation(isErase: boolean, address: number): "cut" | "refused" | "stuck" | "good" {
    this.mutationCount++;
    const plan = this.onMutation?.(isErase, address);
    if (plan !== undefined) {
      this.armCut(plan);
      this.isPowered = false;
      return "cut";
    }
    const number = this.mutationCount - this.armedAtMutation;
    if (this.cut !== undefined && this.cut.atMutation === number) {
      this.isPowered = false;
      return "cut";
    }
    if (this.fault !== undefined && this.fault.atMutation === number) return this.fault.fault;
    return "good";
  }

  private programWord(address: number, word: Uint8Array): boolean {
    this.options.charge?.(this.options.programWordUs ?? 0);
    this.requireProgrammable(address);
    const event = this.nextMutation(false, address);
    if (event === "cut") this.tearWord(address, word, this.cut as CutPlan);
    if (event === "refused") return false;
    this.clearBits(address, word);
    if (event === "stuck") this.stickOneBit(address, word);
    this.statistics.programmedWords++;
    return true;
  }

  private requireProgrammable(address: number): void {
    if (this.isProgrammed[address / WORD_SIZE_BYTES] !== 0) {
      throw new Error(`the word at ${address} is programmed twice without an erase`);
    }
    if (this.isEraseUnfinished[Math.floor(address / this.pageSizeBytes)] !== 0) {
      throw new Error(`the page of ${address} is programmed after an erase that was cut`);
    }
  }

  private clearBits(address: number, word: Uint8Array): void {
    for (let i = 0; i < WORD_SIZE_BYTES; i++) this.cells[address + i] &= word[i];
    if (word.some((byte) => byte !== ERASED)) this.isProgrammed[address / WORD_SIZE_BYTES] = 1;
  }

  private stickOneBit(address: number, word: Uint8Array): void {
    const at = word.findIndex((byte) => byte !== ERASED);
    if (at >= 0) this.cells[address + at] |= ~word[at] & -~word[at] & ERASED;
  }

  private tearWord(address: number, word: Uint8Array, plan: CutPlan): never {
    const landed = word.slice();
    const bits = clearedBits(word);
    if (plan.program === "nothing") landed.fill(ERASED);
    if (plan.program === "some") {
      for (const bit of bits) if (this.rng.chance(0.5)) landed[bit >> 3] |= 1 << (bit & 7);
    }
    this.clearBits(address, landed);
    if (plan.program === "weak") {
      for (let i = 0; i < 2 && bits.length > 0; i++) {
        const bit = bits[this.rng.below(bits.length)];
        this.weak[address + (bit >> 3)] |= 1 << (bit & 7);
      }
    }
    throw new PowerCut(`cut while programming the word at ${address} (${plan.program})`);
  }

  private tearErase(pageIndex: number, plan: CutPlan): never {
    const start = pageIndex * this.pageSizeBytes;
    if (plan.erase !== "before") {
      this.isEraseUnfinished[pageIndex] = 1;
      this.setProgrammed(pageIndex, 0);
    }
    for (let i = 0; plan.erase === "half" && i < this.pageSizeBytes; i++) {
      const zeros = ~this.cells[start + i] & ERASED;
      this.cells[start + i] |= zeros & this.rng.next();
      this.weak[start + i] |= zeros & this.rng.next() & this.rng.next() & this.rng.next();
    }
    if (plan.erase === "unstable") {
      this.cells.fill(ERASED, start, start + this.pageSizeBytes);
      this.weak.fill(0, start, start + this.pageSizeBytes);
      for (let i = 0; i < WEAK_BITS_PER_ERASE; i++) {
        this.weak[start + this.rng.below(this.pageSizeBytes)] |= 1 << this.rng.below(8);
      }
    }
    throw new PowerCut(`cut while erasing page ${pageIndex} (${plan.erase})`);
  }

  private setProgrammed(pageIndex: number, value: number): void {
    const words = this.pageSizeBytes / WORD_SIZE_BYTES;
    this.isProgrammed.fill(value, pageIndex * words, (pageIndex + 1) * words);
  }
}

/** Positions (0..31) of the bits that programming `word` over an erased word clears. */
function clearedBits(word: Uint8Array): number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < 8 * WORD_SIZE_BYTES; bit++) {
    if ((word[bit >> 3] & (1 << (bit & 7))) === 0) bits.push(bit);
  }
  return bits;
}

function emptyStatistics(): FlashStatistics {
  return { readCalls: 0, readBytes: 0, programCalls: 0, programmedWords: 0, erasedPages: 0 };
}
