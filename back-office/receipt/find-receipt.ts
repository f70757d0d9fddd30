/** A receipt once more, from a pad's records: figures and each expiry as they were. */
import type { AesEngine } from "../../card-layout/aes-engine";
import { getUint } from "../../card-layout/bytes";
import { Header } from "../../firmware/core/ruleset-format";
import { CardSeals } from "../card-seals";
import { viewState } from "../card-views";
import type { Database, SqlRow } from "../database";
import type { ClubKeys } from "../keys";
import { UserError } from "../user-error";
import type { Receipt } from "./receipt-rows";

/**
 * Of record `record` of the terminal's newest journal that has it.
 * @throws UserError when there is none, or none that was done
 */
export function findReceipt(
  database: Database,
  aes: AesEngine,
  keys: ClubKeys,
  terminal: number,
  record: number,
): Receipt {
  const [row] = database.all(
    `SELECT * FROM transactions WHERE terminal = ? AND sequence = ? ORDER BY epoch DESC LIMIT 1`,
    terminal,
    record,
  );
  if (row === undefined) {
    const advice = `fetch the pad's journal ("clubpad pull") and look at the number on the receipt`;
    throw new UserError(`terminal ${terminal} has no record ${record}: ${advice}`);
  }
  if (row.status !== "committed") {
    throw new UserError(`record ${record} of terminal ${terminal} was not done (${row.status})`);
  }
  return {
    ...figuresOf(row),
    ...placeOf(row),
    lots: lotsOf(row, aes, keys),
    ...unitOf(database, row),
  };
}

function figuresOf(row: SqlRow) {
  const of = (name: string) => Number(row[name]);
  const gained = of("earned_rial") - of("debt_paid_rial") + of("restored_rial");
  const taken = of("clawed_rial") - of("debt_added_rial") + of("used_rial") + of("expired_rial");
  return {
    grossRial: of("gross_rial"),
    usedRial: of("used_rial"),
    earnedRial: of("earned_rial"),
    expiredRial: of("expired_rial"),
    discountRial: of("discount_rial"),
    restoredRial: of("restored_rial"),
    clawedRial: of("clawed_rial"),
    payableRial: of("payable_rial"),
    oldRial: of("balance_after_rial") - gained + taken,
    balanceRial: of("balance_after_rial"),
    pointsEarned: of("points_earned"),
    pointsUsed: of("points_used"),
    points: of("points_after"),
  };
}

function placeOf(row: SqlRow) {
  const of = (name: string) => Number(row[name]);
  return {
    shop: "",
    isCopy: true,
    terminal: of("terminal"),
    record: of("sequence"),
    member: of("member"),
    cashier: of("cashier"),
    kind: of("kind"),
    day: of("day"),
    minute: of("minute"),
  };
}

/** Out of the card's record as it was written then; what ends first comes first. */
function lotsOf(row: SqlRow, aes: AesEngine, keys: ClubKeys): Receipt["lots"] {
  const sealed = row.sealed_after;
  if (!(sealed instanceof Uint8Array)) return undefined;
  const seals = new CardSeals(aes, keys, String(row.uid));
  const state = seals.openState(sealed, 0, Number(row.counter) - 2);
  if (state === undefined) return undefined;
  return viewState(state).lots.sort((a, b) => a.untilDay - b.untilDay || a.fromDay - b.fromDay);
}

function unitOf(database: Database, row: SqlRow): { unitRial: number } {
  const [ruleset] = database.all(
    "SELECT bytes FROM rulesets WHERE version = ?",
    row.ruleset_version,
  );
  const bytes = ruleset?.bytes;
  const isKnown = bytes instanceof Uint8Array;
  return { unitRial: isKnown ? Math.max(getUint(bytes, Header.DisplayDivisor, 2), 1) : 1 };
}
