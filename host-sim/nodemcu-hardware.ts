/**
 * What the modules of the NodeMCU firmware do on a simulated board: whoever runs the pad's code, as
 * JavaScript or as Lua, calls these. Each call charges the board's clock and fails with `PowerCut`
 * once the board has no power.
 */
import { createCipheriv } from "node:crypto";
import type { SimBoard } from "./board";
import { PowerCut } from "./nor-flash";
import { SimNorChip } from "./sim-nor-chip";
import type { SpiSlave } from "./spi-device";

/** As firmware/boards/nodemcu.ts wires it. */
const PIN_FLASH_SELECT = 0;
const PIN_READER_SELECT = 8;
const ADDRESS_DISPLAY = 0x3c;
const ADDRESS_KEYS = 0x20;
const WRAP_US = 2 ** 31;
const BLOCK_BYTES = 16;

export class NodemcuHardware {
  private hasPower = false;
  private poweredUs = 0;
  /** Levels of the port expander that the keys hang on. */
  private keyPort = 0xff;
  private buzzerHz = 0;
  private readonly norChip: SimNorChip;
  private selected: SpiSlave | undefined;

  constructor(private readonly board: SimBoard) {
    const { clock, flash, timing } = board;
    this.norChip = new SimNorChip(clock, flash, timing.spiFrameOverheadUs);
  }

  get isPowered(): boolean {
    return this.hasPower;
  }

  powerOn(): void {
    this.board.reader.reset();
    this.poweredUs = this.board.clock.nowUs;
    this.hasPower = true;
  }

  cutPower(): void {
    this.hasPower = false;
    this.selected = undefined;
    this.board.office.cut();
    this.board.display.powerOn();
    this.board.field.setOn(false);
  }

  /** `gpio.write`: only the chips' selects are written. */
  writePin(pin: number, level: number): void {
    this.charge(this.board.timing.pinCallUs);
    const chips: Record<number, SpiSlave> = {
      [PIN_FLASH_SELECT]: this.norChip,
      [PIN_READER_SELECT]: this.board.reader,
    };
    if (level === 0) {
      this.selected = chips[pin];
      this.selected.beginFrame();
    } else if (this.selected !== undefined && this.selected === chips[pin]) {
      this.selected.endFrame();
      this.selected = undefined;
    }
    this.requirePower();
  }

  /** `spi.send` in full duplex. */
  sendSpi(data: Uint8Array): Uint8Array {
    const { selected } = this;
    if (selected === undefined) throw new Error("SPI without a chip selected");
    const back = Uint8Array.from(data, (mosi) => selected.exchange(mosi));
    this.requirePower();
    return back;
  }

  /** One write on the I2C bus, from start to stop. */
  writeI2c(address: number, data: Uint8Array): void {
    this.charge((data.length + 1) * this.board.timing.i2cByteUs);
    if (address === ADDRESS_DISPLAY) this.board.display.write(data);
    else if (address === ADDRESS_KEYS) this.keyPort = data[data.length - 1];
    else throw new Error(`no I2C device at ${address}`);
  }

  /** One byte read from the port expander: what is driven low, and what keys pull down. */
  readI2c(address: number): number {
    this.charge(2 * this.board.timing.i2cByteUs);
    if (address !== ADDRESS_KEYS) throw new Error(`nothing to read at ${address}`);
    const rows = 15 - (this.keyPort >> 4);
    return this.keyPort & (0xff - this.board.keypad.columns(rows));
  }

  /** `pwm2`: 0 stops. */
  tone(frequencyHz: number): void {
    this.charge(this.board.timing.pinCallUs);
    if (frequencyHz === this.buzzerHz) return;
    this.buzzerHz = frequencyHz;
    this.board.buzzer.tone(frequencyHz);
  }

  /** `tmr.now`. */
  nowUs(): number {
    this.charge(this.board.timing.clockCallUs);
    return Math.floor(this.board.clock.nowUs - this.poweredUs) % WRAP_US;
  }

  /** `tmr.delay`. */
  delay(durationUs: number): void {
    this.charge(durationUs);
  }

  /** `rtctime.get`, whole seconds. */
  seconds(): number {
    this.charge(this.board.timing.clockCallUs);
    return Math.floor(this.board.unixSeconds());
  }

  /** `rtctime.set`. */
  setSeconds(unixSeconds: number): void {
    this.charge(this.board.timing.clockCallUs);
    this.board.setUnixSeconds(unixSeconds);
  }

  writeSerial(data: ArrayLike<number>): void {
    for (const byte of Array.from(data)) this.board.office.sent.push(byte);
  }

  /** `crypto.encrypt` with whole blocks and, for CBC, an iv of zeros. */
  encrypt(algorithm: string, key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
    const isCbc = algorithm === "AES-CBC";
    if (!isCbc && algorithm !== "AES-ECB") throw new Error(`no algorithm ${algorithm}`);
    if (plain.length % BLOCK_BYTES !== 0) throw new Error("plain text that is no whole blocks");
    const cipher = isCbc
      ? createCipheriv("aes-128-cbc", key, iv)
      : createCipheriv("aes-128-ecb", key, null);
    cipher.setAutoPadding(false);
    return new Uint8Array(cipher.update(plain));
  }

  private charge(durationUs: number): void {
    this.board.clock.advance(durationUs);
    this.requirePower();
  }

  private requirePower(): void {
    if (!this.hasPower) throw new PowerCut("the board has no power");
  }
}
