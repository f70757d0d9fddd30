/**
 * What stands for card-layout/bytes.ts in Lua, as text: a table from 0 with its length. Everything
 * else of that file is plain arithmetic and is taken from it.
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

export function fillBytes(out: Table, offset: number, lengthBytes: number, value: number): void {
  for (let i = 0; i < lengthBytes; i++) out[offset + i] = value;
}
`;
