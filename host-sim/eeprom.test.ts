import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";
import { Eeprom, TEAR_MODELS, type TearModel } from "./eeprom";
import { Rng } from "./rng";

const WRITE_US = 3100;
const OLD = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 | index);
const NEW = Uint8Array.from({ length: 16 }, (_, index) => 0x0f | (index << 4));

function createEeprom(seed: number | string) {
  const clock = new VirtualClock();
  const cells = new Uint8Array(64);
  cells.set(OLD, 16);
  let powerLosses = 0;
  const eeprom = new Eeprom(cells, clock, new Rng(seed), () => {
    powerLosses++;
    eeprom.powerLost();
  });
  return { clock, cells, eeprom, powerLosses: () => powerLosses };
}

function readBlock(eeprom: Eeprom): Uint8Array {
  const out = new Uint8Array(16);
  eeprom.readBlock(1, out, 0);
  return out;
}

/** Every bit that is set in the block is set in `allowed` too. */
function isWithin(block: Uint8Array, allowed: Uint8Array): boolean {
  return block.every((byte, index) => (byte & ~allowed[index]) === 0);
}

function tear(seed: number, model: TearModel) {
  const bench = createEeprom(seed);
  bench.eeprom.armTear(1, model);
  bench.eeprom.beginWrite(1, NEW, 0, WRITE_US);
  bench.clock.advance(WRITE_US * 2);
  return bench;
}

test("a write is in the cells when its time is over, not before", () => {
  const { clock, eeprom } = createEeprom(1);
  eeprom.beginWrite(1, NEW, 0, WRITE_US);
  clock.advance(WRITE_US - 1);
  assert.equal(readBlock(eeprom), OLD);
  clock.advance(1);
  assert.equal(readBlock(eeprom), NEW);
  assert.is(eeprom.writeCount, 1);
});

test("two writes cannot overlap", () => {
  const { eeprom } = createEeprom(1);
  eeprom.beginWrite(1, NEW, 0, WRITE_US);
  assert.throws(() => eeprom.beginWrite(2, NEW, 0, WRITE_US), /programming already/);
});

test("an armed tear strikes its write only, once, and takes the power", () => {
  const { clock, eeprom, powerLosses } = createEeprom(1);
  eeprom.armTear(2, "erased");
  eeprom.beginWrite(1, NEW, 0, WRITE_US);
  clock.advance(WRITE_US);
  assert.equal(readBlock(eeprom), NEW);
  eeprom.beginWrite(1, OLD, 0, WRITE_US);
  clock.advance(WRITE_US);
  assert.equal(readBlock(eeprom), new Uint8Array(16));
  assert.is(powerLosses(), 1);
  eeprom.beginWrite(1, OLD, 0, WRITE_US);
  clock.advance(WRITE_US);
  assert.equal(readBlock(eeprom), OLD);
  assert.throws(() => eeprom.armTear(3, "old"), /has been done/);
});

const EXPECTED: Record<TearModel, (block: Uint8Array) => boolean> = {
  old: (block) => same(block, OLD),
  erased: (block) => same(block, new Uint8Array(16)),
  partlyErased: (block) => isWithin(block, OLD) && !same(block, OLD),
  partlyProgrammed: (block) => isWithin(block, NEW) && !same(block, NEW),
  newUnacknowledged: (block) => same(block, NEW),
  weakBits: (block) => isWithin(block, OLD) || isWithin(block, NEW),
};
for (const model of TEAR_MODELS) {
  test(`tear model ${model}`, () => {
    for (let seed = 0; seed < 50; seed++) {
      const { eeprom, cells, powerLosses } = tear(seed, model);
      assert.ok(EXPECTED[model](readBlock(eeprom)), `seed ${seed}`);
      assert.is(eeprom.hasWeakCells(1), model === "weakBits", `seed ${seed}`);
      assert.is(powerLosses(), 1);
      assert.equal([...cells.subarray(0, 16), ...cells.subarray(32)], new Array(48).fill(0));
    }
  });
}

test("weak cells read both ways until they are written again", () => {
  const { eeprom, clock } = tear(5, "weakBits");
  const readings = new Set<string>();
  for (let round = 0; round < 50; round++) readings.add(readBlock(eeprom).join());
  assert.ok(readings.size > 1);
  eeprom.beginWrite(1, NEW, 0, WRITE_US);
  clock.advance(WRITE_US);
  for (let round = 0; round < 50; round++) assert.equal(readBlock(eeprom), NEW);
  assert.not(eeprom.hasWeakCells(1));
});

test("power lost at any moment: old first, then zeros, then new; never other ones", () => {
  const phases: string[] = [];
  for (let percent = 1; percent < 100; percent++) {
    const { clock, eeprom } = createEeprom(percent);
    eeprom.beginWrite(1, NEW, 0, WRITE_US);
    clock.advance((WRITE_US * percent) / 100);
    eeprom.powerLost();
    const block = readBlock(eeprom);
    assert.ok(isWithin(block, OLD) || isWithin(block, NEW), `at ${percent} %`);
    if (same(block, OLD)) phases.push("old");
    else if (same(block, NEW)) phases.push("new");
    else phases.push("torn");
    clock.advance(WRITE_US);
    if (!eeprom.hasWeakCells(1)) assert.equal(readBlock(eeprom), block, "nothing comes later");
  }
  assert.equal(phases.slice(0, 14), new Array(14).fill("old"));
  assert.equal(phases.slice(95), new Array(4).fill("new"));
  assert.is(phases.slice(20, 90).filter((phase) => phase === "torn").length, 70);
});

test("the same seed tears the same way", () => {
  assert.equal(
    readBlock(tear(9, "partlyErased").eeprom),
    readBlock(tear(9, "partlyErased").eeprom),
  );
  assert.not.equal(
    readBlock(tear(9, "partlyErased").eeprom),
    readBlock(tear(10, "partlyErased").eeprom),
  );
});

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.every((byte, index) => byte === right[index]);
}

test.run();
