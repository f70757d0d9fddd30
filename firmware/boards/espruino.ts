/**
 * The HAL on Espruino: every interface of firmware/hal bound to the interpreter's native functions.
 * No chip's commands and no rule is known here; which pin is which is in the board's own file.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, partOf } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { ScreenId } from "../app/screens";
import { createMatrixKeypad } from "../drivers/matrix-keypad";
import { createSsd1306 } from "../drivers/ssd1306";
import type { CardReader } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import type { Flash } from "../hal/flash";
import type { MatrixPins } from "../hal/matrix-pins";
import type { SerialPort } from "../hal/serial-port";
import type { SpiDevice } from "../hal/spi";
import { FAULT_REST_MS } from "../limits";
import { COUNTER_ROOM } from "./counter-room";
import type { FlashPlan } from "./flash-plan";
import { type BoardParts, createTerminal, showStop } from "./terminal";

declare const E: { CRC32(data: Uint8Array): number; defrag(): void; reboot(): void };
declare function require<K extends keyof EspruinoModules>(name: K): EspruinoModules[K];
declare const loader: EspruinoLoader;
declare function getTime(): number;
/** To the console, which is not the line to the back office. */
declare function print(what: unknown): void;
declare function setTime(seconds: number): void;
declare function pinMode(pin: EspruinoPin, mode: string): void;
declare function digitalWrite(pin: EspruinoPin | EspruinoPin[], value: number): void;
declare function digitalRead(pin: EspruinoPin | EspruinoPin[]): number;
declare function analogWrite(pin: EspruinoPin, value: number, options: { freq: number }): void;
declare function setTimeout(callback: () => void, delayMs: number): void;

/** What is connected where. The buses are set up by the board's file. */
export interface Wiring {
  readerSpi: EspruinoSpi;
  readerSelect: EspruinoPin;
  createReader: (spi: SpiDevice, clock: Clock) => CardReader;
  displayI2c: EspruinoI2c;
  displayAddress: number;
  /** Last row and last column first: lists of pins are most significant first (digitalWrite). */
  keyRows: EspruinoPin[];
  keyColumns: EspruinoPin[];
  buzzer: EspruinoPin;
  light: EspruinoPin;
  serial: EspruinoSerial;
  flash: Flash;
  plan: FlashPlan;
  aes: AesEngine;
  createTill?: BoardParts["createTill"];
}

/** Four frames of the sync protocol; more is noise, and memory is short. */
const MAX_WAITING_BYTES = 1024;

/**
 * Starts the pad and keeps calling its step. Whatever goes wrong in it, what counts is in flash and
 * on the card: the pad begins again as after a power cut, instead of standing still until somebody
 * pulls the plug.
 */
export function startPad(wiring: Wiring): void {
  const clock = createClock();
  const readerSpi = { bus: wiring.readerSpi, select: wiring.readerSelect };
  digitalWrite(wiring.readerSelect, 1);
  const board: BoardParts = {
    reader: wiring.createReader(readerSpi, clock),
    display: createSsd1306({
      write: (octets) => wiring.displayI2c.writeTo(wiring.displayAddress, octets),
    }),
    keypad: createMatrixKeypad(createMatrix(wiring)),
    buzzer: {
      tone: (frequencyHz) => {
        if (frequencyHz === 0) digitalWrite(wiring.buzzer, 0);
        else analogWrite(wiring.buzzer, 0.5, { freq: frequencyHz });
      },
    },
    light: { set: (isLit) => digitalWrite(wiring.light, isLit ? 1 : 0) },
    clock,
    serial: createSerial(wiring.serial),
    flash: wiring.flash,
    aes: wiring.aes,
    crc32: (from, offset, lengthBytes) => E.CRC32(view(from, offset, lengthBytes)),
    defragment: () => E.defrag(),
    assets: loader.screens,
    createTill: wiring.createTill,
    room: COUNTER_ROOM,
  };
  const pad = createTerminal(board, wiring.plan);
  if (pad.isServing) loader.serving();
  const turn = () => {
    try {
      setTimeout(turn, pad.step());
    } catch (error) {
      // First, because what follows may fail as well. The loader counts it as a start.
      setTimeout(() => E.reboot(), FAULT_REST_MS);
      print(error);
      showStop(board, { screenId: ScreenId.Restarting, status: Status.Ok });
    }
  };
  // Not from here: what the start needs is free by then.
  setTimeout(turn, 0);
}

/** On Espruino every `Bytes` is a `Uint8Array` (card-layout/bytes.ts). */
function view(from: Bytes, offset: number, lengthBytes: number): Uint8Array {
  return partOf(from, offset, lengthBytes) as Uint8Array;
}

/** Results of the cipher are new arrays: in pieces, a batch needs no kilobyte in one place. */
const PIECE_BYTES = 128;

/**
 * Native AES; the option records are kept because building them costs five times the cipher.
 * Counter mode is made from ECB: up to version 2v29 the native one ignores its `iv` and always
 * counts from zero (libs/crypto/jswrap_crypto.c), which would encrypt all with one key stream.
 */
