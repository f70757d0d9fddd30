/**
 * Sends settings, lists and the time down a link. What was sent once is sent under the same version
 * with the same bytes, a pad says how much of it it has, and takes only what is newer than what it
 * holds; so a push may be cut off anywhere and begun again.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { createPortableAes } from "../card-layout/aes128";
import { Status } from "../card-layout/status";
import { BLOB_PIECE_BYTES, contentCheck } from "../firmware/core/content-check";
import { crc32 } from "../firmware/core/crc32";
import { BlobKind, SyncType } from "../firmware/core/sync-messages";
import { type PadState, padStateOf, type TerminalKeys } from "./batch";
import { type DownBlob, sealPiece, sealTime } from "./down-seals";
import { LinkError, type PadLink, SEAL_TRIES } from "./link";

/** A clock that is off by less is right. */
export const CLOCK_TOLERANCE_SECONDS = 2;

/** By the `Status` of the pad's refusal. The pad keeps what it had. */
const REFUSALS: Partial<Record<number, string>> = {
  [Status.Malformed]: "the pad finds them not made for it",
  [Status.BadSeal]: "this pad belongs to another club or was given other keys",
  [Status.Unsupported]: "the pad's firmware does not know all that is in them: update the firmware",
  [Status.TooLong]: "they are longer than the pad's memory for them",
  [Status.Stale]: "the pad holds newer ones",
  [Status.FlashFault]:
    "the pad's flash does not take them: a board with fixed settings, or a fault",
  [Status.Full]: "the pad is in use or its journal is not sent: end the sale, pull, and push again",
};
const BLOB_NAMES = ["settings", "lists"];

/**
 * Sends a blob unless the pad holds its version or a newer one; goes on where a run before ended.
 * Returns the pad's state afterwards.
 */
export async function pushBlob(
  link: PadLink,
  keys: TerminalKeys,
  pad: PadState,
  blob: DownBlob,
  onProgress: (sentBytes: number, totalBytes: number) => void = () => undefined,
  aes: AesEngine = createPortableAes(),
): Promise<PadState> {
  const { kind, version, content } = blob;
  const check = contentCheck(crc32, content);
  let state = pad;
  // Every answer brings the pad on, or a broken piece; more tries than pieces mean neither.
  let triesLeft = SEAL_TRIES + 2 * Math.ceil(content.length / BLOB_PIECE_BYTES);
  while (heldVersion(state, kind) < version) {
    const isBegun = state.stagedCheck === check && state.stagedBytes < content.length;
    const offset = isBegun ? state.stagedBytes : 0;
    const fields = [kind, version, content.length, check, offset];
    const piece = sealPiece(aes, keys, pad, blob, check, offset);
    if (triesLeft-- === 0) throw new LinkError("refused", `the pad takes no ${BLOB_NAMES[kind]}`);
    try {
      state = padStateOf((await link.ask(SyncType.Put, fields, piece, SyncType.State)).fields);
      onProgress(Math.min(offset + BLOB_PIECE_BYTES, content.length), content.length);
    } catch (error) {
      if (!(error instanceof LinkError) || error.status === undefined) throw error;
      if (error.status !== Status.BadSeal || triesLeft <= 0) {
        const reason = REFUSALS[error.status] ?? `status ${error.status}`;
        throw new LinkError("refused", `the pad keeps its old ${BLOB_NAMES[kind]}: ${reason}`);
      }
      // A byte that broke unseen; a wrong key fails every time.
      triesLeft = Math.min(triesLeft, SEAL_TRIES) - 1;
    }
  }
  return state;
}

/** How far the pad's clock was ahead of ours, seconds, and the pad's state with it set. */
export interface ClockSetting {
  driftSeconds: number;
  isSet: boolean;
  /** Why the pad did not take the time; undefined when it did or need not. */
  refusal: string | undefined;
  pad: PadState;
}

/** Asks the pad for its time and sets it when it is off; `now` gives Unix seconds. */
export async function setClock(
  link: PadLink,
  keys: TerminalKeys,
  now: () => number,
  aes: AesEngine = createPortableAes(),
): Promise<ClockSetting> {
  let pad = await link.hello();
  const driftSeconds = pad.unixSeconds - now();
  for (let i = 0; i < SEAL_TRIES; i++) {
    const isRight = Math.abs(pad.unixSeconds - now()) < CLOCK_TOLERANCE_SECONDS;
    if (isRight) return { driftSeconds, isSet: i > 0, refusal: undefined, pad };
    const unixSeconds = now();
    const tag = sealTime(aes, keys, pad, pad.nextSequence, unixSeconds);
    try {
      pad = padStateOf((await link.ask(SyncType.Time, [unixSeconds], tag, SyncType.State)).fields);
    } catch (error) {
      if (!(error instanceof LinkError) || error.status === undefined) throw error;
      // A tap came in between, or the answer to a try before got lost: look again.
      if (error.status !== Status.BadSeal) {
        return { driftSeconds, isSet: false, refusal: clockRefusal(error.status), pad };
      }
      pad = await link.hello();
    }
  }
  const isSet = Math.abs(pad.unixSeconds - now()) < CLOCK_TOLERANCE_SECONDS;
  const refusal = isSet ? undefined : "the pad does not accept the time under these keys";
  return { driftSeconds, isSet, refusal, pad };
}

function clockRefusal(status: number): string {
  if (status !== Status.Stale) return REFUSALS[status] ?? `status ${status}`;
  return (
    "its clock is ahead, and going back so far would contradict its journal: check the clock of " +
    "this computer; if that is right, provision the pad anew"
  );
}

function heldVersion(pad: PadState, kind: BlobKind): number {
  return kind === BlobKind.Settings ? pad.settingsVersion : pad.listsVersion;
}
