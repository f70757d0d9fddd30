/**
 * Espruino WiFi. Wiring and flash pages are those of board-profiles.ts, from which `make boards`
 * writes this.
 */
import { createMfrc522 } from "../drivers/mfrc522";
import { createAes, createFlash, startPad } from "./espruino";
import { PLAN_3_SECTORS } from "./flash-plan";
import { createSplitFlash } from "./split-flash";

declare const SPI1: EspruinoSpi;
declare const I2C1: EspruinoI2c;
declare const Serial1: EspruinoSerial;
declare const A0: EspruinoPin;
declare const A1: EspruinoPin;
declare const A4: EspruinoPin;
declare const A5: EspruinoPin;
declare const A6: EspruinoPin;
declare const A7: EspruinoPin;
declare const A8: EspruinoPin;
declare const B0: EspruinoPin;
declare const B1: EspruinoPin;
declare const B5: EspruinoPin;
declare const B6: EspruinoPin;
declare const B7: EspruinoPin;
declare const B8: EspruinoPin;
declare const B9: EspruinoPin;
declare const B10: EspruinoPin;
declare const B13: EspruinoPin;
declare const B14: EspruinoPin;
declare const B15: EspruinoPin;

SPI1.setup({ sck: A5, miso: A6, mosi: A7, baud: 4000000, mode: 0 });
I2C1.setup({ scl: B8, sda: B9, bitrate: 400000 });
Serial1.setup(115200, { rx: B7, tx: B6 });

startPad({
  readerSpi: SPI1,
  readerSelect: A4,
  createReader: createMfrc522,
  displayI2c: I2C1,
  displayAddress: 0x3c,
  keyRows: [B15, B14, B13, B10],
  keyColumns: [B0, B1, A1, A0],
  buzzer: A8,
  light: B5,
  serial: Serial1,
  flash: createSplitFlash(
    createFlash(0x8010020, 4608, 1),
    2,
    2304,
    createFlash(0x8004000, 16384, 3),
  ),
  plan: PLAN_3_SECTORS,
  aes: createAes(),
});
