/**
 * What is shown at the counter beside the tap itself, on boards that have the room: the lots and
 * last movements behind a balance, and the totals of the shift.
 */
import { newBytes } from "../../card-layout/bytes";
import { type CardState, LotField, StateField } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { type JalaliDate, toJalali } from "../core/calendar";
import { type Purchase, TapKind } from "../core/evaluate";
import {
  CommitKey,
  IntentKey,
  JournalType,
  MAX_ENTRY_BYTES,
  numberIn,
} from "../core/journal-entry";
import { ShiftAction, ShiftKey } from "../core/shift-record";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import type { Clock } from "../hal/clock";
import { SHIFT_CARRY_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";
import type { CardHistory } from "./card-history";
import { AssetHeader } from "./font-format";
import { amountText, twoDigits } from "./money-text";
import { Key, MENU_EARLIER, MENU_SHIFT } from "./pad-keys";
import { isAtRest, type PadModel, View } from "./pad-model";
import { ScreenId } from "./screens";
import { createShiftTotals, noteShift, type ShiftTotals } from "./shift-totals";

export interface CounterPages {
  /**
   * By the digit of the menu: the totals of the shift, as soon as they are summed up, or the tap
   * done last, behind which `#` shows those before it. False for any other digit, and when nothing
   * was done yet.
   */
  open(choice: number): boolean;
  /** Shows the lots of a card whose balance was read, then its movements. */
  showCard(state: CardState): void;
  /** A key while pages are shown: false when it means nothing. `leave` goes back to the amount. */
  onKey(key: number, leave: () => void, say: (screen: ScreenId) => void): boolean;
  /** One bounded piece of work; true when the display is to be drawn anew. */
  step(): boolean;
}

export interface PageParts {
  model: PadModel;
  journal: Journal;
  clock: Clock;
  /** Its `cashier` closes a shift. */
  purchase: Purchase;
  history: CardHistory;
  unitRial: number;
  /** Of the present language. */
  assets(): string;
}

export function createCounterPages(parts: PageParts): CounterPages {
  const { model, journal, clock, purchase, history, unitRial } = parts;
  const date: JalaliDate = { year: 0, month: 0, day: 0 };
  /** While figures are summed up, or shown. */
  let totals: ShiftTotals | undefined;
  let isSummed = false;
  /** What is shown has changed. */
  let isNew = false;
  /** From this record on down, earlier taps are looked for. */
  let earlier = 0;
  /** The journal's next record when the sum was begun. */
  let sumSequence = 0;
  /** From here on the shift's figures have to be carried on. */
  let carrySequence = 0;

  function money(amountRial: number): string {
    return amountText(amountRial, unitRial);
  }

  function dayText(day: number): string {
    toJalali(day, date);
    return `${date.year}/${twoDigits(date.month)}/${twoDigits(date.day)}`;
  }

  function show(screen: ScreenId, rows: string[]): void {
    model.view = View.Pages;
    model.page = screen;
    model.rows = rows;
    model.firstRow = 0;
    isNew = true;
  }

  function sum(): void {
    totals = createShiftTotals(journal);
    isSummed = false;
    sumSequence = journal.nextSequence();
  }

  function showShift(): void {
    sum();
    show(ScreenId.Working, []);
  }

  function showTotals(figures: number[]): void {
    const counted = (count: number, amountRial: number) =>
      `${figures[count]} ${money(figures[amountRial])}`;
    show(ScreenId.Shift, [
      `${figures[ShiftKey.Number]}`,
      money(Math.max(figures[ShiftKey.PaidInRial] - figures[ShiftKey.PaidOutRial], 0)),
      counted(ShiftKey.Sales, ShiftKey.SalesRial),
      counted(ShiftKey.Returns, ShiftKey.ReturnsRial),
      money(figures[ShiftKey.UsedRial]),
      money(figures[ShiftKey.EarnedRial]),
    ]);
  }

  /** The newest tap that record `earlier`, or one before it, says was done; false when none is. */
  function showTap(): boolean {
    const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
    const numberOf = (key: number) =>
      numberIn(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), key);
    for (let i = 0; i < EARLIER_RECORDS && earlier > 0; i++) {
      if (journal.read(earlier, record, 0) !== Status.Ok) return false;
      earlier -= 1;
      if (record[RECORD_TYPE_OFFSET] === JournalType.Commit) {
        const sequence = numberOf(CommitKey.IntentSequence);
        if (journal.read(sequence, record, 0) !== Status.Ok) return false;
        // What the pad did by itself, or for the office, nobody asked for here.
        if (numberOf(IntentKey.Kind) <= TapKind.Renew) {
          showIntent(sequence, numberOf);
          return true;
        }
      }
    }
    return false;
  }

  function showIntent(sequence: number, numberOf: (key: number) => number): void {
    const minute = numberOf(IntentKey.Minute);
    const time = `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
    model.kind = numberOf(IntentKey.Kind);
    model.grossRial = numberOf(IntentKey.GrossRial);
    show(ScreenId.Earlier, [
      // A tap that was confirmed later has the number that stands on its receipt.
      `${numberOf(IntentKey.Confirms) || sequence}`,
      `${dayText(numberOf(IntentKey.Day))} ${time}`,
      (model.kind === TapKind.Refund ? "-" : "") + money(model.grossRial),
      `+${money(numberOf(IntentKey.EarnedRial))} -${money(numberOf(IntentKey.UsedRial))}`,
      money(numberOf(IntentKey.BalanceAfterRial)),
    ]);
  }

  /** By last day, as the card would use it up. */
  function showCard(state: CardState): void {
    const rows: string[] = [];
    let last = -1;
    for (let day = nextDay(state, last); day > last; day = nextDay(state, last)) {
      last = day;
      for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
        if (state[lot] > 0 && state[lot + LotField.UntilDay] === day)
          rows.push(`${day === NEVER ? "-" : dayText(day)} ${money(state[lot])}`);
      }
    }
    show(ScreenId.Lots, rows);
  }

  function showMovements(): void {
    const rows: string[] = [];
    for (let i = 0; i < history.movements.length; i += 2) {
      const deltaRial = history.movements[i + 1];
      const sign = deltaRial < 0 ? "-" : "+";
      rows.push(`${dayText(history.movements[i])} ${sign}${money(Math.abs(deltaRial))}`);
    }
    show(ScreenId.Movements, rows);
  }

  function close(): ScreenId {
    const sums = totals as ShiftTotals;
    const seconds = clock.unixSeconds();
    const status = noteShift(journal, sums.figures, ShiftAction.Close, purchase.cashier, seconds);
    totals = undefined;
    if (status === Status.Ok) return ScreenId.ShiftClosed;
    return status === Status.Full ? ScreenId.JournalFull : ScreenId.Fault;
  }

  function onKey(key: number, leave: () => void, say: (screen: ScreenId) => void): boolean {
    const page = model.page;
    if (key === Key.Star) leave();
    else if (key !== Key.Hash || page === ScreenId.Working) return false;
    else if (page === ScreenId.Shift) say(close());
    else if (page === ScreenId.Earlier) {
      if (!showTap()) leave();
    } else {
      // Beside the title, and half as many where lines are tall.
      model.firstRow += ROWS / parts.assets().charCodeAt(AssetHeader.LinePages);
      isNew = true;
      if (model.firstRow < model.rows.length) return true;
      if (page === ScreenId.Lots && history.movements.length > 0) showMovements();
      else leave();
    }
    return true;
  }

  /** When nobody waits the figures are carried on, so that the records below may be erased. */
  function tidyUp(): void {
    const next = journal.nextSequence();
    if (totals === undefined && next - carrySequence > SHIFT_CARRY_RECORDS) sum();
    if (totals === undefined || !isSummed) return;
    const { status, figures, recordCount } = totals;
    totals = undefined;
    carrySequence = next - recordCount;
    if (status !== Status.Ok || sumSequence !== next || recordCount <= SHIFT_CARRY_RECORDS) return;
    noteShift(journal, figures, ShiftAction.Carry, purchase.cashier, clock.unixSeconds());
    carrySequence = next;
  }

  function step(): boolean {
    if (isAtRest(model)) tidyUp();
    if (totals !== undefined && !isSummed) isSummed = !totals.step();
    const isAwaited = model.view === View.Pages && model.page === ScreenId.Working;
    if (totals !== undefined && isSummed && isAwaited) {
      if (totals.status === Status.Ok) showTotals(totals.figures);
      else show(ScreenId.Fault, []);
    }
    const isChanged = isNew;
    isNew = false;
    return isChanged;
  }

  function open(choice: number): boolean {
    if (choice === MENU_SHIFT) showShift();
    else if (choice === MENU_EARLIER) {
      earlier = journal.nextSequence() - 1;
      return showTap();
    } else return false;
    return true;
  }

  return { open, showCard, onKey, step };
}

/** The earliest last day of a lot behind `day`; `day` when there is none. */
function nextDay(state: CardState, day: number): number {
  let found = day;
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    const untilDay = state[lot + LotField.UntilDay];
    if (state[lot] > 0 && untilDay > day && (found === day || untilDay < found)) found = untilDay;
  }
  return found;
}

/** So many records are read for one key at most. */
const EARLIER_RECORDS = 40;

const NEVER = 0xffff;
const ROWS = 6;
