// What a pad remembers of the cards it saw, and how long.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createWatermarks } from "../firmware/app/watermarks";

const uidOf = (n: number): number[] => [4, 0, 0, 0, 0, n, 1];

test("a card that was here a moment ago is not forgotten for the next new card", () => {
  const marks = createWatermarks();
  for (let n = 0; n < 64; n++) marks.note(uidOf(n), 1000, 1);
  marks.note(uidOf(0), 900, 2);
  for (let n = 100; n < 163; n++) {
    marks.note(uidOf(n), 1000, 1);
    assert.is(marks.isPlausible(uidOf(0), 1000, 1), false, `after card ${n}`);
  }
  marks.note(uidOf(163), 1000, 1);
  assert.is(marks.isPlausible(uidOf(0), 1000, 1), true);
});

test.run();
