/** What every `CardReader` must do, whatever chip it drives: cases for the tests of the drivers. */
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { type CardReader, KeyType } from "../firmware/hal/card-reader";
import { FIELD_OFF_MS, FIELD_READY_MS } from "../firmware/limits";
import { type CardBench, emptySelection, TRANSPORT_KEY, UID_4, UID_7 } from "./reader-bench";
import { pattern, storedValue, valueBlock } from "./test-blocks";

/** Gives a bench whose reader is initialised. */
type Check = (createBench: () => CardBench) => void;

export const READER_CONTRACT: [name: string, check: Check][] = [];

const WRONG_KEY = new Uint8Array(6).fill(0x5a);
const VALUE_BLOCK = 4;
const START_VALUE = 500;

const REFUSALS: readonly (readonly [string, (reader: CardReader) => Status])[] = [
  ["reading another sector", (reader) => reader.readBlock(12, new Uint8Array(16), 0)],
  ["writing the manufacturer's block", (reader) => reader.writeBlock(0, new Uint8Array(16), 0)],
  ["decrementing what is no value block", (reader) => reader.decrement(1, 1)],
  ["transferring an empty buffer", (reader) => reader.transfer(1)],
  ["decrementing below the range, refused after part 2", (reader) => reader.decrement(2, 1)],
];
function contract(name: string, check: Check): void {
  READER_CONTRACT.push([name, check]);
}

contract("initialise switches the field on, setField switches it", (createBench) => {
  const bench = createBench();
  assert.ok(bench.field.isOn);
  assert.is(bench.reader.setField(false), Status.Ok);
  assert.not(bench.field.isOn);
  assert.is(bench.reader.setField(true), Status.Ok);
  assert.ok(bench.field.isOn);
});

for (const [name, uid, atqa] of [
  ["4", UID_4, 0x0004],
  ["7", UID_7, 0x0044],
] as const) {
  contract(`selects a card with a UID of ${name} bytes and opens it`, (createBench) => {
    const bench = createBench();
    bench.placeCard({ uid });
    const selected = emptySelection();
    selected.uid[6] = 0x77;
    bench.open(selected, 8);
    assert.is(selected.uidLengthBytes, uid.length);
    assert.equal(
      selected.uid,
      Uint8Array.from({ length: 7 }, (_, i) => uid[i] ?? 0),
    );
    assert.is(selected.atqa, atqa);
    assert.is(selected.sak, 0x08);
  });
}

contract("an empty field is NoCard and leaves the caller's record alone", (createBench) => {
  const bench = createBench();
  const selected = emptySelection();
  selected.sak = 0x55;
  assert.is(bench.reader.select(selected), Status.NoCard);
  assert.equal(selected, { ...emptySelection(), sak: 0x55 });
});

contract("selects again out of a session, a halt and a failed authentication", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  const selected = emptySelection();
  bench.open(selected, 8);
  bench.open(selected, 8);
  assert.is(bench.reader.halt(), Status.Ok);
  bench.open(selected, 12);
  const wrong = bench.reader.authenticate(selected, 16, KeyType.B, WRONG_KEY, 0);
  assert.is(wrong, Status.AuthFailed);
  bench.open(selected, 16);
  assert.is(bench.reader.select(selected), Status.Ok);
  assert.is(bench.reader.select(selected), Status.Ok);
});

contract("field off and on ends the session", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  const selected = emptySelection();
  bench.open(selected, 8);
  bench.reader.setField(false);
  bench.halClock.waitMs(FIELD_OFF_MS);
  bench.reader.setField(true);
  bench.halClock.waitMs(FIELD_READY_MS);
  bench.open(selected, 8);
});

contract("a wrong key fails, first and nested, and the next selection works", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  const selected = emptySelection();
  assert.is(bench.reader.select(selected), Status.Ok);
  const first = bench.reader.authenticate(selected, 4, KeyType.A, WRONG_KEY, 0);
  assert.is(first, Status.AuthFailed);
  bench.open(selected, 4);
  const nested = bench.reader.authenticate(selected, 8, KeyType.A, WRONG_KEY, 0);
  assert.is(nested, Status.AuthFailed);
  bench.open(selected, 8);
});

contract("the key is taken from its offset", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  const selected = emptySelection();
  const keys = Uint8Array.from([...WRONG_KEY, ...TRANSPORT_KEY]);
  assert.is(bench.reader.select(selected), Status.Ok);
  assert.is(bench.reader.authenticate(selected, 4, KeyType.B, keys, 6), Status.Ok);
});

