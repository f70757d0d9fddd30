/**
 * For tests: a reader without a chip. It builds frames itself, holds its own Crypto1 session and
 * sees every bit and parity bit of an answer, so that the card is tested apart from the MFRC522.
 */

import { beginReaderAuthentication, type Crypto1 } from "mifare-classic-crypto1";
import type { VirtualClock } from "./clock";
import { decryptInPlace, encryptInPlace } from "./crypto1-frame";
import {
  CARD_TO_READER_GAP_US,
  closeFrame,
  closeFrameWithCrc,
  copyFrame,
  createFrame,
  frameCrc,
  type RfFrame,
  setPlainParity,
  setShortFrame,
} from "./rf";
import type { RfField, RfListener } from "./rf-field";

export interface ReaderAnswer {
  bytes: number[];
  bitCount: number;
  parity: number[];
  collisionBit: number;
  /** From the end of the command to the end of the answer. */
  elapsedUs: number;
}

export class TestReader implements RfListener {
  cipher: Crypto1 | undefined;
  /** How long to wait for an answer; the slowest is that to a transfer, 10 ms in the data sheet. */
  patienceUs = 12_000;
  private readonly frame = createFrame();
  private readonly heard = createFrame();
  private answer: ReaderAnswer | undefined;
  private sentUs = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly field: RfField,
  ) {}

  transmissionEnded(): void {
    this.sentUs = this.clock.nowUs;
  }

  receptionBegan(): void {}

  received(answer: RfFrame, collisionBit: number): void {
    copyFrame(answer, this.heard);
    this.answer = {
      bytes: [...answer.bytes.subarray(0, (answer.firstBit + answer.bitCount + 7) >> 3)],
      bitCount: answer.bitCount,
      parity: [...answer.parity.subarray(0, (answer.firstBit + answer.bitCount) >> 3)],
      collisionBit,
      elapsedUs: this.clock.nowUs - this.sentUs,
    };
  }

  /** Field on and the 5 ms that a card may take to wake up. */
  powerUp(): void {
    this.cipher = undefined;
    this.field.setOn(true);
    this.clock.advance(5_100);
  }

  powerDown(): void {
    this.cipher = undefined;
    this.field.setOn(false);
    this.clock.advance(5_100);
  }

  short(command: number): ReaderAnswer | undefined {
    this.cipher = undefined;
    setShortFrame(this.frame, command);
    return this.exchange(this.frame);
  }

  /** Plain bytes without CRC; `bitCount` for a last byte that is not full. */
  plain(bytes: number[], bitCount = bytes.length * 8): ReaderAnswer | undefined {
    this.frame.bytes.set(bytes);
    this.frame.bitCount = bitCount;
    this.frame.firstBit = 0;
    setPlainParity(this.frame);
    return this.exchange(this.frame);
  }

  plainWithCrc(bytes: number[]): ReaderAnswer | undefined {
    return this.plain([...bytes, ...crcBytes(bytes)]);
  }

  /**
   * WUPA and selection without anticollision; gives the last SAK or -1. A card that is in a session
   * takes the first WUPA as an error and answers the second.
   */
  select(uid: number[]): number {
    if (this.short(0x52) === undefined) this.short(0x52);
    const levels = uid.length === 4 ? [uid] : [[0x88, ...uid.slice(0, 3)], uid.slice(3)];
    let sak = -1;
    levels.forEach((level, index) => {
      const bcc = level[0] ^ level[1] ^ level[2] ^ level[3];
      const answer = this.plainWithCrc([index === 0 ? 0x93 : 0x95, 0x70, ...level, bcc]);
      sak = answer === undefined ? -1 : answer.bytes[0];
    });
    return sak;
  }

  /** First or nested authentication; `damage` may change {nR}{aR} before it is sent. */
  authenticate(
    command: number,
    block: number,
    key: number[],
    uid: number[],
    damage?: (frame: RfFrame) => void,
  ): "ok" | "silent" | "parity" | "wrong" | "nak" {
    const isNested = this.cipher !== undefined;
    const challenge = this.command([command, block]);
    if (challenge === undefined) return "silent";
    if (challenge.bitCount !== 32) return "nak";
    const uidWord = new DataView(Uint8Array.from(uid.slice(-4)).buffer).getUint32(0);
    const session = beginReaderAuthentication(Uint8Array.from(key), uidWord, 0x12345678, isNested);
    const reply = session.answerNonce(
      Uint8Array.from(challenge.bytes),
      Uint8Array.from(challenge.parity),
    );
    this.cipher = undefined;
    if (reply.kind !== "ok") return "parity";
    closeFrame(this.loadFrame(reply.frame.bytes), 8);
    this.frame.parity.set(reply.frame.parity);
    damage?.(this.frame);
    const proof = this.exchange(this.frame);
    if (proof === undefined) return "silent";
    if (proof.bitCount !== 32) return "nak";
    this.cipher = session.cipher;
    return session.verify(Uint8Array.from(proof.bytes), Uint8Array.from(proof.parity)).kind;
  }

  /**
   * Bytes plus CRC, encrypted when a session is open, and the answer decrypted. The answer to a
   * nested authentication is left as it was on the air.
   */
  command(bytes: number[], damage?: (frame: RfFrame) => void): ReaderAnswer | undefined {
    closeFrameWithCrc(this.loadFrame(bytes), bytes.length);
    if (this.cipher !== undefined) encryptInPlace(this.cipher, this.frame);
    damage?.(this.frame);
    const isAuthentication = bytes[0] === 0x60 || bytes[0] === 0x61;
    const answer = this.exchange(this.frame);
    if (answer === undefined || this.cipher === undefined) return answer;
    if (isAuthentication && answer.bitCount === 32) return answer;
    const isParityGood = decryptInPlace(this.cipher, this.heard);
    if (!isParityGood) throw new Error("the card's encrypted parity is wrong");
    return { ...answer, bytes: [...this.heard.bytes.subarray(0, answer.bytes.length)] };
  }

  /** 16 bytes, or the NAK code, or undefined for silence. Checks the CRC. */
  read(block: number): number[] | number | undefined {
    const answer = this.command([0x30, block]);
    if (answer === undefined) return undefined;
    if (answer.bitCount === 4) return answer.bytes[0];
    const body = answer.bytes.slice(0, 16);
    if (crcBytes(body).join() !== answer.bytes.slice(16).join()) throw new Error("CRC of a read");
    return body;
  }

  /** 4-bit answers of part 1 and, after an ACK, of part 2; undefined for silence. */
  write(block: number, content: number[]): number | undefined {
    const first = this.nibble([0xa0, block]);
    return first === 0x0a ? this.nibble(content) : first;
  }

  /** Undefined is success, as the card does not answer to the operand. */
  value(command: number, block: number, operand: number): number | undefined {
    const first = this.nibble([command, block]);
    if (first !== 0x0a) return first ?? -1;
    return this.nibble([0, 8, 16, 24].map((shift) => (operand >> shift) & 0xff));
  }

  transfer(block: number): number | undefined {
    return this.nibble([0xb0, block]);
  }

  nibble(bytes: number[]): number | undefined {
    const answer = this.command(bytes);
    if (answer === undefined) return undefined;
    if (answer.bitCount !== 4) throw new Error(`an answer of ${answer.bitCount} bits, not of 4`);
    return answer.bytes[0];
  }

  private loadFrame(bytes: ArrayLike<number>): RfFrame {
    this.frame.bytes.set(bytes);
    return this.frame;
  }

  private exchange(frame: RfFrame): ReaderAnswer | undefined {
    this.answer = undefined;
    this.field.transmit(frame, this);
    const endUs = this.clock.nowUs + this.patienceUs;
    while (this.answer === undefined && this.clock.nowUs < endUs) {
      const nextUs = Math.min(this.clock.nextEventUs() ?? endUs, endUs);
      this.clock.advance(nextUs - this.clock.nowUs);
    }
    this.clock.advance(CARD_TO_READER_GAP_US);
    return this.answer;
  }
}

/** CRC_A, low byte first. */
export function crcBytes(bytes: number[]): number[] {
  const crc = frameCrc(Uint8Array.from(bytes), bytes.length);
  return [crc & 0xff, crc >> 8];
}
