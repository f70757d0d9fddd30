/**
 * What the firmware in the PN532 does with type A cards: activation with anticollision (ISO/IEC
 * 14443-3, 6.5), and the MIFARE commands of InDataExchange (NXP UM0701-02, 7.3.8).
 */

import { beginReaderAuthentication } from "mifare-classic-crypto1";
import type { Heard, Pn532Air, Procedure } from "./pn532-air";
import {
  closeFrame,
  closeFrameWithCrc,
  createFrame,
  frameCrc,
  type RfFrame,
  setPlainParity,
  setShortFrame,
} from "./rf";
import type { Rng } from "./rng";

export const REQA = 0x26;
export const WUPA = 0x52;
const SELECT_CODES = [0x93, 0x95, 0x97];
const NVB_COMPLETE = 0x70;
const SAK_CASCADE = 0x04;
const LEVEL_BITS = 40;

/** Error codes of the status byte (7.1). */
export const TIMEOUT = 0x01;
export const CRC_ERROR = 0x02;
export const PARITY_ERROR = 0x03;
export const COLLISION = 0x06;
const FRAMING_ERROR = 0x05;
const REFUSED = 0x13;
const AUTHENTICATION_FAILED = 0x14;

/** ISO/IEC 14443-3, 6.2.1.1: answers of the selection come after exactly 86..91 us. */
const SELECTION_TIMEOUT_US = 500;
const HALT_SILENCE_US = 1000;
/** T_TimeOut of MF1S50yyX_V1, tables 23 to 29: what the chip waits for is not documented. */
const CARD_TIMEOUT_US = 5000;
const EEPROM_TIMEOUT_US = 10_000;

const ACK = 0x0a;

export interface Target {
  atqa: number;
  sak: number;
  uid: Uint8Array;
}

export class Pn532Targets {
  private readonly frame = createFrame();

  constructor(
    private readonly air: Pn532Air,
    private readonly rng: Rng,
    /** Status of a value command whose second part is followed by silence. */
    private readonly valueSilence: number,
  ) {}

  /** Wakes and selects one card; of several the one with the higher UID bits. */
  *activate(wakeUp: number): Procedure<Target | undefined> {
    const atqa = yield* this.wake(wakeUp);
    if (atqa === undefined) return undefined;
    const uid: number[] = [];
    for (const code of SELECT_CODES) {
      const level = yield* this.anticollide(code);
      const sak = level === undefined ? undefined : yield* this.select(code, level);
      if (sak === undefined) return undefined;
      if ((sak & SAK_CASCADE) === 0) {
        return { atqa, sak, uid: Uint8Array.from([...uid, ...level!.slice(0, 4)]) };
      }
      uid.push(...level!.slice(1, 4));
    }
    return undefined;
  }

  /** Brings a card back whose UID is known. */
  *reactivate(uid: Uint8Array): Procedure<Target | undefined> {
    const atqa = yield* this.wake(WUPA);
    if (atqa === undefined) return undefined;
    const parts: number[][] = [];
    for (let at = 0; at + 4 < uid.length; at += 3) parts.push([0x88, ...uid.slice(at, at + 3)]);
    parts.push([...uid.slice(-4)]);
    let sak: number | undefined = SAK_CASCADE;
    for (const [index, part] of parts.entries()) {
      if (sak === undefined || (sak & SAK_CASCADE) === 0) return undefined;
      sak = yield* this.select(SELECT_CODES[index], [...part, part.reduce((a, b) => a ^ b)]);
    }
    return sak === undefined ? undefined : { atqa, sak, uid };
  }

  /** Silence is success, so nothing can fail. */
  *halt(): Procedure<void> {
    yield* this.command([0x50, 0x00], HALT_SILENCE_US);
    this.air.cipher = undefined;
  }

  /** The three passes; nested when a session is open. A status. */
  *authenticate(data: Uint8Array): Procedure<number> {
    const isNested = this.air.cipher !== undefined;
    const key = data.slice(2, 8);
    const uid = new DataView(data.buffer, data.byteOffset).getUint32(8);
    const session = beginReaderAuthentication(key, uid, this.rng.next(), isNested);
    const nonce = yield* this.commandForNonce([data[0], data[1]]);
    this.air.cipher = undefined;
    if (nonce?.frame.bitCount !== 32) return AUTHENTICATION_FAILED;
    const { bytes, parity } = nonce.frame;
    const reply = session.answerNonce(bytes.slice(0, 4), parity.slice(0, 4));
    if (reply.kind !== "ok") return AUTHENTICATION_FAILED;
    const { frame } = this;
    frame.bytes.set(reply.frame.bytes);
    closeFrame(frame, reply.frame.bytes.length);
    frame.parity.set(reply.frame.parity);
    const proof = yield { frame, timeoutUs: CARD_TIMEOUT_US };
    if (proof?.frame.bitCount !== 32) return AUTHENTICATION_FAILED;
    const verdict = session.verify(proof.frame.bytes.slice(0, 4), proof.frame.parity.slice(0, 4));
    if (verdict.kind !== "ok") return AUTHENTICATION_FAILED;
    this.air.cipher = session.cipher;
    return 0;
  }

