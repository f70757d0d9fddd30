/**
 * The packet connection of EspruinoTools (npm `espruino`): evaluation and file transfer with
 * acknowledgement and flow control, as interpreters since 2v25 have it. Only two of its files are
 * used (scripts/build/tools-context.ts says why); its `write` has a callback that short files never
 * reach.
 */
import { runToolsFiles } from "../build/tools-context";

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

const FILES = ["core/utils.js", "core/serial.js"];
/** No more than the smallest board's input buffer takes in one go. */
const CHUNK_BYTES = 512;

/** A connection of its own; `write` gets what is to be sent. */
export function createToolsConnection(
  write: (bytes: Uint8Array) => Promise<void>,
): ToolsConnection {
  const Espruino = { Core: { Config: { add: () => undefined }, Status: {} } };
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval };
  runToolsFiles(FILES, { Espruino, ...timers });
  const { Serial } = Espruino.Core as unknown as { Serial: { connection: ToolsConnection } };
  const { connection } = Serial;
  connection.writeLowLevel = (data) => write(Buffer.from(data, "latin1"));
  connection.chunkSize = CHUNK_BYTES;
  connection.isOpen = true;
  return connection;
}
