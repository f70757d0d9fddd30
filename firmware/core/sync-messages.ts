/**
 * The frames between pad and back office (`docs/sync-protocol.md`): their kinds, fields and bytes.
 *
 *     frame = COBS( message || CRC-16 of the message, high byte first ) 0x00
 *     message = CBOR array [protocol version, type, request number, number fields..., byte string]
 *
 * The back office asks, the pad answers every request with exactly one frame that repeats the
 * request number. Nothing is sent unasked and every request may be repeated, so a lost, doubled,
 * late or broken frame only costs another try. A new kind of message is one more row of MESSAGES.
 */
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  type CborReader,
  CborType,
  cborEnd,
  cborExpect,
  cborPutUint,
  cborStart,
  cborTakeString,
  createCborReader,
} from "./cbor";
import { COBS_MAXIMUM_BYTES, cobsDecode, cobsEncode } from "./cobs";
import { SYNC_PROTOCOL_VERSION } from "./cose";
import { crc16 } from "./crc16";

/** The longest frame on the line, delimiter included. */
export const SYNC_FRAME_BYTES = COBS_MAXIMUM_BYTES + 2;
/** The most bytes of a sealed message that one frame carries. */
export const SYNC_PART_BYTES = 224;
/** The most bytes of a sealed acknowledgement; version 1 needs 64 to 69. */
export const SYNC_ACK_BYTES = 96;
/** The most records of one batch, so that their CBOR count is one byte. */
export const SYNC_BATCH_RECORDS = 23;

export const enum SyncType {
  /** Back office: who are you? Answered by `State`. */
  Hello = 1,
  /** Pad: who it is and what it holds. Answers `Hello`, and `Ack` when it was authentic. */
  State = 2,
  /** Back office: a part of the batch of these records. Answered by `Part`. */
  Pull = 3,
  /** Pad: one part of a sealed batch. */
  Part = 4,
  /** Back office: a sealed acknowledgement. Answered by `State`. */
  Ack = 5,
  /** Pad: why it did not do what was asked. It changed nothing. */
  Error = 6,
}

/** Fields of `State`. */
export const enum StateField {
  TerminalId = 0,
  ClubId = 1,
  KeyEpoch = 2,
  TerminalEpoch = 3,
  /** The oldest record the back office has not acknowledged yet. */
  FirstUnacknowledged = 4,
  /** One more than the newest record. */
  NextSequence = 5,
}

/** Fields of `Pull`; `Part` has the same and one more. */
export const enum PartField {
  FirstSequence = 0,
  /** Records in the batch; 0 in a `Pull` = as many as the pad puts into one batch. */
  RecordCount = 1,
  /** Where this part begins in the sealed message. */
  OffsetBytes = 2,
  /** Of the whole sealed message (`Part` only). */
  TotalBytes = 3,
}

/** The one field of `Error`: a `Status`. */
export const ERROR_FIELD_STATUS = 0;

/** One message, owned by the caller and used again. The content stays in the frame's buffer. */
export interface SyncMessage {
  type: SyncType;
  request: number;
  /** As many numbers as the row of its type has limits; what stands behind them means nothing. */
  fields: number[];
  /** Where the byte string begins in the decoded frame; 0 length when the type has none. */
  contentOffset: number;
  contentLengthBytes: number;
}

const UINT8 = 255;
const UINT16 = 65535;
const UINT32 = 4294967295;

/**
 * Index = `SyncType`. First the longest byte string at the message's end (0 = it has none), then
 * the largest value of each number field.
 */
const MESSAGES: number[][] = [
  [],
  [0],
  [0, UINT16, UINT16, UINT8, UINT8, UINT32, UINT32],
  [0, UINT32, SYNC_BATCH_RECORDS, UINT16],
  [SYNC_PART_BYTES, UINT32, SYNC_BATCH_RECORDS, UINT16, UINT16],
  [SYNC_ACK_BYTES],
  [0, UINT8],
];

const FIELD_COUNT = 6;
const CRC_BYTES = 2;
/** Behind the first byte of a frame, which is COBS's. */
const MESSAGE_OFFSET = 1;

const reader: CborReader = createCborReader([]);

