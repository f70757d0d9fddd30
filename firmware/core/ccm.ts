/**
 * AES-CCM with a 13-byte nonce and a 16-byte tag (NIST SP 800-38C, RFC 3610 with L = 2, M = 16),
 * which is COSE algorithm 30. Everything happens in one buffer, laid out so that one `cbcMac` call
 * covers first block, associated data and plaintext: byte loops are dear on the pad, calls cheap.
 *
 *     0        16                        ccmDataOffset            + lengthBytes
 *     | B0     | length 2 | AAD | zeros  | plaintext / ciphertext | tag 16
 *
 * The caller writes the associated data at CCM_AAD_OFFSET and the plaintext (or ciphertext and tag)
 * at the data offset; the functions fill in the rest.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, equalBytes, fillBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";

export const CCM_NONCE_BYTES = 13;
export const CCM_TAG_BYTES = 16;
/** Where the caller puts the associated data: at least one byte, fewer than 0xFF00. */
export const CCM_AAD_OFFSET = 18;

const BLOCK_BYTES = 16;
/** Flags of B0 (RFC 3610 §2.2): associated data present, (M - 2) / 2 = 7, L - 1 = 1. */
const FIRST_BLOCK_FLAGS = 0x79;
/** Flags of a counter block (RFC 3610 §2.3): L - 1. */
const COUNTER_FLAGS = 1;

const counterBlock = newBytes(BLOCK_BYTES);
const tag = newBytes(CCM_TAG_BYTES);
const receivedTag = newBytes(CCM_TAG_BYTES);

/** Where the data begins behind associated data of this length. */
export function ccmDataOffset(aadLengthBytes: number): number {
  return (
    BLOCK_BYTES * Math.floor((CCM_AAD_OFFSET + aadLengthBytes + BLOCK_BYTES - 1) / BLOCK_BYTES)
  );
}

/** Encrypts the data in place and writes the tag behind it. `lengthBytes` below 65,536. */
export function ccmSeal(
  aes: AesEngine,
  key: Bytes,
  nonce: Bytes,
  work: Bytes,
  aadLengthBytes: number,
  lengthBytes: number,
): void {
  const dataOffset = ccmDataOffset(aadLengthBytes);
  computeTag(aes, key, nonce, work, aadLengthBytes, lengthBytes);
  applyKeyStream(aes, key, nonce, work, dataOffset, lengthBytes);
  copyBytes(tag, 0, work, dataOffset + lengthBytes, CCM_TAG_BYTES);
}

/**
 * Decrypts the data in place and checks the tag behind it. `BadSeal` when it does not match; the
 * data is then wiped, so that nothing can use what was not authentic.
 */
export function ccmOpen(
  aes: AesEngine,
  key: Bytes,
  nonce: Bytes,
  work: Bytes,
  aadLengthBytes: number,
  lengthBytes: number,
): Status {
  const dataOffset = ccmDataOffset(aadLengthBytes);
  copyBytes(work, dataOffset + lengthBytes, tag, 0, CCM_TAG_BYTES);
  applyKeyStream(aes, key, nonce, work, dataOffset, lengthBytes);
  copyBytes(tag, 0, receivedTag, 0, CCM_TAG_BYTES);
  computeTag(aes, key, nonce, work, aadLengthBytes, lengthBytes);
  if (equalBytes(tag, 0, receivedTag, 0, CCM_TAG_BYTES)) return Status.Ok;
  fillBytes(work, dataOffset, lengthBytes, 0);
  return Status.BadSeal;
}

/** CBC-MAC over B0, associated data and plaintext (SP 800-38C §6.1, A.2), left in `tag`. */
function computeTag(
  aes: AesEngine,
  key: Bytes,
  nonce: Bytes,
  work: Bytes,
  aadLengthBytes: number,
  lengthBytes: number,
): void {
  const dataOffset = ccmDataOffset(aadLengthBytes);
  const aadEnd = CCM_AAD_OFFSET + aadLengthBytes;
  const paddingBytes = (BLOCK_BYTES - (lengthBytes % BLOCK_BYTES)) % BLOCK_BYTES;
  work[0] = FIRST_BLOCK_FLAGS;
  copyBytes(nonce, 0, work, 1, CCM_NONCE_BYTES);
  putLength(work, 14, lengthBytes);
  putLength(work, 16, aadLengthBytes);
  fillBytes(work, aadEnd, dataOffset - aadEnd, 0);
  fillBytes(work, dataOffset + lengthBytes, paddingBytes, 0);
  aes.cbcMac(key, work, 0, dataOffset + lengthBytes + paddingBytes, tag, 0);
}

/** XORs key stream block 0 into `tag` and blocks 1.. into the data (SP 800-38C §6.1, A.3). */
function applyKeyStream(
  aes: AesEngine,
  key: Bytes,
  nonce: Bytes,
  work: Bytes,
  dataOffset: number,
  lengthBytes: number,
): void {
  counterBlock[0] = COUNTER_FLAGS;
  copyBytes(nonce, 0, counterBlock, 1, CCM_NONCE_BYTES);
  putLength(counterBlock, 14, 0);
  aes.ctr(key, counterBlock, tag, 0, CCM_TAG_BYTES);
  counterBlock[15] = 1;
  aes.ctr(key, counterBlock, work, dataOffset, lengthBytes);
}

/** Two bytes, most significant first, as RFC 3610 has all its lengths. */
function putLength(out: Bytes, offset: number, value: number): void {
  out[offset] = Math.floor(value / 256);
  out[offset + 1] = value % 256;
}
