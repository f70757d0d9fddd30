/**
 * All keys that are derived: sector and seal keys of a card, working keys of a terminal. Every
 * derivation is AN10922 over the same 16-byte input with the purpose in it, so no two purposes can
 * share a key even if an operator uses one master for several.
 */
import type { AesEngine } from "./aes-engine";
import { diversify } from "./an10922";
import { type Bytes, copyBytes, newBytes, putUint } from "./bytes";
import { MAD_SECTOR } from "./geometry";
import { MAD_KEY_A } from "./mad";
import { prepareSivKey, type SivKey } from "./siv";

export const KEY_TYPE_A = 0x60;
export const KEY_TYPE_B = 0x61;
export const SECTOR_KEY_BYTES = 6;
export const DIVERSIFICATION_BYTES = 16;

/** Byte 10 of the diversification input. */
export const enum KeyPurpose {
  Sector = 1,
  SealMac = 2,
  SealCtr = 3,
  /** Plus the terminal key purpose 1..3. */
  Terminal = 16,
}

/** What a terminal key is for. */
export const enum TerminalKeyPurpose {
  Journal = 1,
  Uplink = 2,
  Downlink = 3,
}

const input = newBytes(DIVERSIFICATION_BYTES);
const derived = newBytes(16);
const noUid = newBytes(7);

/**
 * Writes the 6-byte key of a sector: the first bytes of the diversified key, which is our own
 * convention as AN10922 does not speak of 6-byte keys. Key A of sector 0 is the public MAD key. The
 * key epoch is not in it: trailers are frozen, so a sector key lives as long as the card.
 */
export function deriveSectorKey(
  aes: AesEngine,
  sectorMaster: Bytes,
  uid: Bytes,
  uidLengthBytes: number,
  clubId: number,
  sector: number,
  keyType: number,
  out: Bytes,
  outOffset: number,
): void {
  if (sector === MAD_SECTOR && keyType === KEY_TYPE_A) {
    for (let i = 0; i < SECTOR_KEY_BYTES; i++) out[outOffset + i] = MAD_KEY_A[i];
    return;
  }
  encodeKeyInput(uid, uidLengthBytes, clubId, KeyPurpose.Sector, sector, keyType, input);
  diversify(aes, sectorMaster, input, DIVERSIFICATION_BYTES, derived, 0);
  copyBytes(derived, 0, out, outOffset, SECTOR_KEY_BYTES);
}

/** Derives the card's AES-SIV key pair of `keyEpoch` into `sealKey` and prepares it for use. */
export function deriveSealKey(
  aes: AesEngine,
  sealMaster: Bytes,
  uid: Bytes,
  uidLengthBytes: number,
  clubId: number,
  keyEpoch: number,
  sealKey: SivKey,
): void {
  encodeKeyInput(uid, uidLengthBytes, clubId, KeyPurpose.SealMac, keyEpoch, 0, input);
  diversify(aes, sealMaster, input, DIVERSIFICATION_BYTES, sealKey.macKey, 0);
  input[10] = KeyPurpose.SealCtr;
  diversify(aes, sealMaster, input, DIVERSIFICATION_BYTES, sealKey.ctrKey, 0);
  prepareSivKey(aes, sealKey);
}

/** Writes a terminal's 16-byte working key. */
export function deriveTerminalKey(
  aes: AesEngine,
  terminalMaster: Bytes,
  terminalId: number,
  keyEpoch: number,
  purpose: number,
  out: Bytes,
  outOffset: number,
): void {
  encodeKeyInput(noUid, 0, terminalId, KeyPurpose.Terminal + purpose, keyEpoch, 0, input);
  diversify(aes, terminalMaster, input, DIVERSIFICATION_BYTES, out, outOffset);
}

/** Writes the 16-byte diversification input; `owner` is the club or the terminal. */
export function encodeKeyInput(
  uid: Bytes,
  uidLengthBytes: number,
  owner: number,
  purpose: number,
  selector: number,
  keyType: number,
  out: Bytes,
): void {
  copyBytes(uid, 0, out, 0, 7);
  out[7] = uidLengthBytes;
  putUint(out, 8, 2, owner);
  out[10] = purpose;
  out[11] = selector;
  out[12] = keyType;
  // System identifier "CP1": keeps these keys apart from any other use of AN10922 with the master.
  out[13] = 0x43;
  out[14] = 0x50;
  out[15] = 0x31;
}