  /** READ, and whatever else has an answer with CRC: status, then the bytes. */
  *read(data: Uint8Array): Procedure<number[]> {
    const heard = yield* this.command(data, CARD_TIMEOUT_US);
    if (heard === undefined) return [TIMEOUT];
    if (heard.frame.bitCount === 4) return [REFUSED];
    if (!heard.isParityGood) return [PARITY_ERROR];
    const bytes = withoutCrc(heard.frame);
    return bytes === undefined ? [CRC_ERROR] : [0, ...bytes];
  }

  *write(data: Uint8Array): Procedure<number> {
    const status = yield* this.acknowledged(data.subarray(0, 2), CARD_TIMEOUT_US);
    if (status !== 0) return status;
    return yield* this.acknowledged(data.subarray(2), EEPROM_TIMEOUT_US);
  }

  *transfer(data: Uint8Array): Procedure<number> {
    return yield* this.acknowledged(data, EEPROM_TIMEOUT_US);
  }

  /** Decrement, increment, restore: without an operand four zero bytes are sent. */
  *changeValue(data: Uint8Array): Procedure<number> {
    const status = yield* this.acknowledged(data.subarray(0, 2), CARD_TIMEOUT_US);
    if (status !== 0) return status;
    const operand = [...data.subarray(2), 0, 0, 0, 0].slice(0, 4);
    const refusal = yield* this.acknowledged(operand, CARD_TIMEOUT_US);
    return refusal === TIMEOUT ? this.valueSilence : refusal;
  }

  private *wake(command: number): Procedure<number | undefined> {
    this.air.cipher = undefined;
    setShortFrame(this.frame, command);
    const heard = yield* this.air.exchange(this.frame, SELECTION_TIMEOUT_US);
    if (heard?.frame.bitCount !== 16 || !heard.isParityGood) return undefined;
    return heard.frame.bytes[0] + heard.frame.bytes[1] * 256;
  }

  /** UID part and check byte of one cascade level. */
  private *anticollide(code: number): Procedure<number[] | undefined> {
    const level = [0, 0, 0, 0, 0];
    for (let knownBits = 0; knownBits < LEVEL_BITS; ) {
      this.askForRest(code, level, knownBits);
      const heard = yield* this.air.exchange(this.frame, SELECTION_TIMEOUT_US);
      const isWhole = heard?.frame.bitCount === LEVEL_BITS - knownBits;
      if (!isWhole || !heard.isParityGood) return undefined;
      const { collisionBit } = heard;
      const goodBits = collisionBit < 0 ? LEVEL_BITS : knownBits + collisionBit;
      for (let bit = knownBits; bit < goodBits; bit++) {
        const at = (bit >> 3) - (knownBits >> 3);
        level[bit >> 3] |= ((heard.frame.bytes[at] >> (bit & 7)) & 1) << (bit & 7);
      }
      knownBits = goodBits;
      if (collisionBit < 0) continue;
      level[goodBits >> 3] |= 1 << (goodBits & 7);
      knownBits++;
    }
    return level.reduce((a, b) => a ^ b) === 0 ? level : undefined;
  }

  private askForRest(code: number, level: number[], knownBits: number): void {
    const { frame } = this;
    const nvb = 0x20 + ((knownBits >> 3) << 4) + (knownBits & 7);
    frame.bytes.set([code, nvb, ...level]);
    frame.bitCount = 16 + knownBits;
    frame.firstBit = 0;
    setPlainParity(frame);
  }

  private *select(code: number, level: number[]): Procedure<number | undefined> {
    this.frame.bytes.set([code, NVB_COMPLETE, ...level]);
    closeFrameWithCrc(this.frame, 7);
    const heard = yield* this.air.exchange(this.frame, SELECTION_TIMEOUT_US);
    if (heard === undefined || !heard.isParityGood) return undefined;
    const sak = withoutCrc(heard.frame);
    return sak?.length === 1 ? sak[0] : undefined;
  }

  private *command(data: ArrayLike<number>, timeoutUs: number): Procedure<Heard | undefined> {
    this.frame.bytes.set(data);
    closeFrameWithCrc(this.frame, data.length);
    return yield* this.air.exchange(this.frame, timeoutUs);
  }

  /** The answer to a nested authentication is under the new key, so it is left as it came. */
  private *commandForNonce(data: number[]): Procedure<Heard | undefined> {
    this.frame.bytes.set(data);
    closeFrameWithCrc(this.frame, data.length);
    this.air.encrypt(this.frame);
    return yield { frame: this.frame, timeoutUs: CARD_TIMEOUT_US };
  }

  private *acknowledged(data: ArrayLike<number>, timeoutUs: number): Procedure<number> {
    const heard = yield* this.command(data, timeoutUs);
    if (heard === undefined) return TIMEOUT;
    if (heard.frame.bitCount !== 4) return FRAMING_ERROR;
    return (heard.frame.bytes[0] & 0x0f) === ACK ? 0 : REFUSED;
  }
}

/** Undefined when the last two bytes are not the CRC of the rest. */
export function withoutCrc({ bytes, bitCount }: RfFrame): Uint8Array | undefined {
  const lengthBytes = bitCount >> 3;
  if ((bitCount & 7) !== 0 || lengthBytes < 3) return undefined;
  const crc = bytes[lengthBytes - 2] | (bytes[lengthBytes - 1] << 8);
  if (crc !== frameCrc(bytes, lengthBytes - 2)) return undefined;
  return bytes.slice(0, lengthBytes - 2);
}
