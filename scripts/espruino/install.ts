/**
 * Makes the flash of an interpreter for Linux (a file in its folder) as an uploader leaves that of
 * a board: the bundle runs from flash, so it takes as many variables as there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const SHIM = new URL("board-shim.js", import.meta.url);
/**
 * Runs before `.bootcde` and counts the interpreter's own variables; the shim itself is kept in
 * memory, where it is faster than in flash.
 */
const LOADER = `var ownVariables = process.memory().usage;
eval(require("fs").readFileSync("board-shim.js"));`;
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

/** Device file name in Storage -> content, one character a byte. */
export function installFiles(
  binary: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): void {
  writeFileSync(path.join(folder, "board-shim.js"), readFileSync(SHIM));
  let script = INSTALLER;
  Object.entries({ ".boot0": LOADER, ...files }).forEach(([name, content], index) => {
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
