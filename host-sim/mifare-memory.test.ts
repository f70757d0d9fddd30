import { test } from "uvu";
import * as assert from "uvu/assert";
import { accessConditionOf } from "../card-layout/trailer";
import { flipBit } from "./rf";
import {
  ACK,
  blockOf,
  type CardOptions,
  createCardBench,
  FACTORY_KEY,
  KEY_A,
  KEY_B,
  NAK_NO_BUFFER,
  setSector,
  UID4,
  valueBlock,
} from "./test-card-bench";

test("access conditions decide per key: 100 is read by both, written by B", () => {
  const { reader, image } = createCardBench();
  setSector(image, 1, [4, 4, 4, 6]);
  reader.select(UID4);
  reader.authenticate(0x60, 4, KEY_A, UID4);
  assert.equal(reader.read(4), new Array(16).fill(0));
  assert.is(reader.write(4, new Array(16).fill(1)), NAK_NO_BUFFER);
  reader.select(UID4);
  reader.authenticate(0x61, 4, KEY_B, UID4);
  assert.is(reader.write(4, new Array(16).fill(1)), ACK);
  assert.equal(blockOf(image, 4), new Array(16).fill(1));
});

test("a readable key B authenticates and is then refused everything", () => {
  const { reader } = createCardBench();
  reader.select(UID4);
  assert.is(reader.authenticate(0x61, 4, FACTORY_KEY, UID4), "ok");
  assert.is(reader.read(4), NAK_NO_BUFFER);
});

test("trailers mask key A always, key B unless it is readable", () => {
  const { reader, image } = createCardBench();
  reader.select(UID4);
  reader.authenticate(0x60, 7, FACTORY_KEY, UID4);
  assert.equal(reader.read(7), [0, 0, 0, 0, 0, 0, 0xff, 0x07, 0x80, 0x69, ...FACTORY_KEY]);
  setSector(image, 1, [4, 4, 4, 6]);
  reader.select(UID4);
  reader.authenticate(0x60, 7, KEY_A, UID4);
  const trailer = reader.read(7) as number[];
  assert.equal(trailer.slice(0, 6), [0, 0, 0, 0, 0, 0]);
  assert.equal(trailer.slice(6, 9), blockOf(image, 7).slice(6, 9));
  assert.equal(trailer.slice(10), [0, 0, 0, 0, 0, 0]);
});

test("a trailer write changes only the parts that are open", () => {
  const { reader, image } = createCardBench();
  setSector(image, 1, [0, 0, 0, 4]);
  const before = blockOf(image, 7);
  reader.select(UID4);
  reader.authenticate(0x61, 7, KEY_B, UID4);
  const wanted = new Array(16).fill(0x77);
  assert.is(reader.write(7, wanted), ACK);
  assert.equal(blockOf(image, 7), [
    ...wanted.slice(0, 6),
    ...before.slice(6, 10),
    ...wanted.slice(10),
  ]);
});

test("a frozen trailer refuses both keys", () => {
  for (const [command, key] of [
    [0x60, KEY_A],
    [0x61, KEY_B],
  ] as const) {
    const { reader, image } = createCardBench();
    setSector(image, 1, [0, 0, 0, 6]);
    reader.select(UID4);
    reader.authenticate(command, 7, key, UID4);
    assert.is(reader.write(7, new Array(16).fill(0)), NAK_NO_BUFFER);
  }
});

test("inconsistent access bits block the sector for both keys", () => {
  const { reader, image } = createCardBench();
  image[7 * 16 + 6] ^= 0x10;
  for (const command of [0x60, 0x61]) {
    reader.select(UID4);
    reader.authenticate(command, 4, FACTORY_KEY, UID4);
    assert.is(reader.read(4), NAK_NO_BUFFER);
    reader.select(UID4);
    reader.authenticate(command, 4, FACTORY_KEY, UID4);
    assert.is(reader.write(7, new Array(16).fill(0)), NAK_NO_BUFFER);
  }
});

test("block 0 is read-only whatever the access bits say", () => {
  const { reader, image } = createCardBench();
  const before = blockOf(image, 0);
  reader.select(UID4);
  reader.authenticate(0x60, 0, FACTORY_KEY, UID4);
  assert.equal(reader.read(0), before);
  assert.is(reader.write(0, new Array(16).fill(0)), NAK_NO_BUFFER);
  assert.equal(blockOf(image, 0), before);
});

test("value operations: silent part 2, nothing in EEPROM before the transfer", () => {
  const { reader, image, card } = createCardBench();
  image.set(valueBlock(1000), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.value(0xc0, 5, 1), undefined);
  assert.equal(blockOf(image, 5), valueBlock(1000));
  assert.is(reader.transfer(5), ACK);
  assert.equal(blockOf(image, 5), valueBlock(999));
  assert.is(reader.value(0xc1, 5, 501), undefined);
  assert.is(reader.transfer(6), ACK, "into a block that held no value");
  assert.equal(blockOf(image, 6), valueBlock(1500));
  assert.is(reader.value(0xc2, 5, 0), undefined);
  assert.is(reader.transfer(6), ACK);
  assert.equal(blockOf(image, 6), valueBlock(999));
  assert.is(card.eeprom.writeCount, 3);
});

