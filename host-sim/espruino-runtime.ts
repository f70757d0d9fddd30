/**
 * Runs the device bundle, the very bytes that would be flashed, in an isolated context whose only
 * globals are the part of Espruino's API that boards use, in front of a simulated board. JavaScript
 * timers and serial data are delivered between turns, as on the board; hardware events happen while
 * the firmware's own calls let time pass.
 */
import { createCipheriv } from "node:crypto";
import { createContext, Script } from "node:vm";
import { crc32 } from "../firmware/core/crc32";
import type { SimBoard } from "./board";
import { PowerCut } from "./nor-flash";
import type { PadRuntime } from "./pad-runtime";

interface Timer {
  dueUs: number;
  order: number;
  callback: () => void;
}

/** Pin names of the ESP32 board file that matter to the simulated wiring. */
export interface Wiring {
  readerSelect: string;
  buzzer: string;
  /** Row and column pins, first row and first column first. */
  rows: readonly string[];
  columns: readonly string[];
  displayAddress: number;
  flashAddress: number;
}

export const ESP32_WIRING: Wiring = {
  readerSelect: "D5",
  buzzer: "D4",
  rows: ["D13", "D14", "D25", "D26"],
  columns: ["D27", "D32", "D33", "D15"],
  displayAddress: 0x3c,
  flashAddress: 0x310000,
};

const PIN_COUNT = 40;
const SERIAL_EVENT_BYTES = 64;

export class EspruinoRuntime implements PadRuntime {
  private timers: Timer[] = [];
  private order = 0;
  private onSerial: ((octets: string) => void) | undefined;
  private rowLevels = 0;
  private hasPower = false;

  constructor(
    private readonly board: SimBoard,
    private readonly bundle: string,
    /** What stands beside the bundle in the board's Storage. */
    private readonly files: Readonly<Record<string, string>>,
    private readonly wiring: Wiring = ESP32_WIRING,
  ) {}

  get isPowered(): boolean {
    return this.hasPower;
  }

  /** Power-up: forgets all timers and runs the bundle in a fresh context. */
  powerOn(): void {
    this.cutPower();
    this.board.reader.reset();
    this.hasPower = true;
    const script = new Script(this.bundle, { filename: "clubpad.js" });
    this.untilPowerFails(() => script.runInContext(createContext(this.globals())));
  }

  /**
   * Power is gone: dark display, dead field, no timers. Firmware that is running at this moment
   * (the cut came as an event while it let time pass) ends with its next call of the hardware.
   */
  cutPower(): void {
    this.hasPower = false;
    this.timers = [];
    this.onSerial = undefined;
    this.board.incoming.length = 0;
    this.board.display.powerOn();
    this.board.field.setOn(false);
  }

  /** One turn of the event loop; false when nothing is left to do. */
  turn(): boolean {
    if (this.onSerial !== undefined && this.board.incoming.length > 0) {
      const bytes = this.board.incoming.splice(0, SERIAL_EVENT_BYTES);
      this.onSerial(String.fromCharCode(...bytes));
    }
    const next = this.nextTimer();
    if (next === undefined) return false;
    this.timers.splice(this.timers.indexOf(next), 1);
    const waitUs = next.dueUs - this.board.clock.nowUs;
    if (waitUs > 0) this.board.clock.advance(waitUs);
    if (this.hasPower) this.untilPowerFails(next.callback);
    return true;
  }

  /** Lets the firmware live for `durationMs` of virtual time. */
  runMs(durationMs: number): void {
    const endUs = this.board.clock.nowUs + durationMs * 1000;
    for (;;) {
      const next = this.nextTimer();
      if (next === undefined || Math.max(next.dueUs, this.board.clock.nowUs) > endUs) break;
      this.turn();
    }
    if (this.board.clock.nowUs < endUs) this.board.clock.advance(endUs - this.board.clock.nowUs);
  }

