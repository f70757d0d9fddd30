/**
 * One tap: the commit protocol of the card ("burn before expose", card-layout/SPEC.md) as a table
 * of phases, none of which waits for a person. Power or card may go at any point; what remains is
 * decided only from what is read again, never from memory of commands that went unanswered.
 */
import { type Bytes, copyNumbers, fillBytes } from "../../card-layout/bytes";
import { UID_BYTES } from "../../card-layout/seal";
import { emptyState, StateField } from "../../card-layout/state";
import { isContentFault, Status } from "../../card-layout/status";
import {
  createDecision,
  type Decision,
  DecisionField,
  evaluateTap,
  Outcome,
  type Purchase,
  TapKind,
} from "../core/evaluate";
import { IntentKey } from "../core/journal-entry";
import { type CardReader, MIFARE_1K_SAK } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { CARD_WRITE_TRIES, FIELD_OFF_MS, FIELD_READY_MS } from "../limits";
import { AlarmCode } from "./alarm-code";
import { type CardSession, CounterState } from "./card-session";
import type { Intents } from "./intents";
import type { MovementLog } from "./movement-log";
import type { TapInputs } from "./tap-inputs";
import { Phase, Stage } from "./tap-phase";
import { requestOf, type Tap, TapOutcome, type TapRequest } from "./tap-request";
import type { Watermarks } from "./watermarks";

