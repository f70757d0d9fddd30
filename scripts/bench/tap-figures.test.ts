import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildBundle } from "../build/bundle";
import { BenchClub } from "./bench-club";
import { compare, formatSection, type Section } from "./report";
import { measureTaps, type TapKindName } from "./tap-figures";

/** Exchanges, SPI frames with all polls, journal bytes: may go down, never up unnoticed. */
const LIMITS: [TapKindName, exchanges: number, spiFrames: number, flashBytes: number][] = [
  ["enrol", 93, 1391, 120],
  ["sale", 93, 1391, 132],
  ["redeem", 93, 1391, 144],
  ["balance", 28, 378, 0],
];
/** One sale's share of a batch of two, both ways, with what each session costs anyway. */
const SYNC_BYTES_LIMIT = 314;

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
