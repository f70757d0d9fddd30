import { createContext, runInContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "../../host-sim/clock";
import { buildBundle } from "../build/bundle";
import { BenchClub } from "./bench-club";
import { estimateTaps, GOAL_MIPS } from "./estimate";
import { countingBundle, MEASURED_MIPS, PRICES } from "./interpreter-cost";
import { compare, formatSection, type Section } from "./report";
import { measureTaps, type TapKindName } from "./tap-figures";

/** Exchanges, SPI frames with all polls, journal bytes: may go down, never up unnoticed. */
const LIMITS: [TapKindName, exchanges: number, spiFrames: number, flashBytes: number][] = [
  ["enrol", 95, 1439, 120],
  ["sale", 95, 1439, 132],
  ["redeem", 95, 1439, 144],
  // With the last six movements, which boards with room show.
  ["balance", 40, 538, 0],
];
/** At 80 MIPS; may go down. */
const ESTIMATE_LIMITS_MS: [TapKindName, number][] = [
  ["enrol", 1190],
  ["sale", 1145],
  ["redeem", 1165],
  ["balance", 575],
];
/** One sale's share of a batch of two, both ways, with what each session costs anyway. */
const SYNC_BYTES_LIMIT = 331;

const bundle = await buildBundle(process.cwd(), "firmware/boards/esp32.ts");

test("no tap takes more exchanges, SPI frames, flash or line than it did", async () => {
  const { taps, syncPerSale } = await measureTaps(new BenchClub(bundle.code), 2);
  for (const [kind, exchanges, spiFrames, flashBytes] of LIMITS) {
    const tap = taps[kind];
    const found = `${kind}: ${tap.air.exchanges}, ${tap.spiFrames}, ${tap.flashBytes}`;
    assert.ok(tap.air.exchanges <= exchanges, `${found}: exchanges, limit ${exchanges}`);
    assert.ok(tap.spiFrames <= spiFrames, `${found}: SPI frames, limit ${spiFrames}`);
    assert.ok(tap.flashBytes <= flashBytes, `${found}: flash bytes, limit ${flashBytes}`);
  }
  const syncBytes = syncPerSale.fromPad + syncPerSale.toPad;
  assert.ok(syncBytes <= SYNC_BYTES_LIMIT, `${syncBytes} bytes of sync per sale`);
});

test("the estimate with the interpreter's computing does not grow", () => {
  const taps = estimateTaps(bundle.code, GOAL_MIPS);
  for (const [kind, limitMs] of ESTIMATE_LIMITS_MS) {
    const ms = Math.round(taps[kind].durationMs);
    assert.ok(ms <= limitMs, `${kind}: ${ms} ms at ${GOAL_MIPS} MIPS, limit ${limitMs}`);
  }
});

test("tokens are charged for as often as they are executed, less where they are skipped", () => {
  const code = "var n=0;function f(x){if(x)n++;else n--}for(var i=0;i<3;i++)f(i);";
  const charged = { totalUs: 0 };
  const { code: counting, globals } = countingBundle(code, charged);
  const clock = new VirtualClock();
  const context = createContext(globals(clock, MEASURED_MIPS));
  runInContext(counting, context);
  assert.is(context.n, 1);
  const { tokenUs, skippedTokenUs, callUs } = PRICES;
  // In their order: var; for with its var; four tests with update; the calls; three times `if`.
  const tokens = 5 + 3 + 4 + 4 * (3 + 2 + 1) + 3 * 5 + 3 * (1 + 3);
  // `n--` once and `n++;` twice, the other one skipped.
  const byHandUs = (tokens + 2 + 3 + 3) * tokenUs + 3 * callUs + (3 + 2 + 2) * skippedTokenUs;
  assert.is(charged.totalUs, byHandUs);
  assert.ok(Math.abs(clock.nowUs - byHandUs) < 1e-6);
});

test("the air is never faster than its floor, and the floor is the sum of its parts", async () => {
  const club = new BenchClub(bundle.code);
  const { air, durationMs } = club.tap("C09121234567#", club.newCard());
  const { framesMs, delaysMs, cardMs, fieldResetMs, totalMs } = air.floor;
  assert.is(totalMs, framesMs + delaysMs + cardMs + fieldResetMs);
  assert.ok(totalMs < air.durationMs && air.durationMs < durationMs);
  // Ten writes, four decrements with transfer, 28 reads: the card's own work by hand.
  const { operations } = air;
  const byHandMs =
    3.1 * operations.get("write")! +
    1.4 * operations.get("decrement")! +
    3.9 * operations.get("transfer")! +
    0.4 * operations.get("read")!;
  assert.ok(Math.abs(cardMs - byHandMs) < 1e-6, `${cardMs} ms, by hand ${byHandMs}`);
});

test("a report read back tells what has changed, and lets timed figures waver", () => {
  const section = (figure: number, isTimed: boolean): Section => ({
    ...{ title: "Taps", note: "Of a test.", columns: ["sale", "balance"], isTimed },
    rows: [["frames", figure, undefined]],
  });
  const before = formatSection(section(100, false));
  assert.equal(compare([section(100, false)], before), []);
  assert.equal(compare([section(101, false)], before), [
    "up    Taps / frames / sale: 100 -> 101 (+1.0 %)",
  ]);
  assert.equal(compare([section(120, true)], before), []);
  assert.equal(compare([section(70, true)], before), [
    "down  Taps / frames / sale: 100 -> 70 (-30.0 %)",
  ]);
});

test.run();