export function createSyncMessage(): SyncMessage {
  const fields: number[] = [];
  for (let i = 0; i < FIELD_COUNT; i++) fields.push(0);
  return { type: SyncType.Hello, request: 0, fields, contentOffset: 0, contentLengthBytes: 0 };
}

/**
 * Writes the message into a frame of SYNC_FRAME_BYTES, its byte string copied from
 * `content[message.contentOffset ..)`. Returns the length to give to `syncFinishFrame`; the two are
 * apart so that the pad can spread one frame over several short steps.
 */
export function syncPutMessage(frame: Bytes, message: SyncMessage, content: Bytes): number {
  const limits = MESSAGES[message.type];
  let offset = cborPutUint(frame, MESSAGE_OFFSET, CborType.Array, countItems(limits));
  offset = cborPutUint(frame, offset, CborType.Uint, SYNC_PROTOCOL_VERSION);
  offset = cborPutUint(frame, offset, CborType.Uint, message.type);
  offset = cborPutUint(frame, offset, CborType.Uint, message.request);
  for (let i = 1; i < limits.length; i++) {
    offset = cborPutUint(frame, offset, CborType.Uint, message.fields[i - 1]);
  }
  if (limits[0] > 0) {
    offset = cborPutUint(frame, offset, CborType.Bytes, message.contentLengthBytes);
    copyBytes(content, message.contentOffset, frame, offset, message.contentLengthBytes);
    offset += message.contentLengthBytes;
  }
  return offset - MESSAGE_OFFSET;
}

/** Adds CRC, stuffing and delimiter; returns the bytes to send from the frame's beginning. */
export function syncFinishFrame(frame: Bytes, messageLengthBytes: number): number {
  const crc = crc16(frame, MESSAGE_OFFSET, messageLengthBytes);
  const crcOffset = MESSAGE_OFFSET + messageLengthBytes;
  frame[crcOffset] = Math.floor(crc / 256);
  frame[crcOffset + 1] = crc % 256;
  return cobsEncode(frame, messageLengthBytes + CRC_BYTES);
}

/**
 * Decodes the frame received in `frame[0 .. lengthBytes)`, delimiter left out, in place.
 * `Malformed` for noise, `Unsupported` for a message of another version or an unknown type; then
 * `message.request` is right whenever the frame's CRC was.
 */
export function syncDecodeFrame(frame: Bytes, lengthBytes: number, message: SyncMessage): Status {
  const messageLengthBytes = lengthBytes - MESSAGE_OFFSET - CRC_BYTES;
  if (messageLengthBytes < 1) return Status.Malformed;
  if (cobsDecode(frame, lengthBytes) !== Status.Ok) return Status.Malformed;
  const crcOffset = MESSAGE_OFFSET + messageLengthBytes;
  const crc = crc16(frame, MESSAGE_OFFSET, messageLengthBytes);
  if (frame[crcOffset] * 256 + frame[crcOffset + 1] !== crc) return Status.Malformed;
  cborStart(reader, frame, MESSAGE_OFFSET, messageLengthBytes);
  return readMessage(message);
}

function readMessage(message: SyncMessage): Status {
  const itemCount = cborExpect(reader, CborType.Array, UINT8);
  const version = cborExpect(reader, CborType.Uint, UINT16);
  const type = cborExpect(reader, CborType.Uint, UINT8);
  message.request = cborExpect(reader, CborType.Uint, UINT16);
  if (reader.status !== Status.Ok) return reader.status;
  const isKnown = type > 0 && type < MESSAGES.length;
  if (version !== SYNC_PROTOCOL_VERSION || !isKnown) return Status.Unsupported;
  const limits = MESSAGES[type];
  if (itemCount !== countItems(limits)) return Status.Malformed;
  message.type = type;
  message.contentLengthBytes = 0;
  for (let i = 1; i < limits.length; i++) {
    message.fields[i - 1] = cborExpect(reader, CborType.Uint, limits[i]);
  }
  if (limits[0] > 0) {
    message.contentOffset = cborTakeString(reader, CborType.Bytes, 1, limits[0]);
    message.contentLengthBytes = reader.value;
  }
  return cborEnd(reader);
}

/** Version, type and request number, the number fields, and the byte string if there is one. */
function countItems(limits: number[]): number {
  return limits.length + (limits[0] > 0 ? 3 : 2);
}
