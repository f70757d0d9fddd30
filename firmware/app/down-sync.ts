/**
 * What the back office sends down (`docs/sync-protocol.md`): settings, lists and the time. A blob
 * is collected in the spare one of its two copies, so the pad works by what it has until the whole
 * of the new one is durable, authentic and understood; then it counts, and never anything older.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, copyBytes, getUint, partOf } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { BLOB_PIECE_BYTES } from "../core/content-check";
import {
  bindSeal,
  COSE_DATA_OFFSET,
  COSE_TAG_BYTES,
  coseOpen,
  SealKind,
  setSealNonce,
} from "../core/cose";
import { checkLists, ListsField } from "../core/lists-format";
import { Header } from "../core/ruleset-format";
import { SettingsChange } from "../core/settings-change";
import {
  ACK_FIELD_SEQUENCE,
  BlobKind,
  CHAIN_MAC_BYTES,
  PutField,
  type SyncMessage,
  TIME_FIELD_UNIX_SECONDS,
} from "../core/sync-messages";
import {
  CONFIG_KEY_EPOCH_OFFSET,
  checkSettings,
  decodeTerminalConfig,
  type TerminalConfig,
} from "../core/terminal-config";
import type { Clock } from "../hal/clock";
import type { Flash } from "../hal/flash";
import { CLOCK_BACK_SECONDS_MAX } from "../limits";
import { type Copies, type CopyStore, copyCapacityBytes, type StagedBlob } from "../storage/copies";
import type { Journal } from "../storage/journal";
import type { Intents } from "./intents";

/** What is needed to take something in. */
export interface DownSync {
  aes: AesEngine;
  clock: Clock;
  flash: Flash;
  journal: Journal;
  intents: Intents;
  config: TerminalConfig;
  store: CopyStore;
  settings: Copies;
  lists: Copies;
  staged: StagedBlob;
  /** Whether the pad may start again at this moment. */
  isIdle(): boolean;
  /** New settings are stored: start again with them when nobody is in the middle of a sale. */
  isRestartWanted: boolean;
  /** When the office acknowledged records last, or sent something; 0 = not since the start. */
  syncedUnixSeconds: number;
}

export function emptyBlob(): StagedBlob {
  return { kind: 0, version: 0, lengthBytes: 0, check: 0, writtenBytes: 0 };
}

/** The nonce is set; the byte string must be `lengthBytes` and their tag. */
function open(
  down: DownSync,
  message: SyncMessage,
  frame: Bytes,
  work: Bytes,
  lengthBytes: number,
): Status {
  const sealedBytes = lengthBytes + COSE_TAG_BYTES;
  if (message.contentLengthBytes !== sealedBytes) return Status.Malformed;
  copyBytes(frame, message.contentOffset, work, COSE_DATA_OFFSET, sealedBytes);
  const isAuthentic = coseOpen(down.aes, down.config.downlinkKey, work, lengthBytes);
  return isAuthentic ? Status.Ok : Status.BadSeal;
}

/** A forged acknowledgement is refused, an old one changes nothing. */
export function acknowledgeDown(
  down: DownSync,
  message: SyncMessage,
  frame: Bytes,
  work: Bytes,
): Status {
  const sequence = message.fields[ACK_FIELD_SEQUENCE];
  setSealNonce(down.config, SealKind.Acknowledgement, sequence, 0);
  const status = open(down, message, frame, work, CHAIN_MAC_BYTES);
  if (status !== Status.Ok) return status;
  const mac = partOf(work, COSE_DATA_OFFSET, CHAIN_MAC_BYTES);
  const taken = down.journal.acknowledge(sequence, mac);
  // Authentic, but of a journal that is not this one: told apart from a seal of other keys.
  if (taken === Status.BadSeal) return Status.NotFound;
  return taken === Status.Stale ? Status.Ok : taken;
}

