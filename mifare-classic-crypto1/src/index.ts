/** Entry point of the package: everything it offers, by name. */

export { authenticationUid } from "./authentication-words.js";
export {
  beginCardAuthentication,
  type CardAuthentication,
  type CardVerdict,
} from "./card-authentication.js";
export { Crypto1 } from "./crypto1.js";
export {
  decryptFrame,
  decryptNibble,
  encryptFrame,
  encryptNibble,
  type Frame,
  oddParity,
  plainFrame,
} from "./frame.js";
export {
  isWeakNonce,
  nonceDistance,
  PRNG_PERIOD,
  PRNG_STEP_US,
  prngSuccessor,
  weakNonceAt,
} from "./prng.js";
export {
  beginReaderAuthentication,
  type ReaderAuthentication,
  type ReaderReply,
  type ReaderVerdict,
} from "./reader-authentication.js";
