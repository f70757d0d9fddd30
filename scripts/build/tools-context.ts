/**
 * Files of EspruinoTools (npm `espruino`), run in a context of their own: its own start-up takes
 * over Node's globals, looks for ports with a program of the system's, and fetches board
 * descriptions from the network.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createContext, runInContext } from "node:vm";

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve("espruino"));

/** `globals` holds what the files want to find, `Espruino` among it, which they add to. */
export function runToolsFiles(files: readonly string[], globals: Record<string, unknown>): void {
  const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
  Object.assign(globals, { console: silent, window: globals, global: globals });
  createContext(globals);
  for (const name of files) {
    const file = path.join(PACKAGE, name);
    runInContext(readFileSync(file, "utf8"), globals, { filename: file });
  }
}
