/**
 * The quick world is honest: after every single fault of a sale that both can order, it ends as the
 * full simulation does, in what the pad said, what its journal says, and what is on the card; at
 * once, and when the card has come back.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { FaultPlan } from "../../host-sim/quick/faults";
import { QUICK_PLAN } from "../../host-sim/quick/quick-pad";
import { createTableAes } from "../../host-sim/quick/table-aes";
import { FullWorld } from "./full-world";
import { CardOracle } from "./oracle/card";
import { readJournal } from "./oracle/journal";
import { prepareCard, QuickWorld, SEARCH_UID } from "./quick-world";
import { createSearchClub } from "./search-club";
import { singleFaults } from "./single-faults";
import { TAP_CASES } from "./tap-case";
import type { TapWorld } from "./tap-world";

const MOST_VISITS = 4;
const club = createSearchClub();
const aes = createTableAes();
const oracle = new CardOracle(club.keys, SEARCH_UID);
const tapCase = TAP_CASES.filter(({ name }) => name === "sale-with-credit")[0];

function stateOf(world: TapWorld, pageSizeBytes: number): string {
  const key = club.config(1).journalKey as Uint8Array;
  const { intents, alarms, problems } = readJournal(world.journal(0), pageSizeBytes, key, aes);
  assert.equal(problems, []);
  const card = oracle.read(world.image);
  const journal = intents.map(({ kind, outcomes }) => `${kind}:${outcomes.join("+") || "open"}`);
  const records = [card.current, card.attempt].map((record) => record?.value);
  return [...journal, `${alarms} alarms`, card.counter1, card.counter2, ...records].join(" ");
}

function story(world: TapWorld, pageSizeBytes: number): string[] {
  const lines = [`${world.tap(0, tapCase.order)}: ${stateOf(world, pageSizeBytes)}`];
  if (!world.isPowered(0)) assert.ok(world.powerOn(0));
  for (let visit = 0; visit < MOST_VISITS && world.isWaiting(0); visit++) {
    lines.push(`${world.present(0)}: ${stateOf(world, pageSizeBytes)}`);
  }
  return lines;
}

test("every single fault of a sale with credit ends alike in both worlds", () => {
  const prepared = prepareCard(club, tapCase);
  const quick = new QuickWorld(club, prepared, tapCase, "agree");
  let compared = 0;
  for (const { planned, inFull } of singleFaults(quick, tapCase)) {
    // A word that reads unsteadily reads one way or the other, and differently in other pages.
    if (inFull === undefined || planned.fault === "weak") continue;
    quick.reset(new FaultPlan([planned]));
    const full = new FullWorld(club, prepared, inFull, "agree");
    assert.equal(
      story(quick, QUICK_PLAN.pageSizeBytes),
      story(full, PLAN_16_PAGES.pageSizeBytes),
      `${planned.fault} at place ${planned.place}`,
    );
    compared++;
  }
  assert.ok(compared > 700, `${compared} faults are few`);
});

test.run();
