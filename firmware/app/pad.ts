/**
 * The pad at the counter: one `step` that never waits for a person, a table from view to what keys
 * do in it, and the tap in the middle. Value moves only in tap.ts; this file moves the cashier.
 */
import { Status } from "../../card-layout/status";
import { DecisionField, Outcome, TapKind } from "../core/evaluate";
import type { Clock } from "../hal/clock";
import { type Keypad, NO_KEY } from "../hal/keypad";
import {
  ARMED_TIMEOUT_MS,
  CARD_POLL_MS,
  IDLE_STEP_MS,
  QUESTION_TIMEOUT_MS,
  RESULT_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
} from "../limits";
import { type PadModel, View } from "./pad-model";
import type { PosLink } from "./pos-link";
import type { SyncOnDemand } from "./sync";
import { requestOf, type Tap, TapOutcome, type TapRequest } from "./tap-request";
import { Sound, type Tones } from "./tones";
import type { Views } from "./views";

/** Codes of the keys that are not digits (hal/keypad.ts). */
const enum Key {
  Hash = 35,
  Star = 42,
  A = 65,
  B = 66,
  C = 67,
  D = 68,
}

/** Longest amount in display units: with toman, 999,999,999 is below 2^40 rial. */
const AMOUNT_DIGITS = 9;
const MOBILE_DIGITS = 11;

/** The pad is to be made anew: its settings have changed. */
export const RESTART = -1;

export interface Pad {
  /** False for one that only says why it does not work. */
  readonly isServing: boolean;
  /**
   * Does a bounded piece of work; returns the milliseconds until it wants to be called again, or
   * RESTART.
   */
  step(): number;
}

export interface PadParts {
  clock: Clock;
  keypad: Keypad;
  tones: Tones;
  tap: Tap;
  sync: SyncOnDemand;
  views: Views;
  model: PadModel;
  /** Only on boards with a line to a till. */
  till?: PosLink;
  /** Rials in one display unit. */
  unitRial: number;
  /** Journals what the customer thinks (1..5) of the tap done last, once. */
  rate(score: number): Status;
  /** Work for when nobody waits. */
  tidyUp(): void;
  /** New settings wait, and nobody is in the middle of anything. */
  mustRestart(): boolean;
}

