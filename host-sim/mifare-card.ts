/**
 * A MIFARE Classic 1K card on the air: the states of ISO/IEC 14443-3 type A, Crypto1 sessions and
 * the memory commands (NXP MF1S50yyX_V1; Garcia et al., "Dismantling MIFARE Classic", ESORICS
 * 2008). Where no source settles what silicon does, the least helpful behaviour is the default and
 * there is a switch in the options.
 */

import {
  authenticationUid,
  beginCardAuthentication,
  type CardAuthentication,
  type Crypto1,
  encryptNibble,
} from "mifare-classic-crypto1";
import type { VirtualClock } from "./clock";
import { decryptInPlace, encryptInPlace } from "./crypto1-frame";
import { BLOCK_SIZE_BYTES, Eeprom } from "./eeprom";
import {
  type CardTiming,
  drawNonce,
  type MifareCardOptions,
  TYPICAL_TIMING,
} from "./mifare-card-options";
import { BLOCK_COUNT, DECREMENT, INCREMENT, MifareMemory, RESTORE } from "./mifare-memory";
import { CardSelection, SelectionState } from "./mifare-selection";
import {
  closeFrame,
  closeFrameWithCrc,
  copyFrame,
  createFrame,
  frameCrc,
  hasPlainParity,
  type RfFrame,
} from "./rf";
import type { RfCard } from "./rf-field";

/** Command codes (MF1S50yyX_V1, table 9). */
const READ = 0x30;
const WRITE = 0xa0;
const TRANSFER = 0xb0;
const AUTHENTICATE_A = 0x60;
const AUTHENTICATE_B = 0x61;
const HALT = 0x50;

/** 4-bit answers (MF1S50yyX_V1, table 10); the buffer bit is added when the buffer is invalid. */
const ACK = 0x0a;
const NAK_INVALID_OPERATION = 0x00;
const NAK_TRANSMISSION_ERROR = 0x01;
const NAK_BUFFER_INVALID = 0x04;

const COMMAND_BYTES = 4;
const OPERAND_BYTES = 4;
const CRC_BYTES = 2;
const READER_ANSWER_BITS = 64;

type Awaited = "command" | "readerAnswer" | "writeData" | "operand";

export class MifareClassicCard implements RfCard {
  readonly answer = createFrame();
  answerDelayUs = 0;
  readonly image: Uint8Array;
  readonly eeprom: Eeprom;
  private readonly options: MifareCardOptions;
  private readonly clock: VirtualClock;
  private readonly timing: CardTiming;
  private readonly memory: MifareMemory;
  private readonly selection: CardSelection;
  private readonly shadow: Uint8Array;
  private readonly plain = createFrame();
  private readonly blockOut = new Uint8Array(BLOCK_SIZE_BYTES);
  private leaveField: (() => void) | undefined;
  private poweredUs = 0;
  private busyUntilUs = 0;
  private cipher: Crypto1 | undefined;
  private authentication: CardAuthentication | undefined;
  private isAuthenticatingKeyB = false;
  private awaited: Awaited = "command";
  private addressedBlock = 0;

  constructor(options: MifareCardOptions) {
    if (options.image.length !== BLOCK_COUNT * BLOCK_SIZE_BYTES) {
      throw new RangeError(`a card image has 1024 bytes, this one ${options.image.length}`);
    }
    this.options = options;
    this.clock = options.clock;
    this.image = options.image;
    this.timing = { ...TYPICAL_TIMING, ...options.timing };
    this.eeprom = new Eeprom(this.image, this.clock, options.rng, () => this.leaveField?.());
    this.memory = new MifareMemory(this.eeprom);
    this.selection = new CardSelection(options.sak ?? 0x08, options.isMagicGen1a ?? false);
    this.shadow = this.image.slice();
  }

  get uid(): Uint8Array {
    return this.image.slice(0, this.options.uidLengthBytes ?? 4);
  }

  powerOn(leaveField: () => void): void {
    this.leaveField = leaveField;
    this.poweredUs = this.clock.nowUs;
    this.busyUntilUs = this.clock.nowUs + this.timing.startUpUs;
    this.selection.powerOn(this.uid);
    this.endSession();
  }

  powerOff(): void {
    this.leaveField = undefined;
    this.selection.powerOff();
    this.endSession();
    this.eeprom.powerLost();
    if (this.options.isShadowMode === true) this.eeprom.restore(this.shadow);
  }

