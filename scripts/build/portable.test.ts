import path from "node:path";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFiles } from "../tidy/source-files";
import { buildBundle } from "./bundle";
import { letTwin } from "./let-twin";
import { compileLua } from "./lua";
import { hasLua, printedByLua } from "./lua-interpreter";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CASES = "scripts/build/portable-cases.ts";
const DEVICE = /^(?:card-layout|firmware\/(?:core|hal|drivers|storage|desk|app))\//;
const TEST_ONLY = /\.test\.ts$|\/(?:testing|vectors)\/|\/test-[^/]+$/;

const deviceFiles = sourceFiles(ROOT).filter((it) => DEVICE.test(it) && !TEST_ONLY.test(it));
const lua = compileLua(
  ROOT,
  path.join(ROOT, CASES),
  deviceFiles.map((it) => path.join(ROOT, it)),
);

/** What the language's own engine prints, which is what all others must print. */
const expected = await printedByNode();

test("the cases print as much as they compute", () => {
  assert.is(expected.length, 20, expected.join("\n"));
});

test("all device code is fit for Lua 5.1", () => assert.is(lua.problems, ""));

test("the device bundle of the cases prints the same, also without hoisting", async () => {
  const { code, es5Code } = await buildBundle(ROOT, CASES);
  assert.equal(printedBy(code), expected);
  assert.equal(printedBy(letTwin(es5Code)), expected);
});

if (hasLua()) {
  test("Lua 5.1 prints the same", () => {
    assert.equal(printedByLua(lua.code), expected);
  });
} else {
  test.skip("Lua 5.1 prints the same: lua5.1 and lua-bitop are not installed");
}

test.run();

async function printedByNode(): Promise<string[]> {
  const lines: string[] = [];
  const outside = globalThis as { print?: (line: string) => void };
  outside.print = (line) => lines.push(line);
  await import("./portable-cases");
  delete outside.print;
  return lines;
}

function printedBy(code: string): string[] {
  const lines: string[] = [];
  runInNewContext(code, { print: (line: string) => lines.push(line) });
  return lines;
}
