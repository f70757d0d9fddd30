import { test } from "uvu";
import * as assert from "uvu/assert";
import { ACK, blockOf, createCardBench, FACTORY_KEY, UID4, UID7 } from "./test-card-bench";
import { crcBytes } from "./test-reader";

test("REQA, anticollision and SELECT of a 4-byte UID", () => {
  const { reader } = createCardBench();
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
  assert.equal(reader.plain([0x93, 0x20])!.bytes, [...UID4, 0x22]);
  const sak = reader.plainWithCrc([0x93, 0x70, ...UID4, 0x22])!;
  assert.equal(sak.bytes, [0x08, 0xb6, 0xdd]);
});

test("7-byte UID: two cascade levels with cascade tag and SAK 04", () => {
  const { reader } = createCardBench({}, UID7);
  assert.equal(reader.short(0x26)!.bytes, [0x44, 0x00]);
  const first = reader.plain([0x93, 0x20])!.bytes;
  assert.equal(first.slice(0, 4), [0x88, 0x04, 0x5a, 0x9c]);
  assert.is(reader.plainWithCrc([0x93, 0x70, ...first])!.bytes[0], 0x04);
  const second = reader.plain([0x95, 0x20])!.bytes;
  assert.equal(second.slice(0, 4), [0x8a, 0xa0, 0x5b, 0x80]);
  assert.is(reader.plainWithCrc([0x95, 0x70, ...second])!.bytes[0], 0x08);
  assert.is(reader.authenticate(0x60, 4, FACTORY_KEY, UID7), "ok");
});

test("partial anticollision answers the rest of the split byte", () => {
  const { reader } = createCardBench();
  reader.short(0x26);
  const answer = reader.plain([0x93, 0x35, 0xde, 0x0d], 16 + 13)!;
  assert.is(answer.bitCount, 40 - 13);
  assert.equal(answer.bytes, [0xad & 0xe0, 0xbe, 0xef, 0x22]);
  assert.is(reader.plain([0x93, 0x35, 0xde, 0x0c], 16 + 13), undefined, "other bits: silence");
  assert.equal(reader.plain([0x93, 0x20])!.bytes, [...UID4, 0x22], "and the card waits in READY");
});

test("HALT answers only WUPA, and errors after it lead back to HALT", () => {
  const { reader } = createCardBench();
  reader.select(UID4);
  assert.is(reader.plainWithCrc([0x50, 0x00]), undefined);
  assert.is(reader.short(0x26), undefined);
  assert.equal(reader.short(0x52)!.bytes, [0x04, 0x00]);
  assert.is(reader.plain([0x12, 0x34]), undefined, "an error in READY*");
  assert.is(reader.short(0x26), undefined, "back in HALT");
  assert.is(reader.select(UID4), 0x08);
});

test("an error in READY or ACTIVE leads to IDLE without an answer", () => {
  const { reader } = createCardBench();
  reader.short(0x26);
  assert.is(reader.short(0x26), undefined, "REQA is unexpected in READY");
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
  reader.plain([0x93, 0x20]);
  assert.is(reader.plainWithCrc([0x93, 0x70, 1, 2, 3, 4, 4]), undefined, "another card's UID");
  assert.is(reader.select(UID4), 0x08);
});

test("gen1a: 40h as 7 bits and 43h open every block, keys included; others stay silent", () => {
  const { reader, image } = createCardBench({ isMagicGen1a: true });
  reader.select(UID4);
  reader.plainWithCrc([0x50, 0x00]);
  const knock = reader.short(0x40)!;
  assert.equal([knock.bitCount, knock.bytes[0]], [4, ACK]);
  assert.is(reader.plain([0x43])!.bytes[0], ACK);
  assert.equal(reader.plainWithCrc([0x30, 3])!.bytes.slice(0, 6), FACTORY_KEY);
  assert.is(reader.plainWithCrc([0xa0, 0])!.bytes[0], ACK);
  const block0 = [1, 2, 3, 4, 4, 8, 4, 0, ...new Array(8).fill(0)];
  assert.is(reader.plainWithCrc(block0)!.bytes[0], ACK);
  assert.equal(blockOf(image, 0), block0);
  assert.is(createCardBench().reader.short(0x40), undefined, "a genuine card does not answer");
});

test("a card needs up to 5 ms of field before it answers", () => {
  const { reader, field, clock } = createCardBench();
  field.setOn(false);
  field.setOn(true);
  clock.advance(4_900);
  reader.patienceUs = 500;
  assert.is(reader.short(0x26), undefined);
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
});

test("CRC_A reference values", () => {
  assert.equal(crcBytes([0x50, 0x00]), [0x57, 0xcd]);
  assert.equal(crcBytes([0x93, 0x70, 0xde, 0xad, 0xbe, 0xef, 0x22]), [0xb9, 0x9c]);
});

test.run();
