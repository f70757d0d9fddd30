/** Staff cards, and what pads tell of those who hold them. */
import { PIN_TRIES, ShiftAction } from "../firmware/core/shift-record";
import type { Database } from "./database";
import type { StaffEvent } from "./journal-records";

export interface StaffCard {
  serial: number;
  /** 1..65535; journaled with every tap as its cashier. */
  number: number;
  role: "cashier" | "supervisor";
  name: string;
}

/** A staff card with what it was used for. */
export interface StaffRow extends StaffCard {
  isBlocked: number;
  /** Done taps while logged in, and approvals given. */
  taps: number;
  approvals: number;
  wrongPins: number;
  /** Unix time; null = never. */
  lastLogIn: number | null;
}

/** Keeps what a pad journaled; returns what is worth an alarm, "" for nothing. */
export function addStaffEvent(
  database: Database,
  terminal: number,
  epoch: number,
  sequence: number,
  { action, number, serial, unixSeconds, tries }: StaffEvent,
): string {
  database.run(
    "INSERT INTO staff_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[terminal, epoch, sequence, action, number, serial, unixSeconds, tries],
  );
  const isLocked = action === ShiftAction.WrongPin && tries >= PIN_TRIES;
  return isLocked ? `staff card ${serial}: ${tries} wrong PINs in a row` : "";
}

export function addStaffCard(database: Database, card: StaffCard): void {
  database.run(
    "INSERT INTO staff VALUES (?, ?, ?, ?)",
    ...[card.serial, card.number, card.role, card.name],
  );
}

/** By number, then serial. */
export function staffRows(database: Database): StaffRow[] {
  return database.all<StaffRow>(
    `SELECT staff.serial, staff.number, role, name,
       EXISTS (SELECT 1 FROM hot_cards WHERE hot_cards.serial = staff.serial) AS isBlocked,
       (SELECT count(*) FROM transactions t WHERE t.cashier = staff.number
         AND t.status = 'committed') AS taps,
       (SELECT count(*) FROM transactions t WHERE t.approver = staff.serial
         AND t.status = 'committed') AS approvals,
       (SELECT count(*) FROM staff_events e WHERE e.serial = staff.serial AND e.action = ?)
         AS wrongPins,
       (SELECT max(unix_seconds) FROM staff_events e WHERE e.serial = staff.serial
         AND e.action = ?) AS lastLogIn
     FROM staff ORDER BY staff.number, staff.serial`,
    ...[ShiftAction.WrongPin, ShiftAction.LogIn],
  );
}
