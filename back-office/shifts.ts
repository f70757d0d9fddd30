/** Shifts: what pads said when one was closed, beside what the records themselves come to. */
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";
import type { Database } from "./database";
import type { ClosedShift } from "./journal-records";
import { SHIFT_FIGURES, type ShiftFigures } from "./shift-figures";

export interface ShiftReport extends ClosedShift {
  terminal: number;
  epoch: number;
  sequence: number;
  /** Of the records between the close before and this one. */
  computed: ShiftFigures;
  /** Names of figures in which the two differ; empty when all is well. */
  differences: (keyof ShiftFigures)[];
}

interface ShiftRow {
  terminal: number;
  epoch: number;
  sequence: number;
  number: number;
  staff: number;
  unix_seconds: number;
  figures: string;
}

interface TapRow {
  kind: number;
  outcome: number;
  gross_rial: number;
  used_rial: number;
  earned_rial: number;
  payable_rial: number;
  voided_rial: number | null;
}

/** Keeps a closed shift; returns what is worth an alarm, "" when the records say the same. */
export function addShift(
  database: Database,
  terminal: number,
  epoch: number,
  sequence: number,
  { number, staff, unixSeconds, figures }: ClosedShift,
): string {
  database.run(
    "INSERT INTO shifts VALUES (?, ?, ?, ?, ?, ?, ?)",
    ...[terminal, epoch, sequence, number, staff, unixSeconds, JSON.stringify(figures)],
  );
  const report = shiftReports(database, { terminal, epoch, sequence })[0];
  if (report.differences.length === 0) return "";
  const parts = report.differences.map((name) => {
    return `${name} ${report.figures[name]}, by its records ${report.computed[name]}`;
  });
  return `shift ${number} does not add up: ${parts.join("; ")}`;
}

/** All shifts that were closed, or one; oldest first by pad. */
export function shiftReports(
  database: Database,
  only?: { terminal: number; epoch: number; sequence: number },
): ShiftReport[] {
  const rows = database.all<ShiftRow>("SELECT * FROM shifts ORDER BY terminal, epoch, sequence");
  const reports: ShiftReport[] = [];
  rows.forEach((row, index) => {
    const { terminal, epoch, sequence, number, staff } = row;
    const isWanted =
      only === undefined ||
      (only.terminal === terminal && only.epoch === epoch && only.sequence === sequence);
    if (!isWanted) return;
    const before = rows[index - 1];
    const isSamePad = before?.terminal === terminal && before.epoch === epoch;
    const computed = computedFigures(database, row, isSamePad ? before.sequence : 0);
    const figures = JSON.parse(row.figures) as ShiftFigures;
    const differences = SHIFT_FIGURES.filter((name) => figures[name] !== computed[name]);
    const place = { terminal, epoch, sequence, number, staff, unixSeconds: row.unix_seconds };
    reports.push({ ...place, figures, computed, differences });
  });
  return reports;
}

/** As the pad counts: what it finished itself, and what it gave up in doubt. */
function computedFigures(
  database: Database,
  { terminal, epoch, sequence }: ShiftRow,
  after: number,
): ShiftFigures {
  const figures = Object.fromEntries(SHIFT_FIGURES.map((name) => [name, 0])) as ShiftFigures;
  const rows = database.all<TapRow>(
    `SELECT t.kind, t.outcome, t.gross_rial, t.used_rial, t.earned_rial, t.payable_rial,
       (SELECT payable_rial FROM transactions v WHERE v.terminal = t.terminal
         AND v.epoch = t.epoch AND v.sequence = t.reference AND v.kind IN (?, ?)) AS voided_rial
     FROM transactions t WHERE t.terminal = ? AND t.epoch = ? AND t.sequence > ?
       AND t.sequence < ? AND t.outcome IS NOT NULL`,
    ...[TapKind.Sale, TapKind.GiftLoad, terminal, epoch, after, sequence],
  );
  for (const row of rows) {
    if (row.outcome === JournalType.InDoubt) figures.inDoubt++;
    if (row.outcome === JournalType.Commit) addTap(figures, row);
  }
  return figures;
}

function addTap(figures: ShiftFigures, row: TapRow): void {
  if (row.kind === TapKind.Sale) {
    figures.sales++;
    figures.salesRial += row.gross_rial;
    figures.usedRial += row.used_rial;
    figures.earnedRial += row.earned_rial;
    figures.paidInRial += row.payable_rial;
  } else if (row.kind === TapKind.Refund) {
    figures.returns++;
    figures.returnsRial += row.gross_rial;
    figures.paidOutRial += row.payable_rial;
  } else if (row.kind === TapKind.GiftLoad) {
    figures.loads++;
    figures.loadsRial += row.gross_rial;
    figures.paidInRial += row.gross_rial;
  } else if (row.kind === TapKind.Grant) {
    figures.grants++;
    figures.grantsRial += row.gross_rial;
  } else if (row.kind === TapKind.Void) {
    figures.voids++;
    figures.paidOutRial += row.voided_rial ?? 0;
  }
}
