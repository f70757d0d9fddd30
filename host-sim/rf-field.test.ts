import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { TestReader } from "./test-reader";

const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const UID = [0xde, 0xad, 0xbe, 0xef];
const OTHER_UID = [0xde, 0xad, 0xbf, 0x10];
const ACK = 0x0a;

function createBench(...uids: number[][]) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const cards = uids.map((uid) => {
    const image = blankImage(Uint8Array.from(uid));
    return new MifareClassicCard({ clock, rng: new Rng(uid.join()), image });
  });
  for (const card of cards) field.addCard(card);
  const reader = new TestReader(clock, field);
  reader.powerUp();
  return { clock, field, cards, reader };
}

function openSession(reader: TestReader, block = 4): void {
  assert.is(reader.select(UID), 0x08);
  assert.is(reader.authenticate(0x60, block, FACTORY_KEY, UID), "ok");
}

test("two cards: the same ATQA without collision, then the first differing UID bit", () => {
  const { reader } = createBench(UID, OTHER_UID);
  const atqa = reader.short(0x26)!;
  assert.equal([atqa.bytes, atqa.collisionBit], [[0x04, 0x00], -1]);
  assert.is(reader.plain([0x93, 0x20])!.collisionBit, 16, "be and bf differ in bit 0 of byte 2");
});

test("choosing a bit selects one card; the other falls back and can be selected later", () => {
  const { reader } = createBench(UID, OTHER_UID);
  reader.short(0x26);
  const rest = reader.plain([0x93, 0x41, 0xde, 0xad, 0x01], 16 + 17)!;
  assert.equal([rest.bitCount, rest.collisionBit], [40 - 17, -1]);
  assert.equal(rest.bytes.slice(0, 2), [0xbe, 0x10], "the bits above the known one");
  const bcc = 0xde ^ 0xad ^ 0xbf ^ 0x10;
  assert.is(reader.plainWithCrc([0x93, 0x70, ...OTHER_UID, bcc])!.bytes[0], 0x08);
  reader.plainWithCrc([0x50, 0x00]);
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
  assert.equal(reader.plain([0x93, 0x20])!.bytes.slice(0, 4), UID);
});

test("two cards with one UID: both answer, and their nonces collide", () => {
  const { reader, field, cards, clock } = createBench(UID, UID);
  field.removeCard(cards[1]);
  clock.advance(1_000);
  field.addCard(cards[1]);
  clock.advance(6_000);
  assert.is(reader.select(UID), 0x08);
  assert.ok(reader.plainWithCrc([0x60, 4])!.collisionBit >= 0);
});

test("no card hears anything while the field is off", () => {
  const { reader, field } = createBench(UID);
  field.setOn(false);
  assert.is(reader.short(0x26), undefined);
});

test("a card that comes is heard, one that goes is not", () => {
  const { reader, field, clock } = createBench();
  const image = blankImage(Uint8Array.from(UID));
  const card = new MifareClassicCard({ clock, rng: new Rng(1), image });
  assert.is(reader.short(0x26), undefined);
  field.addCardAt(clock.nowUs + 1_000, card);
  clock.advance(7_000);
  assert.ok(reader.short(0x26) !== undefined);
  field.removeCardAt(clock.nowUs + 100, card);
  assert.is(reader.plain([0x93, 0x20]), undefined, "left in the middle of the command");
  assert.equal(field.cards, []);
  field.removeCard(card);
  field.addCard(card);
  assert.throws(() => field.addCard(card), /already/);
});

test("a card that leaves while it answers leaves a broken frame", () => {
  const { reader, field, cards, clock } = createBench(UID);
  reader.short(0x26);
  field.removeCardAt(clock.nowUs + 198 + 71 + 200, cards[0]);
  const answer = reader.plain([0x93, 0x20])!;
  assert.ok(answer.bitCount > 8 && answer.bitCount < 40, `${answer.bitCount} bits`);
  assert.equal(answer.bytes[0], UID[0]);
});

test("leaving during the EEPROM write tears the block", () => {
  const { reader, field, cards, clock } = createBench(UID);
  openSession(reader);
  assert.is(reader.nibble([0xa0, 4]), ACK);
  field.removeCardAt(clock.nowUs + 1557 + 1800, cards[0]);
  assert.is(reader.nibble(new Array(16).fill(0xff)), undefined);
  const block = [...cards[0].image.subarray(64, 80)];
  assert.ok(block.some((byte) => byte !== 0) && block.some((byte) => byte !== 0xff), block.join());
});

