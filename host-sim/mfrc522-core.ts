/**
 * Commands, interrupt flags and FIFO rules of the MFRC522 (data sheet rev 3.9, 8.4, 9.3 and 10).
 */

import type { VirtualClock } from "./clock";
import { Mfrc522Coprocessor } from "./mfrc522-coprocessor";
import { FIFO_SIZE_BYTES, Mfrc522Fifo } from "./mfrc522-fifo";
import { Mfrc522Radio, type RadioHost } from "./mfrc522-radio";
import * as register from "./mfrc522-registers";
import { Mfrc522Timer } from "./mfrc522-timer";
import type { RfField } from "./rf-field";
import type { Rng } from "./rng";

/** Command codes (10.3). */
const IDLE = 0x00;
const MEM = 0x01;
const GENERATE_RANDOM_ID = 0x02;
const CALC_CRC = 0x03;
const TRANSMIT = 0x04;
const NO_CMD_CHANGE = 0x07;
const RECEIVE = 0x08;
const TRANSCEIVE = 0x0c;
const MF_AUTHENT = 0x0e;
const SOFT_RESET = 0x0f;

const COMMAND_MASK = 0x0f;
const POWER_DOWN = 0x10;
const SET_BITS = 0x80;
const FLUSH_BUFFER = 0x80;
const START_SEND = 0x80;
const TIMER_STOP_NOW = 0x80;
const TIMER_START_NOW = 0x40;
const TIMER_AUTO = 0x80;
const TRANSMITTERS = 0x03;
const MF_CRYPTO_1_ON = 0x08;
const RX_MULTIPLE = 0x04;
const STATUS_CRC_OK = 0x40;
const STATUS_CRC_READY = 0x20;
const STATUS_IRQ = 0x10;
const STATUS_TIMER_RUNNING = 0x08;
const STATUS_HIGH_ALERT = 0x02;
const STATUS_LOW_ALERT = 0x01;

const INTERNAL_BUFFER_BYTES = 25;
/** GenRandomID fills this much of the internal buffer (10.3.1.3). */
const RANDOM_ID_BYTES = 10;

export interface Mfrc522CoreOptions {
  clock: VirtualClock;
  field: RfField;
  rng: Rng;
  version: number;
  wakeUpUs: number;
  isLenient: boolean;
}

export class Mfrc522Core implements RadioHost {
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly rng: Rng;
  readonly registers = new Uint8Array(64);
  readonly fifo = new Mfrc522Fifo();
  readonly violations: string[] = [];
  readonly timer: Mfrc522Timer;
  private readonly radio: Mfrc522Radio;
  private readonly coprocessor: Mfrc522Coprocessor;
  private readonly internalBuffer = new Uint8Array(INTERNAL_BUFFER_BYTES);
  private readonly starters: Readonly<Record<number, () => void>>;
  private awakeAtUs = 0;

  constructor(private readonly options: Mfrc522CoreOptions) {
    this.clock = options.clock;
    this.field = options.field;
    this.rng = options.rng;
    this.timer = new Mfrc522Timer(
      this.clock,
      this.registers,
      () => this.raise(register.IRQ_TIMER),
      (message) => this.violate(message),
    );
    this.radio = new Mfrc522Radio(this);
    this.coprocessor = new Mfrc522Coprocessor(this);
    this.starters = {
      [IDLE]: () => {},
      [MEM]: () => this.moveMemory(),
      [GENERATE_RANDOM_ID]: () => this.generateRandomId(),
      [CALC_CRC]: () => this.coprocessor.start(this.internalBuffer),
      [TRANSMIT]: () => this.radio.transmitFifo(),
      [RECEIVE]: () => {},
      [TRANSCEIVE]: () => {},
      [MF_AUTHENT]: () => this.radio.authenticate(),
      [SOFT_RESET]: () => this.softReset(),
    };
    this.reset();
  }

  reset(): void {
    this.radio.abort();
    this.radio.forgetSession();
    this.timer.stop();
    this.coprocessor.stop();
    this.fifo.clear();
    for (const description of register.REGISTERS) {
      if (description !== undefined) this.registers[description.number] = description.reset;
    }
    this.registers[register.VERSION] = this.options.version;
    this.field.setOn(false);
  }

  violate(message: string): void {
    this.violations.push(message);
    if (!this.options.isLenient) throw new Error(`MFRC522: ${message}`);
  }

