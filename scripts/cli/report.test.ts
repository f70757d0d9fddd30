/** `clubpad report`: what people read; the sums are host-sim/offers.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { noteTerms } from "../../back-office/offers/programmes";
import { requestOf } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { TestShops } from "../../host-sim/test-shops";
import { loadRules } from "./load-rules";
import { runCommand } from "./test-commands";

const folder = mkdtempSync(path.join(tmpdir(), "clubpad-report-"));
const db = path.join(folder, "club.db");
const file = path.join(folder, "kinds.yaml");
writeFileSync(
  file,
  `club: 1
version: 3
validFrom: 1404-01-01
credit: {until: 90 days}
staff: {grantsPerDayRial: 5_000}
programmes: [{name: tenths, rules: [1, 2], budgetRial: 9_000}]
rewards: [{id: 2, name: a little credit, points: 20, creditRial: 700}]
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: more, phase: earn, order: 1, stack: 1, give: 5 %, of: category3}
`,
);
test.after(() => rmSync(folder, { recursive: true }));

test("offers, programmes and grants, in words and for programs", async () => {
  const world = new TestShops(db);
  const report = (name: string, ...words: string[]) =>
    runCommand("report", name, "--db", db, ...words);
  const empty = await Promise.all(["offers", "programmes", "grants"].map((name) => report(name)));
  assert.equal(
    empty.map(({ out }) => out),
    [
      "no offer has given anything yet",
      'no programme is known: write "programmes:" into the rules',
      "nobody granted anything yet",
    ],
  );
  world.sale(100_000);
  world.sale(10_000, 4_000, world.member, world.pads[1]);
  world.tap(requestOf(TapKind.Reward, 0, 2));
  world.tap({ ...requestOf(TapKind.Grant, 8_000, 3), approver: 77 });
  world.settle();
  noteTerms(world.database, 3, loadRules(file).terms);
  const offers = await report("offers");
  const lines = offers.out.split("\n").slice(1);
  assert.equal(lines, [
    "rule 1, tenth: 2 times for 1 member, sales 110,000 rial",
    "  granted 10,600 rial, used 4,000 rial, outstanding 6,600 rial",
    "rule 3: 2 times for 1 member, sales 110,000 rial, 106 points",
    "  granted 0 rial",
    "reward 2, a little credit: once for 1 member",
    "  granted 700 rial, outstanding 700 rial",
    "grants",
    "  granted 8,000 rial, outstanding 8,000 rial",
  ]);
  const programmes = await report("programmes");
  assert.is(programmes.exitCode, 2, "over its budget");
  assert.equal(programmes.out.split("\n"), [
    'programme "tenths", rules 1, 2: 2 times for 1 member, sales 110,000 rial',
    "  granted 10,600 rial, used 4,000 rial, outstanding 6,600 rial",
    "  OVER its budget of 9,000 rial by 1,600 rial; to stop it: --help",
  ]);
  const grants = await report("grants");
  assert.is(grants.exitCode, 2, "more than a supervisor may grant in a day");
  const told = "supervisor's card 77: 1 grant of 8,000 rial, reason 3; OVER 5,000 rial in a day";
  assert.is(grants.out.replace(/^14\d\d-\d\d-\d\d /, ""), told);
  const [json] = JSON.parse((await report("programmes", "--json")).out);
  assert.equal([json.givenRial, json.leftRial, json.isOver], [10_600, 0, true]);
  const richer = path.join(folder, "richer.yaml");
  writeFileSync(richer, `club: 1\nversion: 4\nvalidFrom: 1404-01-01\ncredit: {until: 9 days}\n`);
  const { out } = await report("programmes", "--rules", richer);
  assert.match(out, "no programme is known");
});

test.run();
