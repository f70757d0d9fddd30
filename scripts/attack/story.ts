/** A path of the search in words, one line a step. */
import { GARBAGE } from "./contents";
import { type CardFace, type PadStates, TORN } from "./pad-states";
import { pathOf, type Step } from "./search";

/** Index = TapOutcome. */
const OUTCOMES = [
  ...["waiting", "working", "left early", "card gone, wants the same one", "another card"],
  ...["two cards", "done", "refused by the rules", "blank", "foreign", "damaged"],
  ...["manipulated", "superseded", "in doubt", "journal full", "fault"],
];
const QUESTIONS = {
  redeem: "a sale paid with all the credit",
  small: "a small sale",
  cancel: "the cashier gives up",
};

export function storyOf(states: PadStates, last: Step): string[] {
  return pathOf(last).map(
    (step, index) => `tap ${index + 1}, terminal ${step.pad + 1}: ${tellStep(states, step)}`,
  );
}

function tellStep(states: PadStates, { before, pad, input, result }: Step): string {
  const { card, asked, tear } = input;
  const edits = editsOf(states, before, card);
  const isAwaited = before.isOpen[pad] && asked === "redeem";
  const question = isAwaited ? "the awaited card comes back" : QUESTIONS[asked];
  const disturbance =
    tear === undefined || result.struck === ""
      ? ""
      : `${tear.mode === "pull" ? "card pulled" : "power cut"} ${result.struck}`;
  const outcome = result.outcome === undefined ? "no power" : OUTCOMES[result.outcome];
  const released = result.released.map((sale) => `RELEASES sale ${sale}`);
  const answer = asked === "cancel" ? "" : `pad: ${outcome}`;
  return [edits, question, disturbance, answer, ...released]
    .filter((part) => part !== "")
    .join("; ");
}

function editsOf(states: PadStates, before: Step["before"], card: CardFace): string {
  const edits: string[] = [];
  if (card.first !== before.first || card.second !== before.second) {
    edits.push(`counters set to ${counterText(card.first)}/${counterText(card.second)}`);
  }
  const record = states.contents.records[card.content];
  const isThere = before.step === undefined || before.step.result.seen.includes(card.content);
  if (card.content === GARBAGE) edits.push("the newest record spoilt");
  else if (!isThere) edits.push(`record ${record.key} put in its slot`);
  return edits.length === 0 ? "" : `attacker: ${edits.join(", ")}`;
}

function counterText(value: number): string {
  return value === TORN ? "torn" : String(value);
}
