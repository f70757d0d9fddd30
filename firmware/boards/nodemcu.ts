/**
 * NodeMCU with an ESP8266 and its Lua firmware (release 3.0, float build, with the modules bit,
 * crypto, gpio, i2c, pwm2, rtctime, spi, tmr and uart): MFRC522 and a NOR chip on SPI; SSD1306 and,
 * for the keys, a PCF8574 on I2C; buzzer; the serial line of the USB socket to the back office.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, newBytes } from "../../card-layout/bytes";
import { crc32 } from "../core/crc32";
import { createMatrixKeypad } from "../drivers/matrix-keypad";
import { createMfrc522 } from "../drivers/mfrc522";
import { createNorChip } from "../drivers/nor-chip";
import { createSsd1306 } from "../drivers/ssd1306";
import type { Clock } from "../hal/clock";
import type { SerialPort } from "../hal/serial-port";
import type { SpiBus, SpiDevice } from "../hal/spi";
import { PLAN_16_PAGES } from "./flash-plan";
import { createTerminal } from "./terminal";

declare const spi: NodemcuSpi;
declare const i2c: NodemcuI2c;
declare const gpio: NodemcuGpio;
declare const pwm2: NodemcuPwm;
declare const tmr: NodemcuTmr;
declare const uart: NodemcuUart;
declare const crypto: NodemcuCrypto;
declare const rtctime: NodemcuRtcTime;
declare function require(this: void, name: string): string;

/** Pins as printed: D5 to D7 are the SPI bus. */
const PIN_FLASH_SELECT = 0;
const PIN_SCL = 1;
const PIN_SDA = 2;
const PIN_BUZZER = 4;
const PIN_READER_SELECT = 8;
const BUS_SPI = 1;
/** 80 MHz by 20. */
const SPI_DIVIDER = 20;
const BUS_I2C = 0;
const ADDRESS_DISPLAY = 0x3c;
const ADDRESS_KEYS = 0x20;
const UART = 0;
/** Four frames of the sync protocol; more is noise, and memory is short. */
const MAX_WAITING_BYTES = 1024;
/** tmr.now() begins anew after so many microseconds. */
const WRAP_US = 2147483648;
const LEAST_ALARM_MS = 1;

start();

function start(): void {
  spi.setup(BUS_SPI, spi.MASTER, spi.CPOL_LOW, spi.CPHA_LOW, 8, SPI_DIVIDER, spi.FULLDUPLEX);
  i2c.setup(BUS_I2C, PIN_SDA, PIN_SCL, i2c.FAST);
  const clock = createClock();
  const flash = createNorChip(createSpi(PIN_FLASH_SELECT), clock, PLAN_16_PAGES.pageCount);
  const pad = createTerminal(
    {
      reader: createMfrc522(createSpi(PIN_READER_SELECT), clock),
      display: createSsd1306({ write: (octets) => writeI2c(ADDRESS_DISPLAY, octets) }),
      keypad: createMatrixKeypad({ driveRows, readColumns }),
      buzzer: { tone },
      clock,
      serial: createSerial(),
      flash,
      aes: createAes(),
      crc32,
      // A string in LFS stays in flash.
      assets: require("screens"),
    },
    PLAN_16_PAGES,
  );
  const turn = () => {
    const restMs = Math.ceil(pad.step());
    tmr.create().alarm(Math.max(LEAST_ALARM_MS, restMs), tmr.ALARM_SINGLE, () => turn());
  };
  turn();
}

function octetsOf(from: Bytes, offset: number, lengthBytes: number): string {
  let octets = "";
  for (let i = 0; i < lengthBytes; i++) octets += String.fromCharCode(from[offset + i]);
  return octets;
}