export function createTap(
  reader: CardReader,
  session: CardSession,
  intents: Intents,
  inputs: TapInputs,
  log: MovementLog,
  watermarks: Watermarks,
  clock: Clock,
  ruleset: Bytes,
  purchase: Purchase,
): Tap {
  const decision = createDecision();
  const base = emptyState();
  const after = emptyState();
  /** An attempt left open by a power cut says itself what was asked. */
  let request = requestOf(TapKind.Abandon, 0, 0);
  let phase = Phase.Idle;
  let outcome = TapOutcome.Waiting;
  /** Even counter of the record that the attempt starts from. */
  let baseCounter = 0;
  let triesLeft = 0;
  let stage = Stage.Restarted;
  /** The counter value that the attempt's record follows was burned here, and the card stayed. */
  let isBurnt = false;

  function finish(result: TapOutcome): Phase {
    outcome = result;
    reader.setField(false);
    return Phase.Idle;
  }

  function begun(status: Status, next: Phase): Phase {
    return status === Status.Ok ? next : ended(status, TapOutcome.Fault);
  }

  function ended(status: Status, result: TapOutcome): Phase {
    const failure = status === Status.Full ? TapOutcome.JournalFull : TapOutcome.Fault;
    return finish(status === Status.Ok ? result : failure);
  }

  /** Still armed, but the card at hand will not do. */
  function refuse(result: TapOutcome): Phase {
    outcome = result;
    return Phase.Detect;
  }

  /** The session answered false: content that does not open is damage, the rest a lost card. */
  function failed(): Phase {
    const status = session.status;
    if (status === Status.ReaderFault) return finish(TapOutcome.Fault);
    if (isContentFault(status)) return finish(TapOutcome.Damaged);
    return refuse(intents.isOpen() ? TapOutcome.Lost : TapOutcome.LeftEarly);
  }

  function manipulated(code: AlarmCode): Phase {
    intents.alarm(code, session.card.uid, session.counter);
    if (intents.isOpenFor(session.card)) intents.doubt();
    return finish(TapOutcome.Manipulated);
  }

  function detect(): Phase {
    isBurnt = false;
    if (reader.probeMagic() === Status.MagicCard) {
      if (!session.select()) fillBytes(session.card.uid, 0, UID_BYTES, 0);
      session.counter = 0;
      return manipulated(AlarmCode.MagicCard);
    }
    if (!session.select()) {
      if (session.status === Status.NoCard) triesLeft = CARD_WRITE_TRIES;
      if (session.status === Status.NoCard) return Phase.Detect;
      return session.status === Status.Collision ? refuse(TapOutcome.TwoCards) : failed();
    }
    if (intents.isOpen() && !intents.isOpenFor(session.card)) return refuse(TapOutcome.OtherCard);
    if (session.card.sak !== MIFARE_1K_SAK) return finish(TapOutcome.Foreign);
    outcome = TapOutcome.Working;
    return Phase.Counter;
  }

  /** A torn pair is mended and then read again, because an acknowledgement proves little. */
  function readCounter(): Phase {
    if (!session.readCounters()) {
      const isStranger = session.status === Status.AuthFailed && !intents.isOpen();
      return isStranger ? diagnoseStranger() : failed();
    }
    const state = session.counterState;
    if (state === CounterState.Lost) return finish(TapOutcome.Damaged);
    if (state === CounterState.Manipulated) return manipulated(AlarmCode.Counter);
    if (state === CounterState.Equal || request.kind === TapKind.Balance) return Phase.Identity;
    if (!mayTry()) return finish(TapOutcome.Damaged);
    return session.mendCounters() ? Phase.Counter : failed();
  }

  /** Never issued, another club's, taken off too early, or ours and the air was disturbed once. */
  function diagnoseStranger(): Phase {
    if (session.isBlank()) return finish(TapOutcome.Blank);
    if (!session.select()) return failed();
    if (session.readCounters() || session.status !== Status.AuthFailed) return Phase.Detect;
    return session.select() ? finish(TapOutcome.Foreign) : failed();
  }

  function readIdentity(): Phase {
    if (!session.readIdentity()) return failed();
    return intents.isOpen() ? Phase.Resume : Phase.Record;
  }

  function readRecord(): Phase {
    const counter = session.counter;
    const isOdd = counter % 2 === 1;
    baseCounter = isOdd ? counter + 1 : counter;
    if (!session.readRecord(baseCounter, base)) return failed();
    if (!watermarks.isPlausible(session.card.uid, baseCounter, session.tag))
      return manipulated(AlarmCode.Watermark);
    if (!isOdd || request.kind === TapKind.Balance) return Phase.Decide;
    // Another terminal began and never finished: an unchanged copy of the base ends its attempt.
    copyNumbers(base, after);
    inputs.fill(requestOf(TapKind.Abandon, 0, 0), base);
    return beginAttempt(createDecision(), "", Phase.Expose);
  }

  function decide(): Phase {
    const wanted = inputs.next(request, base);
    inputs.fill(wanted, base);
    if (!inputs.attach(base, baseCounter)) return failed();
    if (wanted.kind === TapKind.Refund && purchase.original === undefined)
      return ended(inputs.defer(request, true), TapOutcome.Deferred);
    evaluateTap(ruleset, base, session.identity, purchase, after, decision);
    inputs.object(wanted, decision);
    if (decision[DecisionField.Outcome] !== Outcome.Ok) return finish(TapOutcome.Refused);
    if (inputs.isOnlyRead(wanted)) return finish(TapOutcome.Done);
    return beginAttempt(decision, wanted.mobile, Phase.Burn);
  }

  /** Seals and journals `after`, the record to follow the one read last. */
  function beginAttempt(figures: Decision, mobile: string, next: Phase): Phase {
    after[StateField.BaseTag] = session.tag;
    stage = Stage.Begun;
    return begun(intents.begin(session, purchase, figures, mobile, after, baseCounter), next);
  }

  /** The open attempt's card is back; a counter that moved proves nothing about who moved it. */
  function resume(): Phase {
    baseCounter = intents.open.values[IntentKey.CounterBefore];
    const lowered = baseCounter - session.counter;
    if (lowered < 0) return manipulated(AlarmCode.Rollback);
    if (lowered === 1 && !intents.isConfirming()) return startOver();
    intents.restore(purchase, decision);
    if (lowered > 1) return lookBack(lowered);
    if (!session.readRecord(baseCounter, base)) return failed();
    if (session.tag !== intents.open.values[IntentKey.BaseTag])
      return manipulated(AlarmCode.BaseTag);
    if (!inputs.attach(base, baseCounter)) return failed();
    if (!rebuild()) return giveUp(!intents.isConfirming(), TapOutcome.Superseded);
    return lowered === 0 ? Phase.Burn : Phase.Expose;
  }

  /**
   * Burnt, by us or by another pad with a record of its own for the same counter value. So ours is
   * closed, a copy of the base ends what was begun, and the sale is made afresh in the same tap.
   */
  function startOver(): Phase {
    if (stage === Stage.Restarted) request = intents.request();
    const status = stage === Stage.Begun ? intents.abort(Status.Stale) : intents.doubt();
    return begun(status, Phase.Record);
  }

  /** Makes the intended record again from its base; false when the rules changed in between. */
  function rebuild(): boolean {
    if (isAbandon() || intents.isConfirming()) copyNumbers(base, after);
    else evaluateTap(ruleset, base, session.identity, purchase, after, decision);
    after[StateField.BaseTag] = session.tag;
    return session.sealRecord(baseCounter - 2, after) && session.tag === newTag();
  }

  /**
   * The newest settled record is ours or names it as its base, if the attempt counts. A record that
   * does not open is not made again: that could cover what another pad wrote there and released.
   */
  function lookBack(lowered: number): Phase {
    const newest = session.counter + (session.counter % 2);
    if (lowered > 5 || !session.readRecord(newest, after)) {
      const isGone = lowered > 5 || isContentFault(session.status);
      return isGone ? giveUp(false, TapOutcome.InDoubt) : failed();
    }
    // What a confirming copy is based on counts already: so does another pad's record on it.
    const isBase = intents.isConfirming() && lowered < 4;
    const tag = isBase || lowered > 3 ? after[StateField.BaseTag] : session.tag;
    if (tag !== intents.open.values[isBase ? IntentKey.BaseTag : IntentKey.NewTag])
      return giveUp(!intents.isConfirming(), TapOutcome.Superseded);
    if (isAbandon()) return lowered === 2 ? Phase.Ratify : Phase.Close;
    return confirm(newest);
  }

  /**
   * The attempt counts on this card, but while that was away another record may have been exposed
   * for the same counter value: an unchanged copy of the newest, read into `after`, is committed
   * with the card in place before anything is released.
   */
  function confirm(newest: number): Phase {
    baseCounter = newest;
    after[StateField.BaseTag] = session.tag;
    const next = session.counter === newest ? Phase.Burn : Phase.Expose;
    return begun(intents.confirm(session, after, newest), next);
  }

  /**
   * Burns the base's counter value before anything new is exposed. Read again, because a lost
   * operand frame leaves the key streams apart and a NAK may then decrypt as an acknowledgement.
   */
  function burn(): Phase {
    intents.touch();
    if (!session.lowerCounters() || !session.readCounters()) return failed();
    isBurnt = isEqualAt(baseCounter - 1);
    return isBurnt ? Phase.Expose : Phase.Detect;
  }

  function isEqualAt(counter: number): boolean {
    return session.counterState === CounterState.Equal && session.counter === counter;
  }

  /** A record that does not read back is written again from a fresh selection, a few times. */
  function expose(): Phase {
    if (!mayTry()) return finish(TapOutcome.Damaged);
    stage = Stage.Exposed;
    intents.touch();
    return session.writeRecord(baseCounter - 2) ? Phase.Commit : failed();
  }

  /** Cells that do not hold end a tap after so many writes, until put on or armed again. */
  function mayTry(): boolean {
    return triesLeft-- > 0;
  }

  function commit(): Phase {
    return session.lowerCounters() ? Phase.Ratify : failed();
  }

  /** A new look after a field reset: catches cards that only pretended, and cells that faded. */
  function ratify(): Phase {
    reader.setField(false);
    clock.waitMs(FIELD_OFF_MS);
    reader.setField(true);
    clock.waitMs(FIELD_READY_MS);
    if (!session.select()) return failed();
    if (!intents.isOpenFor(session.card)) return refuse(TapOutcome.OtherCard);
    if (!session.readCounters()) return failed();
    if (session.counter > baseCounter - 1) return manipulated(AlarmCode.ShadowCard);
    if (!isEqualAt(baseCounter - 2)) return Phase.Detect;
    return session.checkRecord(baseCounter - 2) ? Phase.Close : failed();
  }

  function close(): Phase {
    if (!isBurnt && !isAbandon()) return Phase.Resume;
    watermarks.note(session.card.uid, baseCounter - 2, newTag());
    if (intents.commit(baseCounter - 2) !== Status.Ok) return finish(TapOutcome.Fault);
    const wasOurs = request.kind >= TapKind.Patch;
    if (isAbandon()) return wasOurs ? finish(TapOutcome.Superseded) : Phase.Counter;
    // Behind an order of the back office comes what the cashier wanted.
    if (wasOurs || purchase.kind < TapKind.Patch) outcome = TapOutcome.Done;
    return Phase.Log;
  }

  /** What customers see as last movements, of no value: so behind the sound, while they hear it. */
  function writeLog(): Phase {
    log.add(session, intents.open, intents.lastSequence(), baseCounter - 2);
    return outcome === TapOutcome.Done ? finish(TapOutcome.Done) : Phase.Counter;
  }

  /** Closes our attempt without effect: certainly none, or none that this pad can prove. */
  function giveUp(isCertain: boolean, result: TapOutcome): Phase {
    return ended(isCertain ? intents.abort(Status.Stale) : intents.doubt(), result);
  }

  function newTag(): number {
    return intents.open.values[IntentKey.NewTag];
  }

  function isAbandon(): boolean {
    return intents.open.values[IntentKey.Kind] === TapKind.Abandon;
  }

  const handlers: (() => Phase)[] = [
    detect,
    readCounter,
    readIdentity,
    readRecord,
    resume,
    decide,
    burn,
    expose,
    commit,
    ratify,
    close,
    writeLog,
  ];

  function begin(wanted: TapRequest): void {
    // An open attempt comes first, and may have to be made afresh from what was asked then.
    if (!intents.isOpen()) request = inputs.lookUp(wanted);
    outcome = TapOutcome.Waiting;
    phase = Phase.Detect;
    triesLeft = CARD_WRITE_TRIES;
    reader.setField(true);
  }

  function step(): boolean {
    if (phase === Phase.Idle) return false;
    phase = handlers[phase]();
    return phase !== Phase.Detect && phase !== Phase.Idle;
  }

  function cancel(): Status {
    phase = Phase.Idle;
    reader.setField(false);
    return intents.giveUp();
  }

  const { isOpen } = intents;
  return { begin, step, outcome: () => outcome, cancel, isOpen, decision, after, purchase };
}
