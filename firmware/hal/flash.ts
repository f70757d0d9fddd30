import type { Bytes } from "../../card-layout/bytes";
import type { Status } from "../../card-layout/status";

/**
 * A range of raw NOR flash pages, addressed from 0. Rules: programming only clears bits; erasing
 * sets a whole page to 0xFF; both may be cut by a power loss at any word. `program` takes 4-byte
 * aligned address and length and programs each word once. Neither verifies: the caller reads back.
 */
export interface Flash {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
  read(address: number, out: Bytes, outOffset: number, lengthBytes: number): void;
  /** `FlashFault` when the address is unaligned or out of range, or the chip reports an error. */
  program(address: number, from: Bytes, fromOffset: number, lengthBytes: number): Status;
  erasePage(pageIndex: number): Status;
}
