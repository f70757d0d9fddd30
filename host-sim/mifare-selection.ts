/**
 * From power-up to ACTIVE and HALT: ISO/IEC 14443-3 type A, 6.3 and 6.4, with both cascade levels,
 * partial anticollision and, as a switch, the gen1a back door of copied chips.
 */

import {
  closeFrame,
  closeFrameWithCrc,
  frameCrc,
  hasPlainParity,
  type RfFrame,
  setPlainParity,
} from "./rf";

const REQA = 0x26;
const WUPA = 0x52;
const BACK_DOOR_SHORT = 0x40;
const BACK_DOOR_BYTE = 0x43;
const BACK_DOOR_ACK = 0x0a;
const SELECT_CODES = [0x93, 0x95];
const SELECT_NVB = 0x70;
const CASCADE_TAG = 0x88;
const SAK_CASCADE = 0x04;
const LEVEL_BYTES = 5;
const SELECT_BYTES = 9;

export const enum SelectionState {
  Off = 0,
  Idle = 1,
  Ready = 2,
  Active = 3,
  Halt = 4,
  /** The back door has heard its first half. */
  Knocked = 5,
  /** The back door is open. */
  Magic = 6,
}

export class CardSelection {
  state: SelectionState = SelectionState.Off;
  /** UID bytes and BCC of each cascade level. */
  private levels: Uint8Array[] = [];
  private level = 0;
  private isFromHalt = false;

  constructor(
    private readonly sak: number,
    private readonly isMagic: boolean,
  ) {}

  powerOn(uid: Uint8Array): void {
    this.levels = cascadeLevels(uid);
    this.state = SelectionState.Idle;
    this.isFromHalt = false;
  }

  powerOff(): void {
    this.state = SelectionState.Off;
  }

  halt(): void {
    this.state = SelectionState.Halt;
  }

  /** After an error: back to where the card was woken from (the * states lead back to HALT). */
  fallBack(): void {
    this.state = this.isFromHalt ? SelectionState.Halt : SelectionState.Idle;
  }

  /** Any state but ACTIVE. True when `answer` is to be sent. */
  receive(frame: RfFrame, answer: RfFrame): boolean {
    if (this.state === SelectionState.Ready) return this.anticollide(frame, answer);
    if (this.state === SelectionState.Knocked) return this.openBackDoor(frame, answer);
    if (this.state === SelectionState.Off || frame.bitCount !== 7) return false;
    return this.wake(frame.bytes[0] & 0x7f, answer);
  }

  private wake(command: number, answer: RfFrame): boolean {
    if (this.isMagic && command === BACK_DOOR_SHORT) {
      this.isFromHalt = this.state === SelectionState.Halt;
      this.state = SelectionState.Knocked;
      return acknowledge(answer);
    }
    const isHeard = command === WUPA || (command === REQA && this.state === SelectionState.Idle);
    if (!isHeard) return false;
    this.isFromHalt = this.state === SelectionState.Halt;
    this.state = SelectionState.Ready;
    this.level = 0;
    answer.bytes[0] = this.levels.length === 1 ? 0x04 : 0x44;
    answer.bytes[1] = 0x00;
    closeFrame(answer, 2);
    return true;
  }

  private openBackDoor(frame: RfFrame, answer: RfFrame): boolean {
    if (frame.bitCount !== 8 || frame.bytes[0] !== BACK_DOOR_BYTE) {
      this.fallBack();
      return false;
    }
    this.state = SelectionState.Magic;
    return acknowledge(answer);
  }

  private anticollide(frame: RfFrame, answer: RfFrame): boolean {
    const [code, nvb] = frame.bytes;
    if (frame.bitCount < 16 || code !== SELECT_CODES[this.level] || !hasPlainParity(frame)) {
      this.fallBack();
      return false;
    }
    return nvb === SELECT_NVB ? this.select(frame, answer) : this.sendRest(frame, answer);
  }

  private select(frame: RfFrame, answer: RfFrame): boolean {
    const crc = frame.bytes[7] | (frame.bytes[8] << 8);
    const isSelected =
      frame.bitCount === SELECT_BYTES * 8 &&
      crc === frameCrc(frame.bytes, SELECT_BYTES - 2) &&
      this.knownBitsFit(frame, LEVEL_BYTES * 8);
    if (!isSelected) {
      this.fallBack();
      return false;
    }
    const isLast = this.level === this.levels.length - 1;
    if (isLast) this.state = SelectionState.Active;
    else this.level++;
    answer.bytes[0] = isLast ? this.sak & ~SAK_CASCADE : SAK_CASCADE;
    closeFrameWithCrc(answer, 1);
    return true;
  }

  /** Sends what the reader does not know yet; a card with other bits waits in READY. */
  private sendRest(frame: RfFrame, answer: RfFrame): boolean {
    const nvb = frame.bytes[1];
    const knownBits = ((nvb >> 4) - 2) * 8 + (nvb & 0x0f);
    if (frame.bitCount !== 16 + knownBits || knownBits >= 32 || (nvb & 0x08) !== 0) {
      this.fallBack();
      return false;
    }
    if (!this.knownBitsFit(frame, knownBits)) return false;
    const uid = this.levels[this.level];
    const firstByte = knownBits >> 3;
    for (let index = firstByte; index < LEVEL_BYTES; index++) {
      answer.bytes[index - firstByte] = uid[index];
    }
    answer.firstBit = knownBits & 7;
    answer.bitCount = LEVEL_BYTES * 8 - knownBits;
    setPlainParity(answer);
    answer.bytes[0] &= 0xff << answer.firstBit;
    return true;
  }

  private knownBitsFit(frame: RfFrame, knownBits: number): boolean {
    const uid = this.levels[this.level];
    for (let index = 0; index * 8 < knownBits; index++) {
      const mask = 0xff >> Math.max(0, 8 - (knownBits - index * 8));
      if (((frame.bytes[2 + index] ^ uid[index]) & mask) !== 0) return false;
    }
    return true;
  }
}

/** 4-byte UID: one level. 7-byte UID: cascade tag and three bytes, then four. */
function cascadeLevels(uid: Uint8Array): Uint8Array[] {
  if (uid.length === 4) return [withBcc(uid)];
  return [withBcc(Uint8Array.of(CASCADE_TAG, uid[0], uid[1], uid[2])), withBcc(uid.subarray(3))];
}

function withBcc(part: Uint8Array): Uint8Array {
  return Uint8Array.of(...part, part[0] ^ part[1] ^ part[2] ^ part[3]);
}

function acknowledge(answer: RfFrame): boolean {
  answer.bytes[0] = BACK_DOOR_ACK;
  answer.bitCount = 4;
  answer.firstBit = 0;
  return true;
}