  private untilPowerFails(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      // The chip may have switched the field on again while the last call was under way.
      this.cutPower();
    }
  }

  private requirePower(): void {
    if (!this.hasPower) throw new PowerCut("the board has no power");
  }

  private nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      const isSooner =
        next === undefined ||
        timer.dueUs < next.dueUs ||
        (timer.dueUs === next.dueUs && timer.order < next.order);
      if (isSooner) next = timer;
    }
    return next;
  }

  private globals(): Record<string, unknown> {
    const pins: Record<string, unknown> = {};
    for (let i = 0; i < PIN_COUNT; i++) pins[`D${i}`] = `D${i}`;
    return {
      ...pins,
      ...this.buses(),
      ...this.pinFunctions(),
      require: (name: string) => this.module(name),
      getTime: () => {
        this.board.clock.advance(this.board.timing.clockCallUs);
        this.requirePower();
        return this.board.unixSeconds();
      },
      E: { CRC32: (data: Uint8Array) => crc32(data, 0, data.length) },
      setTimeout: (callback: () => void, delayMs: number) => {
        const dueUs = this.board.clock.nowUs + Math.max(delayMs, 0) * 1000;
        this.timers.push({ dueUs, order: this.order++, callback });
      },
    };
  }

  private buses(): Record<string, unknown> {
    const { board, wiring } = this;
    return {
      SPI1: {
        setup: () => undefined,
        send: (data: Uint8Array, select: string) => this.spi(data, select),
        write: (first: number | Uint8Array, second: number | string, select?: string) => {
          if (typeof first === "number") this.spi([first, second as number], select!);
          else this.spi(first, second as string);
        },
      },
      I2C1: {
        setup: () => undefined,
        writeTo: (address: number, data: string) => {
          if (address !== wiring.displayAddress) throw new Error(`no I2C device at ${address}`);
          board.clock.advance((data.length + 1) * board.timing.i2cByteUs);
          this.requirePower();
          board.display.write(Uint8Array.from(data, (octet) => octet.charCodeAt(0)));
        },
      },
      Serial2: {
        setup: () => undefined,
        on: (_event: "data", callback: (octets: string) => void) => {
          this.onSerial = callback;
        },
        write: (data: Uint8Array) => {
          for (const byte of data) board.sent.push(byte);
        },
      },
    };
  }

  private spi(data: ArrayLike<number>, select: string): Uint8Array {
    if (select !== this.wiring.readerSelect) throw new Error(`no SPI device behind pin ${select}`);
    const reader = this.board.reader;
    reader.beginFrame();
    const back = Uint8Array.from(data, (mosi) => reader.exchange(mosi));
    reader.endFrame();
    this.requirePower();
    return back;
  }

  private pinFunctions(): Record<string, unknown> {
    const { board, wiring } = this;
    const charge = () => {
      board.clock.advance(board.timing.pinCallUs);
      this.requirePower();
    };
    return {
      pinMode: charge,
      digitalWrite: (pin: string | string[], value: number) => {
        charge();
        if (Array.isArray(pin)) this.rowLevels = maskOf(pin, wiring.rows, value);
        else if (pin === wiring.buzzer && value === 0) board.buzzer.tone(0);
      },
      digitalRead: (pins: string | string[]) => {
        charge();
        if (!Array.isArray(pins)) throw new Error("only the key columns are read");
        const low = board.keypad.columns(15 - this.rowLevels);
        return pinListValue(pins, wiring.columns, 15 - low);
      },
      analogWrite: (_pin: string, _value: number, options: { freq: number }) => {
        charge();
        board.buzzer.tone(options.freq);
      },
    };
  }

  private module(name: string): unknown {
    if (name === "crypto") return { AES: { encrypt: espruinoEncrypt } };
    if (name === "Flash") return this.flashModule();
    if (name === "Storage") return { read: (file: string) => this.files[file] };
    throw new Error(`Espruino has no module "${name}" here`);
  }

  private flashModule(): Record<string, unknown> {
    const { flash } = this.board;
    const base = this.wiring.flashAddress;
    return {
      read: (lengthBytes: number, address: number) => {
        const out = new Uint8Array(lengthBytes);
        flash.read(address - base, out, 0, lengthBytes);
        return out;
      },
      write: (data: Uint8Array, address: number) => {
        flash.program(address - base, data, 0, data.length);
        this.requirePower();
      },
      erasePage: (address: number) => {
        flash.erasePage((address - base) / flash.pageSizeBytes);
        this.requirePower();
      },
    };
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

/** As the interpreter does it, without padding; its CTR mode ignores the IV, so none is offered. */
function espruinoEncrypt(
  data: Uint8Array,
  key: Uint8Array,
  options: { iv?: Uint8Array; mode: string },
): ArrayBuffer {
  if (options.mode !== "CBC" && options.mode !== "ECB") {
    throw new Error(`AES mode ${options.mode} is not what boards may use`);
  }
  const name = `aes-128-${options.mode.toLowerCase()}`;
  const iv = options.mode === "CBC" ? (options.iv ?? new Uint8Array(16)) : null;
  const cipher = createCipheriv(name, key, iv);
  cipher.setAutoPadding(false);
  return new Uint8Array(cipher.update(data)).buffer;
}
