import { test } from "uvu";
import * as assert from "uvu/assert";
import { MemoryJournal } from "../back-office/test-world";
import { createOriginals } from "../firmware/app/originals";
import { TapKind } from "../firmware/core/evaluate";
import {
  createEntry,
  encodeEntry,
  IntentKey,
  JournalType,
  MAX_ENTRY_BYTES,
} from "../firmware/core/journal-entry";
import { REFUND_SCAN_RECORDS } from "../firmware/limits";

const SALE = 1;

function append(
  journal: MemoryJournal,
  type: JournalType,
  numbers: [key: number, value: number][],
) {
  const entry = createEntry();
  for (const [key, value] of numbers) entry.values[key] = value;
  const payload = new Uint8Array(MAX_ENTRY_BYTES);
  journal.append(type, payload, encodeEntry(entry, payload));
}

/** A sale of 1,000 rial, 400 of it come back, and other records until there are so many. */
function journalWith(recordCount: number): MemoryJournal {
  const journal = new MemoryJournal(new Uint8Array(16));
  append(journal, JournalType.Intent, [
    [IntentKey.Kind, TapKind.Sale],
    [IntentKey.GrossRial, 1000],
  ]);
  append(journal, JournalType.Commit, [[IntentKey.MemberId, SALE]]);
  append(journal, JournalType.Intent, [
    [IntentKey.Kind, TapKind.Refund],
    [IntentKey.GrossRial, 400],
    [IntentKey.Reference, SALE],
  ]);
  append(journal, JournalType.Commit, [[IntentKey.MemberId, 3]]);
  while (journal.nextSequence() <= recordCount) append(journal, JournalType.Rating, []);
  return journal;
}

test("a sale is found as long as all that has come back of it can be found, and no longer", () => {
  for (const recordCount of [4, REFUND_SCAN_RECORDS - 1, REFUND_SCAN_RECORDS]) {
    const originals = createOriginals(journalWith(recordCount));
    assert.is(originals.find(SALE)?.values[IntentKey.GrossRial], 1000, `${recordCount} records`);
    assert.is(originals.returnedRial(SALE), 400);
  }
  for (const more of [1, 2, 3, 50]) {
    const originals = createOriginals(journalWith(REFUND_SCAN_RECORDS + more));
    const isFound = originals.find(SALE) !== undefined;
    assert.not(isFound && originals.returnedRial(SALE) < 400, `${more} records too many`);
    assert.not(isFound);
  }
});

test.run();
