// The top line of a pad says how long ago its office was heard.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Rng } from "../../host-sim/rng";
import { StepPlayer } from "./play-step";
import { openShop } from "./shop";
import type { Step } from "./step-kinds";
import { drawSwarm } from "./swarm";
import { fetchUndisturbed } from "./sync-step";

const STEP: Step = {
  ...{ number: 1, kind: "sync", pad: 0, card: 0, waitSeconds: 0 },
  ...{ grossToman: 0, creditToman: 0, keys: "", amount: 0 },
};

test("minutes, then hours; nothing before the first time and behind a power cut", async () => {
  const options = { terminals: 1, cards: 4, hasFaults: false };
  const swarm = drawSwarm(new Rng("sign"), options);
  const shop = openShop(new Rng("sign"), swarm);
  const [pad] = shop.pads;
  const signAfter = (seconds: number) => {
    shop.clock.advance(seconds * 1e6);
    for (let i = 0; i < 5; i++) pad.step();
    return /^\d\d Q\d+(?: (S\d+[mh]))? +\d\d:\d\d$/.exec(pad.lines[0])?.[1];
  };
  pad.powerOn();
  assert.is(signAfter(60), undefined);
  const player = new StepPlayer(shop, { ...swarm, faultChance: 0 }, STEP, "sign", new Set());
  const enrolAndSync = async (card: number) => {
    player.pressAll("*C#");
    assert.is(player.tap(shop.cards[card], undefined), "done");
    player.pressAll("*");
    await fetchUndisturbed(player);
  };
  await enrolAndSync(0);
  assert.is(signAfter(5), "S0m");
  assert.is(signAfter(7 * 60), "S7m");
  assert.is(signAfter(60 * 60), "S1h");
  assert.is(signAfter(98 * 3600), "S99h");
  assert.is(signAfter(3600), undefined);
  await enrolAndSync(1);
  assert.is(signAfter(5), "S0m");
  pad.powerOn();
  assert.is(signAfter(5), undefined);
  shop.office.close();
});

test.run();
