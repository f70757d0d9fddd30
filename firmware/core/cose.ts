/**
 * The seals of the sync protocol: COSE_Encrypt0 (RFC 9052 §5.2) with AES-CCM-16-128-128 (algorithm
 * 30, RFC 9053 §4.2; CCM as of NIST SP 800-38C and RFC 3610 with L = 2, M = 16), in one shape:
 *
 *     16([ h'A101181E' (protected {1: 30}), {5: nonce}, ciphertext || tag ])
 *
 * There is no external associated data: all that a seal is bound to is in its nonce and its key.
 * So everything but the nonce and the lengths is the same in every message, and is copied instead
 * of computed. Sealing happens in a buffer of the caller, laid out for one call of the AES engine
 * each for MAC and key stream, because byte loops are dear on the pad and calls are cheap:
 *
 *     0        16          34      COSE_DATA_OFFSET          + lengthBytes
 *     | B0     | associated | zeros | plaintext / ciphertext | tag 16, or zeros
 *              |      COSE_MESSAGE_OFFSET: header of the message
 *                               |32: the tag on its way through the key stream
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  type Bytes,
  copyBytes,
  equalBytes,
  fillBytes,
  newBytes,
  putUint,
} from "../../card-layout/bytes";

/** Where the plaintext stands before sealing and after opening, and the ciphertext between. */
export const COSE_DATA_OFFSET = 48;
/** Where the sealed message begins; it ends with the tag. */
export const COSE_MESSAGE_OFFSET = 22;
export const COSE_TAG_BYTES = 16;
/** A work buffer needs the plaintext's length and this. */
export const COSE_WORK_OVERHEAD_BYTES = COSE_DATA_OFFSET + COSE_TAG_BYTES;

/** What is sealed. Other content, or another form of the same, is another kind. */
export const enum SealKind {
  /** Pad to back office, under the uplink key: journal records. */
  Batch = 1,
  /** Back office to pad, under the downlink key: how far the records are stored. */
  Acknowledgement = 2,
  /** Back office to pad: a piece of new settings or lists; `Blob` and their `BlobKind`. */
  Blob = 3,
  /** Back office to pad: what time it is. Nothing but a tag, all is in the nonce. */
  Time = 5,
}

/** Whose journal it is about. */
export interface JournalOwner {
  /** 0..65535. */
  terminalId: number;
  /** 0..255. */
  terminalEpoch: number;
}

/**
 * Length of the associated data, then Enc_structure (RFC 9052 §5.3): ["Encrypt0", the protected
 * header, no external data].
 */
const ASSOCIATED = bytesOf([
  0, 16, 0x83, 0x68, 69, 110, 99, 114, 121, 112, 116, 48, 0x44, 0xa1, 1, 0x18, 30, 0x40,
]);
const ASSOCIATED_BYTES = 18;
/** Everything of a message in front of the nonce. */
const HEADER = bytesOf([0xd0, 0x83, 0x44, 0xa1, 1, 0x18, 30, 0xa1, 5, 0x4d]);
const HEADER_BYTES = 10;
const TAG_OFFSET = 32;
/** CBOR head of a byte string with its length in two bytes, in front of the ciphertext. */
const BYTES_2_HEAD = 0x59;
/** Flags of B0 (RFC 3610 §2.2): associated data present, (M - 2) / 2 = 7, L - 1 = 1. */
const FIRST_BLOCK_FLAGS = 0x79;
/** Flags of a counter block (RFC 3610 §2.3): L - 1. */
const COUNTER_FLAGS = 1;

/** First counter block of the seal at hand: flags, nonce 13, counter 0. */
const counter = newBytes(16);
const tag = newBytes(COSE_TAG_BYTES);
const received = newBytes(COSE_TAG_BYTES);

/**
 * Sets the nonce of the next seal: kind 1 | terminal epoch 1 | terminal id 2 | sequence 4 | count 1
 * | bound 4 (0 unless `bindSeal` follows), little-endian. The same content must always come with
 * the same nonce and other content never with it (SP 800-38C §5.3). So it is: a record never
 * changes once written, an epoch never comes back, and kind, first sequence and count say which
 * records a message is about; a version never has other content, and a time no content at all.
 */
