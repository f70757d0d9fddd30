/**
 * ESP32 with the reader PN532. Wiring and flash pages are those of board-profiles.ts, from which
 * `make boards` writes this.
 */
import { createPn532OnSpi } from "../drivers/pn532-spi";
import { createAes, createFlash, startPad } from "./espruino";
import { PLAN_16_PAGES } from "./flash-plan";
import { createTillLine } from "./till-line";

declare const SPI1: EspruinoSpi;
declare const I2C1: EspruinoI2c;
declare const Serial2: EspruinoSerial;
declare const Serial3: EspruinoSerial;
declare const D2: EspruinoPin;
declare const D4: EspruinoPin;
declare const D5: EspruinoPin;
declare const D12: EspruinoPin;
declare const D13: EspruinoPin;
declare const D14: EspruinoPin;
declare const D15: EspruinoPin;
declare const D16: EspruinoPin;
declare const D17: EspruinoPin;
declare const D18: EspruinoPin;
declare const D19: EspruinoPin;
declare const D21: EspruinoPin;
declare const D22: EspruinoPin;
declare const D23: EspruinoPin;
declare const D25: EspruinoPin;
declare const D26: EspruinoPin;
declare const D27: EspruinoPin;
declare const D32: EspruinoPin;
declare const D33: EspruinoPin;
declare const D34: EspruinoPin;

SPI1.setup({ sck: D18, miso: D19, mosi: D23, baud: 4000000, mode: 0, order: "lsb" });
I2C1.setup({ scl: D22, sda: D21, bitrate: 400000 });
Serial2.setup(115200, { rx: D16, tx: D17 });
Serial3.setup(115200, { rx: D34, tx: D2 });

startPad({
  readerSpi: SPI1,
  readerSelect: D5,
  createReader: createPn532OnSpi,
  displayI2c: I2C1,
  displayAddress: 0x3c,
  keyRows: [D26, D25, D14, D13],
  keyColumns: [D15, D33, D32, D27],
  buzzer: D4,
  light: D12,
  serial: Serial2,
  flash: createFlash(0x310000, 4096, 16),
  plan: PLAN_16_PAGES,
  aes: createAes(),
  createTill: createTillLine(Serial3),
});
