/**
 * Power cuts at every mutation of the journal's flash: while it is booted, appended to, rolled over
 * and acknowledged, and again while it recovers. After each the model (journal-bench.ts) agrees.
 *
 * By default a sample, drawn by SEED; CLUBPAD_EXHAUSTIVE=1 takes every point, model and pair.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { type BenchState, isCutShort, JournalBench } from "./journal-bench";
import type { CutPlan, EraseTear, ProgramTear } from "./nor-flash";
import { Rng } from "./rng";

const SEED = process.env.SEED ?? "1";
const IS_EXHAUSTIVE = process.env.CLUBPAD_EXHAUSTIVE === "1";
const RING = { pageSizeBytes: 512, pageCount: 4 };
const CHAIN_RINGS = [RING, { pageSizeBytes: 1024, pageCount: 3 }];
const SESSION_COUNT = 14;
const TAPS_PER_SESSION = 3;
const INTENT_BYTES = 100;
const COMMIT_BYTES = 12;

interface Tear {
  readonly program: ProgramTear;
  readonly erase: EraseTear;
}

/** `weak` twice, because which bits stay weak decides what is read. */
const TEARS: readonly Tear[] = [
  { program: "nothing", erase: "before" },
  { program: "some", erase: "half" },
  { program: "all", erase: "unstable" },
  { program: "weak", erase: "half" },
  { program: "weak", erase: "unstable" },
];

/** Share of the first cuts and of the second cuts that is tried. */
const FIRST_SHARE = IS_EXHAUSTIVE ? 1 : 0.12;
const SECOND_SHARE = IS_EXHAUSTIVE ? 1 : 0.015;

test("a cut at every mutation, and at every mutation of the recovery from it", () => {
  const bench = new JournalBench(RING);
  const rng = new Rng(SEED);
  const counts = { points: 0, firstCuts: 0, secondCuts: 0, worstWear: 0 };
  for (let session = 0; session < SESSION_COUNT; session++) {
    const start = bench.save();
    const mutations = mutationsOf(bench, () => runSession(bench, session));
    const end = bench.save();
    counts.points += mutations;
    for (let at = 1; at <= mutations; at++) {
      for (const [number, tear] of TEARS.entries()) {
        if (!rng.chance(FIRST_SHARE)) continue;
        const plan = { ...tear, atMutation: at, seed: `${session}:${at}:${number}` };
        counts.firstCuts++;
        replayable(`session ${session}, cut ${at}, tear ${number}`, () => {
          cutSession(bench, start, session, plan);
          counts.secondCuts += cutRecovery(bench, rng);
        });
        counts.worstWear = Math.max(counts.worstWear, wearSpread(bench));
      }
    }
    bench.restore(end);
  }
  const rolls = Array.from({ length: RING.pageCount }, (_, page) => bench.flash.eraseCount(page));
  assert.ok(Math.min(...rolls) >= 3, `the ring went round less than twice: ${rolls}`);
  assert.ok(Math.max(...rolls) - Math.min(...rolls) <= 1, `wear ${rolls}`);
  assert.ok(counts.worstWear <= 4, `wear after cuts differs by ${counts.worstWear}`);
  console.log(`journal cuts (SEED=${SEED}): ${JSON.stringify(counts)}, 0 violations`);
});

function wearSpread(bench: JournalBench): number {
  const counts = Array.from({ length: RING.pageCount }, (_, page) => bench.flash.eraseCount(page));
  return Math.max(...counts) - Math.min(...counts);
}

/** One day: power-up, taps, and on most days a synchronisation that may keep some back. */
function runSession(bench: JournalBench, session: number): void {
  assert.is(bench.bootArmed(), Status.Ok);
  bench.check();
  for (let tap = 0; tap < TAPS_PER_SESSION; tap++) {
    runTap(bench, session * 16 + tap);
    // On some days somebody always waits.
    if (session % 4 !== 1) bench.journal.eraseAhead();
  }
  if (session % 3 !== 1) bench.sync(session % 2 === 0 ? 0 : 3);
}

/** A tap that finds no room before it begins is left out; one begun must finish. */
function runTap(bench: JournalBench, number: number): void {
  const status = bench.append(2, new Uint8Array(INTENT_BYTES).fill(number & 0xff));
  if (status === Status.Full) return;
  assert.is(status, Status.Ok);
  assert.is(bench.append(3, new Uint8Array(COMMIT_BYTES).fill(number & 0xff)), Status.Ok);
}

