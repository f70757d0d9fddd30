/**
 * COSE_Encrypt0 (RFC 9052 §5.2) with AES-CCM-16-128-128 (algorithm 30, RFC 9053 §4.2), in the one
 * shape that pad and back office exchange:
 *
 *     16([ h'A101181E' (protected {1: 30}),
 *          {4: kid = terminal id 2 LE | key epoch 1, 5: nonce 13},
 *          ciphertext || tag ])
 *
 * External associated data = CBOR array [protocol version, terminal id, direction, terminal epoch],
 * so nothing said by one terminal, in one direction or before a reset of its journal can be taken
 * for something else. The work buffer is the one of `ccm.ts`; because the associated data always
 * fills the same two blocks, the plaintext always begins at COSE_DATA_OFFSET, and the header of the
 * message is written over the used-up associated data, directly in front of the ciphertext.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, equalBytes, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { CborType, cborPutText, cborPutUint } from "./cbor";
import { CCM_AAD_OFFSET, CCM_NONCE_BYTES, CCM_TAG_BYTES, ccmOpen, ccmSeal } from "./ccm";

/** Where the plaintext stands in the work buffer, before sealing and after opening. */
export const COSE_DATA_OFFSET = 48;
/** A work buffer needs the plaintext's length and this. */
export const COSE_WORK_OVERHEAD_BYTES = COSE_DATA_OFFSET + CCM_TAG_BYTES;
/** The version of `docs/sync-protocol.md`; part of every frame and of every seal. */
export const SYNC_PROTOCOL_VERSION = 1;

/** Who speaks; numbers of the first nonce byte. */
export const enum SyncDirection {
  /** Pad to back office, under the uplink key. */
  Up = 1,
  /** Back office to pad, under the downlink key. */
  Down = 2,
}

/** Everything a seal is bound to besides its nonce and content. */
export interface CoseContext {
  terminalId: number;
  keyEpoch: number;
  direction: SyncDirection;
  terminalEpoch: number;
}

const HEADER_ALGORITHM = 1;
const HEADER_KID = 4;
const HEADER_IV = 5;
const ALGORITHM_AES_CCM_16_128_128 = 30;
const TAG_ENCRYPT0 = 16;
const KID_BYTES = 3;
/** Everything in front of the head of the ciphertext's byte string. */
const FIXED_HEADER_BYTES = 28;

const NONCE_OFFSET_IN_HEADER = 15;
const MAXIMUM_HEADER_BYTES = FIXED_HEADER_BYTES + 3;

const expectedHeader = newBytes(MAXIMUM_HEADER_BYTES);

/**
 * Where a received message of this total length must be placed in the work buffer so that its
 * ciphertext comes to stand at COSE_DATA_OFFSET; opening then needs no copying.
 */
export function coseMessageOffset(messageLengthBytes: number): number {
  const restBytes = messageLengthBytes - FIXED_HEADER_BYTES;
  // The ciphertext's head is 1 byte up to 23 bytes, 2 up to 255, else 3 (RFC 8949 §3).
  let headBytes = 3;
  if (restBytes <= 24) headBytes = 1;
  else if (restBytes <= 257) headBytes = 2;
  return COSE_DATA_OFFSET - FIXED_HEADER_BYTES - headBytes;
}

/**
 * Seals `work[COSE_DATA_OFFSET .. + lengthBytes)` and completes it to a whole message. Returns the
 * message's offset in `work`; it ends CCM_TAG_BYTES behind the ciphertext. The same content must
 * always come with the same nonce and other content never with it (SP 800-38C §5.3).
 */
export function coseSeal(
  aes: AesEngine,
  key: Bytes,
  context: CoseContext,
  nonce: Bytes,
  work: Bytes,
  lengthBytes: number,
): number {
  const aadLengthBytes = putEncStructure(work, CCM_AAD_OFFSET, context) - CCM_AAD_OFFSET;
  ccmSeal(aes, key, nonce, work, aadLengthBytes, lengthBytes);
  const ciphertextBytes = lengthBytes + CCM_TAG_BYTES;
  const headerBytes = putHeader(expectedHeader, context, nonce, ciphertextBytes);
  const start = COSE_DATA_OFFSET - headerBytes;
  copyBytes(expectedHeader, 0, work, start, headerBytes);
  return start;
}

