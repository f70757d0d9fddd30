/**
 * One tap: the commit protocol of the card ("burn before expose", card-layout/SPEC.md) as a table
 * of phases. Each `step` runs one phase, none of which waits for a person. Power or card may go at
 * any point; what then remains is decided only from what is read again, never from memory of
 * commands that went unanswered.
 */
import { type Bytes, copyBytes, getUint } from "../../card-layout/bytes";
import { BASE_TAG_BYTES, type CardState, copyState, emptyState } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { businessDay, minuteOfDay } from "../core/calendar";
import {
  createDecision,
  type Decision,
  evaluateTap,
  Outcome,
  type Purchase,
  TapKind,
} from "../core/evaluate";
import { IntentKey } from "../core/journal-entry";
import { Header } from "../core/ruleset-format";
import type { CardReader } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { FIELD_OFF_MS, FIELD_READY_MS, RECORD_WRITE_TRIES } from "../limits";
import { type CardSession, CounterState } from "./card-session";
import { AlarmCode, type IntentRequest, type Intents } from "./intents";
import type { MovementLog } from "./movement-log";
import { TapOutcome, type TapRequest } from "./tap-request";
import type { Watermarks } from "./watermarks";

const enum Phase {
  Detect,
  Counter,
  Identity,
  Record,
  Resume,
  Decide,
  Burn,
  Expose,
  Commit,
  Ratify,
  Close,
  /** Nothing to do until `begin`. */
  Idle,
}

export interface Tap {
  /** Arms for one card. */
  begin(request: TapRequest): void;
  /** Runs one phase. True when the next phase should follow at once. */
  step(): boolean;
  outcome(): TapOutcome;
  /** Gives up: an open attempt is journaled as aborted or in doubt. Nothing is armed afterwards. */
  cancel(): Status;
  /** True while an attempt is journaled and not closed: the pad must finish or cancel it first. */
  isOpen(): boolean;
  readonly decision: Decision;
  /** The card's state after the last finished tap, or as read by an inquiry. */
  readonly state: CardState;
}

export interface TapParts {
  reader: CardReader;
  session: CardSession;
  intents: Intents;
  watermarks: Watermarks;
  log: MovementLog;
  clock: Clock;
  ruleset: Bytes;
  purchase: Purchase;
  decision: Decision;
}

