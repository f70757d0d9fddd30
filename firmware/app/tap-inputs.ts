/** What a tap is evaluated with: the request, the time, and what kinds of tap need beside them. */
import { type Bytes, getUint, newBytes } from "../../card-layout/bytes";
import { COUNTER_START } from "../../card-layout/geometry";
import { IdentityField } from "../../card-layout/identity";
import { lazily } from "../../card-layout/lazily";
import { type CardState, emptyState, StateField, StateFlag } from "../../card-layout/state";
import { isContentFault, Status } from "../../card-layout/status";
import {
  type CardPatch,
  createPatch,
  decodePatch,
  PATCH_BYTES,
  PatchField,
} from "../core/card-patch";
import { type Decision, DecisionField, Outcome, type Purchase, TapKind } from "../core/evaluate";
import { IntentKey } from "../core/journal-entry";
import { Header } from "../core/ruleset-format";
import type { Clock } from "../hal/clock";
import { REPEAT_GUARD_SECONDS } from "../limits";
import type { Journal } from "../storage/journal";
import type { CardHistory } from "./card-history";
import type { CardOrders } from "./card-orders";
import type { CardSession } from "./card-session";
import { datePurchase } from "./date-purchase";
import type { Intents } from "./intents";
import type { Notes } from "./notes";
import { createOriginals, type Originals } from "./originals";
import { requestOf, type TapRequest } from "./tap-request";

export interface TapInputs {
  /** Before the card comes, adds what takes too long while somebody holds it there. */
  lookUp(request: TapRequest): TapRequest;
  /** What is to be done with the card of `base` first: an order of the office, or `wanted`. */
  next(wanted: TapRequest, base: CardState): TapRequest;
  /** Fills the purchase, as of now. */
  fill(request: TapRequest, base: CardState): void;
  /**
   * Brings what the purchase's kind needs: the original, the record before the one of `counter`,
   * the patches. Leaves the session's tag as it is. False: the card did not answer.
   */
  attach(base: CardState, counter: number): boolean;
  /** True when nothing is written: then what else is to be shown of the card has been read, too. */
  isOnlyRead(request: TapRequest): boolean;
  /** Puts into the decision why the pad itself does not do what the rules allow. */
  object(request: TapRequest, decision: Decision): void;
  /** Journals a return that the back office must settle, with the card at hand or without. */
  defer(request: TapRequest, isCardHere: boolean): Status;
}

/** Where the inputs come from. */
export interface InputSources {
  session: CardSession;
  intents: Intents;
  journal: Journal;
  notes: Notes;
  orders: CardOrders;
  /** Only on boards that show it. */
  history?: CardHistory;
}

