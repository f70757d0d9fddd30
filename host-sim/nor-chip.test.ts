/** The driver of the NOR chip on the simulated chip. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { createNorChip } from "../firmware/drivers/nor-chip";
import { VirtualClock } from "./clock";
import { NorFlash } from "./nor-flash";
import { halClockOf } from "./reader-bench";
import { SimNorChip } from "./sim-nor-chip";
import { createDeadSpi, createSpiDevice } from "./spi-device";

function createBench() {
  const clock = new VirtualClock();
  const options = { pageSizeBytes: 4096, pageCount: 16, programWordUs: 10, erasePageUs: 45000 };
  const cells = new NorFlash({ ...options, charge: (durationUs) => clock.advance(durationUs) });
  const spi = createSpiDevice(new SimNorChip(clock, cells, 20));
  return { clock, cells, flash: createNorChip(spi, halClockOf(clock), 16) };
}

test("what is programmed is read again, across stretches and frames", () => {
  const { flash, cells } = createBench();
  const from = Uint8Array.from({ length: 700 }, (_, i) => (i * 7) & 0xff);
  assert.is(flash.program(5 * 4096 + 244, from, 4, 692), Status.Ok);
  const out = new Uint8Array(700);
  flash.read(5 * 4096 + 244, out, 2, 692);
  assert.equal(out.slice(2, 694), from.slice(4, 696));
  assert.is(out[1] + out[694], 0);
  assert.equal(cells.saveImage().slice(5 * 4096 + 244, 5 * 4096 + 936), from.slice(4, 696));
});

test("erasing blanks one page", () => {
  const { flash } = createBench();
  const word = Uint8Array.of(1, 2, 3, 4);
  for (const page of [2, 3]) flash.program(page * 4096, word, 0, 4);
  assert.is(flash.erasePage(2), Status.Ok);
  const out = new Uint8Array(4);
  flash.read(2 * 4096, out, 0, 4);
  assert.equal([...out], [255, 255, 255, 255]);
  flash.read(3 * 4096, out, 0, 4);
  assert.equal(out, word);
});

test("what is not aligned or not there is refused", () => {
  const { flash } = createBench();
  const word = new Uint8Array(4);
  assert.is(flash.program(2, word, 0, 4), Status.FlashFault);
  assert.is(flash.program(0, word, 0, 3), Status.FlashFault);
  assert.is(flash.program(16 * 4096, word, 0, 4), Status.FlashFault);
  assert.is(flash.erasePage(16), Status.FlashFault);
});

test("a chip that stays busy for ever is given up", () => {
  const clock = halClockOf(new VirtualClock());
  const flash = createNorChip(createDeadSpi(0xff, clock), clock, 16);
  assert.is(flash.program(0, new Uint8Array(4), 0, 4), Status.FlashFault);
  assert.is(flash.erasePage(0), Status.FlashFault);
  assert.ok(clock.nowMs() < 1000);
});

test.run();
