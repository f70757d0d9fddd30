/**
 * AES-CMAC (RFC 4493) and AES-SIV (RFC 5297) from the host's AES, written from the RFCs for the
 * oracle, which shares no code with what it judges.
 */
import { createCipheriv } from "node:crypto";

const ZERO = Buffer.alloc(16);

export function cmac(key: Uint8Array, message: Uint8Array): Buffer {
  const k1 = double(encryptBlock(key, ZERO));
  const isWhole = message.length > 0 && message.length % 16 === 0;
  const last = isWhole
    ? Buffer.from(message.subarray(message.length - 16))
    : padded(message.subarray(message.length - (message.length % 16)));
  const head = message.subarray(0, Math.max(0, Math.ceil(message.length / 16) - 1) * 16);
  return cbcLast(key, Buffer.concat([head, xor(last, isWhole ? k1 : double(k1))]));
}

/** Undefined when the seal does not fit. `sealed`: 16 bytes of IV, then at least 16 of text. */
export function openSiv(
  macKey: Uint8Array,
  ctrKey: Uint8Array,
  associatedData: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const iv = sealed.subarray(0, 16);
  const counter = Buffer.from(iv);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  const text = createCipheriv("aes-128-ctr", ctrKey, counter).update(sealed.subarray(16));
  const sum = xor(double(cmac(macKey, ZERO)), cmac(macKey, associatedData));
  const end = text.length - 16;
  const last = xor(text.subarray(end), sum);
  const expected = cmac(macKey, Buffer.concat([text.subarray(0, end), last]));
  return expected.equals(iv) ? text : undefined;
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block);
}

function cbcLast(key: Uint8Array, message: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-cbc", key, ZERO).setAutoPadding(false);
  return cipher.update(message).subarray(-16);
}

function double(block: Uint8Array): Buffer {
  const value = (BigInt(`0x${Buffer.from(block).toString("hex")}`) << 1n) % 2n ** 128n;
  const reduced = block[0] >= 0x80 ? value ^ 0x87n : value;
  return Buffer.from(reduced.toString(16).padStart(32, "0"), "hex");
}

function padded(part: Uint8Array): Buffer {
  const block = Buffer.alloc(16);
  block.set(part);
  block[part.length] = 0x80;
  return block;
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b[index]));
}
