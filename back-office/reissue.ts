/**
 * A new card in the place of a lost one: the same member and serial, the next card number, and what
 * the old one held by the journals that are here. The old card goes on the hot list; taps of it
 * that arrive later are posted to a dispute account and raise an alarm.
 */
import type { AesEngine } from "../card-layout/aes-engine";
import { COUNTER_START } from "../card-layout/geometry";
import { type Identity, IdentityField } from "../card-layout/identity";
import { type CardState, emptyState, StateField, StateFlag } from "../card-layout/state";
import { PatchField } from "../firmware/core/card-patch";
import { CardSeals } from "./card-seals";
import { viewState } from "./card-views";
import type { Database } from "./database";
import { addHotCard } from "./down-lists";
import type { Ingest } from "./ingest";
import { type IssuedImage, issueImage } from "./issue-image";
import type { ClubKeys } from "./keys";
import { addPatch, listPatches, patchesOf } from "./patches";
import { UserError } from "./user-error";

export interface ReissueOrder {
  serial: number;
  /** Of the card that is replaced. */
  cardNumber: number;
  /** Image of the new chip, whose block 0 is kept, and its UID of 4 or 7 bytes. */
  blank: Uint8Array;
  uid: Uint8Array;
  name: string;
  issueDay: number;
  /** For people. */
  reason: string;
  /** Also when pads have not told the end of some tap of the old card. */
  mayBeInDoubt: boolean;
}

export interface Reissue extends IssuedImage {
  oldUid: string;
  /** What the new card holds from the beginning. */
  creditRial: number;
  points: number;
  debtRial: number;
  /** Orders of the office that the old card had not taken in, now for the new one. */
  patchCount: number;
}

interface OldCard {
  uid: string;
  member: number;
  sealed_identity: Uint8Array | null;
  issued_state: Uint8Array | null;
  counter: number | null;
  sealed_state: Uint8Array | null;
}

const LAST_CARD_NUMBER = 255;

/** To be called inside a transaction. Refuses, and says what to do, where credit would be lost. */
export function reissueCard(
  database: Database,
  ingest: Ingest,
  aes: AesEngine,
  keys: ClubKeys,
  order: ReissueOrder,
): Reissue {
  const { serial, cardNumber } = order;
  const old = oldCardOf(database, serial, cardNumber);
  if (!order.mayBeInDoubt) refuseDoubt(database, old.uid);
  const seals = new CardSeals(aes, keys, old.uid);
  const identity = identityOf(seals, old, order);
  const state = stateOf(seals, old);
  const patchCount = moveOrders(database, serial, cardNumber, state);
  const issued = issueImage(aes, keys, order.blank, order.uid, {
    ...{ member: old.member, serial, cardNumber: cardNumber + 1, name: order.name, state },
    ...{ issueDay: order.issueDay, expiryDay: identity[IdentityField.ExpiryDay] },
    kind: identity[IdentityField.Kind],
    birth: birthOf(identity),
  });
  ingest.enterCard(issued.card);
  const creditRial = viewState(state).lots.reduce((sum, lot) => sum + lot.amountRial, 0);
  database.run(
    "INSERT INTO reissues VALUES (?, ?, ?, ?)",
    ...[old.uid, issued.card.uid, old.counter ?? COUNTER_START, creditRial],
  );
  addHotCard(database, { serial, cardNumber, reason: order.reason });
  const points = state[StateField.Points];
  const debtRial = state[StateField.DebtRial];
  return { ...issued, oldUid: old.uid, creditRial, points, debtRial, patchCount };
}

function oldCardOf(database: Database, serial: number, cardNumber: number): OldCard {
  const sql = "SELECT * FROM cards WHERE serial = ? AND card_number = ?";
  const [old, other] = database.all<OldCard & Record<string, never>>(sql, serial, cardNumber);
  const name = `card ${serial}/${cardNumber}`;
  if (old === undefined) throw new UserError(`${name} is not known here`);
  if (other !== undefined) throw new UserError(`there are two cards ${serial}/${cardNumber}`);
  const replaced = database.get<{ new_uid: string }>(
    "SELECT new_uid FROM reissues WHERE old_uid = ?",
    old.uid,
  );
  if (replaced !== undefined) {
    throw new UserError(`${name} was replaced by card ${replaced.new_uid} already: replace that`);
  }
  if (cardNumber === LAST_CARD_NUMBER) throw new UserError(`${name} is the last of its serial`);
  return old;
}