function createSpi(selectPin: number): SpiDevice {
  gpio.mode(selectPin, gpio.OUTPUT);
  gpio.write(selectPin, 1);

  function exchange(octets: string): string {
    gpio.write(selectPin, 0);
    const answer = spi.send(BUS_SPI, octets)[1];
    gpio.write(selectPin, 1);
    return answer;
  }

  const bus: SpiBus = {
    send: (out) => {
      const octets = exchange(octetsOf(out, 0, out.length));
      const back = newBytes(octets.length);
      for (let i = 0; i < octets.length; i++) back[i] = octets.charCodeAt(i);
      return back;
    },
    write: (first, second, select) => {
      const whole = first as Bytes;
      exchange(
        select === undefined
          ? octetsOf(whole, 0, whole.length)
          : String.fromCharCode(first as number, second as number),
      );
    },
  };
  return { bus, select: selectPin };
}

function writeI2c(address: number, octets: string): void {
  i2c.start(BUS_I2C);
  i2c.address(BUS_I2C, address, i2c.TRANSMITTER);
  i2c.write(BUS_I2C, octets);
  i2c.stop(BUS_I2C);
}

/** Rows on the upper four pins of the PCF8574, columns on the lower; a 1 lets a pin float. */
function driveRows(rowMask: number): void {
  writeI2c(ADDRESS_KEYS, String.fromCharCode(255 - rowMask * 16));
}

function readColumns(): number {
  i2c.start(BUS_I2C);
  i2c.address(BUS_I2C, ADDRESS_KEYS, i2c.RECEIVER);
  const levels = i2c.read(BUS_I2C, 1).charCodeAt(0);
  i2c.stop(BUS_I2C);
  return 15 - (levels % 16);
}

function tone(frequencyHz: number): void {
  pwm2.stop();
  if (frequencyHz === 0) return;
  pwm2.setup_pin_hz(PIN_BUZZER, frequencyHz, 2, 1);
  pwm2.start();
}

function createClock(): Clock {
  let lastUs = tmr.now();
  let totalUs = 0;
  return {
    nowMs: () => {
      const nowUs = tmr.now();
      totalUs += nowUs < lastUs ? nowUs - lastUs + WRAP_US : nowUs - lastUs;
      lastUs = nowUs;
      return totalUs / 1000;
    },
    unixSeconds: () => rtctime.get()[0],
    setUnixSeconds: (unixSeconds) => rtctime.set(unixSeconds, 0),
    waitMs: (durationMs) => tmr.delay(Math.ceil(durationMs * 1000)),
  };
}

function createSerial(): SerialPort {
  let waiting = "";
  uart.on(
    "data",
    0,
    (octets) => {
      if (waiting.length < MAX_WAITING_BYTES) waiting += octets;
    },
    0,
  );
  return {
    hasWaiting: () => waiting !== "",
    read: (out) => {
      const count = Math.min(waiting.length, out.length);
      for (let i = 0; i < count; i++) out[i] = waiting.charCodeAt(i);
      waiting = waiting.substring(count);
      return count;
    },
    write: (from, lengthBytes) => uart.write(UART, octetsOf(from, 0, lengthBytes)),
  };
}

/** The firmware's AES; counter mode is made from single blocks, 16 bytes of key stream each. */
function createAes(): AesEngine {
  const block = newBytes(16);
  return {
    cbcMac: (key, message, offset, lengthBytes, chain) => {
      const plain = octetsOf(message, offset, lengthBytes);
      const iv = octetsOf(chain, 0, 16);
      const sealed = crypto.encrypt("AES-CBC", octetsOf(key, 0, 16), plain, iv);
      for (let i = 0; i < 16; i++) chain[i] = sealed.charCodeAt(lengthBytes - 16 + i);
    },
    ctr: (key, counter, data, offset, lengthBytes) => {
      const secret = octetsOf(key, 0, 16);
      for (let i = 0; i < 16; i++) block[i] = counter[i];
      for (let at = 0; at < lengthBytes; at += 16) {
        const stream = crypto.encrypt("AES-ECB", secret, octetsOf(block, 0, 16));
        for (let i = 0; i < 16 && at + i < lengthBytes; i++) {
          data[offset + at + i] ^= stream.charCodeAt(i);
        }
        let place = 15;
        while (place >= 0 && block[place] === 255) block[place--] = 0;
        if (place >= 0) block[place]++;
      }
    },
  };
}
