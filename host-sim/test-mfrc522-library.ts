/**
 * For tests: the register sequences that the Arduino library miguelbalboa/rfid (commit 5db091f3)
 * sends to an MFRC522, written down frame by frame from its documentation of each step, so that the
 * simulated chip is driven the way the real one is driven in most projects.
 */

import type { SimMfrc522 } from "./mfrc522";
import * as register from "./mfrc522-registers";

const ERRORS_THAT_FAIL = 0x13;
const MAX_POLLS = 5000;

export type LibraryStatus = "ok" | "timeout" | "collision" | "error" | "crc" | "nak";

export interface LibraryAnswer {
  status: LibraryStatus;
  bytes: number[];
  lastBits: number;
}

export class Mfrc522Library {
  constructor(
    readonly chip: SimMfrc522,
    private readonly waitMs: (durationMs: number) => void,
  ) {}

  writeRegister(number: number, ...values: number[]): void {
    this.chip.beginFrame();
    this.chip.exchange(number << 1);
    for (const value of values) this.chip.exchange(value);
    this.chip.endFrame();
  }

  readRegister(number: number): number {
    return this.readRegisters(number)[0];
  }

  /** One frame, several addresses: each value comes back one byte later. */
  readRegisters(...numbers: number[]): number[] {
    if (numbers.length === 0) return [];
    this.chip.beginFrame();
    const back = [...numbers.map((number) => 0x80 | (number << 1)), 0].map((byte) =>
      this.chip.exchange(byte),
    );
    this.chip.endFrame();
    return back.slice(1);
  }

  setBits(number: number, mask: number): void {
    this.writeRegister(number, this.readRegister(number) | mask);
  }

  clearBits(number: number, mask: number): void {
    this.writeRegister(number, this.readRegister(number) & ~mask & 0xff);
  }

  initialise(): void {
    this.writeRegister(register.COMMAND, 0x0f);
    this.waitMs(50);
    while ((this.readRegister(register.COMMAND) & 0x10) !== 0) this.waitMs(1);
    this.writeRegister(register.TX_MODE, 0x00);
    this.writeRegister(register.RX_MODE, 0x00);
    this.writeRegister(0x24, 0x26);
    this.writeRegister(register.T_MODE, 0x80);
    this.writeRegister(register.T_PRESCALER, 0xa9);
    this.writeRegister(register.T_RELOAD_HIGH, 0x03);
    this.writeRegister(register.T_RELOAD_LOW, 0xe8);
    this.writeRegister(register.TX_ASK, 0x40);
    this.writeRegister(register.MODE, 0x3d);
    this.setBits(register.TX_CONTROL, 0x03);
    this.waitMs(5);
  }

  requestA(command = 0x26): LibraryAnswer {
    this.clearBits(register.COLL, 0x80);
    return this.transceive([command], 7);
  }

  /** Select with anticollision over all cascade levels; gives the UID. */
  select(): number[] {
    this.clearBits(register.COLL, 0x80);
    const uid: number[] = [];
    for (const code of [0x93, 0x95]) {
      const level = this.resolveLevel(code);
      const command = this.withCrc([code, 0x70, ...level]);
      const sak = this.checkCrc(this.transceive(command));
      uid.push(...(level[0] === 0x88 ? level.slice(1, 4) : level.slice(0, 4)));
      if ((sak.bytes[0] & 0x04) === 0) return uid;
    }
    throw new Error("a third cascade level");
  }

  authenticate(command: number, block: number, key: number[], uid: number[]): LibraryStatus {
    const credentials = [command, block, ...key, ...uid.slice(-4)];
    return this.communicate(0x0e, 0x10, credentials).status;
  }

  read(block: number): LibraryAnswer {
    return this.checkCrc(this.transceive(this.withCrc([0x30, block])));
  }

  write(block: number, content: number[]): LibraryStatus {
    const first = this.acknowledged([0xa0, block]);
    return first === "ok" ? this.acknowledged(content) : first;
  }

  /** Decrement C0, increment C1, restore C2: no answer to the operand is the good answer. */
  twoStep(command: number, block: number, operand: number): LibraryStatus {
    const first = this.acknowledged([command, block]);
    if (first !== "ok") return first;
    const bytes = [0, 8, 16, 24].map((shift) => (operand >> shift) & 0xff);
    const second = this.acknowledged(bytes);
    return second === "timeout" ? "ok" : second;
  }

  transfer(block: number): LibraryStatus {
    return this.acknowledged([0xb0, block]);
  }

  halt(): LibraryStatus {
    const { status } = this.transceive(this.withCrc([0x50, 0x00]));
    return status === "timeout" ? "ok" : "error";
  }

  stopCrypto1(): void {
    this.clearBits(register.STATUS_2, 0x08);
  }

  selfTest(): number[] {
    this.writeRegister(register.COMMAND, 0x0f);
    this.waitMs(50);
    this.writeRegister(register.FIFO_LEVEL, 0x80);
    this.writeRegister(register.FIFO_DATA, ...new Array<number>(25).fill(0));
    this.writeRegister(register.COMMAND, 0x01);
    this.writeRegister(register.AUTO_TEST, 0x09);
    this.writeRegister(register.FIFO_DATA, 0x00);
    this.writeRegister(register.COMMAND, 0x03);
    this.pollUntil(() => this.readRegister(register.FIFO_LEVEL) >= 64);
    this.writeRegister(register.COMMAND, 0x00);
    const bytes = this.readRegisters(...new Array<number>(64).fill(register.FIFO_DATA));
    this.writeRegister(register.AUTO_TEST, 0x00);
    return bytes;
  }

