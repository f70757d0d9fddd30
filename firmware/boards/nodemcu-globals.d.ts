/** The part of the NodeMCU firmware's API (release 3.0 for ESP8266) that the board uses. */

/** Several results: a list in TypeScript, Lua's own way in Lua. */
declare type LuaMultiReturn<T extends unknown[]> = T & { readonly __tstlMultiReturn: unknown };

interface NodemcuSpi {
  readonly MASTER: number;
  readonly CPOL_LOW: number;
  readonly CPHA_LOW: number;
  readonly FULLDUPLEX: number;
  setup(
    this: void,
    id: number,
    mode: number,
    polarity: number,
    phase: number,
    dataBits: number,
    clockDivider: number,
    duplex: number,
  ): void;
  /** Number of bytes written, then what came back meanwhile. */
  send(this: void, id: number, octets: string): LuaMultiReturn<[number, string]>;
}

interface NodemcuI2c {
  readonly FAST: number;
  readonly TRANSMITTER: number;
  readonly RECEIVER: number;
  setup(this: void, id: number, sda: number, scl: number, speed: number): void;
  start(this: void, id: number): void;
  stop(this: void, id: number): void;
  address(this: void, id: number, address: number, direction: number): void;
  write(this: void, id: number, octets: string): void;
  read(this: void, id: number, lengthBytes: number): string;
}

interface NodemcuGpio {
  readonly OUTPUT: number;
  mode(this: void, pin: number, mode: number): void;
  write(this: void, pin: number, level: number): void;
}

interface NodemcuPwm {
  setup_pin_hz(this: void, pin: number, hz: number, resolution: number, duty: number): void;
  start(this: void): void;
  stop(this: void): void;
}

interface NodemcuTimer {
  alarm(delayMs: number, mode: number, callback: (this: void) => void): void;
}

interface NodemcuTmr {
  readonly ALARM_SINGLE: number;
  create(this: void): NodemcuTimer;
  /** Microseconds, wrapping round at 2^31. */
  now(this: void): number;
  delay(this: void, durationUs: number): void;
}

interface NodemcuUart {
  on(
    this: void,
    event: "data",
    count: number,
    callback: (this: void, octets: string) => void,
    isInterpreting: number,
  ): void;
  write(this: void, id: number, octets: string): void;
}

interface NodemcuCrypto {
  encrypt(this: void, algorithm: string, key: string, plain: string, iv?: string): string;
}

interface NodemcuRtcTime {
  get(this: void): LuaMultiReturn<[number, number]>;
  /** Whole seconds since 1970, and microseconds. */
  set(this: void, seconds: number, microseconds: number): void;
}
