/**
 * The contactless half of the MFRC522: framing, hardware CRC and parity, the Crypto1 unit and the
 * MFAuthent sequence (data sheet rev 3.9, sections 8.1, 9.2.2 and 10.3.1.9).
 *
 * With RxCRCEn the two CRC bytes are checked and not written to the FIFO, as with the other chips
 * of the family (PN512, PN53x). A 4-bit answer has no CRC, so it sets CRCErr and is still in the
 * FIFO; the driver has to know which answers are 4 bits long. Not confirmed on an MFRC522.
 *
 * CollPos counts from the first bit of the first FIFO byte, RxAlign included. The sheet only says
 * "in a received frame"; for a first collision both readings agree.
 */

import {
  beginReaderAuthentication,
  type Crypto1,
  type ReaderAuthentication,
} from "mifare-classic-crypto1";
import type { CancelEvent, VirtualClock } from "./clock";
import { decryptInPlace, encryptInPlace } from "./crypto1-frame";
import type { Mfrc522Fifo } from "./mfrc522-fifo";
import * as register from "./mfrc522-registers";
import {
  CARD_TO_READER_GAP_US,
  closeFrameWithCrc,
  copyFrame,
  createFrame,
  frameCrc,
  frameLengthBytes,
  hasPlainParity,
  type RfFrame,
  setPlainParity,
} from "./rf";
import type { RfField, RfListener } from "./rf-field";
import type { Rng } from "./rng";

const CRC_ENABLE = 0x80;
const SPEED = 0x70;
const RX_NO_ERROR = 0x08;
const VALUES_AFTER_COLLISION = 0x80;
const COLLISION_POSITION_NOT_VALID = 0x20;
const MF_CRYPTO_1_ON = 0x08;
const FORCE_100_ASK = 0x40;
const PARITY_DISABLE = 0x10;
const CRC_PRESETS = [0x0000, 0x6363, 0xa671, 0xffff];

/** Command, block, key and UID: what MFAuthent takes from the FIFO. */
export const AUTHENTICATION_BYTES = 12;

/** What the radio needs of the chip around it. */
export interface RadioHost {
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly rng: Rng;
  readonly registers: Uint8Array;
  readonly fifo: Mfrc522Fifo;
  transmissionEnded(isAuthentication: boolean): void;
  receptionBegan(): void;
  /** A frame is in the FIFO; `errors` are Error register bits. */
  receptionEnded(errors: number): void;
  /** MFAuthent is over; `errors` 0 means the card is authenticated. */
  authenticationEnded(errors: number): void;
  fifoChanged(): void;
  isReceiving(): boolean;
  violate(message: string): void;
}

export function crcPreset(registers: Uint8Array): number {
  return CRC_PRESETS[registers[register.MODE] & 0x03];
}

export class Mfrc522Radio implements RfListener {
  private readonly outgoing = createFrame();
  private readonly incoming = createFrame();
  private readonly aligned = createFrame();
  private readonly credentials = new Uint8Array(AUTHENTICATION_BYTES);
  private cipher: Crypto1 | undefined;
  private authentication: ReaderAuthentication | undefined;
  private awaited: "nothing" | "nonce" | "answer" = "nothing";
  private cancelReply: CancelEvent | undefined;
  isTransmitting = false;

  constructor(private readonly host: RadioHost) {}

  /** Sends the FIFO's content as one frame, with CRC and encryption as the registers say. */
  transmitFifo(): void {
    const { registers, fifo } = this.host;
    const lastBits = registers[register.BIT_FRAMING] & 0x07;
    const hasCrc = (registers[register.TX_MODE] & CRC_ENABLE) !== 0;
    if (fifo.count === 0) this.host.violate("transmission of an empty FIFO");
    if (hasCrc && lastBits !== 0) this.host.violate("TxCRCEn with a frame of odd bits");
    const frame = this.outgoing;
    let lengthBytes = 0;
    while (fifo.count > 0) frame.bytes[lengthBytes++] = fifo.pop();
    this.host.fifoChanged();
    if (hasCrc) {
      const crc = frameCrc(frame.bytes, lengthBytes, crcPreset(registers));
      frame.bytes[lengthBytes++] = crc & 0xff;
      frame.bytes[lengthBytes++] = crc >> 8;
    }
    frame.bitCount = lastBits === 0 ? lengthBytes * 8 : lengthBytes * 8 - 8 + lastBits;
    setPlainParity(frame);
    this.send();
  }

