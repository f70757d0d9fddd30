/**
 * What Espruino's native functions do on a simulated board: whoever runs the firmware's JavaScript,
 * in Node or in a real interpreter, calls these. Each call charges the board's clock and fails with
 * `PowerCut` once the board has no power.
 */
import type { BoardFlash, BoardProfile } from "../firmware/boards/board-profile";
import type { SimBoard } from "./board";
import { PowerCut } from "./nor-flash";

/** Names that matter to the simulated wiring. */
export interface Wiring {
  /** Every pin that the bundle may name. */
  pins: readonly string[];
  /** Serial lines to the back office and, on boards that have one, to a till. */
  serial: string;
  till: string | undefined;
  readerSelect: string;
  buzzer: string;
  light: string;
  /** Row and column pins, first row and first column first. */
  rows: readonly string[];
  columns: readonly string[];
  displayAddress: number;
  flash: BoardFlash;
}

/** As the board's bundle has it. */
export function wiringOf({ buses, pins, flash }: BoardProfile): Wiring {
  return {
    pins: Object.values(pins).flat(),
    serial: buses.serial,
    till: buses.till,
    readerSelect: pins.readerSelect,
    buzzer: pins.buzzer,
    light: pins.light,
    rows: pins.keyRows,
    columns: pins.keyColumns,
    displayAddress: DISPLAY_ADDRESS,
    flash,
  };
}

const DISPLAY_ADDRESS = 0x3c;

export class EspruinoHardware {
  private rowLevels = 0;
  private hasPower = false;

  constructor(
    private readonly board: SimBoard,
    readonly wiring: Wiring,
  ) {}

  get isPowered(): boolean {
    return this.hasPower;
  }

  powerOn(): void {
    this.board.reader.reset();
    this.hasPower = true;
  }

  /** Dark display, dead field; what was on its way over the serial line is lost. */
  cutPower(): void {
    this.hasPower = false;
    this.board.office.cut();
    this.board.till.cut();
    this.board.display.powerOn();
    this.board.light.set(false);
    this.board.field.setOn(false);
  }

  /** `SPI1.send` and `SPI1.write`: one frame behind a chip select. */
  transfer(data: ArrayLike<number>, select: string): Uint8Array {
    if (select !== this.wiring.readerSelect) throw new Error(`no SPI device behind pin ${select}`);
    const reader = this.board.reader;
    reader.beginFrame();
    const back = Uint8Array.from(data, (mosi) => reader.exchange(mosi));
    reader.endFrame();
    this.requirePower();
    return back;
  }

  /** `I2C1.writeTo`. */
  writeI2c(address: number, data: Uint8Array): void {
    if (address !== this.wiring.displayAddress) throw new Error(`no I2C device at ${address}`);
    this.charge((data.length + 1) * this.board.timing.i2cByteUs);
    this.board.display.write(data);
  }

  /** `write` of the line to the back office. */
  writeSerial(data: ArrayLike<number>): void {
    for (const byte of Array.from(data)) this.board.office.sent.push(byte);
  }

  /** `write` of the line to a till. */
  writeTill(data: ArrayLike<number>): void {
    for (const byte of Array.from(data)) this.board.till.sent.push(byte);
  }

  /** `getTime`. */
  seconds(): number {
    this.charge(this.board.timing.clockCallUs);
    return this.board.unixSeconds();
  }

  /** `setTime`. */
  setSeconds(unixSeconds: number): void {
    this.charge(this.board.timing.clockCallUs);
    this.board.setUnixSeconds(unixSeconds);
  }

  pinMode(): void {
    this.charge(this.board.timing.pinCallUs);
  }

  /** `digitalWrite` of one pin, or of a list with the most significant first. */
  digitalWrite(pin: string | readonly string[], value: number): void {
    this.charge(this.board.timing.pinCallUs);
    const { rows, buzzer, light } = this.wiring;
    if (typeof pin !== "string") this.rowLevels = maskOf(pin, rows, value);
    else if (pin === buzzer && value === 0) this.board.buzzer.tone(0);
    else if (pin === light) this.board.light.set(value === 1);
  }

  /** `digitalRead` of the key columns. */
  digitalRead(pins: string | readonly string[]): number {
    this.charge(this.board.timing.pinCallUs);
    if (typeof pins === "string") throw new Error("only the key columns are read");
    const low = this.board.keypad.columns(15 - this.rowLevels);
    return pinListValue(pins, this.wiring.columns, 15 - low);
  }

  /** `analogWrite`, which the buzzer alone uses. */
  analogWrite(frequencyHz: number): void {
    this.charge(this.board.timing.pinCallUs);
    this.board.buzzer.tone(frequencyHz);
  }

  /** `require("Flash")`: addresses are those of the whole chip. */
  readFlash(lengthBytes: number, address: number): Uint8Array {
    const out = new Uint8Array(lengthBytes);
    this.board.flash.read(this.flashOffset(address), out, 0, lengthBytes);
    return out;
  }

  writeFlash(data: Uint8Array, address: number): void {
    this.whileFlashHasPower(() => {
      this.board.flash.program(this.flashOffset(address), data, 0, data.length);
    });
  }

  eraseFlashPage(address: number): void {
    const { flash } = this.board;
    this.whileFlashHasPower(() => {
      flash.erasePage(this.flashOffset(address) / flash.pageSizeBytes);
    });
  }

  /** Where what lies at an address of the chip is in the simulated flash, which has only pages. */
  private flashOffset(address: number): number {
    const { plan, regions } = this.wiring.flash;
    let page = 0;
    for (const region of regions) {
      const { strideBytes, pageCount } = region;
      const at = address - region.address;
      if (at >= 0 && at < strideBytes * pageCount)
        return (page + Math.floor(at / strideBytes)) * plan.pageSizeBytes + (at % strideBytes);
      page += pageCount;
    }
    throw new Error(`the pad has no flash at 0x${address.toString(16)}`);
  }

  /** A cut that the flash was told to make is one of the whole board. */
  private whileFlashHasPower(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof PowerCut) this.hasPower = false;
      throw error;
    }
    this.requirePower();
  }

  private charge(durationUs: number): void {
    this.board.clock.advance(durationUs);
    this.requirePower();
  }

  /** Everything of a board without power ends here. */
  requirePower(): void {
    if (!this.hasPower) throw new PowerCut("the board has no power");
  }
}

/** Bit i of a pin list's value is the pin `list.length - 1 - i`: most significant first. */
function maskOf(list: readonly string[], pins: readonly string[], value: number): number {
  let mask = 0;
  list.forEach((pin, place) => {
    if ((value >> (list.length - 1 - place)) & 1) mask |= 1 << pins.indexOf(pin);
  });
  return mask;
}

function pinListValue(list: readonly string[], pins: readonly string[], mask: number): number {
  return list.reduce((value, pin) => value * 2 + ((mask >> pins.indexOf(pin)) & 1), 0);
}
