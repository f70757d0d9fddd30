/**
 * The packet connection of EspruinoTools (npm `espruino`): evaluation and file transfer with
 * acknowledgement and flow control, as interpreters since 2v25 have it. Only two of its files are
 * used, in a context of their own: its own start-up takes over Node's globals, looks for ports with
 * a program of the system's, fetches board descriptions from the network, and has a `write` whose
 * callback short files never reach.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createContext, runInContext } from "node:vm";

/** What is used of EspruinoTools' `Connection` (core/serial.js). Strings hold one byte a letter. */
export interface ToolsConnection {
  isOpen: boolean;
  chunkSize: number;
  writeLowLevel: (data: string) => Promise<void>;
  write(data: string): Promise<void>;
  rxDataHandler(data: ArrayBuffer): void;
  closeHandler(): void;
  espruinoEval(expression: string, options: { timeout: number }): Promise<unknown>;
  espruinoSendFile(
    name: string,
    content: string,
    options: { chunkSize: number; progress: (sentBytes: number) => void },
  ): Promise<void>;
}

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve("espruino"));
const FILES = ["core/utils.js", "core/serial.js"];
/** No more than the smallest board's input buffer takes in one go. */
const CHUNK_BYTES = 512;

/** A connection of its own; `write` gets what is to be sent. */
export function createToolsConnection(
  write: (bytes: Uint8Array) => Promise<void>,
): ToolsConnection {
  const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
  const Espruino = { Core: { Config: { add: () => undefined }, Status: {} } };
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval };
  const globals: Record<string, unknown> = { Espruino, console: silent, ...timers };
  globals.window = globals;
  globals.global = globals;
  createContext(globals);
  for (const name of FILES) {
    const file = path.join(PACKAGE, name);
    runInContext(readFileSync(file, "utf8"), globals, { filename: file });
  }
  const { Serial } = Espruino.Core as unknown as { Serial: { connection: ToolsConnection } };
  const { connection } = Serial;
  connection.writeLowLevel = (data) => write(Buffer.from(data, "latin1"));
  connection.chunkSize = CHUNK_BYTES;
  connection.isOpen = true;
  return connection;
}
