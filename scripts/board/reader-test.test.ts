import { createContext, runInContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ESP32_PN532 } from "../../firmware/boards/board-profiles";
import { VirtualClock } from "../../host-sim/clock";
import { SimPn532 } from "../../host-sim/pn532";
import { Pn532Spi } from "../../host-sim/pn532-spi";
import { RfField } from "../../host-sim/rf-field";
import { Rng } from "../../host-sim/rng";
import { testReader } from "./reader-test";
import type { Session } from "./session";

/** A board with a PN532; `wire` is what becomes of a byte that comes from the chip. */
function boardWith(wire: (octet: number) => number): Session {
  const clock = new VirtualClock();
  const rng = new Rng("reader test");
  const field = new RfField(clock);
  const chip = new Pn532Spi(clock, new SimPn532({ clock, field, rng }));
  const orders: unknown[] = [];
  const context = createContext({
    D5: "D5",
    D18: "D18",
    D19: "D19",
    D23: "D23",
    digitalWrite: () => undefined,
    SPI1: {
      setup: ({ order }: { order: string }) => orders.push(order),
      send: (data: number[], select: string) => {
        assert.is(select, "D5");
        assert.is(orders[0], "lsb");
        chip.beginFrame();
        const back = data.map((octet) => wire(chip.exchange(octet)));
        chip.endFrame();
        return back;
      },
    },
  });
  const run = async (code: string) => {
    const value = JSON.stringify(runInContext(code, context));
    clock.advance(10_000);
    return value === undefined ? undefined : JSON.parse(value);
  };
  const board = { execute: run, evaluate: run };
  return { board, profile: ESP32_PN532, keys: undefined } as unknown as Session;
}

test("a PN532 says its version and sends back what it got", async () => {
  assert.is(
    await testReader(boardWith((octet) => octet)),
    "PN532, version 1.6; 24 bytes there and back",
  );
});

for (const [name, level] of [
  ["low", 0],
  ["high", 255],
] as const) {
  test(`a PN532 whose line is stuck ${name} is silent`, async () => {
    const said = await testReader(boardWith(() => level)).catch((error: Error) => error.message);
    assert.match(said, /it is silent: look at its switches for SPI/);
  });
}

test("a bit that gets lost on the way from a PN532 is seen", async () => {
  const said = await testReader(boardWith((octet) => octet & 0xbf)).catch(
    (error: Error) => error.message,
  );
  assert.match(said, /bytes get lost on the way|no PN532 does/);
});

test.run();
