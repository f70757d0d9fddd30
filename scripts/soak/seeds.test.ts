/**
 * Episodes in which the soak once found something, played again. The line of a new one is printed
 * by the soak; its words after `--replay` become an entry of seeds.json.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runEpisode } from "./episode";
import { parsePlaces, parseRanges, storyOf } from "./replay";

interface KeptSeed {
  /** What was wrong. */
  title: string;
  seed: string;
  taps: number;
  terminals: number;
  cards: number;
  keep?: string;
  mute?: string;
  isSalesOnly?: boolean;
  isMembersOnly?: boolean;
  isWithoutStaff?: boolean;
  isWithoutBills?: boolean;
}

const SEEDS = JSON.parse(
  readFileSync(new URL("seeds.json", import.meta.url), "utf8"),
) as KeptSeed[];

for (const { title, keep, mute, ...options } of SEEDS) {
  test(title, async () => {
    const kept = keep === undefined ? undefined : parseRanges(keep);
    const muted = mute === undefined ? undefined : parsePlaces(mute);
    const result = await runEpisode({ ...options, kept, muted, hasFaults: true });
    assert.ok(result.steps > 0);
    assert.is(result.failure?.message, undefined, storyOf(result).slice(-40).join("\n"));
  });
}

test.run();
