/** The digest of a PIN: what it hangs on, and that it is the CMAC that SPEC.md says. */
import { createCipheriv } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pinDigest } from "./pin";
import { aes } from "./testing/support";

const master = Uint8Array.from({ length: 16 }, (_, i) => i * 7 + 1);
const uid = Uint8Array.from([0xde, 0xad, 0xbe, 0xef, 0, 0, 0]);

/** CMAC (NIST SP 800-38B) with the engine's own AES. */
function cmacOf(key: Uint8Array, message: Uint8Array): Uint8Array {
  const encrypt = (block: Uint8Array) => {
    const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    return Uint8Array.from(cipher.update(block));
  };
  const double = (block: Uint8Array) => {
    const value = BigInt(`0x${Buffer.from(block).toString("hex")}`) << 1n;
    const reduced = value >> 128n > 0n ? (value ^ 0x87n) & ((1n << 128n) - 1n) : value;
    return Uint8Array.from(Buffer.from(reduced.toString(16).padStart(32, "0"), "hex"));
  };
  const isWhole = message.length > 0 && message.length % 16 === 0;
  const padded = new Uint8Array(Math.max(Math.ceil(message.length / 16), 1) * 16);
  padded.set(message);
  if (!isWhole) padded[message.length] = 0x80;
  const k1 = double(encrypt(new Uint8Array(16)));
  const last = isWhole ? k1 : double(k1);
  for (let i = 0; i < 16; i++) padded[padded.length - 16 + i] ^= last[i];
  let chain = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    chain = Uint8Array.from(encrypt(chain.map((octet, i) => octet ^ padded[at + i])));
  }
  return chain;
}

test("it is the CMAC of the digits under a key of this card and club", () => {
  const input = Uint8Array.of(1, ...uid, 4, 0x34, 0x12, 4, 0, 0, 0x43, 0x50, 0x31);
  const digest = cmacOf(cmacOf(master, input), Buffer.from("4821"));
  const expected = Buffer.from(digest).readUIntLE(0, 5);
  assert.is(pinDigest(aes, master, uid, 4, 0x1234, "4821"), expected);
});

test("another PIN, card, club or master is another digest", () => {
  const other = Uint8Array.from(uid, (octet, i) => (i === 0 ? octet ^ 1 : octet));
  const digests = [
    pinDigest(aes, master, uid, 4, 7, "4821"),
    pinDigest(aes, master, uid, 4, 7, "4822"),
    pinDigest(aes, master, uid, 4, 7, "48210"),
    pinDigest(aes, master, other, 4, 7, "4821"),
    pinDigest(aes, master, uid, 7, 7, "4821"),
    pinDigest(aes, master, uid, 4, 8, "4821"),
    pinDigest(
      aes,
      master.map((octet) => octet ^ 1),
      uid,
      4,
      7,
      "4821",
    ),
  ];
  assert.is(new Set(digests).size, digests.length);
  assert.ok(digests.every((digest) => digest > 0 && digest < 2 ** 40));
});

test.run();
