/** One transaction of a card while everything about the card is derived. */
import type { TransactionStatus } from "./card-chain";
import type { Intent } from "./journal-records";

/** A row of `transactions`, as far as it is needed here. */
export interface TransactionRow {
  terminal: number;
  epoch: number;
  sequence: number;
  outcome: number | null;
  status: TransactionStatus;
  is_unreleased: number;
  evaluation: "none" | "equal" | "differs";
  evaluation_detail: string;
  deferred_rial: number;
  shares: string;
  sealed_after: Uint8Array | null;
  /** A `TapOffers` as JSON; null while it is not known. */
  offers: string | null;
  intent: Intent;
}

/** Equal texts, equal rows: most of a card's past stays as it is. */
export function derivedPart(row: TransactionRow): string {
  const { status, is_unreleased, evaluation, evaluation_detail, deferred_rial, shares } = row;
  const isKnown = row.sealed_after !== null;
  const computed = [evaluation, evaluation_detail, deferred_rial, shares, isKnown, row.offers];
  return [status, is_unreleased, ...computed].join();
}

/** As before it was computed. */
export function clearEvaluation(row: TransactionRow): void {
  row.evaluation = "none";
  row.evaluation_detail = "";
  row.deferred_rial = 0;
  row.shares = "";
  row.sealed_after = null;
  row.offers = null;
}
