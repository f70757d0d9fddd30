/**
 * Card patches as the back office holds them: each serial's are numbered from 1 without a gap, are
 * never changed, and count when a journal says that the card took them in.
 */
import { StateFlag } from "../card-layout/state";
import { Status } from "../card-layout/status";
import {
  type CardPatch,
  createPatch,
  decodePatch,
  encodePatch,
  PATCH_BYTES,
  PatchField,
  PatchKind,
} from "../firmware/core/card-patch";
import { TapKind } from "../firmware/core/evaluate";
import type { Database } from "./database";
import { formatDay } from "./dates";
import { metaValue, setMetaValue } from "./meta";
import { UserError } from "./user-error";

export interface PatchOrder {
  serial: number;
  cardNumber: number;
  /** A `PatchKind`. */
  kind: number;
  /** Rial, points, bits or a group: as the kind says. */
  argument: number;
  fromDay?: number;
  untilDay?: number;
  issuer?: number;
  lotKind?: number;
  /** Who ordered it and why, for people. */
  reason: string;
}

interface PatchRow {
  serial: number;
  id: number;
  card_number: number;
  content: Uint8Array;
}

const LAST_ID = 0xffff;
/** The number of the last patch that a journal says the serial's card has taken in. */
const LAST_TAKEN = `(SELECT max(reference) FROM transactions
  WHERE transactions.serial = patches.serial AND kind = ${TapKind.Patch} AND status = 'committed')`;

/** Orders a patch; returns its number. Refuses what no card could carry out. */
export function orderPatch(database: Database, order: PatchOrder): number {
  return database.transaction(() => addPatch(database, order));
}

/** As `orderPatch`, inside a transaction of the caller. */
export function addPatch(database: Database, order: PatchOrder): number {
  const sql = "SELECT max(id) AS id FROM patches WHERE serial = ?";
  const last = database.get<{ id: number | null }>(sql, order.serial)?.id ?? 0;
  if (last === LAST_ID) throw new UserError(`card ${order.serial} has had all its patches`);
  const patch = createPatch();
  patch[PatchField.Serial] = order.serial;
  patch[PatchField.CardNumber] = order.cardNumber;
  patch[PatchField.Id] = last + 1;
  patch[PatchField.Kind] = order.kind;
  patch[PatchField.Argument] = order.argument;
  patch[PatchField.FromDay] = order.fromDay ?? 0;
  patch[PatchField.UntilDay] = order.untilDay ?? 0;
  patch[PatchField.Issuer] = order.issuer ?? 0;
  patch[PatchField.LotKind] = order.lotKind ?? 0;
  const content = new Uint8Array(PATCH_BYTES);
  if (encodePatch(patch, content, 0) !== Status.Ok) {
    throw new UserError("no card could carry this patch out: check amount, days and shop");
  }
  database.run(
    "INSERT INTO patches VALUES (?, ?, ?, ?, ?)",
    ...[order.serial, last + 1, order.cardNumber, content, order.reason],
  );
  return last + 1;
}

/** Patches `firstId` to `lastId` of a serial; undefined when one of them is missing. */
export function patchesOf(
  database: Database,
  serial: number,
  firstId: number,
  lastId: number,
): CardPatch[] | undefined {
  const rows = database.all<PatchRow>(
    "SELECT * FROM patches WHERE serial = ? AND id BETWEEN ? AND ? ORDER BY id",
    ...[serial, firstId, lastId],
  );
  return rows.length === lastId - firstId + 1 ? rows.map(toPatch) : undefined;
}

/** Patches that no journal says any card of the serial has taken in, in the order of the lists. */
export function waitingPatches(database: Database): Uint8Array[] {
  return database
    .all<PatchRow>(
      `SELECT * FROM patches WHERE id > coalesce(${LAST_TAKEN}, 0) ORDER BY serial, id`,
    )
    .map(({ content }) => content);
}

