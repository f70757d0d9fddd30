/**
 * One blob of settings in two copies on raw NOR pages. A new version goes over the older copy and
 * counts only when its END words stand, so a power cut at any point leaves the old or the new one.
 * JOURNAL.md section "Settings" has the bytes.
 */
import { type Bytes, copyBytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { endWord, JournalLimit } from "./journal-format";

/** Offsets in a copy; all numbers little-endian. */
export const enum SettingsField {
  Magic = 0,
  Version = 4,
  Length = 8,
  /** CRC-32 chained over the fields before and the content. */
  Crc = 12,
  /** Four words, each `endWord(version)` when programmed; one good word makes the copy count. */
  Ends = 16,
  Content = 32,
}

export const enum SettingsLimit {
  /** "CPS1" */
  Magic = 0x31535043,
  EndWords = 4,
  /** So many good END words make sure that a torn one among them no longer matters. */
  WantedEnds = 3,
  ChunkBytes = 64,
}

export interface Settings {
  /**
   * Finds the newest valid copy and makes sure that it stays the newest. `NotFound`: there is none.
   * `FlashFault`: there is one, but making sure failed; it can be read.
   */
  load(): Status;
  /** Version held, 0 = none. */
  version(): number;
  /** Size of the content held, in bytes. */
  lengthBytes(): number;
  /** Copies the content to `out[0..]`. `NotFound`: none held. `TooLong`: `out` is too small. */
  read(out: Bytes): Status;
  /**
   * Durable and read back when Ok. `Stale`: `version` does not grow. `TooLong`: larger than a copy.
   * `FlashFault`: not stored. In all three cases what was held is still held.
   */
  store(version: number, from: Bytes, lengthBytes: number): Status;
}

interface SettingsState {
  flash: Flash;
  crc32: Crc32;
  pagesPerCopy: number;
  /** Flash address of the copy held, -1 = none. */
  held: number;
  addressA: number;
  addressB: number;
  version: number;
  lengthBytes: number;
  /** A running CRC, then a chunk; elsewhere a copy's header. */
  work: Bytes;
}

const CHUNK_OFFSET = 4;

/** The two copies take `pagesPerCopy` pages each from `pageA` and `pageB` on. */
export function createSettings(
  flash: Flash,
  pageA: number,
  pageB: number,
  pagesPerCopy: number,
  crc32: Crc32,
): Settings {
  const state: SettingsState = {
    flash,
    crc32,
    pagesPerCopy,
    held: -1,
    addressA: pageA * flash.pageSizeBytes,
    addressB: pageB * flash.pageSizeBytes,
    version: 0,
    lengthBytes: 0,
    work: newBytes(CHUNK_OFFSET + SettingsLimit.ChunkBytes),
  };
  return {
    load: () => loadSettings(state),
    version: () => state.version,
    lengthBytes: () => state.lengthBytes,
    read: (out) => readContent(state, out),
    store: (version, from, lengthBytes) => storeSettings(state, version, from, lengthBytes),
  };
}

function loadSettings(state: SettingsState): Status {
  state.held = -1;
  state.version = 0;
  considerCopy(state, state.addressA);
  considerCopy(state, state.addressB);
  if (state.held < 0) return Status.NotFound;
  return addEndWords(state, state.held, state.version);
}

function readContent(state: SettingsState, out: Bytes): Status {
  if (state.held < 0) return Status.NotFound;
  if (out.length < state.lengthBytes) return Status.TooLong;
  state.flash.read(state.held + SettingsField.Content, out, 0, state.lengthBytes);
  return Status.Ok;
}

function storeSettings(
  state: SettingsState,
  version: number,
  from: Bytes,
  lengthBytes: number,
): Status {
  const sizeBytes = state.pagesPerCopy * state.flash.pageSizeBytes;
  if (state.held < 0) loadSettings(state);
  if (version <= state.version) return Status.Stale;
  if (lengthBytes > sizeBytes - SettingsField.Content) return Status.TooLong;
  const target = state.held === state.addressA ? state.addressB : state.addressA;
  let status = eraseCopy(state, target);
  if (status === Status.Ok) status = programContent(state, target, from, lengthBytes);
  if (status === Status.Ok) status = programHeader(state, target, version, from, lengthBytes);
  if (status === Status.Ok) status = addEndWords(state, target, version);
  if (status !== Status.Ok) return status;
  state.held = target;
  state.version = version;
  state.lengthBytes = lengthBytes;
  return Status.Ok;
}

/** Takes the copy at `address` as the one held if it is valid and newer. */
function considerCopy(state: SettingsState, address: number): void {
  const work = state.work;
  state.flash.read(address, work, 0, SettingsField.Content);
  const version = getUint(work, SettingsField.Version, 4);
  const lengthBytes = getUint(work, SettingsField.Length, 4);
  const crc = getUint(work, SettingsField.Crc, 4);
  const sizeBytes = state.pagesPerCopy * state.flash.pageSizeBytes;
  if (getUint(work, SettingsField.Magic, 4) !== SettingsLimit.Magic) return;
  if (version <= state.version || lengthBytes > sizeBytes - SettingsField.Content) return;
  let goodEnds = 0;
  for (let i = 0; i < SettingsLimit.EndWords; i++) {
    if (getUint(work, SettingsField.Ends + 4 * i, 4) === endWord(version)) goodEnds++;
  }
  if (goodEnds === 0 || crcOfCopy(state, address, lengthBytes) !== crc) return;
  state.held = address;
  state.version = version;
  state.lengthBytes = lengthBytes;
}

/**
 * CRC-32 of the copy's header fields, then, for each chunk of the content, CRC-32 of the last
 * result and the chunk. The header fields stand at the start of `state.work`; the content is in
 * the flash.
 */
function crcOfCopy(state: SettingsState, address: number, lengthBytes: number): number {
  const work = state.work;
  let crc = state.crc32(work, 0, SettingsField.Crc);
  for (let done = 0; done < lengthBytes; done += SettingsLimit.ChunkBytes) {
    const chunkBytes = Math.min(SettingsLimit.ChunkBytes, lengthBytes - done);
    putUint(work, 0, 4, crc);
    state.flash.read(address + SettingsField.Content + done, work, CHUNK_OFFSET, chunkBytes);
    crc = state.crc32(work, 0, CHUNK_OFFSET + chunkBytes);
  }
  return crc;
}

/**
 * Programs END words until enough are good. A cut leaves at most the one in flight doubtful, and
 * the next load adds another one before anybody relies on what it found.
 */
function addEndWords(state: SettingsState, address: number, version: number): Status {
  const work = state.work;
  let goodEnds = 0;
  for (let i = 0; i < SettingsLimit.EndWords; i++) {
    const at = address + SettingsField.Ends + 4 * i;
    state.flash.read(at, work, 0, 4);
    const isBlank = getUint(work, 0, 4) === JournalLimit.ErasedWord;
    if (isBlank && goodEnds < SettingsLimit.WantedEnds) {
      putUint(work, 0, 4, endWord(version));
      const status = state.flash.program(at, work, 0, 4);
      if (status !== Status.Ok) return status;
      state.flash.read(at, work, 0, 4);
    }
    if (getUint(work, 0, 4) === endWord(version)) goodEnds++;
  }
  return goodEnds > 0 ? Status.Ok : Status.FlashFault;
}

function eraseCopy(state: SettingsState, address: number): Status {
  const firstPage = address / state.flash.pageSizeBytes;
  for (let i = 0; i < state.pagesPerCopy; i++) {
    const status = state.flash.erasePage(firstPage + i);
    if (status !== Status.Ok) return status;
  }
  return Status.Ok;
}

/** Whole words straight from the caller's buffer, a last part of a word padded with zeros. */
function programContent(
  state: SettingsState,
  address: number,
  from: Bytes,
  lengthBytes: number,
): Status {
  const wholeBytes = lengthBytes - (lengthBytes % 4);
  const restBytes = lengthBytes - wholeBytes;
  const content = address + SettingsField.Content;
  const status = state.flash.program(content, from, 0, wholeBytes);
  if (status !== Status.Ok || restBytes === 0) return status;
  putUint(state.work, 0, 4, 0);
  copyBytes(from, wholeBytes, state.work, 0, restBytes);
  return state.flash.program(content + wholeBytes, state.work, 0, 4);
}

/** Checks the content against the caller's buffer, then programs the fields that vouch for it. */
function programHeader(
  state: SettingsState,
  address: number,
  version: number,
  from: Bytes,
  lengthBytes: number,
): Status {
  const work = state.work;
  for (let done = 0; done < lengthBytes; done += SettingsLimit.ChunkBytes) {
    const chunkBytes = Math.min(SettingsLimit.ChunkBytes, lengthBytes - done);
    state.flash.read(address + SettingsField.Content + done, work, 0, chunkBytes);
    if (state.crc32(work, 0, chunkBytes) !== state.crc32(from, done, chunkBytes)) {
      return Status.FlashFault;
    }
  }
  putHeader(work, version, lengthBytes);
  const crc = crcOfCopy(state, address, lengthBytes);
  putHeader(work, version, lengthBytes);
  putUint(work, SettingsField.Crc, 4, crc);
  const status = state.flash.program(address, work, 0, SettingsField.Ends);
  if (status !== Status.Ok) return status;
  state.flash.read(address, work, 0, SettingsField.Ends);
  const isSame =
    getUint(work, SettingsField.Crc, 4) === crc && crcOfCopy(state, address, lengthBytes) === crc;
  return isSame ? Status.Ok : Status.FlashFault;
}

function putHeader(work: Bytes, version: number, lengthBytes: number): void {
  putUint(work, SettingsField.Magic, 4, SettingsLimit.Magic);
  putUint(work, SettingsField.Version, 4, version);
  putUint(work, SettingsField.Length, 4, lengthBytes);
}
