/** The PIN of a staff card as it is kept on it: a keyed digest, salted with UID and club. */
import type { AesEngine } from "./aes-engine";
import { type Bytes, getUint, newBytes } from "./bytes";
import { cmac } from "./cmac";
import { encodeKeyInput, KEY_INPUT_BYTES, KeyPurpose } from "./keys";

export const PIN_DIGEST_BYTES = 5;
/** A PIN has so many digits. */
export const PIN_DIGITS_MIN = 4;
export const PIN_DIGITS_MAX = 8;

/** The digest of `pin` (ASCII digits) on the card `uid`; never 0, which stands for no PIN. */
export function pinDigest(
  aes: AesEngine,
  sectorMaster: Bytes,
  uid: Bytes,
  uidLengthBytes: number,
  clubId: number,
  pin: string,
): number {
  const input = newBytes(KEY_INPUT_BYTES);
  const key = newBytes(16);
  const digits = newBytes(PIN_DIGITS_MAX);
  for (let i = 0; i < pin.length; i++) digits[i] = pin.charCodeAt(i);
  encodeKeyInput(uid, uidLengthBytes, clubId, KeyPurpose.Pin, 0, 0, input);
  cmac(aes, sectorMaster, input, 0, KEY_INPUT_BYTES, key, 0);
  cmac(aes, key, digits, 0, pin.length, input, 0);
  return Math.max(getUint(input, 0, PIN_DIGEST_BYTES), 1);
}