  /** CRC_A by the coprocessor, low byte first. */
  calculateCrc(bytes: number[]): number[] {
    this.writeRegister(register.COMMAND, 0x00);
    this.writeRegister(register.DIV_IRQ, 0x04);
    this.writeRegister(register.FIFO_LEVEL, 0x80);
    this.writeRegister(register.FIFO_DATA, ...bytes);
    this.writeRegister(register.COMMAND, 0x03);
    this.pollUntil(() => (this.readRegister(register.DIV_IRQ) & 0x04) !== 0);
    this.writeRegister(register.COMMAND, 0x00);
    return [
      this.readRegister(register.CRC_RESULT_LOW),
      this.readRegister(register.CRC_RESULT_HIGH),
    ];
  }

  transceive(bytes: number[], txLastBits = 0, rxAlign = 0): LibraryAnswer {
    return this.communicate(0x0c, 0x30, bytes, txLastBits, rxAlign);
  }

  withCrc(bytes: number[]): number[] {
    return [...bytes, ...this.calculateCrc(bytes)];
  }

  private communicate(
    command: number,
    waitIrq: number,
    bytes: number[],
    txLastBits = 0,
    rxAlign = 0,
  ): LibraryAnswer {
    this.writeRegister(register.COMMAND, 0x00);
    this.writeRegister(register.COM_IRQ, 0x7f);
    this.writeRegister(register.FIFO_LEVEL, 0x80);
    this.writeRegister(register.FIFO_DATA, ...bytes);
    this.writeRegister(register.BIT_FRAMING, (rxAlign << 4) | txLastBits);
    this.writeRegister(register.COMMAND, command);
    if (command === 0x0c) this.setBits(register.BIT_FRAMING, 0x80);
    let flags = 0;
    this.pollUntil(() => {
      flags = this.readRegister(register.COM_IRQ);
      return (flags & (waitIrq | 0x01)) !== 0;
    });
    if ((flags & waitIrq) === 0) return { status: "timeout", bytes: [], lastBits: 0 };
    return this.collect();
  }

  private collect(): LibraryAnswer {
    const errors = this.readRegister(register.ERROR);
    if ((errors & ERRORS_THAT_FAIL) !== 0) return { status: "error", bytes: [], lastBits: 0 };
    const count = this.readRegister(register.FIFO_LEVEL);
    const bytes = this.readRegisters(...new Array<number>(count).fill(register.FIFO_DATA));
    const lastBits = this.readRegister(register.CONTROL) & 0x07;
    return { status: (errors & 0x08) !== 0 ? "collision" : "ok", bytes, lastBits };
  }

  private acknowledged(bytes: number[]): LibraryStatus {
    const answer = this.transceive(this.withCrc(bytes));
    if (answer.status !== "ok") return answer.status;
    if (answer.bytes.length !== 1 || answer.lastBits !== 4) return "error";
    return answer.bytes[0] === 0x0a ? "ok" : "nak";
  }

  private checkCrc(answer: LibraryAnswer): LibraryAnswer {
    if (answer.status !== "ok") return answer;
    if (answer.bytes.length === 1 && answer.lastBits === 4) return { ...answer, status: "nak" };
    const body = answer.bytes.slice(0, -2);
    const crc = this.calculateCrc(body);
    const isGood = crc.every((byte, index) => byte === answer.bytes[body.length + index]);
    return { ...answer, bytes: body, status: isGood ? "ok" : "crc" };
  }

  /** The five bytes of one cascade level, collisions resolved by choosing the 1. */
  private resolveLevel(code: number): number[] {
    const known = [0, 0, 0, 0, 0];
    let knownBits = 0;
    for (let round = 0; round <= 32; round++) {
      const wholeBytes = knownBits >> 3;
      const oddBits = knownBits & 7;
      const nvb = ((2 + wholeBytes) << 4) | oddBits;
      const sent = [code, nvb, ...known.slice(0, wholeBytes + (oddBits > 0 ? 1 : 0))];
      const answer = this.transceive(sent, oddBits, oddBits);
      answer.bytes.forEach((byte, index) => {
        known[wholeBytes + index] |= byte;
      });
      if (answer.status === "ok") return known;
      if (answer.status !== "collision") throw new Error(`anticollision: ${answer.status}`);
      const position = this.readRegister(register.COLL) & 0x1f;
      knownBits = wholeBytes * 8 + (position === 0 ? 32 : position);
      known[(knownBits - 1) >> 3] |= 1 << ((knownBits - 1) & 7);
    }
    throw new Error("anticollision does not end");
  }

  private pollUntil(isDone: () => boolean): void {
    for (let poll = 0; poll < MAX_POLLS; poll++) if (isDone()) return;
    throw new Error(`the chip was not ready after ${MAX_POLLS} polls`);
  }
}
