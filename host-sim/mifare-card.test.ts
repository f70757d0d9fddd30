import { isWeakNonce } from "mifare-classic-crypto1";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { flipBit } from "./rf";
import { Rng } from "./rng";
import {
  ACK,
  blockOf,
  type CardOptions,
  createCardBench,
  FACTORY_KEY,
  KEY_A,
  NAK_GARBLED_NO_BUFFER,
  NAK_NO_BUFFER,
  UID4,
  valueBlock,
} from "./test-card-bench";

test("reads and writes under Crypto1; memory commands need a session", () => {
  const { reader, image } = createCardBench();
  reader.select(UID4);
  assert.is(reader.plainWithCrc([0x30, 4])!.bytes[0], NAK_NO_BUFFER);
  reader.select(UID4);
  assert.is(reader.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
  const content = Array.from({ length: 16 }, (_, index) => 200 - index);
  assert.is(reader.write(4, content), ACK);
  assert.equal(reader.read(4), content);
  assert.equal(blockOf(image, 4), content);
});

test("nested authentication opens the next sector and closes the last", () => {
  const { reader } = createCardBench();
  reader.select(UID4);
  for (const sector of [1, 5, 15]) {
    assert.is(reader.authenticate(0x60, sector * 4, FACTORY_KEY, UID4), "ok");
    assert.equal(reader.read(sector * 4), new Array(16).fill(0));
  }
  assert.is(reader.read(4), NAK_NO_BUFFER);
  assert.is(reader.read(60), undefined, "after a NAK the session is gone");
});

test("wrong key: silence, and the card must be selected again", () => {
  const { reader } = createCardBench();
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
      const { reader, clock } = createCardBench({ doesLeakNak: damage[kind] });
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
    const { reader } = createCardBench();
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
    const { reader } = createCardBench();
    reader.select(UID4);
    const result = reader.authenticate(0x60, 4, FACTORY_KEY, UID4, (frame) => flipBit(frame, bit));
    assert.is(result, "silent", `bit ${bit}`);
  }
});

test("nonces: weak ones step with time, hardened ones do not, fixed ones stay", () => {
  const drawn = (options: CardOptions, delays: number[]) =>
    delays.map((delayUs) => {
      const { reader, clock } = createCardBench(options);
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

test("shadow mode: everything is as before once the field is gone", () => {
  const { reader, image } = createCardBench({ isShadowMode: true });
  reader.select(UID4);
  reader.authenticate(0x60, 4, FACTORY_KEY, UID4);
  reader.write(4, new Array(16).fill(9));
  assert.equal(reader.read(4), new Array(16).fill(9));
  reader.powerDown();
  assert.equal(blockOf(image, 4), new Array(16).fill(0));
});

test("HLTA in a session is encrypted and silent", () => {
  const { reader } = createCardBench();
  reader.select(UID4);
  reader.authenticate(0x60, 4, FACTORY_KEY, UID4);
  assert.is(reader.command([0x50, 0x00]), undefined);
  assert.is(reader.short(0x26), undefined);
  assert.equal(reader.short(0x52)!.bytes, [0x04, 0x00]);
});

test("durations follow the data sheet's typical values", () => {
  const { reader, clock, image } = createCardBench();
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
  const { reader, image } = createCardBench();
  image.set(valueBlock(9), 5 * 16);
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  assert.is(reader.nibble([0xc0, 5]), ACK);
  // The frame itself lasts 538 us of this, and the card needs 1400 us after it.
  reader.patienceUs = 538 + 1000;
  assert.is(reader.nibble([1, 0, 0, 0]), undefined);
  assert.is(reader.transfer(5), undefined);
  assert.equal(blockOf(image, 5), valueBlock(9));
});

test("a field off in a session ends it", () => {
  const { reader } = createCardBench();
  reader.select(UID4);
  reader.authenticate(0x60, 5, FACTORY_KEY, UID4);
  reader.powerDown();
  reader.powerUp();
  assert.equal(reader.short(0x26)!.bytes, [0x04, 0x00]);
});

test.run();
