/**
 * The MFRC522 reader chip as an SPI slave (NXP MFRC522 data sheet rev 3.9; section numbers refer
 * to it): the bus and the register file. What the registers do is in mfrc522-core.ts, the
 * contactless half in mfrc522-radio.ts.
 *
 * What a driver must not do - touch a reserved register or bit, overrun the FIFO, start a command
 * without its data - is recorded in `violations` and, unless the chip is lenient, thrown at once.
 * Every SPI byte and frame is charged to the clock, so a driver that polls pays for polling.
 */

import type { VirtualClock } from "./clock";
import { Mfrc522Core } from "./mfrc522-core";
import * as register from "./mfrc522-registers";
import type { RfField } from "./rf-field";
import type { Rng } from "./rng";

export interface Mfrc522Options {
  clock: VirtualClock;
  field: RfField;
  rng: Rng;
  /** VersionReg: 92h (default) is version 2.0, 91h 1.0, 88h a clone. */
  version?: number;
  /** Default 500,000: a 4 MHz bus without gaps. */
  spiBytesPerSecond?: number;
  /** What the host spends around each frame: chip select, call, interpreter. Default 20. */
  spiFrameOverheadUs?: number;
  /** From soft reset or power-down until PowerDown reads 0. Default 1000. */
  wakeUpUs?: number;
  /** Record violations without throwing. */
  isLenient?: boolean;
}

/** An interpreter that needs 150 us to get around each frame, as Espruino boards roughly do. */
export const INTERPRETED_FRAME_OVERHEAD_US = 150;

export interface SpiStatistics {
  frames: number;
  bytes: number;
}

export class SimMfrc522 {
  readonly statistics: SpiStatistics = { frames: 0, bytes: 0 };
  private readonly core: Mfrc522Core;
  private readonly clock: VirtualClock;
  private readonly byteUs: number;
  private readonly frameOverheadUs: number;
  private readonly writers: Readonly<Record<number, (value: number) => void>>;
  private isSelected = false;
  private bytesInFrame = 0;
  private writeAddress = -1;
  private readAddress = -1;

  constructor(options: Mfrc522Options) {
    this.clock = options.clock;
    this.byteUs = 1e6 / (options.spiBytesPerSecond ?? 500_000);
    this.frameOverheadUs = options.spiFrameOverheadUs ?? 20;
    this.core = new Mfrc522Core({
      clock: options.clock,
      field: options.field,
      rng: options.rng,
      version: options.version ?? 0x92,
      wakeUpUs: options.wakeUpUs ?? 1000,
      isLenient: options.isLenient ?? false,
    });
    this.writers = writersOf(this.core);
  }

  /** Everything the driver did that the data sheet does not allow. */
  get violations(): readonly string[] {
    return this.core.violations;
  }

  /** Level of the IRQ pin (9.3.1.3: IRqInv inverts it). */
  get irqPin(): boolean {
    const isInverted = (this.core.registers[register.COM_I_EN] & 0x80) !== 0;
    return this.core.isInterruptPending() !== isInverted;
  }

  /** The reset pin: everything as after power-up, at once. */
  reset(): void {
    this.core.reset();
  }

  /** NSS low. */
  beginFrame(): void {
    if (this.isSelected) this.core.violate("SPI frame begun inside a frame");
    this.clock.advance(this.frameOverheadUs);
    this.statistics.frames++;
    this.isSelected = true;
    this.bytesInFrame = 0;
    this.writeAddress = -1;
    this.readAddress = -1;
  }

  /** One byte each way (8.1.2). The byte back answers the address sent with the byte before. */
  exchange(mosi: number): number {
    if (!this.isSelected) this.core.violate("SPI byte outside a frame");
    this.clock.advance(this.byteUs);
    this.statistics.bytes++;
    const isFirst = this.bytesInFrame++ === 0;
    if (this.writeAddress >= 0) {
      this.write(this.writeAddress, mosi);
      return 0;
    }
    const miso = this.readAddress >= 0 ? this.read(this.readAddress) : 0;
    this.takeAddress(mosi, isFirst);
    return miso;
  }

  /** NSS high. */
  endFrame(): void {
    if (!this.isSelected) this.core.violate("SPI frame ended twice");
    this.isSelected = false;
    if (this.bytesInFrame < 2) this.core.violate("SPI frame without a data byte");
  }

  private takeAddress(mosi: number, isFirst: boolean): void {
    this.readAddress = -1;
    if (mosi === 0 && !isFirst) return;
    if ((mosi & 0x01) !== 0) this.core.violate(`bit 0 of SPI address ${hex(mosi)} is not 0`);
    const isRead = (mosi & 0x80) !== 0;
    const address = (mosi >> 1) & 0x3f;
    if (isRead) this.readAddress = address;
    else if (isFirst) this.writeAddress = address;
    else this.core.violate(`write address ${hex(mosi)} inside a read frame`);
  }

  private read(number: number): number {
    const description = this.describe(number);
    if (description === undefined) return 0;
    if (number === register.COMMAND) return this.core.commandValue();
    if (!this.core.isAwake(description.name)) return 0;
    switch (number) {
      case register.FIFO_DATA:
        return this.core.readFifo();
      case register.FIFO_LEVEL:
        return this.core.fifo.count;
      case register.STATUS_1:
        return this.core.statusValue();
      case register.T_COUNTER_HIGH:
        return this.core.timer.count() >> 8;
      case register.T_COUNTER_LOW:
        return this.core.timer.count() & 0xff;
      default:
        return this.core.registers[number];
    }
  }

  private write(number: number, value: number): void {
    const description = this.describe(number);
    if (description === undefined) return;
    const { name, reset, writable, readOnly } = description;
    if (number !== register.COMMAND && !this.core.isAwake(name)) return;
    if (writable === 0) this.core.violate(`write to the read-only register ${name}`);
    const reserved = value & ~(writable | readOnly | reset);
    if (reserved !== 0) {
      this.core.violate(`reserved bits of ${name} written as 1: ${hex(reserved)}`);
    }
    const kept = this.core.registers[number] & readOnly;
    this.store(number, (value & writable) | (reset & ~(writable | readOnly)) | kept);
  }

  /** `value` has the reserved and read-only bits as they must be. */
  private store(number: number, value: number): void {
    const writer = this.writers[number];
    if (writer === undefined) this.core.registers[number] = value;
    else writer(value);
  }

  private describe(number: number): register.RegisterDescription | undefined {
    const description = register.REGISTERS[number];
    if (description === undefined) {
      this.core.violate(`access to the reserved register ${hex(number)}`);
    }
    return description;
  }
}

/** Registers that do more than keep what is written. */
function writersOf(core: Mfrc522Core): Record<number, (value: number) => void> {
  return {
    [register.COMMAND]: (value) => core.writeCommand(value),
    [register.COM_IRQ]: (value) => core.writeInterrupts(register.COM_IRQ, value),
    [register.DIV_IRQ]: (value) => core.writeInterrupts(register.DIV_IRQ, value),
    [register.STATUS_2]: (value) => core.writeStatus2(value),
    [register.FIFO_DATA]: (value) => core.writeFifo(value),
    [register.FIFO_LEVEL]: (value) => core.flushFifo(value),
    [register.CONTROL]: (value) => core.controlTimer(value),
    [register.BIT_FRAMING]: (value) => core.writeBitFraming(value),
    [register.TX_CONTROL]: (value) => core.writeTxControl(value),
  };
}

function hex(value: number): string {
  return `${value.toString(16).toUpperCase().padStart(2, "0")}h`;
}
