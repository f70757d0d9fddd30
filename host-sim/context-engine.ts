/**
 * Runs the device bundle, the very bytes that would be flashed, with Node's own JavaScript: in an
 * isolated context whose only globals are the part of Espruino's API that boards use.
 */
import { createCipheriv } from "node:crypto";
import { createContext, Script } from "node:vm";
import { crc32 } from "../firmware/core/crc32";
import type { EspruinoEngine, EspruinoEvents } from "./espruino-engine";
import type { EspruinoHardware } from "./espruino-hardware";

export class ContextEngine implements EspruinoEngine {
  constructor(
    private readonly bundle: string,
    /** What stands beside the bundle in the board's Storage. */
    private readonly files: Readonly<Record<string, string>>,
    /** Globals that the interpreter has not, for what measures a bundle. */
    private readonly more: Readonly<Record<string, unknown>> = {},
    /** For tests that want to see the firmware go on after a fault. */
    private readonly onFault?: (fault: unknown) => void,
  ) {}

  start(hardware: EspruinoHardware, events: EspruinoEvents): void {
    const script = new Script(this.bundle, { filename: "clubpad.js" });
    script.runInContext(createContext(this.globals(hardware, events)));
  }

  /** The firmware prints nothing but its own faults, which no simulation may pass over. */
  private onPrint(what: unknown, hardware: EspruinoHardware): void {
    hardware.requirePower();
    if (this.onFault === undefined) throw what;
    this.onFault(what);
  }

  /** Node collects what nobody can reach any more. */
  stop(): void {}

  private globals(hardware: EspruinoHardware, events: EspruinoEvents): Record<string, unknown> {
    return {
      ...this.more,
      ...Object.fromEntries(hardware.wiring.pins.map((name) => [name, name])),
      ...buses(hardware, events),
      ...pinFunctions(hardware),
      require: (name: string) => this.module(name, hardware),
      getTime: () => hardware.seconds(),
      loader: { screens: this.files["clubpad.screens"], serving: () => undefined },
      print: (what: unknown) => this.onPrint(what, hardware),
      setTime: (seconds: number) => hardware.setSeconds(seconds),
      E: {
        CRC32: (data: Uint8Array) => crc32(data, 0, data.length),
        defrag: () => undefined,
        reboot: () => events.reboot(),
      },
      setTimeout: (callback: () => void, delayMs: number) => events.setTimeout(callback, delayMs),
    };
  }

  private module(name: string, hardware: EspruinoHardware): unknown {
    if (name === "crypto") return { AES: { encrypt: espruinoEncrypt } };
    if (name !== "Flash") throw new Error(`Espruino has no module "${name}" here`);
    return {
      read: (lengthBytes: number, address: number) => hardware.readFlash(lengthBytes, address),
      write: (data: Uint8Array, address: number) => hardware.writeFlash(data, address),
      erasePage: (address: number) => hardware.eraseFlashPage(address),
    };
  }
}

function buses(hardware: EspruinoHardware, events: EspruinoEvents): Record<string, unknown> {
  const { serial, till } = hardware.wiring;
  const tillLine = {
    setup: () => undefined,
    on: (_event: "data", callback: (octets: string) => void) => events.onTillData(callback),
    write: (data: Uint8Array) => hardware.writeTill(data),
  };
  return {
    SPI1: {
      setup: () => undefined,
      send: (data: Uint8Array, select: string) => hardware.transfer(data, select),
      write: (first: number | Uint8Array, second: number | string, select?: string) => {
        if (typeof first === "number") hardware.transfer([first, second as number], select!);
        else hardware.transfer(first, second as string);
      },
    },
    I2C1: {
      setup: () => undefined,
      writeTo: (address: number, data: string) =>
        hardware.writeI2c(address, Buffer.from(data, "latin1")),
    },
    [serial]: {
      setup: () => undefined,
      on: (_event: "data", callback: (octets: string) => void) => events.onSerialData(callback),
      write: (data: Uint8Array) => hardware.writeSerial(data),
    },
    ...(till === undefined ? {} : { [till]: tillLine }),
  };
}

function pinFunctions(hardware: EspruinoHardware): Record<string, unknown> {
  return {
    pinMode: () => hardware.pinMode(),
    digitalWrite: (pin: string | string[], value: number) => hardware.digitalWrite(pin, value),
    digitalRead: (pins: string | string[]) => hardware.digitalRead(pins),
    analogWrite: (_pin: string, _value: number, options: { freq: number }) =>
      hardware.analogWrite(options.freq),
  };
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
