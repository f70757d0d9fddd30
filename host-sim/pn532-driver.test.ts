/** The PN532 driver on the simulated chip, over a serial line and over SPI. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { createPn532 } from "../firmware/drivers/pn532";
import { createPn532Spi } from "../firmware/drivers/pn532-spi";
import { createPn532Uart } from "../firmware/drivers/pn532-uart";
import { KeyType } from "../firmware/hal/card-reader";
import type { Pn532Options } from "./pn532";
import { Pn532Bench, type Pn532Wire } from "./pn532-bench";
import { emptySelection, started, TRANSPORT_KEY } from "./reader-bench";
import { createDeadSpi } from "./spi-device";
import { READER_CONTRACT } from "./test-reader-contract";
import { expectDead, READER_FAULTS } from "./test-reader-faults";

const createBench = (wire: Pn532Wire, options: Partial<Pn532Options> = {}) =>
  started(new Pn532Bench(wire, options));

/** What the manual leaves open must not matter. */
const KINDS: [name: string, wire: Pn532Wire, options: Partial<Pn532Options>][] = [
  ["serial line", "uart", {}],
  ["SPI", "spi", {}],
  ["a chip that calls silence a timeout", "spi", { doesValueTimeOut: true }],
  ["a chip that always wakes halted cards", "spi", { doesListWakeHalted: true }],
];

for (const [kind, wire, options] of KINDS) {
  const reader = {
    createBench: () => createBench(wire, options),
    // A selection that resets the field first.
    callLimitMs: 60,
    lossStatuses: {
      // HLTA behind the first card may be lost, and the card be found twice.
      select: [Status.NoCard, Status.CardLost, Status.Collision],
      authenticate: [Status.AuthFailed],
      read: [Status.CardLost],
      decrement: [Status.CardLost],
      transfer: [Status.CardLost, Status.Nak, Status.BadAnswer],
      "authenticate nested": [Status.AuthFailed],
      write: [Status.CardLost],
      "read back": [Status.CardLost],
    },
    takesBrokenAckForNak: true,
  };
  for (const [name, check] of READER_CONTRACT) {
    test(`${kind}: ${name}`, () => check(reader.createBench));
  }
  for (const [name, check] of READER_FAULTS) test(`${kind}: ${name}`, () => check(reader));
}

for (const level of [0x00, 0xff]) {
  test(`a line that says ${level} for ever is a ReaderFault in every call`, () => {
    const { halClock } = new Pn532Bench("uart");
    const link = createPn532Spi(createDeadSpi(level, halClock), halClock);
    expectDead(createPn532(link, halClock), () => halClock.nowMs());
  });
}

test("a line without a chip is a ReaderFault in every call", () => {
  const { halClock } = new Pn532Bench("uart");
  const port = {
    read: () => {
      halClock.waitMs(0.02);
      return 0;
    },
    write: () => undefined,
    hasWaiting: () => false,
  };
  expectDead(createPn532(createPn532Uart(port), halClock), () => halClock.nowMs());
});

for (const wire of ["uart", "spi"] as const) {
  test(`${wire}: a chip that lost its power is a ReaderFault, and initialise repairs it`, () => {
    const bench = createBench(wire);
    bench.placeCard();
    bench.open(emptySelection(), 4);
    bench.chip.reset();
    assert.is(bench.reader.readBlock(4, new Uint8Array(16), 0), Status.ReaderFault);
    assert.is(bench.reader.initialise(), Status.Ok);
    bench.open(emptySelection(), 4);
  });

  test(`${wire}: an answer that comes broken is asked for again, and not the card`, () => {
    const bench = createBench(wire);
    bench.placeCard();
    bench.open(emptySelection(), 4);
    const { exchanges } = bench.field.statistics;
    breakAnswers(bench, 1);
    const block = new Uint8Array(16).fill(1);
    assert.is(bench.reader.readBlock(4, block, 0), Status.Ok);
    assert.equal(block, new Uint8Array(16));
    assert.is(bench.field.statistics.exchanges, exchanges + 1);
  });

  test(`${wire}: a line that breaks every answer is a ReaderFault`, () => {
    const bench = createBench(wire);
    bench.placeCard();
    bench.open(emptySelection(), 4);
    breakAnswers(bench, 1000);
    const block = new Uint8Array(16).fill(1);
    assert.is(bench.reader.readBlock(4, block, 0), Status.ReaderFault);
    assert.equal(block, new Uint8Array(16).fill(1));
  });
}

test("a clock that stands still does not hang an exchange", () => {
  const bench = createBench("uart");
  const reader = createPn532(bench.link, { ...bench.halClock, nowMs: () => 0 });
  assert.is(reader.initialise(), Status.Ok);
  bench.placeCard();
  const selected = emptySelection();
  assert.is(reader.select(selected), Status.Ok);
  assert.is(reader.authenticate(selected, 4, KeyType.A, TRANSPORT_KEY, 0), Status.Ok);
  bench.chip.reset();
  assert.is(reader.readBlock(4, new Uint8Array(16), 0), Status.ReaderFault);
});

/** The chip's next `count` answers, not its ACKs, arrive with a wrong bit. */
function breakAnswers({ chip }: Pn532Bench, count: number): void {
  const pass = chip.onFrame;
  let left = count;
  chip.onFrame = (bytes) => {
    const isAck = bytes.length === 6;
    if (isAck || left-- <= 0) return pass(bytes);
    const broken = bytes.slice();
    broken[bytes.length - 3] ^= 0x10;
    pass(broken);
  };
}

test.run();