function cutSession(bench: JournalBench, start: BenchState, session: number, plan: CutPlan): void {
  bench.restore(start);
  bench.flash.armCut(plan);
  assert.ok(
    isCutShort(() => runSession(bench, session)),
    "the cut did not strike",
  );
}

/** Recovers from the cut, then from the cut of that recovery at each of its points. */
function cutRecovery(bench: JournalBench, rng: Rng): number {
  const torn = bench.save();
  const mutations = mutationsOf(bench, () => bench.bootArmed());
  goOn(bench);
  let cuts = 0;
  for (let at = 1; at <= mutations; at++) {
    for (const [number, tear] of TEARS.entries()) {
      if (!rng.chance(SECOND_SHARE)) continue;
      bench.restore(torn);
      bench.flash.armCut({ ...tear, atMutation: at, seed: `${at}:${number}` });
      // Weak bits may read otherwise this time, and the recovery may have less to do.
      isCutShort(() => bench.bootArmed());
      replayable(`second cut ${at}, tear ${number}`, () => {
        assert.is(bench.boot(), Status.Ok);
        goOn(bench);
      });
      cuts++;
    }
  }
  return cuts;
}

/** What an honest day does after a recovery: all promises hold, and appending goes on. */
function goOn(bench: JournalBench): void {
  bench.check();
  runTap(bench, 0xee);
  assert.is.not(bench.sync(0), Status.FlashFault);
  bench.check();
  assert.is(bench.boot(), Status.Ok);
  bench.check();
  const { problems } = bench.verify();
  assert.is(problems.length, 0, problems.join("; "));
}

test("cut before an END that would stand where a session may begin: what follows is found", () => {
  // Among these lengths are all places that an END can have within 64 bytes.
  for (let lengthBytes = 0; lengthBytes <= 160; lengthBytes += 4) {
    const bench = new JournalBench(RING);
    bench.boot();
    const start = bench.save();
    const append = () => bench.append(2, new Uint8Array(lengthBytes).fill(0x5a));
    const end = mutationsOf(bench, append);
    for (const program of ["nothing", "some"] as const) {
      for (let atMutation = end; atMutation > end - 4; atMutation--) {
        bench.restore(start);
        bench.boot();
        bench.flash.armCut({ atMutation, program, erase: "before", seed: 1 });
        isCutShort(append);
        replayable(`${lengthBytes} bytes, cut ${atMutation}`, () => {
          assert.is(bench.boot(), Status.Ok);
          goOn(bench);
        });
      }
    }
  }
});

test("weak bits: cut after cut, in boots and in work, nothing read ever changes", () => {
  const rounds = IS_EXHAUSTIVE ? 20_000 : 120;
  const rng = new Rng(`${SEED}:chain`);
  let cuts = 0;
  for (let round = 0; round < rounds; round++) {
    const bench = new JournalBench(CHAIN_RINGS[round % CHAIN_RINGS.length]);
    replayable(`chain round ${round}`, () => {
      for (let session = 0; session < 12; session++) {
        const tear = TEARS[1 + rng.below(TEARS.length - 1)];
        const atMutation = 1 + rng.below(rng.chance(0.5) ? 12 : 150);
        bench.flash.armCut({ ...tear, atMutation, seed: rng.next() });
        const isCut = isCutShort(() => runSession(bench, session));
        if (isCut) cuts++;
        bench.flash.powerUp();
      }
      assert.ok([Status.Ok, Status.Full].includes(bench.boot()));
      bench.check();
    });
  }
  console.log(`journal chains (SEED=${SEED}): ${rounds} rounds, ${cuts} cuts, 0 violations`);
});

function mutationsOf(bench: JournalBench, action: () => void): number {
  const before = bench.flash.mutationCount;
  bench.flash.powerUp();
  action();
  return bench.flash.mutationCount - before;
}

/** Adds the place and the line that runs this very case to whatever goes wrong in `action`. */
function replayable(place: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const command = "npx tsx node_modules/uvu/bin.js host-sim 'journal-cuts'";
    const all = IS_EXHAUSTIVE ? "CLUBPAD_EXHAUSTIVE=1 " : "";
    throw new Error(`${place}: ${error}\n  ${all}SEED=${SEED} ${command}`, { cause: error });
  }
}

test.run();