export function createPad(parts: PadParts): Pad {
  const { clock, tap, tones, views, model, unitRial } = parts;
  let isBegun = false;
  /** When the view changed, or a key was pressed. */
  let touchedMs = 0;
  let nextPollMs = 0;
  let shownOutcome = TapOutcome.Waiting;
  /** What was armed last. */
  let wanted = requestOf(TapKind.Sale, 0, 0);

  function show(view: View): void {
    model.view = view;
    model.typed = "";
    touchedMs = clock.nowMs();
    parts.sync.drop();
    views.draw();
  }

  function typedRial(): number {
    return Number(model.typed) * unitRial;
  }

  function arm(kind: TapKind, askedRial: number, mobile: string): void {
    const request = requestOf(kind, model.grossRial, model.reference);
    request.askedCreditRial = askedRial;
    request.mobile = mobile;
    request.mayRepeat = kind !== TapKind.Sale;
    serve(request);
  }

  /** Awaits the card for what was asked, here or at the till. */
  function serve(request: TapRequest): void {
    wanted = request;
    model.kind = request.kind;
    model.grossRial = request.grossRial;
    model.askedRial = request.askedCreditRial;
    shownOutcome = TapOutcome.Waiting;
    tap.begin(request);
    show(View.Armed);
  }

  /** Back to the amount; an attempt still open goes first: its card, and no other, is awaited. */
  function reset(): void {
    model.grossRial = 0;
    model.askedRial = 0;
    model.reference = 0;
    if (tap.isOpen()) arm(TapKind.Sale, 0, "");
    else show(View.Amount);
  }

  /** A digit, or three zeros; false when there is no room, or an amount would begin with zero. */
  function type(digits: string): boolean {
    const isMobile = model.view === View.Mobile;
    const length = model.typed.length + digits.length;
    if (length > (isMobile ? MOBILE_DIGITS : AMOUNT_DIGITS)) return false;
    if (model.typed === "" && digits.charCodeAt(0) === FIRST_DIGIT && !isMobile) return false;
    model.typed += digits;
    views.draw();
    return true;
  }

  function back(): void {
    if (model.typed === "") reset();
    else {
      model.typed = model.typed.substring(0, model.typed.length - 1);
      views.draw();
    }
  }

  /** What is typed before a card is awaited: false for a key that means nothing there. */
  function onTypingKey(key: number): boolean {
    const hasDigits = model.typed !== "";
    if (key === Key.Star) back();
    else if (model.view === View.Menu) return onMenuKey(key - FIRST_DIGIT);
    else if (key >= FIRST_DIGIT && key <= LAST_DIGIT) return type(String.fromCharCode(key));
    else if (model.view === View.Mobile) {
      if (key !== Key.Hash) return false;
      arm(TapKind.Enrol, 0, model.typed);
    } else if (key === Key.D && hasDigits) return type("000");
    else if (model.view === View.Amount) return onAmountKey(key, hasDigits);
    else if (model.view > View.Menu) return key === Key.Hash && onFigure(hasDigits);
    else if (key === Key.A) arm(TapKind.Sale, model.grossRial, "");
    else {
      const isPossible = key === Key.Hash && hasDigits && typedRial() <= model.grossRial;
      if (isPossible) arm(TapKind.Sale, typedRial(), "");
      return isPossible;
    }
    return true;
  }

  function onMenuKey(choice: number): boolean {
    if (choice < 1 || choice > 5) return false;
    // Grants are left out: they need a supervisor, who has no card yet. 2 and 5 ask for nothing.
    model.kind = TapKind.Balance + choice + (choice > 3 ? 1 : 0);
    if (choice % 3 === 2) arm(model.kind, 0, "");
    else show(choice === 3 ? View.KindAmount : View.Reference);
    return true;
  }

  /** A return may name no record: then the office finds it. */
  function onFigure(hasDigits: boolean): boolean {
    const isReturn = model.view === View.Reference && model.kind === TapKind.Refund;
    if (!hasDigits && !isReturn) return false;
    if (model.view === View.KindAmount) model.grossRial = typedRial();
    else model.reference = Number(model.typed);
    if (isReturn) show(View.KindAmount);
    else arm(model.kind, 0, "");
    return true;
  }

  function onAmountKey(key: number, hasDigits: boolean): boolean {
    if (key === Key.B) arm(TapKind.Balance, 0, "");
    else if (key === Key.C) show(View.Mobile);
    else if (key === Key.D) show(View.Menu);
    else if (!hasDigits) return false;
    else {
      model.grossRial = typedRial();
      if (key === Key.Hash) arm(TapKind.Sale, 0, "");
      else show(View.Credit);
    }
    return true;
  }

  /** The other views: a card is awaited, or something was said or asked. */
  function onAnswerKey(key: number): boolean {
    const isYes = key === Key.Hash;
    const isNo = key === Key.Star;
    const view = model.view;
    if (view === View.Result) {
      const isDone = tap.outcome() === TapOutcome.Done;
      if (isYes && !isDone && tap.decision[DecisionField.Outcome] === Outcome.Repeated) {
        wanted.mayRepeat = true;
        serve(wanted);
        return true;
      }
      if (key === Key.A && isDone) {
        show(View.Rate);
        return true;
      }
      // The next sale may be begun over the last one's result.
      reset();
      return isYes || isNo || (model.view === View.Amount && onTypingKey(key));
    }
    if (view === View.Rate) {
      const isTaken = parts.rate(key - FIRST_DIGIT) === Status.Ok;
      if (isTaken || isNo) reset();
      return isTaken || isNo;
    }
    if (view === View.Armed) {
      if (!isNo) return false;
      if (tap.isOpen()) show(View.GiveUp);
      else giveUp();
    } else if (view === View.Partial) {
      if (isYes && tap.decision[DecisionField.AvailableRial] > 0)
        arm(TapKind.Sale, tap.decision[DecisionField.AvailableRial], "");
      else reset();
    } else if (isYes) giveUp();
    else show(View.Armed);
    return true;
  }

  function giveUp(): void {
    tap.cancel();
    reset();
  }

  /** Shows what the tap came to, or what it waits for, when that has changed. */
  function showTap(): void {
    const outcome = tap.outcome();
    if (outcome === shownOutcome) return;
    shownOutcome = outcome;
    if (outcome < TapOutcome.Done) {
      // The card that the pad asks about is back.
      model.view = View.Armed;
      if (outcome > TapOutcome.Working) tones.play(Sound.Attention);
      views.draw();
      return;
    }
    tones.play(outcome === TapOutcome.Done ? Sound.Done : Sound.Refused);
    // With nothing at all to use there is nothing to ask either; a till asks its own cashier.
    const isShort =
      outcome === TapOutcome.Refused &&
      tap.decision[DecisionField.Outcome] === Outcome.InsufficientCredit &&
      tap.decision[DecisionField.AvailableRial] > 0 &&
      tap.purchase.tillRequest === 0;
    show(isShort ? View.Partial : View.Result);
  }

  /** One phase of the tap; true when the next should follow without a pause. */
  function stepTap(nowMs: number): boolean {
    if (tap.outcome() !== TapOutcome.Working && nowMs < nextPollMs) return false;
    nextPollMs = nowMs + CARD_POLL_MS;
    const isBusy = tap.step();
    // Again, for it may have been asked while a card was awaited.
    if (isBusy) parts.sync.drop();
    showTap();
    return isBusy;
  }

  /** What nobody answers goes back, and only a card that must be finished is awaited for ever. */
  function stepTimeouts(nowMs: number): void {
    const view = model.view;
    if (nowMs - touchedMs <= TIMEOUTS_MS[view]) return;
    if (view === View.GiveUp) show(View.Armed);
    else if (view !== View.Armed) {
      if (view !== View.Amount || model.typed !== "") reset();
    } else if (!tap.isOpen()) giveUp();
  }

  return {
    isServing: true,
    step: () => {
      const nowMs = clock.nowMs();
      if (!isBegun) {
        isBegun = true;
        // After a power cut, too, an attempt may be open.
        reset();
        if (parts.till !== undefined) parts.till.connect(serve, giveUp);
      }
      const isAwaiting = model.view === View.Armed || model.view === View.GiveUp;
      if (isAwaiting && stepTap(nowMs)) return 0;
      const key = parts.keypad.poll(nowMs);
      if (key !== NO_KEY) {
        touchedMs = nowMs;
        const isUsed = model.view < View.Armed ? onTypingKey(key) : onAnswerKey(key);
        tones.play(isUsed ? Sound.Key : Sound.Refused);
      }
      tones.step(nowMs);
      stepTimeouts(nowMs);
      views.tick();
      if (parts.till !== undefined) parts.till.step();
      const restMs = parts.sync.step() ? 0 : IDLE_STEP_MS;
      if (model.view !== View.Amount) return restMs;
      parts.tidyUp();
      if (!parts.mustRestart()) return restMs;
      // The answer to what brought the settings.
      parts.sync.step();
      return RESTART;
    },
  };
}

const FIRST_DIGIT = 48;
const LAST_DIGIT = 57;
/** By `View`. */
const TIMEOUTS_MS = [
  TYPING_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  ARMED_TIMEOUT_MS,
  TYPING_TIMEOUT_MS,
  RESULT_TIMEOUT_MS,
  QUESTION_TIMEOUT_MS,
  QUESTION_TIMEOUT_MS,
];
