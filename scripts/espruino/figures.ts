/** The figures of a day in the interpreter as tables. */
import type { Section } from "../bench/report";
import type { DayReport } from "./interpreted-day";
import type { EngineFigures, EngineMemory } from "./interpreter-engine";

/** Steps of the day, and columns. */
const TAPS = ["enrol", "sale", "redeem", "balance"];

/** Most variables in use in any step, the shim's included. */
export function peakVariables(figures: ReadonlyMap<string, EngineFigures>): number {
  return Math.max(0, ...[...figures.values()].map((figure) => figure.peakVariables));
}

/** `base` is the interpreter without the bundle, `sampled` a day whose variables were counted. */
export function figureSections(
  bundleBytes: number,
  base: EngineMemory,
  plain: DayReport,
  sampled: DayReport | undefined,
  boardVariables: number,
): Section[] {
  return [
    memorySection(bundleBytes, base, plain, sampled, boardVariables),
    tapSection(base, plain, sampled),
  ];
}

function memorySection(
  bundleBytes: number,
  base: EngineMemory,
  { afterBoot }: DayReport,
  sampled: DayReport | undefined,
  boardVariables: number,
): Section {
  const peak = sampled && peakVariables(sampled.figures) - shimVariables(base);
  const share = peak && Math.round((1000 * peak) / boardVariables) / 10;
  return {
    title: "Memory",
    note:
      "Variables, counted by the interpreter. At rest: after a garbage collection, when the " +
      "first screen is shown. Most: counted at every call of the hardware during a day with " +
      "interrupted taps, power cuts and a sync. Those of the test's own shim, which no board " +
      "has, are in no row.",
    columns: ["figure"],
    rows: [
      ["bundle, bytes in flash", bundleBytes],
      ["interpreter by itself", base.ownVariables],
      ["with the bundle at rest", afterBoot.usedVariables - shimVariables(base)],
      ["with the bundle, most", peak],
      [`most, % of ${boardVariables}`, share],
    ],
    isTimed: false,
  };
}

function tapSection(
  base: EngineMemory,
  { figures, callMs }: DayReport,
  sampled: DayReport | undefined,
): Section {
  const taps = TAPS.map((step) => figures.get(step) as EngineFigures);
  const peaks = TAPS.map((step) => sampled?.figures.get(step)?.peakVariables);
  return {
    title: "One tap",
    note:
      "Computing: wall clock from each answer of the simulated hardware to the next call, less " +
      "what as many empty calls take; AES and CRC are included. The Linux build reads a bundle " +
      "in flash from a file, which it opens for each 16 bytes; a board has its flash in the " +
      "address space.",
    columns: TAPS,
    rows: [
      ["computing, ms", ...taps.map((figure) => computingMs(figure, callMs))],
      ["calls of the hardware", ...taps.map(({ calls }) => calls)],
      ["variables, most", ...peaks.map((count) => count && count - shimVariables(base))],
    ],
    isTimed: true,
  };
}

/** What the test's shim takes, which no board has. */
export function shimVariables(base: EngineMemory): number {
  return base.usedVariables - base.ownVariables;
}

function computingMs({ interpreterMs, calls }: EngineFigures, callMs: number): number {
  return Math.round(interpreterMs - calls * callMs);
}
