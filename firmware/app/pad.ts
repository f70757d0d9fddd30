/**
 * The pad at the counter: one `step` that never waits for a person, a table from view to what keys
 * do in it, and the tap in the middle. Value moves only in tap.ts; this file moves the cashier.
 */
import { lazily } from "../../card-layout/lazily";
import { PIN_DIGITS_MIN } from "../../card-layout/pin";
import { Status } from "../../card-layout/status";
import { DecisionField, TapKind } from "../core/evaluate";
import { NO_KEY } from "../hal/keypad";
import { CARD_POLL_MS, IDLE_STEP_MS, STAFF_IDLE_MS } from "../limits";
import { createBill } from "./bill";
import {
  FIRST_DIGIT,
  hasRoomFor,
  Key,
  LAST_DIGIT,
  MENU_KINDS,
  MENU_LANGUAGE,
  MOST_TYPED,
  timeoutMs,
} from "./pad-keys";
import { isAtRest, View } from "./pad-model";
import { type Pad, type PadParts, RESTART } from "./pad-parts";
import { ScreenId } from "./screens";
import { isNoStaff, isRepeated, isShort } from "./tap-end";
import { requestOf, TapOutcome, type TapRequest } from "./tap-request";
import { Sound, Waiting } from "./tones";

export function createPad(parts: PadParts): Pad {
  const { clock, tap, tones, views, model, unitRial, staff, pages } = parts;
  let isBegun = false;
  /** When the view changed, or a key was pressed. */
  let touchedMs = 0;
  let nextPollMs = 0;
  let shownOutcome = TapOutcome.Waiting;
  /** What was armed last. */
  let wanted = requestOf(TapKind.Sale, 0, 0);

  /** `said`: a screen that is the result in place of the tap's. */
  function show(view: View, said = 0, typed = ""): void {
    model.view = view;
    model.typed = typed;
    model.said = said;
    model.isLocked = false;
    touchedMs = clock.nowMs();
    dropLines();
    views.draw();
  }

  function dropLines(): void {
    parts.sync.drop();
    if (parts.till !== undefined) parts.till.drop();
  }

  function typedRial(): number {
    return Number(model.typed) * unitRial;
  }

  function arm(kind: TapKind, askedRial: number, mobile: string): void {
    const request = requestOf(kind, model.grossRial, model.reference);
    request.askedCreditRial = askedRial;
    request.mobile = mobile;
    request.mayRepeat = kind !== TapKind.Sale;
    if (kind === TapKind.Sale && model.bill !== "")
      request.categories = lazily(createBill)(model, unitRial).categories();
    serve(request);
  }

  /** Awaits the card for what was asked, here or at the till; first a supervisor's, if need be. */
  function serve(request: TapRequest): void {
    wanted = request;
    model.isApproving = !tap.isOpen() && staff.needsApproval(request);
    model.kind = request.kind;
    model.grossRial = request.grossRial;
    model.askedRial = request.askedCreditRial;
    shownOutcome = TapOutcome.Waiting;
    tap.begin(model.isApproving ? requestOf(TapKind.Staff, 0, 0) : request);
    show(View.Armed);
  }

  /** Back to the amount; an attempt still open goes first: its card, and no other, is awaited. */
  function reset(): void {
    model.grossRial = 0;
    model.askedRial = 0;
    model.reference = 0;
    model.bill = "";
    if (tap.isOpen()) arm(TapKind.Sale, 0, "");
    else if (staff.isLocked()) {
      arm(TapKind.Staff, 0, "");
      model.isLocked = true;
    } else show(View.Amount);
  }

  /** A digit, or three zeros; false when there is no room, or an amount would begin with zero. */
  function type(digits: string): boolean {
    if (!hasRoomFor(digits, model.view, model.typed)) return false;
    model.typed += digits;
    views.draw();
    return true;
  }

  function back(): void {
    const { view, typed, askedRial } = model;
    if (typed !== "") {
      model.typed = typed.substring(0, typed.length - 1);
      views.draw();
    } else if (view === View.Amount && model.bill !== "") {
      lazily(createBill)(model, unitRial).takeBack();
      views.draw();
    } else if (view === View.Category || view === View.Credit) {
      model.grossRial -= askedRial;
      show(View.Amount, 0, askedRial > 0 ? `${askedRial / unitRial}` : "");
    } else reset();
  }

  /** What is typed before a card is awaited: false for a key that means nothing there. */
  function onTypingKey(key: number): boolean {
    const hasDigits = model.typed !== "";
    if (key === Key.Star) back();
    else if (model.view === View.Menu || model.view === View.More) return onMenuKey(key);
    else if (key >= FIRST_DIGIT && key <= LAST_DIGIT) return type(String.fromCharCode(key));
    else if (model.view === View.Mobile) {
      if (key !== Key.Hash) return false;
      arm(TapKind.Enrol, 0, model.typed);
    } else if (model.view === View.Pin) return key === Key.Hash && onPin();
    else if (model.view === View.Category) {
      if (key !== Key.Hash || !lazily(createBill)(model, unitRial).add()) return false;
      show(View.Amount);
    } else if (key === Key.D && hasDigits) return type("000");
    else if (model.view === View.Amount) return onAmountKey(key, hasDigits);
    else if (model.view > View.More) return key === Key.Hash && onFigure(hasDigits);
    else if (key === Key.A) arm(TapKind.Sale, model.grossRial, "");
    else {
      const isPossible = key === Key.Hash && hasDigits && typedRial() <= model.grossRial;
      if (isPossible) arm(TapKind.Sale, typedRial(), "");
      return isPossible;
    }
    return true;
  }

  function onMenuKey(key: number): boolean {
    const choice = key - FIRST_DIGIT;
    const kind = MENU_KINDS[choice];
    if (key === Key.Hash) show(model.view === View.Menu ? View.More : View.Menu);
    else if (pages?.open(choice)) return true;
    else if (choice === MENU_LANGUAGE) {
      views.switchLanguage();
      reset();
    } else if (!(choice >= 1 && choice < MENU_KINDS.length)) return false;
    else if (kind === TapKind.Void || kind === TapKind.Renew || kind === TapKind.Staff)
      arm(kind, 0, "");
    else {
      model.kind = kind;
      show(kind === TapKind.GiftLoad ? View.KindAmount : View.Reference);
    }
    return true;
  }

  /** A return may name no record: then the office finds it. */
  function onFigure(hasDigits: boolean): boolean {
    const { kind, view } = model;
    const isReference = view === View.Reference;
    if (!hasDigits && !(isReference && kind === TapKind.Refund)) return false;
    if (isReference) model.reference = Number(model.typed);
    else model.grossRial = typedRial();
    if (isReference && kind !== TapKind.Reward) show(View.KindAmount);
    else arm(kind, 0, "");
    return true;
  }

  function onPin(): boolean {
    if (model.typed.length < PIN_DIGITS_MIN) return false;
    const said = staff.approve(wanted, model.typed);
    if (said === 0) serve(wanted);
    else show(View.Result, said);
    return said === 0;
  }

  function onAmountKey(key: number, hasDigits: boolean): boolean {
    if (key === Key.Hash || key === Key.A || (key === Key.B && hasDigits)) {
      const wholeRial = model.grossRial + typedRial();
      if (wholeRial === 0 || wholeRial > MOST_TYPED * unitRial) return false;
      model.askedRial = typedRial();
      model.grossRial = wholeRial;
      if (key === Key.Hash) arm(TapKind.Sale, 0, "");
      else show(key === Key.A ? View.Credit : View.Category);
    } else if (model.bill !== "") return false;
    else if (key === Key.B) arm(TapKind.Balance, 0, "");
    else show(key === Key.C ? View.Mobile : View.Menu);
    return true;
  }

  /** The other views: a card is awaited, or something was said or asked. */
  function onAnswerKey(key: number): boolean {
    const { view } = model;
    const isYes = key === Key.Hash;
    const isNo = key === Key.Star;
    if (view === View.Result) {
      const isTold = model.said !== 0;
      const isDone = !isTold && tap.outcome() === TapOutcome.Done;
      if (isYes && (isTold ? model.said === ScreenId.WrongPin : isRepeated(tap))) {
        wanted.mayRepeat = true;
        serve(wanted);
        return true;
      }
      const isRead = tap.purchase.kind === TapKind.Balance;
      if (key === Key.A && isDone && (!isRead || pages !== undefined)) {
        if (isRead && pages !== undefined) pages.showCard(tap.after);
        else show(View.Rate);
        return true;
      }
      if (key === Key.D && isDone && parts.till?.print(views, false)) return true;
      // The next sale may be begun over the last one's result.
      reset();
      return isYes || isNo || (model.view === View.Amount && onTypingKey(key));
    }
    if (view === View.Pages && key === Key.D)
      return parts.till?.print(views, model.page === ScreenId.Earlier) ?? false;
    if (view === View.Pages && pages !== undefined)
      return pages.onKey(key, reset, (screen) => show(View.Result, screen));
    if (view === View.Rate) {
      const isOver = isNo || parts.rate(key - FIRST_DIGIT) === Status.Ok;
      if (isOver) reset();
      return isOver;
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
    if (tap.purchase.kind === TapKind.Staff && outcome === TapOutcome.Done) {
      onStaffCard();
      return;
    }
    tones.play(outcome === TapOutcome.Done ? Sound.Done : Sound.Refused);
    // At once: an interpreter takes a sixth of a second to draw the result.
    tones.step(clock.nowMs(), Waiting.Nothing);
    // What could wait until then.
    tap.step();
    if (isNoStaff(tap)) show(View.Result, ScreenId.NotSupervisor);
    else show(isShort(tap) ? View.Partial : View.Result);
  }

  /** Logs in or out, or approves what is wanted. */
  function onStaffCard(): void {
    const said = model.isApproving ? staff.objection(wanted) : staff.logInOrOut();
    const isFine = said === 0 || said === ScreenId.LoggedIn || said === ScreenId.LoggedOut;
    tones.play(isFine ? Sound.Done : Sound.Refused);
    show(said === 0 ? View.Pin : View.Result, said);
  }

  function waiting(): Waiting {
    if (model.view !== View.Armed && model.view !== View.GiveUp) return Waiting.Nothing;
    return tap.isOpen() ? Waiting.SameCard : Waiting.Card;
  }

  /** One phase of the tap; true when the next should follow without a pause. */
  function stepTap(nowMs: number): boolean {
    if (tap.outcome() !== TapOutcome.Working && nowMs < nextPollMs) return false;
    nextPollMs = nowMs + CARD_POLL_MS;
    const isBusy = tap.step();
    // Again, for it may have been asked while a card was awaited.
    if (isBusy) dropLines();
    showTap();
    return isBusy;
  }

  /** What nobody answers goes back, and only a card that must be finished is awaited for ever. */
  function stepTimeouts(nowMs: number): void {
    const view = model.view;
    if (nowMs - touchedMs <= timeoutMs(view)) return;
    if (view === View.GiveUp) show(View.Armed);
    else if (view !== View.Armed) {
      const isLeft = nowMs - touchedMs > STAFF_IDLE_MS && staff.leave();
      if (isLeft || !isAtRest(model)) reset();
    } else if (!tap.isOpen() && !model.isLocked) giveUp();
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
      if (isAwaiting && stepTap(nowMs)) {
        views.step();
        return 0;
      }
      const key = parts.keypad.poll(nowMs);
      if (key !== NO_KEY) {
        touchedMs = nowMs;
        const isUsed = model.view < View.Armed ? onTypingKey(key) : onAnswerKey(key);
        tones.play(isUsed ? Sound.Key : Sound.Refused);
      }
      tones.step(nowMs, waiting());
      stepTimeouts(nowMs);
      // Keys are looked at again before the next line.
      if (views.step()) return 0;
      if (pages?.step()) views.draw();
      views.tick();
      if (parts.till !== undefined) parts.till.step();
      const restMs = parts.sync.step() ? 0 : IDLE_STEP_MS;
      if (!isAtRest(model)) return restMs;
      parts.tidyUp();
      if (!parts.mustRestart()) return restMs;
      // The answer to what brought the settings.
      parts.sync.step();
      return RESTART;
    },
  };
}
