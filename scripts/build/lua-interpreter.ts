/** Debian's Lua 5.1, where it is installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export const LUA = "lua5.1";

/** Devices have it without asking. */
const BIT_LIBRARY = 'bit = require("bit")';

/** Whether Lua and its `bit` library (lua-bitop) are here. */
export function hasLua(): boolean {
  return spawnSync(LUA, ["-e", BIT_LIBRARY]).status === 0;
}

/** The lines that a program prints; `prelude` is Lua that runs in front of it. */
export function printedByLua(code: string, prelude = "", input = ""): string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-lua-"));
  try {
    const file = path.join(folder, "cases.lua");
    writeFileSync(file, [BIT_LIBRARY, prelude, code].join("\n"));
    const printed = execFileSync(LUA, [file], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    return printed.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
