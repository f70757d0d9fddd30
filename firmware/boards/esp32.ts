/**
 * ESP32 with Espruino 2v29, MFRC522 on SPI, SSD1306 on I2C, 4 x 4 keys, buzzer, serial to the back
 * office. Wiring is this file's constants; docs/technician.md draws it.
 */
import { startPad } from "./espruino";
import { PLAN_16_PAGES } from "./flash-plan";

declare const SPI1: EspruinoSpi;
declare const I2C1: EspruinoI2c;
declare const Serial2: EspruinoSerial;
declare const D4: EspruinoPin;
declare const D5: EspruinoPin;
declare const D13: EspruinoPin;
declare const D14: EspruinoPin;
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
declare const D15: EspruinoPin;

/**
 * Raw pages outside Storage: 0x310000 to 0x31FFFF is free of Storage and of the partition table in
 * every build of the board (boards/ESP32.py), which `Flash.getFree()` cannot be trusted to say.
 */
const FLASH_ADDRESS = 0x310000;
const DISPLAY_ADDRESS = 0x3c;

SPI1.setup({ sck: D18, miso: D19, mosi: D23, baud: 4000000, mode: 0 });
I2C1.setup({ scl: D22, sda: D21, bitrate: 400000 });
Serial2.setup(115200, { rx: D16, tx: D17 });

startPad({
  readerSpi: SPI1,
  readerSelect: D5,
  displayI2c: I2C1,
  displayAddress: DISPLAY_ADDRESS,
  keyRows: [D26, D25, D14, D13],
  keyColumns: [D15, D33, D32, D27],
  buzzer: D4,
  serial: Serial2,
  flashAddress: FLASH_ADDRESS,
  plan: PLAN_16_PAGES,
});
