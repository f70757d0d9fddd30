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

/** A day of a board's bundle whose variables were counted; `base` is without the bundle. */
export interface SampledDay {
  profile: { name: string; variables: number };
  bundleBytes: number;
  base: EngineMemory;
  sampled: DayReport;
}

export function memorySection(days: readonly SampledDay[]): Section {
  const row = (
    what: string,
    figure: (day: SampledDay, peak: number) => number,
  ): Section["rows"][0] => [
    what,
    ...days.map((day) => figure(day, peakVariables(day.sampled.figures) - shimVariables(day.base))),
  ];
  return {
    title: "Memory",
    note:
      "Variables, counted by the interpreter. At rest: after a garbage collection, when the " +
      "first screen is shown. Most: counted at every call of the hardware during a day with " +
      "interrupted taps, power cuts, a sync and, on a board with such a line, a sale from a " +
      "till. Those of the test's own shim, which no board has, are in no row. The last row is " +
      "of the board's own number; the goal is at most 60 %.",
    columns: days.map(({ profile }) => profile.name),
    rows: [
      row("bundle, bytes in flash", ({ bundleBytes }) => bundleBytes),
      row("variables of the board", ({ profile }) => profile.variables),
      row("interpreter by itself", ({ base }) => base.ownVariables),
      row(
        "with the bundle at rest",
        ({ base, sampled }) => sampled.afterBoot.usedVariables - shimVariables(base),
      ),
      row("with the bundle, most", (_, peak) => peak),
      row("most, % of the board's", ({ profile }, peak) => {
        return Math.round((1000 * peak) / profile.variables) / 10;
      }),
    ],
    isTimed: false,
  };
}

export function tapSection(
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
