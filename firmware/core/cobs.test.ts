import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import { COBS_MAXIMUM_BYTES, cobsDecode, cobsEncode } from "./cobs";
import { crc16 } from "./crc16";

function encode(content: number[]): number[] {
  const frame = new Uint8Array(content.length + 2);
  frame.set(content, 1);
  const lengthBytes = cobsEncode(frame, content.length);
  return [...frame.subarray(0, lengthBytes)];
}

/** The published algorithm, kept apart from the one under test. */
function encodeSlowly(content: number[]): number[] {
  const out: number[] = [];
  let block: number[] = [];
  for (const byte of [...content, 0]) {
    if (byte === 0) {
      out.push(block.length + 1, ...block);
      block = [];
    } else {
      block.push(byte);
    }
  }
  return [...out, 0];
}

test("encodes as the paper does", () => {
  assert.equal(encode([]), [1, 0]);
  assert.equal(encode([0]), [1, 1, 0]);
  assert.equal(encode([0, 0]), [1, 1, 1, 0]);
  assert.equal(encode([0, 17, 0]), [1, 2, 17, 1, 0]);
  assert.equal(encode([17, 34, 0, 51]), [3, 17, 34, 2, 51, 0]);
  assert.equal(encode([17, 0, 0, 0]), [2, 17, 1, 1, 1, 0]);
});

test("every length comes back, at one byte of overhead, without a zero inside", () => {
  for (let lengthBytes = 0; lengthBytes <= COBS_MAXIMUM_BYTES; lengthBytes++) {
    for (const period of [1, 2, 7, 1000]) {
      const content = Array.from({ length: lengthBytes }, (_, i) =>
        i % period === 0 ? 0 : i % 255,
      );
      const encoded = encode(content);
      assert.equal(encoded, encodeSlowly(content));
      assert.is(encoded.length, lengthBytes + 2);
      assert.is(encoded.indexOf(0), lengthBytes + 1);
      const frame = Uint8Array.from(encoded);
      assert.is(cobsDecode(frame, lengthBytes + 1), Status.Ok);
      assert.equal([...frame.subarray(1, lengthBytes + 1)], content);
    }
  }
});

test("refuses distances that do not end at the end", () => {
  const refused = [[], [2], [3, 1], [1, 3, 1], [5, 1, 1, 1], [0, 1], [2, 7, 0]];
  for (const bytes of refused) {
    assert.is(cobsDecode(Uint8Array.from(bytes), bytes.length), Status.Malformed, bytes.join());
  }
});

test("CRC-16/CCITT-FALSE has its check value and finds every burst of up to 16 bits", () => {
  const check = Buffer.from("123456789");
  assert.is(crc16(check, 0, 9), 0x29b1);
  assert.is(crc16(check, 0, 0), 0xffff);
  const frame = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256);
  const crc = crc16(frame, 0, 40);
  for (let bit = 0; bit < 40 * 8 - 16; bit++) {
    for (const burst of [1, 0b11, 0b1000000000000001, 0b1010101010101011]) {
      const broken = Uint8Array.from(frame);
      for (let i = 0; i < 16; i++) {
        if ((burst >> i) & 1) broken[(bit + i) >> 3] ^= 0x80 >> ((bit + i) & 7);
      }
      assert.is.not(crc16(broken, 0, 40), crc);
    }
  }
});

test("CRC-16 equals the bitwise definition for every byte and state of a long message", () => {
  const message = Uint8Array.from({ length: 2000 }, (_, i) => (i * i * 7 + (i >> 3)) % 256);
  let crc = 0xffff;
  message.forEach((byte, index) => {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    if (index % 50 === 0) assert.is(crc16(message, 0, index + 1), crc);
  });
});

test.run();
