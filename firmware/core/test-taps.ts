/** Taps for tests: a ruleset in a few lines, a member's state, and what holds after every tap. */
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { CardKind } from "../../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  emptyState,
  encodeState,
  STATE_BYTES,
  StateFlag,
} from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import {
  identityOf,
  type NamedIdentity,
  type NamedState,
  setLot,
  stateOf,
} from "../../card-layout/testing/named-records";
import {
  createDecision,
  createPurchase,
  type Decision,
  DecisionField,
  evaluateTap,
  Outcome,
  PartField,
  type Purchase,
  TapKind,
} from "./evaluate";

export const DAY = 2300;
const HEAD = "club: 1\nversion: 1\nvalidFrom: 1404-01-01\n";
export const CREDIT = "credit: {fromDays: 1, until: 90 days, toMonthEnd: yes}\n";
export const TENTH = "rules: [{id: 1, name: a tenth, phase: earn, order: 1, give: 10 %}]\n";

export interface Tap {
  outcome: Outcome;
  decision: Decision;
  after: CardState;
}

export function compile(...parts: string[]): Uint8Array {
  return compileRuleset([HEAD, ...parts].join(""), "test.yaml").bytes;
}

export function memberState(changes: Partial<NamedState> = {}): CardState {
  return stateOf({ flags: StateFlag.Enrolled, group: 1, ...changes });
}

/** Credit of shop 1, usable from day 1 on for ever unless told. */
export function withCredit(state: CardState, amountRial: number, untilDay = DAY_NEVER): CardState {
  setLot(state, 0, { amountRial, fromDay: 1, untilDay, issuer: 1, kind: 0 });
  return state;
}

/** A purchase as vectors write it: categories in two lists, of which the rest is 0. */
export type NamedPurchase = Partial<Purchase> & {
  categoryAmountRial?: number[];
  categoryQuantity?: number[];
};

export function sale({
  categoryAmountRial,
  categoryQuantity,
  ...changes
}: NamedPurchase = {}): Purchase {
  if (categoryAmountRial !== undefined || categoryQuantity !== undefined) {
    const padded = (list: number[] = []) => Array.from({ length: 16 }, (_, i) => list[i] ?? 0);
    changes.categories = [...padded(categoryQuantity), ...padded(categoryAmountRial)];
  }
  const now = { kind: TapKind.Sale, day: DAY, minute: 600, sequence: 77 };
  return { ...createPurchase(3, 1), ...now, ...changes };
}

/** Evaluates one tap and checks what holds for every tap. */
export function tap(
  ruleset: Uint8Array,
  state: CardState,
  purchase: NamedPurchase,
  who: Partial<NamedIdentity> = {},
): Tap {
  const identity = identityOf({ kind: CardKind.Member, expiryDay: DAY_NEVER, ...who });
  const before = structuredClone(state);
  const after = emptyState();
  after.fill(999);
  const decision = createDecision();
  decision.fill(9);
  evaluateTap(ruleset, state, identity, sale(purchase), after, decision);
  assert.equal(state, before, "the state before is only read");
  assert.is(
    encodeState(after, new Uint8Array(STATE_BYTES), 0),
    Status.Ok,
    "the state fits the card",
  );
  if (decision[DecisionField.Outcome] !== Outcome.Ok)
    assert.equal(after, state, "a refusal changes nothing");
  return { outcome: decision[DecisionField.Outcome], decision, after };
}

/** Pairs of issuer and rial, lot by lot. */
export function usedByIssuer(decision: Decision): [issuer: number, amountRial: number][] {
  const at = (part: number): number => DecisionField.Parts + PartField.Count * part;
  return Array.from({ length: decision[DecisionField.PartCount] }, (_, part) => [
    decision[at(part) + PartField.Issuer],
    decision[at(part) + PartField.AmountRial],
  ]);
}

export function fired(decision: Decision): number[] {
  return decision.slice(DecisionField.FiredRules).slice(0, decision[DecisionField.FiredCount]);
}
