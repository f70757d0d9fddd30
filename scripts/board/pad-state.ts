/** What a pad's raw pages say about it, read with the firmware's own code on a copy of them. */
import { createPortableAes } from "../../card-layout/aes128";
import { Status } from "../../card-layout/status";
import type { FlashPlan } from "../../firmware/boards/flash-plan";
import { crc32 } from "../../firmware/core/crc32";
import {
  checkTerminalConfig,
  decodeTerminalConfig,
  type TerminalConfig,
} from "../../firmware/core/terminal-config";
import type { Flash } from "../../firmware/hal/flash";
import { createJournal } from "../../firmware/storage/journal";
import { createSettingsStore } from "../../firmware/storage/settings-store";

/** `config` is undefined for a pad without settings, or with some of another format. */
export interface HeldConfig {
  version: number;
  config: TerminalConfig | undefined;
}

export interface JournalState {
  /** False: it cannot be read with this pad's key, or is damaged. */
  isReadable: boolean;
  nextSequence: number;
  unsentCount: number;
}

export function heldConfig(flash: Flash, plan: FlashPlan): HeldConfig {
  const { settingsPageA, settingsPageB, pagesPerSettings } = plan;
  const pages = [settingsPageA, settingsPageB, pagesPerSettings] as const;
  const settings = createSettingsStore(flash, ...pages, crc32);
  const { version } = settings.held();
  const content = version > 0 ? settings.content() : undefined;
  const isFine = content !== undefined && checkTerminalConfig(content) === Status.Ok;
  return { version, config: isFine ? decodeTerminalConfig(content) : undefined };
}

/** Boots the journal, as the pad would, on `flash`, which has to be a copy. */
export function journalState(flash: Flash, plan: FlashPlan, key: Uint8Array): JournalState {
  const { journalPage, journalPageCount } = plan;
  const aes = createPortableAes();
  const journal = createJournal(flash, journalPage, journalPageCount, aes, crc32, key);
  const status = journal.boot();
  const isReadable = status === Status.Ok || status === Status.Full;
  if (!isReadable) return { isReadable, nextSequence: 0, unsentCount: 0 };
  const nextSequence = journal.nextSequence();
  return { isReadable, nextSequence, unsentCount: nextSequence - journal.firstUnacknowledged() };
}
