/**
 * Card patches as the back office holds them: each serial's are numbered from 1 without a gap, are
 * never changed, and count when a journal says that the card took them in.
 */
import { Status } from "../card-layout/status";
import {
  type CardPatch,
  createPatch,
  decodePatch,
  encodePatch,
  PATCH_BYTES,
  PatchField,
} from "../firmware/core/card-patch";
import { TapKind } from "../firmware/core/evaluate";
import type { Database } from "./database";
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
      `SELECT * FROM patches WHERE id > coalesce((
         SELECT max(reference) FROM transactions
         WHERE transactions.serial = patches.serial AND kind = ${TapKind.Patch}
           AND status = 'committed'), 0)
       ORDER BY serial, id`,
    )
    .map(({ content }) => content);
}

function toPatch({ content }: PatchRow): CardPatch {
  const patch = createPatch();
  decodePatch(content, 0, patch);
  return patch;
}
