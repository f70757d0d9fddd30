/**
 * The HAL on Espruino: each factory binds one interface of firmware/hal to the interpreter's native
 * functions. No chip and no rule is known here; which pin is which is in the board's own file.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Buzzer } from "../hal/buzzer";
import type { Clock } from "../hal/clock";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";
import type { I2cDevice } from "../hal/i2c";
import type { MatrixPins } from "../hal/matrix-pins";
import type { SerialPort } from "../hal/serial-port";
import type { SpiDevice } from "../hal/spi";

declare const E: { CRC32(data: Uint8Array): number; toString(data: Uint8Array): string };
declare function require<K extends keyof EspruinoModules>(name: K): EspruinoModules[K];
declare function getTime(): number;
declare function pinMode(pin: EspruinoPin, mode: string): void;
declare function digitalWrite(pin: EspruinoPin | EspruinoPin[], value: number): void;
declare function digitalRead(pin: EspruinoPin | EspruinoPin[]): number;
declare function analogWrite(pin: EspruinoPin, value: number, options: { freq: number }): void;

/** On Espruino every `Bytes` is a `Uint8Array` (card-layout/bytes.ts). */
function view(from: Bytes, offset: number, lengthBytes: number): Uint8Array {
  const whole = from as Uint8Array;
  return new Uint8Array(whole.buffer, whole.byteOffset + offset, lengthBytes);
}

export function espruinoSpi(spi: EspruinoSpi, select: EspruinoPin): SpiDevice {
  digitalWrite(select, 1);
  return {
    transfer: (out, lengthBytes, back) => {
      const answer = spi.send(view(out, 0, lengthBytes), select);
      (back as Uint8Array).set(answer);
    },
    write2: (first, second) => spi.write(first, second, select),
    write: (out, lengthBytes) => spi.write(view(out, 0, lengthBytes), select),
  };
}

export function espruinoI2c(i2c: EspruinoI2c, address: number): I2cDevice {
  return { write: (octets) => i2c.writeTo(address, octets) };
}

/**
 * Native AES; the option records are kept because building them costs five times the cipher.
 * Counter mode is made from ECB: up to version 2v29 the native one ignores its `iv` and always
 * counts from zero (libs/crypto/jswrap_crypto.c), which would encrypt all with one key stream.
 */
export function espruinoAes(): AesEngine {
  const aes = require("crypto").AES;
  const cbc = { iv: new Uint8Array(16), mode: "CBC" as const };
  const ecb = { mode: "ECB" as const };
  return {
    cbcMac: (key, message, offset, lengthBytes, out, outOffset) => {
      const sealed = aes.encrypt(view(message, offset, lengthBytes), key as Uint8Array, cbc);
      (out as Uint8Array).set(new Uint8Array(sealed, lengthBytes - 16, 16), outOffset);
    },
    ctr: (key, counter, data, offset, lengthBytes) => {
      const first = counter as Uint8Array;
      const part = view(data, offset, lengthBytes);
      const blocks = new Uint8Array(16 * Math.ceil(lengthBytes / 16));
      const numbers = new DataView(blocks.buffer);
      const low = new DataView(first.buffer, first.byteOffset).getUint32(12);
      // SIV and CCM leave room in the low 32 bits, so nothing is carried out of them.
      for (let at = 0; at < blocks.length; at += 16) {
        blocks.set(first, at);
        numbers.setUint32(at + 12, low + at / 16);
      }
      const stream = new Uint32Array(aes.encrypt(blocks, key as Uint8Array, ecb));
      // Four bytes a step: an interpreter's loop costs more than the cipher.
      const words = new Uint32Array(blocks.buffer);
      blocks.set(part);
      for (let i = 0; i < words.length; i++) words[i] ^= stream[i];
      part.set(view(blocks, 0, lengthBytes));
    },
  };
}

export const espruinoCrc32: Crc32 = (from, offset, lengthBytes) =>
  E.CRC32(view(from, offset, lengthBytes));

/** Raw pages at a fixed place of the chip. The caller reads every write back (hal/flash.ts). */
export function espruinoFlash(
  firstAddress: number,
  pageSizeBytes: number,
  pageCount: number,
): Flash {
  const flash = require("Flash");
  const endAddress = firstAddress + pageSizeBytes * pageCount;
  return {
    pageSizeBytes,
    pageCount,
    read: (address, out, outOffset, lengthBytes) => {
      (out as Uint8Array).set(flash.read(lengthBytes, firstAddress + address), outOffset);
    },
    program: (address, from, fromOffset, lengthBytes) => {
      const at = firstAddress + address;
      // What the chip would do outside the journal's own pages is not to be found out.
      if ((at + lengthBytes) % 4 !== 0 || at % 4 !== 0 || at + lengthBytes > endAddress)
        return Status.FlashFault;
      flash.write(view(from, fromOffset, lengthBytes), at);
      return Status.Ok;
    },
    erasePage: (pageIndex) => {
      if (pageIndex >= pageCount) return Status.FlashFault;
      flash.erasePage(firstAddress + pageIndex * pageSizeBytes);
      return Status.Ok;
    },
  };
}

/** `getTime` is the RTC in seconds; monotonic because nothing in the pad sets it backwards. */
export function espruinoClock(): Clock {
  const startSeconds = getTime();
  const nowMs = () => (getTime() - startSeconds) * 1000;
  return {
    nowMs,
    unixSeconds: () => Math.floor(getTime()),
    waitMs: (durationMs) => {
      const endMs = nowMs() + durationMs;
      while (nowMs() < endMs) {}
    },
  };
}

/** Bytes that arrive while the pad works wait in a string, as Espruino's own `data` events do. */
export function espruinoSerial(serial: EspruinoSerial): SerialPort {
  let waiting = "";
  serial.on("data", (octets) => {
    if (waiting.length < MAX_WAITING_BYTES) waiting += octets;
  });
  return {
    read: (out) => {
      const count = Math.min(waiting.length, out.length);
      for (let i = 0; i < count; i++) out[i] = waiting.charCodeAt(i);
      if (count > 0) waiting = waiting.substring(count);
      return count;
    },
    write: (from, lengthBytes) => serial.write(view(from, 0, lengthBytes)),
  };
}

/** Four frames of the sync protocol; more is noise, and memory is short. */
const MAX_WAITING_BYTES = 1024;

/** Lists of pins are most significant first (Reference, digitalWrite): give the last row first. */
export function espruinoMatrix(rows: EspruinoPin[], columns: EspruinoPin[]): MatrixPins {
  for (let i = 0; i < rows.length; i++) pinMode(rows[i], "opendrain");
  for (let i = 0; i < columns.length; i++) pinMode(columns[i], "input_pullup");
  return {
    driveRows: (rowMask) => digitalWrite(rows, 15 - rowMask),
    readColumns: () => 15 - digitalRead(columns),
  };
}

/** The packed font and screens; Storage hands out a string that stays in flash. */
export function espruinoAssets(): string {
  return require("Storage").read("clubpad.screens");
}

export function espruinoBuzzer(pin: EspruinoPin): Buzzer {
  return {
    tone: (frequencyHz) => {
      if (frequencyHz === 0) digitalWrite(pin, 0);
      else analogWrite(pin, 0.5, { freq: frequencyHz });
    },
  };
}

/** A pad's main loop: `step` returns how many milliseconds it may be left alone. */
declare function setTimeout(callback: () => void, delayMs: number): void;
export function espruinoLoop(step: () => number): void {
  const turn = () => {
    setTimeout(turn, step());
  };
  turn();
}
