/** The MFRC522 driver when frames, cards, the chip or the clock fail. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import { type CardReader, KeyType } from "../firmware/hal/card-reader";
import type { SpiDevice } from "../firmware/hal/spi";
import { FIELD_READY_MS } from "../firmware/limits";
import { SimMfrc522 } from "./mfrc522";
import { emptySelection, ReaderBench, startedBench, TRANSPORT_KEY } from "./reader-bench";
import { createSpiDevice } from "./spi-device";
import { pattern, storedValue, valueBlock } from "./test-blocks";

const VALUE_BLOCK = 4;
const START_VALUE = 500;
/** No call may take longer: two-part EEPROM commands are the slowest. */
const CALL_LIMIT_MS = 25;
/** Within the programming time of a block. */
const REMOVAL_LATEST_MS = 2.5;

interface CallResult {
  readonly name: string;
  readonly status: Status;
}

/** A tap with every operation. Stops at the first call that fails; checks every call's duration. */
function runSession(bench: ReaderBench, out: Uint8Array): CallResult[] {
  const { reader } = bench;
  const selected = emptySelection();
  const calls: readonly (readonly [string, () => Status])[] = [
    ["select", () => reader.select(selected)],
    ["authenticate", () => bench.authenticate(selected, VALUE_BLOCK)],
    ["read", () => reader.readBlock(VALUE_BLOCK, out, 0)],
    ["decrement", () => reader.decrement(VALUE_BLOCK, 1)],
    ["transfer", () => reader.transfer(VALUE_BLOCK)],
    ["authenticate nested", () => bench.authenticate(selected, 8)],
    ["write", () => reader.writeBlock(8, pattern(3), 0)],
    ["read back", () => reader.readBlock(8, out, 16)],
    ["halt", () => reader.halt()],
  ];
  const results: CallResult[] = [];
  for (const [name, call] of calls) {
    const startUs = bench.clock.nowUs;
    const status = call();
    const durationMs = (bench.clock.nowUs - startUs) / 1000;
    assert.ok(durationMs < CALL_LIMIT_MS, `${name} took ${durationMs} ms`);
    results.push({ name, status });
    if (status !== Status.Ok) return results;
  }
  return results;
}

function sessionBench(): { bench: ReaderBench; image: Uint8Array; firstExchange: number } {
  const bench = startedBench({ spiFrameOverheadUs: 100 });
  const { image } = bench.placeCard();
  image.set(valueBlock(START_VALUE), VALUE_BLOCK * 16);
  return { bench, image, firstExchange: bench.field.statistics.exchanges + 1 };
}

function isSessionOk(results: readonly CallResult[]): boolean {
  return results.every(({ status }) => status === Status.Ok);
}

/** After a fault the same reader must come back; a lost ATQA costs it two calls. */
function expectRecovery(bench: ReaderBench): void {
  const selected = emptySelection();
  let status = bench.reader.select(selected);
  for (let tries = 1; tries < 3 && status !== Status.Ok; tries++) {
    status = bench.reader.select(selected);
  }
  assert.is(status, Status.Ok);
  assert.is(bench.authenticate(selected, 12), Status.Ok);
  assert.is(bench.reader.readBlock(12, new Uint8Array(16), 0), Status.Ok);
}

function countSessionExchanges(): number {
  const { bench, image, firstExchange } = sessionBench();
  const out = new Uint8Array(32);
  assert.equal(
    runSession(bench, out).filter(({ status }) => status !== Status.Ok),
    [],
  );
  assert.equal(out, Uint8Array.from([...valueBlock(START_VALUE), ...pattern(3)]));
  assert.is(storedValue(image.slice(64, 80)), START_VALUE - 1);
  return bench.field.statistics.exchanges - firstExchange + 1;
}

const EXCHANGES = countSessionExchanges();
/** What each call may say when its command or its answer is lost. */
const LOSS_STATUSES: Record<string, readonly Status[]> = {
  select: [Status.NoCard, Status.CardLost],
  authenticate: [Status.AuthFailed],
  read: [Status.CardLost],
  decrement: [Status.CardLost],
  // A lost operand leaves card and reader at different places of the key stream, so the refusal of
  // the transfer arrives as any of 16 codes, once in 16 as ACK: only reading again tells.
  transfer: [Status.CardLost, Status.Nak, Status.BadAnswer],
  "authenticate nested": [Status.AuthFailed],
  write: [Status.CardLost],
  "read back": [Status.CardLost],
};

for (const kind of ["loseCommand", "loseAnswer"] as const) {
  test(`${kind} at every exchange: the call says so and the reader comes back`, () => {
    for (let index = 0; index < EXCHANGES; index++) {
      const { bench, firstExchange } = sessionBench();
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind } : undefined;
      const results = runSession(bench, new Uint8Array(32));
      bench.field.onExchange = undefined;
      const { name, status } = results[results.length - 1];
      // Losing what is answered by silence anyway (operand, HLTA) shows later or never.
      const isSilent = name === "halt" && status === Status.Ok;
      const allowed = LOSS_STATUSES[name] ?? [];
      assert.ok(isSilent || allowed.includes(status), `exchange ${index}: ${name} said ${status}`);
      expectRecovery(bench);
    }
  });
}

