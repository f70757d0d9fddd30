/** The journal's intent from an evaluated tap, and what of it is read again. */
import { getUint, putUint } from "../../card-layout/bytes";
import { CardKind, type Identity, IdentityField } from "../../card-layout/identity";
import { type Decision, DecisionField, PartField, type Purchase } from "./evaluate";
import { IntentKey, type JournalEntry, PART_BYTES } from "./journal-entry";
import { CATEGORY_COUNT } from "./ruleset-format";

/** One of `IntentKey.Categories`. */
const CATEGORY_BYTES = 6;

/**
 * Fills what follows from an evaluated tap. Uid, counter, tags, time and mobile number
 * are the caller's to set.
 */
export function fillIntent(
  entry: JournalEntry,
  identity: Identity,
  purchase: Purchase,
  decision: Decision,
  rulesetVersion: number,
): void {
  const values = entry.values;
  values[IntentKey.MemberId] = identity[IdentityField.MemberId];
  values[IntentKey.Serial] = identity[IdentityField.Serial];
  values[IntentKey.CardNumber] = identity[IdentityField.CardNumber];
  values[IntentKey.Kind] = purchase.kind;
  values[IntentKey.Day] = purchase.day;
  values[IntentKey.Minute] = purchase.minute;
  values[IntentKey.GrossRial] = purchase.grossRial;
  copyFigures(decision, values);
  values[IntentKey.RulesetVersion] = rulesetVersion;
  values[IntentKey.Reference] = purchase.reference;
  values[IntentKey.Approver] = purchase.approver;
  values[IntentKey.Cashier] = purchase.cashier;
  values[IntentKey.ReturnedRial] = purchase.returnedRial;
  values[IntentKey.PadGivenRial] = purchase.padGivenRial;
  values[IntentKey.TillRequest] = purchase.tillRequest;
  values[IntentKey.IsGift] = identity[IdentityField.Kind] === CardKind.Gift ? 1 : 0;
  fillParts(entry, decision);
  fillCategories(entry, purchase);
}

/** The figures that stand under the same keys in a decision and in an intent. */
export function copyFigures(from: number[], to: number[]): void {
  for (let key = IntentKey.UsedRial; key <= IntentKey.PointsUsed; key++) {
    if (key <= IntentKey.PointsAfter || key >= IntentKey.RestoredRial) to[key] = from[key];
  }
}

function fillParts(entry: JournalEntry, decision: Decision): void {
  const bytes = entry.strings[IntentKey.Parts];
  const end = decision[DecisionField.PartCount] * PART_BYTES;
  let part = DecisionField.Parts;
  for (let at = 0; at < end; at += PART_BYTES) {
    bytes[at] = decision[part];
    bytes[at + 1] = decision[part + PartField.Kind];
    putUint(bytes, at + 2, 2, decision[part + PartField.UntilDay]);
    putUint(bytes, at + 4, 5, decision[part + PartField.AmountRial]);
    part += PartField.Count;
  }
  entry.lengths[IntentKey.Parts] = end;
}

function fillCategories(entry: JournalEntry, purchase: Purchase): void {
  const bytes = entry.strings[IntentKey.Categories];
  const list = purchase.categories;
  let end = 0;
  if (list !== undefined) {
    for (let key = 0; key < CATEGORY_COUNT; key++) {
      if (list[key] + list[key + CATEGORY_COUNT] > 0) {
        bytes[end] = key;
        bytes[end + 1] = list[key];
        putUint(bytes, end + 2, 4, list[key + CATEGORY_COUNT]);
        end += CATEGORY_BYTES;
      }
    }
  }
  entry.lengths[IntentKey.Categories] = end;
}

/** The categories of a journaled purchase as `Purchase` has them; undefined when it names none. */
export function categoriesOf(entry: JournalEntry): number[] | undefined {
  const lengthBytes = entry.lengths[IntentKey.Categories];
  const bytes = entry.strings[IntentKey.Categories];
  if (lengthBytes === 0) return undefined;
  const list: number[] = [];
  for (let i = 0; i < CATEGORY_COUNT * 2; i++) list.push(0);
  for (let at = 0; at < lengthBytes; at += CATEGORY_BYTES) {
    list[bytes[at] % CATEGORY_COUNT] = bytes[at + 1];
    list[(bytes[at] % CATEGORY_COUNT) + CATEGORY_COUNT] = getUint(bytes, at + 2, 4);
  }
  return list;
}