export function createTap(parts: TapParts): Tap {
  const { reader, session, intents, watermarks, clock, decision, purchase } = parts;
  const base = emptyState();
  const after = emptyState();
  let request: TapRequest = { kind: TapKind.Balance, grossRial: 0, askedCreditRial: 0, mobile: "" };
  let phase = Phase.Idle;
  let outcome = TapOutcome.Waiting;
  /** Even counter of the record in `base`. */
  let baseCounter = 0;
  let triesLeft = 0;
  const offsetMinutes = getUint(parts.ruleset, Header.OffsetMinutes, 2);
  const cutoffMinute = getUint(parts.ruleset, Header.CutoffMinute, 2);
  const rulesetVersion = getUint(parts.ruleset, Header.Version, 4);
  const attempt: IntentRequest = { purchase, decision, mobile: "", rulesetVersion };
  const abandonment: IntentRequest = {
    purchase,
    decision: createDecision(),
    mobile: "",
    rulesetVersion,
  };

  function finish(result: TapOutcome): Phase {
    outcome = result;
    reader.setField(false);
    return Phase.Idle;
  }

  /** Still armed, but the card at hand will not do. */
  function refuse(result: TapOutcome): Phase {
    outcome = result;
    return Phase.Detect;
  }

  function lost(status: Status): Phase {
    if (status === Status.ReaderFault) return finish(TapOutcome.Fault);
    return refuse(intents.isOpen() ? TapOutcome.Lost : TapOutcome.LeftEarly);
  }

  function manipulated(code: AlarmCode): Phase {
    intents.alarm(code, session.card.uid, session.counter());
    if (intents.isOpen()) intents.doubt();
    return finish(TapOutcome.Manipulated);
  }

  function detect(): Phase {
    let status = reader.probeMagic();
    if (status === Status.MagicCard) return manipulated(AlarmCode.MagicCard);
    status = session.select();
    if (status === Status.NoCard) return Phase.Detect;
    if (status === Status.Collision) return refuse(TapOutcome.TwoCards);
    if (status !== Status.Ok) return lost(status);
    if (intents.isOpen() && !intents.isOpenFor(session.card)) return refuse(TapOutcome.OtherCard);
    if (session.card.sak !== MIFARE_1K_SAK) return finish(TapOutcome.Foreign);
    outcome = TapOutcome.Working;
    return Phase.Counter;
  }

  function readCounter(): Phase {
    const status = session.readCounters();
    if (status === Status.AuthFailed && !intents.isOpen()) return diagnoseStranger();
    if (status !== Status.Ok) return lost(status);
    const state = session.counterState();
    if (state === CounterState.Lost) return finish(TapOutcome.Damaged);
    if (state === CounterState.Manipulated) return manipulated(AlarmCode.Counter);
    if (state !== CounterState.Equal && request.kind !== TapKind.Balance) {
      const mended = session.mendCounters();
      if (mended !== Status.Ok) return lost(mended);
    }
    return Phase.Identity;
  }

  /** Its key is not ours: taken off too early, never issued, or another club's. */
  function diagnoseStranger(): Phase {
    if (session.isBlank()) return finish(TapOutcome.Blank);
    return session.select() === Status.Ok
      ? finish(TapOutcome.Foreign)
      : refuse(TapOutcome.LeftEarly);
  }

  function readIdentity(): Phase {
    const status = session.readIdentity();
    if (isContentFault(status)) return finish(TapOutcome.Damaged);
    if (status !== Status.Ok) return lost(status);
    return intents.isOpen() ? Phase.Resume : Phase.Record;
  }

  function readRecord(): Phase {
    const counter = session.counter();
    const isOdd = counter % 2 === 1;
    baseCounter = isOdd ? counter + 1 : counter;
    const status = session.readRecord(baseCounter, base);
    if (isContentFault(status)) return finish(TapOutcome.Damaged);
    if (status !== Status.Ok) return lost(status);
    if (!watermarks.isPlausible(session.card.uid, counter, session.tag()))
      return manipulated(AlarmCode.Watermark);
    if (isOdd && request.kind !== TapKind.Balance) return abandonOthersAttempt();
    return Phase.Decide;
  }

  /** Another terminal began and never finished: an unchanged copy of the base ends its attempt. */
  function abandonOthersAttempt(): Phase {
    copyState(base, after);
    copyBytes(session.tag(), 0, after.baseTag, 0, BASE_TAG_BYTES);
    fillPurchase(TapKind.Abandon, 0, 0);
    return beginAttempt(abandonment, Phase.Expose);
  }

  function decide(): Phase {
    fillPurchase(request.kind, request.grossRial, request.askedCreditRial);
    evaluateTap(parts.ruleset, base, session.identity, purchase, after, decision);
    if (decision.outcome !== Outcome.Ok) return finish(TapOutcome.Refused);
    if (request.kind === TapKind.Balance) return finish(TapOutcome.Done);
    copyBytes(session.tag(), 0, after.baseTag, 0, BASE_TAG_BYTES);
    attempt.mobile = request.mobile;
    return beginAttempt(attempt, Phase.Burn);
  }

  function beginAttempt(what: IntentRequest, next: Phase): Phase {
    const status = intents.begin(what, session, after, baseCounter);
    if (status === Status.Full) return finish(TapOutcome.JournalFull);
    if (status !== Status.Ok) return finish(TapOutcome.Fault);
    triesLeft = RECORD_WRITE_TRIES;
    return next;
  }

  /** Our own open attempt's card is back: how far its counter went decides what remains to do. */
  function resume(): Phase {
    baseCounter = intents.open.values[IntentKey.CounterBefore];
    const lowered = baseCounter - session.counter();
    if (lowered < 0) return manipulated(AlarmCode.Rollback);
    if (lowered < 2) return rollForward(lowered === 0 ? Phase.Burn : Phase.Expose);
    if (lowered === 2) return resumeCommitted();
    return lookBack(lowered);
  }

  /** Makes the intended record again from the base still on the card and the journaled purchase. */
  function rollForward(next: Phase): Phase {
    const status = session.readRecord(baseCounter, base);
    if (isContentFault(status)) return finish(TapOutcome.Damaged);
    if (status !== Status.Ok) return lost(status);
    if (!intents.isBase(session.tag())) return manipulated(AlarmCode.BaseTag);
    if (!rebuild()) return giveUp(next === Phase.Burn, TapOutcome.Superseded);
    return next;
  }

  /** False when the rules changed in between, so that the journaled record cannot be made again. */
  function rebuild(): boolean {
    intents.restore(purchase, decision);
    if (purchase.kind === TapKind.Abandon) copyState(base, after);
    else evaluateTap(parts.ruleset, base, session.identity, purchase, after, decision);
    copyBytes(session.tag(), 0, after.baseTag, 0, BASE_TAG_BYTES);
    return session.sealRecord(baseCounter - 2, after) === Status.Ok && intents.isNew(session.tag());
  }

  /** The counter says committed. Ours, if the record there is ours; else somebody went on. */
  function resumeCommitted(): Phase {
    const status = session.readRecord(baseCounter - 2, after);
    if (isContentFault(status)) return rollForward(Phase.Expose);
    if (status !== Status.Ok) return lost(status);
    if (!intents.isNew(session.tag())) return giveUp(true, TapOutcome.Superseded);
    intents.restore(purchase, decision);
    return Phase.Ratify;
  }

  /** Others used the card since. Its newest records name their bases, which may be ours. */
  function lookBack(lowered: number): Phase {
    if (lowered > 5) return giveUp(false, TapOutcome.InDoubt);
    const newest = baseCounter - (lowered === 3 ? 2 : 4);
    const status = session.readRecord(newest, after);
    if (isContentFault(status)) return giveUp(false, TapOutcome.InDoubt);
    if (status !== Status.Ok) return lost(status);
    if (!intents.isNew(lowered === 3 ? session.tag() : after.baseTag))
      return giveUp(true, TapOutcome.Superseded);
    intents.restore(purchase, decision);
    return Phase.Close;
  }

  function burn(): Phase {
    intents.touch();
    const status = session.lowerCounters();
    return status === Status.Ok ? Phase.Expose : lost(status);
  }

  /** A record that does not read back is written again from a fresh selection, a few times. */
  function expose(): Phase {
    if (triesLeft === 0) return finish(TapOutcome.Damaged);
    triesLeft--;
    intents.touch();
    const status = session.writeRecord(baseCounter - 2);
    if (status !== Status.Ok) return lost(status);
    return session.counter() === baseCounter - 2 ? Phase.Ratify : Phase.Commit;
  }

  function commit(): Phase {
    const status = session.lowerCounters();
    if (status !== Status.Ok) return lost(status);
    return isAbandon() ? Phase.Close : Phase.Ratify;
  }

  /** A new look after a field reset: catches cards that only pretended, and cells that faded. */
  function ratify(): Phase {
    reader.setField(false);
    clock.waitMs(FIELD_OFF_MS);
    reader.setField(true);
    clock.waitMs(FIELD_READY_MS);
    let status = session.select();
    if (status !== Status.Ok) return lost(status);
    if (!intents.isOpenFor(session.card)) return refuse(TapOutcome.OtherCard);
    status = session.readCounters();
    if (status !== Status.Ok) return lost(status);
    if (session.counter() > baseCounter - 2) return manipulated(AlarmCode.ShadowCard);
    if (session.counterState() !== CounterState.Equal) return lost(Status.CardLost);
    status = session.checkRecord(baseCounter - 2);
    return status === Status.Ok ? Phase.Close : lost(status);
  }

  function close(): Phase {
    const counter = baseCounter - 2;
    const sequence = intents.sequence();
    watermarks.note(session.card.uid, counter, intents.open.strings[IntentKey.NewTag]);
    if (intents.commit(counter) !== Status.Ok) return finish(TapOutcome.Fault);
    if (isAbandon()) return Phase.Counter;
    // Only what the customer sees as last movements: a tear here costs nothing of value.
    parts.log.add(session, intents.open, sequence, counter);
    return finish(TapOutcome.Done);
  }

  /** Closes our attempt without effect: certainly none, or none that this pad can prove. */
  function giveUp(isCertain: boolean, result: TapOutcome): Phase {
    const status = isCertain ? intents.abort(Status.Stale) : intents.doubt();
    return finish(status === Status.Ok ? result : TapOutcome.Fault);
  }

  function isAbandon(): boolean {
    return intents.open.values[IntentKey.Kind] === TapKind.Abandon;
  }

  function fillPurchase(kind: TapKind, grossRial: number, askedRial: number): void {
    const unixSeconds = clock.unixSeconds();
    purchase.kind = kind;
    purchase.grossRial = grossRial;
    purchase.askedCreditRial = askedRial;
    purchase.day = businessDay(unixSeconds, offsetMinutes, cutoffMinute);
    purchase.minute = minuteOfDay(unixSeconds, offsetMinutes);
    purchase.sequence = intents.nextSequence();
  }

  const handlers: (() => Phase)[] = [];
  handlers[Phase.Detect] = detect;
  handlers[Phase.Counter] = readCounter;
  handlers[Phase.Identity] = readIdentity;
  handlers[Phase.Record] = readRecord;
  handlers[Phase.Resume] = resume;
  handlers[Phase.Decide] = decide;
  handlers[Phase.Burn] = burn;
  handlers[Phase.Expose] = expose;
  handlers[Phase.Commit] = commit;
  handlers[Phase.Ratify] = ratify;
  handlers[Phase.Close] = close;

  return {
    begin: (wanted) => {
      request = wanted;
      outcome = TapOutcome.Waiting;
      phase = Phase.Detect;
      triesLeft = RECORD_WRITE_TRIES;
      reader.setField(true);
    },
    step: () => {
      if (phase === Phase.Idle) return false;
      phase = handlers[phase]();
      return phase !== Phase.Detect && phase !== Phase.Idle;
    },
    outcome: () => outcome,
    cancel: () => {
      phase = Phase.Idle;
      reader.setField(false);
      return intents.giveUp();
    },
    isOpen: intents.isOpen,
    decision,
    state: after,
  };
}

/** SAK of a MIFARE Classic 1K (NXP AN10833, table 6). */
const MIFARE_1K_SAK = 0x08;

function isContentFault(status: Status): boolean {
  return status === Status.BadSeal || status === Status.Malformed || status === Status.Unsupported;
}
