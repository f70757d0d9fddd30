// The soak itself: it repeats to the byte, its oracle sees what is wrong, and a failure gets small.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Rng } from "../../host-sim/rng";
import { bringToRest } from "./at-rest";
import { type EpisodeOptions, runEpisode } from "./episode";
import { StepPlayer } from "./play-step";
import { parsePlaces, parseRanges, rangesText, replayLine, shrink, storyOf } from "./replay";
import { openShop, type Shop } from "./shop";
import { runSoak } from "./soak";
import type { Step, StepKind } from "./step-kinds";
import { drawSwarm, type Swarm } from "./swarm";

const SMALL: EpisodeOptions = {
  ...{ seed: "test", taps: 150, terminals: 3, cards: 6, hasFaults: true },
};

test("the same seed gives the same events, another one others", async () => {
  const first = await runEpisode(SMALL);
  assert.is(first.failure, undefined);
  assert.ok(first.taps >= SMALL.taps && first.faults > 0);
  assert.is((await runEpisode(SMALL)).hash, first.hash);
  assert.is.not((await runEpisode({ ...SMALL, seed: "test2" })).hash, first.hash);
});

test("a short soak", async () => {
  const seed = process.env.SEED ?? "guard";
  const options = { seed, taps: 600, terminals: 4, cards: 12, hasFaults: true };
  const { failed, taps } = await runSoak(options, () => undefined);
  assert.is(failed?.result.failure?.message, undefined, failed && replayLine(failed.options));
  assert.ok(taps >= 600);
});

/** A quiet shop after a first sale that gave credit. */
class Bench {
  readonly shop: Shop;
  readonly swarm: Swarm;
  private number = 1;

  constructor() {
    const rng = new Rng("bench");
    this.swarm = drawSwarm(rng, { terminals: 1, cards: 1, hasFaults: false });
    const rule = { id: 1, when: [], basisPoints: 1000, maxRial: 0, purse: 0, window: undefined };
    const noLimits = { earnPerTapRial: 0, balanceRial: 0, roundToRial: 1 };
    Object.assign(this.swarm.rules, { ...noLimits, bestOf: [rule], allOf: [] });
    this.shop = openShop(rng, this.swarm);
    this.shop.pads[0].powerOn();
  }

  async play(kind: StepKind, grossToman = 0): Promise<void> {
    const step: Step = {
      ...{ number: this.number++, kind, pad: 0, card: 0, waitSeconds: 60 },
      ...{ grossToman, creditToman: 0, keys: "", amount: 86_400 },
    };
    await new StepPlayer(this.shop, this.swarm, step, "bench", new Set()).play();
  }

  async rest(): Promise<void> {
    await bringToRest(this.shop, this.swarm, "bench", this.number);
  }
}

async function openBench(): Promise<Bench> {
  const bench = new Bench();
  await bench.play("enrol");
  await bench.play("sale", 50_000);
  return bench;
}

async function broken(action: () => Promise<void>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was noticed";
}

test("undisturbed, nothing is wrong", async () => {
  const bench = await openBench();
  await bench.play("sync");
  await bench.rest();
  bench.shop.office.close();
});

test("a card that was put back is seen at once", async () => {
  const bench = await openBench();
  const before = Uint8Array.from(bench.shop.cards[0].bytes.image);
  await bench.play("sale", 10_000);
  bench.shop.cards[0].bytes.image.set(before);
  assert.match(await broken(() => bench.play("balance")), /^I6: /);
});

test("a changed byte of a released record is seen at once", async () => {
  const bench = await openBench();
  const { image } = bench.shop.cards[0].bytes;
  for (const block of [16, 28]) image[block * 16 + 7] ^= 1;
  assert.match(await broken(() => bench.play("cardAgain")), /^I[12]: /);
});

test("a journal that loses a record is seen at once", async () => {
  const bench = await openBench();
  const [pad] = bench.shop.pads;
  const older = pad.flash.saveState();
  await bench.play("sale", 10_000);
  pad.cutPower();
  pad.flash.restoreState(older);
  assert.match(await broken(() => bench.play("giveUp")), /^I5: pad 1: record .* gone/);
});

test("an office that loses an entry, or counts one twice, is seen at the next sync", async () => {
  for (const sql of [
    "DELETE FROM entries WHERE account LIKE 'liability%'",
    "UPDATE entries SET amount_rial = amount_rial * 2",
  ]) {
    const bench = await openBench();
    await bench.play("sync");
    bench.shop.office.query(sql);
    assert.match(await broken(() => bench.play("sync")), /^I1: /);
  }
});

test("an acknowledgement of what is not stored is seen", async () => {
  const bench = await openBench();
  await bench.play("sync");
  bench.shop.office.query("UPDATE terminals SET next_sequence = next_sequence - 1");
  assert.match(await broken(() => bench.play("sync")), /^I5: the office forgot/);
});

test("rules that give more than they say are seen at the first sale", async () => {
  const bench = new Bench();
  await bench.play("enrol");
  bench.swarm.rules.bestOf[0].basisPoints = 999;
  assert.match(await broken(() => bench.play("sale", 50_000)), /^I1: intent .*: earned is/);
});

test("a failure is made small, told in words, and played again by its line", async () => {
  const sabotage = (_: Shop, { rules }: Swarm) => {
    rules.pointsPerUnit.points += 1;
  };
  const options = { ...SMALL, seed: "small", taps: 60, isMembersOnly: true, sabotage };
  const failed = await runEpisode(options);
  assert.is(failed.failure?.invariant, "I1");
  const small = await shrink(options, failed);
  assert.ok(small.result.steps <= 3, storyOf(small.result).join("\n"));
  assert.match(
    storyOf(small.result).at(-1) ?? "",
    /^(in step \d+|when all was to be at rest): I1: /,
  );
  assert.is((await runEpisode(small.options)).hash, small.result.hash);
  assert.match(
    replayLine(small.options),
    /^npx clubpad soak --replay small --taps 60 .*--members-only --keep/,
  );
});

test("step numbers and places as text", () => {
  assert.is(rangesText([1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
  assert.equal([...(parseRanges("1-3,7") ?? [])], [1, 2, 3, 7]);
  assert.is(parseRanges("1-x"), undefined);
  assert.equal([...(parsePlaces("3.14,3.15")?.get(3) ?? [])], [14, 15]);
  assert.is(parsePlaces("3"), undefined);
});

test.run();
