/**
 * Raspberry Pi Pico 2 and Pico 2 W. Wiring and flash pages are those of board-profiles.ts, from
 * which `make boards` writes this.
 */
import { createPortableAes } from "../../card-layout/aes128";
import { createMfrc522 } from "../drivers/mfrc522";
import { createFlash, startPad } from "./espruino";
import { PLAN_16_PAGES } from "./flash-plan";
import { createTillLine } from "./till-line";

declare const SPI1: EspruinoSpi;
declare const I2C1: EspruinoI2c;
declare const Serial2: EspruinoSerial;
declare const Serial1: EspruinoSerial;
declare const D0: EspruinoPin;
declare const D1: EspruinoPin;
declare const D4: EspruinoPin;
declare const D5: EspruinoPin;
declare const D6: EspruinoPin;
declare const D7: EspruinoPin;
declare const D8: EspruinoPin;
declare const D9: EspruinoPin;
declare const D10: EspruinoPin;
declare const D11: EspruinoPin;
declare const D12: EspruinoPin;
declare const D13: EspruinoPin;
declare const D14: EspruinoPin;
declare const D15: EspruinoPin;
declare const D16: EspruinoPin;
declare const D17: EspruinoPin;
declare const D18: EspruinoPin;
declare const D19: EspruinoPin;
declare const D20: EspruinoPin;
declare const D21: EspruinoPin;

SPI1.setup({ sck: D18, miso: D16, mosi: D19, baud: 4000000, mode: 0 });
I2C1.setup({ scl: D21, sda: D20, bitrate: 400000 });
Serial2.setup(115200, { rx: D5, tx: D4 });
Serial1.setup(115200, { rx: D1, tx: D0 });

startPad({
  readerSpi: SPI1,
  readerSelect: D17,
  createReader: createMfrc522,
  displayI2c: I2C1,
  displayAddress: 0x3c,
  keyRows: [D9, D8, D7, D6],
  keyColumns: [D13, D12, D11, D10],
  buzzer: D15,
  light: D14,
  serial: Serial2,
  flash: createFlash(0x10101000, 4096, 16),
  plan: PLAN_16_PAGES,
  aes: createPortableAes(),
  createTill: createTillLine(Serial1),
});
