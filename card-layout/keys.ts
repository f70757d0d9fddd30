/**
 * All keys that are derived: sector and seal keys of a card, working keys of a terminal. Every
 * derivation is AN10922 over the same 16-byte input with the purpose in it, so no two purposes can
 * share a key even if an operator uses one master for several. AN10922, section 2.2 (AES-128), is
 * the CMAC of the constant 01 and the input, as long as the two have 17 bytes or more.
 */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyAll, copyBytes, newBytes, putUint } from "./bytes";
import { cmac } from "./cmac";
import { MAD_SECTOR } from "./geometry";
import { MAD_KEY_A } from "./mad";
import { prepareSivKey, type SivKey } from "./siv";

export const KEY_TYPE_A = 0x60;
export const KEY_TYPE_B = 0x61;
export const SECTOR_KEY_BYTES = 6;
/** The constant in front included. */
export const KEY_INPUT_BYTES = 17;
const AES128_CONSTANT = 0x01;

/** "CP1": keeps these keys apart from any other use of AN10922 with the master. */
const SYSTEM = 0x315043;

/** Byte 10 of the diversification input, which begins behind the constant. */
export const enum KeyPurpose {
  Sector = 1,
  SealMac = 2,
  SealCtr = 3,
  Pin = 4,
  /** Plus the terminal key purpose 1..5. */
  Terminal = 16,
}

/** What a terminal key is for. */
export const enum TerminalKeyPurpose {
  Journal = 1,
  Uplink = 2,
  Downlink = 3,
  /** Of the codes that open the console; never on a pad. */
  Service = 4,
  /** Between a pad and its till; derived from the journal key (firmware/core/pos-messages.ts). */
  Till = 5,
}

const input = newBytes(KEY_INPUT_BYTES);
const derived = newBytes(16);
const noUid = newBytes(7);

/**
 * Writes the 6-byte key of a sector: the first bytes of the diversified key, which is our own
 * convention as AN10922 does not speak of 6-byte keys. Key A of sector 0 is the public MAD key. The
 * key epoch is not in it: trailers are frozen, so a sector key lives as long as the card.
 * `cardInput` is that of `encodeSectorInput`; sector and key type in it are replaced.
 */
export function deriveSectorKey(
  aes: AesEngine,
  sectorMaster: Bytes,
  cardInput: Bytes,
  sector: number,
  keyType: number,
  out: Bytes,
  outOffset: number,
): void {
  if (sector === MAD_SECTOR && keyType === KEY_TYPE_A) {
    for (let i = 0; i < SECTOR_KEY_BYTES; i++) out[outOffset + i] = MAD_KEY_A[i];
    return;
  }
  cardInput[12] = sector;
  cardInput[13] = keyType;
  cmac(aes, sectorMaster, cardInput, 0, KEY_INPUT_BYTES, derived, 0);
  copyBytes(derived, 0, out, outOffset, SECTOR_KEY_BYTES);
}

/** Writes what the sector keys of one card have in common: `KEY_INPUT_BYTES`. */
export function encodeSectorInput(
  uid: Bytes,
  uidLengthBytes: number,
  clubId: number,
  out: Bytes,
): void {
  encodeKeyInput(uid, uidLengthBytes, clubId, KeyPurpose.Sector, 0, 0, out);
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
  cmac(aes, sealMaster, input, 0, KEY_INPUT_BYTES, sealKey.macKey, 0);
  input[11] = KeyPurpose.SealCtr;
  cmac(aes, sealMaster, input, 0, KEY_INPUT_BYTES, sealKey.ctrKey, 0);
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
  cmac(aes, terminalMaster, input, 0, KEY_INPUT_BYTES, out, outOffset);
}

/** Writes the constant and the 16-byte diversification input; `owner` is the club or terminal. */
export function encodeKeyInput(
  uid: Bytes,
  uidLengthBytes: number,
  owner: number,
  purpose: number,
  selector: number,
  keyType: number,
  out: Bytes,
): void {
  out[0] = AES128_CONSTANT;
  copyAll(uid, out, 1);
  out[8] = uidLengthBytes;
  putUint(out, 9, 2, owner);
  out[11] = purpose;
  out[12] = selector;
  out[13] = keyType;
  putUint(out, 14, 3, SYSTEM);
}
