/**
 * Frames and their MAC as docs/pos-link.md of ClubPad says:
 *
 *     frame   = COBS( version | type | request 4 | body | MAC 8 | CRC-32 of all before ) 0x00
 *
 * An answer of type `Error` has a status in the place of body and MAC.
 */
import { createCipheriv } from "node:crypto";

const VERSION = 2;
export const TYPE_ERROR = 5;
const TYPE_REQUEST = 8;
export const TYPE_ANSWER = 9;
export const MAC_BYTES = 8;
/** Version, type and request number. */
const HEAD_BYTES = 6;
const CRC_BYTES = 4;
/** No frame of the pad is longer; what is, is noise. */
const MOST_FRAME_BYTES = 254;

export const TO_PAD = 0;
export const TO_TILL = 1;

/** Key 16 bytes, session 8 bytes. */
export interface Channel {
  key: Uint8Array;
  terminal: number;
  session: Uint8Array;
}

export interface Received {
  type: number;
  request: number;
  /** Body and MAC, or the status of an error. */
  content: Uint8Array;
}

export function macOf(
  { key, terminal, session }: Channel,
  direction: number,
  request: number,
  body: Uint8Array,
): Uint8Array {
  const message = Buffer.alloc(15 + body.length);
  message[0] = direction;
  message.writeUInt16LE(terminal, 1);
  message.set(session, 3);
  message.writeUInt32LE(request, 11);
  message.set(body, 15);
  return cmac(key, message).subarray(0, MAC_BYTES);
}

/** A whole frame with its MAC, and a zero in front that ends whatever was cut before. */
export function requestFrame(channel: Channel, request: number, body: Uint8Array): Uint8Array {
  const message = Buffer.alloc(HEAD_BYTES + body.length + MAC_BYTES + CRC_BYTES);
  message[0] = VERSION;
  message[1] = TYPE_REQUEST;
  message.writeUInt32LE(request, 2);
  message.set(body, HEAD_BYTES);
  message.set(macOf(channel, TO_PAD, request, body), HEAD_BYTES + body.length);
  const end = message.length - CRC_BYTES;
  message.writeUInt32LE(crc32(message.subarray(0, end)), end);
  return Uint8Array.from([0, ...stuff(message), 0]);
}

/** Puts frames together again out of whatever pieces the stream delivers. */
export class FrameReader {
  private bytes: number[] = [];

  /** The frames that are whole now; what is noise is left out. */
  push(piece: Uint8Array): Received[] {
    const frames: Received[] = [];
    for (const byte of piece) {
      if (byte !== 0) {
        if (this.bytes.length <= MOST_FRAME_BYTES) this.bytes.push(byte);
      } else {
        const frame = readFrame(this.bytes);
        this.bytes = [];
        if (frame !== undefined) frames.push(frame);
      }
    }
    return frames;
  }
}

function readFrame(stuffed: readonly number[]): Received | undefined {
  const message = unstuff(stuffed);
  if (message === undefined || message.length < HEAD_BYTES + CRC_BYTES) return undefined;
  const end = message.length - CRC_BYTES;
  const isWhole = crc32(message.subarray(0, end)) === message.readUInt32LE(end);
  if (!isWhole || message[0] !== VERSION) return undefined;
  const content = Uint8Array.from(message.subarray(HEAD_BYTES, end));
  return { type: message[1], request: message.readUInt32LE(2), content };
}

/** Consistent Overhead Byte Stuffing of less than 254 bytes. */
function stuff(message: Uint8Array): Uint8Array {
  const out = Uint8Array.from([0, ...message]);
  let nextZero = out.length;
  for (let i = out.length - 1; i >= 0; i--) {
    if (out[i] !== 0) continue;
    out[i] = nextZero - i;
    nextZero = i;
  }
  return out;
}

function unstuff(stuffed: readonly number[]): Buffer | undefined {
  const out = Buffer.from(stuffed);
  let at = 0;
  while (at < out.length) {
    const distance = out[at];
    out[at] = 0;
    at += distance;
  }
  return at === out.length && at > 0 ? out.subarray(1) : undefined;
}

/** CRC-32 of IEEE 802.3. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** AES-CMAC (RFC 4493). */
export function cmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k1 = doubled(encrypt(key, new Uint8Array(16)));
  const blockCount = Math.max(Math.ceil(message.length / 16), 1);
  const padded = new Uint8Array(blockCount * 16);
  padded.set(message);
  const isFull = message.length === padded.length;
  if (!isFull) padded[message.length] = 0x80;
  const mask = isFull ? k1 : doubled(k1);
  for (let i = 0; i < 16; i++) padded[padded.length - 16 + i] ^= mask[i];
  return encrypt(key, padded).subarray(-16);
}

/** AES-128-CBC from a zero vector, without padding. */
function encrypt(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-cbc", key, new Uint8Array(16));
  cipher.setAutoPadding(false);
  return cipher.update(blocks);
}

function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(16);
  for (let i = 0; i < 16; i++) out[i] = (block[i] << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0] >= 0x80) out[15] ^= 0x87;
  return out;
}
