import type { Bytes } from "../../card-layout/bytes";
import type { Status } from "../../card-layout/status";

/** Which of a sector's two keys. Values are the MIFARE Classic command codes (MF1S50yyX_V1, 9). */
export const enum KeyType {
  A = 0x60,
  B = 0x61,
}

/** What selection found; owned by the caller, filled by `select`. */
export interface SelectedCard {
  /** 7 bytes; the first `uidLengthBytes` (4 or 7) count, the rest are 0. */
  readonly uid: Bytes;
  uidLengthBytes: number;
  /** 16-bit ATQA as in ISO/IEC 14443-3 (0x0004 for a 1K card with 4-byte UID). */
  atqa: number;
  sak: number;
}

/**
 * A contactless reader that speaks MIFARE Classic. Every call is bounded in time, returns a Status
 * and leaves the caller's buffers untouched unless it returns `Ok`. After any status but `Ok` the
 * card's session is gone: `select` again.
 */
/** SAK of a MIFARE Classic 1K (NXP AN10833, table 6). */
export const MIFARE_1K_SAK = 0x08;

export interface CardReader {
  /** Brings the chip to a known state with the field on. `ReaderFault` when it does not answer. */
  initialise(): Status;
  /** Switches the field; off resets every card. The caller waits `FIELD_RESET_MS` before on. */
  setField(isOn: boolean): Status;
  /** WUPA, anticollision and SELECT through all cascade levels. `NoCard`, `Collision`. */
  select(card: SelectedCard): Status;
  /** Three-pass authentication, nested when one is open. `key` holds 6 bytes at `keyOffset`. */
  authenticate(
    card: SelectedCard,
    blockIndex: number,
    keyType: KeyType,
    key: Bytes,
    keyOffset: number,
  ): Status;
  /** Reads 16 bytes into `out`. */
  readBlock(blockIndex: number, out: Bytes, outOffset: number): Status;
  /** Writes 16 bytes; `Ok` means the card acknowledged, not that the cells will hold. */
  writeBlock(blockIndex: number, from: Bytes, fromOffset: number): Status;
  /** Value block minus `amount` (0..2^31-1) into the card's transfer buffer; EEPROM unchanged. */
  decrement(blockIndex: number, amount: number): Status;
  /** Value block into the card's transfer buffer; EEPROM unchanged. */
  restore(blockIndex: number): Status;
  /** Transfer buffer into EEPROM. On `CardLost` the block is old, new or torn. */
  transfer(blockIndex: number): Status;
  /** HLTA; the card then answers only WUPA. Silence is success. */
  halt(): Status;
  /** Sends the back-door wake-up of gen1a magic cards: `MagicCard` when answered, else `Ok`.
   * Leaves the card unselected. */
  probeMagic(): Status;
}
