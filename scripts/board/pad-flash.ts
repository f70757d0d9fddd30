/**
 * The raw pages of a pad, read and written over the console. What changes them is the firmware's
 * own store, run here on a copy; its erases and programs are then done on the board in the same
 * order and read back, so that a cut leaves there what it would leave anywhere.
 */

import { UserError } from "../../back-office/user-error";
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { BoardFlash, FlashRegion } from "../../firmware/boards/board-profile";
import type { Flash } from "../../firmware/hal/flash";
import { type BoardConsole, base64, type Progress } from "./board-console";

const READ_BYTES = 1024;
const WRITE_BYTES = 256;
const ERASED = 0xff;

type Operation =
  | { kind: "erase"; page: number }
  | { kind: "program"; address: number; bytes: Uint8Array };

export class PadFlash {
  constructor(
    private readonly board: BoardConsole,
    private readonly layout: BoardFlash,
  ) {}

  /** `pageCount` pages from `firstPage` on. */
  async readPages(
    firstPage: number,
    pageCount: number,
    onProgress: Progress = () => undefined,
  ): Promise<Uint8Array> {
    const { pageSizeBytes } = this.layout.plan;
    const image = new Uint8Array(pageCount * pageSizeBytes).fill(ERASED);
    for (let page = 0; page < pageCount; page++) {
      const { region, address } = this.placeOf(firstPage + page);
      for (let at = 0; at < region.strideBytes; at += READ_BYTES) {
        const lengthBytes = Math.min(READ_BYTES, region.strideBytes - at);
        image.set(await this.read(address + at, lengthBytes), page * pageSizeBytes + at);
        onProgress(page * pageSizeBytes + at + lengthBytes, image.length);
      }
    }
    return image;
  }

  /** A copy of all pages that notes what is done to it; `image` holds the plan's pages. */
  copyOf(image: Uint8Array): RecordedFlash {
    return new RecordedFlash(image, this.layout);
  }

  /** Does to the board what was done to the copy. */
  async replay(copy: RecordedFlash, onProgress: Progress = () => undefined): Promise<void> {
    const { operations } = copy;
    for (let i = 0; i < operations.length; i++) {
      const operation = operations[i];
      if (operation.kind === "erase") await this.erase(operation.page);
      else await this.program(operation.address, operation.bytes);
      onProgress(i + 1, operations.length);
    }
  }

  async erase(page: number): Promise<void> {
    const { region, address } = this.placeOf(page);
    if (region.isErasable) await this.board.evaluate(`require("Flash").erasePage(${address})`);
    const after = await this.readPages(page, 1);
    if (after.every((byte) => byte === ERASED)) return;
    throw new UserError(`flash page ${page} at 0x${address.toString(16)} does not erase`);
  }

  async program(offset: number, bytes: Uint8Array): Promise<void> {
    const { pageSizeBytes } = this.layout.plan;
    const page = Math.floor(offset / pageSizeBytes);
    const start = this.placeOf(page).address + (offset % pageSizeBytes);
    for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
      const part = bytes.slice(at, at + WRITE_BYTES);
      const data = `E.toUint8Array(atob("${base64(Buffer.from(part).toString("latin1"))}"))`;
      await this.board.evaluate(`require("Flash").write(${data},${start + at})`);
      const back = await this.read(start + at, part.length);
      if (Buffer.compare(back, part) === 0) continue;
      throw new UserError(`flash at 0x${(start + at).toString(16)} does not hold what is written`);
    }
  }

  private async read(address: number, lengthBytes: number): Promise<Uint8Array> {
    const expression = `btoa(E.toString(require("Flash").read(${lengthBytes},${address})))`;
    const bytes = Buffer.from(await this.board.evaluate<string>(expression), "base64");
    if (bytes.length !== lengthBytes) throw new UserError("the board reads its flash wrongly");
    return new Uint8Array(bytes);
  }

  private placeOf(page: number): { region: FlashRegion; address: number } {
    let first = 0;
    for (const region of this.layout.regions) {
      if (page < first + region.pageCount) {
        return { region, address: region.address + (page - first) * region.strideBytes };
      }
      first += region.pageCount;
    }
    throw new Error(`there is no page ${page}`);
  }
}

/** NOR flash in memory. */
export class RecordedFlash implements Flash {
  readonly operations: Operation[] = [];
  readonly pageSizeBytes: number;
  readonly pageCount: number;

  constructor(
    readonly image: Uint8Array,
    private readonly layout: BoardFlash,
  ) {
    this.pageSizeBytes = layout.plan.pageSizeBytes;
    this.pageCount = layout.plan.pageCount;
  }

  read(address: number, out: Bytes, outOffset: number, lengthBytes: number): void {
    for (let i = 0; i < lengthBytes; i++) out[outOffset + i] = this.image[address + i];
  }

  program(address: number, from: Bytes, fromOffset: number, lengthBytes: number): Status {
    const bytes = Uint8Array.from({ length: lengthBytes }, (_, i) => from[fromOffset + i]);
    for (let i = 0; i < lengthBytes; i++) this.image[address + i] &= bytes[i];
    this.operations.push({ kind: "program", address, bytes });
    return Status.Ok;
  }

  /** Pages that cannot be erased are as good as erased while they are blank. */
  erasePage(page: number): Status {
    const start = page * this.pageSizeBytes;
    const content = this.image.subarray(start, start + this.pageSizeBytes);
    const isBlank = content.every((byte) => byte === ERASED);
    if (isBlank && !this.isErasable(page)) return Status.Ok;
    if (!this.isErasable(page)) return Status.FlashFault;
    content.fill(ERASED);
    this.operations.push({ kind: "erase", page });
    return Status.Ok;
  }

  private isErasable(page: number): boolean {
    let first = 0;
    for (const region of this.layout.regions) {
      first += region.pageCount;
      if (page < first) return region.isErasable;
    }
    return false;
  }
}
