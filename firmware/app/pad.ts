/**
 * The pad at the counter: one `step` that never waits for a person, a table from view to what keys
 * do in it, and the tap in the middle. Value moves only in tap.ts; this file moves the cashier.
 */
import { Outcome, TapKind } from "../core/evaluate";
import type { Clock } from "../hal/clock";
import { type Keypad, NO_KEY } from "../hal/keypad";
import { ARMED_TIMEOUT_MS, CARD_POLL_MS, IDLE_STEP_MS, RESULT_TIMEOUT_MS } from "../limits";
import { type PadModel, View } from "./pad-model";
import type { Sync } from "./sync";
import type { Tap } from "./tap";
import { TapOutcome } from "./tap-request";
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

export interface Pad {
  /** Does a bounded piece of work; returns the milliseconds until it wants to be called again. */
  step(): number;
}

export interface PadParts {
  clock: Clock;
  keypad: Keypad;
  tones: Tones;
  tap: Tap;
  sync: Sync;
  views: Views;
  model: PadModel;
  /** Rials in one display unit. */
  unitRial: number;
}

export function createPad(parts: PadParts): Pad {
  const { clock, tap, tones, views, model, unitRial } = parts;
  let viewSinceMs = 0;
  let nextPollMs = 0;
  let shownOutcome = TapOutcome.Waiting;

  function show(view: View): void {
    model.view = view;
    model.typed = "";
    viewSinceMs = clock.nowMs();
    views.draw();
  }

  function typedRial(): number {
    return model.typed === "" ? 0 : Number(model.typed) * unitRial;
  }

  function type(digits: string, maximum: number): void {
    const isLeadingZero =
      maximum === AMOUNT_DIGITS && model.typed === "" && digits.charAt(0) === "0";
    if (isLeadingZero || model.typed.length + digits.length > maximum) {
      tones.play(Sound.Refused);
    } else {
      model.typed += digits;
      views.draw();
    }
  }

  /** Takes the last digit back; false when there was none. */
  function untype(): boolean {
    if (model.typed === "") return false;
    model.typed = model.typed.substring(0, model.typed.length - 1);
    views.draw();
    return true;
  }

  function arm(kind: TapKind, grossRial: number, askedRial: number, mobile: string): void {
    model.kind = kind;
    model.grossRial = grossRial;
    model.askedRial = askedRial;
    shownOutcome = TapOutcome.Waiting;
    tap.begin({ kind, grossRial, askedCreditRial: askedRial, mobile });
    show(View.Armed);
  }

  function reset(): void {
    model.grossRial = 0;
    model.askedRial = 0;
    show(View.Amount);
  }

  function onAmountKey(key: number): void {
    if (key === Key.Star) untype();
    else if (key === Key.D) type("000", AMOUNT_DIGITS);
    else if (key === Key.B) arm(TapKind.Balance, 0, 0, "");
    else if (key === Key.C) show(View.Mobile);
    else if (model.typed === "") tones.play(Sound.Refused);
    else if (key === Key.Hash) arm(TapKind.Sale, typedRial(), 0, "");
    else {
      model.grossRial = typedRial();
      show(View.Credit);
    }
  }

  function onCreditKey(key: number): void {
    if (key === Key.Star) {
      if (!untype()) reset();
    } else if (key === Key.D) type("000", AMOUNT_DIGITS);
    else if (key === Key.A) arm(TapKind.Sale, model.grossRial, model.grossRial, "");
    else if (key !== Key.Hash || model.typed === "" || typedRial() > model.grossRial)
      tones.play(Sound.Refused);
    else arm(TapKind.Sale, model.grossRial, typedRial(), "");
  }

  function onMobileKey(key: number): void {
    if (key === Key.Hash) arm(TapKind.Enrol, 0, 0, model.typed);
    else if (key !== Key.Star) tones.play(Sound.Refused);
    else if (!untype()) reset();
  }

  function onArmedKey(key: number): void {
    if (key !== Key.Star) return;
    if (tap.isOpen()) show(View.GiveUp);
    else {
      tap.cancel();
      reset();
    }
  }

  function onPartialKey(key: number): void {
    const available = tap.decision.availableRial;
    if (key === Key.Hash && available > 0) arm(TapKind.Sale, model.grossRial, available, "");
    else if (key === Key.Star) reset();
    else tones.play(Sound.Refused);
  }

  function onGiveUpKey(key: number): void {
    if (key === Key.Star) show(View.Armed);
    if (key !== Key.Hash) return;
    tap.cancel();
    reset();
  }

  const keyHandlers: ((key: number) => void)[] = [];
  keyHandlers[View.Amount] = onAmountKey;
  keyHandlers[View.Credit] = onCreditKey;
  keyHandlers[View.Mobile] = onMobileKey;
  keyHandlers[View.Armed] = onArmedKey;
  keyHandlers[View.Partial] = onPartialKey;
  keyHandlers[View.Result] = (key) => {
    reset();
    if (key >= Key.A) onAmountKey(key);
  };
  keyHandlers[View.GiveUp] = onGiveUpKey;

  function onKey(key: number): void {
    const isDigit = key >= FIRST_DIGIT && key <= LAST_DIGIT;
    tones.play(Sound.Key);
    if (!isDigit) keyHandlers[model.view](key);
    else if (model.view === View.Mobile) type(String.fromCharCode(key), MOBILE_DIGITS);
    else if (model.view < View.Mobile) type(String.fromCharCode(key), AMOUNT_DIGITS);
    else if (model.view === View.Result) {
      // The next sale may be typed over the last one's result.
      reset();
      type(String.fromCharCode(key), AMOUNT_DIGITS);
    }
  }

  /** Shows what the tap came to, or what it waits for, when that has changed. */
  function showTap(): void {
    const outcome = tap.outcome();
    if (outcome === shownOutcome) return;
    shownOutcome = outcome;
    if (outcome < TapOutcome.Done) {
      if (outcome > TapOutcome.Working) tones.play(Sound.Attention);
      views.draw();
      return;
    }
    tones.play(outcome === TapOutcome.Done ? Sound.Done : Sound.Refused);
    const isShort =
      outcome === TapOutcome.Refused && tap.decision.outcome === Outcome.InsufficientCredit;
    show(isShort ? View.Partial : View.Result);
  }

  /** One phase of the tap; true when the next should follow without a pause. */
  function stepTap(nowMs: number): boolean {
    if (tap.outcome() !== TapOutcome.Working && nowMs < nextPollMs) return false;
    nextPollMs = nowMs + CARD_POLL_MS;
    const isBusy = tap.step();
    showTap();
    return isBusy;
  }

  function stepTimeouts(nowMs: number): void {
    const ageMs = nowMs - viewSinceMs;
    if (model.view === View.Result && ageMs > RESULT_TIMEOUT_MS) reset();
    if (model.view === View.Armed && ageMs > ARMED_TIMEOUT_MS && !tap.isOpen()) {
      tap.cancel();
      reset();
    }
  }

  /** After a power cut an attempt may be open: its card, and no other, is awaited at once. */
  if (tap.isOpen()) arm(TapKind.Sale, 0, 0, "");
  else reset();

  return {
    step: () => {
      const nowMs = clock.nowMs();
      if (model.view === View.Armed && stepTap(nowMs)) return 0;
      const key = parts.keypad.poll(nowMs);
      if (key !== NO_KEY) onKey(key);
      tones.step(nowMs);
      stepTimeouts(nowMs);
      views.tick();
      return parts.sync.step() ? 0 : IDLE_STEP_MS;
    },
  };
}

const FIRST_DIGIT = 48;
const LAST_DIGIT = 57;
