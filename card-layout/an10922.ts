/** AES-128 key diversification of NXP AN10922, section 2.2. */
import type { AesEngine } from "./aes-engine";
import { type Bytes, newBytes } from "./bytes";
import { BLOCK_BYTES, cachedSubkeys } from "./cmac";

/** Diversification constant for AES-128 keys (AN10922, 2.2). */
const AES128_CONSTANT = 0x01;
const PADDED_BYTES = 32;
export const MAX_DIVERSIFICATION_BYTES = 31;

const padded = newBytes(PADDED_BYTES);

/**
 * Writes the 16-byte key diversified by `input` (1..31 bytes). The note always pads to 32 bytes, so
 * this equals AES-CMAC(01 || input) only for inputs of 16 bytes and more; ours all are.
 */
export function diversify(
  aes: AesEngine,
  masterKey: Bytes,
  input: Bytes,
  inputLengthBytes: number,
  out: Bytes,
  outOffset: number,
): void {
  const subkeys = cachedSubkeys(aes, masterKey);
  const isPadded = inputLengthBytes < MAX_DIVERSIFICATION_BYTES;
  const mask = isPadded ? subkeys.k2 : subkeys.k1;
  padded[0] = AES128_CONSTANT;
  for (let i = 0; i < inputLengthBytes; i++) padded[i + 1] = input[i];
  for (let i = inputLengthBytes + 1; i < PADDED_BYTES; i++) padded[i] = 0;
  if (isPadded) padded[inputLengthBytes + 1] = 0x80;
  for (let i = 0; i < BLOCK_BYTES; i++) padded[BLOCK_BYTES + i] ^= mask[i];
  aes.cbcMac(masterKey, padded, 0, PADDED_BYTES, out, outOffset);
}
