/** Whether a card may be used at all for what is asked: its kind, its flags, its last day. */
import { CardKind, type Identity, IdentityField } from "../../card-layout/identity";
import { StateField, StateFlag } from "../../card-layout/state";
import { Outcome, TapKind } from "./evaluate";
import { lastCardDay } from "./tap-change";
import { after, day, purchase } from "./tap-context";

export function guardCard(identity: Identity): Outcome {
  const flags = after[StateField.Flags];
  const cardKind = identity[IdentityField.Kind];
  const isGift = cardKind === CardKind.Gift;
  const isStaff = cardKind > CardKind.Gift && cardKind !== CardKind.Test;
  const kind = purchase.kind;
  if (kind > TapKind.Block || (kind < TapKind.Block && isStaff !== (kind === TapKind.Staff)))
    return Outcome.WrongKind;
  const guards = GUARDS[kind];
  if ((guards & (isGift ? Guard.Member : Guard.Gift)) !== 0) return Outcome.WrongKind;
  if ((flags & StateFlag.Blocked) !== 0 && (guards & Guard.NotBlocked) !== 0)
    return Outcome.Blocked;
  if ((guards & Guard.NotExpired) !== 0 && lastCardDay(identity) < day) return Outcome.CardExpired;
  const isEnrolled = (flags & StateFlag.Enrolled) !== 0;
  if (isEnrolled && (guards & Guard.NotEnrolled) !== 0) return Outcome.AlreadyEnrolled;
  if (!isEnrolled && (guards & Guard.Enrolled) !== 0) return Outcome.NotEnrolled;
  const isPending = (flags & StateFlag.Pending) !== 0;
  return isPending && (guards & Guard.NotPending) !== 0 ? Outcome.Pending : Outcome.Ok;
}

/** What each kind of tap asks of the card, by `TapKind`: sums of `Guard`. */
const GUARDS = [12, 46, 29, 13, 5, 13, 76, 61, 61, 5, 0, 0];

const enum Guard {
  Enrolled = 1,
  NotEnrolled = 2,
  NotBlocked = 4,
  NotExpired = 8,
  NotPending = 16,
  /** Of a member (or a test card): no gift card. */
  Member = 32,
  Gift = 64,
}
