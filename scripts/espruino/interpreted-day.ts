/** The day in a real interpreter, and what its steps take there. */
import type { BoardProfile } from "../../firmware/boards/board-profile";
import type { SimBoard } from "../../host-sim/board";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { Day, type Trace } from "./day";
import {
  type EngineFigures,
  type EngineMemory,
  type EngineOptions,
  InterpreterEngine,
} from "./interpreter-engine";

export interface DayReport {
  traces: Trace[];
  /** By step. */
  figures: Map<string, EngineFigures>;
  afterBoot: EngineMemory;
  /** Milliseconds of a call that does nothing. */
  callMs: number;
}

const CALLS_TIMED = 1000;

/** Plays the day with `files` in the interpreter's Storage (`.bootcde` is the bundle). */
export async function playInterpreted(
  binary: string,
  files: Readonly<Record<string, string>>,
  profile: BoardProfile,
  options: EngineOptions,
): Promise<DayReport> {
  const engine = new InterpreterEngine(binary, files, profile, options);
  try {
    const figures = new Map<string, EngineFigures>();
    let afterBoot: EngineMemory | undefined;
    let callMs = 0;
    const day = new Day(
      (board) => new EspruinoRuntime(board, engine, profile),
      ({ step }) => {
        figures.set(step, engine.figures);
        if (afterBoot === undefined) {
          afterBoot = engine.memory();
          callMs = engine.callMs(CALLS_TIMED);
        }
        engine.resetFigures();
      },
      profile,
    );
    const traces = await day.play();
    if (afterBoot === undefined) throw new Error("the day had no step");
    return { traces, figures, afterBoot, callMs };
  } finally {
    engine.close();
  }
}

/** What the interpreter holds with this test's shim and no bundle. */
export function memoryWithoutBundle(binary: string, profile: BoardProfile): EngineMemory {
  const engine = new InterpreterEngine(binary, { ".bootcde": ";" }, profile);
  const run = (board: SimBoard) => new EspruinoRuntime(board, engine, profile);
  try {
    new Day(run, () => undefined, profile).boot();
    return engine.memory();
  } finally {
    engine.close();
  }
}
