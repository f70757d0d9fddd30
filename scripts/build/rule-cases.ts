/**
 * A program in the device language that evaluates the taps it is handed and prints each result. It
 * runs as TypeScript and as a device bundle, and must print the same lines in both.
 */
import { newBytes } from "../../card-layout/bytes";
import { emptyIdentity } from "../../card-layout/identity";
import { emptyState } from "../../card-layout/state";
import {
  createDecision,
  createPurchase,
  DecisionField,
  evaluateTap,
} from "../../firmware/core/evaluate";
import { checkRuleset } from "../../firmware/core/ruleset";

declare function print(this: void, line: string): void;
/**
 * Parts of one tap one behind the other, each with its length in front: ruleset, state, identity,
 * purchase (kind, bill, asked credit, day, minute), categories. Undefined behind the last.
 */
declare function require(this: void, name: "tap"): number[] | undefined;

const state = emptyState();
const after = emptyState();
const identity = emptyIdentity();
const decision = createDecision();
let tap = require("tap");
let at = 0;

while (tap !== undefined) {
  at = 0;
  const ruleset = newBytes(tap[0]);
  copyPart(ruleset);
  copyPart(state);
  copyPart(identity);
  const sale: number[] = [];
  const categories: number[] = [];
  copyPart(sale);
  copyPart(categories);
  const purchase = createPurchase(3, 1);
  purchase.kind = sale[0];
  purchase.grossRial = sale[1];
  purchase.askedCreditRial = sale[2];
  purchase.categories = categories;
  purchase.day = sale[3];
  purchase.minute = sale[4];
  purchase.sequence = 77;
  const status = checkRuleset(ruleset);
  if (status === 0) evaluateTap(ruleset, state, identity, purchase, after, decision);
  const count = DecisionField.FiredRules + decision[DecisionField.FiredCount];
  let line = `${status}`;
  for (let i = 0; i < count; i++) line += ` ${decision[i] === undefined ? 0 : decision[i]}`;
  for (let i = 0; i < after.length; i++) line += ` ${after[i]}`;
  print(line);
  tap = require("tap");
}

/** Copies the next part of the tap. */
function copyPart(into: { [index: number]: number }): void {
  const part = tap as number[];
  const length = part[at];
  for (let i = 0; i < length; i++) into[i] = part[at + 1 + i];
  at += length + 1;
}
