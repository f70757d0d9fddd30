/**
 * The card's side of the three-pass authentication, mirror image of reader-authentication.ts.
 *
 *     card                                   reader
 *     nonceFrame        -- nT or {nT} ->     answerNonce
 *     verify            <- {nR}{aR} ---
 *     verdict.answer    -- {aT} ------->     verify
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
import { decryptFrame, encryptFrame, type Frame, oddParity, plainFrame } from "./frame.js";

/**
 * - `ok`: the reader knows the key; send `answer` ({aT}) and go on with the cipher.
 * - `parity`: the frame was damaged; a card stays silent and the session is over.
 * - `wrong`: the parity fits but aR does not; the session is over. Cards stay silent too, except
 *   that early chips send NAK 5h as `encryptNibble(cipher, 5)`, which leaks key stream.
 */
export type CardVerdict = { kind: "ok"; answer: Frame } | { kind: "parity" } | { kind: "wrong" };

export interface CardAuthentication {
  /** The new session's cipher; frames may use it once `verify` has said `ok`. */
  readonly cipher: Crypto1;
  /** The answer to the authentication command. */
  readonly nonceFrame: Frame;
  /** Judges {nR}{aR}, 8 bytes. Only the first call counts; a second one is an Error. */
  verify(bytes: Uint8Array, parity: Uint8Array): CardVerdict;
}

/**
 * Starts where a card has received a valid authentication command.
 * `uid`: see `authenticationUid`. `nonce`: nT, from `weakNonceAt` or random. `isNested`: the
 * command came encrypted under an earlier session, so nT is sent encrypted under the new key.
 */
export function beginCardAuthentication(
  key: Uint8Array,
  uid: number,
  nonce: number,
  isNested: boolean,
): CardAuthentication {
  checkUint32("uid", uid);
  checkUint32("nonce", nonce);
  const cipher = new Crypto1(key);
  const nonceFrame = sendNonce(cipher, uid, nonce, isNested);
  let isVerified = false;
  return {
    cipher,
    nonceFrame,
    verify(bytes, parity) {
      if (isVerified) throw new Error("this authentication has been verified; begin a new one");
      checkBytes("reader answer", bytes, READER_ANSWER_LENGTH_BYTES);
      checkParity(parity, READER_ANSWER_LENGTH_BYTES);
      isVerified = true;
      return judgeReader(cipher, nonce, bytes, parity);
    },
  };
}

/** Initialization: uid xor nT is shifted in; a nested nonce is encrypted by the bits pushed out. */
function sendNonce(cipher: Crypto1, uid: number, nonce: number, isNested: boolean): Frame {
  const frame = plainFrame(wordBytes(nonce));
  for (let index = 0; index < NONCE_LENGTH_BYTES; index++) {
    const keystream = cipher.byte(byteOfWord(uid ^ nonce, index), false);
    if (!isNested) continue;
    frame.bytes[index] ^= keystream;
    frame.parity[index] ^= cipher.peekBit();
  }
  return frame;
}

function judgeReader(
  cipher: Crypto1,
  nonce: number,
  bytes: Uint8Array,
  parity: Uint8Array,
): CardVerdict {
  let parityErrors = 0;
  for (let index = 0; index < NONCE_LENGTH_BYTES; index++) {
    const plain = bytes[index] ^ cipher.byte(bytes[index], true);
    parityErrors |= parity[index] ^ oddParity(plain) ^ cipher.peekBit();
  }
  const answered = decryptFrame(
    cipher,
    bytes.subarray(NONCE_LENGTH_BYTES),
    parity.subarray(NONCE_LENGTH_BYTES),
  );
  if (parityErrors !== 0 || !answered.parityOk) return { kind: "parity" };
  if (bytesWord(answered.bytes) !== readerAnswer(nonce)) return { kind: "wrong" };
  return { kind: "ok", answer: encryptFrame(cipher, wordBytes(cardAnswer(nonce))) };
}
