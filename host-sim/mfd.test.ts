import { test } from "uvu";
import * as assert from "uvu/assert";
import { blankImage, readMfd, writeMfd } from "./mfd";

const UID4 = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);
const UID7 = Uint8Array.of(0x04, 0x5a, 0x9c, 0x8a, 0xa0, 0x5b, 0x80);

test("a blank card: UID, check byte, SAK, ATQA, transport trailers, nothing else", () => {
  const image = blankImage(UID4);
  assert.is(image.length, 1024);
  assert.is(Buffer.from(image.subarray(0, 8)).toString("hex"), "deadbeef22080400");
  for (let sector = 0; sector < 16; sector++) {
    const trailer = Buffer.from(image.subarray(sector * 64 + 48, sector * 64 + 64));
    assert.is(trailer.toString("hex"), "ffffffffffffff078069ffffffffffff");
  }
  assert.is(image.filter((byte) => byte !== 0).length, 7 + 16 * 16);
});

test("what was written is read back, with the UID in its length", () => {
  for (const uid of [UID4, UID7]) {
    const image = blankImage(uid);
    const read = readMfd(writeMfd(image));
    assert.equal(read.image, image);
    assert.equal(read.uid, uid);
    assert.is.not(read.image, image, "a copy");
  }
});

const REFUSED: [string, Uint8Array, RegExp][] = [
  ["a Mini dump", new Uint8Array(320), /Mini/],
  ["a 2K dump", new Uint8Array(2048), /2K/],
  ["a 4K dump", new Uint8Array(4096), /4K/],
  ["an empty file", new Uint8Array(0), /1024 bytes, this file has 0/],
  ["a truncated file", blankImage(UID4).subarray(0, 1000), /has 1000/],
  ["a text dump", new Uint8Array(Buffer.from("DEADBEEF22080400\n".repeat(64))), /text/],
  ["text of 1024 bytes", new Uint8Array(1024).fill(0x30), /text/],
];
for (const [name, content, message] of REFUSED) {
  test(`refuses ${name}`, () => {
    assert.throws(() => readMfd(content), message);
  });
}

test("refuses a wrong check byte and says which is right", () => {
  const image = blankImage(UID4);
  image[4] = 0x23;
  assert.throws(() => readMfd(image), /check byte 23 after UID deadbeef should be 22/);
  assert.throws(() => writeMfd(image), /check byte/);
});

test("a UID has 4 or 7 bytes", () => {
  assert.throws(() => blankImage(new Uint8Array(10)), /4 or 7/);
});

test.run();
