/** The entry file of a board's bundle, written from its profile. */
import type { BoardProfile, FlashRegion } from "../../firmware/boards/board-profile";

const LINE_CHARACTERS = 100;
const DISPLAY_ADDRESS = "0x3c";
/** What makes the reader from an SPI device and a clock, and the driver that exports it. */
const READERS = {
  mfrc522: ["createMfrc522", "mfrc522"],
  pn532: ["createPn532OnSpi", "pn532-spi"],
} as const;
const COMMENT =
  "Wiring and flash pages are those of board-profiles.ts, from which `make boards` writes this.";

/** TypeScript, formatted as the project's files are. */
export function entrySource(profile: BoardProfile): string {
  const { pins, buses, flash, aes, reader } = profile;
  const pinNames = [...new Set(Object.values(pins).flat())].sort(byNumber);
  const isSplit = flash.regions.length > 1;
  const serials = [[buses.serial, pins.rx, pins.tx]];
  if (buses.till !== undefined) serials.push([buses.till, pins.tillRx!, pins.tillTx!]);
  const functions = ["createFlash", "startPad"];
  if (aes === "native") functions.unshift("createAes");
  const lines = ["/**", ...wrapped(`${profile.title}. ${COMMENT}`), " */"];
  if (aes === "portable")
    lines.push('import { createPortableAes } from "../../card-layout/aes128";');
  const [createReader, driver] = READERS[reader];
  lines.push(
    `import { ${createReader} } from "../drivers/${driver}";`,
    `import { ${functions.join(", ")} } from "./espruino";`,
    `import { ${flash.planName} } from "./flash-plan";`,
  );
  if (buses.till !== undefined) lines.push('import { createTillLine } from "./till-line";');
  if (isSplit) lines.push('import { createSplitFlash } from "./split-flash";');
  lines.push(
    "",
    `declare const ${buses.spi}: EspruinoSpi;`,
    `declare const ${buses.i2c}: EspruinoI2c;`,
    ...serials.map(([name]) => `declare const ${name}: EspruinoSerial;`),
    ...pinNames.map((pin) => `declare const ${pin}: EspruinoPin;`),
    "",
    `${buses.spi}.setup({ sck: ${pins.sck}, miso: ${pins.miso}, mosi: ${pins.mosi}, ` +
      `baud: 4000000, mode: 0${reader === "pn532" ? ', order: "lsb"' : ""} });`,
    `${buses.i2c}.setup({ scl: ${pins.scl}, sda: ${pins.sda}, bitrate: 400000 });`,
    ...serials.map(([name, rx, tx]) => `${name}.setup(115200, { rx: ${rx}, tx: ${tx} });`),
    "",
    "startPad({",
    `  readerSpi: ${buses.spi},`,
    `  readerSelect: ${pins.readerSelect},`,
    `  createReader: ${createReader},`,
    `  displayI2c: ${buses.i2c},`,
    `  displayAddress: ${DISPLAY_ADDRESS},`,
    `  keyRows: [${[...pins.keyRows].reverse().join(", ")}],`,
    `  keyColumns: [${[...pins.keyColumns].reverse().join(", ")}],`,
    `  buzzer: ${pins.buzzer},`,
    `  light: ${pins.light},`,
    `  serial: ${buses.serial},`,
    ...flashLines(profile),
    `  plan: ${flash.planName},`,
    `  aes: ${aes === "native" ? "createAes()" : "createPortableAes()"},`,
    ...(buses.till === undefined ? [] : [`  createTill: createTillLine(${buses.till}),`]),
    "});",
    "",
  );
  return lines.join("\n");
}

function flashLines({ flash }: BoardProfile): string[] {
  const [first, second] = flash.regions;
  if (second === undefined) return [`  flash: ${flashCall(first)},`];
  // The low pages are one page of their own, as long as all of them together.
  const low = { ...first, pageCount: 1, strideBytes: first.pageCount * first.strideBytes };
  return [
    "  flash: createSplitFlash(",
    `    ${flashCall(low)},`,
    `    ${first.pageCount},`,
    `    ${first.strideBytes},`,
    `    ${flashCall(second)},`,
    "  ),",
  ];
}

function flashCall({ address, strideBytes, pageCount }: FlashRegion): string {
  return `createFlash(0x${address.toString(16).padStart(6, "0")}, ${strideBytes}, ${pageCount})`;
}

function wrapped(text: string): string[] {
  const lines = [" *"];
  for (const word of text.split(" ")) {
    if (lines[lines.length - 1].length + word.length + 1 > LINE_CHARACTERS) lines.push(" *");
    lines[lines.length - 1] += ` ${word}`;
  }
  return lines;
}

/** D4 before D13. */
function byNumber(a: string, b: string): number {
  return a[0].localeCompare(b[0]) || Number(a.slice(1)) - Number(b.slice(1));
}
