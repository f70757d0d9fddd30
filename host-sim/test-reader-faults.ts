/**
 * What every `CardReader` must do when frames and cards fail at any exchange, whatever chip it
 * drives: cases for the tests of the drivers.
 */
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { type CardReader, KeyType } from "../firmware/hal/card-reader";
import { FIELD_READY_MS } from "../firmware/limits";
import { type CardBench, emptySelection, TRANSPORT_KEY } from "./reader-bench";
import { pattern, storedValue, valueBlock } from "./test-blocks";

export interface FaultyReader {
  /** A bench whose reader is initialised. */
  createBench: () => CardBench;
  /** No call may take longer. */
  callLimitMs: number;
  /** What each call may say when its command or its answer is lost. */
  lossStatuses: Readonly<Record<string, readonly Status[]>>;
  /** The chip takes an ACK that came broken for a NAK. */
  takesBrokenAckForNak: boolean;
}

type Check = (reader: FaultyReader) => void;

export const READER_FAULTS: [name: string, check: Check][] = [];

const VALUE_BLOCK = 4;
const START_VALUE = 500;
/** Within the programming time of a block. */
const REMOVAL_LATEST_MS = 2.5;

interface CallResult {
  readonly name: string;
  readonly status: Status;
}

/** A tap with every operation. Stops at the first call that fails; checks every call's duration. */
function runSession(bench: CardBench, out: Uint8Array, limitMs: number): CallResult[] {
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
    assert.ok(durationMs < limitMs, `${name} took ${durationMs} ms`);
    results.push({ name, status });
    if (status !== Status.Ok) return results;
  }
  return results;
}

interface Session {
  bench: CardBench;
  image: Uint8Array;
  firstExchange: number;
}

function sessionBench({ createBench }: FaultyReader): Session {
  const bench = createBench();
  const { image } = bench.placeCard();
  image.set(valueBlock(START_VALUE), VALUE_BLOCK * 16);
  return { bench, image, firstExchange: bench.field.statistics.exchanges + 1 };
}

function isSessionOk(results: readonly CallResult[]): boolean {
  return results.every(({ status }) => status === Status.Ok);
}

/** After a fault the same reader must come back; a lost ATQA costs it two calls. */
function expectRecovery(bench: CardBench): void {
  const selected = emptySelection();
  let status = bench.reader.select(selected);
  for (let tries = 1; tries < 3 && status !== Status.Ok; tries++) {
    status = bench.reader.select(selected);
  }
  assert.is(status, Status.Ok);
  assert.is(bench.authenticate(selected, 12), Status.Ok);
  assert.is(bench.reader.readBlock(12, new Uint8Array(16), 0), Status.Ok);
}

function countSessionExchanges(reader: FaultyReader): number {
  const { bench, image, firstExchange } = sessionBench(reader);
  const out = new Uint8Array(32);
  assert.equal(
    runSession(bench, out, reader.callLimitMs).filter(({ status }) => status !== Status.Ok),
    [],
  );
  assert.equal(out, Uint8Array.from([...valueBlock(START_VALUE), ...pattern(3)]));
  assert.is(storedValue(image.slice(64, 80)), START_VALUE - 1);
  return bench.field.statistics.exchanges - firstExchange + 1;
}

function faults(name: string, check: Check): void {
  READER_FAULTS.push([name, check]);
}

for (const kind of ["loseCommand", "loseAnswer"] as const) {
  faults(`${kind} at every exchange: the call says so and the reader comes back`, (reader) => {
    const exchanges = countSessionExchanges(reader);
    for (let index = 0; index < exchanges; index++) {
      const { bench, firstExchange } = sessionBench(reader);
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind } : undefined;
      const results = runSession(bench, new Uint8Array(32), reader.callLimitMs);
      bench.field.onExchange = undefined;
      const { name, status } = results[results.length - 1];
      // Losing what is answered by silence anyway (operand, HLTA) shows later or never.
      const isSilent = name === "halt" && status === Status.Ok;
      const allowed = reader.lossStatuses[name] ?? [];
      assert.ok(isSilent || allowed.includes(status), `exchange ${index}: ${name} said ${status}`);
      expectRecovery(bench);
    }
  });
}

faults("cards pulled out at every exchange, while hearing, working or answering", (reader) => {
  const exchanges = countSessionExchanges(reader);
  for (let index = 0; index < exchanges; index++) {
    for (const delayUs of [-50, 30, 90, 400, REMOVAL_LATEST_MS * 1000]) {
      const { bench, image, firstExchange } = sessionBench(reader);
      const cards = bench.field.cards.slice();
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "removeCards", delayUs } : undefined;
      const results = runSession(bench, new Uint8Array(32), reader.callLimitMs);
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

faults("no broken bit of an answer passes for the answer, or turns an ACK into a NAK", (reader) => {
  const bitCounts = answerBitCounts(reader);
  for (let index = 0; index < bitCounts.length; index++) {
    for (let bit = 0; bit < bitCounts[index]; bit += bitCounts[index] > 40 ? 5 : 1) {
      const { bench, firstExchange } = sessionBench(reader);
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "flipAnswerBit", bit } : undefined;
      const results = runSession(bench, new Uint8Array(32), reader.callLimitMs);
      bench.field.onExchange = undefined;
      const { name, status } = results[results.length - 1];
      const place = `exchange ${index} bit ${bit}: ${name}`;
      assert.not(isSessionOk(results), place);
      const isNak = status === Status.Nak && !reader.takesBrokenAckForNak;
      assert.not(isNak, place);
      expectRecovery(bench);
    }
  }
});

faults("no broken bit of a command is taken for success", (reader) => {
  const exchanges = countSessionExchanges(reader);
  for (let index = 0; index < exchanges - 1; index++) {
    for (const bit of [0, 3, 9, 17, 30]) {
      const { bench, image, firstExchange } = sessionBench(reader);
      bench.field.onExchange = (exchange) =>
        exchange === firstExchange + index ? { kind: "flipCommandBit", bit } : undefined;
      const out = new Uint8Array(32);
      const results = runSession(bench, out, reader.callLimitMs);
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
function answerBitCounts(reader: FaultyReader): number[] {
  const exchanges = countSessionExchanges(reader);
  const { bench, firstExchange } = sessionBench(reader);
  const card = bench.field.cards[0];
  const counts: number[] = new Array(exchanges).fill(0);
  const receive = card.receive.bind(card);
  card.receive = (command, startUs) => {
    const isAnswered = receive(command, startUs);
    const index = bench.field.statistics.exchanges - firstExchange;
    if (isAnswered) counts[index] = card.answer.bitCount;
    return isAnswered;
  };
  runSession(bench, new Uint8Array(32), reader.callLimitMs);
  return counts;
}

/** A chip that says nothing, or nonsense, is a ReaderFault in every call. */
export function expectDead(reader: CardReader, nowMs: () => number): void {
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
