/**
 * The pad's side of the line to a till (`docs/pos-link.md`). The till asks, the pad answers each
 * frame with exactly one and never waits: a till that wants to know how its request stands repeats
 * it. Request numbers grow, and the journal carries them, so a repeat never does a thing twice,
 * whatever was lost in between: an answer, the line, or the pad's power.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, copyBytes, newBytes, putUint } from "../../card-layout/bytes";
import { type Identity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import { type Decision, DecisionField, Outcome, TapKind } from "../core/evaluate";
import { IntentKey } from "../core/journal-entry";
import {
  createPosRequest,
  decodePosRequest,
  encodePosAnswer,
  isPosAuthentic,
  POS_ANSWER_BYTES,
  POS_MAC_BYTES,
  POS_SESSION_BYTES,
  type PosChannel,
  PosDirection,
  PosFigure,
  PosKind,
  PosState,
  posKeyOf,
  sealPos,
} from "../core/pos-messages";
import {
  decodeSyncFrame,
  encodeSyncFrame,
  REQUEST_FIELD,
  SYNC_FRAME_BYTES,
  type SyncMessage,
  SyncType,
} from "../core/sync-messages";
import type { TerminalConfig } from "../core/terminal-config";
import type { Clock } from "../hal/clock";
import type { Crc32 } from "../hal/crc32";
import type { SerialPort } from "../hal/serial-port";
import type { Journal } from "../storage/journal";
import type { Intents } from "./intents";
import type { LineWork } from "./on-demand";
import { isBlank, type PadModel, View } from "./pad-model";
import {
  emptyFigures,
  fillInquiry,
  fillLots,
  journaledFigures,
  journaledState,
} from "./pos-figures";
import { createPosJournal, noteStart } from "./pos-journal";
import { requestOf, type Tap, TapOutcome, type TapRequest } from "./tap-request";

/** What the link needs of the board beside its own line. */
export interface PosBoard {
  aes: AesEngine;
  crc32: Crc32;
  clock: Clock;
}

/** What it needs of the pad that is at work. */
export interface PosCore {
  config: TerminalConfig;
  journal: Journal;
  intents: Intents;
  identity: Identity;
  tap: Tap;
}

/** What outlives the link (pos-on-demand.ts). */
export interface PosMemory {
  session: Bytes;
  hasSession: boolean;
  /** A record of this start makes its sessions other ones than those of the starts before. */
  isNoted: boolean;
  /** The highest number taken or found in the journal; smaller ones start nothing any more. */
  newest: number;
  /** The request that the pad works on, or did last; 0 = none since the start. */
  current: number;
  /** The journal's next record when `current` began. */
  firstSequence: number;
  isEnded: boolean;
  /** Of `current` when it has ended and the journal knows nothing of it. */
  endState: number;
  endReason: number;
  endFigures: number[];
  /** Has the pad await a card. */
  serve(request: TapRequest): void;
  giveUp(): void;
}

const RECEIVE_BYTES = 64;
const NONCE_BYTES = 8;
/** Till's nonce, clock in seconds and in milliseconds since the start, next record. */
const SESSION_SOURCE_BYTES = NONCE_BYTES + 12;

