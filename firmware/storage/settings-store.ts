/** Storing a blob that is held whole, as what provisions a pad does (storage/copies.ts). */
import { type Bytes, copyBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { BLOB_PIECE_BYTES, contentCheck } from "../core/content-check";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import {
  type Copies,
  copyCapacityBytes,
  createCopies,
  createCopyStore,
  type StagedBlob,
} from "./copies";

export interface SettingsStore {
  /** What is held now. */
  held(): Copies;
  content(): Bytes;
  /**
   * Durable and read back when Ok. `Stale`: `version` does not grow. `TooLong`: larger than a copy.
   * `FlashFault`: not stored. In the first two cases what was held is still held; in the third it
   * is, unless the very last words failed: then a later load may find the new version.
   */
  store(version: number, from: Bytes, lengthBytes: number): Status;
}

/** The two copies take `pagesPerCopy` pages each from `pageA` and `pageB` on. */
export function createSettingsStore(
  flash: Flash,
  pageA: number,
  pageB: number,
  pagesPerCopy: number,
  crc32: Crc32,
): SettingsStore {
  const copies = createCopies(pageA, pageB, pagesPerCopy);
  const copyStore = createCopyStore(flash, crc32);
  copyStore.load(copies);
  return {
    held: () => copies,
    content: () => copyStore.content(copies),
    store: (version, from, lengthBytes) => {
      if (version <= copies.version) return Status.Stale;
      if (lengthBytes > copyCapacityBytes(flash, copies)) return Status.TooLong;
      const content = newBytes(lengthBytes);
      copyBytes(from, 0, content, 0, lengthBytes);
      const check = contentCheck(crc32, content);
      const staged: StagedBlob = { kind: 0, version, lengthBytes, check, writtenBytes: 0 };
      for (let at = 0; at < lengthBytes; at += BLOB_PIECE_BYTES) {
        const pieceBytes = Math.min(BLOB_PIECE_BYTES, lengthBytes - at);
        if (!copyStore.write(copies, staged, content, at, pieceBytes)) return Status.FlashFault;
      }
      return copyStore.finish(copies, staged);
    },
  };
}
