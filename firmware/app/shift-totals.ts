/**
 * What a shift comes to, summed up from the journal itself, newest record first, down to the last
 * figures that were written there: nothing has to survive in memory, and what was not journaled was
 * not done. A shift begins with the first record behind the close of the one before.
 */
import { newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { TapKind } from "../core/evaluate";
import {
  AbortKey,
  createEntry,
  IntentKey,
  JournalType,
  MAX_ENTRY_BYTES,
  numberIn,
} from "../core/journal-entry";
import { MAX_RIAL } from "../core/money";
import { ShiftAction, ShiftKey } from "../core/shift-record";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import { SHIFT_STEP_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";
import { appendEntry } from "./append-entry";

export interface ShiftTotals {
  /** Reads some records; false when the figures are complete or cannot be read. */
  step(): boolean;
  /** `Ok` behind the last step, else why there are no figures. */
  status: Status;
  /** By `ShiftKey`, from `Number` on. */
  readonly figures: number[];
  /** Records of the shift behind the newest figures in the journal. */
  recordCount: number;
}

/** Sums up what the journal holds now; exists only as long as the figures are needed. */
export function createShiftTotals(journal: Journal): ShiftTotals {
  const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
  const figures: number[] = [];
  for (let key = 0; key < ShiftKey.End; key++) figures.push(0);
  figures[ShiftKey.Number] = 1;
  const totals: ShiftTotals = { step, status: Status.Ok, figures, recordCount: 0 };
  let next = journal.nextSequence() - 1;
  let closed = 0;
  let closing = 0;

  function numberOf(key: number): number {
    return numberIn(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), key);
  }

  function add(key: ShiftKey, amount: number): void {
    figures[key] = Math.min(figures[key] + amount, MAX_RIAL);
  }

  /** Of the sale or load in `record`: what was paid for it otherwise than with credit. */
  function paidRial(): number {
    return (
      numberOf(IntentKey.GrossRial) -
      numberOf(IntentKey.UsedRial) -
      numberOf(IntentKey.RestoredRial) -
      numberOf(IntentKey.DiscountRial)
    );
  }

  function addIntent(): void {
    const kind = numberOf(IntentKey.Kind);
    const grossRial = numberOf(IntentKey.GrossRial);
    if (kind === TapKind.Sale) {
      add(ShiftKey.Sales, 1);
      add(ShiftKey.SalesRial, grossRial);
      add(ShiftKey.UsedRial, numberOf(IntentKey.UsedRial));
      add(ShiftKey.EarnedRial, numberOf(IntentKey.EarnedRial));
      add(ShiftKey.PaidInRial, paidRial());
    } else if (kind === TapKind.Refund) {
      add(ShiftKey.Returns, 1);
      add(ShiftKey.ReturnsRial, grossRial);
      add(ShiftKey.PaidOutRial, paidRial());
    } else if (kind === TapKind.GiftLoad) {
      add(ShiftKey.Loads, 1);
      add(ShiftKey.LoadsRial, grossRial);
      add(ShiftKey.PaidInRial, grossRial);
    } else if (kind === TapKind.Grant) {
      add(ShiftKey.Grants, 1);
      add(ShiftKey.GrantsRial, grossRial);
    } else if (kind === TapKind.Void) addVoid();
  }

  /** What was paid for the tap that was undone went back as well. */
  function addVoid(): void {
    add(ShiftKey.Voids, 1);
    if (journal.read(numberOf(IntentKey.Reference), record, 0) !== Status.Ok) return;
    const kind = numberOf(IntentKey.Kind);
    if (kind === TapKind.Sale || kind === TapKind.GiftLoad) add(ShiftKey.PaidOutRial, paidRial());
  }

  /** One record; true when nothing older is needed. */
  function look(type: number): boolean {
    if (type === JournalType.Shift) {
      const action = numberOf(ShiftKey.Action);
      if (action < ShiftAction.Close) return false;
      if (action === ShiftAction.Close) figures[ShiftKey.Number] = numberOf(ShiftKey.Number) + 1;
      else {
        figures[ShiftKey.Number] = numberOf(ShiftKey.Number);
        for (let key = ShiftKey.Sales as number; key < ShiftKey.End; key++) add(key, numberOf(key));
      }
      return true;
    }
    totals.recordCount++;
    if (type >= JournalType.Commit && type <= JournalType.InDoubt) {
      closed = numberOf(AbortKey.IntentSequence);
      closing = type;
      if (type === JournalType.InDoubt) add(ShiftKey.InDoubt, 1);
    } else if (type === JournalType.Intent && closed === next && closing === JournalType.Commit)
      addIntent();
    return false;
  }

  function step(): boolean {
    for (let i = 0; i < SHIFT_STEP_RECORDS; i++) {
      if (next < 1) return false;
      const status = journal.read(next, record, 0);
      // What is older than the journal was fetched, and erased since.
      totals.status = status === Status.NotFound ? Status.Ok : status;
      if (status !== Status.Ok || look(record[RECORD_TYPE_OFFSET])) return false;
      next--;
    }
    return true;
  }

  return totals;
}

/** Journals complete figures as `Close` or `Carry`; what came since they were summed up is lost. */
export function noteShift(
  journal: Journal,
  figures: number[],
  action: ShiftAction,
  staff: number,
  unixSeconds: number,
): Status {
  const entry = createEntry();
  for (let key = ShiftKey.Number as number; key < ShiftKey.End; key++)
    entry.values[key] = figures[key];
  entry.values[ShiftKey.Action] = action;
  entry.values[ShiftKey.Staff] = staff;
  entry.values[ShiftKey.UnixSeconds] = unixSeconds;
  return appendEntry(journal, JournalType.Shift, entry);
}
