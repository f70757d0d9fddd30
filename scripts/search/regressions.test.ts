/**
 * Runs in which `make exhaust` once found something, played again. The entry for a new one is
 * printed with its story.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { searchOf } from "./case-search";
import { type KeptRun, keptOf, pointOf } from "./kept";
import { storyOf } from "./story";

const KEPT = JSON.parse(
  readFileSync(new URL("regressions.json", import.meta.url), "utf8"),
) as KeptRun[];

for (const kept of KEPT) {
  test(kept.title, () => {
    const point = pointOf(kept);
    const { violations } = searchOf(point.tapCase).run(point);
    assert.equal(violations, [], violations.length > 0 ? storyOf(point) : "");
    // What is printed for a find is what is read here.
    assert.equal(keptOf(point, kept.title), kept);
  });
}

test("a fault whose place is never reached is told", () => {
  const lost: KeptRun = { title: "lost", run: "quick/sale/same", faults: ["eeprom 63 #1 old"] };
  assert.throws(() => pointOf(lost), /"lost": "eeprom 63 #1 old" is never reached/);
});

test.run();