contract("writes and reads blocks at offsets, across nested sectors", (createBench) => {
  const bench = createBench();
  const card = bench.placeCard();
  const selected = emptySelection();
  const from = Uint8Array.from([...pattern(0), ...pattern(1)]);
  const out = new Uint8Array(40);
  bench.open(selected, 8);
  assert.is(bench.reader.writeBlock(9, from, 16), Status.Ok);
  assert.is(bench.authenticate(selected, 20), Status.Ok);
  assert.is(bench.reader.writeBlock(20, from, 0), Status.Ok);
  assert.is(bench.reader.readBlock(20, out, 3), Status.Ok);
  assert.equal(out.slice(3, 19), pattern(0));
  assert.is(out[2] + out[19], 0, "nothing outside the 16 bytes");
  assert.equal(card.image.slice(144, 160), pattern(1));
});

contract("decrement and restore reach the EEPROM with transfer only", (createBench) => {
  const bench = createBench();
  const card = bench.placeCard();
  const selected = emptySelection();
  card.image.set(valueBlock(START_VALUE), VALUE_BLOCK * 16);
  bench.open(selected, VALUE_BLOCK);
  assert.is(bench.reader.decrement(VALUE_BLOCK, 300), Status.Ok);
  assert.is(storedValue(card.image.slice(64, 80)), START_VALUE);
  assert.is(bench.reader.transfer(VALUE_BLOCK), Status.Ok);
  assert.is(storedValue(card.image.slice(64, 80)), START_VALUE - 300);
  assert.is(bench.reader.restore(VALUE_BLOCK), Status.Ok);
  assert.is(bench.reader.transfer(VALUE_BLOCK + 1), Status.Ok);
  assert.is(storedValue(card.image.slice(80, 96)), START_VALUE - 300);
});

contract("a nested authentication may follow the silence of a restore", (createBench) => {
  const bench = createBench();
  const card = bench.placeCard();
  const selected = emptySelection();
  card.image.set(valueBlock(START_VALUE), VALUE_BLOCK * 16);
  bench.open(selected, VALUE_BLOCK);
  assert.is(bench.reader.restore(VALUE_BLOCK), Status.Ok);
  assert.is(bench.authenticate(selected, 8), Status.Ok);
  assert.is(bench.reader.transfer(8), Status.Ok);
  assert.is(storedValue(card.image.slice(128, 144)), START_VALUE);
});

for (const [name, refused] of REFUSALS) {
  contract(`Nak: ${name}; the next selection works`, (createBench) => {
    const bench = createBench();
    const card = bench.placeCard();
    const selected = emptySelection();
    card.image.set(valueBlock(-(2 ** 31)), 2 * 16);
    const before = card.image.slice();
    bench.open(selected, 0);
    assert.is(refused(bench.reader), Status.Nak);
    bench.open(selected, 0);
    assert.equal(card.image, before);
  });
}

contract("a refusal that comes after the silence shows at the transfer", (createBench) => {
  const bench = createBench();
  const card = bench.placeCard();
  const selected = emptySelection();
  card.image.set(valueBlock(-(2 ** 31)), VALUE_BLOCK * 16);
  const before = card.image.slice();
  bench.open(selected, VALUE_BLOCK);
  const operandExchange = bench.field.statistics.exchanges + 2;
  bench.field.onExchange = (exchange) =>
    exchange === operandExchange ? { kind: "lateAnswer", delayUs: 6000 } : undefined;
  assert.is(bench.reader.decrement(VALUE_BLOCK, 1), Status.Ok);
  assert.is.not(bench.reader.transfer(VALUE_BLOCK), Status.Ok);
  assert.equal(card.image, before);
  bench.open(selected, VALUE_BLOCK);
});

contract("two cards are a Collision until one is gone", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  const other = bench.placeCard({ uid: Uint8Array.of(0xde, 0xad, 0xbe, 0xee) });
  const selected = emptySelection();
  assert.is(bench.reader.select(selected), Status.Collision);
  assert.is(bench.reader.select(selected), Status.Collision);
  bench.field.removeCard(other);
  bench.open(selected, 4);
});

contract("two cards with different ATQA are a Collision", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  bench.placeCard({ uid: UID_7 });
  assert.is(bench.reader.select(emptySelection()), Status.Collision);
});

contract("a newcomer beside a card in session is seen at the next selection", (createBench) => {
  const bench = createBench();
  bench.placeCard();
  bench.open(emptySelection(), 4);
  bench.placeCard({ uid: Uint8Array.of(1, 2, 3, 4) });
  assert.is(bench.reader.select(emptySelection()), Status.Collision);
});

contract("probeMagic tells copies from genuine cards and leaves both selectable", (createBench) => {
  for (const isMagicGen1a of [false, true]) {
    const bench = createBench();
    bench.placeCard({ isMagicGen1a });
    const selected = emptySelection();
    const expected = isMagicGen1a ? Status.MagicCard : Status.Ok;
    assert.is(bench.reader.probeMagic(), expected, "before a selection");
    bench.open(selected, 4);
    assert.is(bench.reader.probeMagic(), expected, "out of a session");
    bench.open(selected, 4);
  }
});
