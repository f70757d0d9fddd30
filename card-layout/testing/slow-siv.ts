/**
 * AES-CMAC and AES-SIV written line by line after RFC 4493 and RFC 5297 on Node's AES, for any
 * number of associated-data strings and any length: the twin that the fast code must agree with.
 */
import { createCipheriv } from "node:crypto";

export function slowCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k1 = double(encryptBlock(key, new Uint8Array(16)));
  const k2 = double(k1);
  const isFull = message.length > 0 && message.length % 16 === 0;
  const padded = isFull ? Uint8Array.from(message) : pad(message);
  const tail = padded.subarray(padded.length - 16);
  tail.set(xor(tail, isFull ? k1 : k2));
  let chain = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    chain = encryptBlock(key, xor(chain, padded.subarray(at, at + 16)));
  }
  return chain;
}

/** Synthetic IV and ciphertext. */
export function slowSivSeal(
  key: Uint8Array,
  associatedData: Uint8Array[],
  plaintext: Uint8Array,
): Uint8Array {
  const half = key.length / 2;
  const iv = stringToVector(key.subarray(0, half), associatedData, plaintext);
  const counter = Uint8Array.from(iv);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  const ciphertext = createCipheriv("aes-128-ctr", key.subarray(half), counter).update(plaintext);
  return Uint8Array.from([...iv, ...ciphertext]);
}

/** S2V, RFC 5297, 2.4. */
function stringToVector(
  key: Uint8Array,
  associatedData: Uint8Array[],
  plaintext: Uint8Array,
): Uint8Array {
  let d = slowCmac(key, new Uint8Array(16));
  for (const part of associatedData) d = xor(double(d), slowCmac(key, part));
  if (plaintext.length < 16) return slowCmac(key, xor(double(d), pad(plaintext)));
  const last = Uint8Array.from(plaintext);
  const tail = last.subarray(last.length - 16);
  tail.set(xor(tail, d));
  return slowCmac(key, last);
}

/** Appends 10* up to a whole number of blocks, at least one bit. */
function pad(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(16 * (Math.floor(message.length / 16) + 1));
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}

/** Multiplication by x in GF(2^128) on one big number. */
function double(block: Uint8Array): Uint8Array {
  const value = BigInt(`0x${Buffer.from(block).toString("hex")}`) << 1n;
  const reduced = value >> 128n === 0n ? value : (value ^ 0x87n) & ((1n << 128n) - 1n);
  return Uint8Array.from(Buffer.from(reduced.toString(16).padStart(32, "0"), "hex"));
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, i) => byte ^ b[i]);
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array<ArrayBuffer> {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Uint8Array.from(cipher.update(block));
}
