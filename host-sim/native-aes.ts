/** The host's AES-128 behind the device's interface, in the place of a board's native one. */
import { createCipheriv } from "node:crypto";
import type { AesEngine } from "../card-layout/aes-engine";
import type { Bytes } from "../card-layout/bytes";

export function createNativeAes(): AesEngine {
  return {
    cbcMac(key, message, offset, lengthBytes, chain) {
      const cipher = createCipheriv("aes-128-cbc", toArray(key, 0, 16), toArray(chain, 0, 16));
      cipher.setAutoPadding(false);
      const encrypted = cipher.update(toArray(message, offset, lengthBytes));
      for (let i = 0; i < 16; i++) chain[i] = encrypted[lengthBytes - 16 + i];
    },
    ctr(key, counter, data, offset, lengthBytes) {
      const cipher = createCipheriv("aes-128-ctr", toArray(key, 0, 16), toArray(counter, 0, 16));
      const encrypted = cipher.update(toArray(data, offset, lengthBytes));
      for (let i = 0; i < lengthBytes; i++) data[offset + i] = encrypted[i];
    },
  };
}

function toArray(bytes: Bytes, offset: number, lengthBytes: number): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes.subarray(offset, offset + lengthBytes);
  return Uint8Array.from({ length: lengthBytes }, (_, index) => bytes[offset + index]);
}