test("an armed tear takes the card away, and it can come back", () => {
  const { reader, field, cards, clock } = createBench(UID);
  openSession(reader);
  cards[0].eeprom.armTear(2, "newUnacknowledged");
  assert.is(reader.write(4, new Array(16).fill(1)), ACK);
  assert.is(reader.write(5, new Array(16).fill(2)), undefined);
  assert.equal(field.cards, []);
  assert.equal([...cards[0].image.subarray(80, 96)], new Array(16).fill(2));
  field.addCard(cards[0]);
  clock.advance(6_000);
  openSession(reader);
  assert.equal(reader.read(5), new Array(16).fill(2));
});

test("a lost answer leaves the work done, a lost command leaves it undone", () => {
  const { reader, field, cards } = createBench(UID);
  const first = field.statistics.exchanges;
  openSession(reader);
  const read = field.statistics.exchanges + 1;
  assert.is(read - first, 5, "WUPA, SELECT, two for authentication");
  const content = new Array(16).fill(3);
  field.onExchange = (exchange) => (exchange === read + 1 ? { kind: "loseAnswer" } : undefined);
  assert.is(reader.write(4, content), undefined);
  assert.equal([...cards[0].image.subarray(64, 80)], content, "the card has done it");
  openSession(reader);
  field.onExchange = () => ({ kind: "loseCommand" });
  assert.is(reader.read(4), undefined);
  field.onExchange = undefined;
  assert.not.instance(reader.read(4), Array, "the key streams have parted");
});

test("a flipped command bit is noticed by the card, a flipped answer bit by the reader", () => {
  const { reader, field } = createBench(UID);
  openSession(reader);
  field.onExchange = () => ({ kind: "flipCommandBit", bit: 3 });
  assert.is(reader.read(4), 0x05);
  field.onExchange = undefined;
  openSession(reader);
  field.onExchange = () => ({ kind: "flipAnswerBit", bit: 40 });
  assert.throws(() => reader.read(4), /parity/);
});

test("a late answer comes late, a removal strikes at its time", () => {
  const { reader, field } = createBench(UID);
  const punctualUs = reader.short(0x26)!.elapsedUs;
  field.onExchange = () => ({ kind: "lateAnswer", delayUs: 500 });
  const late = reader.plain([0x93, 0x20])!;
  assert.ok(late.elapsedUs > punctualUs + 500);
  field.onExchange = () => ({ kind: "removeCards", delayUs: -50 });
  assert.is(reader.plain([0x93, 0x20]), undefined);
  assert.equal(field.cards, []);
});

test("a command sent too soon after an answer is not heard", () => {
  const { reader, field, clock } = createBench(UID);
  reader.short(0x26);
  // The test reader keeps the gap after each answer; this listener does not.
  let isAnswered = false;
  const hasty = {
    transmissionEnded() {},
    receptionBegan() {},
    received() {
      isAnswered = true;
      field.transmit(frameOf([0x93, 0x20]), silent);
    },
  };
  let isHeard = false;
  const silent = {
    transmissionEnded() {},
    receptionBegan() {},
    received() {
      isHeard = true;
    },
  };
  field.transmit(frameOf([0x93, 0x20]), hasty);
  clock.advance(20_000);
  assert.equal([isAnswered, isHeard, field.statistics.hastyCommands], [true, false, 1]);
});

test("statistics count exchanges, bytes and time on the air", () => {
  const { reader, field } = createBench(UID);
  reader.short(0x26);
  reader.plain([0x93, 0x20]);
  const { exchanges, bytesToCards, bytesFromCards, airtimeUs } = field.statistics;
  assert.equal([exchanges, bytesToCards, bytesFromCards], [2, 3, 7]);
  assert.is(Math.round(airtimeUs), Math.round((10 + 20 + 21 + 47) * (128 / 13.56)));
});

function frameOf(bytes: number[]) {
  return {
    bytes: Uint8Array.from(bytes),
    bitCount: bytes.length * 8,
    parity: Uint8Array.from(bytes, (byte) => 1 - (byte.toString(2).replaceAll("0", "").length & 1)),
    firstBit: 0,
  };
}

test.run();
