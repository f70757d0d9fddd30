/** Credit that supervisors granted at the pads, by supervisor and business day. */
import { TapKind } from "../../firmware/core/evaluate";
import type { Database } from "../database";

export interface GrantRow {
  day: number;
  /** Serial of the supervisor's card. */
  approver: number;
  /** As the card was issued; "" when it was not issued here. */
  name: string;
  count: number;
  amountRial: number;
  /** Reason codes, as typed, each once. */
  reasons: number[];
  isOver: boolean;
}

/** Without grants that were undone. `perDayRial`: the most for one supervisor and day; 0 = none. */
export function grantRows(database: Database, perDayRial: number): GrantRow[] {
  const rows = database.all<Omit<GrantRow, "isOver" | "reasons"> & { reasons: string }>(
    `SELECT day, approver, coalesce((SELECT name FROM staff WHERE serial = approver), '') AS name,
       count(*) AS count, sum(gross_rial) AS amountRial, group_concat(DISTINCT reference) AS reasons
     FROM transactions t WHERE kind = ${TapKind.Grant} AND status = 'committed'
       AND NOT EXISTS (SELECT 1 FROM transactions v WHERE v.kind = ${TapKind.Void}
         AND v.status = 'committed' AND v.terminal = t.terminal AND v.epoch = t.epoch
         AND v.reference = t.sequence)
     GROUP BY day, approver ORDER BY day, approver`,
  );
  return rows.map((row) => ({
    ...row,
    reasons: String(row.reasons).split(",").map(Number),
    isOver: perDayRial > 0 && row.amountRial > perDayRial,
  }));
}
