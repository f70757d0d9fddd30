/** What the cashier confirmed and the customer's card is awaited for. */
import type { CardState } from "../../card-layout/state";
import type { Status } from "../../card-layout/status";
import type { Decision, Purchase, TapKind } from "../core/evaluate";

export interface TapRequest {
  kind: TapKind;
  grossRial: number;
  askedCreditRial: number;
  /** Enrolment only: the member's mobile number as typed, "" when none was given. */
  mobile: string;
  /** Pieces per category 0..15, then the part of the bill per category; missing = none named. */
  categories?: number[];
  /** Refund: record number on the receipt, 0 = none; grant: the reason; reward: its number. */
  reference: number;
  /** Refund: terminal on the receipt; 0 = this pad. */
  originalTerminal: number;
  /** Of a return: what had come back before, rial; found by the tap itself. */
  returnedRial: number;
  /** Serial of the supervisor's card that approved; 0 = nobody. */
  approver: number;
  /** The till's number of this request; 0 = the cashier's own. */
  tillRequest: number;
  /** False: a sale that this card had a moment ago is asked about first. */
  mayRepeat: boolean;
}

/** A request of a kind that needs no more than this. */
export function requestOf(kind: TapKind, grossRial: number, reference: number): TapRequest {
  return {
    kind,
    grossRial,
    askedCreditRial: 0,
    mobile: "",
    reference,
    originalTerminal: 0,
    returnedRial: 0,
    approver: 0,
    tillRequest: 0,
    mayRepeat: true,
  };
}

/** How a tap stands. Everything after `Lost` is final; each has a screen of its own. */
export const enum TapOutcome {
  /** No card yet. */
  Waiting = 0,
  /** A card is being worked on; keep it there. */
  Working = 1,
  /** The card left before anything was changed; still waiting for it. */
  LeftEarly = 2,
  /** The card left after the attempt was journaled: only the same card may finish it. */
  Lost = 3,
  /** Another card than the one that must finish. Still waiting for the right one. */
  OtherCard = 4,
  /** Several cards answer. Still waiting. */
  TwoCards = 5,
  /** Done, durable on card and in the journal; for an inquiry: read. */
  Done = 6,
  /** The rules refuse; `decision.outcome` says why. Card unchanged. */
  Refused = 7,
  /** Never issued. */
  Blank = 8,
  /** Another club's card, or no MIFARE Classic 1K at all. */
  Foreign = 9,
  /** Its content does not open: worn out, torn beyond repair, or edited. */
  Damaged = 10,
  /** Counters or a tag that no honest terminal leaves: rollback, clone or magic card. */
  Manipulated = 11,
  /** The attempt of earlier came to nothing, because another terminal went on with the card. */
  Superseded = 12,
  /** Nobody here can tell whether the earlier attempt counts; the back office will. */
  InDoubt = 13,
  /** The journal has no room: send it to the back office first. Card untouched. */
  JournalFull = 14,
  /** The reader chip or the flash fails. Card untouched, or as after `Lost`. */
  Fault = 15,
  /** The sale is not in this pad's journal: the return is journaled, the back office settles it. */
  Deferred = 16,
}

/** One tap after the other, at one pad. */
export interface Tap {
  /** Arms for one card; while an attempt is open, for that one, whatever is wanted. */
  begin(request: TapRequest): void;
  /** Runs one phase. True when the next phase should follow at once. */
  step(): boolean;
  outcome(): TapOutcome;
  /** Gives up: an open attempt is journaled as aborted or in doubt. Nothing is armed afterwards. */
  cancel(): Status;
  /** True while an attempt is journaled and not closed: the pad must finish or cancel it first. */
  isOpen(): boolean;
  readonly decision: Decision;
  /** The card's state behind a tap that is done. */
  readonly after: CardState;
  /** What was done; after a restart it may be another kind than was armed. */
  readonly purchase: Purchase;
}
