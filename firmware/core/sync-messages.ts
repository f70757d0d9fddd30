/**
 * The frames between pad and back office (`docs/sync-protocol.md`): their kinds, fields and bytes.
 *
 *     frame   = COBS( message || CRC-32 of the message ) 0x00
 *     message = protocol version u8 | type u8 | number fields u32 each | byte string, the rest
 *
 * The back office asks, the pad answers every request with exactly one frame that repeats the
 * request number. Nothing is sent unasked and every request may be repeated, so a lost, doubled,
 * late or broken frame only costs another try. A new kind of message is one more entry of
 * FIELD_COUNTS.
 *
 * Consistent Overhead Byte Stuffing (S. Cheshire, M. Baker, IEEE/ACM Transactions on Networking
 * 7(2), 1999) takes the zeros out of a frame, so that 0x00 can end it and a reader that lost its
 * place finds it again. Below 254 bytes no block reaches its maximum length: the overhead is one
 * byte in front, and a zero is only replaced by the distance to the next one.
 */
import { type Bytes, copyBytes, getUint, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

/** The version of `docs/sync-protocol.md`. */
export const SYNC_PROTOCOL_VERSION = 2;
/** The longest frame on the line, delimiter included. */
export const SYNC_FRAME_BYTES = 255;
/** The most bytes of a sealed message that one frame carries. */
export const SYNC_PART_BYTES = 224;

/**
 * A sealed batch is CBOR (RFC 8949), an array of byte strings: header and payload of each record,
 * then the chain MAC of the last one. Counts and lengths always stand in a byte behind the head,
 * which keeps records where they were read to.
 */
export const BATCH_ARRAY_HEAD = 0x98;
export const BATCH_RECORD_HEAD = 0x58;
/** Of the array and of each record. */
export const BATCH_HEAD_BYTES = 2;
/** Byte string of eight bytes. */
export const BATCH_MAC_HEAD = 0x48;
export const CHAIN_MAC_BYTES = 8;
/** Bytes of a record's header: length 2, type 1, version 1, sequence 4 (little-endian). */
export const RECORD_HEADER_BYTES = 8;
export const RECORD_TYPE_OFFSET = 2;
/** The longest header and payload of one record: the journal takes payloads up to 160 bytes. */
export const BATCH_RECORD_BYTES = 253;
/** A batch is closed by the record with which its records reach this. */
export const BATCH_TARGET_BYTES = 768;
/** No plaintext of a batch is longer. */
export const BATCH_BYTES =
  BATCH_HEAD_BYTES +
  BATCH_TARGET_BYTES +
  BATCH_HEAD_BYTES +
  BATCH_RECORD_BYTES +
  1 +
  CHAIN_MAC_BYTES;

export const enum SyncType {
  /** Back office: who are you? Answered by `State`. */
  Hello = 0,
  /** Back office: a part of the batch of these records. Answered by `Part`. */
  Pull = 1,
  /** Back office: a sealed acknowledgement. Answered by `State`. */
  Ack = 2,
  /** Pad: who it is and what it holds. Answers all that comes down, when it was authentic. */
  State = 3,
  /** Pad: one part of a sealed batch. */
  Part = 4,
  /** Pad: why it did not do what was asked. It changed nothing. */
  Error = 5,
  /** Back office: a sealed piece of new settings or lists. Answered by `State`. */
  Put = 6,
  /** Back office: what time it is. Answered by `State`. */
  Time = 7,
  /** Till: what the cashier confirmed there (core/pos-messages.ts). Never on the office's line. */
  PosRequest = 8,
  /** Pad: how that stands. */
  PosAnswer = 9,
}

/** The first field of every message; an answer has that of its request. */
export const REQUEST_FIELD = 0;

/** Fields of `State`. */
export const enum StateField {
  TerminalId = 1,
  ClubId = 2,
  KeyEpoch = 3,
  TerminalEpoch = 4,
  /** The oldest record the back office has not acknowledged yet. */
  FirstUnacknowledged = 5,
  /** One more than the newest record. */
  NextSequence = 6,
  /** The pad's clock. */
  UnixSeconds = 7,
  /** Of the settings stored; they may wait for the end of a sale. */
  SettingsVersion = 8,
  /** Of the rules that the pad works by. */
  RulesetVersion = 9,
  ListsVersion = 10,
  /** `PutField.Check` of the blob that is being received, and how much of it is in flash. */
  StagedCheck = 11,
  StagedBytes = 12,
}

/** Fields of `Put`; its byte string is the sealed piece. */
export const enum PutField {
  /** A `BlobKind`. */
  Kind = 1,
  Version = 2,
  /** Of the whole content. */
  TotalBytes = 3,
  /** Of the whole content (core/content-check.ts). */
  Check = 4,
  /** Where this piece begins; a multiple of BLOB_PIECE_BYTES. */
  OffsetBytes = 5,
}

/** What `Put` carries. */
export const enum BlobKind {
  /** A whole terminal configuration: numbers, keys, rules. */
  Settings = 0,
  /** Blocked cards and card patches (core/lists.ts). */
  Lists = 1,
}

/** The field of `Time` besides its byte string, which is a tag. */
export const TIME_FIELD_UNIX_SECONDS = 1;

/** Fields of `Pull`; `Part` has the same and one more, and the part as its byte string. */
export const enum PartField {
  FirstSequence = 1,
  /** Records in the batch; 0 in a `Pull` = as many as the pad puts into one batch. */
  RecordCount = 2,
  /** Where this part begins in the sealed message. */
  OffsetBytes = 3,
  /** Of the whole sealed message (`Part` only). */
  TotalBytes = 4,
}

/** The field of `Ack` besides its byte string: the last record stored. */
export const ACK_FIELD_SEQUENCE = 1;

/** The field of `Error`: a `Status`. */
export const ERROR_FIELD_STATUS = 1;

/** One message, owned by the caller and used again. */
export interface SyncMessage {
  type: SyncType;
  /** As many as its type has; what stands behind them means nothing. */
  fields: number[];
  /** Where the byte string begins: in the decoded frame, or in the content to be sent. */
  contentOffset: number;
  contentLengthBytes: number;
}

/** CRC-32 as of IEEE 802.3. It finds line noise, nothing else; against people there are seals. */
type Checksum = (from: Bytes, offset: number, lengthBytes: number) => number;

/** Number fields by `SyncType`. */
const FIELD_COUNTS = [1, 4, 2, 13, 5, 2, 6, 2, 1, 1];
const CRC_BYTES = 4;
/** Behind the first byte of a frame, which is the stuffing's, and version and type. */
const FIELDS_OFFSET = 3;

/**
 * Writes a whole frame, with the byte string copied from `content[message.contentOffset ..)`.
 * Returns the bytes to send.
 */
export function encodeSyncFrame(
  crc32: Checksum,
  message: SyncMessage,
  content: Bytes,
  frame: Bytes,
): number {
  let end = FIELDS_OFFSET;
  frame[1] = SYNC_PROTOCOL_VERSION;
  frame[2] = message.type;
  for (let i = 0; i < FIELD_COUNTS[message.type]; i++) {
    putUint(frame, end, 4, message.fields[i]);
    end += 4;
  }
  const contentBytes = message.contentLengthBytes;
  if (contentBytes > 0) copyBytes(content, message.contentOffset, frame, end, contentBytes);
  end += contentBytes;
  putUint(frame, end, CRC_BYTES, crc32(frame, 1, end - 1));
  end += CRC_BYTES;
  frame[0] = 0;
  frame[end] = 0;
  let nextZero = end;
  for (let i = end - 1; i >= 0; i--) {
    if (frame[i] === 0) {
      frame[i] = nextZero - i;
      nextZero = i;
    }
  }
  return end + 1;
}

/**
 * Decodes, in place, the frame received in `frame[0 .. lengthBytes)`: no zero in it, its delimiter
 * left out. `Malformed` for noise; `Unsupported` for another version or an unknown type, and then
 * only the request number is right.
 */
export function decodeSyncFrame(
  crc32: Checksum,
  frame: Bytes,
  lengthBytes: number,
  message: SyncMessage,
): Status {
  let position = 0;
  while (position < lengthBytes) {
    const distance = frame[position];
    frame[position] = 0;
    position += distance;
  }
  const end = lengthBytes - CRC_BYTES;
  if (
    position !== lengthBytes ||
    end < FIELDS_OFFSET + 4 ||
    getUint(frame, end, CRC_BYTES) !== crc32(frame, 1, end - 1)
  ) {
    return Status.Malformed;
  }
  const isKnown = frame[1] === SYNC_PROTOCOL_VERSION && frame[2] < FIELD_COUNTS.length;
  const fieldCount = isKnown ? FIELD_COUNTS[frame[2]] : 1;
  message.type = frame[2];
  message.contentOffset = FIELDS_OFFSET + 4 * fieldCount;
  message.contentLengthBytes = end - message.contentOffset;
  if (message.contentLengthBytes < 0) return Status.Malformed;
  for (let i = 0; i < fieldCount; i++) {
    message.fields[i] = getUint(frame, FIELDS_OFFSET + 4 * i, 4);
  }
  return isKnown ? Status.Ok : Status.Unsupported;
}