export function createPosLink(
  serial: SerialPort,
  { aes, crc32, clock }: PosBoard,
  { config, journal, intents, identity, tap }: PosCore,
  model: PadModel,
  memory: PosMemory,
): LineWork {
  const received = newBytes(RECEIVE_BYTES);
  const frame = newBytes(SYNC_FRAME_BYTES);
  const body = newBytes(POS_ANSWER_BYTES + POS_MAC_BYTES);
  const channel: PosChannel = {
    aes,
    key: posKeyOf(aes, config.journalKey, config.terminalId, config.keyEpoch),
    terminalId: config.terminalId,
    session: memory.session,
  };
  const message: SyncMessage = {
    type: SyncType.PosRequest,
    fields: [0],
    contentOffset: 0,
    contentLengthBytes: 0,
  };
  const asked = createPosRequest();
  const search = createPosJournal(journal);
  let next: () => void = receive;
  let frameBytes = 0;
  if (memory.endFigures.length === 0) memory.endFigures = emptyFigures();

  function receive(): void {
    const count = serial.read(received);
    for (let i = 0; i < count && next === receive; i++) {
      if (received[i] === 0) takeFrame();
      else {
        frame[frameBytes] = received[i];
        if (frameBytes < SYNC_FRAME_BYTES - 1) frameBytes += 1;
      }
    }
  }

  /** A frame that is no request of a till is noise; one that is not authentic is refused. */
  function takeFrame(): void {
    const status = decodeSyncFrame(crc32, frame, frameBytes, message);
    const bodyBytes = message.contentLengthBytes - POS_MAC_BYTES;
    frameBytes = 0;
    if (status !== Status.Ok || message.type !== SyncType.PosRequest || bodyBytes < 1) return;
    const isHello = frame[message.contentOffset] === PosKind.Hello;
    if (isHello && bodyBytes === 1 + NONCE_BYTES) greet();
    else if (!memory.hasSession || mustNote() || isHello || !isAuthentic(bodyBytes))
      refuse(Status.BadSeal);
    else take(bodyBytes);
  }

  function isAuthentic(bodyBytes: number): boolean {
    const request = message.fields[REQUEST_FIELD];
    return isPosAuthentic(channel, request, frame, message.contentOffset, bodyBytes);
  }

  /** A new session; the former one ends only for who has the key. */
  function greet(): void {
    const former = channel.session;
    channel.session = newBytes(POS_SESSION_BYTES);
    if (isAuthentic(1 + NONCE_BYTES)) {
      memory.session = channel.session;
      memory.hasSession = false;
      search.begin(0, 1);
      next = findNewest;
    } else {
      channel.session = former;
      refuse(Status.BadSeal);
    }
  }

  function findNewest(): void {
    if (!search.step()) return;
    let status = search.status;
    if (status === Status.Ok)
      memory.newest = Math.max(memory.newest, search.entry.values[IntentKey.TillRequest]);
    else if (status === Status.NotFound) status = Status.Ok;
    if (status === Status.Ok && mustNote()) {
      status = noteStart(journal, clock);
      memory.isNoted = status === Status.Ok;
    }
    memory.hasSession = status === Status.Ok;
    if (memory.hasSession) makeSession();
    else refuse(status);
  }

  /** Nothing stands behind an open attempt: what is said until it ends has a session of its own. */
  function mustNote(): boolean {
    return !memory.isNoted && !intents.isOpen();
  }

  function makeSession(): void {
    const nonceAt = message.contentOffset + 1;
    const input = newBytes(SESSION_SOURCE_BYTES + POS_MAC_BYTES);
    copyBytes(frame, nonceAt, input, 0, NONCE_BYTES);
    putUint(input, NONCE_BYTES, 4, clock.unixSeconds());
    putUint(input, NONCE_BYTES + 4, 4, Math.floor(clock.nowMs()));
    putUint(input, NONCE_BYTES + 8, 4, journal.nextSequence());
    // No answer has this length, so none is a session.
    sealPos(channel, PosDirection.ToTill, 0, input, 0, SESSION_SOURCE_BYTES);
    copyBytes(input, SESSION_SOURCE_BYTES, body, 0, POS_SESSION_BYTES);
    putUint(body, POS_SESSION_BYTES, 4, memory.newest);
    copyBytes(frame, nonceAt, channel.session, 0, NONCE_BYTES);
    reply(POS_SESSION_BYTES + 4);
    copyBytes(body, 0, channel.session, 0, POS_SESSION_BYTES);
  }

  function take(bodyBytes: number): void {
    const request = message.fields[REQUEST_FIELD];
    const kind = frame[message.contentOffset];
    if (kind === PosKind.Cancel) cancel(request);
    else if (decodePosRequest(frame, message.contentOffset, bodyBytes, asked) !== Status.Ok) {
      answer(PosState.Malformed, 0, emptyFigures());
      return;
    } else if (request > memory.newest && !start(request)) {
      answer(PosState.Busy, 0, emptyFigures());
      return;
    }
    tell(request);
  }

  /** Also a number that never came: should it still come, it starts nothing. */
  function cancel(request: number): void {
    if (request > memory.newest) {
      memory.newest = request;
      adopt(request);
      memory.isEnded = true;
      memory.endState = PosState.Cancelled;
    } else if (request === memory.current && !memory.isEnded && !tap.isOpen()) {
      memory.giveUp();
      watch();
    }
  }

  function adopt(request: number): void {
    memory.current = request;
    memory.firstSequence = journal.nextSequence();
    memory.isEnded = false;
    memory.endReason = 0;
    memory.endFigures = emptyFigures();
  }

  function start(request: number): boolean {
    const isFree = model.view === View.Result || isBlank(model);
    if (!isFree || tap.isOpen()) return false;
    const wanted = requestOf(asked.kind as number, asked.grossRial, asked.record);
    wanted.askedCreditRial = asked.creditRial;
    wanted.originalTerminal = asked.terminal;
    wanted.categories = asked.categories;
    wanted.tillRequest = request;
    memory.newest = request;
    adopt(request);
    memory.serve(wanted);
    return true;
  }

  /** Live, from the journal, or from memory for what the journal does not carry. */
  function tell(request: number): void {
    if (request === memory.current && !memory.isEnded) {
      const outcome = model.view === View.Pin ? TapOutcome.Waiting : tap.outcome();
      const isLost = tap.isOpen() && (outcome < TapOutcome.Working || outcome >= TapOutcome.Done);
      answer(isLost ? TapOutcome.Lost : outcome, 0, emptyFigures());
      return;
    }
    search.begin(request, request === memory.current ? memory.firstSequence : 1);
    next = lookUp;
  }

  function lookUp(): void {
    if (!search.step()) return;
    const isCurrent = message.fields[REQUEST_FIELD] === memory.current;
    if (search.status === Status.Ok) tellJournaled(isCurrent);
    else if (search.status !== Status.NotFound) answer(TapOutcome.Fault, 0, emptyFigures());
    else if (isCurrent) answer(memory.endState, memory.endReason, memory.endFigures);
    else answer(PosState.Unknown, 0, emptyFigures());
  }

  /** The journal does not hold the card's lots; until the next request memory does. */
  function tellJournaled(isCurrent: boolean): void {
    const figures = journaledFigures(search);
    if (isCurrent && memory.endState === TapOutcome.Done) {
      for (let i = PosFigure.Lots; i < PosFigure.Count; i++) figures[i] = memory.endFigures[i];
    }
    answer(journaledState(search), 0, figures);
  }

  /** Sees the end of what the pad was asked for; called often enough to miss no view. */
  function watch(): void {
    const isAwaited = model.view === View.Armed || model.view === View.Pin;
    if (memory.isEnded || tap.isOpen() || isAwaited) return;
    const isResult = model.view === View.Result;
    // Not the card of a supervisor, or not the PIN: nobody approved.
    const isStaff = isResult && tap.purchase.kind === TapKind.Staff;
    const outcome = isStaff ? TapOutcome.Refused : tap.outcome();
    memory.isEnded = true;
    memory.endState = isResult ? outcome : PosState.Cancelled;
    if (memory.endState === TapOutcome.Refused)
      memory.endReason = isStaff ? Outcome.NeedsApproval : tap.decision[DecisionField.Outcome];
    if (memory.endState === TapOutcome.Done || memory.endState === TapOutcome.Refused)
      remember(tap.decision);
  }

  /** What an inquiry read, or why and how far a request was refused. */
  function remember(decision: Decision): void {
    const figures = memory.endFigures;
    figures[PosFigure.Member] = identity[IdentityField.MemberId];
    if (memory.endState === TapOutcome.Done) fillLots(tap.after, figures);
    figures[PosFigure.AvailableRial] = decision[DecisionField.AvailableRial];
    if (tap.purchase.kind !== TapKind.Balance) return;
    fillInquiry(tap.purchase, decision, figures);
  }

  function answer(state: number, reason: number, figures: number[]): void {
    figures[PosFigure.Terminal] = config.terminalId;
    encodePosAnswer(state, reason, figures, body, 0);
    reply(POS_ANSWER_BYTES);
  }

  function reply(bodyBytes: number): void {
    sealPos(channel, PosDirection.ToTill, message.fields[REQUEST_FIELD], body, 0, bodyBytes);
    message.type = SyncType.PosAnswer;
    message.contentOffset = 0;
    message.contentLengthBytes = bodyBytes + POS_MAC_BYTES;
    send();
  }

  function refuse(status: Status): void {
    message.type = SyncType.Error;
    message.fields[1] = status;
    message.contentLengthBytes = 0;
    send();
  }

  function send(): void {
    serial.write(frame, encodeSyncFrame(crc32, message, body, frame));
    next = receive;
  }

  return {
    step: () => {
      watch();
      const hasWork = next !== receive || serial.hasWaiting();
      if (hasWork) next();
      return hasWork;
    },
  };
}