export function createAes(): AesEngine {
  // biome-ignore lint/style/useNodejsImportProtocol: this is the interpreter's module.
  const aes = require("crypto").AES;
  const cbc: EspruinoCipher = { mode: "CBC" };
  const ecb: EspruinoCipher = { mode: "ECB" };
  return {
    cbcMac: (key, message, offset, lengthBytes, chain) => {
      cbc.iv = chain as Uint8Array;
      for (let done = 0; done < lengthBytes; done += PIECE_BYTES) {
        const pieceBytes = Math.min(lengthBytes - done, PIECE_BYTES);
        const sealed = aes.encrypt(
          view(message, offset + done, pieceBytes),
          key as Uint8Array,
          cbc,
        );
        (chain as Uint8Array).set(new Uint8Array(sealed, pieceBytes - 16, 16));
      }
    },
    ctr: (key, counter, data, offset, lengthBytes) => {
      const first = counter as Uint8Array;
      for (let done = 0; done < lengthBytes; done += PIECE_BYTES) {
        const pieceBytes = Math.min(lengthBytes - done, PIECE_BYTES);
        const part = view(data, offset + done, pieceBytes);
        const blocks = counterBlocks(first, done / 16, Math.ceil(pieceBytes / 16));
        const stream = new Int32Array(aes.encrypt(blocks, key as Uint8Array, ecb));
        // A block a step: an interpreter's loop costs more than the cipher.
        const words = new Int32Array(blocks.buffer);
        blocks.set(part);
        for (let i = 0; i < words.length; ) {
          words[i] ^= stream[i++];
          words[i] ^= stream[i++];
          words[i] ^= stream[i++];
          words[i] ^= stream[i++];
        }
        part.set(view(blocks, 0, pieceBytes));
      }
    },
  };
}

/**
 * `count` counter blocks, from the one that is `done` behind `first`. SIV and CCM leave room in the
 * low 32 bits, so nothing is carried out of them.
 */
function counterBlocks(first: Uint8Array, done: number, count: number): Uint8Array {
  const blocks = new Uint8Array(16 * count);
  const low = new DataView(first.buffer, first.byteOffset).getUint32(12) + done;
  const numbers = new DataView(blocks.buffer);
  for (let at = 0; at < blocks.length; at += 16) {
    blocks.set(first, at);
    numbers.setUint32(at + 12, low + at / 16);
  }
  return blocks;
}

/** Raw pages at a fixed place of the chip. The caller reads every write back (hal/flash.ts). */
export function createFlash(firstAddress: number, pageSizeBytes: number, pageCount: number): Flash {
  const flash = require("Flash");
  return {
    pageSizeBytes,
    pageCount,
    read: (address, out, outOffset, lengthBytes) => {
      (out as Uint8Array).set(flash.read(lengthBytes, firstAddress + address), outOffset);
    },
    program: (address, from, fromOffset, lengthBytes) => {
      // What the chip does with other pages or with half words is not to be found out.
      const isWithin = address + lengthBytes <= pageSizeBytes * pageCount;
      if (!isWithin || address % 4 !== 0 || lengthBytes % 4 !== 0) return Status.FlashFault;
      flash.write(view(from, fromOffset, lengthBytes), firstAddress + address);
      return Status.Ok;
    },
    erasePage: (pageIndex) => {
      if (pageIndex >= pageCount) return Status.FlashFault;
      flash.erasePage(firstAddress + pageIndex * pageSizeBytes);
      return Status.Ok;
    },
  };
}

/** `getTime` is the RTC in seconds; what it is set by is taken out of the monotonic time. */
function createClock(): Clock {
  let startSeconds = getTime();
  const nowMs = () => (getTime() - startSeconds) * 1000;
  return {
    nowMs,
    unixSeconds: () => Math.floor(getTime()),
    setUnixSeconds: (unixSeconds) => {
      startSeconds += unixSeconds - getTime();
      setTime(unixSeconds);
    },
    waitMs: (durationMs) => {
      const endMs = nowMs() + durationMs;
      while (nowMs() < endMs) {}
    },
  };
}

/** Bytes that arrive while the pad works wait in a string, as Espruino's own `data` events do. */
export function createSerial(serial: EspruinoSerial): SerialPort {
  let waiting = "";
  serial.on("data", (octets) => {
    if (waiting.length < MAX_WAITING_BYTES) waiting += octets;
  });
  return {
    hasWaiting: () => waiting !== "",
    read: (out) => {
      const count = Math.min(waiting.length, out.length);
      for (let i = 0; i < count; i++) out[i] = waiting.charCodeAt(i);
      waiting = waiting.substring(count);
      return count;
    },
    write: (from, lengthBytes) => serial.write(view(from, 0, lengthBytes)),
  };
}

function createMatrix(wiring: Wiring): MatrixPins {
  const rows = wiring.keyRows;
  for (let i = 0; i < rows.length; i++) {
    pinMode(rows[i], "opendrain");
    pinMode(wiring.keyColumns[i], "input_pullup");
  }
  return {
    driveRows: (rowMask) => digitalWrite(rows, 15 - rowMask),
    readColumns: () => 15 - digitalRead(wiring.keyColumns),
  };
}