  /** MFAuthent: takes 12 bytes from the FIFO and runs the handshake, nested if Crypto1 is on. */
  authenticate(): void {
    const { fifo, registers } = this.host;
    if (fifo.count < AUTHENTICATION_BYTES) {
      this.host.violate(`MFAuthent with ${fifo.count} bytes in the FIFO, 12 are needed`);
    }
    for (let index = 0; index < AUTHENTICATION_BYTES; index++) this.credentials[index] = fifo.pop();
    this.host.fifoChanged();
    const [command] = this.credentials;
    if (command !== 0x60 && command !== 0x61) this.host.violate(`MFAuthent with ${command}`);
    const uid = new DataView(this.credentials.buffer).getUint32(8);
    const isNested = (registers[register.STATUS_2] & MF_CRYPTO_1_ON) !== 0;
    const key = this.credentials.subarray(2, 8);
    this.authentication = beginReaderAuthentication(key, uid, this.host.rng.next(), isNested);
    this.awaited = "nonce";
    this.outgoing.bytes[0] = command;
    this.outgoing.bytes[1] = this.credentials[1];
    closeFrameWithCrc(this.outgoing, 2);
    this.send();
  }

  /** Whatever goes on ends here; a frame being sent breaks off and no card understands it. */
  abort(): void {
    this.isTransmitting = false;
    this.awaited = "nothing";
    this.cancelReply?.();
    this.host.field.stopListening();
  }

  forgetSession(): void {
    this.cipher = undefined;
  }

  transmissionEnded(): void {
    this.isTransmitting = false;
    this.host.transmissionEnded(this.awaited !== "nothing");
  }

  receptionBegan(): void {
    this.host.receptionBegan();
  }

  received(answer: RfFrame, collisionBit: number): void {
    if (this.awaited !== "nothing") this.continueAuthentication(answer, collisionBit);
    else if (this.host.isReceiving()) this.receive(answer, collisionBit);
  }

  private send(): void {
    const { registers } = this.host;
    if ((registers[register.TX_ASK] & FORCE_100_ASK) === 0) {
      this.host.violate("transmission without Force100ASK: type A cards need 100 % modulation");
    }
    if (((registers[register.TX_MODE] | registers[register.RX_MODE]) & SPEED) !== 0) {
      this.host.violate("only 106 kbit/s is simulated");
    }
    if ((registers[register.MF_RX] & PARITY_DISABLE) !== 0) {
      this.host.violate("ParityDisable is not simulated");
    }
    this.outgoing.firstBit = 0;
    if (this.isEncrypting()) encryptInPlace(this.cipher!, this.outgoing);
    this.isTransmitting = true;
    this.host.field.transmit(this.outgoing, this);
  }

  private isEncrypting(): boolean {
    const isOn = (this.host.registers[register.STATUS_2] & MF_CRYPTO_1_ON) !== 0;
    return isOn && this.cipher !== undefined && this.awaited !== "answer";
  }

  private receive(answer: RfFrame, collisionBit: number): void {
    const frame = this.incoming;
    copyFrame(answer, frame);
    let errors = this.checkParity(frame, collisionBit);
    const aligned = this.align(frame);
    if (collisionBit >= 0) {
      errors |= register.ERROR_COLLISION;
      this.noteCollision(aligned, collisionBit);
    }
    let lengthBytes = frameLengthBytes(aligned);
    if ((this.host.registers[register.RX_MODE] & CRC_ENABLE) !== 0) {
      if (!this.isCrcGood(aligned)) errors |= register.ERROR_CRC;
      if ((aligned.bitCount & 7) === 0) lengthBytes = Math.max(0, lengthBytes - 2);
    }
    errors |= this.store(aligned, lengthBytes);
    const isIgnored = (this.host.registers[register.RX_MODE] & RX_NO_ERROR) !== 0;
    if (!isIgnored || (errors === 0 && frame.bitCount >= 4)) this.host.receptionEnded(errors);
  }

