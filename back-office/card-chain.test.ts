import { test } from "uvu";
import * as assert from "uvu/assert";
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";
import { type ChainIntent, judgeChain } from "./card-chain";

const { Commit, Aborted, InDoubt } = {
  Commit: JournalType.Commit,
  Aborted: JournalType.Aborted,
  InDoubt: JournalType.InDoubt,
};
const START = 2_000_000;

/** `steps` below the start; tags by one letter. */
function intent(
  steps: number,
  baseTag: string,
  newTag: string,
  outcome?: number,
  kind: number = TapKind.Sale,
): ChainIntent {
  return { counter: START - 2 * steps, baseTag, newTag, outcome, kind };
}

/** Status of each (with ! when nothing was released) and kind of each problem. */
function judged(intents: ChainIntent[], issuedTag?: string): string {
  const { verdicts, problems } = judgeChain(intents, issuedTag);
  const statuses = verdicts.map(({ status, isUnreleased }) => status + (isUnreleased ? "!" : ""));
  return [...statuses, ...problems.map(({ kind }) => `[${kind}]`)].join(" ");
}

const STORIES: [story: string, intents: ChainIntent[], expected: string][] = [
  ["nothing known yet", [intent(0, "a", "b")], "open"],
  ["cashier gave up", [intent(0, "a", "b", InDoubt)], "inDoubt"],
  ["finished", [intent(0, "a", "b", Commit)], "committed"],
  ["never touched the card", [intent(0, "a", "b", Aborted)], "aborted"],
  [
    "in doubt, and the next tap starts from its record",
    [intent(0, "a", "b", InDoubt), intent(1, "b", "c", Commit)],
    "committed! committed",
  ],
  [
    "in doubt, and the next tap starts from another record",
    [
      intent(0, "a", "b", InDoubt),
      intent(0, "a", "x", Commit, TapKind.Abandon),
      intent(1, "x", "c"),
    ],
    "aborted committed open",
  ],
  [
    "an abandonment that was itself torn proves nothing",
    [intent(0, "a", "b", InDoubt), intent(0, "a", "x", InDoubt, TapKind.Abandon)],
    "inDoubt inDoubt",
  ],
  [
    "two pads made the same abandoning copy; one of them left before touching the card",
    [
      intent(0, "a", "b", InDoubt),
      intent(0, "a", "x", Aborted, TapKind.Abandon),
      intent(0, "a", "x", Commit, TapKind.Abandon),
    ],
    "aborted aborted committed",
  ],
  [
    "two pads on the same settled record: the card went on with the second",
    [intent(0, "a", "b"), intent(0, "a", "c", Commit)],
    "aborted committed",
  ],
  [
    "a journal between the two is missing",
    [intent(0, "a", "b", Commit), intent(2, "m", "d", Commit)],
    "committed committed [unexplained]",
  ],
  [
    "a copied card: two different records at one counter",
    [intent(0, "a", "b", Commit), intent(0, "a", "c", Commit)],
    "committed committed [cardFork]",
  ],
  [
    "the pad said certainly not, the card says otherwise",
    [intent(0, "a", "b", Aborted), intent(1, "b", "c", Commit)],
    "committed! committed [contradiction]",
  ],
];

test("one row, one story", () => {
  for (const [story, intents, expected] of STORIES) {
    assert.is(judged(intents), expected, story);
    // Order must not matter to what each intent became.
    const backwards = judgeChain([...intents].reverse(), undefined).verdicts.reverse();
    assert.equal(backwards, judgeChain(intents, undefined).verdicts, story);
  }
});

test("a card that begins with another record than it was issued with is a copy", () => {
  assert.is(judged([intent(0, "a", "b", Commit)], "a"), "committed");
  assert.is(judged([intent(0, "z", "b", Commit)], "a"), "committed [cardFork]");
});

test("the newest record is the lowest certain one", () => {
  assert.equal(judgeChain([], "a").newest, { counter: START, tag: "a" });
  assert.is(judgeChain([], undefined).newest, undefined);
  const open = [intent(0, "a", "b", Commit), intent(1, "b", "c")];
  assert.equal(judgeChain(open, "a").newest, { counter: START - 2, tag: "b" });
});

test.run();