/**
 * Opens a message of `messageLengthBytes` standing at `coseMessageOffset`. On `Ok` the plaintext is
 * at COSE_DATA_OFFSET (`cosePlaintextBytes` long) and `nonceOut` has the nonce, which the caller
 * compares with the one the content calls for. `Malformed` when the header is not the only one
 * possible for this context; `BadSeal` when the key or the content is another.
 */
export function coseOpen(
  aes: AesEngine,
  key: Bytes,
  context: CoseContext,
  nonceOut: Bytes,
  work: Bytes,
  messageLengthBytes: number,
): Status {
  const lengthBytes = cosePlaintextBytes(messageLengthBytes);
  if (lengthBytes < 1) return Status.Malformed;
  const start = coseMessageOffset(messageLengthBytes);
  copyBytes(work, start + NONCE_OFFSET_IN_HEADER, nonceOut, 0, CCM_NONCE_BYTES);
  const headerBytes = putHeader(expectedHeader, context, nonceOut, lengthBytes + CCM_TAG_BYTES);
  if (start + headerBytes !== COSE_DATA_OFFSET) return Status.Malformed;
  if (!equalBytes(work, start, expectedHeader, 0, headerBytes)) return Status.Malformed;
  const aadLengthBytes = putEncStructure(work, CCM_AAD_OFFSET, context) - CCM_AAD_OFFSET;
  return ccmOpen(aes, key, nonceOut, work, aadLengthBytes, lengthBytes);
}

/** The plaintext length of a message of this length; below 1 when there can be none. */
export function cosePlaintextBytes(messageLengthBytes: number): number {
  const start = coseMessageOffset(messageLengthBytes);
  return messageLengthBytes - (COSE_DATA_OFFSET - start) - CCM_TAG_BYTES;
}

/** Enc_structure (RFC 9052 §5.3), the associated data of CCM; returns the offset behind it. */
function putEncStructure(out: Bytes, start: number, context: CoseContext): number {
  let offset = cborPutUint(out, start, CborType.Array, 3);
  offset = cborPutText(out, offset, "Encrypt0");
  const lengthOffset = putProtectedHeader(out, offset);
  offset = cborPutUint(out, lengthOffset + 1, CborType.Array, 4);
  offset = cborPutUint(out, offset, CborType.Uint, SYNC_PROTOCOL_VERSION);
  offset = cborPutUint(out, offset, CborType.Uint, context.terminalId);
  offset = cborPutUint(out, offset, CborType.Uint, context.direction);
  offset = cborPutUint(out, offset, CborType.Uint, context.terminalEpoch);
  // At most 9 bytes, so the head of the byte string around them is the one byte left free.
  cborPutUint(out, lengthOffset, CborType.Bytes, offset - lengthOffset - 1);
  return offset;
}

/** The protected header {1: 30} wrapped into its byte string; returns the offset behind it. */
function putProtectedHeader(out: Bytes, start: number): number {
  let offset = cborPutUint(out, start, CborType.Bytes, 4);
  offset = cborPutUint(out, offset, CborType.Map, 1);
  offset = cborPutUint(out, offset, CborType.Uint, HEADER_ALGORITHM);
  return cborPutUint(out, offset, CborType.Uint, ALGORITHM_AES_CCM_16_128_128);
}

/** Everything of the message in front of the ciphertext; returns its length. */
function putHeader(
  out: Bytes,
  context: CoseContext,
  nonce: Bytes,
  ciphertextBytes: number,
): number {
  let offset = cborPutUint(out, 0, CborType.Tag, TAG_ENCRYPT0);
  offset = cborPutUint(out, offset, CborType.Array, 3);
  offset = putProtectedHeader(out, offset);
  offset = cborPutUint(out, offset, CborType.Map, 2);
  offset = cborPutUint(out, offset, CborType.Uint, HEADER_KID);
  offset = cborPutUint(out, offset, CborType.Bytes, KID_BYTES);
  putUint(out, offset, 2, context.terminalId);
  out[offset + 2] = context.keyEpoch;
  offset = cborPutUint(out, offset + KID_BYTES, CborType.Uint, HEADER_IV);
  offset = cborPutUint(out, offset, CborType.Bytes, CCM_NONCE_BYTES);
  copyBytes(nonce, 0, out, offset, CCM_NONCE_BYTES);
  return cborPutUint(out, offset + CCM_NONCE_BYTES, CborType.Bytes, ciphertextBytes);
}