test("value operations refuse what is no value block and leave the buffer empty", () => {
  const { reader, image } = createCardBench();
  image.set(valueBlock(5), 5 * 16);
  image[5 * 16 + 5] ^= 1;
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.value(0xc0, 5, 1), NAK_NO_BUFFER);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.transfer(5), NAK_NO_BUFFER);
});

const OVERFLOWS: [string, number, number, number, number | undefined][] = [
  ["increment to the largest", 0xc1, 2 ** 31 - 2, 1, 2 ** 31 - 1],
  ["increment beyond it", 0xc1, 2 ** 31 - 1, 1, undefined],
  ["decrement to the smallest", 0xc0, -(2 ** 31) + 5, 5, -(2 ** 31)],
  ["decrement below it", 0xc0, -(2 ** 31), 1, undefined],
  ["the operand's sign is ignored", 0xc0, 100, -(2 ** 31) + 40, 60],
];

for (const [name, command, value, operand, expected] of OVERFLOWS) {
  test(`value range: ${name}`, () => {
    const { reader, image } = createCardBench();
    image.set(valueBlock(value), 5 * 16);
    reader.select(UID4);
    reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
    const answer = reader.value(command, 5, operand);
    assert.is(answer, expected === undefined ? NAK_NO_BUFFER : undefined);
    if (expected !== undefined) reader.transfer(5);
    assert.equal(blockOf(image, 5), valueBlock(expected ?? value));
  });
}

test("the NAK tells whether the transfer buffer holds a value", () => {
  const { reader, image } = createCardBench();
  image.set(valueBlock(7), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.value(0xc2, 5, 0);
  assert.is(reader.read(8), 0x00, "wrong sector, buffer valid");
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.value(0xc2, 5, 0);
  const garbled = reader.command([0x30, 5], (frame) => flipBit(frame, 12));
  assert.is(garbled!.bytes[0], 0x01, "garbled, buffer valid");
});

test("001: decrement and restore, but neither write nor increment", () => {
  const { reader, image } = createCardBench();
  setSector(image, 3, [1, 1, 7, 6]);
  image.set(valueBlock(1000), 12 * 16);
  const attempt = (action: () => number | undefined) => {
    reader.select(UID4);
    assert.is(reader.authenticate(0x61, 12, KEY_B, UID4), "ok");
    return action();
  };
  assert.is(
    attempt(() => reader.write(12, valueBlock(2000))),
    NAK_NO_BUFFER,
  );
  assert.is(
    attempt(() => reader.value(0xc1, 12, 1)),
    NAK_NO_BUFFER,
  );
  assert.is(
    attempt(() => reader.value(0xc0, 12, 1)),
    undefined,
  );
  assert.is(reader.transfer(12), ACK);
  assert.equal(blockOf(image, 12), valueBlock(999));
});

/** The attack on a counter: a value from a block the attacker may write, moved by the buffer. */
function raiseCounter(options: CardOptions, sourceCondition: number): number[] {
  const { reader, image } = createCardBench(options);
  setSector(image, 3, [1, 1, 7, 6]);
  setSector(image, 15, [sourceCondition, sourceCondition, sourceCondition, 6]);
  image.set(valueBlock(1000), 12 * 16);
  image.set(valueBlock(2_000_000), 62 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 62, KEY_A, UID4);
  if (reader.value(0xc2, 62, 0) !== undefined) return blockOf(image, 12);
  if (reader.authenticate(0x60, 12, KEY_A, UID4) === "ok") reader.transfer(12);
  return blockOf(image, 12);
}

test("transfer-buffer trap: a 000 block anywhere raises a decrement-only counter", () => {
  assert.equal(raiseCounter({}, 0), valueBlock(2_000_000));
});

test("transfer-buffer trap: not from other conditions, nor if the card empties the buffer", () => {
  for (const condition of [2, 3, 4, 5, 7]) {
    assert.equal(raiseCounter({}, condition), valueBlock(1000), `condition ${condition}`);
  }
  assert.equal(raiseCounter({ doesBufferSurviveNested: false }, 0), valueBlock(1000));
});

test("transfer-buffer trap: with our layout no block of the card raises the counter", () => {
  const { reader, image } = createCardBench();
  for (let sector = 0; sector < 16; sector++) {
    const conditions = [0, 1, 2, 3].map((offset) => accessConditionOf(sector * 4 + offset));
    setSector(image, sector, conditions);
  }
  image.set(valueBlock(1000), 12 * 16);
  image.set(valueBlock(1000), 13 * 16);
  for (let source = 1; source < 64; source++) {
    for (const command of [0x60, 0x61]) {
      const key = command === 0x60 ? KEY_A : KEY_B;
      reader.select(UID4);
      assert.is(reader.authenticate(command, source, key, UID4), "ok");
      reader.write(source, valueBlock(2_000_000));
      reader.select(UID4);
      reader.authenticate(command, source, key, UID4);
      reader.value(0xc2, source, 0);
      if (reader.authenticate(0x60, 12, KEY_A, UID4) === "ok") reader.transfer(12);
      assert.equal(blockOf(image, 12), valueBlock(1000), `from block ${source}`);
    }
  }
});

test("the transfer buffer does not survive a new selection", () => {
  const { reader, image } = createCardBench();
  image.set(valueBlock(7), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.value(0xc2, 5, 0);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.transfer(6), NAK_NO_BUFFER);
});

test.run();
