import { isWeakNonce } from "mifare-classic-crypto1";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeAccessBits } from "../card-layout/access-bits";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { flipBit } from "./rf";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { crcBytes, TestReader } from "./test-reader";

const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const KEY_A = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5];
const KEY_B = [0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5];
const UID4 = [0xde, 0xad, 0xbe, 0xef];
const UID7 = [0x04, 0x5a, 0x9c, 0x8a, 0xa0, 0x5b, 0x80];
const ACK = 0x0a;
const NAK_NO_BUFFER = 0x04;
const NAK_GARBLED_NO_BUFFER = 0x05;

type Options = Partial<MifareCardOptions>;

function createBench(options: Options = {}, uid = UID4) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const image = blankImage(Uint8Array.from(uid));
  const card = new MifareClassicCard({
    clock,
    rng: new Rng("card"),
    image,
    uidLengthBytes: uid.length === 7 ? 7 : 4,
    ...options,
  });
  field.addCard(card);
  const reader = new TestReader(clock, field);
  reader.powerUp();
  return { clock, field, card, reader, image };
}

/** Conditions as the data sheet writes them, C1C2C3 read as a binary number. */
function setSector(image: Uint8Array, sector: number, conditions: number[]): void {
  const [block0, block1, block2, trailer] = conditions;
  const base = sector * 64 + 48;
  image.set(KEY_A, base);
  encodeAccessBits(block0, block1, block2, trailer, image, base + 6);
  image.set(KEY_B, base + 10);
}

