/** What is measured, as sections of the report. */
import { spawnSync } from "node:child_process";
import { ESP32, ESP32_PN532, PICO2 } from "../../firmware/boards/board-profiles";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { INTERPRETED_FRAME_OVERHEAD_US } from "../../host-sim/mfrc522";
import { countSpi, measureTransaction, type SpiCount } from "../../host-sim/spi-count";
import type { Bundle } from "../build/bundle";
import { BenchClub, type MeasuredTap } from "./bench-club";
import { estimateSection } from "./estimate";
import { OPERATION_KINDS } from "./exchange-log";
import { luaSections } from "./lua-section";
import { BUNDLE_SECTION, type Cell, type Section, WHOLE_BUNDLE } from "./report";
import { measureTaps, TAP_KINDS, type TapFigures } from "./tap-figures";

const TAPS_OF_A_KIND = 10;
/** The last free page is kept for closing what has begun (firmware/storage/JOURNAL.md). */
const SPARE_PAGES = 1;

/** Folder of the bundle's sources -> part, first match. */
const BUNDLE_PARTS: [prefix: string, part: string][] = [
  ["card-layout/", "card-layout"],
  ["firmware/core/", "core"],
  ["firmware/storage/", "storage"],
  ["firmware/app/", "app"],
  ["firmware/drivers/", "drivers"],
  ["firmware/boards/", "boards"],
  ["", "joints and declarations"],
];

/** `bundles` by board. */
export async function measureAll(
  bundles: ReadonlyMap<string, Bundle>,
  buildSeconds: number,
): Promise<Section[]> {
  const [esp32, pico2] = [ESP32, PICO2].map(({ name }) => bundles.get(name) as Bundle);
  const club = new BenchClub(esp32.code);
  const start = process.cpuUsage();
  const figures = await measureTaps(club, TAPS_OF_A_KIND);
  const seconds = processorSeconds(start);
  return [
    tapSection(figures),
    await pn532Section(bundles.get(ESP32_PN532.name) as Bundle),
    airSection(figures),
    operationSection(figures),
    spiSection(),
    estimateSection(esp32, pico2),
    ...(await luaSections()),
    bundleSection(bundles),
    speedSection(figures.tapCount / seconds, buildSeconds),
    crypto1Section(),
  ];
}

/** Since `start`. What else the machine has to do does not count, as it would on the wall clock. */
export function processorSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function tapSection(figures: TapFigures): Section {
  const { fromPad, toPad } = figures.syncPerSale;
  return {
    title: "One tap",
    note:
      "The device bundle on the simulated board, by what the cashier does: redeem is a sale paid " +
      "in part with credit. The time runs from the card's arrival to the sound, the wait for the " +
      "pad's next look for a card included. It charges what the board's drivers and parts take " +
      "(host-sim/board.ts), not what the interpreter computes. Sync bytes are what crosses the " +
      "serial line when ten sales are fetched in one go, by sale. Medians of ten taps.",
    columns: [...TAP_KINDS],
    rows: [
      byKind("card to sound, ms", figures, (tap) => tap.durationMs),
      byKind("exchanges on the air", figures, (tap) => tap.air.exchanges),
      byKind("bytes on the air", figures, (tap) => tap.air.bytes),
      byKind("SPI frames, all polls", figures, (tap) => tap.spiFrames),
      byKind("SPI bytes, all polls", figures, (tap) => tap.spiBytes),
      byKind("journal bytes in flash", figures, (tap) => tap.flashBytes),
      byKind("taps that fit the journal, about", figures, tapsInJournal),
      ["sync bytes from the pad", undefined, fromPad, undefined, undefined],
      ["sync bytes to the pad", undefined, toPad, undefined, undefined],
    ],
    isTimed: false,
  };
}

async function pn532Section(bundle: Bundle): Promise<Section> {
  const figures = await measureTaps(
    new BenchClub(bundle.code, undefined, ESP32_PN532),
    TAPS_OF_A_KIND,
  );
  return {
    title: "One tap with a PN532",
    note:
      "The same taps, the reader being a PN532 on SPI. It looks for a second card at every " +
      "selection and computes by itself; its own times are assumed (host-sim/pn532.ts).",
    columns: [...TAP_KINDS],
    rows: [
      byKind("card to sound, ms", figures, (tap) => tap.durationMs),
      byKind("exchanges on the air", figures, (tap) => tap.air.exchanges),
      byKind("SPI frames, all polls", figures, (tap) => tap.spiFrames),
      byKind("SPI bytes, all polls", figures, (tap) => tap.spiBytes),
    ],
    isTimed: false,
  };
}

/** Until the back office has to come, on the ESP32; headers and unused ends cost a tap a page. */
function tapsInJournal({ flashBytes }: MeasuredTap): Cell {
  if (flashBytes === 0) return undefined;
  const { journalPageCount, pageSizeBytes } = PLAN_16_PAGES;
  const perPage = Math.floor(pageSizeBytes / flashBytes) - 1;
  return perPage * (journalPageCount - SPARE_PAGES);
}

