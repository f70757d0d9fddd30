/**
 * Looks up the lists of core/lists-format.ts where they are, in flash: halving costs about twelve
 * reads of seven bytes for a thousand entries, and no memory.
 */
import { type Bytes, getUint, newBytes } from "../../card-layout/bytes";
import { BLOCKED_BYTES, LISTED_PATCH_BYTES, ListsField } from "../core/lists-format";
import { MAX_RIAL } from "../core/money";
import type { Flash } from "../hal/flash";
import { type Copies, CopyField } from "./copies";

export interface Lists {
  isBlocked(serial: number, cardNumber: number): boolean;
  /** Reads the patch `id` of a serial; false when none waits. */
  readPatch(serial: number, id: number, out: Bytes): boolean;
  /** Hours since the back office made them; 0 when there are none. */
  ageHours(unixSeconds: number): number;
  /** The most credit that a sale may use, rial; all there can be while the lists are fresh. */
  capRial(unixSeconds: number): number;
}

/** Reads whatever copy counts at that moment. */
export function createLists(flash: Flash, copies: Copies): Lists {
  const head = newBytes(ListsField.SizeBytes);
  const entry = newBytes(LISTED_PATCH_BYTES);

  /** With no lists at all the head is all zero. */
  function readHead(): void {
    if (copies.version > 0) flash.read(copies.address + CopyField.Content, head, 0, head.length);
  }

  /**
   * Whether an entry has this serial and, `tailBytes` long at `tailOffset`, this tail. It is in
   * `entry` then.
   */
  function find(
    firstOffset: number,
    count: number,
    entryBytes: number,
    tailOffset: number,
    tailBytes: number,
    key: number,
  ): boolean {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const place = copies.address + CopyField.Content + firstOffset + middle * entryBytes;
      flash.read(place, entry, 0, entryBytes);
      const found = getUint(entry, 0, 4) * SERIAL_UNIT + getUint(entry, tailOffset, tailBytes);
      if (found === key) return true;
      if (found < key) low = middle + 1;
      else high = middle;
    }
    return false;
  }

  function ageHours(unixSeconds: number): number {
    readHead();
    const issued = getUint(head, ListsField.IssuedUnixSeconds, 4);
    return issued === 0 ? 0 : Math.max(0, Math.floor((unixSeconds - issued) / HOUR_SECONDS));
  }

  return {
    isBlocked: (serial, cardNumber) => {
      readHead();
      const count = getUint(head, ListsField.BlockedCount, 2);
      const key = serial * SERIAL_UNIT + cardNumber;
      return find(ListsField.SizeBytes, count, BLOCKED_BYTES, 4, 1, key);
    },
    readPatch: (serial, id, out) => {
      readHead();
      const offset =
        ListsField.SizeBytes + getUint(head, ListsField.BlockedCount, 2) * BLOCKED_BYTES;
      const count = getUint(head, ListsField.PatchCount, 2);
      const isThere = find(offset, count, LISTED_PATCH_BYTES, 5, 2, serial * SERIAL_UNIT + id);
      if (isThere) for (let i = 0; i < LISTED_PATCH_BYTES; i++) out[i] = entry[i];
      return isThere;
    },
    ageHours,
    capRial: (unixSeconds) => {
      const hours = ageHours(unixSeconds);
      const limitHours = getUint(head, ListsField.StaleAfterHours, 2);
      const isStale = limitHours > 0 && hours > limitHours;
      return isStale ? getUint(head, ListsField.StaleCapRial, 5) : MAX_RIAL;
    },
  };
}

const HOUR_SECONDS = 3600;
/** Card numbers and patch ids are below. */
const SERIAL_UNIT = 65536;