  isAwake(name: string): boolean {
    const isDown = (this.registers[register.COMMAND] & POWER_DOWN) !== 0;
    if (!isDown && this.clock.nowUs >= this.awakeAtUs) return true;
    this.violate(`access to ${name} while PowerDown reads 1`);
    return false;
  }

  commandValue(): number {
    const isWakingUp = this.clock.nowUs < this.awakeAtUs;
    return this.registers[register.COMMAND] | (isWakingUp ? POWER_DOWN : 0);
  }

  statusValue(): number {
    const isCrcReady = this.command !== CALC_CRC || this.hasInterrupt(register.DIV_IRQ_CRC);
    return (
      (this.coprocessor.crc === 0 ? STATUS_CRC_OK : 0) |
      (isCrcReady ? STATUS_CRC_READY : 0) |
      (this.isInterruptPending() ? STATUS_IRQ : 0) |
      (this.timer.isRunning ? STATUS_TIMER_RUNNING : 0) |
      (this.isHighAlert() ? STATUS_HIGH_ALERT : 0) |
      (this.isLowAlert() ? STATUS_LOW_ALERT : 0)
    );
  }

  isInterruptPending(): boolean {
    const { registers } = this;
    const common = registers[register.COM_I_EN] & registers[register.COM_IRQ] & 0x7f;
    return (common | (registers[register.DIV_I_EN] & registers[register.DIV_IRQ] & 0x14)) !== 0;
  }

  writeInterrupts(number: number, value: number): void {
    const bits = value & ~SET_BITS;
    if ((value & SET_BITS) !== 0) this.registers[number] |= bits;
    else this.registers[number] &= ~bits;
  }

  /** MFCrypto1On can be cleared by software, but only MFAuthent sets it (9.3.1.9). */
  writeStatus2(value: number): void {
    const isOn = (this.registers[register.STATUS_2] & value & MF_CRYPTO_1_ON) !== 0;
    this.registers[register.STATUS_2] = (value & ~MF_CRYPTO_1_ON) | (isOn ? MF_CRYPTO_1_ON : 0);
    if (!isOn) this.radio.forgetSession();
  }

  readFifo(): number {
    if (this.isFifoBlocked()) return 0;
    if (this.fifo.count === 0) this.violate("FIFO underrun: read of an empty FIFO");
    const byte = this.fifo.pop();
    this.fifoChanged();
    return byte;
  }

  writeFifo(value: number): void {
    if (this.isFifoBlocked()) return;
    if (this.radio.isTransmitting) this.violate("write to the FIFO while a frame is being sent");
    if (!this.fifo.push(value)) {
      this.setErrors(register.ERROR_BUFFER_OVERFLOW);
      this.violate("FIFO overflow: write to a full FIFO");
    }
    this.fifoChanged();
    if (this.command === CALC_CRC) this.coprocessor.run();
  }

  flushFifo(value: number): void {
    if ((value & FLUSH_BUFFER) === 0) return;
    this.fifo.clear();
    this.registers[register.ERROR] &= ~register.ERROR_BUFFER_OVERFLOW;
    this.fifoChanged();
  }

  controlTimer(value: number): void {
    if ((value & TIMER_START_NOW) !== 0) this.timer.start();
    if ((value & TIMER_STOP_NOW) !== 0) this.timer.stop();
    this.registers[register.CONTROL] = value & ~(TIMER_START_NOW | TIMER_STOP_NOW);
  }

  writeBitFraming(value: number): void {
    this.registers[register.BIT_FRAMING] = value & ~START_SEND;
    if ((value & START_SEND) === 0) return;
    if (this.command !== TRANSCEIVE) this.violate("StartSend without the Transceive command");
    if (this.radio.isTransmitting) this.violate("StartSend while a frame is being sent");
    this.radio.transmitFifo();
  }

  writeTxControl(value: number): void {
    this.registers[register.TX_CONTROL] = value;
    this.field.setOn((value & TRANSMITTERS) !== 0);
  }

  writeCommand(value: number): void {
    if ((value & POWER_DOWN) !== 0) {
      this.powerDown(value);
      return;
    }
    if (this.clock.nowUs < this.awakeAtUs) this.violate("command while PowerDown reads 1");
    this.wakeUp();
    const code = value & COMMAND_MASK;
    if (code === NO_CMD_CHANGE) {
      this.registers[register.COMMAND] = (value & ~COMMAND_MASK) | this.command;
      return;
    }
    if (this.command !== IDLE) this.abortCommand();
    this.registers[register.COMMAND] = value;
    this.registers[register.ERROR] &= register.ERROR_TEMPERATURE;
    const start = this.starters[code];
    if (start === undefined) this.violate(`reserved command ${code}`);
    else start();
  }