  receive(command: RfFrame, startUs: number): boolean {
    if (startUs < this.busyUntilUs) return false;
    if (this.cipher !== undefined) return this.receiveEncrypted(command);
    if (this.awaited === "readerAnswer") return this.verifyReader(command);
    if (this.selection.state === SelectionState.Active) return this.receivePlain(command);
    if (this.selection.state === SelectionState.Magic) return this.receiveMagic(command);
    this.answerDelayUs = this.timing.frameDelayUs;
    return this.selection.receive(command, this.answer);
  }

  private receivePlain(frame: RfFrame): boolean {
    if (!isWhole(frame, COMMAND_BYTES) || !hasPlainParity(frame)) return this.giveUp();
    const [code, block] = frame.bytes;
    if (code === HALT && block === 0) return this.halt();
    if (isAuthenticate(code)) return this.authenticate(code, block);
    return this.refuse(NAK_INVALID_OPERATION);
  }

  private receiveEncrypted(frame: RfFrame): boolean {
    if ((frame.bitCount & 7) !== 0) return this.giveUp();
    copyFrame(frame, this.plain);
    const isParityGood = decryptInPlace(this.cipher!, this.plain);
    const isGood = isParityGood && isWhole(this.plain, this.expectedBytes());
    if (!isGood) return this.refuse(NAK_TRANSMISSION_ERROR);
    if (this.awaited === "writeData") return this.finishWrite();
    if (this.awaited === "operand") return this.finishValue();
    return this.execute(this.plain.bytes[0], this.plain.bytes[1]);
  }

  private expectedBytes(): number {
    if (this.awaited === "writeData") return BLOCK_SIZE_BYTES + CRC_BYTES;
    if (this.awaited === "operand") return OPERAND_BYTES + CRC_BYTES;
    return COMMAND_BYTES;
  }

  private execute(code: number, block: number): boolean {
    switch (code) {
      case AUTHENTICATE_A:
      case AUTHENTICATE_B:
        return this.authenticate(code, block);
      case READ:
        return this.read(block);
      case WRITE:
        return this.expect("writeData", block, this.memory.mayWrite(block));
      case DECREMENT:
      case INCREMENT:
      case RESTORE:
        return this.expect("operand", block, this.memory.loadValue(code, block));
      case TRANSFER:
        return this.transfer(block);
      case HALT:
        return block === 0 ? this.halt() : this.refuse(NAK_INVALID_OPERATION);
      default:
        return this.refuse(NAK_INVALID_OPERATION);
    }
  }

  private read(block: number): boolean {
    if (!this.memory.read(block, this.blockOut)) return this.refuse(NAK_INVALID_OPERATION);
    return this.sendBlock();
  }

  private expect(awaited: Awaited, block: number, isAllowed: boolean): boolean {
    if (!isAllowed) return this.refuse(NAK_INVALID_OPERATION);
    this.awaited = awaited;
    this.addressedBlock = block;
    return this.sendNibble(ACK, 0);
  }

  private finishWrite(): boolean {
    this.awaited = "command";
    this.memory.write(this.addressedBlock, this.plain.bytes, this.timing.writeUs);
    return this.sendNibble(ACK, this.timing.writeUs);
  }

  /** Success is silent: the reader's time-out is the acknowledgement (MF1S50yyX_V1, 12.5). */
  private finishValue(): boolean {
    this.awaited = "command";
    if (!this.memory.applyOperand(this.plain.bytes)) {
      return this.refuse(NAK_INVALID_OPERATION, this.timing.valueUs);
    }
    this.busyUntilUs = this.clock.nowUs + this.timing.valueUs;
    return false;
  }

  private transfer(block: number): boolean {
    if (!this.memory.transfer(block, this.timing.transferUs)) {
      return this.refuse(NAK_INVALID_OPERATION);
    }
    return this.sendNibble(ACK, this.timing.transferUs);
  }

  private authenticate(code: number, block: number): boolean {
    if (block >= BLOCK_COUNT) return this.refuse(NAK_INVALID_OPERATION);
    const isNested = this.cipher !== undefined;
    if (isNested && this.options.doesBufferSurviveNested === false) this.memory.forgetBuffer();
    this.isAuthenticatingKeyB = code === AUTHENTICATE_B;
    this.addressedBlock = block;
    this.authentication = beginCardAuthentication(
      this.memory.key(block, this.isAuthenticatingKeyB),
      authenticationUid(this.uid),
      drawNonce(this.options, this.clock.nowUs - this.poweredUs),
      isNested,
    );
    this.cipher = undefined;
    this.memory.close();
    this.awaited = "readerAnswer";
    return this.sendReady(this.authentication.nonceFrame);
  }

