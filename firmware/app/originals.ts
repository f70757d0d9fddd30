/**
 * Finds again, in the pad's own journal, the sale that comes back or the tap that is to be undone,
 * and how much of it has come back already. Sales of other pads are the back office's to find.
 */
import { newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { TapKind } from "../core/evaluate";
import {
  AbortKey,
  createEntry,
  decodeEntry,
  IntentKey,
  type JournalEntry,
  JournalType,
  MAX_ENTRY_BYTES,
  numberIn,
} from "../core/journal-entry";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import { REFUND_SCAN_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";

export interface Originals {
  /** The committed intent of this journal sequence; undefined when there is none here. */
  find(sequence: number): JournalEntry | undefined;
  /** How much of that sale's bill has come back already, rial. Takes some ms for each record. */
  returnedRial(sequence: number): number;
}

export function createOriginals(journal: Journal): Originals {
  /** Reads and closes are rare: the buffer lives only while it is needed. */
  function walk(
    from: number,
    step: number,
    visit: (type: number, record: ReturnType<typeof newBytes>, sequence: number) => boolean,
  ): void {
    const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
    let sequence = from;
    for (let i = 0; i < REFUND_SCAN_RECORDS; i++) {
      if (sequence < 1 || journal.read(sequence, record, 0) !== Status.Ok) return;
      if (!visit(record[RECORD_TYPE_OFFSET], record, sequence)) return;
      sequence += step;
    }
  }

  function numberOf(record: ReturnType<typeof newBytes>, key: number): number {
    return numberIn(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), key);
  }

  function find(sequence: number): JournalEntry | undefined {
    let found: JournalEntry | undefined;
    let isCommitted = false;
    // Of the intent that stands for it: itself, or one that confirmed it by a copy.
    let closing = sequence;
    const age = journal.nextSequence() - sequence;
    // What of an older one has come back already could not be found: the back office knows.
    if (sequence < 1 || age < 1 || age > REFUND_SCAN_RECORDS) return undefined;
    walk(sequence, 1, (type, record, at) => {
      if (at === sequence) {
        if (type !== JournalType.Intent) return false;
        found = createEntry();
        const lengthBytes = journal.readLengthBytes();
        return decodeEntry(record, RECORD_HEADER_BYTES, lengthBytes, found) === Status.Ok;
      }
      if (type === JournalType.Intent && numberOf(record, IntentKey.Confirms) === sequence)
        closing = at;
      if (type < JournalType.Commit || type > JournalType.InDoubt) return true;
      isCommitted =
        type === JournalType.Commit && numberOf(record, AbortKey.IntentSequence) === closing;
      return false;
    });
    return isCommitted ? found : undefined;
  }

  /** Newest first: the newest return that was not aborted tells the sum. */
  function returnedRial(sequence: number): number {
    let sumRial = 0;
    let abortedSequence = 0;
    walk(journal.nextSequence() - 1, -1, (type, record, at) => {
      if (at <= sequence) return false;
      if (type === JournalType.Aborted) abortedSequence = numberOf(record, AbortKey.IntentSequence);
      if (
        type !== JournalType.Intent ||
        at === abortedSequence ||
        numberOf(record, IntentKey.Kind) !== TapKind.Refund ||
        numberOf(record, IntentKey.Reference) !== sequence
      ) {
        return true;
      }
      sumRial = numberOf(record, IntentKey.ReturnedRial) + numberOf(record, IntentKey.GrossRial);
      return false;
    });
    return sumRial;
  }

  return { find, returnedRial };
}
