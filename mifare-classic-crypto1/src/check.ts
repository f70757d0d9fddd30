/**
 * Argument checks shared by the public functions. A wrong type is a TypeError, a value outside its
 * range a RangeError; both name the argument, what it must be and what it was.
 */

export function checkBit(name: string, value: number): void {
  if (value !== 0 && value !== 1) fail(name, "0 or 1", value);
}

export function checkByte(name: string, value: number): void {
  if ((value & 0xff) !== value) fail(name, "a byte, 0..255", value);
}

export function checkUint32(name: string, value: number): void {
  if (value >>> 0 !== value) fail(name, "an unsigned 32-bit integer", value);
}

/** `lengthBytes` omitted: any length will do. */
export function checkBytes(name: string, value: Uint8Array, lengthBytes?: number): void {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${name} must be a Uint8Array, got ${describe(value)}`);
  }
  if (lengthBytes !== undefined && value.length !== lengthBytes) {
    throw new RangeError(`${name} must be ${lengthBytes} bytes long, got ${value.length}`);
  }
}

/** Parity travels as one 0 or 1 per byte of the frame. */
export function checkParity(parity: Uint8Array, lengthBytes: number): void {
  checkBytes("parity", parity, lengthBytes);
  for (let index = 0; index < lengthBytes; index++) checkBit("parity bit", parity[index]);
}

export function fail(name: string, expected: string, value: unknown): never {
  const ErrorKind = typeof value === "number" ? RangeError : TypeError;
  throw new ErrorKind(`${name} must be ${expected}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : `a value of type ${typeof value}`;
}