export function createTapInputs(
  { session, intents, journal, notes, orders, history }: InputSources,
  clock: Clock,
  ruleset: Bytes,
  purchase: Purchase,
): TapInputs {
  const identity = session.identity;
  const validFromDay = getUint(ruleset, Header.ValidFromDay, 2);
  const hasBudget = getUint(ruleset, Header.PadBudgetRial, 5) > 0;

  function originals(): Originals {
    return lazily(createOriginals)(journal);
  }

  function isOurs({ originalTerminal }: TapRequest): boolean {
    return originalTerminal === 0 || originalTerminal === purchase.terminal;
  }

  function lookUp(request: TapRequest): TapRequest {
    const isFound = request.kind === TapKind.Refund && isOurs(request);
    request.returnedRial = isFound ? originals().returnedRial(request.reference) : 0;
    return request;
  }

  /** Those that follow on the card's last one, at most up to number `lastId`. */
  function patchesFor(base: CardState, lastId: number): CardPatch[] {
    const bytes = newBytes(PATCH_BYTES);
    const patches: CardPatch[] = [];
    let id = base[StateField.LastPatch] + 1;
    while (id <= lastId && orders.readPatch(identity[IdentityField.Serial], id, bytes)) {
      const patch = createPatch();
      const isFine =
        decodePatch(bytes, 0, patch) === Status.Ok &&
        patch[PatchField.CardNumber] === identity[IdentityField.CardNumber];
      if (!isFine) return patches;
      patches.push(patch);
      id++;
    }
    return patches;
  }

  function next(wanted: TapRequest, base: CardState): TapRequest {
    if (wanted.kind === TapKind.Balance) return wanted;
    const count = patchesFor(base, MAX_PATCH).length;
    if (count > 0) return requestOf(TapKind.Patch, 0, base[StateField.LastPatch] + count);
    const isBlocked = (base[StateField.Flags] & StateFlag.Blocked) !== 0;
    return !isBlocked &&
      orders.isBlocked(identity[IdentityField.Serial], identity[IdentityField.CardNumber])
      ? requestOf(TapKind.Block, 0, 0)
      : wanted;
  }

  function fillTime(): void {
    const unixSeconds = clock.unixSeconds();
    datePurchase(purchase, ruleset, unixSeconds);
    purchase.capRial = orders.capRial(unixSeconds);
  }

  function fill(request: TapRequest, base: CardState): void {
    const kind = request.kind;
    purchase.kind = kind;
    purchase.grossRial = request.grossRial;
    purchase.askedCreditRial = request.askedCreditRial;
    purchase.categories = request.categories;
    purchase.reference = request.reference;
    purchase.approver = request.approver;
    purchase.tillRequest = request.tillRequest;
    fillTime();
    purchase.sequence = intents.nextSequence();
    purchase.padGivenRial = hasBudget && kind === TapKind.Sale ? intents.given(purchase.day) : 0;
    purchase.returnedRial = request.returnedRial;
    if (kind === TapKind.Refund && !isOurs(request)) purchase.reference = 0;
    if (kind === TapKind.Void) {
      const isLastOurs = base[StateField.LastTerminal] === purchase.terminal;
      purchase.reference = isLastOurs ? base[StateField.LastSequence] : 0;
    }
  }

  function attach(base: CardState, counter: number): boolean {
    const kind = purchase.kind;
    const isReturn = kind === TapKind.Refund || kind === TapKind.Void;
    purchase.original = isReturn ? originals().find(purchase.reference) : undefined;
    purchase.preImage = undefined;
    purchase.patches = undefined;
    // An attempt begun before more of them came takes as many as it had.
    if (kind === TapKind.Patch) purchase.patches = patchesFor(base, purchase.reference);
    if (kind !== TapKind.Void || counter >= COUNTER_START) return true;
    const tag = session.tag;
    const image = emptyState();
    const isRead = session.readRecord(counter + 2, image);
    if (isRead && session.tag === base[StateField.BaseTag]) purchase.preImage = image;
    session.tag = tag;
    return isRead || isContentFault(session.status);
  }

  function isOnlyRead({ kind }: TapRequest): boolean {
    if (history !== undefined && kind === TapKind.Balance) history.read(session);
    return kind === TapKind.Balance || kind === TapKind.Staff;
  }

  function object(request: TapRequest, decision: Decision): void {
    if (purchase.day < validFromDay && request.kind !== TapKind.Balance)
      decision[DecisionField.Outcome] = Outcome.ClockSuspect;
    if (!request.mayRepeat && decision[DecisionField.Outcome] === Outcome.Ok && isRepeated(request))
      decision[DecisionField.Outcome] = Outcome.Repeated;
  }

  /** The attempt done last was just this sale with this card, a moment ago. */
  function isRepeated(request: TapRequest): boolean {
    const values = intents.open.values;
    return (
      intents.isNewestDone() &&
      intents.isOf(session.card) &&
      values[IntentKey.Kind] === request.kind &&
      values[IntentKey.GrossRial] === request.grossRial &&
      values[IntentKey.UsedRial] === request.askedCreditRial &&
      clock.unixSeconds() - values[IntentKey.UnixSeconds] < REPEAT_GUARD_SECONDS
    );
  }

  function defer(request: TapRequest, isCardHere: boolean): Status {
    const card = isCardHere ? session : undefined;
    fillTime();
    return notes.deferRefund(request, purchase, card);
  }

  return { lookUp, next, fill, attach, isOnlyRead, object, defer };
}

/** The largest number that a card holds. */
const MAX_PATCH = 0xffff;
