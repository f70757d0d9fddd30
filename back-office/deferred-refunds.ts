/**
 * Returns that a pad could not settle because it did not have the sale. Once the journal with the
 * sale is here, the evaluator tells what the return gives back and takes away, and the card gets it
 * by patches: numbers of the sale, not of the card as it is now, which nobody here can see.
 */
import { CardKind, emptyIdentity, IdentityField } from "../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  emptyState,
  LotField,
  StateField,
  StateFlag,
} from "../card-layout/state";
import { PatchField, PatchKind } from "../firmware/core/card-patch";
import {
  createDecision,
  createPurchase,
  type Decision,
  DecisionField,
  evaluateTap,
  Outcome,
  TapKind,
} from "../firmware/core/evaluate";
import { IntentKey, type JournalEntry } from "../firmware/core/journal-entry";
import type { Database } from "./database";
import { entryOf } from "./journal-records";
import { addPatch, patchesOf } from "./patches";
import { UserError } from "./user-error";

/** A journal record, as `transactionName` writes it. */
export interface RecordId {
  terminal: number;
  epoch: number;
  sequence: number;
}

/** A return that a pad noted. Money in rial, days since 2020-01-01. */
export interface DeferredReturn extends RecordId {
  /** 0 without the card. */
  serial: number;
  day: number;
  grossRial: number;
  /** As typed from the receipt; 0 = not known. */
  saleTerminal: number;
  saleSequence: number;
  /** The sale that it was settled by; undefined while it waits. */
  settledBy: RecordId | undefined;
  /** Patches that were ordered for it. */
  patchIds: number[];
}

export interface SettleOrder {
  /** The record in which the pad noted the return. */
  record: RecordId;
  /** The sale, where the receipt's number was not typed or mistyped. */
  sale?: RecordId;
  /** Business day from which the days of grace of given back credit count. */
  day: number;
}

/** What goes with the part of the bill that came back, in rial. */
export interface ReturnFigures {
  /** What the customer gets back in money. */
  payableRial: number;
  /** Credit used for these goods, given back. */
  restoredRial: number;
  /** Credit earned with these goods, taken back. */
  clawedRial: number;
  /** Points earned with these goods, taken back. */
  points: number;
}

export interface Settlement {
  sale: RecordId;
  /** Of the card that bought. */
  serial: number;
  /** Empty when the sale had moved no credit and no points. */
  patchIds: number[];
  /** Undefined: it was settled before, and nothing was changed. */
  figures: ReturnFigures | undefined;
}

interface SaleRow extends RecordId {
  serial: number;
  is_gift: number;
  gross_rial: number;
  status: string;
  kind: number;
  payload: Uint8Array;
}

/** Whoever settles here approves. */
const THE_OFFICE = 1;
const RECORD = "terminal = ? AND epoch = ? AND sequence = ?";

/** All returns that pads noted, oldest first. */
export function listReturns(database: Database): DeferredReturn[] {
  return database
    .all(
      `SELECT r.terminal, r.epoch, r.sequence, r.serial, r.day, r.gross_rial, original_terminal,
         original_sequence, sale_terminal, sale_epoch, sale_sequence FROM deferred_refunds AS r
       LEFT JOIN refund_settlements USING (terminal, epoch, sequence)
       ORDER BY day, terminal, epoch, sequence`,
    )
    .map((row) => {
      const { terminal, epoch, sequence, serial, day } = row as unknown as DeferredReturn;
      const id = { terminal, epoch, sequence };
      const sale = {
        terminal: Number(row.sale_terminal),
        epoch: Number(row.sale_epoch),
        sequence: Number(row.sale_sequence),
      };
      return {
        ...{ ...id, serial, day, grossRial: Number(row.gross_rial) },
        saleTerminal: Number(row.original_terminal),
        saleSequence: Number(row.original_sequence),
        settledBy: row.sale_terminal === null ? undefined : sale,
        patchIds: patchIdsOf(database, id),
      };
    });
}

/** Whether the office has settled the return of this record. */
export function isSettled(database: Database, record: RecordId): boolean {
  const sql = `SELECT sequence FROM refund_settlements WHERE ${RECORD}`;
  return database.get(sql, ...valuesOf(record)) !== undefined;
}

/** Of a sale's bill, what has come back in all: at its pad and settled here, rial. */
export function returnedOf(database: Database, sale: RecordId, status: string): number {
  const row = database.get<{ rial: number }>(
    `SELECT (SELECT coalesce(sum(gross_rial), 0) FROM transactions
         WHERE terminal = ? AND epoch = ? AND reference = ? AND kind = ${TapKind.Refund}
           AND status = ?)
       + (SELECT coalesce(sum(gross_rial), 0) FROM refund_settlements
         WHERE sale_terminal = ? AND sale_epoch = ? AND sale_sequence = ?) AS rial`,
    ...[...valuesOf(sale), status, ...valuesOf(sale)],
  );
  return row?.rial ?? 0;
}

