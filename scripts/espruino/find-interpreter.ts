/** Where the Espruino interpreter for Linux is: named by ESPRUINO, or found on the PATH. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import path from "node:path";

/** @throws Error when ESPRUINO names something that is no interpreter. */
export function findInterpreter(env: Record<string, string | undefined>): string | undefined {
  const named = env.ESPRUINO ?? "";
  if (named !== "") {
    const binary = path.resolve(named);
    if (isInterpreter(binary)) return binary;
    throw new Error(`ESPRUINO=${named} is no program that can be run`);
  }
  const folders = (env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => path.resolve(folder, "espruino")).find(isInterpreter);
}

/** The uploader of the same name is a script, and would look for boards. */
function isInterpreter(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    if (!statSync(file).isFile()) return false;
  } catch {
    return false;
  }
  const start = Buffer.alloc(2);
  const descriptor = openSync(file, "r");
  readSync(descriptor, start, 0, start.length, 0);
  closeSync(descriptor);
  return start.toString("latin1") !== "#!";
}
