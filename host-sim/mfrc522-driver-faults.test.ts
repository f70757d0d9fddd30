/** The MFRC522 driver when frames, cards, the chip or the clock fail. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import { KeyType } from "../firmware/hal/card-reader";
import { SimMfrc522 } from "./mfrc522";
import { emptySelection, ReaderBench, startedBench, TRANSPORT_KEY } from "./reader-bench";
import { createDeadSpi, createSpiDevice } from "./spi-device";
import { expectDead, READER_FAULTS } from "./test-reader-faults";

const READER = {
  createBench: () => startedBench({ spiFrameOverheadUs: 100 }),
  // Two-part EEPROM commands are the slowest.
  callLimitMs: 25,
  lossStatuses: {
    select: [Status.NoCard, Status.CardLost],
    authenticate: [Status.AuthFailed],
    read: [Status.CardLost],
    decrement: [Status.CardLost],
    // A lost operand leaves card and reader at different places of the key stream, so the refusal
    // of the transfer arrives as any of 16 codes, once in 16 as ACK: only reading again tells.
    transfer: [Status.CardLost, Status.Nak, Status.BadAnswer],
    "authenticate nested": [Status.AuthFailed],
    write: [Status.CardLost],
    "read back": [Status.CardLost],
  },
  takesBrokenAckForNak: false,
};

for (const [name, check] of READER_FAULTS) test(name, () => check(READER));

for (const level of [0x00, 0xff]) {
  test(`a bus that reads ${level} is a ReaderFault in every call`, () => {
    const { halClock } = new ReaderBench();
    expectDead(createMfrc522(createDeadSpi(level, halClock), halClock), () => halClock.nowMs());
  });
}

test("a chip that lost its power in between is a ReaderFault, and initialise repairs it", () => {
  const bench = startedBench({ isLenient: true });
  bench.placeCard();
  bench.open(emptySelection(), 4);
  bench.chip.reset();
  assert.is(bench.reader.readBlock(4, new Uint8Array(16), 0), Status.ReaderFault);
  assert.is(bench.reader.initialise(), Status.Ok);
  bench.open(emptySelection(), 4);
});

test("a clock that stands still does not hang an exchange", () => {
  const bench = new ReaderBench();
  const reader = createMfrc522(bench.spi, { ...bench.halClock, nowMs: () => 0 });
  assert.is(reader.initialise(), Status.Ok);
  const card = bench.placeCard();
  const selected = emptySelection();
  assert.is(reader.select(selected), Status.Ok);
  assert.is(reader.authenticate(selected, 4, KeyType.A, TRANSPORT_KEY, 0), Status.Ok);
  bench.field.removeCard(card);
  assert.is(reader.readBlock(4, new Uint8Array(16), 0), Status.CardLost);
});

test("a chip whose oscillator never starts is given up", () => {
  const { clock, field, rng, halClock } = new ReaderBench();
  const chip = new SimMfrc522({ clock, field, rng, wakeUpUs: 1e9, isLenient: true });
  const reader = createMfrc522(createSpiDevice(chip), halClock);
  assert.is(reader.initialise(), Status.ReaderFault);
  assert.ok(halClock.nowMs() < 100);
});

test.run();