test("cards pulled out at every exchange, while hearing, working or answering", () => {
  for (let index = 0; index < EXCHANGES; index++) {
    for (const delayUs of [-50, 30, 90, 400, REMOVAL_LATEST_MS * 1000]) {
      const { bench, image, firstExchange } = sessionBench();
      const cards = bench.field.cards.slice();
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "removeCards", delayUs } : undefined;
      const results = runSession(bench, new Uint8Array(32));
      bench.field.onExchange = undefined;
      bench.halClock.waitMs(REMOVAL_LATEST_MS);
      const value = results.find(({ name }) => name === "transfer");
      if (value?.status === Status.Ok) assert.is(storedValue(image.slice(64, 80)), START_VALUE - 1);
      for (const card of cards) if (!bench.field.cards.includes(card)) bench.field.addCard(card);
      bench.halClock.waitMs(FIELD_READY_MS);
      expectRecovery(bench);
    }
  }
});

test("no broken bit of an answer passes for the answer, or turns an ACK into a NAK", () => {
  const bitCounts = answerBitCounts();
  for (let index = 0; index < EXCHANGES; index++) {
    for (let bit = 0; bit < bitCounts[index]; bit += bitCounts[index] > 40 ? 5 : 1) {
      const { bench, firstExchange } = sessionBench();
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "flipAnswerBit", bit } : undefined;
      const results = runSession(bench, new Uint8Array(32));
      bench.field.onExchange = undefined;
      const { name, status } = results[results.length - 1];
      const place = `exchange ${index} bit ${bit}: ${name}`;
      assert.not(isSessionOk(results), place);
      assert.is.not(status, Status.Nak, place);
      expectRecovery(bench);
    }
  }
});

test("no broken bit of a command is taken for success", () => {
  for (let index = 0; index < EXCHANGES - 1; index++) {
    for (const bit of [0, 3, 9, 17, 30]) {
      const { bench, image, firstExchange } = sessionBench();
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "flipCommandBit", bit } : undefined;
      const out = new Uint8Array(32);
      const results = runSession(bench, out);
      bench.field.onExchange = undefined;
      if (isSessionOk(results)) {
        assert.is(storedValue(image.slice(64, 80)), START_VALUE - 1);
        assert.equal(out.slice(16), pattern(3));
      }
      expectRecovery(bench);
    }
  }
});

/** Data bits of each answer of the session; 0 where silence is the answer. */
function answerBitCounts(): number[] {
  const { bench, firstExchange } = sessionBench();
  const card = bench.field.cards[0];
  const counts: number[] = new Array(EXCHANGES).fill(0);
  const receive = card.receive.bind(card);
  card.receive = (command, startUs) => {
    const isAnswered = receive(command, startUs);
    const index = bench.field.statistics.exchanges - firstExchange;
    if (isAnswered) counts[index] = card.answer.bitCount;
    return isAnswered;
  };
  runSession(bench, new Uint8Array(32));
  return counts;
}

for (const level of [0x00, 0xff]) {
  test(`a bus that reads ${level} is a ReaderFault in every call`, () => {
    const { halClock } = new ReaderBench();
    const dead: SpiDevice = {
      transfer: (_, lengthBytes, back) => {
        for (let index = 0; index < lengthBytes; index++) back[index] = level;
        halClock.waitMs(0.02);
      },
      write2: () => halClock.waitMs(0.02),
      write: () => halClock.waitMs(0.02),
    };
    expectDead(createMfrc522(dead, halClock), () => halClock.nowMs());
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

function expectDead(reader: CardReader, nowMs: () => number): void {
  const selected = emptySelection();
  selected.uidLengthBytes = 4;
  const block = new Uint8Array(16);
  const calls: readonly (readonly [string, () => Status])[] = [
    ["initialise", () => reader.initialise()],
    ["setField", () => reader.setField(true)],
    ["select", () => reader.select(selected)],
    ["authenticate", () => reader.authenticate(selected, 4, KeyType.A, TRANSPORT_KEY, 0)],
    ["readBlock", () => reader.readBlock(4, block, 0)],
    ["writeBlock", () => reader.writeBlock(4, block, 0)],
    ["decrement", () => reader.decrement(4, 1)],
    ["restore", () => reader.restore(4)],
    ["transfer", () => reader.transfer(4)],
    ["halt", () => reader.halt()],
    ["probeMagic", () => reader.probeMagic()],
  ];
  for (const [name, call] of calls) {
    const startMs = nowMs();
    assert.is(call(), Status.ReaderFault, name);
    assert.ok(nowMs() - startMs < 100, `${name} took ${nowMs() - startMs} ms`);
  }
  assert.equal(block, new Uint8Array(16));
}

test.run();
