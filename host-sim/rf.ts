/**
 * Frames of ISO/IEC 14443-3 type A at 106 kbit/s as they are on the air: bits, parity bits and how
 * long they last. CRC_A is part of the bytes here; whoever builds a frame puts it there.
 */

/** One elementary time unit: 128 carrier periods of 13.56 MHz (ISO/IEC 14443-2, 8.1.1). */
export const ETU_US = 128 / 13.56;

/** ISO/IEC 14443-3, 6.2.1.2: from the end of an answer to the next command at least 1172/fc. */
export const CARD_TO_READER_GAP_US = 1172 / 13.56;

/** Bytes of the longest frame of MIFARE Classic is 18; MFRC522 users may send up to 64. */
const FRAME_CAPACITY_BYTES = 68;

/** A 4-bit answer lasts 59 us (MF1S50yyX_V1 rev 3.2, table 9, T_ACK/T_NAK). */
const NIBBLE_ANSWER_US = 59;

/** Bits that are no data: start and end of communication. */
const READER_FRAMING_ETU = 3;
const CARD_FRAMING_ETU = 2;

export interface RfFrame {
  /** Valid up to `bitCount`; the buffer may be longer. Lowest bit first on the air. */
  bytes: Uint8Array;
  /** Data bits on the air, parity not counted. */
  bitCount: number;
  /** The parity bit as sent, one per full byte. Short frames and 4-bit answers have none. */
  parity: Uint8Array;
  /**
   * Bits of `bytes[0]` below this one are not on the air: the split byte that finishes what the
   * reader began in an anticollision command (ISO/IEC 14443-3, 6.1.5.3). Otherwise 0.
   */
  firstBit: number;
}

export function createFrame(): RfFrame {
  return {
    bytes: new Uint8Array(FRAME_CAPACITY_BYTES),
    bitCount: 0,
    parity: new Uint8Array(FRAME_CAPACITY_BYTES),
    firstBit: 0,
  };
}

/** Bytes the frame touches, a last one that is not full included. */
export function frameLengthBytes(frame: RfFrame): number {
  return (frame.firstBit + frame.bitCount + 7) >> 3;
}

/** Bytes that carry a parity bit; the split byte at the start does, a part at the end does not. */
export function fullByteCount(frame: RfFrame): number {
  return (frame.firstBit + frame.bitCount) >> 3;
}

export function copyFrame(from: RfFrame, to: RfFrame): void {
  const lengthBytes = frameLengthBytes(from);
  for (let index = 0; index < lengthBytes; index++) {
    to.bytes[index] = from.bytes[index];
    to.parity[index] = from.parity[index];
  }
  to.bitCount = from.bitCount;
  to.firstBit = from.firstBit;
}

/** Parity bits for plain bytes: odd, so that nine bits hold an odd number of ones. */
export function setPlainParity(frame: RfFrame): void {
  const count = fullByteCount(frame);
  for (let index = 0; index < count; index++) frame.parity[index] = ODD_PARITY[frame.bytes[index]];
}

/** A split byte at the start cannot be checked: half of it was sent the other way. */
export function hasPlainParity(frame: RfFrame, byteCount = fullByteCount(frame)): boolean {
  for (let index = frame.firstBit === 0 ? 0 : 1; index < byteCount; index++) {
    if (frame.parity[index] !== ODD_PARITY[frame.bytes[index]]) return false;
  }
  return true;
}

/** Makes `frame` the 7-bit short frame of ISO/IEC 14443-3, 6.1.5.1. */
export function setShortFrame(frame: RfFrame, command: number): void {
  frame.bytes[0] = command;
  frame.bitCount = 7;
  frame.firstBit = 0;
}

/** The parity bit that makes the number of ones odd. */
export function oddParityBit(byte: number): number {
  return ODD_PARITY[byte];
}

export function readerFrameUs(frame: RfFrame): number {
  return (frame.bitCount + fullByteCount(frame) + READER_FRAMING_ETU) * ETU_US;
}

export function cardFrameUs(frame: RfFrame): number {
  if (frame.bitCount === 4) return NIBBLE_ANSWER_US;
  return (frame.bitCount + fullByteCount(frame) + CARD_FRAMING_ETU) * ETU_US;
}

/** Flips one data bit on the air, `bit` counted from the first; out of range leaves the frame. */
export function flipBit(frame: RfFrame, bit: number): void {
  if (bit < 0 || bit >= frame.bitCount) return;
  const place = frame.firstBit + bit;
  frame.bytes[place >> 3] ^= 1 << (place & 7);
}

/** CRC_A over the first `lengthBytes` bytes (ISO/IEC 14443-3, annex B), low byte sent first. */
export function frameCrc(bytes: Uint8Array, lengthBytes: number, preset = 0x6363): number {
  let crc = preset;
  for (let index = 0; index < lengthBytes; index++) crc = crcStep(crc, bytes[index]);
  return crc;
}

/** Takes one more byte into a CRC_A. */
export function crcStep(crc: number, byte: number): number {
  return (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
}

/** Appends CRC_A behind `lengthBytes` bytes, sets the frame's length and its plain parity. */
export function closeFrameWithCrc(frame: RfFrame, lengthBytes: number): void {
  const crc = frameCrc(frame.bytes, lengthBytes);
  frame.bytes[lengthBytes] = crc & 0xff;
  frame.bytes[lengthBytes + 1] = crc >> 8;
  closeFrame(frame, lengthBytes + 2);
}

/** Sets the length to whole bytes and fills in the plain parity. */
export function closeFrame(frame: RfFrame, lengthBytes: number): void {
  frame.bitCount = lengthBytes * 8;
  frame.firstBit = 0;
  setPlainParity(frame);
}

const ODD_PARITY = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return 1 - (ones & 1);
});

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  return crc;
});
