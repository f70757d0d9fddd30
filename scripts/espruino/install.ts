/**
 * Makes the flash of an interpreter for Linux (a file in its folder) as an uploader leaves that of
 * a board: the bundle runs from flash, so it takes as many variables as there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BoardProfile } from "../../firmware/boards/board-profile";

const SHIM = new URL("board-shim.js", import.meta.url);
const INSTALLED = "INSTALLED";

/** Small pieces: the interpreter's memory may be too short for a whole file. */
const INSTALLER = `
const storage = require("Storage");
storage.eraseAll();
const install = (name, source, sizeBytes) => {
  const file = E.openFile(source, "r");
  for (let at = 0; at < sizeBytes; at += 512) {
    const part = file.read(512);
    if (!storage.write(name, part, at, sizeBytes)) throw new Error("no room for " + name);
  }
  file.close();
};
`;

/**
 * `.boot0`, which runs before `.bootcde`: counts the interpreter's own variables, names what the
 * board's bundle names, and starts the shim, which is kept in memory, where it is faster than in
 * flash. Only `var` puts these before the interpreter's own objects, and an interpreter for Linux
 * has not every board's pins; a pin's name is what the host needs of it.
 */
export function boardLoader({ buses, pins }: BoardProfile): string {
  const { spi, i2c, serial, till = "noTill" } = buses;
  const objects = [spi, i2c, serial, till].map((name) => `${name}={}`);
  const names = Object.values(pins)
    .flat()
    .map((pin) => `${pin}="${pin}"`);
  return `var ownVariables=process.memory().usage;
var ${[...objects, ...names].join()};
var officeLine=${serial},tillLine=${till};
eval(require("fs").readFileSync("board-shim.js"));`;
}

/** Device file name in Storage -> content, one character a byte. */
export function installFiles(
  binary: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): void {
  writeFileSync(path.join(folder, "board-shim.js"), readFileSync(SHIM));
  let script = INSTALLER;
  Object.entries(files).forEach(([name, content], index) => {
    const source = `file-${index}`;
    writeFileSync(path.join(folder, source), content, "latin1");
    script += `install(${JSON.stringify(name)}, "${source}", ${content.length});\n`;
  });
  writeFileSync(path.join(folder, "install.js"), `${script}print("${INSTALLED}");quit();\n`);
  const { stdout } = spawnSync("sh", ["-c", 'mkfifo keys; exec "$0" install.js 0<>keys', binary], {
    cwd: folder,
    encoding: "latin1",
  });
  if (!stdout.includes(INSTALLED)) throw new Error(`the flash could not be filled:\n${stdout}`);
}
