/**
 * Byte buffers for code that runs on Node, Espruino (ES5) and Lua 5.1 alike.
 *
 * `Bytes` is the little that all three engines share: index, store 0..255, `length`. Device code
 * never names `Uint8Array`; only this file does, and the Lua build replaces it. On the two others
 * every buffer that is copied from or to is a `Uint8Array`.
 */
export interface Bytes {
  [index: number]: number;
  readonly length: number;
}

/** An interpreter finds its own names last, behind all of the program's. */
const Octets = Uint8Array;

/** A zeroed buffer of `lengthBytes`. Allocate once and keep: on the pad allocation costs time. */
export function newBytes(lengthBytes: number): Bytes {
  return new Octets(lengthBytes);
}

/** Signed 32-bit numbers, zeroed. An interpreter walks along a list to an index, and not here. */
export interface Words {
  [index: number]: number;
}

export function newWords(count: number): Words {
  return new Int32Array(count);
}

/** The same memory as a whole buffer, to XOR it four bytes at a time. */
export function wordsOf(bytes: Bytes): Words {
  return new Int32Array((bytes as Uint8Array).buffer);
}

/** XORs the 16 bytes of `mask` into block `index` of `words`; an interpreter pays for steps. */
export function xorBlock(words: Words, index: number, mask: Words): void {
  let at = 4 * index;
  words[at++] ^= mask[0];
  words[at++] ^= mask[1];
  words[at++] ^= mask[2];
  words[at] ^= mask[3];
}

/** Copies with the engine's own block move: a byte loop costs an interpreter 90 us a step. */
export function copyBytes(
  from: Bytes,
  fromOffset: number,
  out: Bytes,
  outOffset: number,
  lengthBytes: number,
): void {
  // Espruino takes a view of length 0 for one of all the rest.
  if (lengthBytes === 0) return;
  const whole = from as Uint8Array;
  const part = new Octets(whole.buffer, whole.byteOffset + fromOffset, lengthBytes);
  (out as Uint8Array).set(part, outOffset);
}

/** Copies a whole buffer: without the view that `copyBytes` has to make first. */
export function copyAll(from: Bytes, out: Bytes, outOffset: number): void {
  (out as Uint8Array).set(from as Uint8Array, outOffset);
}

/** Part of a buffer, to be read before either changes: the same memory, or in Lua a copy. */
export function partOf(from: Bytes, offset: number, lengthBytes: number): Bytes {
  const whole = from as Uint8Array;
  return new Octets(whole.buffer, whole.byteOffset + offset, lengthBytes);
}

/** Sets `lengthBytes` bytes to `value`; also how secrets are wiped. */
export function fillBytes(out: Bytes, offset: number, lengthBytes: number, value: number): void {
  (out as Uint8Array).fill(value, offset, offset + lengthBytes);
}

/** Compares without stopping early, so that time tells nothing about where a tag differs. */
export function equalBytes(
  a: Bytes,
  aOffset: number,
  b: Bytes,
  bOffset: number,
  lengthBytes: number,
): boolean {
  let difference = 0;
  for (let i = lengthBytes; i-- > 0; ) difference |= a[aOffset + i] ^ b[bOffset + i];
  return difference === 0;
}

/** The items of one list over those of another that is as long. */
export function copyNumbers(from: number[], to: number[]): void {
  // By the engine, in a quarter of the time of a loop.
  const parts: [number, number] = [0, from.length];
  to.splice.apply(to, parts.concat(from) as [number, number]);
}

export function clearNumbers(list: number[]): void {
  (list as unknown as { fill(value: number): void }).fill(0);
}

/**
 * Equal for equal bytes only; made and compared by the engine itself, in far less time than a loop
 * takes, but not in the same time for all. Not `String(bytes)`: of a Buffer, that decodes UTF-8 and
 * is the same for many.
 */
export function textOf(bytes: Bytes): string {
  return (bytes as Uint8Array).join();
}

/** Little-endian unsigned store of 0..6 bytes by division, so money up to 2^40 stays exact. */
export function putUint(out: Bytes, offset: number, sizeBytes: number, value: number): void {
  let rest = value;
  const end = offset + sizeBytes;
  for (let at = offset; at < end; at++) {
    // Storing cuts off what is above a byte and what is behind the point.
    out[at] = rest;
    rest /= 256;
  }
}

/** Little-endian unsigned store in as few bytes as it takes, none for 0; the offset behind it. */
export function putShortest(out: Bytes, offset: number, value: number): number {
  let at = offset;
  for (let rest = value; rest >= 1; rest /= 256) out[at++] = rest;
  return at;
}

/** Little-endian unsigned load of 0..6 bytes, exact in a double; 0 for none. */
export function getUint(from: Bytes, offset: number, sizeBytes: number): number {
  // An interpreter takes longer for the loop than for what is in it.
  if (sizeBytes === 2) return from[offset + 1] * 256 + from[offset];
  let value = 0;
  let at = offset + sizeBytes;
  if (sizeBytes > 3) {
    value = ((from[--at] * 256 + from[--at]) * 256 + from[--at]) * 256 + from[--at];
  }
  while (at-- > offset) value = value * 256 + from[at];
  return value;
}
