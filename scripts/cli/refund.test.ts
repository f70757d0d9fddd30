/** `clubpad refund`: what people type and read; the sums are host-sim/deferred-refunds.test.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { requestOf, TapOutcome } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { TestShops } from "../../host-sim/test-shops";
import { runCommand } from "./test-commands";

const folder = mkdtempSync(path.join(tmpdir(), "clubpad-refund-"));
const db = path.join(folder, "club.db");
test.after(() => rmSync(folder, { recursive: true }));

test("a return is listed, settled once, and listed as settled", async () => {
  const world = new TestShops(db);
  world.sale(50_000);
  const number = world.sale(100_000, 4_000);
  const wanted = { ...requestOf(TapKind.Refund, 30_000, number), originalTerminal: 1 };
  assert.is(world.tap(wanted, world.member, world.pads[1]), TapOutcome.Deferred);
  world.settle();
  const { out: before } = await runCommand("refund", "list", "--db", db);
  const [, id] = /^return (2\/1\/\d+) of \d{4}-\d\d-\d\d: /.exec(before) ?? [];
  assert.match(before, `30,000 rial of sale 1/${number} of card 1, waits`);
  const words = ["refund", "settle", "--db", db, "--return", id];
  const settled = await runCommand(...words, "--date", "1405-09-05");
  assert.is(settled.refusal, "");
  assert.is(
    settled.out,
    `return ${id} is settled: sale 1/1/${number} of card 1, by patches 1, 2, 3
  in money 28,800 rial
  credit given back 1,200 rial, taken back 2,880 rial
  points taken back 29
  they wait for the next sync of each pad, and then for the card`,
  );
  const again = await runCommand(...words);
  const by = `sale 1/1/${number} of card 1, by patches 1, 2, 3`;
  assert.is(again.out, `return ${id} was settled already: ${by}`);
  const { out: after } = await runCommand("refund", "list", "--db", db);
  assert.match(after, `settled as of sale 1/1/${number}, by patches 1, 2, 3`);
  const { out: patches } = await runCommand("patch", "list", "--db", db);
  assert.match(patches, `patch 2 of card 1/0: takes back 2880 rial, waits (return ${id})`);
  const json = await runCommand("refund", "list", "--db", db, "--json");
  assert.equal(JSON.parse(json.out)[0].patchIds, [1, 2, 3]);
});

test("what is no return, and what is no number of a record, is refused", async () => {
  const settle = (...words: string[]) => runCommand("refund", "settle", "--db", db, ...words);
  const unknown = await settle("--return", "9/0/9");
  assert.match(unknown.refusal, /no pad noted a return as 9\/0\/9: see clubpad refund list/);
  const date = await settle("--return", "9/0/9", "--date", "2026-01-01");
  assert.match(date.refusal, /--date: write a Jalali date/);
});

test.run();