/** A patch for people. */
export interface ListedPatch {
  serial: number;
  cardNumber: number;
  id: number;
  /** What it does. */
  text: string;
  reason: string;
  /** A journal says that the card took it in. */
  isTaken: boolean;
}

export function listPatches(database: Database): ListedPatch[] {
  const rows = database.all<PatchRow & { reason: string; is_taken: number }>(
    `SELECT *, id <= coalesce(${LAST_TAKEN}, 0) AS is_taken FROM patches ORDER BY serial, id`,
  );
  return rows.map((row) => ({
    serial: row.serial,
    cardNumber: row.card_number,
    id: row.id,
    text: patchText(toPatch(row)),
    reason: row.reason,
    isTaken: row.is_taken > 0,
  }));
}

/**
 * Takes a serial's last patch back and returns its number. Refused once lists were made that had
 * it: then a card may take it at any time.
 */
export function cancelPatch(database: Database, serial: number): number {
  return database.transaction(() => {
    const sql = "SELECT max(id) AS id FROM patches WHERE serial = ?";
    const last = database.get<{ id: number | null }>(sql, serial)?.id ?? 0;
    const listed = metaValue(database, listedName(serial)) ?? 0;
    if (last === 0) throw new UserError(`card ${serial} has no patches`);
    if (last <= listed) {
      throw new UserError(`patch ${last} of card ${serial} is at a pad; order another one instead`);
    }
    if (database.get("SELECT id FROM refund_patches WHERE serial = ? AND id = ?", serial, last)) {
      const text = `patch ${last} of card ${serial} settles a return`;
      throw new UserError(`${text}; order another one against it instead`);
    }
    database.run("DELETE FROM patches WHERE serial = ? AND id = ?", serial, last);
    return last;
  });
}

/** Notes that the patches that wait now are on their way to a pad. */
export function noteListed(database: Database): void {
  for (const { serial, id } of database.all<{ serial: number; id: number }>(
    "SELECT serial, max(id) AS id FROM patches GROUP BY serial",
  )) {
    setMetaValue(database, listedName(serial), id);
  }
}

function listedName(serial: number): string {
  return `patches.listed.${serial}`;
}

function patchText(patch: CardPatch): string {
  const argument = patch[PatchField.Argument];
  const texts: Record<number, string> = {
    [PatchKind.Grant]: `grants ${argument} rial until ${formatDay(patch[PatchField.UntilDay])}`,
    [PatchKind.Claw]: `takes back ${argument} rial`,
    [PatchKind.WriteOff]: `forgives ${argument} rial of debt`,
    [PatchKind.AddPoints]: `gives ${argument} points`,
    [PatchKind.TakePoints]: `takes ${argument} points`,
    [PatchKind.Offer]: `gives offers ${offersOf(argument)}`,
    [PatchKind.ClearOffer]: `takes offers ${offersOf(argument)}`,
    [PatchKind.SetFlags]: `sets ${flagsOf(argument)}`,
    [PatchKind.ClearFlags]: `clears ${flagsOf(argument)}`,
    [PatchKind.Group]: `puts into group ${argument}`,
  };
  return texts[patch[PatchField.Kind]] ?? `kind ${patch[PatchField.Kind]}`;
}

function offersOf(bits: number): string {
  const numbers = Array.from({ length: 16 }, (_, i) => i + 1);
  return numbers.filter((number) => (bits >> (number - 1)) & 1).join(", ");
}

function flagsOf(bits: number): string {
  const names: [number, string][] = [
    [StateFlag.Blocked, "blocked"],
    [StateFlag.Pending, "pending"],
    [StateFlag.EarnOnly, "earn only"],
  ];
  return names.flatMap(([bit, name]) => (bits & bit ? [name] : [])).join(", ");
}

function toPatch({ content }: PatchRow): CardPatch {
  const patch = createPatch();
  decodePatch(content, 0, patch);
  return patch;
}