  /** Bits after a collision tell nothing, so only the bytes before it are checked. */
  private checkParity(frame: RfFrame, collisionBit: number): number {
    if (this.isEncrypting()) {
      return decryptInPlace(this.cipher!, frame) ? 0 : register.ERROR_PARITY;
    }
    const cleanBytes = collisionBit < 0 ? undefined : (frame.firstBit + collisionBit) >> 3;
    return hasPlainParity(frame, cleanBytes) ? 0 : register.ERROR_PARITY;
  }

  /** Shifts the frame so that its first bit lands where RxAlign says. */
  private align(frame: RfFrame): RfFrame {
    const rxAlign = (this.host.registers[register.BIT_FRAMING] >> 4) & 0x07;
    if (rxAlign === frame.firstBit) return frame;
    const aligned = this.aligned;
    aligned.bytes.fill(0);
    aligned.firstBit = rxAlign;
    aligned.bitCount = frame.bitCount;
    for (let bit = 0; bit < frame.bitCount; bit++) {
      const from = frame.firstBit + bit;
      const to = rxAlign + bit;
      aligned.bytes[to >> 3] |= ((frame.bytes[from >> 3] >> (from & 7)) & 1) << (to & 7);
    }
    return aligned;
  }

  private noteCollision(frame: RfFrame, collisionBit: number): void {
    const { registers } = this.host;
    const place = frame.firstBit + collisionBit;
    const isZeroing = (registers[register.COLL] & VALUES_AFTER_COLLISION) === 0;
    const position = place < 32 ? (place + 1) & 0x1f : COLLISION_POSITION_NOT_VALID;
    registers[register.COLL] = (registers[register.COLL] & VALUES_AFTER_COLLISION) | position;
    if (!isZeroing) return;
    const lengthBytes = frameLengthBytes(frame);
    frame.bytes[place >> 3] &= (1 << (place & 7)) - 1;
    for (let index = (place >> 3) + 1; index < lengthBytes; index++) frame.bytes[index] = 0;
  }

  private isCrcGood(frame: RfFrame): boolean {
    const lengthBytes = frame.bitCount >> 3;
    if ((frame.bitCount & 7) !== 0 || lengthBytes < 3) return false;
    const crc = frameCrc(frame.bytes, lengthBytes - 2, crcPreset(this.host.registers));
    return (frame.bytes[lengthBytes - 2] | (frame.bytes[lengthBytes - 1] << 8)) === crc;
  }

  private store(frame: RfFrame, lengthBytes: number): number {
    const { registers, fifo } = this.host;
    let errors = 0;
    for (let index = 0; index < lengthBytes; index++) {
      if (!fifo.push(frame.bytes[index])) errors = register.ERROR_BUFFER_OVERFLOW;
    }
    const lastBits = (frame.firstBit + frame.bitCount) & 7;
    registers[register.CONTROL] = (registers[register.CONTROL] & ~0x07) | lastBits;
    this.host.fifoChanged();
    return errors;
  }

  private continueAuthentication(answer: RfFrame, collisionBit: number): void {
    const authentication = this.authentication!;
    const bytes = answer.bytes.slice(0, 4);
    const parity = answer.parity.slice(0, 4);
    if (answer.bitCount !== 32 || collisionBit >= 0) {
      this.endAuthentication(register.ERROR_PROTOCOL);
    } else if (this.awaited === "nonce") {
      this.proveKey(authentication, bytes, parity);
    } else if (authentication.verify(bytes, parity).kind === "ok") {
      this.cipher = authentication.cipher;
      this.endAuthentication(0);
    } else {
      this.endAuthentication(register.ERROR_PROTOCOL);
    }
  }

  private proveKey(
    authentication: ReaderAuthentication,
    bytes: Uint8Array,
    parity: Uint8Array,
  ): void {
    const reply = authentication.answerNonce(bytes, parity);
    if (reply.kind !== "ok") {
      this.endAuthentication(register.ERROR_PROTOCOL);
      return;
    }
    this.awaited = "answer";
    this.outgoing.bytes.set(reply.frame.bytes);
    this.outgoing.parity.set(reply.frame.parity);
    this.outgoing.bitCount = reply.frame.bytes.length * 8;
    this.cancelReply = this.host.clock.after(CARD_TO_READER_GAP_US, () => this.send());
  }

  private endAuthentication(errors: number): void {
    this.awaited = "nothing";
    this.host.authenticationEnded(errors);
  }
}