  transmissionEnded(isAuthentication: boolean): void {
    if (!isAuthentication) this.raise(register.IRQ_TX);
    if ((this.registers[register.T_MODE] & TIMER_AUTO) !== 0) this.timer.start();
    if (this.command === TRANSMIT) this.endCommand();
  }

  receptionBegan(): void {
    const isAuto = (this.registers[register.T_MODE] & TIMER_AUTO) !== 0;
    const isMultiple = (this.registers[register.RX_MODE] & RX_MULTIPLE) !== 0;
    if (isAuto && !isMultiple) this.timer.stop();
  }

  receptionEnded(errors: number): void {
    if (errors !== 0) this.setErrors(errors);
    this.raise(register.IRQ_RX);
    if (this.command === RECEIVE) this.endCommand();
  }

  authenticationEnded(errors: number): void {
    if (errors === 0) this.registers[register.STATUS_2] |= MF_CRYPTO_1_ON;
    else this.setErrors(errors);
    this.endCommand();
  }

  fifoChanged(): void {
    if (this.isHighAlert()) this.raise(register.IRQ_HIGH_ALERT);
    if (this.isLowAlert()) this.raise(register.IRQ_LOW_ALERT);
  }

  isReceiving(): boolean {
    return this.command === TRANSCEIVE || this.command === RECEIVE;
  }

  private get command(): number {
    return this.registers[register.COMMAND] & COMMAND_MASK;
  }

  private abortCommand(): void {
    this.radio.abort();
    this.coprocessor.stop();
  }

  /** A command that ends by itself leaves Idle and says so; writing Idle does not (9.3.1.5). */
  private endCommand(): void {
    this.registers[register.COMMAND] &= ~COMMAND_MASK;
    this.raise(register.IRQ_IDLE);
  }

  private raise(bits: number): void {
    this.registers[register.COM_IRQ] |= bits;
  }

  private setErrors(bits: number): void {
    this.registers[register.ERROR] |= bits;
    this.raise(register.IRQ_ERROR);
  }

  private hasInterrupt(divBit: number): boolean {
    return (this.registers[register.DIV_IRQ] & divBit) !== 0;
  }

  private isHighAlert(): boolean {
    return FIFO_SIZE_BYTES - this.fifo.count <= this.registers[register.WATER_LEVEL];
  }

  private isLowAlert(): boolean {
    return this.fifo.count <= this.registers[register.WATER_LEVEL];
  }

  /** While MFAuthent runs any FIFO access is refused and sets WrErr (10.3.1.9). */
  private isFifoBlocked(): boolean {
    if (this.command !== MF_AUTHENT) return false;
    this.setErrors(register.ERROR_WRITE);
    this.violate("FIFO access while MFAuthent is running");
    return true;
  }

  private powerDown(value: number): void {
    this.abortCommand();
    this.timer.stop();
    this.field.setOn(false);
    this.registers[register.COMMAND] = value & ~COMMAND_MASK;
  }

  private wakeUp(): void {
    if ((this.registers[register.COMMAND] & POWER_DOWN) === 0) return;
    this.awakeAtUs = this.clock.nowUs + this.options.wakeUpUs;
    this.field.setOn((this.registers[register.TX_CONTROL] & TRANSMITTERS) !== 0);
  }

  /** The internal buffer survives (10.3.1.10). */
  private softReset(): void {
    this.reset();
    this.awakeAtUs = this.clock.nowUs + this.options.wakeUpUs;
  }

  private moveMemory(): void {
    const isReading = this.fifo.count === 0;
    if (!isReading && this.fifo.count < INTERNAL_BUFFER_BYTES) {
      this.violate(`Mem with ${this.fifo.count} bytes in the FIFO, 25 are needed`);
    }
    for (let index = 0; index < INTERNAL_BUFFER_BYTES; index++) {
      if (isReading) this.fifo.push(this.internalBuffer[index]);
      else this.internalBuffer[index] = this.fifo.pop();
    }
    this.fifoChanged();
    this.endCommand();
  }

  private generateRandomId(): void {
    this.internalBuffer.set(this.rng.bytes(RANDOM_ID_BYTES));
    this.endCommand();
  }
}
