// Every kind of tap has its place in the soak, and what the office orders reaches the cards.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Row } from "../../oracle/ledger-model";
import {
  KIND_BLOCK,
  KIND_GIFT_LOAD,
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
const GIFT_KINDS = [KIND_GIFT_LOAD, KIND_SALE, KIND_REFUND, KIND_VOID, KIND_PATCH];
const GIFT_TAPS = `SELECT kind, serial, count(*) AS count,
    max(used_rial > 0 AND balance_after_rial > 0) AS is_part
  FROM transactions WHERE status = 'committed' AND is_gift = 1 GROUP BY kind, serial`;
const COMMITTED = "SELECT DISTINCT kind FROM transactions WHERE status = 'committed'";

/** What an episode's office has in its books at the end. */
async function booksOf(seed: string, isMembersOnly: boolean, sql: string): Promise<Row[]> {
  const rows: Row[] = [];
  const watch = ({ office }: Shop) => {
    const close = office.close.bind(office);
    office.close = () => {
      rows.push(...office.query(sql));
      close();
    };
  };
  const size = { taps: 500, terminals: 3, cards: 8 };
  const kinds = { isMembersOnly, isWithoutStaff: true };
  const options = { seed, ...size, hasFaults: true, ...kinds, sabotage: watch };
  const result = await runEpisode(options);
  assert.is(result.failure?.message, undefined, storyOf(result).slice(-30).join("\n"));
  return rows;
}

async function kindsOf(seed: string): Promise<number[]> {
  const rows = await booksOf(seed, true, COMMITTED);
  return rows.map(({ kind }) => Number(kind));
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

for (const seed of ["gifts.2", "gifts.4"]) {
  test(`gift cards: loaded, again, spent in parts, undone, with faults (${seed})`, async () => {
    const taps = await booksOf(seed, false, GIFT_TAPS);
    const loads = taps.filter(({ kind }) => kind === KIND_GIFT_LOAD);
    assert.ok(
      loads.some(({ count }) => Number(count) > 1),
      "no card was loaded again",
    );
    const kinds = taps.map(({ kind }) => Number(kind));
    assert.equal(
      GIFT_KINDS.filter((kind) => !kinds.includes(kind)),
      [],
    );
    assert.ok(
      taps.some(({ is_part }) => Number(is_part) === 1),
      "no card was spent in part",
    );
  });
}

test("a gift card is loaded once where rules say so, unless undone (gifts.17)", async () => {
  const taps = await booksOf("gifts.17", false, GIFT_TAPS);
  const countOf = (wanted: number, of: unknown) =>
    Number(taps.find(({ kind, serial }) => kind === wanted && serial === of)?.count ?? 0);
  const loaded = taps.filter(({ kind }) => kind === KIND_GIFT_LOAD);
  assert.ok(loaded.length > 0);
  for (const { serial } of loaded) {
    assert.ok(countOf(KIND_GIFT_LOAD, serial) <= 1 + countOf(KIND_VOID, serial), `card ${serial}`);
  }
});

test("goods of one sale come back in many parts (kinds.13)", async () => {
  assert.ok((await kindsOf("kinds.13")).includes(KIND_REFUND));
});

test.run();
