import type { Bytes } from "./bytes";

/**
 * The two AES-128 operations everything here is built from (CMAC, SIV, AN10922, CCM). Engines with
 * native AES offer them in one call each; `aes128.ts` has the portable ones.
 */
export interface AesEngine {
  /**
   * CBC-encrypts `message[offset .. offset+lengthBytes)` from the IV in `chain` (16 bytes), and
   * leaves the last block there, from which a later call goes on. `lengthBytes` is a positive
   * multiple of 16; `key` is 16 bytes. With 16 bytes and zeros in `chain` this is one plain block
   * encryption.
   */
  cbcMac(key: Bytes, message: Bytes, offset: number, lengthBytes: number, chain: Bytes): void;

  /**
   * XORs the CTR key stream into `data[offset .. offset+lengthBytes)`. `counter` (16 bytes)
   * is the first counter block, left unchanged. Callers leave room in its last four bytes, so that
   * counting never carries out of them.
   */
  ctr(key: Bytes, counter: Bytes, data: Bytes, offset: number, lengthBytes: number): void;
}
