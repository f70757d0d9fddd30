/**
 * The back office's own computation of what a pad did: the same rules on the same card state must
 * give the same figures and, once sealed, the very bytes whose tag the pad journaled. So a pad that
 * computes wrongly is found, and the state of every card is known without seeing the card.
 */
import { copyNumbers } from "../card-layout/bytes";
import { CardKind, emptyIdentity, type Identity } from "../card-layout/identity";
import { type CardState, DAY_NEVER, emptyState, LotField, StateField } from "../card-layout/state";
import type { CardPatch } from "../firmware/core/card-patch";
import {
  createDecision,
  createPurchase,
  DecisionField,
  evaluateTap,
  Outcome,
  type Purchase,
  TapKind,
} from "../firmware/core/evaluate";
import type { JournalEntry } from "../firmware/core/journal-entry";
import type { CardSeals } from "./card-seals";
import { fillIdentity, setBaseTag, UNKNOWN_BIRTH } from "./card-views";
import type { Intent } from "./journal-records";
import { type TapOffers, tapOffers } from "./offers/tap-offers";
import type { IssuerShares } from "./posting";

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
  surroundings: Surroundings;
}

/** What else the tap depended on, as far as the back office has it. */
export interface Surroundings {
  /** The payload of the intent that comes back or is undone. */
  original?: JournalEntry;
  /** The sealed record before the base, for a void. */
  sealedPreImage?: Uint8Array;
  patches?: CardPatch[];
}

export interface EqualEvaluation {
  kind: "equal";
  sealedAfter: Uint8Array;
  deferredRial: number;
  shares: IssuerShares;
  offers: TapOffers;
}

export type Evaluation =
  | EqualEvaluation
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
  copyNumbers(base, after);
  const identity = known ?? likelyIdentity(intent, seals.clubId());
  const preImage = openPreImage(seals, input);
  const purchase = { ...purchaseOf(input), ...input.surroundings, preImage };
  if (intent.kind !== TapKind.Abandon)
    evaluateTap(input.ruleset, base, identity, purchase, after, decision);
  const tap = { ruleset: input.ruleset, state: base, identity, purchase };
  const offers = tapOffers(tap, decision, after);
  const shares =
    intent.kind === TapKind.Patch
      ? sharesByPatch(base, identity, purchase, input)
      : sharesOf(base, after, input);
  setBaseTag(after, intent.baseTag);
  const sealedAfter = seals.sealAs(after, intent.counter - 2, intent.newTag);
  const deferredRial = decision[DecisionField.DeferredRial];
  if (sealedAfter !== undefined)
    return { kind: "equal", sealedAfter, deferredRial, shares, offers };
  if (known === undefined) return { kind: "unknown" };
  return { kind: "differs", detail: differenceBetween(intent, decision) };
}

function openPreImage(seals: CardSeals, { intent, surroundings }: EvaluationInput) {
  const { sealedPreImage } = surroundings;
  return sealedPreImage && seals.openState(sealedPreImage, 0, intent.counter + 2);
}

/**
 * Whose credit expired, was taken back or came by a patch. What an issuer's lots lost beyond what
 * the figures tell was one of these.
 */
function sharesOf(base: CardState, after: CardState, input: EvaluationInput): IssuerShares {
  const { intent, issuer } = input;
  const day = Math.max(intent.day, base[StateField.LastDay]);
  const expired = new Map<number, number>();
  const changes = new Map<number, number>();
  const add = (sums: Map<number, number>, whose: number, amountRial: number) => {
    if (amountRial !== 0) sums.set(whose, (sums.get(whose) ?? 0) + amountRial);
  };
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    const isOver = base[lot + LotField.UntilDay] < day && intent.kind !== TapKind.Void;
    if (isOver) add(expired, base[lot + LotField.Issuer], base[lot]);
    else add(changes, base[lot + LotField.Issuer], -base[lot]);
    add(changes, after[lot + LotField.Issuer], after[lot]);
  }
  const sign = intent.restoredRial > 0 ? -1 : 1;
  for (const part of intent.parts) add(changes, part.issuer, sign * part.amountRial);
  const earned = new Map<number, number>();
  const clawed = new Map<number, number>();
  if (intent.kind !== TapKind.Patch) add(earned, issuer, intent.earnedRial - intent.debtPaidRial);
  for (const [whose, rial] of changes) {
    const rest = rial - (earned.get(whose) ?? 0);
    if (intent.kind === TapKind.Patch && rest > 0) add(earned, whose, rest);
    else add(clawed, whose, -rest);
  }
  return { earned: [...earned], expired: [...expired], clawed: [...clawed] };
}

/** Each patch for itself: what one gives, the next may take from the same lot. */
function sharesByPatch(
  base: CardState,
  identity: Identity,
  purchase: Purchase,
  input: EvaluationInput,
): IssuerShares {
  const shares: Required<Pick<IssuerShares, "earned" | "expired" | "clawed">> = {
    earned: [],
    expired: [],
    clawed: [],
  };
  let before = base;
  for (const patch of purchase.patches ?? []) {
    const after = emptyState();
    const one = { ...purchase, patches: [patch] };
    evaluateTap(input.ruleset, before, identity, one, after, createDecision());
    const own = sharesOf(before, after, input);
    for (const line of ["earned", "expired", "clawed"] as const) addShares(shares[line], own[line]);
    before = after;
  }
  return shares;
}

function addShares(sums: [number, number][], shares: [number, number][] = []): void {
  for (const [issuer, rial] of shares) {
    const known = sums.find(([whose]) => whose === issuer);
    if (known === undefined) sums.push([issuer, rial]);
    else known[1] += rial;
  }
}

function purchaseOf({ intent, terminal, sequence, issuer }: EvaluationInput): Purchase {
  return {
    ...createPurchase(terminal, issuer),
    kind: intent.kind,
    grossRial: intent.grossRial,
    askedCreditRial: intent.askedRial,
    day: intent.day,
    minute: intent.minute,
    sequence,
    reference: intent.reference,
    approver: intent.approver,
    padGivenRial: intent.padGivenRial,
    returnedRial: intent.returnedRial,
    categories: intent.categories,
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
    ["restored", intent.restoredRial, decision[DecisionField.RestoredRial]],
    ["taken back", intent.clawedRial, decision[DecisionField.ClawedRial]],
    ["debt paid", intent.debtPaidRial, decision[DecisionField.DebtPaidRial]],
    ["debt added", intent.debtAddedRial, decision[DecisionField.DebtAddedRial]],
    ["points used", intent.pointsUsed, decision[DecisionField.PointsUsed]],
    ["discount", intent.discountRial, decision[DecisionField.DiscountRial]],
    ["balance", intent.balanceAfterRial, decision[DecisionField.BalanceRial]],
    ["points earned", intent.pointsEarned, decision[DecisionField.PointsEarned]],
    ["points", intent.pointsAfter, decision[DecisionField.Points]],
  ];
  const different = figures.filter(([, pad, here]) => pad !== here);
  if (different.length === 0) return "the figures agree but the record on the card is another one";
  return different.map(([name, pad, here]) => `${name}: pad ${pad}, rules ${here}`).join("; ");
}
