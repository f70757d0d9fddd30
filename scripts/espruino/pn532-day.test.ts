/** A whole day with the PN532 instead of the MFRC522: what comes of it is the same. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ESP32_PN532 } from "../../firmware/boards/board-profiles";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { createPn532 } from "../../firmware/drivers/pn532";
import { createPn532Uart } from "../../firmware/drivers/pn532-uart";
import type { SimBoard } from "../../host-sim/board";
import { ContextEngine } from "../../host-sim/context-engine";
import { packAssets } from "../../host-sim/device-assets";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { NativeRuntime } from "../../host-sim/native-runtime";
import { SimPn532 } from "../../host-sim/pn532";
import { Pn532Uart } from "../../host-sim/pn532-uart";
import { buildBundle } from "../build/bundle";
import { Day, type Trace } from "./day";

const assets = packAssets("en");
const expected = await new Day((board) => new NativeRuntime(board, PLAN_16_PAGES, assets)).play();

/** Times and ways may differ, what members have may not. */
function expectSameEnd(actual: Trace[]): void {
  const last = expected.length - 1;
  assert.is(actual.length, expected.length);
  for (const at of [last, last - 2]) assert.equal(actual[at].screen, expected[at].screen);
}

test("the bundle of the board with a PN532 on SPI", async () => {
  const { code } = await buildBundle(process.cwd(), "firmware/boards/esp32-pn532.ts");
  const run = (board: SimBoard) =>
    new EspruinoRuntime(board, new ContextEngine(code, { "clubpad.screens": assets }), ESP32_PN532);
  expectSameEnd(await new Day(run, () => undefined, ESP32_PN532).play());
});

test("the firmware with a PN532 on a serial line", async () => {
  const run = (board: SimBoard) => {
    const { clock, field, rng } = board;
    const chip = new SimPn532({ clock, field, rng: rng.fork("pn532") });
    const { port } = new Pn532Uart(clock, chip);
    // Called at every power-up, which is the chip's as well.
    return new NativeRuntime(board, PLAN_16_PAGES, assets, (_, halClock) => {
      chip.reset();
      return createPn532(createPn532Uart(port), halClock);
    });
  };
  expectSameEnd(await new Day(run).play());
});

test.run();
