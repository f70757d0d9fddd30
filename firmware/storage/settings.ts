/**
 * One blob of settings in two copies on raw NOR pages, as a pad finds it at power-up; storing is in
 * `settings-store.ts`. JOURNAL.md section "Settings" has the bytes.
 */
import { type Bytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";

/** Offsets in a copy; all numbers little-endian. */
export const enum SettingsField {
  /** Four words, blank or the check word; one that is right makes the copy count. */
  Ends = 0,
  Version = 16,
  Length = 20,
  Content = 24,
}

export const enum SettingsLimit {
  EndWords = 4,
  /** So many good END words make sure that a torn one among them no longer matters. */
  WantedEnds = 3,
  ErasedWord = 0xffffffff,
}

export interface HeldSettings {
  /**
   * `NotFound`: there are none. `FlashFault`: there are, but making sure that they stay the newest
   * failed; they can be read.
   */
  status: Status;
  /** Grows with every store; 0 = none. */
  version: number;
  /** Flash address of the copy, -1 = none. */
  address: number;
  content: Bytes;
}

/**
 * Finds the newest valid copy and makes sure that it stays the newest. The two copies take
 * `pagesPerCopy` pages each from `pageA` and `pageB` on.
 */
export function loadSettings(
  flash: Flash,
  pageA: number,
  pageB: number,
  pagesPerCopy: number,
  crc32: Crc32,
): HeldSettings {
  const work = newBytes(SettingsField.Content + 4);
  const mostBytes = pagesPerCopy * flash.pageSizeBytes - SettingsField.Content;
  const held: HeldSettings = { status: Status.NotFound, version: 0, address: -1, content: work };
  let heldCheck = 0;

  function consider(address: number): void {
    flash.read(address, work, 0, SettingsField.Content);
    const version = getUint(work, SettingsField.Version, 4);
    const lengthBytes = getUint(work, SettingsField.Length, 4);
    if (version <= held.version || lengthBytes > mostBytes) return;
    const content = newBytes(lengthBytes);
    flash.read(address + SettingsField.Content, content, 0, lengthBytes);
    const check = checkWord(crc32, work, content);
    for (let i = 0; i < SettingsLimit.EndWords; i++) {
      if (getUint(work, SettingsField.Ends + 4 * i, 4) === check) {
        held.version = version;
        held.address = address;
        held.content = content;
        heldCheck = check;
      }
    }
  }

  /** Programs END words until enough are good. A cut leaves at most the one in flight doubtful, and
   * the next load adds another one before anybody relies on what it found. */
  function addEndWords(): Status {
    let goodEnds = 0;
    for (let i = 0; i < SettingsLimit.EndWords; i++) {
      const address = held.address + SettingsField.Ends + 4 * i;
      flash.read(address, work, 0, 4);
      if (getUint(work, 0, 4) === SettingsLimit.ErasedWord && goodEnds < SettingsLimit.WantedEnds) {
        putUint(work, 0, 4, heldCheck);
        flash.program(address, work, 0, 4);
        flash.read(address, work, 0, 4);
      }
      if (getUint(work, 0, 4) === heldCheck) goodEnds++;
    }
    return goodEnds > 0 ? Status.Ok : Status.FlashFault;
  }

  consider(pageA * flash.pageSizeBytes);
  consider(pageB * flash.pageSizeBytes);
  if (held.version > 0) held.status = addEndWords();
  return held;
}

/**
 * CRC-32 of version, length and the CRC-32 of the content; the two fields stand in their places in
 * `header`, and the content's CRC is put behind them.
 */
export function checkWord(crc32: Crc32, header: Bytes, content: Bytes): number {
  putUint(header, SettingsField.Content, 4, crc32(content, 0, content.length));
  return crc32(header, SettingsField.Version, SettingsField.Content + 4 - SettingsField.Version);
}
