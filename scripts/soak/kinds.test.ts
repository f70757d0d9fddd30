// Every kind of tap has its place in the soak, and what the office orders reaches the cards.
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  KIND_BLOCK,
  KIND_PATCH,
  KIND_REFUND,
  KIND_RENEW,
  KIND_REWARD,
  KIND_VOID,
} from "../../oracle/other-taps";
import { KIND_ENROL, KIND_SALE } from "../../oracle/tap-rules";
import { runEpisode } from "./episode";
import { storyOf } from "./replay";
import type { Shop } from "./shop";

const KINDS = [
  ...[KIND_ENROL, KIND_SALE, KIND_REFUND, KIND_VOID, KIND_REWARD, KIND_RENEW],
  ...[KIND_PATCH, KIND_BLOCK],
];
const COMMITTED = "SELECT DISTINCT kind FROM transactions WHERE status = 'committed'";

/** The kinds that an episode's office has in its books at the end. */
async function kindsOf(seed: string): Promise<number[]> {
  const kinds: number[] = [];
  const watch = ({ office }: Shop) => {
    const close = office.close.bind(office);
    office.close = () => {
      kinds.push(...office.query(COMMITTED).map(({ kind }) => Number(kind)));
      close();
    };
  };
  const size = { taps: 500, terminals: 3, cards: 8 };
  const result = await runEpisode({ seed, ...size, hasFaults: true, sabotage: watch });
  assert.is(result.failure?.message, undefined, storyOf(result).slice(-30).join("\n"));
  return kinds;
}

for (const seed of ["kinds.1", "kinds.11", "kinds.17"]) {
  test(`all kinds of tap, with faults (${seed})`, async () => {
    const kinds = await kindsOf(seed);
    assert.equal(
      KINDS.filter((kind) => !kinds.includes(kind)),
      [],
    );
  });
}

test("goods of one sale come back in many parts (kinds.13)", async () => {
  assert.ok((await kindsOf("kinds.13")).includes(KIND_REFUND));
});

test.run();
