/** Journals what changes no card, where there is room for it. */
import { newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  encodeEntry,
  type JournalEntry,
  type JournalType,
  MAX_ENTRY_BYTES,
} from "../core/journal-entry";
import type { Journal } from "../storage/journal";

/** `Full`: fetch the journal first. The payload lives only while it is written. */
export function appendEntry(journal: Journal, type: JournalType, entry: JournalEntry): Status {
  const payload = newBytes(MAX_ENTRY_BYTES);
  if (!journal.hasRoomForTap()) return Status.Full;
  return journal.append(type, payload, encodeEntry(entry, payload));
}