/** What patches from `firstId` to the last that a tap took in gave back by settling returns. */
export function givenBackByPatches(
  database: Database,
  { serial, cardNumber, reference }: { serial: number; cardNumber: number; reference: number },
  firstId: number,
): number {
  const ids = database.all<{ id: number }>(
    `SELECT id FROM refund_patches JOIN patches USING (serial, id)
     WHERE serial = ? AND card_number = ? AND id BETWEEN ? AND ?`,
    ...[serial, cardNumber, firstId, reference],
  );
  return ids
    .flatMap(({ id }) => patchesOf(database, serial, id, id) ?? [])
    .filter((patch) => patch[PatchField.Kind] === PatchKind.Grant)
    .reduce((sum, patch) => sum + patch[PatchField.Argument], 0);
}

/**
 * Settles a return once: orders the patches and notes the sale. `UserError` when the sale is not
 * here, is another card's, or has no such part left; then nothing is changed.
 */
export function settleReturn(database: Database, order: SettleOrder): Settlement {
  return database.transaction(() => {
    const { record } = order;
    const found = listReturns(database).find((one) => nameOf(one) === nameOf(record));
    if (found === undefined) {
      throw new UserError(`no pad noted a return as ${nameOf(record)}: see clubpad refund list`);
    }
    const sale = findSale(database, found, found.settledBy ?? order.sale);
    const { serial } = sale;
    if (found.settledBy !== undefined)
      return { sale, serial, patchIds: found.patchIds, figures: undefined };
    const { figures, lots } = evaluateReturn(database, found, sale, order.day);
    const patchIds = orderPatches(database, found, serial, figures, lots);
    database.run(
      "INSERT INTO refund_settlements VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[...valuesOf(found), ...valuesOf(sale), found.grossRial],
    );
    database.run(
      "DELETE FROM alarms WHERE kind = 'refund' AND subject = ? AND place = ?",
      ...[`terminal ${found.terminal}/${found.epoch}`, `record ${found.sequence}`],
    );
    return { sale, serial, patchIds, figures };
  });
}

/** The sale that is named, or the one whose numbers the cashier typed; certain and of this card. */
function findSale(database: Database, found: DeferredReturn, named: RecordId | undefined): SaleRow {
  const { saleTerminal, saleSequence } = found;
  if (named === undefined && saleSequence === 0) {
    throw new UserError("the cashier typed no number of a sale: name it with --sale");
  }
  const sales = database
    .all<SaleRow & Record<string, never>>(
      `SELECT transactions.*, payload
       FROM transactions JOIN records USING (terminal, epoch, sequence)
       WHERE terminal = ? AND sequence = ? AND epoch = coalesce(?, epoch)`,
      named?.terminal ?? saleTerminal,
      named?.sequence ?? saleSequence,
      named?.epoch ?? null,
    )
    .filter(({ kind }) => kind === TapKind.Sale);
  const name = named === undefined ? `${saleTerminal}/${saleSequence}` : nameOf(named);
  const own = sales.filter(({ serial }) => found.serial === 0 || serial === found.serial);
  if (sales.length === 0) {
    const text = `no sale ${name} is here: fetch that pad's journal (clubpad pull)`;
    throw new UserError(`${text}, or name another one with --sale`);
  }
  if (own.length === 0) {
    const text = `sale ${name} is of card ${sales[0].serial}, the return of card ${found.serial}`;
    throw new UserError(`${text}: name another one with --sale`);
  }
  if (own.length > 1) {
    const names = own.map(nameOf).join(" or ");
    throw new UserError(`there is more than one such sale: name it with --sale, ${names}`);
  }
  refuseUncertain(database, own[0]);
  return own[0];
}

function refuseUncertain(database: Database, sale: SaleRow): void {
  const name = nameOf(sale);
  if (sale.status !== "committed") {
    throw new UserError(`it is not certain that sale ${name} counts: it is ${sale.status}`);
  }
  const touched = database.all<{ kind: number; status: string }>(
    `SELECT kind, status FROM transactions WHERE terminal = ? AND epoch = ? AND reference = ?
     AND kind IN (${TapKind.Refund}, ${TapKind.Void}) AND status <> 'aborted'`,
    ...valuesOf(sale),
  );
  if (touched.some(({ kind, status }) => kind === TapKind.Void && status === "committed")) {
    throw new UserError(`sale ${name} was undone at its pad: nothing of it can come back`);
  }
  if (touched.some(({ status }) => status !== "committed")) {
    const text = `it is not known whether another return or void of sale ${name} counts`;
    throw new UserError(`${text}: fetch the journals of all pads (clubpad pull)`);
  }
}

