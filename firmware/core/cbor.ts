/**
 * The CBOR subset of everything ClubPad stores and sends: RFC 8949 §4.2.1 deterministic encoding
 * with definite lengths, integers below 2^53, byte and text strings, arrays, maps, tags, and the
 * simple values false, true and null. Floats, indefinite lengths and longer-than-needed heads are
 * refused, so equal content always means equal bytes, and a MAC over bytes is a MAC over content.
 */
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

/** The major types of RFC 8949 §3.1. A negative integer n is stored as `-1 - n`. */
export const enum CborType {
  Uint = 0,
  Negative = 1,
  Bytes = 2,
  Text = 3,
  Array = 4,
  Map = 5,
  Tag = 6,
  Simple = 7,
}

/** Values of `CborType.Simple` (RFC 8949 §3.3). */
export const enum CborSimple {
  False = 20,
  True = 21,
  Null = 22,
}

const TWO_32 = 4294967296;
const TWO_53 = 9007199254740992;
/** The largest integer the codec carries, for `cborExpect` where the field sets no lower limit. */
export const CBOR_MAXIMUM = TWO_53 - 1;

/**
 * A place in encoded bytes. `status` sticks: after the first refusal every further read refuses
 * too, so a decoder may read all its fields and look at `status` once at the end.
 */
export interface CborReader {
  from: Bytes;
  offset: number;
  /** One past the last byte that belongs to the input. */
  end: number;
  status: Status;
  /** Of the head read last. */
  majorType: CborType;
  /** Of the head read last: the integer, the length in bytes, the item count, or the tag. */
  value: number;
}

/** A reader over nothing; keep one and aim it with `cborStart`. */
export function createCborReader(from: Bytes): CborReader {
  return { from, offset: 0, end: 0, status: Status.Ok, majorType: CborType.Uint, value: 0 };
}

/** Aims a reader at `from[offset .. offset + lengthBytes)`, which must lie inside the buffer. */
export function cborStart(
  reader: CborReader,
  from: Bytes,
  offset: number,
  lengthBytes: number,
): void {
  reader.from = from;
  reader.offset = offset;
  reader.end = offset + lengthBytes;
  reader.status = Status.Ok;
}

/**
 * Writes one head: an integer, or the length, count or tag of what follows. Returns the offset
 * behind it (1 to 9 bytes on). `value` is an integer, 0 <= value < 2^53. The caller has made room.
 */
export function cborPutUint(out: Bytes, offset: number, majorType: number, value: number): number {
  const head = majorType * 32;
  if (value < 24) {
    out[offset] = head + value;
    return offset + 1;
  }
  let sizeBytes = 1;
  let information = 24;
  if (value >= TWO_32) {
    sizeBytes = 8;
    information = 27;
  } else if (value >= 65536) {
    sizeBytes = 4;
    information = 26;
  } else if (value >= 256) {
    sizeBytes = 2;
    information = 25;
  }
  out[offset] = head + information;
  let rest = value;
  for (let i = sizeBytes; i > 0; i--) {
    const high = Math.floor(rest / 256);
    out[offset + i] = rest - high * 256;
    rest = high;
  }
  return offset + 1 + sizeBytes;
}

/** Writes a byte string copied from another buffer; returns the offset behind it. */
export function cborPutBytes(
  out: Bytes,
  offset: number,
  from: Bytes,
  fromOffset: number,
  lengthBytes: number,
): number {
  const start = cborPutUint(out, offset, CborType.Bytes, lengthBytes);
  copyBytes(from, fromOffset, out, start, lengthBytes);
  return start + lengthBytes;
}

/** Writes a text string given as ASCII or as UTF-8 bytes (char codes 0..255). */
export function cborPutText(out: Bytes, offset: number, text: string): number {
  const start = cborPutUint(out, offset, CborType.Text, text.length);
  for (let i = 0; i < text.length; i++) out[start + i] = text.charCodeAt(i);
  return start + text.length;
}

/**
 * Reads one head into `majorType` and `value`. For strings, `offset` then stands at the content
 * and the content is known to lie inside the input; counts of arrays and maps are known not to
 * exceed what the rest of the input could hold. `Malformed` for everything outside the subset.
 */
