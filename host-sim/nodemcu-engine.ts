/** Runs the NodeMCU board's code with Node's own JavaScript: what the Lua must do as well. */
import { createContext, Script } from "node:vm";
import type { DeviceEngine, EspruinoEvents } from "./espruino-engine";
import type { NodemcuHardware } from "./nodemcu-hardware";

export class NodemcuContextEngine implements DeviceEngine<NodemcuHardware> {
  constructor(
    private readonly bundle: string,
    private readonly assets: string,
  ) {}

  start(hardware: NodemcuHardware, events: EspruinoEvents): void {
    const script = new Script(this.bundle, { filename: "nodemcu.js" });
    script.runInContext(createContext(this.globals(hardware, events)));
  }

  stop(): void {}

  private globals(hardware: NodemcuHardware, events: EspruinoEvents): Record<string, unknown> {
    return {
      require: () => this.assets,
      ...buses(hardware),
      gpio: {
        mode: () => undefined,
        write: (pin: number, level: number) => hardware.writePin(pin, level),
      },
      pwm2: createPwm(hardware),
      tmr: {
        create: () => ({
          alarm: (delayMs: number, _mode: number, callback: () => void) =>
            events.setTimeout(callback, delayMs),
        }),
        now: () => hardware.nowUs(),
        delay: (durationUs: number) => hardware.delay(durationUs),
      },
      uart: {
        on: (_event: string, _count: number, callback: (octets: string) => void) =>
          events.onSerialData(callback),
        write: (_id: number, octets: string) => hardware.writeSerial(bytesOf(octets)),
      },
      crypto: {
        encrypt: (algorithm: string, key: string, plain: string, iv = ZERO_IV) =>
          textOf(hardware.encrypt(algorithm, bytesOf(key), bytesOf(iv), bytesOf(plain))),
      },
      rtctime: {
        get: () => [hardware.seconds(), 0],
        set: (seconds: number) => hardware.setSeconds(seconds),
      },
    };
  }
}

function buses(hardware: NodemcuHardware): Record<string, unknown> {
  let address = 0;
  return {
    spi: {
      setup: () => undefined,
      send: (_id: number, octets: string) => [
        octets.length,
        textOf(hardware.sendSpi(bytesOf(octets))),
      ],
    },
    i2c: {
      setup: () => undefined,
      start: () => undefined,
      stop: () => undefined,
      address: (_id: number, device: number) => {
        address = device;
      },
      write: (_id: number, octets: string) => hardware.writeI2c(address, bytesOf(octets)),
      read: () => String.fromCharCode(hardware.readI2c(address)),
    },
  };
}

function createPwm(hardware: NodemcuHardware): Record<string, unknown> {
  let frequencyHz = 0;
  return {
    setup_pin_hz: (_pin: number, hz: number) => {
      frequencyHz = hz;
    },
    start: () => hardware.tone(frequencyHz),
    stop: () => hardware.tone(0),
  };
}

function bytesOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const ZERO_IV = "\0".repeat(16);
