/**
 * The reader's side of the three-pass authentication, mirror image of card-authentication.ts.
 *
 *     reader                                 card
 *     answerNonce       <- nT or {nT} --     nonceFrame
 *     reply.frame       -- {nR}{aR} --->     verify
 *     verify            <- {aT} --------     verdict.answer
 *
 * Source: Garcia et al., "Dismantling MIFARE Classic", ESORICS 2008, authentication protocol,
 * initialization and (for nested authentication) multiple sector authentication.
 */

import {
  byteOfWord,
  bytesWord,
  cardAnswer,
  NONCE_LENGTH_BYTES,
  READER_ANSWER_LENGTH_BYTES,
  readerAnswer,
  wordBytes,
} from "./authentication-words.js";
import { checkBytes, checkParity, checkUint32 } from "./check.js";
import { Crypto1 } from "./crypto1.js";
import { decryptFrame, encryptFrame, type Frame, oddParity } from "./frame.js";

/** `ok`: send `frame` ({nR}{aR}); `parity`: nT was damaged, or (nested) the key is wrong. */
export type ReaderReply = { kind: "ok"; frame: Frame; cardNonce: number } | { kind: "parity" };

/** `ok`: the card knows the key; `parity`: {aT} was damaged; `wrong`: it is not aT. */
export type ReaderVerdict = { kind: "ok" } | { kind: "parity" } | { kind: "wrong" };

export interface ReaderAuthentication {
  /** The new session's cipher; frames may use it once `verify` has said `ok`. */
  readonly cipher: Crypto1;
  /** Takes nT or {nT}, 4 bytes, and gives {nR}{aR}. Once only; a second call is an Error. */
  answerNonce(bytes: Uint8Array, parity: Uint8Array): ReaderReply;
  /** Judges {aT}, 4 bytes. Once only, after `answerNonce` has said `ok`; else an Error. */
  verify(bytes: Uint8Array, parity: Uint8Array): ReaderVerdict;
}

/**
 * Starts where a reader has sent the authentication command.
 * `uid`: see `authenticationUid`. `readerNonce`: nR, any random 32-bit number. `isNested`: the
 * command was sent encrypted under an earlier session, so {nT} comes encrypted under the new key.
 */
export function beginReaderAuthentication(
  key: Uint8Array,
  uid: number,
  readerNonce: number,
  isNested: boolean,
): ReaderAuthentication {
  checkUint32("uid", uid);
  checkUint32("readerNonce", readerNonce);
  const cipher = new Crypto1(key);
  let awaited: "nonce" | "answer" | "nothing" = "nonce";
  let cardNonce = 0;
  return {
    cipher,
    answerNonce(bytes, parity) {
      if (awaited !== "nonce") throw new Error("the nonce has been taken; begin a new one");
      checkBytes("card nonce", bytes, NONCE_LENGTH_BYTES);
      checkParity(parity, NONCE_LENGTH_BYTES);
      const received = receiveNonce(cipher, uid, bytes, parity, isNested);
      awaited = received.parityOk ? "answer" : "nothing";
      if (!received.parityOk) return { kind: "parity" };
      cardNonce = bytesWord(received.bytes);
      return { kind: "ok", frame: proveKey(cipher, readerNonce, cardNonce), cardNonce };
    },
    verify(bytes, parity) {
      if (awaited !== "answer") throw new Error("no card answer is awaited; answerNonce first");
      checkBytes("card answer", bytes, NONCE_LENGTH_BYTES);
      checkParity(parity, NONCE_LENGTH_BYTES);
      awaited = "nothing";
      const answered = decryptFrame(cipher, bytes, parity);
      if (!answered.parityOk) return { kind: "parity" };
      return { kind: bytesWord(answered.bytes) === cardAnswer(cardNonce) ? "ok" : "wrong" };
    },
  };
}

/** Initialization: uid xor nT is shifted in, decrypting nT on the way if it is nested. */
function receiveNonce(
  cipher: Crypto1,
  uid: number,
  bytes: Uint8Array,
  parity: Uint8Array,
  isNested: boolean,
): { bytes: Uint8Array; parityOk: boolean } {
  const plain = bytes.slice();
  let errors = 0;
  for (let index = 0; index < bytes.length; index++) {
    const keystream = cipher.byte(byteOfWord(uid, index) ^ bytes[index], isNested);
    if (isNested) plain[index] ^= keystream;
    const parityMask = isNested ? cipher.peekBit() : 0;
    errors |= parity[index] ^ oddParity(plain[index]) ^ parityMask;
  }
  return { bytes: plain, parityOk: errors === 0 };
}

/** {nR}{aR}: nR goes into the register while it is encrypted, aR only uses the key stream. */
function proveKey(cipher: Crypto1, readerNonce: number, cardNonce: number): Frame {
  const bytes = new Uint8Array(READER_ANSWER_LENGTH_BYTES);
  const parity = new Uint8Array(READER_ANSWER_LENGTH_BYTES);
  for (let index = 0; index < NONCE_LENGTH_BYTES; index++) {
    const plain = byteOfWord(readerNonce, index);
    bytes[index] = plain ^ cipher.byte(plain, false);
    parity[index] = oddParity(plain) ^ cipher.peekBit();
  }
  const answer = encryptFrame(cipher, wordBytes(readerAnswer(cardNonce)));
  bytes.set(answer.bytes, NONCE_LENGTH_BYTES);
  parity.set(answer.parity, NONCE_LENGTH_BYTES);
  return { bytes, parity };
}
