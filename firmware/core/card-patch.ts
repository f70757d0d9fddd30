/**
 * What the back office orders to be done to one card: an offer, a grant, an approval. Patches of a
 * card series (a serial, whatever the card number) are numbered from 1 without a gap; a card takes
 * them in this order and keeps the number of the last one, so each counts exactly once, at whatever
 * pad and in however many copies it arrives.
 */
import type { Bytes } from "../../card-layout/bytes";
import { createRecord, decodeRecord, encodeRecord } from "../../card-layout/record";
import { StateField, StateFlag } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { DecisionField } from "./evaluate";
import { giveCredit, takeCredit } from "./lots";
import { MAX_U32 } from "./money";
import { after, day, decision } from "./tap-context";

/** Bytes of each field. */
const SIZES = "412152211";
export const PATCH_BYTES = 19;
const ALL_OFFERS = 0xffff;
const PATCHABLE_FLAGS = StateFlag.Blocked + StateFlag.Pending + StateFlag.EarnOnly;

/** What a patch does; `PatchField.Argument` says how much or which. */
export const enum PatchKind {
  /** Credit in rial with the patch's days, issuer and purse. Pays off debt first. */
  Grant = 1,
  /** Takes back credit in rial: own shop's first, then what ends last; the rest becomes debt. */
  Claw = 2,
  /** Forgives so much debt in rial. */
  WriteOff = 3,
  AddPoints = 4,
  TakePoints = 5,
  /** Sets these bits of the personal offers. */
  Offer = 6,
  ClearOffer = 7,
  /** Sets these `StateFlag`s: blocked, pending, earn only. */
  SetFlags = 8,
  /** Approves (`Pending`), unblocks (`Blocked`). */
  ClearFlags = 9,
  /** Into this group, which no review lowers before `UntilDay`. */
  Group = 10,
}

/** Indexes of a `CardPatch`. */
export const enum PatchField {
  Serial = 0,
  /** A re-issued card does not take what was meant for the lost one. */
  CardNumber = 1,
  /** 1..65535, one more with each patch of the serial. */
  Id = 2,
  /** `PatchKind`. */
  Kind = 3,
  /** < 2^40. */
  Argument = 4,
  /** Of a grant; 0 where it means nothing. */
  FromDay = 5,
  UntilDay = 6,
  Issuer = 7,
  LotKind = 8,
}

/** Numbers by `PatchField`. */
export type CardPatch = number[] & { readonly record?: "patch" };

/** An empty patch to be filled. */
export function createPatch(): CardPatch {
  return createRecord(SIZES);
}

/** Writes `PATCH_BYTES`; `Malformed`: no such patch, what is then in `out` must not be used. */
export function encodePatch(patch: CardPatch, out: Bytes, offset: number): Status {
  return isPatch(patch) ? encodeRecord(SIZES, patch, out, offset, PATCH_BYTES) : Status.Malformed;
}

/** Reads `PATCH_BYTES`. `Unsupported`: a kind that this version does not know. */
export function decodePatch(from: Bytes, offset: number, patch: CardPatch): Status {
  decodeRecord(SIZES, from, offset, patch);
  if (patch[PatchField.Kind] > PatchKind.Group) return Status.Unsupported;
  return isPatch(patch) ? Status.Ok : Status.Malformed;
}

/** Whether it can be carried out: what a card would take and then could not be sealed. */
function isPatch(patch: CardPatch): boolean {
  const kind = patch[PatchField.Kind];
  const argument = patch[PatchField.Argument];
  const limits = [
    0,
    0xffffffffff,
    0xffffffffff,
    0xffffffffff,
    MAX_U32,
    MAX_U32,
    ALL_OFFERS,
    ALL_OFFERS,
    PATCHABLE_FLAGS,
    PATCHABLE_FLAGS,
    255,
  ];
  if (!(kind >= PatchKind.Grant && kind <= PatchKind.Group)) return false;
  if (!(argument > 0 && argument <= limits[kind]) || patch[PatchField.Id] === 0) return false;
  if (kind === PatchKind.SetFlags || kind === PatchKind.ClearFlags) return argument % 2 === 0;
  return (
    kind !== PatchKind.Grant ||
    (patch[PatchField.FromDay] <= patch[PatchField.UntilDay] &&
      patch[PatchField.FromDay] < 0xffff &&
      patch[PatchField.Issuer] > 0)
  );
}

/** Carries one patch out on the state of the tap. */
export function applyPatch(patch: CardPatch): void {
  const kind = patch[PatchField.Kind];
  const argument = patch[PatchField.Argument];
  after[StateField.LastPatch] = patch[PatchField.Id];
  if (kind === PatchKind.Grant) {
    giveCredit(
      argument,
      Math.max(patch[PatchField.FromDay], day),
      Math.max(patch[PatchField.UntilDay], day),
      patch[PatchField.Issuer],
      patch[PatchField.LotKind],
    );
  } else if (kind === PatchKind.Claw) takeCredit(argument, 0);
  else if (kind === PatchKind.WriteOff) {
    const writtenOffRial = Math.min(argument, after[StateField.DebtRial]);
    after[StateField.DebtRial] -= writtenOffRial;
    decision[DecisionField.DebtPaidRial] += writtenOffRial;
    decision[DecisionField.EarnedRial] += writtenOffRial;
  } else if (kind === PatchKind.AddPoints) {
    const points = Math.min(argument, MAX_U32 - after[StateField.Points]);
    after[StateField.Points] += points;
    decision[DecisionField.PointsEarned] += points;
  } else if (kind === PatchKind.TakePoints) takePoints(argument);
  else if (kind === PatchKind.Offer) after[StateField.Offers] |= argument;
  else if (kind === PatchKind.ClearOffer) after[StateField.Offers] &= ALL_OFFERS - argument;
  else if (kind === PatchKind.SetFlags) after[StateField.Flags] |= argument;
  else if (kind === PatchKind.ClearFlags) after[StateField.Flags] &= 15 - (argument & 15);
  else {
    after[StateField.Group] = argument;
    after[StateField.GroupSinceDay] = day;
    after[StateField.GroupReviewDay] = patch[PatchField.UntilDay];
  }
}

/** Points never fall below zero; what was missing is the caller's to report. */
export function takePoints(points: number): void {
  const takenPoints = Math.min(points, after[StateField.Points]);
  after[StateField.Points] -= takenPoints;
  decision[DecisionField.PointsUsed] += takenPoints;
}
