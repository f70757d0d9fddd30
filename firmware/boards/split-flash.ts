/**
 * Raw pages in two places: short ones for settings that cannot be erased one by one, and whole
 * sectors behind them. For a board whose free sectors only do for the journal.
 */
import { Status } from "../../card-layout/status";
import type { Flash } from "../hal/flash";

/** `low` holds `lowPages` pages of `strideBytes` each, one behind the other, in one page. */
export function createSplitFlash(
  low: Flash,
  lowPages: number,
  strideBytes: number,
  high: Flash,
): Flash {
  const pageSizeBytes = high.pageSizeBytes;
  const lowEnd = lowPages * pageSizeBytes;
  /** Where an address of a low page lies in `low`. */
  function lowAddress(address: number): number {
    const page = Math.floor(address / pageSizeBytes);
    return address - page * (pageSizeBytes - strideBytes);
  }
  return {
    pageSizeBytes,
    pageCount: lowPages + high.pageCount,
    read: (address, out, outOffset, lengthBytes) => {
      if (address < lowEnd) low.read(lowAddress(address), out, outOffset, lengthBytes);
      else high.read(address - lowEnd, out, outOffset, lengthBytes);
    },
    program: (address, from, fromOffset, lengthBytes) =>
      address < lowEnd
        ? low.program(lowAddress(address), from, fromOffset, lengthBytes)
        : high.program(address - lowEnd, from, fromOffset, lengthBytes),
    erasePage: (pageIndex) =>
      pageIndex < lowPages ? Status.FlashFault : high.erasePage(pageIndex - lowPages),
  };
}