  private verifyReader(frame: RfFrame): boolean {
    const authentication = this.authentication!;
    if (frame.bitCount !== READER_ANSWER_BITS) return this.giveUp();
    const verdict = authentication.verify(frame.bytes.slice(0, 8), frame.parity.slice(0, 8));
    if (verdict.kind === "wrong" && this.options.doesLeakNak === true) {
      this.giveUp();
      return this.sendNibble(
        encryptNibble(authentication.cipher, NAK_BUFFER_INVALID | NAK_TRANSMISSION_ERROR),
        0,
      );
    }
    if (verdict.kind !== "ok") return this.giveUp();
    this.cipher = authentication.cipher;
    this.awaited = "command";
    this.memory.open(this.addressedBlock, this.isAuthenticatingKeyB);
    return this.sendReady(verdict.answer);
  }

  /** After the back door: plain READ and WRITE of every block, keys included. */
  private receiveMagic(frame: RfFrame): boolean {
    if (this.awaited === "writeData") {
      if (!isWhole(frame, BLOCK_SIZE_BYTES + CRC_BYTES)) return this.giveUp();
      this.awaited = "command";
      this.eeprom.beginWrite(this.addressedBlock, frame.bytes, 0, this.timing.writeUs);
      return this.sendNibble(ACK, this.timing.writeUs);
    }
    const [code, block] = frame.bytes;
    if (!isWhole(frame, COMMAND_BYTES) || block >= BLOCK_COUNT) return this.giveUp();
    if (code === HALT) return this.halt();
    if (code === WRITE) return this.expect("writeData", block, true);
    if (code !== READ) return this.refuse(NAK_INVALID_OPERATION);
    this.eeprom.readBlock(block, this.blockOut, 0);
    return this.sendBlock();
  }

  private halt(): boolean {
    this.endSession();
    this.selection.halt();
    return false;
  }

  /** Says no and leaves the session; only a new selection brings the card back. */
  private refuse(code: number, afterUs = 0): boolean {
    const isValid = this.memory.isBufferValid;
    this.sendNibble(code | (isValid ? 0 : NAK_BUFFER_INVALID), afterUs);
    this.giveUp();
    return true;
  }

  private giveUp(): boolean {
    this.endSession();
    this.selection.fallBack();
    return false;
  }

  private endSession(): void {
    this.cipher = undefined;
    this.authentication = undefined;
    this.awaited = "command";
    this.memory.close();
    this.memory.forgetBuffer();
  }

  private sendBlock(): boolean {
    this.answer.bytes.set(this.blockOut);
    closeFrameWithCrc(this.answer, BLOCK_SIZE_BYTES);
    return this.send(this.timing.readUs);
  }

  private sendNibble(code: number, afterUs: number): boolean {
    this.answer.bytes[0] = code;
    this.answer.bitCount = 4;
    this.answer.firstBit = 0;
    return this.send(afterUs);
  }

  private send(afterUs: number): boolean {
    if (this.cipher !== undefined) encryptInPlace(this.cipher, this.answer);
    return this.answerAfter(afterUs);
  }

  /** Sends a frame of the authentication, which is encrypted as far as it has to be. */
  private sendReady(frame: { bytes: Uint8Array; parity: Uint8Array }): boolean {
    this.answer.bytes.set(frame.bytes);
    closeFrame(this.answer, frame.bytes.length);
    this.answer.parity.set(frame.parity);
    return this.answerAfter(0);
  }

  private answerAfter(afterUs: number): boolean {
    this.answerDelayUs = this.timing.frameDelayUs + afterUs;
    this.busyUntilUs = this.clock.nowUs + this.answerDelayUs;
    return true;
  }
}

function isAuthenticate(code: number): boolean {
  return code === AUTHENTICATE_A || code === AUTHENTICATE_B;
}

/** The frame has exactly this many bytes and its CRC is right. */
function isWhole(frame: RfFrame, lengthBytes: number): boolean {
  if (frame.bitCount !== lengthBytes * 8) return false;
  const crc = frameCrc(frame.bytes, lengthBytes - CRC_BYTES);
  return (frame.bytes[lengthBytes - 2] | (frame.bytes[lengthBytes - 1] << 8)) === crc;
}