/** One piece. `work` is the sync's: the piece's plaintext is left there. */
export function putDown(down: DownSync, message: SyncMessage, frame: Bytes, work: Bytes): Status {
  const { config, staged } = down;
  const kind = message.fields[PutField.Kind];
  const version = message.fields[PutField.Version];
  const lengthBytes = message.fields[PutField.TotalBytes];
  const check = message.fields[PutField.Check];
  const offset = message.fields[PutField.OffsetBytes];
  if (kind > BlobKind.Lists) return Status.Unsupported;
  const copies = kind === BlobKind.Settings ? down.settings : down.lists;
  // What is held is what an answer that got lost looks like.
  if (version <= copies.version) return version === copies.version ? Status.Ok : Status.Stale;
  if (lengthBytes > copyCapacityBytes(down.flash, copies)) return Status.TooLong;
  if (offset >= lengthBytes || offset % BLOB_PIECE_BYTES > 0) return Status.Malformed;
  const pieceBytes = Math.min(BLOB_PIECE_BYTES, lengthBytes - offset);
  setSealNonce(config, SealKind.Blob + kind, version, offset / BLOB_PIECE_BYTES);
  bindSeal(check);
  let status = open(down, message, frame, work, pieceBytes);
  if (status !== Status.Ok) return status;
  if (offset === 0) {
    staged.kind = kind;
    staged.version = version;
    staged.lengthBytes = lengthBytes;
    staged.check = check;
    staged.writtenBytes = 0;
  }
  // Of another blob, or out of turn: the answer says where to go on.
  if (staged.check !== check || staged.kind !== kind || staged.version !== version)
    return Status.Ok;
  if (staged.lengthBytes !== lengthBytes || staged.writtenBytes !== offset) return Status.Ok;
  if (!down.store.write(copies, staged, work, COSE_DATA_OFFSET, pieceBytes))
    status = Status.FlashFault;
  else if (staged.writtenBytes === lengthBytes) status = complete(down, copies);
  else return Status.Ok;
  staged.writtenBytes = 0;
  staged.check = 0;
  staged.version = 0;
  return status;
}

function complete(down: DownSync, copies: Copies): Status {
  const { config, staged } = down;
  const isSettings = staged.kind === BlobKind.Settings;
  const lengthBytes = staged.lengthBytes;
  const content = down.store.stagedContent(
    copies,
    isSettings ? lengthBytes : Math.min(lengthBytes, ListsField.SizeBytes),
  );
  const isSameEpoch = !isSettings || content[CONFIG_KEY_EPOCH_OFFSET] === config.keyEpoch;
  let status = isSettings ? checkNewSettings(down, content) : checkLists(content, lengthBytes);
  if (status === Status.Ok) status = down.store.finish(copies, staged);
  if (status !== Status.Ok) return status;
  if (isSettings) down.isRestartWanted = true;
  // A record under the old keys would be one that the new ones do not prove.
  if (isSameEpoch) {
    const change = isSettings ? SettingsChange.Settings : SettingsChange.Lists;
    // A full journal may lose the note; the state that is answered says the same.
    down.intents.note(change, copies.version, down.clock.unixSeconds());
  }
  return Status.Ok;
}

/** For this pad, no older rules, and new keys only with nothing said under the old ones. */
function checkNewSettings(down: DownSync, content: Bytes): Status {
  const { config, journal } = down;
  const status = checkSettings(content);
  if (status !== Status.Ok) return status;
  const next = decodeTerminalConfig(content);
  if (
    next.terminalId !== config.terminalId ||
    next.clubId !== config.clubId ||
    next.terminalEpoch !== config.terminalEpoch
  ) {
    return Status.Malformed;
  }
  const isOlder =
    getUint(next.ruleset, Header.Version, 4) < getUint(config.ruleset, Header.Version, 4);
  if (isOlder || next.keyEpoch < config.keyEpoch) return Status.Stale;
  const isSettled = down.isIdle() && journal.firstUnacknowledged() === journal.nextSequence();
  return next.keyEpoch === config.keyEpoch || isSettled ? Status.Ok : Status.Full;
}

/**
 * The next sequence is the challenge: setting the clock is journaled, so no time counts twice and
 * none that was said before a tap.
 */
export function setTimeDown(
  down: DownSync,
  message: SyncMessage,
  frame: Bytes,
  work: Bytes,
): Status {
  const { clock, config, journal } = down;
  const unixSeconds = message.fields[TIME_FIELD_UNIX_SECONDS];
  setSealNonce(config, SealKind.Time, journal.nextSequence(), 0);
  bindSeal(unixSeconds);
  let status = open(down, message, frame, work, 0);
  if (status !== Status.Ok) return status;
  const before = clock.unixSeconds();
  if (unixSeconds < before - CLOCK_BACK_SECONDS_MAX) return Status.Stale;
  if (unixSeconds < down.intents.newestUnixSeconds()) return Status.Stale;
  status = down.intents.note(SettingsChange.Clock, before, unixSeconds);
  if (status === Status.Ok) clock.setUnixSeconds(unixSeconds);
  return status;
}