function valueBlock(value: number, address = 0x11): number[] {
  const bytes = [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
  const inverse = bytes.map((byte) => byte ^ 0xff);
  return [...bytes, ...inverse, ...bytes, address, address ^ 0xff, address, address ^ 0xff];
}

function block(image: Uint8Array, index: number): number[] {
  return [...image.subarray(index * 16, index * 16 + 16)];
}

test("REQA, anticollision and SELECT of a 4-byte UID", () => {
  const { reader } = createBench();
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
  assert.equal(reader.plain([0x93, 0x20])!.bytes, [...UID4, 0x22]);
  const sak = reader.plainWithCrc([0x93, 0x70, ...UID4, 0x22])!;
  assert.equal(sak.bytes, [0x08, 0xb6, 0xdd]);
});

test("7-byte UID: two cascade levels with cascade tag and SAK 04", () => {
  const { reader } = createBench({}, UID7);
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
  const { reader } = createBench();
  reader.short(0x26);
  const answer = reader.plain([0x93, 0x35, 0xde, 0x0d], 16 + 13)!;
  assert.is(answer.bitCount, 40 - 13);
  assert.equal(answer.bytes, [0xad & 0xe0, 0xbe, 0xef, 0x22]);
  assert.is(reader.plain([0x93, 0x35, 0xde, 0x0c], 16 + 13), undefined, "other bits: silence");
  assert.equal(reader.plain([0x93, 0x20])!.bytes, [...UID4, 0x22], "and the card waits in READY");
});

test("HALT answers only WUPA, and errors after it lead back to HALT", () => {
  const { reader } = createBench();
  reader.select(UID4);
  assert.is(reader.plainWithCrc([0x50, 0x00]), undefined);
  assert.is(reader.short(0x26), undefined);
  assert.equal(reader.short(0x52)!.bytes, [0x04, 0x00]);
  assert.is(reader.plain([0x12, 0x34]), undefined, "an error in READY*");
  assert.is(reader.short(0x26), undefined, "back in HALT");
  assert.is(reader.select(UID4), 0x08);
});

test("an error in READY or ACTIVE leads to IDLE without an answer", () => {
  const { reader } = createBench();
  reader.short(0x26);
  assert.is(reader.short(0x26), undefined, "REQA is unexpected in READY");
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
  reader.plain([0x93, 0x20]);
  assert.is(reader.plainWithCrc([0x93, 0x70, 1, 2, 3, 4, 4]), undefined, "another card's UID");
  assert.is(reader.select(UID4), 0x08);
});

test("reads and writes under Crypto1; memory commands need a session", () => {
  const { reader, image } = createBench();
  reader.select(UID4);
  assert.is(reader.plainWithCrc([0x30, 4])!.bytes[0], NAK_NO_BUFFER);
  reader.select(UID4);
  assert.is(reader.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
  const content = Array.from({ length: 16 }, (_, index) => 200 - index);
  assert.is(reader.write(4, content), ACK);
  assert.equal(reader.read(4), content);
  assert.equal(block(image, 4), content);
});

test("nested authentication opens the next sector and closes the last", () => {
  const { reader } = createBench();
  reader.select(UID4);
  for (const sector of [1, 5, 15]) {
    assert.is(reader.authenticate(0x60, sector * 4, FACTORY_KEY, UID4), "ok");
    assert.equal(reader.read(sector * 4), new Array(16).fill(0));
  }
  assert.is(reader.read(4), NAK_NO_BUFFER);
  assert.is(reader.read(60), undefined, "after a NAK the session is gone");
});

test("wrong key: silence, and the card must be selected again", () => {
  const { reader } = createBench();
  reader.select(UID4);
  assert.is(reader.authenticate(0x60, 4, KEY_A, UID4), "silent");
  assert.is(reader.authenticate(0x60, 4, FACTORY_KEY, UID4), "silent");
  reader.select(UID4);
  assert.is(reader.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
});

test("the darkside leak is a switch: NAK 5 for a wrong aR with good parity", () => {
  const count = { leaking: 0, modern: 0 };
  for (let attempt = 0; attempt < 300; attempt++) {
    const damage = { leaking: true, modern: false };
    for (const kind of ["leaking", "modern"] as const) {
      const { reader, clock } = createBench({ doesLeakNak: damage[kind] });
      clock.advance(attempt * 10);
      reader.select(UID4);
      const flip = (frame: { bytes: Uint8Array; parity: Uint8Array }) => {
        frame.bytes[7] ^= 0x03;
        frame.parity[7] ^= attempt & 1;
      };
      if (reader.authenticate(0x60, 4, FACTORY_KEY, UID4, flip) === "nak") count[kind]++;
    }
  }
  assert.ok(count.leaking > 0 && count.leaking < 300, `${count.leaking} NAKs`);
  assert.is(count.modern, 0);
});

test("every parity bit of an encrypted command is checked", () => {
  for (let index = 0; index < 4; index++) {
    const { reader } = createBench();
    reader.select(UID4);
    reader.authenticate(0x60, 4, FACTORY_KEY, UID4);
    const answer = reader.command([0x30, 4], (frame) => {
      frame.parity[index] ^= 1;
    });
    assert.equal([answer!.bitCount, answer!.bytes[0]], [4, NAK_GARBLED_NO_BUFFER]);
  }
});

test("every damaged bit of {nR}{aR} keeps the card silent", () => {
  for (let bit = 0; bit < 64; bit++) {
    const { reader } = createBench();
    reader.select(UID4);
    const result = reader.authenticate(0x60, 4, FACTORY_KEY, UID4, (frame) => flipBit(frame, bit));
    assert.is(result, "silent", `bit ${bit}`);
  }
});

test("nonces: weak ones step with time, hardened ones do not, fixed ones stay", () => {
  const drawn = (options: Options, delays: number[]) =>
    delays.map((delayUs) => {
      const { reader, clock } = createBench(options);
      clock.advance(delayUs);
      reader.select(UID4);
      const { bytes } = reader.plainWithCrc([0x60, 4])!;
      return new DataView(Uint8Array.from(bytes).buffer).getUint32(0);
    });
  const weak = drawn({}, [0, 1000, 0]);
  assert.ok(weak.every(isWeakNonce));
  assert.is(weak[0], weak[2], "the same delay gives the same nonce");
  assert.is.not(weak[0], weak[1]);
  const rng = new Rng(7);
  const hardened = drawn({ nonces: "hardened", rng }, [0, 0, 0, 0]);
  assert.is(new Set(hardened).size, 4);
  assert.ok(hardened.some((nonce) => !isWeakNonce(nonce)));
  assert.equal(drawn({ nonces: { fixed: 0x01200145 } }, [0, 500]), [0x01200145, 0x01200145]);
});

test("access conditions decide per key: 100 is read by both, written by B", () => {
  const { reader, image } = createBench();
  setSector(image, 1, [4, 4, 4, 6]);
  reader.select(UID4);
  reader.authenticate(0x60, 4, KEY_A, UID4);
  assert.equal(reader.read(4), new Array(16).fill(0));
  assert.is(reader.write(4, new Array(16).fill(1)), NAK_NO_BUFFER);
  reader.select(UID4);
  reader.authenticate(0x61, 4, KEY_B, UID4);
  assert.is(reader.write(4, new Array(16).fill(1)), ACK);
  assert.equal(block(image, 4), new Array(16).fill(1));
});

test("a readable key B authenticates and is then refused everything", () => {
  const { reader } = createBench();
  reader.select(UID4);
  assert.is(reader.authenticate(0x61, 4, FACTORY_KEY, UID4), "ok");
  assert.is(reader.read(4), NAK_NO_BUFFER);
});

test("trailers mask key A always, key B unless it is readable", () => {
  const { reader, image } = createBench();
  reader.select(UID4);
  reader.authenticate(0x60, 7, FACTORY_KEY, UID4);
  assert.equal(reader.read(7), [0, 0, 0, 0, 0, 0, 0xff, 0x07, 0x80, 0x69, ...FACTORY_KEY]);
  setSector(image, 1, [4, 4, 4, 6]);
  reader.select(UID4);
  reader.authenticate(0x60, 7, KEY_A, UID4);
  const trailer = reader.read(7) as number[];
  assert.equal(trailer.slice(0, 6), [0, 0, 0, 0, 0, 0]);
  assert.equal(trailer.slice(6, 9), block(image, 7).slice(6, 9));
  assert.equal(trailer.slice(10), [0, 0, 0, 0, 0, 0]);
});

test("a trailer write changes only the parts that are open", () => {
  const { reader, image } = createBench();
  setSector(image, 1, [0, 0, 0, 4]);
  const before = block(image, 7);
  reader.select(UID4);
  reader.authenticate(0x61, 7, KEY_B, UID4);
  const wanted = new Array(16).fill(0x77);
  assert.is(reader.write(7, wanted), ACK);
  assert.equal(block(image, 7), [
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
    const { reader, image } = createBench();
    setSector(image, 1, [0, 0, 0, 6]);
    reader.select(UID4);
    reader.authenticate(command, 7, key, UID4);
    assert.is(reader.write(7, new Array(16).fill(0)), NAK_NO_BUFFER);
  }
});

test("inconsistent access bits block the sector for both keys", () => {
  const { reader, image } = createBench();
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
  const { reader, image } = createBench();
  const before = block(image, 0);
  reader.select(UID4);
  reader.authenticate(0x60, 0, FACTORY_KEY, UID4);
  assert.equal(reader.read(0), before);
  assert.is(reader.write(0, new Array(16).fill(0)), NAK_NO_BUFFER);
  assert.equal(block(image, 0), before);
});

test("value operations: silent part 2, nothing in EEPROM before the transfer", () => {
  const { reader, image, card } = createBench();
  image.set(valueBlock(1000), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.value(0xc0, 5, 1), undefined);
  assert.equal(block(image, 5), valueBlock(1000));
  assert.is(reader.transfer(5), ACK);
  assert.equal(block(image, 5), valueBlock(999));
  assert.is(reader.value(0xc1, 5, 501), undefined);
  assert.is(reader.transfer(6), ACK, "into a block that held no value");
  assert.equal(block(image, 6), valueBlock(1500));
  assert.is(reader.value(0xc2, 5, 0), undefined);
  assert.is(reader.transfer(6), ACK);
  assert.equal(block(image, 6), valueBlock(999));
  assert.is(card.eeprom.writeCount, 3);
});

test("value operations refuse what is no value block and leave the buffer empty", () => {
  const { reader, image } = createBench();
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
    const { reader, image } = createBench();
    image.set(valueBlock(value), 5 * 16);
    reader.select(UID4);
    reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
    const answer = reader.value(command, 5, operand);
    assert.is(answer, expected === undefined ? NAK_NO_BUFFER : undefined);
    if (expected !== undefined) reader.transfer(5);
    assert.equal(block(image, 5), valueBlock(expected ?? value));
  });
}

test("the NAK tells whether the transfer buffer holds a value", () => {
  const { reader, image } = createBench();
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
  const { reader, image } = createBench();
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
  assert.equal(block(image, 12), valueBlock(999));
});

/** The attack on a counter: a value from a block the attacker may write, moved by the buffer. */
function raiseCounter(options: Options, sourceCondition: number): number[] {
  const { reader, image } = createBench(options);
  setSector(image, 3, [1, 1, 7, 6]);
  setSector(image, 15, [sourceCondition, sourceCondition, sourceCondition, 6]);
  image.set(valueBlock(1000), 12 * 16);
  image.set(valueBlock(2_000_000), 62 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 62, KEY_A, UID4);
  if (reader.value(0xc2, 62, 0) !== undefined) return block(image, 12);
  if (reader.authenticate(0x60, 12, KEY_A, UID4) === "ok") reader.transfer(12);
  return block(image, 12);
}

test("transfer-buffer trap: a 000 block anywhere raises a decrement-only counter", () => {
  assert.equal(raiseCounter({}, 0), valueBlock(2_000_000));
});

test("transfer-buffer trap: no 000 or 110 block, no raise; nor on cards that empty the buffer", () => {
  for (const condition of [2, 3, 4, 5, 7]) {
    assert.equal(raiseCounter({}, condition), valueBlock(1000), `condition ${condition}`);
  }
  assert.equal(raiseCounter({ doesBufferSurviveNested: false }, 0), valueBlock(1000));
});

test("the transfer buffer does not survive a new selection", () => {
  const { reader, image } = createBench();
  image.set(valueBlock(7), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.value(0xc2, 5, 0);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.transfer(6), NAK_NO_BUFFER);
});

test("gen1a: 40h as 7 bits and 43h open every block, keys included; others stay silent", () => {
  const { reader, image } = createBench({ isMagicGen1a: true });
  reader.select(UID4);
  reader.plainWithCrc([0x50, 0x00]);
  const knock = reader.short(0x40)!;
  assert.equal([knock.bitCount, knock.bytes[0]], [4, ACK]);
  assert.is(reader.plain([0x43])!.bytes[0], ACK);
  assert.equal(reader.plainWithCrc([0x30, 3])!.bytes.slice(0, 6), FACTORY_KEY);
  assert.is(reader.plainWithCrc([0xa0, 0])!.bytes[0], ACK);
  const block0 = [1, 2, 3, 4, 4, 8, 4, 0, ...new Array(8).fill(0)];
  assert.is(reader.plainWithCrc(block0)!.bytes[0], ACK);
  assert.equal(block(image, 0), block0);
  assert.is(createBench().reader.short(0x40), undefined, "a genuine card does not answer");
});

test("shadow mode: everything is as before once the field is gone", () => {
  const { reader, image } = createBench({ isShadowMode: true });
  reader.select(UID4);
  reader.authenticate(0x60, 4, FACTORY_KEY, UID4);
  reader.write(4, new Array(16).fill(9));
  assert.equal(reader.read(4), new Array(16).fill(9));
  reader.powerDown();
  assert.equal(block(image, 4), new Array(16).fill(0));
});

test("HLTA in a session is encrypted and silent", () => {
  const { reader } = createBench();
  reader.select(UID4);
  reader.authenticate(0x60, 4, FACTORY_KEY, UID4);
  assert.is(reader.command([0x50, 0x00]), undefined);
  assert.is(reader.short(0x26), undefined);
  assert.equal(reader.short(0x52)!.bytes, [0x04, 0x00]);
});

test("durations follow the data sheet's typical values", () => {
  const { reader, clock, image } = createBench();
  image.set(valueBlock(9), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  const ack = reader.command([0xa0, 4])!;
  assert.is(Math.round(ack.elapsedUs), 71 + 59);
  const begunUs = clock.nowUs;
  const written = reader.command(new Array(16).fill(0))!;
  assert.is(Math.round(written.elapsedUs), 71 + 3100 + 59);
  assert.is(Math.round(clock.nowUs - begunUs - written.elapsedUs), Math.round(1557.5 + 86.4));
  const read = reader.command([0x30, 4])!;
  assert.is(Math.round(read.elapsedUs), 71 + 400 + 1548);
  reader.value(0xc2, 5, 0);
  assert.is(Math.round(reader.command([0xb0, 5])!.elapsedUs), 71 + 3900 + 59);
});

test("a card does not hear the reader while it works on a value", () => {
  const { reader, image } = createBench();
  image.set(valueBlock(9), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.nibble([0xc0, 5]), ACK);
  // The frame itself lasts 538 us of this, and the card needs 1400 us after it.
  reader.patienceUs = 538 + 1000;
  assert.is(reader.nibble([1, 0, 0, 0]), undefined);
  assert.is(reader.transfer(5), undefined);
  assert.equal(block(image, 5), valueBlock(9));
});

test("a field off in a session ends it", () => {
  const { reader } = createBench();
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.powerDown();
  reader.powerUp();
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
});

test("a card needs up to 5 ms of field before it answers", () => {
  const { reader, field, clock } = createBench();
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
