/**
 * The back office's own computation of what a pad did: the same rules on the same card state must
 * give the same figures and, once sealed, the very bytes whose tag the pad journaled. So a pad that
 * computes wrongly is found, and the state of every card is known without seeing the card.
 */
import { CardKind, emptyIdentity, type Identity } from "../card-layout/identity";
import { copyRecord } from "../card-layout/record";
import { DAY_NEVER, emptyState } from "../card-layout/state";
import {
  createDecision,
  DecisionField,
  evaluateTap,
  Outcome,
  TapKind,
} from "../firmware/core/evaluate";
import type { CardSeals } from "./card-seals";
import { fillIdentity, setBaseTag, UNKNOWN_BIRTH } from "./card-views";
import type { Intent } from "./journal-records";

/** What is known around one committed intent. */
export interface EvaluationInput {
  terminal: number;
  sequence: number;
  issuer: number;
  intent: Intent;
  /** Sealed record that the intent started from. */
  sealedBase: Uint8Array;
  /** As issued; undefined for a card that was issued elsewhere. */
  sealedIdentity: Uint8Array | undefined;
  ruleset: Uint8Array;
}

export type Evaluation =
  | { kind: "equal"; sealedAfter: Uint8Array; deferredRial: number }
  | { kind: "differs"; detail: string }
  /** The identity is not known here and would be needed to tell. */
  | { kind: "unknown" };

/** Computes one intent again. */
export function evaluateAgain(seals: CardSeals, input: EvaluationInput): Evaluation {
  const { intent } = input;
  const base = seals.openState(input.sealedBase, 0, intent.counter);
  const known = input.sealedIdentity && seals.openIdentity(input.sealedIdentity, 0);
  if (base === undefined) return { kind: "unknown" };
  const after = emptyState();
  const decision = createDecision();
  copyRecord(base, after);
  if (intent.kind !== TapKind.Abandon) {
    const identity = known ?? likelyIdentity(intent, seals.clubId());
    evaluateTap(input.ruleset, base, identity, purchaseOf(input), after, decision);
  }
  setBaseTag(after, intent.baseTag);
  const sealedAfter = seals.sealAs(after, intent.counter - 2, intent.newTag);
  const deferredRial = decision[DecisionField.DeferredRial];
  if (sealedAfter !== undefined) return { kind: "equal", sealedAfter, deferredRial };
  if (known === undefined) return { kind: "unknown" };
  return { kind: "differs", detail: differenceBetween(intent, decision) };
}

function purchaseOf({ intent, terminal, sequence, issuer }: EvaluationInput) {
  return {
    kind: intent.kind,
    grossRial: intent.grossRial,
    askedCreditRial: intent.askedRial,
    day: intent.day,
    minute: intent.minute,
    terminal,
    sequence,
    issuer,
  };
}

/** Good for a plain member without a birth date; the tag tells whether it was right. */
function likelyIdentity(intent: Intent, clubId: number): Identity {
  const identity = emptyIdentity();
  fillIdentity(identity, clubId, {
    kind: CardKind.Member,
    memberId: intent.member,
    serial: intent.serial,
    cardNumber: intent.cardNumber,
    issueDay: 0,
    expiryDay: DAY_NEVER,
    ...UNKNOWN_BIRTH,
  });
  return identity;
}

function differenceBetween(intent: Intent, decision: ReturnType<typeof createDecision>): string {
  if (decision[DecisionField.Outcome] !== Outcome.Ok) {
    const outcome = decision[DecisionField.Outcome];
    return `by the rules the tap should have been refused (outcome ${outcome})`;
  }
  const figures: [name: string, pad: number, here: number][] = [
    ["used", intent.usedRial, decision[DecisionField.UsedRial]],
    ["earned", intent.earnedRial, decision[DecisionField.EarnedRial]],
    ["expired", intent.expiredRial, decision[DecisionField.ExpiredRial]],
    ["discount", intent.discountRial, decision[DecisionField.DiscountRial]],
    ["balance", intent.balanceAfterRial, decision[DecisionField.BalanceRial]],
    ["points earned", intent.pointsEarned, decision[DecisionField.PointsEarned]],
    ["points", intent.pointsAfter, decision[DecisionField.Points]],
  ];
  const different = figures.filter(([, pad, here]) => pad !== here);
  if (different.length === 0) return "the figures agree but the record on the card is another one";
  return different.map(([name, pad, here]) => `${name}: pad ${pad}, rules ${here}`).join("; ");
}
