/** A slow board hears what a cashier types while it is still drawing. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildBundle } from "../build/bundle";
import { BenchClub } from "./bench-club";
import { countingBundle } from "./interpreter-cost";

/** Half of what the smallest board is expected to do: more than its estimate may be off. */
const SLOW_MIPS = 40;

const { code } = await buildBundle(process.cwd(), "firmware/boards/esp32.ts");

test("keys pressed over a result, as fast as fingers are, are all heard while it is drawn", () => {
  const counting = countingBundle(code, { totalUs: 0 });
  const club = new BenchClub(counting.code, (clock) => counting.globals(clock, SLOW_MIPS));
  const card = club.newCard();
  club.tap("C#", card);
  // The first digit begins the next sale, every one draws the amount anew.
  const screen = club.type("1234567");
  assert.ok(screen.join("|").includes("1,234,567"), screen.join("|"));
});

test.run();
