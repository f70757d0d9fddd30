/**
 * `test-lua.ts` runs the NodeMCU bundle in Debian's Lua 5.1 and compares a whole day with the same
 * source under Node, tap by tap. Prints bytes and heap. The last line is
 * `N passed, N failed[, N skipped]`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packAssets } from "../../host-sim/device-assets";
import { EventLoopRuntime } from "../../host-sim/espruino-runtime";
import { NodemcuContextEngine } from "../../host-sim/nodemcu-engine";
import { NodemcuHardware } from "../../host-sim/nodemcu-hardware";
import { buildBundle } from "../build/bundle";
import { hasLua, LUA } from "../build/lua-interpreter";
import { Day, firstDifference } from "../espruino/day";
import { PROJECT_ROOT } from "../sim/club";
import { LuaEngine, NODEMCU } from "./lua-engine";
import { nodemcuFiles } from "./nodemcu-files";

const LUAC = "luac5.1";
const ENTRY = "firmware/boards/nodemcu.ts";
const MODULES = ["crypto", "gpio", "i2c", "pwm2", "rtctime", "spi", "tmr", "uart"];

async function main(): Promise<number> {
  if (!hasLua()) {
    console.log("There is no lua5.1 with lua-bitop here: apt-get install lua5.1 lua-bitop.");
    console.log("0 passed, 0 failed, 2 skipped");
    return 0;
  }
  const files = nodemcuFiles(PROJECT_ROOT);
  const cases: [name: string, run: () => Promise<void> | void][] = [
    ["the bundle is Lua 5.1, and small enough for the flash store", () => checkSize(files)],
    ["every step of the day leaves the same as under Node, byte for byte", () => playDay(files)],
  ];
  const counts = { passed: 0, failed: 0 };
  for (const [name, run] of cases) {
    try {
      await run();
      counts.passed++;
      console.log(`. ${name}`);
    } catch (error) {
      counts.failed++;
      console.log(`x ${name}\n${(error as Error).message.replace(/^/gm, "    ")}`);
    }
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

/** NodeMCU's flash store holds 256 KB at most. */
const FLASH_STORE_BYTES = 256 * 1024;

function checkSize(files: Record<string, string>): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-luac-"));
  try {
    let allBytes = 0;
    for (const [name, content] of Object.entries(files)) {
      const source = path.join(folder, name);
      writeFileSync(source, content, "latin1");
      execFileSync(LUAC, ["-s", "-o", `${source}c`, source]);
      const { size } = statSync(`${source}c`);
      allBytes += size;
      console.log(`  ${name}: ${content.length} bytes, ${size} compiled by ${LUAC} without names`);
    }
    if (allBytes > FLASH_STORE_BYTES) throw new Error(`${allBytes} bytes do not fit the store`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function playDay(files: Record<string, string>): Promise<void> {
  const { code } = await buildBundle(PROJECT_ROOT, ENTRY, MODULES);
  const node = new NodemcuContextEngine(code, packAssets("en", "fa"));
  const expected = await new Day(
    (board) => new EventLoopRuntime(board, node, new NodemcuHardware(board)),
    () => undefined,
    NODEMCU,
  ).play();
  const lua = new LuaEngine(LUA, files);
  try {
    let restKb = 0;
    const day = new Day(
      (board) => new EventLoopRuntime(board, lua, new NodemcuHardware(board)),
      ({ step }) => {
        if (step === "boot") restKb = lua.restKb();
      },
      NODEMCU,
    );
    const actual = await day.play();
    const difference = firstDifference(expected, actual);
    if (difference !== undefined) throw new Error(difference);
    const { codeKb, peakKb } = lua.heap;
    const parts = [restKb, peakKb, codeKb].map((kb) => kb.toFixed(0));
    console.log(`  heap of ${LUA}: ${parts[0]} KB at rest, ${parts[1]} KB at most, without the`);
    console.log(`  ${parts[2]} KB of code, which a board has in flash`);
  } finally {
    lua.close();
  }
}

process.exitCode = await main();
