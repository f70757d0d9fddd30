/**
 * The journal's side of a tap: what is about to be done is durable before the card is touched, and
 * every such intent is closed by exactly one commit, abort or in-doubt record. At most one is open;
 * a confirming intent takes the place of the one it confirms, and its end is the end of both.
 */
import { type Bytes, equalBytes, newBytes } from "../../card-layout/bytes";
import { UID_BYTES } from "../../card-layout/seal";
import { type CardState, StateField } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { type Decision, DecisionField, type Purchase, TapKind } from "../core/evaluate";
import { categoriesOf, copyFigures, fillIntent } from "../core/intent-entry";
import {
  AbortKey,
  AlarmKey,
  CommitKey,
  clearEntry,
  createEntry,
  decodeEntry,
  encodeEntry,
  IntentKey,
  type JournalEntry,
  JournalType,
  MAX_ENTRY_BYTES,
  putNumber,
  setEntryString,
} from "../core/journal-entry";
import { type SettingsChange, SettingsKey } from "../core/settings-change";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import type { SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { BOOT_SCAN_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";
import type { AlarmCode } from "./alarm-code";
import type { CardSession } from "./card-session";
import type { TapRequest } from "./tap-request";

export interface Intents {
  /** The open intent's numbers and strings. */
  readonly open: JournalEntry;
  isOpen(): boolean;
  /** Journal sequence of the open intent, or of the one that it confirms. */
  sequence(): number;
  /** The sequence that the next intent will get. */
  nextSequence(): number;
  /** Finds an intent that a power cut left open. */
  boot(): Status;
  /**
   * Seals `after` for `counter - 2` and journals the intent. `Full` and any fault leave card and
   * journal as they were. `StateField.BaseTag` must hold the tag of the record at `counter`.
   */
  begin(
    session: CardSession,
    purchase: Purchase,
    decision: Decision,
    mobile: string,
    after: CardState,
    counter: number,
  ): Status;
  /**
   * Puts in the place of the open intent one that seals `after`, an unchanged copy of the record at
   * `counter`, for `counter - 2`. When it answers anything but `Ok` the former stays open.
   */
  confirm(session: CardSession, after: CardState, counter: number): Status;
  isConfirming(): boolean;
  /** From now on the card may have changed. */
  touch(): void;
  commit(counterAfter: number): Status;
  /** The intent certainly had no effect. */
  abort(reason: Status): Status;
  /** Nobody here can tell. */
  doubt(): Status;
  /** Aborts an untouched intent, puts a touched one in doubt; `Ok` when none is open. */
  giveUp(): Status;
  alarm(code: AlarmCode, uid: Bytes, counter: number): void;
  /** Something came down from the back office: `version` of it, at `unixSeconds`. */
  note(change: SettingsChange, version: number, unixSeconds: number): Status;
  /** Of the newest record that names a time: the clock never goes behind it. 0 = none. */
  newestUnixSeconds(): number;
  /** Of the attempt committed last since the pad has power; 0 for none. */
  lastSequence(): number;
  /** Credit that sales of `day` earned at this pad, rial. */
  given(day: number): number;
  /** True when the open intent is this card's. */
  isOpenFor(card: SelectedCard): boolean;
  /** True when the newest intent, open or not, is this card's. */
  isOf(card: SelectedCard): boolean;
  /** True when the newest intent is closed and counts. */
  isNewestDone(): boolean;
  /** What the open intent was asked for, to be made afresh. */
  request(): TapRequest;
  /** Makes the journaled purchase and the decision's figures available again after a restart. */
  restore(purchase: Purchase, decision: Decision): void;
}

export function createIntents(journal: Journal, clock: Clock, rulesetVersion: number): Intents {
  const open = createEntry();
  const payload = newBytes(MAX_ENTRY_BYTES);
  let openSequence = 0;
  let isTouched = false;
  let newestUnixSeconds = 0;
  let lastSequence = 0;
  let isNewestDone = false;
  let givenDay = 0;
  let givenRial = 0;

  function append(type: JournalType, entry: JournalEntry): Status {
    return journal.append(type, payload, encodeEntry(entry, payload));
  }

  function close(type: JournalType, detailKey: number, detail: number): Status {
    const detailAt = putNumber(payload, 0, AbortKey.IntentSequence, openSequence);
    const endAt = putNumber(payload, detailAt, detailKey, detail);
    const status = journal.append(type, payload, endAt);
    if (status === Status.Ok) openSequence = 0;
    return status;
  }

  /** `open` is closed and counts, or not. */
  function noteGiven(isCommitted: boolean): void {
    const values = open.values;
    isNewestDone = isCommitted;
    if (values[IntentKey.Kind] === TapKind.Sale) {
      givenDay = values[IntentKey.Day];
      givenRial = values[IntentKey.PadGivenRial] + (isCommitted ? values[IntentKey.EarnedRial] : 0);
    }
  }

  function commit(counterAfter: number): Status {
    const attempt = sequence();
    const status = close(JournalType.Commit, CommitKey.CounterAfter, counterAfter);
    if (status === Status.Ok) {
      lastSequence = attempt;
      noteGiven(true);
    }
    return status;
  }

  /** An `InDoubt` record has no detail. */
  function doubt(): Status {
    return close(JournalType.InDoubt, AbortKey.Reason, 0);
  }

  function begin(
    session: CardSession,
    purchase: Purchase,
    decision: Decision,
    mobile: string,
    after: CardState,
    counter: number,
  ): Status {
    if (!journal.hasRoomForTap()) return Status.Full;
    isNewestDone = false;
    clearEntry(open);
    fillIntent(open, session.identity, purchase, decision, rulesetVersion);
    setEntryString(open, IntentKey.Uid, session.card.uid, 0, session.card.uidLengthBytes);
    for (let i = 0; i < mobile.length; i++) {
      open.strings[IntentKey.Mobile][i] = mobile.charCodeAt(i);
    }
    open.lengths[IntentKey.Mobile] = mobile.length;
    isTouched = false;
    return write(session, after, counter);
  }

  /** Seals the record and journals the open intent with it. */
  function write(session: CardSession, after: CardState, counter: number): Status {
    if (!session.sealRecord(counter - 2, after)) return Status.Malformed;
    open.values[IntentKey.BaseTag] = after[StateField.BaseTag];
    open.values[IntentKey.NewTag] = session.tag;
    open.values[IntentKey.CounterBefore] = counter;
    open.values[IntentKey.UnixSeconds] = isConfirming() ? 0 : clock.unixSeconds();
    const status = append(JournalType.Intent, open);
    if (status === Status.Ok) openSequence = journal.nextSequence() - 1;
    return status;
  }

  function confirm(session: CardSession, after: CardState, counter: number): Status {
    if (!journal.hasRoomForTap()) return Status.Full;
    // The confirming record names no time.
    noteTime(open.values[IntentKey.UnixSeconds]);
    open.values[IntentKey.Confirms] = sequence();
    isTouched = true;
    const status = write(session, after, counter);
    return status === Status.Ok || boot() === Status.Ok ? status : Status.FlashFault;
  }

  function isConfirming(): boolean {
    return open.values[IntentKey.Confirms] > 0;
  }

  function sequence(): number {
    return isConfirming() ? open.values[IntentKey.Confirms] : openSequence;
  }

  /**
   * Newest first, past alarms and the like, to the newest intent: whether it is open, or how it was
   * closed, and the newest time there.
   */
  function findNewest(): Status {
    const newest = journal.nextSequence() - 1;
    const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
    let closingType = 0;
    let status = Status.Ok;
    for (let sequence = newest; sequence > newest - BOOT_SCAN_RECORDS && sequence > 0; sequence--) {
      status = journal.read(sequence, record, 0);
      if (status !== Status.Ok) break;
      const type = record[RECORD_TYPE_OFFSET];
      if (closingType === 0 && type >= JournalType.Commit && type <= JournalType.InDoubt)
        closingType = type;
      if (type === JournalType.Settings) noteSettingsTime(record);
      if (type === JournalType.Intent) return reopen(record, sequence, closingType);
    }
    return status === Status.NotFound ? Status.Ok : status;
  }

  /** A clock that lost its battery goes on from the newest time in the journal. */
  function boot(): Status {
    const status = findNewest();
    if (clock.unixSeconds() < newestUnixSeconds) clock.setUnixSeconds(newestUnixSeconds);
    return status;
  }

  function unpack(record: Bytes, entry: JournalEntry): Status {
    return decodeEntry(record, RECORD_HEADER_BYTES, journal.readLengthBytes(), entry);
  }

  function noteSettingsTime(record: Bytes): void {
    const note = createEntry();
    if (unpack(record, note) === Status.Ok) noteTime(note.values[SettingsKey.UnixSeconds]);
  }

  function noteTime(unixSeconds: number): void {
    newestUnixSeconds = Math.max(newestUnixSeconds, unixSeconds);
  }

  /** The newest intent: to be finished, or only to know what was given until then. */
  function reopen(record: Bytes, sequence: number, closingType: number): Status {
    const status = unpack(record, open);
    if (status === Status.Ok) noteTime(open.values[IntentKey.UnixSeconds]);
    if (closingType !== 0) {
      if (status === Status.Ok) noteGiven(closingType === JournalType.Commit);
      return Status.Ok;
    }
    if (status !== Status.Ok) return status;
    openSequence = sequence;
    isTouched = true;
    return Status.Ok;
  }

  function isOf(card: SelectedCard): boolean {
    return (
      open.lengths[IntentKey.Uid] === card.uidLengthBytes &&
      equalBytes(open.strings[IntentKey.Uid], 0, card.uid, 0, card.uidLengthBytes)
    );
  }

  function request(): TapRequest {
    const values = open.values;
    let mobile = "";
    for (let i = 0; i < open.lengths[IntentKey.Mobile]; i++)
      mobile += String.fromCharCode(open.strings[IntentKey.Mobile][i]);
    return {
      kind: values[IntentKey.Kind],
      grossRial: values[IntentKey.GrossRial],
      askedCreditRial: values[IntentKey.UsedRial],
      mobile,
      categories: categoriesOf(open),
      reference: values[IntentKey.Reference],
      approver: values[IntentKey.Approver],
      originalTerminal: 0,
      returnedRial: values[IntentKey.ReturnedRial],
      tillRequest: values[IntentKey.TillRequest],
      mayRepeat: true,
    };
  }

  function restore(purchase: Purchase, decision: Decision): void {
    const values = open.values;
    purchase.kind = values[IntentKey.Kind];
    purchase.grossRial = values[IntentKey.GrossRial];
    purchase.askedCreditRial = values[IntentKey.UsedRial];
    purchase.day = values[IntentKey.Day];
    purchase.minute = values[IntentKey.Minute];
    purchase.sequence = sequence();
    purchase.categories = categoriesOf(open);
    purchase.reference = values[IntentKey.Reference];
    purchase.approver = values[IntentKey.Approver];
    purchase.returnedRial = values[IntentKey.ReturnedRial];
    purchase.padGivenRial = values[IntentKey.PadGivenRial];
    copyFigures(values, decision);
    decision[DecisionField.PayableRial] =
      purchase.grossRial -
      decision[DecisionField.UsedRial] -
      decision[DecisionField.RestoredRial] -
      decision[DecisionField.DiscountRial];
  }

  function alarm(code: AlarmCode, uid: Bytes, counter: number): void {
    const note = createEntry();
    note.values[AlarmKey.Code] = code;
    note.values[AlarmKey.Counter] = counter;
    setEntryString(note, AlarmKey.Uid, uid, 0, UID_BYTES);
    // A full journal may lose an alarm, never value: the refusal itself does not depend on it.
    if (journal.hasRoomForTap()) append(JournalType.Alarm, note);
  }

  function noteChange(change: SettingsChange, version: number, unixSeconds: number): Status {
    const note = createEntry();
    note.values[SettingsKey.Change] = change;
    note.values[SettingsKey.Version] = version;
    note.values[SettingsKey.UnixSeconds] = unixSeconds;
    const status = append(JournalType.Settings, note);
    if (status === Status.Ok) noteTime(unixSeconds);
    return status;
  }

  return {
    open,
    isOpen: () => openSequence > 0,
    sequence,
    nextSequence: journal.nextSequence,
    boot,
    begin,
    confirm,
    isConfirming,
    touch: () => {
      isTouched = true;
    },
    commit,
    abort: (reason) => close(JournalType.Aborted, AbortKey.Reason, reason),
    doubt,
    giveUp: () => {
      if (openSequence === 0) return Status.Ok;
      return isTouched ? doubt() : close(JournalType.Aborted, AbortKey.Reason, Status.CardLost);
    },
    alarm,
    note: noteChange,
    newestUnixSeconds: () => Math.max(newestUnixSeconds, open.values[IntentKey.UnixSeconds]),
    lastSequence: () => lastSequence,
    given: (day) => (day === givenDay ? givenRial : 0),
    isOpenFor: (card) => openSequence > 0 && isOf(card),
    isOf,
    isNewestDone: () => isNewestDone,
    request,
    restore,
  };
}
