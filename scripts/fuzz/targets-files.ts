/** Files that people write or receive: rules, scenarios, keys; and rules as a pad gets them. */
import { readFileSync } from "node:fs";
import { parseRecordId, transactionName } from "../../back-office/journal-records";
import { createClubKeys, formatKeyFile, parseKeyFile } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { RulesetError } from "../../back-office/rules/yaml-section";
import { UserError } from "../../back-office/user-error";
import { putUint } from "../../card-layout/bytes";
import { emptyIdentity } from "../../card-layout/identity";
import { emptyState, encodeState, StateField, StateFlag } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import {
  createDecision,
  createPurchase,
  DecisionField,
  evaluateTap,
  Outcome,
} from "../../firmware/core/evaluate";
import { checkRuleset } from "../../firmware/core/ruleset";
import { Header, RULESET_MAGIC } from "../../firmware/core/ruleset-format";
import { PROJECT_ROOT } from "../sim/club";
import { parseScenario } from "../sim/scenario-file";
import { bytesOf, type FuzzTarget, promise, textOf } from "./fuzz-target";

const RULES = "rulesets/first-shop.yaml";
const MAX_RIAL = 2 ** 40 - 1;

function textFile(name: string): string {
  return readFileSync(`${PROJECT_ROOT}/${name}`, "utf8");
}

/** A parser for people: it answers, or says in a sentence of its own what is wrong. */
function textTarget(
  name: string,
  what: string,
  seeds: () => string[],
  parse: (text: string) => void,
): FuzzTarget {
  return {
    name,
    promise: `any ${what} is taken, or refused with a sentence that names the place`,
    isText: true,
    seeds: () => seeds().map(bytesOf),
    run: (input) => {
      try {
        parse(textOf(input));
        return "taken";
      } catch (error) {
        const isSentence = error instanceof UserError || error instanceof RulesetError;
        if (!isSentence) throw error;
        promise(error.message.length > 0, "refused without a word");
        return error.message
          .split("\n")[0]
          .replace(/["“][^"”]*["”]|\d+/g, "#")
          .slice(0, 60);
      }
    },
  };
}

export const rulesFile = textTarget(
  "rules-file",
  "ruleset file",
  () => [textFile(RULES), textFile("rulesets/vectors/examples.yaml")],
  (text) => {
    const { bytes } = compileRuleset(text, "rules.yaml");
    promise(checkRuleset(bytes) === Status.Ok, "compiled to what a pad refuses");
  },
);

export const scenarioFile = textTarget(
  "scenario-file",
  "scenario file",
  () => [textFile("scenarios/first-day.yaml"), textFile("scenarios/power-cuts.yaml")],
  (text) => {
    parseScenario(text, "scenario.yaml");
  },
);

/** What is typed behind `--return` and `--sale` of `clubpad refund settle`. */
export const recordId: FuzzTarget = {
  name: "record-id",
  promise: "what is taken is one record that a journal can have, written as its name is",
  isText: true,
  seeds: () => ["2/0/118", "65535/255/4294967295", "1/0/0"].map(bytesOf),
  run: (input) => {
    const text = textOf(input);
    const id = parseRecordId(text);
    if (id === undefined) return "refused";
    const { terminal, epoch, sequence } = id;
    promise([terminal, epoch, sequence].every(Number.isSafeInteger), "no whole number");
    promise(terminal >= 1 && terminal < 2 ** 16, "no such terminal");
    promise(epoch >= 0 && epoch < 2 ** 8, "no such epoch");
    promise(sequence >= 0 && sequence < 2 ** 32, "no such record");
    const plain = text.replace(/(^|\/)0+(?=\d)/g, "$1");
    promise(plain === transactionName(id), "another record than the text says");
    return plain === text ? "taken" : "taken without leading zeros";
  },
};

export const keyFile = textTarget(
  "key-file",
  "key file",
  () => [formatKeyFile(createClubKeys(7, 1, "fuzz"))],
  (text) => {
    parseKeyFile(text, "club.keys.yaml");
  },
);

export const rulesBytes: FuzzTarget = {
  name: "rules-bytes",
  promise: "a pad refuses a ruleset, or every sale by it keeps the books: whole rial, none made up",
  seeds: () => [
    compileRuleset(textFile(RULES), RULES).bytes,
    compileRuleset(textFile("rulesets/vectors/examples.yaml"), RULES).bytes,
  ],
  run: (input) => {
    // Beginning and length as the checks want them, so that more than those is looked at.
    if (input.length > Header.LengthBytes + 2 && input[0] % 2 === 0) {
      putUint(input, Header.Magic, 2, RULESET_MAGIC);
      putUint(input, Header.LengthBytes, 2, input.length);
    }
    const status = checkRuleset(input);
    if (status !== Status.Ok) return String(status);
    return [0, 1, 123_456_789, MAX_RIAL].map((grossRial) => sell(input, grossRial)).join();
  },
};

function sell(ruleset: Uint8Array, grossRial: number): number {
  const before = emptyState();
  before[StateField.Flags] = StateFlag.Enrolled;
  const after = emptyState();
  const decision = createDecision();
  const identity = emptyIdentity();
  identity.fill(1);
  const time = { day: 2300, minute: 600, sequence: 9 };
  const purchase = { ...createPurchase(1, 1), ...time, kind: 2, grossRial };
  evaluateTap(ruleset, before, identity, purchase, after, decision);
  const rials = [DecisionField.EarnedRial, DecisionField.BalanceRial, DecisionField.PayableRial];
  for (const field of rials) {
    const rial = decision[field];
    promise(Number.isInteger(rial) && rial >= 0 && rial <= MAX_RIAL, `${rial} rial`);
  }
  if (decision[DecisionField.Outcome] === Outcome.Ok) {
    const kept = decision[DecisionField.BalanceRial] + decision[DecisionField.DebtPaidRial];
    promise(kept === decision[DecisionField.EarnedRial], "earned is not what is on the card");
    promise(encodeState(after, new Uint8Array(128), 0) === Status.Ok, "not a state for a card");
  }
  return decision[DecisionField.Outcome];
}
