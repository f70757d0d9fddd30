/**
 * Looks up the lists of core/lists-format.ts where they are, in flash: halving costs about twelve
 * reads of seven bytes for a thousand entries, and no memory.
 */
import { type Bytes, copyBytes, getUint, newBytes } from "../../card-layout/bytes";
import { BLOCKED_BYTES, LISTED_PATCH_BYTES, ListsField } from "../core/lists-format";
import { MAX_RIAL } from "../core/money";
import type { Flash } from "../hal/flash";
import { type Copies, CopyField } from "./copies";

export interface Lists {
  isBlocked(serial: number, cardNumber: number): boolean;
  /** Reads the patch `id` of a serial; false when none waits. */
  readPatch(serial: number, id: number, out: Bytes): boolean;
  /** The most credit that a sale may use, rial; all there can be while the lists are fresh. */
  capRial(unixSeconds: number): number;
}

/** Reads whatever copy counts at that moment; buffers live only while a card is looked up. */
export function createLists(flash: Flash, copies: Copies): Lists {
  function readAt(offset: number, lengthBytes: number): Bytes {
    const bytes = newBytes(lengthBytes);
    flash.read(copies.address + CopyField.Content + offset, bytes, 0, lengthBytes);
    return bytes;
  }

  /** The entry that has this serial and card number or patch id; undefined when there is none. */
  function find(isPatch: boolean, key: number): Bytes | undefined {
    if (copies.version === 0) return undefined;
    const head = readAt(0, ListsField.SizeBytes);
    const blockedCount = getUint(head, ListsField.BlockedCount, 2);
    const start = ListsField.SizeBytes + (isPatch ? blockedCount * BLOCKED_BYTES : 0);
    const entryBytes = isPatch ? LISTED_PATCH_BYTES : BLOCKED_BYTES;
    let low = 0;
    let high = isPatch ? getUint(head, ListsField.PatchCount, 2) : blockedCount;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = readAt(start + middle * entryBytes, entryBytes);
      const tail = isPatch ? getUint(entry, 5, 2) : entry[4];
      const found = getUint(entry, 0, 4) * SERIAL_UNIT + tail;
      if (found === key) return entry;
      if (found < key) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  return {
    isBlocked: (serial, cardNumber) => find(false, serial * SERIAL_UNIT + cardNumber) !== undefined,
    readPatch: (serial, id, out) => {
      const entry = find(true, serial * SERIAL_UNIT + id);
      if (entry !== undefined) copyBytes(entry, 0, out, 0, LISTED_PATCH_BYTES);
      return entry !== undefined;
    },
    capRial: (unixSeconds) => {
      if (copies.version === 0) return MAX_RIAL;
      const head = readAt(0, ListsField.SizeBytes);
      const limitHours = getUint(head, ListsField.StaleAfterHours, 2);
      const ageSeconds = unixSeconds - getUint(head, ListsField.IssuedUnixSeconds, 4);
      const isStale = limitHours > 0 && ageSeconds >= (limitHours + 1) * HOUR_SECONDS;
      return isStale ? getUint(head, ListsField.StaleCapRial, 5) : MAX_RIAL;
    },
  };
}

const HOUR_SECONDS = 3600;
/** Card numbers and patch ids are below. */
const SERIAL_UNIT = 65536;