export function setSealNonce(
  owner: JournalOwner,
  kind: SealKind,
  sequence: number,
  recordCount: number,
): void {
  counter[0] = COUNTER_FLAGS;
  counter[1] = kind;
  counter[2] = owner.terminalEpoch;
  putUint(counter, 3, 2, owner.terminalId);
  putUint(counter, 5, 4, sequence);
  counter[9] = recordCount;
  bindSeal(0);
}

/** Binds the next seal to one more number: a piece to the check of its blob, a time to itself. */
export function bindSeal(bound: number): void {
  putUint(counter, 10, 4, bound);
}

/**
 * Seals `work[COSE_DATA_OFFSET .. + lengthBytes)` under the nonce set before and completes it to
 * the message `work[COSE_MESSAGE_OFFSET .. COSE_DATA_OFFSET + lengthBytes + COSE_TAG_BYTES)`.
 */
export function coseSeal(aes: AesEngine, key: Bytes, work: Bytes, lengthBytes: number): void {
  authenticate(aes, key, work, lengthBytes);
  copyBytes(tag, 0, work, TAG_OFFSET, COSE_TAG_BYTES);
  // Key stream block 0 goes into the tag, blocks 1.. into the data (SP 800-38C §6.1, A.3).
  aes.ctr(key, counter, work, TAG_OFFSET, COSE_TAG_BYTES + lengthBytes);
  copyBytes(work, TAG_OFFSET, work, COSE_DATA_OFFSET + lengthBytes, COSE_TAG_BYTES);
  copyBytes(HEADER, 0, work, COSE_MESSAGE_OFFSET, HEADER_BYTES);
  copyBytes(counter, 1, work, TAG_OFFSET, 13);
  work[45] = BYTES_2_HEAD;
  // Most significant byte first, as all lengths of RFC 8949 and, in B0, of RFC 3610.
  work[46] = (lengthBytes + COSE_TAG_BYTES) >> 8;
  work[47] = (lengthBytes + COSE_TAG_BYTES) & 255;
}

/**
 * Opens ciphertext and tag standing at COSE_DATA_OFFSET under the nonce set before. When the tag
 * does not match the data is wiped, so that nothing can use what was not authentic.
 */
export function coseOpen(aes: AesEngine, key: Bytes, work: Bytes, lengthBytes: number): boolean {
  copyBytes(work, COSE_DATA_OFFSET + lengthBytes, work, TAG_OFFSET, COSE_TAG_BYTES);
  aes.ctr(key, counter, work, TAG_OFFSET, COSE_TAG_BYTES + lengthBytes);
  copyBytes(work, TAG_OFFSET, received, 0, COSE_TAG_BYTES);
  authenticate(aes, key, work, lengthBytes);
  const isAuthentic = equalBytes(tag, 0, received, 0, COSE_TAG_BYTES);
  if (!isAuthentic) fillBytes(work, COSE_DATA_OFFSET, lengthBytes, 0);
  return isAuthentic;
}

/** CBC-MAC over B0, associated data and plaintext (SP 800-38C §6.1, A.2), left in `tag`. */
function authenticate(aes: AesEngine, key: Bytes, work: Bytes, lengthBytes: number): void {
  const associatedEnd = 16 + ASSOCIATED_BYTES;
  copyBytes(counter, 0, work, 0, 14);
  work[0] = FIRST_BLOCK_FLAGS;
  work[14] = lengthBytes >> 8;
  work[15] = lengthBytes & 255;
  copyBytes(ASSOCIATED, 0, work, 16, ASSOCIATED_BYTES);
  fillBytes(work, associatedEnd, COSE_DATA_OFFSET - associatedEnd, 0);
  fillBytes(work, COSE_DATA_OFFSET + lengthBytes, COSE_TAG_BYTES, 0);
  const blockCount = Math.ceil((COSE_DATA_OFFSET + lengthBytes) / 16);
  fillBytes(tag, 0, COSE_TAG_BYTES, 0);
  aes.cbcMac(key, work, 0, blockCount * 16, tag);
}

function bytesOf(values: number[]): Bytes {
  const out = newBytes(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[i];
  return out;
}
