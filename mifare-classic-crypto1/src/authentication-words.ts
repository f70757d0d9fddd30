/**
 * What both sides of the authentication share: the numbers agreed on and the form of a nonce frame.
 * Source: Garcia et al., "Dismantling MIFARE Classic", ESORICS 2008, authentication protocol.
 */

import { checkBytes, fail } from "./check.js";
import { prngSuccessor } from "./prng.js";

/** Length of nT and of the card's answer {aT}. */
export const NONCE_LENGTH_BYTES = 4;
/** Length of the reader's answer {nR}{aR}. */
export const READER_ANSWER_LENGTH_BYTES = 8;

/** aR, which the reader proves its key with: suc^64(nT). */
export function readerAnswer(cardNonce: number): number {
  return prngSuccessor(cardNonce, 64);
}

/** aT, which the card proves its key with: suc^96(nT). */
export function cardAnswer(cardNonce: number): number {
  return prngSuccessor(cardNonce, 96);
}

/**
 * The four UID bytes that enter the cipher, as a number: a 4-byte UID itself, the last four bytes
 * (UID3..UID6, those of cascade level 2) of a 7-byte UID. A card selected by its first cascade
 * level only would use 88h and UID0..UID2 instead (NXP MF1S50yyX, UID options); pass those four.
 */
export function authenticationUid(uid: Uint8Array): number {
  checkBytes("uid", uid);
  if (uid.length !== 4 && uid.length !== 7) fail("uid length", "4 or 7 bytes", uid.length);
  return bytesWord(uid.subarray(uid.length - 4));
}

/** Words are unsigned 32-bit numbers whose most significant byte is sent first. */
export function wordBytes(word: number): Uint8Array {
  const bytes = new Uint8Array(4);
  for (let index = 0; index < 4; index++) bytes[index] = byteOfWord(word, index);
  return bytes;
}

export function byteOfWord(word: number, index: number): number {
  return (word >>> (24 - 8 * index)) & 0xff;
}

export function bytesWord(bytes: Uint8Array): number {
  return ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
}
