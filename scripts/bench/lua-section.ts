/** The NodeMCU bundle in Lua 5.1, where there is one. */
import { EventLoopRuntime } from "../../host-sim/espruino-runtime";
import { NodemcuHardware } from "../../host-sim/nodemcu-hardware";
import { hasLua, LUA } from "../build/lua-interpreter";
import { Day } from "../espruino/day";
import { LuaEngine, NODEMCU } from "../lua/lua-engine";
import { nodemcuFiles } from "../lua/nodemcu-files";
import type { Section } from "./report";
import { TAP_KINDS } from "./tap-figures";

/** None without lua5.1. */
export async function luaSections(): Promise<Section[]> {
  if (!hasLua()) return [];
  const files = nodemcuFiles(process.cwd());
  const lua = new LuaEngine(LUA, files);
  try {
    const instructionCounts = new Map<string, number>();
    let restKb = 0;
    const day = new Day(
      (board) => new EventLoopRuntime(board, lua, new NodemcuHardware(board)),
      ({ step }) => {
        instructionCounts.set(step, lua.instructionCount);
        if (step === "boot") restKb = lua.restKb();
        lua.instructionCount = 0;
      },
      NODEMCU,
    );
    await day.play();
    const { codeKb, peakKb } = lua.heap;
    return [
      {
        title: "NodeMCU bundle in Lua 5.1, bytes and heap",
        note:
          "The same source through typescript-to-lua in Debian's lua5.1, whose numbers and " +
          "pointers have 64 bits: a table takes there about twice of what it takes on a board. " +
          "Heap without the code, which a board has in its flash store (LFS); most: at any call " +
          "of the hardware in the day of `make test-lua`, garbage included.",
        columns: ["figure"],
        rows: [
          ["clubpad.lua, bytes", files["clubpad.lua"].length],
          ["screens.lua, bytes", files["screens.lua"].length],
          ["code in the heap, KB", Math.round(codeKb)],
          ["heap at rest, KB", Math.round(restKb)],
          ["heap, most, KB", Math.round(peakKb)],
        ],
        isTimed: false,
      },
      {
        title: "One tap in Lua 5.1",
        note:
          "What Lua's machine executes, the same on every computer; how long a board takes " +
          "for it was not measured. AES is the host's, as it is the firmware's on a board.",
        columns: [...TAP_KINDS],
        rows: [
          [
            "instructions, thousands",
            ...TAP_KINDS.map((kind) => Math.round((instructionCounts.get(kind) ?? 0) / 1000)),
          ],
        ],
        isTimed: false,
      },
    ];
  } finally {
    lua.close();
  }
}
