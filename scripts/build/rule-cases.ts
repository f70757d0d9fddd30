/**
 * A program in the device language that evaluates the taps it is handed and prints each result. It
 * runs as TypeScript, as a device bundle and as Lua, and must print the same lines everywhere.
 */
import { type Bytes, copyNumbers, newBytes } from "../../card-layout/bytes";
import { emptyIdentity, IdentityField } from "../../card-layout/identity";
import {
  type CardState,
  emptyState,
  encodeState,
  STATE_BYTES,
  StateField,
} from "../../card-layout/state";
import {
  type CardPatch,
  createPatch,
  decodePatch,
  PATCH_BYTES,
  PatchField,
} from "../../firmware/core/card-patch";
import { crc32 } from "../../firmware/core/crc32";
import {
  createDecision,
  createPurchase,
  DecisionField,
  evaluateTap,
  type Purchase,
  TapKind,
} from "../../firmware/core/evaluate";
import { fillIntent } from "../../firmware/core/intent-entry";
import {
  createEntry,
  decodeEntry,
  encodeEntry,
  IntentKey,
  type JournalEntry,
  MAX_ENTRY_BYTES,
} from "../../firmware/core/journal-entry";
import { checkRuleset } from "../../firmware/core/ruleset";

declare function print(this: void, line: string): void;
/**
 * Parts of one tap one behind the other, each with its length in front: ruleset, state (none: as
 * the last tap left it), identity, purchase (kind, bill, asked credit, day, minute, issuer,
 * reference, approver, given by the pad, cap), categories, bytes of patches, whose numbers count
 * from the card's last one. Undefined behind the last.
 */
declare function require(this: void, name: "tap"): number[] | undefined;

const state = emptyState();
const after = emptyState();
const identity = emptyIdentity();
const decision = createDecision();
const bytes = newBytes(MAX_ENTRY_BYTES);
/** What the card has lived through since its state was handed over; index: sequence. */
let intents: JournalEntry[] = [];
let returned: number[] = [];
let records: CardState[] = [];
let tap = require("tap");
let at = 0;

while (tap !== undefined) {
  at = 0;
  const ruleset = newBytes(tap[0]);
  copyBytesPart(ruleset);
  if (copyPart(state) > 0) {
    intents = [];
    returned = [];
    records = [];
  }
  copyPart(identity);
  const purchase = nextPurchase();
  const status = checkRuleset(ruleset);
  if (status === 0) evaluateTap(ruleset, state, identity, purchase, after, decision);
  const count = DecisionField.FiredRules + decision[DecisionField.FiredCount];
  let line = `${status}`;
  for (let i = 0; i < count; i++) line += ` ${decision[i] === undefined ? 0 : decision[i]}`;
  for (let i = 0; i < after.length; i++) line += ` ${after[i]}`;
  line += ` ${encodeState(after, bytes, 0)} ${crc32(bytes, 0, STATE_BYTES)}`;
  if (status === 0 && decision[DecisionField.Outcome] === 0) line += ` ${commit(purchase)}`;
  print(line);
  tap = require("tap");
}

function nextPurchase(): Purchase {
  const asked: number[] = [];
  const categories: number[] = [];
  const patchBytes = newBytes((tap as number[]).length);
  copyPart(asked);
  copyPart(categories);
  const patchesBytes = copyBytesPart(patchBytes);
  const purchase = createPurchase(3, asked[5]);
  purchase.kind = asked[0];
  purchase.grossRial = asked[1];
  purchase.askedCreditRial = asked[2];
  purchase.categories = categories;
  purchase.day = asked[3];
  purchase.minute = asked[4];
  purchase.reference = asked[6];
  purchase.approver = asked[7];
  purchase.padGivenRial = asked[8];
  purchase.capRial = asked[9];
  purchase.sequence = intents.length;
  if (purchase.kind === TapKind.Void) {
    purchase.reference = state[StateField.LastSequence];
    purchase.preImage = records[records.length - 1];
  }
  purchase.original = intents[purchase.reference];
  if (purchase.kind === TapKind.Refund && purchase.original !== undefined) {
    purchase.returnedRial = returned[purchase.reference];
  }
  const patches: CardPatch[] = [];
  for (let from = 0; from < patchesBytes; from += PATCH_BYTES) {
    const patch = createPatch();
    decodePatch(patchBytes, from, patch);
    patch[PatchField.Id] += state[StateField.LastPatch];
    patch[PatchField.Serial] = identity[IdentityField.Serial];
    patches.push(patch);
  }
  purchase.patches = patches;
  return purchase;
}

/** Journals the tap and makes its result the card's state; returns the CRC of the intent. */
function commit(purchase: Purchase): number {
  const entry = createEntry();
  fillIntent(entry, identity, purchase, decision, 1);
  entry.values[IntentKey.BaseTag] = purchase.sequence;
  const lengthBytes = encodeEntry(entry, bytes);
  decodeEntry(bytes, 0, lengthBytes, entry);
  if (purchase.kind === TapKind.Refund) returned[purchase.reference] += purchase.grossRial;
  intents.push(entry);
  returned.push(0);
  const record = emptyState();
  copyNumbers(state, record);
  records.push(record);
  copyNumbers(after, state);
  state[StateField.BaseTag] = purchase.sequence;
  return crc32(bytes, 0, lengthBytes);
}

/** Copies the next part of the tap into a list; returns its length. */
function copyPart(into: number[]): number {
  const part = tap as number[];
  const length = part[at];
  for (let i = 0; i < length; i++) into[i] = part[at + 1 + i];
  at += length + 1;
  return length;
}

/** As `copyPart`: lists and bytes are not indexed alike in Lua. */
function copyBytesPart(into: Bytes): number {
  const part: number[] = [];
  const length = copyPart(part);
  for (let i = 0; i < length; i++) into[i] = part[i];
  return length;
}
