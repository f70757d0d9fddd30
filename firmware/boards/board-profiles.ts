/** Every board that a bundle is built for. Sources: boards/*.py of Espruino 2v29. */
import type { BoardProfile } from "./board-profile";
import { PLAN_3_SECTORS, PLAN_16_PAGES } from "./flash-plan";

const KB = 1024;
/** The longest settings with their header, in whole lines of flash. */
const SETTINGS_BYTES = 2304;

/** Pins of an ESP32 are printed without the D that Espruino puts before them. */
const ESP32_PRINTED = Object.fromEntries(
  Array.from({ length: 40 }, (_, number) => [`D${number}`, `G${number}`]),
);

const pinList = (names: string) => names.split(" ");

export const ESP32: BoardProfile = {
  name: "esp32",
  title: "ESP32 (DevKitC and the like, NodeMCU-32S)",
  controller: "ESP32, 240 MHz",
  interpreter: "ESP32",
  variables: 16383,
  // Storage has room for many versions, and twice the variables of the smallest board bear what the
  // line to a till and a printer add.
  bundleBytes: 56 * KB,
  storage: { address: 0x320000, sizeBytes: 896 * KB },
  // Free of Storage and of the partition table in every build of the board (boards/ESP32.py).
  flash: {
    planName: "PLAN_16_PAGES",
    plan: PLAN_16_PAGES,
    regions: [{ address: 0x310000, pageCount: 16, strideBytes: 4 * KB, isErasable: true }],
  },
  aes: "native",
  reader: "mfrc522",
  buses: { spi: "SPI1", i2c: "I2C1", serial: "Serial2", till: "Serial3" },
  pins: {
    sck: "D18",
    miso: "D19",
    mosi: "D23",
    readerSelect: "D5",
    scl: "D22",
    sda: "D21",
    keyRows: ["D13", "D14", "D25", "D26"],
    keyColumns: ["D27", "D32", "D33", "D15"],
    buzzer: "D4",
    light: "D12",
    rx: "D16",
    tx: "D17",
    // The one that is left and can send is read at start-up, where a till's line must not hold it.
    tillRx: "D34",
    tillTx: "D2",
  },
  console: "the USB socket, 115200 baud",
  edges: {
    left: pinList("3V3 EN D36 D39 D34 D35 D32 D33 D25 D26 D27 D14 D12 GND D13 D9 D10 D11 5V"),
    right: pinList("GND D23 D22 D1 D3 D21 GND D19 D18 D5 D17 D16 D4 D0 D2 D15 D8 D7 D6"),
  },
  printed: ESP32_PRINTED,
  limits: [
    "The journal holds about 400 taps, a busy day: fetch it every evening.",
    "To flash the interpreter take the till's wire off G2, which the chip reads at start-up.",
  ],
};

export const ESP32_PN532: BoardProfile = Object.assign({}, ESP32, {
  name: "esp32-pn532",
  title: "ESP32 with the reader PN532",
  reader: "pn532" as const,
});

export const ESPRUINO_WIFI: BoardProfile = {
  name: "espruino-wifi",
  title: "Espruino WiFi",
  controller: "STM32F411, 100 MHz",
  interpreter: "ESPRUINOWIFI",
  variables: 8190,
  // What one sector of Storage and 8,190 variables bear, with room to grow.
  bundleBytes: 48 * KB,
  storage: { address: 0x08010000, sizeBytes: 64 * KB },
  flash: {
    planName: "PLAN_3_SECTORS",
    plan: PLAN_3_SECTORS,
    regions: [
      // Behind the header of Storage's first file: Storage is a single sector, and the three
      // sectors that are free are all that the journal can do with.
      { address: 0x08010020, pageCount: 2, strideBytes: SETTINGS_BYTES, isErasable: false },
      { address: 0x08004000, pageCount: 3, strideBytes: 16 * KB, isErasable: true },
    ],
    storageFile: { name: "clubpad.pages", sizeBytes: 2 * SETTINGS_BYTES },
  },
  aes: "native",
  reader: "mfrc522",
  buses: { spi: "SPI1", i2c: "I2C1", serial: "Serial1" },
  pins: {
    sck: "A5",
    miso: "A6",
    mosi: "A7",
    readerSelect: "A4",
    scl: "B8",
    sda: "B9",
    keyRows: ["B10", "B13", "B14", "B15"],
    keyColumns: ["A0", "A1", "B1", "B0"],
    buzzer: "A8",
    light: "B5",
    rx: "B7",
    tx: "B6",
  },
  console: "the USB socket",
  edges: {
    left: pinList("B15 B14 B13 B10 B1 A7 A6 A5 A4 A1 A0"),
    right: pinList("GND VUSB 3.3 B3 B4 B5 B6 B7 B8 B9 B0 A10 A8"),
  },
  printed: {},
  limits: [
    "Storage is one sector of 64 KB: there is no room for two versions, so no way back.",
    "Settings can be stored twice; then Storage has to be erased and the pad provisioned anew.",
    "Erasing a sector of the journal stops the pad for half a second.",
    "No link to a till: its other serial lines lead to the WiFi chip or have no pins left.",
  ],
};

export const PICO2: BoardProfile = {
  name: "pico2",
  title: "Raspberry Pi Pico 2 and Pico 2 W",
  controller: "RP2350, 150 MHz",
  interpreter: "RP2350_PICO2",
  variables: 16000,
  // As the ESP32, and 2 KB for the portable AES.
  bundleBytes: 58 * KB,
  storage: { address: 0x10100000, sizeBytes: 3072 * KB },
  flash: {
    planName: "PLAN_16_PAGES",
    plan: PLAN_16_PAGES,
    // The interpreter refuses raw access outside Storage: so the pages lie inside its first file,
    // behind the page that the file's header is in.
    regions: [{ address: 0x10101000, pageCount: 16, strideBytes: 4 * KB, isErasable: true }],
    storageFile: { name: "clubpad.pages", sizeBytes: 17 * 4 * KB - 32 },
  },
  aes: "portable",
  reader: "mfrc522",
  buses: { spi: "SPI1", i2c: "I2C1", serial: "Serial2", till: "Serial1" },
  pins: {
    sck: "D18",
    miso: "D16",
    mosi: "D19",
    readerSelect: "D17",
    scl: "D21",
    sda: "D20",
    keyRows: ["D6", "D7", "D8", "D9"],
    keyColumns: ["D10", "D11", "D12", "D13"],
    buzzer: "D15",
    light: "D14",
    rx: "D5",
    tx: "D4",
    tillRx: "D1",
    tillTx: "D0",
  },
  console: "the USB socket",
  edges: {
    left: pinList("D0 D1 GND D2 D3 D4 D5 GND D6 D7 D8 D9 GND D10 D11 D12 D13 GND D14 D15"),
    right: pinList(
      "VBUS VSYS GND 3V3_EN 3V3 VREF D28 GND D27 D26 RUN D22 GND D21 D20 D19 D18 GND D17 D16",
    ),
  },
  printed: Object.fromEntries(
    Array.from({ length: 30 }, (_, number) => [`D${number}`, `GP${number}`]),
  ),
  limits: [
    "Journal and settings lie inside Storage: erasing Storage erases unsent records.",
    "The stock interpreter has no AES: the bundle's own takes longer, see the benchmarks.",
    "The journal holds about 400 taps, a busy day: fetch it every evening.",
  ],
};

export const BOARD_PROFILES: readonly BoardProfile[] = [ESP32, ESP32_PN532, ESPRUINO_WIFI, PICO2];