export function cborReadHeader(reader: CborReader): Status {
  if (reader.status !== Status.Ok) return reader.status;
  if (reader.offset >= reader.end) return cborRefuse(reader);
  const first = reader.from[reader.offset];
  reader.offset += 1;
  const majorType = Math.floor(first / 32);
  const information = first - majorType * 32;
  reader.majorType = majorType;
  reader.value = information;
  if (majorType === CborType.Simple) {
    if (information < CborSimple.False || information > CborSimple.Null) return cborRefuse(reader);
    return Status.Ok;
  }
  if (information >= 24 && !readArgument(reader, information)) return cborRefuse(reader);
  const rest = reader.end - reader.offset;
  let neededBytes = 0;
  if (majorType === CborType.Map) neededBytes = reader.value * 2;
  else if (majorType >= CborType.Bytes && majorType < CborType.Map) neededBytes = reader.value;
  if (neededBytes > rest) return cborRefuse(reader);
  return Status.Ok;
}

/** Reads the 1, 2, 4 or 8 argument bytes; false when missing, not the shortest form, or >= 2^53. */
function readArgument(reader: CborReader, information: number): boolean {
  if (information > 27) return false;
  const sizeBytes = 1 << (information - 24);
  if (sizeBytes > reader.end - reader.offset) return false;
  let value = 0;
  for (let i = 0; i < sizeBytes; i++) value = value * 256 + reader.from[reader.offset + i];
  reader.offset += sizeBytes;
  reader.value = value;
  if (sizeBytes === 1) return value >= 24;
  if (sizeBytes === 2) return value >= 256;
  if (sizeBytes === 4) return value >= 65536;
  return value >= TWO_32 && value < TWO_53;
}

/** Marks the input as refused, for a decoder whose own check failed. Returns `Malformed`. */
export function cborRefuse(reader: CborReader): Status {
  if (reader.status === Status.Ok) reader.status = Status.Malformed;
  reader.value = 0;
  return reader.status;
}

/**
 * Reads a head that must have this major type and a value of at most `maximum`. Returns the value,
 * or 0 with `reader.status` set. Content of strings is left unread: `cborTakeString` reads it.
 */
export function cborExpect(reader: CborReader, majorType: CborType, maximum: number): number {
  if (cborReadHeader(reader) !== Status.Ok) return 0;
  if (reader.majorType !== majorType || reader.value > maximum) cborRefuse(reader);
  return reader.value;
}

/**
 * Reads a byte or text string of `minimumBytes..maximumBytes` and steps over it. Returns the offset
 * of its content in `reader.from`; its length is `reader.value`. 0 and 0 when refused.
 */
export function cborTakeString(
  reader: CborReader,
  majorType: CborType,
  minimumBytes: number,
  maximumBytes: number,
): number {
  const lengthBytes = cborExpect(reader, majorType, maximumBytes);
  if (reader.status !== Status.Ok) return 0;
  if (lengthBytes < minimumBytes) {
    cborRefuse(reader);
    return 0;
  }
  const start = reader.offset;
  reader.offset += lengthBytes;
  return start;
}

/**
 * Reads an integer map key, which must be larger than `previousKey` (-1 for the first): keys come
 * in ascending order and once only (RFC 8949 §4.2.1). Returns it, or 0 with `reader.status` set.
 */
export function cborExpectKey(reader: CborReader, previousKey: number): number {
  const key = cborExpect(reader, CborType.Uint, 65535);
  if (key <= previousKey) cborRefuse(reader);
  return reader.value;
}

/**
 * Steps over one whole item of any kind. Nesting needs no stack: a container only adds to the
 * number of items still to be passed, so memory is constant and time is bounded by the input.
 */
export function cborSkip(reader: CborReader): Status {
  let pendingCount = 1;
  while (pendingCount > 0) {
    if (cborReadHeader(reader) !== Status.Ok) return reader.status;
    pendingCount -= 1;
    const majorType = reader.majorType;
    if (majorType === CborType.Bytes || majorType === CborType.Text) reader.offset += reader.value;
    else if (majorType === CborType.Array) pendingCount += reader.value;
    else if (majorType === CborType.Map) pendingCount += reader.value * 2;
    else if (majorType === CborType.Tag) pendingCount += 1;
  }
  return Status.Ok;
}

/** Ends a decode that must have used its whole input: `Malformed` when bytes are left over. */
export function cborEnd(reader: CborReader): Status {
  if (reader.status === Status.Ok && reader.offset !== reader.end) cborRefuse(reader);
  return reader.status;
}
