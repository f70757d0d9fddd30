/**
 * Seals of what goes down to a pad (`docs/sync-protocol.md`), the other half of `batch.ts`. Only
 * ciphertext and tag travel: the rest of each message follows from the request it stands in.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { BLOB_PIECE_BYTES } from "../firmware/core/content-check";
import {
  bindSeal,
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  coseSeal,
  SealKind,
  setSealNonce,
} from "../firmware/core/cose";
import type { BlobKind } from "../firmware/core/sync-messages";
import type { PadState, TerminalKeys } from "./batch";

/** A version of settings or lists; under one number there is never other content. */
export interface DownBlob {
  kind: BlobKind;
  version: number;
  content: Uint8Array;
}

type Owner = Pick<PadState, "terminalId" | "terminalEpoch">;

/** The piece that begins at `offset`, sealed; `check` is that of the whole content. */
export function sealPiece(
  aes: AesEngine,
  keys: TerminalKeys,
  owner: Owner,
  { kind, version, content }: DownBlob,
  check: number,
  offset: number,
): Uint8Array {
  const piece = content.subarray(offset, offset + BLOB_PIECE_BYTES);
  setSealNonce(owner, SealKind.Blob + kind, version, offset / BLOB_PIECE_BYTES);
  bindSeal(check);
  return seal(aes, keys.downlinkKey, piece);
}

/** A tag over what time it is, for a pad whose next record has this sequence. */
export function sealTime(
  aes: AesEngine,
  keys: TerminalKeys,
  owner: Owner,
  nextSequence: number,
  unixSeconds: number,
): Uint8Array {
  setSealNonce(owner, SealKind.Time, nextSequence, 0);
  bindSeal(unixSeconds);
  return seal(aes, keys.downlinkKey, new Uint8Array(0));
}

/** Under the nonce set before. */
function seal(aes: AesEngine, key: Uint8Array, plain: Uint8Array): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plain.length);
  work.set(plain, COSE_DATA_OFFSET);
  coseSeal(aes, key, work, plain.length);
  return work.slice(COSE_DATA_OFFSET);
}