/** What a pad has begun and not told the end of may still count on the lost card. */
function refuseDoubt(database: Database, uid: string): void {
  const open = database.all<{ terminal: number; gross_rial: number }>(
    `SELECT terminal, gross_rial FROM transactions
     WHERE uid = ? AND status IN ('open', 'inDoubt')`,
    uid,
  );
  if (open.length === 0) return;
  const taps = open.map((tap) => `${tap.gross_rial} rial at terminal ${tap.terminal}`).join(", ");
  throw new UserError(
    `it is not known whether this counts on the old card: ${taps}. Fetch that pad's journal; ` +
      "with --anyway the new card is made without it, and what comes later is disputed",
  );
}

function identityOf(seals: CardSeals, old: OldCard, order: ReissueOrder): Identity {
  const sealed = old.sealed_identity;
  const identity = sealed === null ? undefined : seals.openIdentity(sealed, 0);
  if (identity !== undefined) return identity;
  const text = `card ${order.serial}/${order.cardNumber} was not issued with this database`;
  throw new UserError(`${text} and key file: who it belongs to is not known here`);
}

/** The newest state that the journals tell of, less what belongs to the old chip. */
function stateOf(seals: CardSeals, old: OldCard): CardState {
  const isUsed = old.counter !== null && old.counter < COUNTER_START;
  const sealed = isUsed ? old.sealed_state : old.issued_state;
  const counter = isUsed ? (old.counter as number) : COUNTER_START;
  const known = sealed === null ? undefined : seals.openState(sealed, 0, counter);
  const state = known ?? (isUsed || sealed !== null ? undefined : emptyState());
  if (state === undefined) {
    throw new UserError(
      "what the old card holds is not known here: fetch the journals of all pads, and give the " +
        "rules that they worked by (clubpad pull --rules)",
    );
  }
  const flags = state[StateField.Flags];
  state[StateField.Flags] = flags - (flags & StateFlag.Blocked);
  // The last tap of the old chip cannot be undone on the new one.
  state[StateField.LastTerminal] = 0;
  state[StateField.LastSequence] = 0;
  state[StateField.BaseTag] = 0;
  return state;
}

/** Orders that wait are given anew, since each is for one card number. */
function moveOrders(
  database: Database,
  serial: number,
  cardNumber: number,
  state: CardState,
): number {
  const ids = listPatches(database).filter((patch) => patch.serial === serial);
  const lastId = Math.max(0, ...ids.map(({ id }) => id));
  const firstId = state[StateField.LastPatch] + 1;
  const waiting = lastId < firstId ? [] : (patchesOf(database, serial, firstId, lastId) ?? []);
  state[StateField.LastPatch] = Math.max(lastId, state[StateField.LastPatch]);
  const own = waiting.filter((patch) => patch[PatchField.CardNumber] === cardNumber);
  for (const patch of own) {
    const id = addPatch(database, {
      serial,
      cardNumber: cardNumber + 1,
      kind: patch[PatchField.Kind],
      argument: patch[PatchField.Argument],
      fromDay: patch[PatchField.FromDay],
      untilDay: patch[PatchField.UntilDay],
      issuer: patch[PatchField.Issuer],
      lotKind: patch[PatchField.LotKind],
      reason: "waited for the card before",
    });
    database.run(
      `INSERT INTO refund_patches SELECT serial, ?, terminal, epoch, sequence
       FROM refund_patches WHERE serial = ? AND id = ?`,
      ...[id, serial, patch[PatchField.Id]],
    );
  }
  return own.length;
}

function birthOf(identity: Identity) {
  const year = identity[IdentityField.BirthYear];
  const month = identity[IdentityField.BirthMonth];
  const day = identity[IdentityField.BirthDay];
  return month === 0 ? undefined : { year, month, day };
}
