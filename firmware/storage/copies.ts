/**
 * Blobs in two copies on raw NOR pages, each with a version that only grows: a new one goes over
 * the older copy, piece by piece as it comes, and counts only when an END word stands. So a power
 * cut at any point leaves the old or the new one. JOURNAL.md section "Two copies" has the bytes.
 */
import { type Bytes, copyBytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { BLOB_PIECE_BYTES, nextContentCheck, PIECE_OFFSET } from "../core/content-check";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import { createCheckedProgram } from "./checked-program";

/** Offsets in a copy; all numbers little-endian. */
export const enum CopyField {
  /** Four words, blank or the END word; one that is right makes the copy count. */
  Ends = 0,
  Version = 16,
  Length = 20,
  Content = 24,
}

const enum CopyLimit {
  EndWords = 4,
  /** So many good END words make sure that a torn one among them no longer matters. */
  WantedEnds = 3,
  ErasedWord = 0xffffffff,
}

/** Where a blob's two copies are, and which of them counts. Owned by the caller, kept up here. */
export interface Copies {
  /** First pages of the two. */
  readonly pageA: number;
  readonly pageB: number;
  readonly pagesPerCopy: number;
  /**
   * `NotFound`: there is none. `FlashFault`: there is, but making sure that it stays the newest
   * failed; it can be read.
   */
  status: Status;
  /** Grows with every store; 0 = none. */
  version: number;
  /** Flash address of the copy that counts, -1 = none. */
  address: number;
  lengthBytes: number;
  /** The word that stands at its end. */
  end: number;
}

/** What is being stored; `check` is that of the whole content (core/content-check.ts). */
export interface StagedBlob {
  kind: number;
  version: number;
  lengthBytes: number;
  check: number;
  /** So much stands in flash. */
  writtenBytes: number;
}

export interface CopyStore {
  /** Finds the newest valid copy and makes sure that it stays the newest. */
  load(copies: Copies): void;
  /** The whole content of the copy that counts. */
  content(copies: Copies): Bytes;
  /** The first bytes of what was staged; nobody else can see it yet. */
  stagedContent(copies: Copies, lengthBytes: number): Bytes;
  /**
   * Adds the next piece: BLOB_PIECE_BYTES, the last one what is left. False: the flash does not
   * take it, start over.
   */
  write(
    copies: Copies,
    staged: StagedBlob,
    from: Bytes,
    offset: number,
    lengthBytes: number,
  ): boolean;
  /**
   * All is written: checks it and lets it count. `Malformed`: not what was announced. `FlashFault`:
   * not stored, unless the very last words failed: then a later load may find it.
   */
  finish(copies: Copies, staged: StagedBlob): Status;
}

/** Nothing loaded yet. */
export function createCopies(pageA: number, pageB: number, pagesPerCopy: number): Copies {
  const status = Status.NotFound;
  return { pageA, pageB, pagesPerCopy, status, version: 0, address: -1, lengthBytes: 0, end: 0 };
}

/** The longest content of a copy. */
export function copyCapacityBytes(flash: Flash, copies: Copies): number {
  return copies.pagesPerCopy * flash.pageSizeBytes - CopyField.Content;
}

const WORK_BYTES = PIECE_OFFSET + BLOB_PIECE_BYTES;

export function createCopyStore(flash: Flash, crc32: Crc32): CopyStore {
  const program = createCheckedProgram(flash, crc32);
  /** Only while something is loaded or stored: at rest a pad has better use for the memory. */
  let work = newBytes(0);

  function checkContent(address: number, lengthBytes: number): number {
    let check = 0;
    for (let at = 0; at < lengthBytes; at += BLOB_PIECE_BYTES) {
      const pieceBytes = Math.min(BLOB_PIECE_BYTES, lengthBytes - at);
      flash.read(address + CopyField.Content + at, work, PIECE_OFFSET, pieceBytes);
      check = nextContentCheck(crc32, check, work, pieceBytes);
    }
    return check;
  }

  function endWord(version: number, lengthBytes: number, check: number): number {
    putUint(work, 0, 4, version);
    putUint(work, 4, 4, lengthBytes);
    putUint(work, 8, 4, check);
    return crc32(work, 0, 12);
  }

  /**
   * Counts the good END words, after programming blank ones until there are `wantedCount`. A cut
   * leaves at most the one in flight doubtful, and the next load adds another one before anybody
   * relies on what it found.
   */
  function settleEnds(address: number, end: number, wantedCount: number): number {
    let goodCount = 0;
    for (let i = 0; i < CopyLimit.EndWords; i++) {
      const place = address + CopyField.Ends + 4 * i;
      flash.read(place, work, 0, 4);
      if (getUint(work, 0, 4) === CopyLimit.ErasedWord && goodCount < wantedCount) {
        putUint(work, 0, 4, end);
        program(place, work, 0, 4);
      }
      if (getUint(work, 0, 4) === end) goodCount++;
    }
    return goodCount;
  }

  function consider(copies: Copies, page: number): void {
    const address = page * flash.pageSizeBytes;
    flash.read(address, work, 0, CopyField.Content);
    const version = getUint(work, CopyField.Version, 4);
    const lengthBytes = getUint(work, CopyField.Length, 4);
    if (version <= copies.version || lengthBytes > copyCapacityBytes(flash, copies)) return;
    const end = endWord(version, lengthBytes, checkContent(address, lengthBytes));
    if (settleEnds(address, end, 0) === 0) return;
    copies.version = version;
    copies.address = address;
    copies.lengthBytes = lengthBytes;
    copies.end = end;
  }

  function load(copies: Copies): void {
    work = newBytes(WORK_BYTES);
    copies.version = 0;
    copies.address = -1;
    copies.status = Status.NotFound;
    consider(copies, copies.pageA);
    consider(copies, copies.pageB);
    if (copies.version > 0) {
      const isSettled = settleEnds(copies.address, copies.end, CopyLimit.WantedEnds) > 0;
      copies.status = isSettled ? Status.Ok : Status.FlashFault;
    }
    work = newBytes(0);
  }

  function contentAt(address: number, lengthBytes: number): Bytes {
    const content = newBytes(lengthBytes);
    flash.read(address + CopyField.Content, content, 0, lengthBytes);
    return content;
  }

  /** Of the copy that does not count. */
  function spareAddress(copies: Copies): number {
    const isInA = copies.address === copies.pageA * flash.pageSizeBytes;
    return (isInA ? copies.pageB : copies.pageA) * flash.pageSizeBytes;
  }

  function write(
    copies: Copies,
    staged: StagedBlob,
    from: Bytes,
    offset: number,
    lengthBytes: number,
  ): boolean {
    const address = spareAddress(copies);
    const place = CopyField.Content + staged.writtenBytes;
    // A page is erased when the first of its bytes come, so one call erases one page at most.
    const pageSizeBytes = flash.pageSizeBytes;
    const page = Math.ceil((staged.writtenBytes === 0 ? 0 : place) / pageSizeBytes);
    const start = page * pageSizeBytes;
    const isNewPage = start < place + lengthBytes;
    if (isNewPage && flash.erasePage(address / pageSizeBytes + page) !== Status.Ok) return false;
    const padded = newBytes(Math.ceil(lengthBytes / 4) * 4);
    copyBytes(from, offset, padded, 0, lengthBytes);
    staged.writtenBytes += lengthBytes;
    return program(address + place, padded, 0, padded.length);
  }

  function finish(copies: Copies, staged: StagedBlob): Status {
    const { version, lengthBytes, check } = staged;
    const address = spareAddress(copies);
    work = newBytes(WORK_BYTES);
    if (checkContent(address, lengthBytes) !== check) return Status.Malformed;
    const end = endWord(version, lengthBytes, check);
    // Version and length stand in `work` as they do in the copy.
    if (!program(address + CopyField.Version, work, 0, CopyField.Content - CopyField.Version))
      return Status.FlashFault;
    if (settleEnds(address, end, 1) === 0) return Status.FlashFault;
    load(copies);
    const isStored = copies.status === Status.Ok && copies.version === version;
    return isStored ? Status.Ok : Status.FlashFault;
  }

  return {
    load,
    content: (copies) => contentAt(copies.address, copies.lengthBytes),
    stagedContent: (copies, lengthBytes) => contentAt(spareAddress(copies), lengthBytes),
    write,
    finish,
  };
}
