/**
 * Staff at the pad: who is logged in, and whether a supervisor approves. A staff card was read by a
 * tap of kind `Staff`; its identity stands in `identity`. What is decided here is journaled.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { newBytes } from "../../card-layout/bytes";
import { CardKind, type Identity, IdentityField } from "../../card-layout/identity";
import { lazily } from "../../card-layout/lazily";
import { pinDigest } from "../../card-layout/pin";
import { Status } from "../../card-layout/status";
import type { Purchase } from "../core/evaluate";
import {
  createEntry,
  IntentKey,
  JournalType,
  MAX_ENTRY_BYTES,
  numberIn,
} from "../core/journal-entry";
import { PIN_TRIES, ShiftAction, ShiftKey } from "../core/shift-record";
import { isAboveLimit, isLoginRequired, isUnapproved } from "../core/staff-policy";
import { RECORD_HEADER_BYTES, RECORD_TYPE_OFFSET } from "../core/sync-messages";
import type { TerminalConfig } from "../core/terminal-config";
import type { SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { PIN_SCAN_RECORDS } from "../limits";
import type { Journal } from "../storage/journal";
import { appendEntry } from "./append-entry";
import { ScreenId } from "./screens";
import type { TapRequest } from "./tap-request";

export interface Staff {
  /** The club wants a staff card first, and nobody is logged in. */
  isLocked(): boolean;
  needsApproval(request: TapRequest): boolean;
  /** The card just read logs in, or out when it is logged in; the screen that says so. */
  logInOrOut(): ScreenId;
  /** Logs out who is logged in; false when nobody has to be. */
  leave(): boolean;
  /** Why the card just read cannot approve; 0 = its PIN is to be asked. */
  objection(request: TapRequest): ScreenId;
  /** Whether this is the PIN of the card just read, which then has approved: 0 = it is. */
  approve(request: TapRequest, pin: string): ScreenId;
}

export interface StaffParts {
  identity: Identity;
  card: SelectedCard;
  journal: Journal;
  aes: AesEngine;
  config: TerminalConfig;
  clock: Clock;
  /** `cashier` is set here; the tap that read the card has set the day. */
  purchase: Purchase;
}

/** No screen: all is well. */
const NOTHING = 0 as ScreenId;
const STAFF_NUMBERS = 65536;

export function createStaff(parts: StaffParts): Staff {
  const { identity, purchase } = parts;
  const ruleset = parts.config.ruleset;
  /** Of who is logged in. */
  let serial = 0;

  /** Not before it is journaled: what follows must not name nobody without a word why. */
  function logOut(): Status {
    const status = lazily(note)(parts, ShiftAction.LogOut, purchase.cashier, serial, 0);
    if (status === Status.Ok) {
      purchase.cashier = 0;
      serial = 0;
    }
    return status;
  }

  return {
    isLocked: () => purchase.cashier === 0 && isLoginRequired(ruleset),
    needsApproval: (request) => isUnapproved(ruleset, request),
    logInOrOut: () => {
      const next = identity[IdentityField.Serial];
      if (next === serial) return screenOf(logOut(), ScreenId.LoggedOut);
      const number = identity[IdentityField.MemberId] % STAFF_NUMBERS;
      const status = lazily(note)(parts, ShiftAction.LogIn, number, next, 0);
      if (status === Status.Ok) {
        purchase.cashier = number;
        serial = next;
      }
      return screenOf(status, ScreenId.LoggedIn);
    },
    leave: () => serial !== 0 && isLoginRequired(ruleset) && logOut() === Status.Ok,
    objection: (request) => {
      const isSelf = identity[IdentityField.Serial] === serial;
      const isFine =
        identity[IdentityField.Kind] === CardKind.Supervisor &&
        !(isSelf && isAboveLimit(ruleset, request));
      return isFine ? NOTHING : ScreenId.NotSupervisor;
    },
    approve: (request, pin) => {
      const said = lazily(checkPin)(parts, pin);
      if (said === NOTHING) request.approver = identity[IdentityField.Serial];
      return said;
    },
  };
}

/**
 * A wrong PIN is journaled before it is said, so that no power cut gives another try. After
 * `PIN_TRIES` of them in a row the card approves nothing here for the rest of the day.
 */
function checkPin(parts: StaffParts, pin: string): ScreenId {
  const { identity, card, aes, config } = parts;
  const serial = identity[IdentityField.Serial];
  const tries = wrongPins(parts, serial);
  if (tries >= PIN_TRIES) return ScreenId.PinLocked;
  const { uid, uidLengthBytes } = card;
  const digest = pinDigest(aes, config.sectorMaster, uid, uidLengthBytes, config.clubId, pin);
  if (digest === identity[IdentityField.PinDigest]) return NOTHING;
  const number = identity[IdentityField.MemberId] % STAFF_NUMBERS;
  const status = lazily(note)(parts, ShiftAction.WrongPin, number, serial, tries + 1);
  return screenOf(status, tries + 1 < PIN_TRIES ? ScreenId.WrongPin : ScreenId.PinLocked);
}

/** Wrong PINs of this card in a row today, as the newest records tell. */
function wrongPins({ journal, purchase }: StaffParts, serial: number): number {
  const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
  const newest = journal.nextSequence() - 1;
  for (let at = newest; at > 0 && at > newest - PIN_SCAN_RECORDS; at--) {
    const status = journal.read(at, record, 0);
    if (status === Status.NotFound) return 0;
    if (status !== Status.Ok) return PIN_TRIES;
    const type = record[RECORD_TYPE_OFFSET];
    const lengthBytes = journal.readLengthBytes();
    const numberOf = (key: number) => numberIn(record, RECORD_HEADER_BYTES, lengthBytes, key);
    if (type === JournalType.Intent && numberOf(IntentKey.Approver) === serial) return 0;
    if (
      type === JournalType.Shift &&
      numberOf(ShiftKey.Serial) === serial &&
      numberOf(ShiftKey.Action) === ShiftAction.WrongPin
    )
      return numberOf(ShiftKey.Day) === purchase.day ? numberOf(ShiftKey.Tries) : 0;
  }
  return 0;
}

function note(
  { journal, clock, purchase }: StaffParts,
  action: ShiftAction,
  number: number,
  serial: number,
  tries: number,
): Status {
  const entry = createEntry();
  entry.values[ShiftKey.Action] = action;
  entry.values[ShiftKey.Staff] = number;
  entry.values[ShiftKey.Serial] = serial;
  entry.values[ShiftKey.UnixSeconds] = clock.unixSeconds();
  entry.values[ShiftKey.Tries] = tries;
  entry.values[ShiftKey.Day] = purchase.day;
  return appendEntry(journal, JournalType.Shift, entry);
}

function screenOf(status: Status, done: ScreenId): ScreenId {
  if (status === Status.Ok) return done;
  return status === Status.Full ? ScreenId.JournalFull : ScreenId.Fault;
}
