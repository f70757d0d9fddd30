/** What a tap takes with the interpreter's computing, estimated board by board. */
import { ESP32, PICO2 } from "../../firmware/boards/board-profiles";
import type { Bundle } from "../build/bundle";
import { BenchClub, type MeasuredTap } from "./bench-club";
import { countingBundle, MEASURED_MIPS, PRICES } from "./interpreter-cost";
import type { Section } from "./report";
import { TAP_KINDS, type TapKindName } from "./tap-figures";

/** The goal is set for a board like this. */
export const GOAL_MIPS = 80;

const KEYS: Record<TapKindName, string> = {
  enrol: "C09121234567#",
  sale: "300000#",
  redeem: "50000A1000#",
  balance: "B",
};
const BOARDS: [name: string, board: "esp32" | "pico2", mips: number][] = [
  ["100 MHz, 80 MIPS (Espruino WiFi)", "esp32", GOAL_MIPS],
  ["125 MIPS, as the prices", "esp32", MEASURED_MIPS],
  ["150 MHz, 120 MIPS, portable AES (Pico 2)", "pico2", 120],
  ["240 MHz, 190 MIPS (ESP32)", "esp32", 190],
];

/** One tap of each kind on a board that executes `mips` million instructions a second. */
export function estimateTaps(
  code: string,
  mips: number,
  profile = ESP32,
): Record<TapKindName, MeasuredTap> {
  const counting = countingBundle(code, { totalUs: 0 });
  const club = new BenchClub(counting.code, (clock) => counting.globals(clock, mips), profile);
  const card = club.newCard();
  const tap = (kind: TapKindName) => club.tap(KEYS[kind], card);
  const enrol = tap("enrol");
  const sale = tap("sale");
  club.passOneDay();
  return { enrol, sale, redeem: tap("redeem"), balance: tap("balance") };
}

export function estimateSection(esp32: Bundle, pico2: Bundle): Section {
  const rows = BOARDS.flatMap(([name, board, mips]): Section["rows"] => {
    const [code, profile] = board === "esp32" ? [esp32.code, ESP32] : [pico2.code, PICO2];
    const taps = estimateTaps(code, mips, profile);
    const row = (what: string, figure: (tap: MeasuredTap) => number): Section["rows"][0] => [
      `${name}: ${what}`,
      ...TAP_KINDS.map((kind) => Math.round(figure(taps[kind]))),
    ];
    return [
      row("card to sound, ms", ({ durationMs }) => durationMs),
      row("SPI frames", ({ spiFrames }) => spiFrames),
    ];
  });
  return {
    title: "One tap with the interpreter's computing",
    note:
      "An estimate. The bundle counts the tokens that it executes, and the virtual clock is " +
      `charged for them on the way: ${PRICES.tokenUs} us for a token, ${PRICES.skippedTokenUs} ` +
      `for one that is skipped, ${PRICES.callUs} more for a call, ${PRICES.newUs} for a view, ` +
      `${PRICES.aesUs} for a native AES call, ${PRICES.textUs} for bytes as text, at ` +
      `${MEASURED_MIPS} MIPS. These prices fit loops timed in Espruino for an STM32F405 in an ` +
      "emulator that counts instructions and knows no wait states. Whole taps were counted in " +
      "Espruino compiled for ARM and Linux: an empty loop takes 1.36 times the emulator's there, " +
      "and with that factor taps come within a tenth of this table; without it a sale takes 1.56 " +
      "s at 80 MIPS (decision 0023). " +
      "MIPS of a board: its clock by 1.25 cycles an instruction. " +
      "A slow one polls less often, so frames are fewer. The goal, 400 ms for a sale at 100 MHz, " +
      "is not met: of a sale's time there the air and the card take 0.3 s, and the rest is the " +
      "interpreter's: a third for 100 exchanges with the reader, then numbers into bytes and " +
      "back, seals, and the journal.",
    columns: [...TAP_KINDS],
    rows,
    isTimed: false,
  };
}
