/**
 * Storing settings: a new version goes over the older copy and counts only when an END word stands,
 * so a power cut at any point leaves the old or the new one. Used by what provisions a pad.
 */
import { type Bytes, copyBytes, fillBytes, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { createCheckedProgram } from "./checked-program";
import { checkWord, type HeldSettings, loadSettings, SettingsField } from "./settings";

export interface SettingsStore {
  /** What is held now. */
  held(): HeldSettings;
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
  const program = createCheckedProgram(flash, crc32);
  const load = () => loadSettings(flash, pageA, pageB, pagesPerCopy, crc32);
  let held = load();

  function eraseCopy(firstPage: number): boolean {
    let isErased = true;
    for (let i = 0; i < pagesPerCopy && isErased; i++) {
      isErased = flash.erasePage(firstPage + i) === Status.Ok;
    }
    return isErased;
  }

  /** Header and content padded to whole words, read back, then the first END word. */
  function programCopy(address: number, version: number, content: Bytes): boolean {
    const paddedBytes = Math.floor((content.length + 3) / 4) * 4;
    const copy = newBytes(SettingsField.Content + Math.max(paddedBytes, 4));
    putUint(copy, SettingsField.Version, 4, version);
    putUint(copy, SettingsField.Length, 4, content.length);
    putUint(copy, SettingsField.Ends, 4, checkWord(crc32, copy, content));
    fillBytes(copy, SettingsField.Content, 4, 0);
    copyBytes(content, 0, copy, SettingsField.Content, content.length);
    const bodyBytes = SettingsField.Content + paddedBytes - SettingsField.Version;
    return (
      program(address + SettingsField.Version, copy, SettingsField.Version, bodyBytes) &&
      program(address + SettingsField.Ends, copy, SettingsField.Ends, 4)
    );
  }

  return {
    held: () => held,
    store: (version, from, lengthBytes) => {
      if (version <= held.version) return Status.Stale;
      const mostBytes = pagesPerCopy * flash.pageSizeBytes - SettingsField.Content;
      if (lengthBytes > mostBytes) return Status.TooLong;
      const content = newBytes(lengthBytes);
      copyBytes(from, 0, content, 0, lengthBytes);
      const firstPage = held.address === pageA * flash.pageSizeBytes ? pageB : pageA;
      const isProgrammed =
        eraseCopy(firstPage) && programCopy(firstPage * flash.pageSizeBytes, version, content);
      const found = isProgrammed ? load() : held;
      if (found.status !== Status.Ok || found.version !== version) return Status.FlashFault;
      held = found;
      return Status.Ok;
    },
  };
}