/** By the newest rules, on a card that holds nothing: so all that is taken back shows. */
function evaluateReturn(
  database: Database,
  found: DeferredReturn,
  sale: SaleRow,
  day: number,
): { figures: ReturnFigures; lots: CardState } {
  const newest = "SELECT bytes FROM rulesets ORDER BY version DESC LIMIT 1";
  const ruleset = database.get<{ bytes: Uint8Array }>(newest)?.bytes;
  const original = entryOf(sale.payload);
  if (ruleset === undefined || original === undefined) {
    throw new UserError("no rules are here: give them once (clubpad pull --rules)");
  }
  const identity = emptyIdentity();
  identity[IdentityField.Kind] = sale.is_gift === 1 ? CardKind.Gift : CardKind.Member;
  identity[IdentityField.Serial] = sale.serial;
  identity[IdentityField.ExpiryDay] = DAY_NEVER;
  const evaluate = (entry: JournalEntry, after: CardState): Decision => {
    const state = emptyState();
    const decision = createDecision();
    state[StateField.Flags] = StateFlag.Enrolled;
    state[StateField.Points] = entry.values[IntentKey.PointsEarned];
    const purchase = {
      ...createPurchase(sale.terminal, issuerOf(database, sale)),
      ...{ kind: TapKind.Refund, grossRial: found.grossRial, day, original: entry },
      approver: THE_OFFICE,
      returnedRial: returnedOf(database, sale, "committed"),
    };
    evaluateTap(ruleset, state, identity, purchase, after, decision);
    return decision;
  };
  const decision = evaluate(original, emptyState());
  if (decision[DecisionField.Outcome] !== Outcome.Ok) {
    const leftRial = decision[DecisionField.AvailableRial];
    const text = `${leftRial} rial of sale ${nameOf(sale)} are left to come back`;
    throw new UserError(`${text}, not ${found.grossRial}`);
  }
  // Without what was earned nothing is taken from the lots that are given back.
  original.values[IntentKey.EarnedRial] = 0;
  const lots = emptyState();
  evaluate(original, lots);
  const figures = {
    payableRial: decision[DecisionField.PayableRial],
    restoredRial: decision[DecisionField.RestoredRial],
    clawedRial: decision[DecisionField.ClawedRial],
    points: decision[DecisionField.PointsUsed],
  };
  return { figures, lots };
}

/** In the order in which a pad would do it. Returns their numbers. */
function orderPatches(
  database: Database,
  found: DeferredReturn,
  serial: number,
  { clawedRial, points }: ReturnFigures,
  lots: CardState,
): number[] {
  const sql = "SELECT max(card_number) AS number FROM cards WHERE serial = ?";
  const cardNumber = database.get<{ number: number }>(sql, serial)?.number ?? 0;
  const reason = `return ${nameOf(found)}`;
  const ids: number[] = [];
  const order = (kind: PatchKind, argument: number, lot?: number) => {
    if (argument === 0) return;
    const credit = lot === undefined ? {} : creditOf(lots, lot);
    const id = addPatch(database, { serial, cardNumber, kind, argument, reason, ...credit });
    database.run(
      "INSERT INTO refund_patches VALUES (?, ?, ?, ?, ?)",
      serial,
      id,
      ...valuesOf(found),
    );
    ids.push(id);
  };
  for (let lot = StateField.Lots; lot < StateField.Grant; lot += LotField.Count) {
    order(PatchKind.Grant, lots[lot], lot);
  }
  order(PatchKind.Claw, clawedRial);
  order(PatchKind.TakePoints, points);
  return ids;
}

function creditOf(lots: CardState, lot: number) {
  return {
    untilDay: lots[lot + LotField.UntilDay],
    issuer: lots[lot + LotField.Issuer],
    lotKind: lots[lot + LotField.Kind],
  };
}

function issuerOf(database: Database, { terminal, epoch }: RecordId): number {
  const sql = "SELECT issuer FROM terminals WHERE terminal = ? AND epoch = ?";
  return database.get<{ issuer: number }>(sql, terminal, epoch)?.issuer ?? 1;
}

function patchIdsOf(database: Database, record: RecordId): number[] {
  const sql = `SELECT id FROM refund_patches WHERE ${RECORD} ORDER BY id`;
  return database.all<{ id: number }>(sql, ...valuesOf(record)).map(({ id }) => id);
}

function nameOf({ terminal, epoch, sequence }: RecordId): string {
  return `${terminal}/${epoch}/${sequence}`;
}

function valuesOf({ terminal, epoch, sequence }: RecordId): [number, number, number] {
  return [terminal, epoch, sequence];
}