function airSection(figures: TapFigures): Section {
  return {
    title: "Time on the air against its floor, ms",
    note:
      "The floor is what the same exchanges take with a reader that loses no time: frames of " +
      "9n + 3 etu to the card and 9n + 2 etu back (1 etu = 128/fc = 9.44 us, 4-bit answers 59 " +
      "us); 71 us before each answer and 1172/fc = 86 us after it (ISO/IEC 14443-3); the card's " +
      "typical work of 3.1 ms for a write, 3.9 for a transfer, 1.4 for a decrement and 0.4 for a " +
      "read (MF1S50yyX_V1); and 5 + 5 ms of field off and on before a result is believed. What " +
      "is taken beyond that is the pad's: SPI frames at 150 us each, flash, looks at the clock.",
    columns: [...TAP_KINDS],
    rows: [
      byKind("frames", figures, ({ air }) => air.floor.framesMs),
      byKind("delays", figures, ({ air }) => air.floor.delaysMs),
      byKind("work of the card", figures, ({ air }) => air.floor.cardMs),
      byKind("field off and on", figures, ({ air }) => air.floor.fieldResetMs),
      byKind("floor", figures, ({ air }) => air.floor.totalMs),
      byKind("taken, first to last exchange", figures, ({ air }) => air.durationMs),
      byKind("taken / floor", figures, ({ air }) => air.durationMs / air.floor.totalMs),
    ],
    isTimed: false,
  };
}

function operationSection(figures: TapFigures): Section {
  return {
    title: "Operations on the card",
    note:
      "Authentications, writes and decrements are two exchanges each. The reads of a sale are " +
      "both counters three times (before, after the burn, after the field was off), the " +
      "identity's three blocks, the record before, the record after, and its first block again.",
    columns: [...TAP_KINDS],
    rows: OPERATION_KINDS.map((kind) =>
      byKind(kind, figures, ({ air }) => air.operations.get(kind) ?? 0),
    ),
    isTimed: false,
  };
}

function spiSection(): Section {
  const pair = (count: SpiCount | undefined): Cell[] => [count?.frames, count?.bytes];
  const measured = measureTransaction(INTERPRETED_FRAME_OVERHEAD_US);
  const rows: Section["rows"] = countSpi().map(({ operation, ours, arduino, planA, planB }) => [
    operation,
    ...[...pair(ours), ...pair(arduino), ...pair(planA), ...pair(planB)],
  ]);
  rows.push([
    "with all polls at 150 us",
    ...[measured.frames, measured.bytes],
    ...[undefined, undefined, undefined, undefined, undefined, undefined],
  ]);
  return {
    title: "SPI by operation",
    note:
      "Frames (f) and bytes (b) of the MFRC522 driver, one poll per wait. Arduino is " +
      "miguelbalboa/rfid at 5db091f3, measured. Plan A is the least with CRC in software; plan " +
      "B, the chip's CRC and an IRQ pin, is a bound that no driver has been run at; both were " +
      "computed by hand. The transaction: select, 6 authentications, 6 reads, 5 writes, 2 " +
      `decrements with transfer; with all polls it takes ${measured.durationMs.toFixed(0)} ms.`,
    columns: [
      ...["ours f", "ours b", "Arduino f", "Arduino b", "plan A f", "plan A b"],
      ...["plan B f", "plan B b"],
    ],
    rows,
    isTimed: false,
  };
}

function bundleSection(bundles: ReadonlyMap<string, Bundle>): Section {
  const columns = [...bundles.keys()];
  const rows = BUNDLE_PARTS.map(([, part]): Section["rows"][0] => [
    part,
    ...[...bundles.values()].map((bundle) => bytesByPart(bundle).get(part) ?? 0),
  ]);
  return {
    title: BUNDLE_SECTION,
    note:
      "The ES5 bundles, minified. `make size` shows every file of one (BOARD=pico2) and what has " +
      "changed since these figures. Variables in use are in benchmarks-espruino.md.",
    columns,
    rows: [...rows, [WHOLE_BUNDLE, ...[...bundles.values()].map(({ sizeBytes }) => sizeBytes)]],
    isTimed: false,
  };
}

function bytesByPart({ modules }: Bundle): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const [file, count] of Object.entries(modules)) {
    const part = BUNDLE_PARTS.find(([prefix]) => file.startsWith(prefix))?.[1] as string;
    bytes.set(part, (bytes.get(part) ?? 0) + count);
  }
  return bytes;
}

function speedSection(tapsPerSecond: number, buildSeconds: number): Section {
  return {
    title: "Speed on this machine",
    note: "By processor time. Taps come with their key presses and waits.",
    columns: ["figure"],
    rows: [
      ["simulated taps per second", Math.round(tapsPerSecond)],
      ["building the bundle, s", buildSeconds],
    ],
    isTimed: true,
  };
}

/** Runs the package's own benchmark and takes its table over. */
function crypto1Section(): Section {
  const script = "mifare-classic-crypto1/bench.ts";
  const { stdout } = spawnSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
  const rows: Section["rows"] = [];
  for (const line of stdout.split("\n")) {
    const found = /^(.+?) +([\d.]+) ns +([\d.]+) ns/.exec(line);
    if (found) rows.push([found[1], Number(found[2]), Number(found[3])]);
  }
  if (rows.length === 0) throw new Error(`${script} printed no figures`);
  return {
    title: "Crypto1, ns per operation",
    note: "mifare-classic-crypto1 beside npm chameleon-ultra.js 0.3.34, alternately in one run.",
    columns: ["ours", "chameleon-ultra.js"],
    rows,
    isTimed: true,
  };
}

function byKind(
  name: string,
  { taps }: TapFigures,
  figure: (tap: MeasuredTap) => Cell,
): Section["rows"][0] {
  return [name, ...TAP_KINDS.map((kind) => figure(taps[kind]))];
}
