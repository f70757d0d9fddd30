import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tidyProject } from "./tidy-project";

const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-tidy-"));
test.after(() => rmSync(folder, { recursive: true }));

const TIDY = {
  Makefile: "run:\n\tnode scripts/used.ts\n",
  "package.json": '{"dependencies":{"a":"1.2.3"},"devDependencies":{"b":"1.0.0-rc.1"}}',
  "docs/dependencies.md": "- `a`: because.\n- `b`: because.\n",
  "scripts/used.ts": 'import "../host-sim/rng";\nimport("./later");\n',
  "scripts/later.ts": "export const a = 1;\n",
  "scripts/build/kept.test.ts": 'import "./kept";\n',
  "scripts/build/kept.ts": "export const a = 1;\n",
  "host-sim/rng.ts": "export const a = 1;\n",
  "build/out.ts": "throw any class",
  "node_modules/x/y.ts": "throw any class",
};

function tidy(changes: Record<string, string>): string[] {
  rmSync(folder, { recursive: true });
  for (const [name, text] of Object.entries({ ...TIDY, ...changes })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return tidyProject(folder);
}

test("a tidy project has no problems", () => assert.equal(tidy({}), []));

const UNTIDY: [name: string, text: string, problem: string][] = [
  ["host-sim/dead.ts", "export const a = 1;\n", "host-sim/dead.ts:1: nothing uses this file"],
  ["scripts/tools.mjs", `// ${"x".repeat(98)}\n`, "scripts/tools.mjs:1: 101 columns, at most 100"],
  [
    "scripts/later.ts",
    "let a: any;\n",
    "scripts/later.ts:1: any: use a type, or unknown and a check",
  ],
  [
    "package.json",
    '{"dependencies":{"a":"^1.2.3","b":"1.0.0"}}',
    "package.json:1: a is not pinned: ^1.2.3",
  ],
  [
    "docs/dependencies.md",
    "- `a`: because.\n",
    "package.json:1: b has no line in docs/dependencies.md",
  ],
  [
    "package.json",
    '{"dependencies":{"a":"1.2.3"}}',
    "package.json:1: b is justified but not in package.json",
  ],
];

for (const [name, text, problem] of UNTIDY) {
  test(problem, () => assert.equal(tidy({ [name]: text }), [problem]));
}

test.run();
