/** The figures of a day in the interpreter as tables. */
import type { Section } from "../bench/report";
import type { DayReport } from "./interpreted-day";
import type { EngineFigures, EngineMemory } from "./interpreter-engine";

/** Column -> step of the day. */
const TAPS: Record<string, string> = {
  enrol: "enrol",
  sale: "sale",
  redeem: "redeem",
  balance: "balance",
};

/** Most variables in use in any step; NaN-free, because some steps run without the interpreter. */
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
  const taps = Object.values(TAPS).map((step) => plain.figures.get(step) as EngineFigures);
  const peaks = Object.values(TAPS).map((step) => sampled?.figures.get(step)?.peakVariables);
  const less = (variables: number) => variables - base.usedVariables;
  const peak = sampled === undefined ? undefined : peakVariables(sampled.figures);
  return [
    {
      title: "Memory",
      note:
        "Variables of the interpreter, counted by itself. At rest: after a garbage collection, when " +
        "the first screen is shown. Most: counted at every call of the hardware during a day with " +
        "interrupted taps, power cuts and a sync. The interpreter's own and those of the test's " +
        "shim are in no row but the first and the last.",
      columns: ["figure"],
      rows: [
        ["interpreter and shim", base.usedVariables],
        ["bundle, bytes in flash", bundleBytes],
        ["bundle at rest", less(plain.afterBoot.usedVariables)],
        ["bundle, most", peak === undefined ? undefined : less(peak)],
        [
          `all at most, % of ${boardVariables}`,
          peak === undefined ? undefined : Math.round((1000 * peak) / boardVariables) / 10,
        ],
      ],
      isTimed: false,
    },
    {
      title: "One tap",
      note:
        "Interpreter: wall clock from each answer of the simulated hardware to the next call, less " +
        "what as many empty calls take; so it is what the interpreter computes, AES and CRC " +
        "included. The Linux build reads a bundle in flash from a file in pieces of 16 bytes and " +
        "opens it for each; a board has its flash in the address space.",
      columns: Object.keys(TAPS),
      rows: [
        ["interpreter, ms", ...taps.map((figure) => computingMs(figure, plain.callMs))],
        ["calls of the hardware", ...taps.map(({ calls }) => calls)],
        ["variables, most", ...peaks.map((count) => (count === undefined ? count : less(count)))],
      ],
      isTimed: true,
    },
  ];
}

function computingMs({ interpreterMs, calls }: EngineFigures, callMs: number): number {
  return Math.round(interpreterMs - calls * callMs);
}
