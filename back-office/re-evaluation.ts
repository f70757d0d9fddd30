/**
 * The back office's own computation of what a pad did: the same rules on the same card state must
 * give the same figures and, once sealed, the very bytes whose tag the pad journaled. So a pad that
 * computes wrongly is found, and the state of every card is known without seeing the card.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import type { Bytes } from "../card-layout/bytes";
import { COUNTER_START, slotOfCounter } from "../card-layout/geometry";
import { CardKind, emptyIdentity, type Identity, openIdentity } from "../card-layout/identity";
import { deriveSealKey } from "../card-layout/keys";
import type { SealPlace } from "../card-layout/seal";
import { createSivKey, type SivKey } from "../card-layout/siv";
import {
  BASE_TAG_BYTES,
  type CardState,
  copyState,
  DAY_NEVER,
  emptyState,
  openState,
  SEALED_STATE_BYTES,
  sealState,
} from "../card-layout/state";
import { Status } from "../card-layout/status";
import { createDecision, evaluateTap, Outcome, TapKind } from "../firmware/core/evaluate";
import { type Intent, toHex } from "./journal-records";
import type { ClubKeys } from "./keys";

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

interface EpochKey {
  keyEpoch: number;
  sealKey: SivKey;
}

const UID_BYTES = 7;

/** Opens and seals the records of one chip, in the key epochs that the key file holds. */
export class CardSeals {
  private readonly epochs: EpochKey[] = [];
  private readonly place: SealPlace;

  /** `uid` is 4 or 7 bytes in hex. */
  constructor(
    private readonly aes: AesEngine,
    keys: ClubKeys,
    uid: string,
  ) {
    const { clubId, keyEpoch } = keys;
    const uidBytes = new Uint8Array(UID_BYTES);
    uidBytes.set(Buffer.from(uid, "hex"));
    const uidLengthBytes = uid.length / 2;
    this.place = { uid: uidBytes, uidLengthBytes, clubId, counter: 0, keyEpoch };
    const prepare = (master: Bytes, epoch: number) => {
      const sealKey = createSivKey();
      deriveSealKey(aes, master, uidBytes, uidLengthBytes, clubId, epoch, sealKey);
      this.epochs.push({ keyEpoch: epoch, sealKey });
    };
    prepare(keys.sealMaster, keyEpoch);
    if (keys.previousSealMaster !== undefined) prepare(keys.previousSealMaster, keyEpoch - 1);
  }

  openState(sealed: Uint8Array, counter: number): CardState | undefined {
    const state = emptyState();
    const slot = slotOfCounter(counter);
    this.place.counter = counter;
    for (const { keyEpoch, sealKey } of this.epochs) {
      this.place.keyEpoch = keyEpoch;
      const status = openState(this.aes, sealKey, this.place, slot, sealed, 0, state);
      if (status === Status.Ok) return state;
    }
    return undefined;
  }

  openIdentity(sealed: Uint8Array): Identity | undefined {
    const identity = emptyIdentity();
    for (const { keyEpoch, sealKey } of this.epochs) {
      this.place.keyEpoch = keyEpoch;
      const status = openIdentity(this.aes, sealKey, this.place, sealed, 0, identity);
      if (status === Status.Ok) return identity;
    }
    return undefined;
  }

  /** The sealed record whose tag is `tag`, in whichever epoch; undefined when none is. */
  sealAs(state: CardState, counter: number, tag: string): Uint8Array | undefined {
    this.place.counter = counter;
    for (const { keyEpoch, sealKey } of this.epochs) {
      const sealed = new Uint8Array(SEALED_STATE_BYTES);
      this.place.keyEpoch = keyEpoch;
      const slot = slotOfCounter(counter);
      const status = sealState(this.aes, sealKey, this.place, slot, state, sealed, 0);
      if (status === Status.Ok && tagOf(sealed) === tag) return sealed;
    }
    return undefined;
  }

  /** The record of a card as issued, when its tag shows that it was issued empty. */
  sealedWhenIssued(tag: string): Uint8Array | undefined {
    return this.sealAs(emptyState(), COUNTER_START, tag);
  }
}

/** First 5 bytes of a sealed record, in hex: its name in journals and in the next record. */
export function tagOf(sealed: Uint8Array): string {
  return toHex(sealed, BASE_TAG_BYTES);
}

/** Computes one intent again. */
export function evaluateAgain(seals: CardSeals, input: EvaluationInput): Evaluation {
  const { intent } = input;
  const base = seals.openState(input.sealedBase, intent.counter);
  const known = input.sealedIdentity && seals.openIdentity(input.sealedIdentity);
  if (base === undefined) return { kind: "unknown" };
  const after = emptyState();
  const decision = createDecision();
  copyState(base, after);
  if (intent.kind !== TapKind.Abandon) {
    const identity = known ?? likelyIdentity(intent);
    evaluateTap(input.ruleset, base, identity, purchaseOf(input), after, decision);
  }
  Buffer.from(intent.baseTag, "hex").forEach((byte, index) => {
    after.baseTag[index] = byte;
  });
  const sealedAfter = seals.sealAs(after, intent.counter - 2, intent.newTag);
  const { deferredRial } = decision;
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
function likelyIdentity(intent: Intent): Identity {
  const identity = emptyIdentity();
  identity.kind = CardKind.Member;
  identity.memberId = intent.member;
  identity.serial = intent.serial;
  identity.cardNumber = intent.cardNumber;
  identity.expiryDay = DAY_NEVER;
  return identity;
}

function differenceBetween(intent: Intent, decision: ReturnType<typeof createDecision>): string {
  if (decision.outcome !== Outcome.Ok) {
    return `by the rules the tap should have been refused (outcome ${decision.outcome})`;
  }
  const figures: [name: string, pad: number, here: number][] = [
    ["used", intent.usedRial, decision.usedRial],
    ["earned", intent.earnedRial, decision.earnedRial],
    ["expired", intent.expiredRial, decision.expiredRial],
    ["discount", intent.discountRial, decision.discountRial],
    ["balance", intent.balanceAfterRial, decision.balanceRial],
    ["points earned", intent.pointsEarned, decision.pointsEarned],
    ["points", intent.pointsAfter, decision.points],
  ];
  const different = figures.filter(([, pad, here]) => pad !== here);
  if (different.length === 0) return "the figures agree but the record on the card is another one";
  return different.map(([name, pad, here]) => `${name}: pad ${pad}, rules ${here}`).join("; ");
}
