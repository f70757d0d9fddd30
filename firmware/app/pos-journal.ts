/**
 * What became of a till's request, as the journal tells: it is written before the card is touched
 * and stays when memory is gone. Looked for from the newest record on, a few records a step, so
 * that a card put on meanwhile does not wait.
 */
import { newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  AbortKey,
  BootKey,
  createEntry,
  decodeEntry,
  IntentKey,
  type JournalEntry,
  JournalType,
  MAX_ENTRY_BYTES,
  numberIn,
} from "../core/journal-entry";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import type { Clock } from "../hal/clock";
import { POS_STEP_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";
import { appendEntry } from "./append-entry";

/**
 * Journals that a till greeted a pad that has just started. A clock without a battery begins at the
 * same second again and again; the journal's length does not. `Full`: fetch the journal first.
 */
export function noteStart(journal: Journal, clock: Clock): Status {
  const note = createEntry();
  note.values[BootKey.UnixSeconds] = clock.unixSeconds();
  return appendEntry(journal, JournalType.Boot, note);
}

export interface PosJournal {
  /** Begins to look for `request`, or with 0 for the newest of any, down to record `oldest`. */
  begin(request: number, oldest: number): void;
  /** Reads some records. True when it is over. */
  step(): boolean;
  /** `Ok`: found; `NotFound`: it is not there; else the journal cannot be read. */
  status: Status;
  /** Of the record found: `JournalType.Intent` or `DeferredRefund`. */
  type: JournalType;
  /** How that intent was closed; 0 while it is open. */
  closing: number;
  /** Sequence of the record that stands for the tap, as on receipt and display. */
  sequence: number;
  /** What it says. */
  entry: JournalEntry;
}

export function createPosJournal(journal: Journal): PosJournal {
  const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
  let wanted = 0;
  let next = 0;
  let last = 0;
  let closed = 0;
  const found: PosJournal = {
    begin,
    step,
    status: Status.NotFound,
    type: JournalType.Intent,
    closing: 0,
    sequence: 0,
    entry: createEntry(),
  };

  function begin(request: number, oldest: number): void {
    wanted = request;
    next = journal.nextSequence() - 1;
    last = oldest;
    closed = 0;
    found.closing = 0;
  }

  function end(status: Status): boolean {
    found.status = status;
    return true;
  }

  function numberOf(key: number): number {
    return numberIn(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), key);
  }

  function step(): boolean {
    for (let i = 0; i < POS_STEP_RECORDS; i++) {
      if (next < last || next < 1) return end(Status.NotFound);
      const status = journal.read(next, record, 0);
      if (status !== Status.Ok) return end(status);
      if (look(record[RECORD_TYPE_OFFSET])) return true;
      next--;
    }
    return false;
  }

  /** One record; true when it ends the search. */
  function look(type: number): boolean {
    if (type >= JournalType.Commit && type <= JournalType.InDoubt) {
      closed = numberOf(AbortKey.IntentSequence);
      found.closing = type;
    }
    if (type !== JournalType.Intent && type !== JournalType.DeferredRefund) return false;
    const request = numberOf(IntentKey.TillRequest);
    if (request === 0 || request > wanted) {
      if (request === 0 || wanted > 0) return false;
    } else if (request < wanted) {
      // Numbers only grow: what is older than this one cannot be it.
      return end(Status.NotFound);
    }
    if (closed !== next) found.closing = 0;
    found.type = type;
    found.sequence = numberOf(IntentKey.Confirms);
    if (found.sequence === 0) found.sequence = next;
    return end(decodeEntry(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), found.entry));
  }

  return found;
}
