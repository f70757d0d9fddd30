/**
 * The lists that a pad holds beside its settings: cards that are blocked, and patches that wait for
 * their card. One blob, so that both change together; sorted, so that the pad finds an entry by
 * halving, in flash. Numbers are little-endian.
 *
 *     format 1 | issued, Unix seconds 4 | stale after, hours 2 | cap when stale, rial 5 |
 *     blocked count 2 | patch count 2 | blocked cards 5 each | patches 19 each
 *
 * A blocked card is serial 4 | card number 1; a patch is that of core/card-patch.ts, which begins
 * with serial 4 | card number 1 | id 2. Blocked cards are sorted by serial and card number, patches
 * by serial and id, without repetition.
 */
import { type Bytes, getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

/** Offsets in the head. */
export const enum ListsField {
  Format = 0,
  IssuedUnixSeconds = 1,
  /** 0 = never. */
  StaleAfterHours = 5,
  /** The most credit that a sale may use when the lists are stale. */
  StaleCapRial = 7,
  BlockedCount = 12,
  PatchCount = 14,
  SizeBytes = 16,
}

export const LISTS_FORMAT = 1;
export const BLOCKED_BYTES = 5;
/** Of a patch in the lists. */
export const LISTED_PATCH_BYTES = 19;

/** Of a blob so long with this head. It is authentic, so only other versions are looked for. */
export function checkLists(head: Bytes, lengthBytes: number): Status {
  if (head[ListsField.Format] !== LISTS_FORMAT) return Status.Unsupported;
  const contentBytes =
    ListsField.SizeBytes +
    getUint(head, ListsField.BlockedCount, 2) * BLOCKED_BYTES +
    getUint(head, ListsField.PatchCount, 2) * LISTED_PATCH_BYTES;
  return lengthBytes === contentBytes ? Status.Ok : Status.Malformed;
}
