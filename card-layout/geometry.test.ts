/** Places of all records, and the sector and constant tables of SPEC.md. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as geometry from "./geometry";
import * as identityModule from "./identity";
import * as madModule from "./mad";
import * as nameModule from "./name";
import * as sealModule from "./seal";
import * as stateModule from "./state";
import { cellsUnder } from "./testing/spec-tables";
import { accessConditionOf } from "./trailer";

test("sectors: block ranges, places and access conditions", () => {
  const rows = cellsUnder("Sectors");
  assert.is(rows.length, geometry.SECTOR_COUNT);
  rows.forEach(([number, blocks, content, conditions, trailer], sector) => {
    assert.is(Number(number), sector);
    assert.is(blocks, `${4 * sector}-${4 * sector + 2}`);
    const bits = [0, 1, 2].map((i) => accessConditionOf(4 * sector + i));
    assert.is(conditions, bits.map((code) => code.toString(2).padStart(3, "0")).join(" "));
    assert.is(trailer, accessConditionOf(geometry.trailerOf(sector)).toString(2));
    const state = content.match(/^state slot (\d), bytes (\d+)-(\d+)$/);
    if (state === null) return;
    const first = geometry.stateBlock(Number(state[1]), Number(state[2]) / 16);
    const last = geometry.stateBlock(Number(state[1]), (Number(state[3]) - 15) / 16);
    assert.equal([first, last], [4 * sector, 4 * sector + 2]);
  });
});

test("sectors: log entries and counters", () => {
  const rows = cellsUnder("Sectors");
  for (let i = 0; i < geometry.LOG_ENTRY_COUNT; i++) {
    const sector = geometry.sectorOf(geometry.logBlock(i));
    const first = i < 3 ? 0 : 3;
    assert.is(rows[sector][2], `log entries ${first}-${first + 2}`);
    assert.is(geometry.logBlock(i), 4 * sector + (i % 3));
  }
  assert.is(geometry.logEntryOfCounter(geometry.COUNTER_START), 1_000_000 % 6);
  assert.equal([2_000_000, 1_999_998, 1_999_996].map(geometry.slotOfCounter), [0, 1, 0]);
  assert.match(rows[3][2], "counter c1 in block 12, c2 in block 13; block 14 is dead");
});

test("constants", () => {
  const exported: Record<string, unknown> = {
    ...geometry,
    ...identityModule,
    ...madModule,
    ...nameModule,
    ...sealModule,
    ...stateModule,
  };
  const rows = cellsUnder("Numbers");
  assert.ok(rows.length > 10);
  for (const [name, value] of rows) assert.is(exported[name], Number(value), name);
});

test("the records fill their sectors", () => {
  const slotBytes = geometry.STATE_BLOCK_COUNT * geometry.BLOCK_BYTES;
  assert.is(stateModule.SEALED_STATE_BYTES, slotBytes);
  assert.is(stateModule.STATE_BYTES + sealModule.SEAL_TAG_BYTES, slotBytes);
  const used = new Set<number>();
  for (let slot = 0; slot < 2; slot++) {
    for (let i = 0; i < 9; i++) used.add(geometry.stateBlock(slot, i));
  }
  for (let i = 0; i < 6; i++) used.add(geometry.logBlock(i));
  assert.is(used.size, 24, "no block serves two purposes");
  assert.not([...used].some(geometry.isTrailer));
});

test.run();
