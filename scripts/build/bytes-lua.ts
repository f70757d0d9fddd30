/**
 * What stands for functions of card-layout/bytes.ts in Lua, as text: bytes are a table from 0 with
 * its length. Everything else of that file is plain arithmetic and is taken from it.
 */
export const LUA_BYTES = `
interface Table {
  [index: number]: number;
  length: number;
}

export function newBytes(lengthBytes: number): Table {
  const bytes: Table = { length: lengthBytes };
  for (let i = 0; i < lengthBytes; i++) bytes[i] = 0;
  return bytes;
}

export function newWords(count: number): Table {
  return newBytes(count);
}

export function wordsOf(bytes: Table): Table {
  return bytes;
}

export function xorBlock(words: Words, index: number, mask: Words): void {
  for (let i = 0; i < 16; i++) words[16 * index + i] ^= mask[i];
}

export function copyNumbers(from: number[], to: number[]): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i];
}

export function clearNumbers(list: number[]): void {
  for (let i = 0; i < list.length; i++) list[i] = 0;
}

export function copyAll(from: Table, out: Table, outOffset: number): void {
  copyBytes(from, 0, out, outOffset, from.length);
}

/** Parts of one buffer may overlap. */
export function copyBytes(
  from: Table,
  fromOffset: number,
  out: Table,
  outOffset: number,
  lengthBytes: number,
): void {
  if (outOffset > fromOffset) {
    for (let i = lengthBytes - 1; i >= 0; i--) out[outOffset + i] = from[fromOffset + i];
  } else {
    for (let i = 0; i < lengthBytes; i++) out[outOffset + i] = from[fromOffset + i];
  }
}

export function partOf(from: Table, offset: number, lengthBytes: number): Table {
  const part = newBytes(lengthBytes);
  copyBytes(from, offset, part, 0, lengthBytes);
  return part;
}

export function fillBytes(out: Table, offset: number, lengthBytes: number, value: number): void {
  for (let i = 0; i < lengthBytes; i++) out[offset + i] = value;
}

export function textOf(bytes: Table): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

export function putShortest(out: Table, offset: number, value: number): number {
  let at = offset;
  for (let rest = value; rest > 0; at++) {
    out[at] = rest % 256;
    rest = (rest - out[at]) / 256;
  }
  return at;
}

export function putUint(out: Table, offset: number, sizeBytes: number, value: number): void {
  let rest = value;
  for (let at = offset; at < offset + sizeBytes; at++) {
    out[at] = rest % 256;
    rest = (rest - out[at]) / 256;
  }
}
`;
