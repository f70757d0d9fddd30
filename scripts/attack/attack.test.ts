/** The search of `clubpad attack` finds what it must, and tells it so that it can be done again. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../back-office/user-error";
import { runCanary } from "./canary-run";
import { DEFAULT_LIMITS, replayFailure, runSearches } from "./run-search";
import { runScenarios, tableOf } from "./scenarios";

const SEED = process.env.SEED ?? "attack-test";
const REPLAY = `replay: SEED=${SEED} node --import tsx scripts/attack/attack.test.ts`;

test("a short search breaks nothing; a copy does, and the back office sees a fork", () => {
  const [genuine, copy] = runSearches({ ...DEFAULT_LIMITS, tapRuns: 4000, seed: SEED });
  assert.is(genuine.failure, undefined, REPLAY);
  assert.is(copy.failure, undefined, REPLAY);
  assert.ok(copy.forks > 0, "the copy was paid at least once");
  assert.ok(genuine.computed > 0 && genuine.computed <= genuine.tapRuns);
});

test("two sales of one chain, released out of order, are no double spending", () => {
  const line =
    "copy:1.redeem.1999996.1999996.96f8dbe5af@pull7,2.small.1999994.1999994.69b0beab29," +
    "1.redeem.1999996.1999996.96f8dbe5af";
  assert.match(replayFailure(line, DEFAULT_LIMITS.pads).text, /nothing was paid twice/);
  // The copy's next sale is one too many.
  const more = `${line},1.small.1999994.1999994.69b0beab29`;
  assert.match(replayFailure(more, DEFAULT_LIMITS.pads).text, /knows nothing of sale 2/);
});

test("what the confirmation of a found record prevents is found without it, and is shrunk", () => {
  const { failure } = runCanary("releaseFound", 100_000, SEED).report;
  assert.ok(failure, REPLAY);
  assert.match(failure.text, /was released from a record that knows nothing of sale/);
  assert.ok(failure.story.length <= 5, failure.story.join("; "));
  // The same steps with the real firmware: the last one pays nothing, or cannot be done any more.
  let text = "";
  try {
    text = replayFailure(failure.line, DEFAULT_LIMITS.pads).text;
  } catch (error) {
    assert.instance(error, UserError);
    text = "not possible any more";
  }
  assert.match(text, /nothing was paid twice|not possible any more/);
});

test("the named attacks end as docs/threat-model.md says", () => {
  const results = runScenarios();
  for (const { attack, isHeld } of results) assert.ok(isHeld, attack);
  const text = readFileSync("docs/threat-model.md", "utf8");
  const table = tableOf(results).join("\n");
  assert.ok(text.includes(`\n\n${table}\n\n`), `docs/threat-model.md should have:\n${table}`);
});

test("a line that is none is refused with its step", () => {
  assert.throws(() => replayFailure("1.redeem.5.5.none,nonsense", 2), /step 1: the card's chip/);
  assert.throws(() => replayFailure("nonsense", 2), /step 1: "nonsense" is no step/);
});

test.run();
