import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkBans, checkText } from "./bans";
import { checkLayers } from "./layers";
import { checkBarrel } from "./reachable";
import { checkSizes } from "./sizes";
import { type Problem, parseModule, type SourceModule } from "./source-module";

const FILES = [
  "card-layout/bytes.ts",
  "firmware/core/money.ts",
  "firmware/hal/spi.ts",
  "firmware/drivers/chip.ts",
  "firmware/limits.ts",
  "host-sim/rng.ts",
  "mifare-classic-crypto1/src/prng.ts",
  "scripts/tidy.ts",
];

const module = (name: string, text: string): SourceModule =>
  parseModule(name, text, new Set([...FILES, name]));

const texts = (problems: Problem[]): string => problems.map(({ text }) => text).join("\n");

/** File, code, and what must be said of it; an empty text means nothing. */
const BANS: [name: string, code: string, said: string][] = [
  ["firmware/core/a.ts", "export function f() { throw 1; }", "throw: return a Status"],
  ["firmware/core/a.ts", "try { f(); } catch {}", "try: return a Status"],
  ["firmware/core/a.ts", "class A {}", "class: return a record of functions from a factory"],
  [
    "firmware/core/a.ts",
    "for (;;) { continue; }",
    "continue: put an if around the rest of the loop",
  ],
  ["firmware/core/a.ts", "async function f() {}", "async: write a step function"],
  ["firmware/core/a.ts", "const a = /x/;", "regular expression: loop over character codes"],
  ["firmware/core/a.ts", "const a = b >>> 0;", ">>>: use Math.floor and a mask"],
  ["firmware/core/a.ts", "b >>>= 1;", ">>>=: use Math.floor and a mask"],
  ["firmware/core/a.ts", "const a = b | 0;", "|0: use Math.floor"],
  ["firmware/core/a.ts", "const a = { get b() { return 1; } };", "getter: write a function"],
  ["firmware/core/a.ts", "f(...a);", "spread: name the elements"],
  ["firmware/core/a.ts", "const [a] = b;", "array destructuring: index the array"],
  ["firmware/core/a.ts", "const a = null;", "null: use undefined"],
  ["firmware/core/a.ts", "enum A { B }", "enum: use const enum"],
  ["firmware/core/a.ts", "const enum A { B }", ""],
  [
    "firmware/core/a.ts",
    "switch (a) { default: f(); case 1: }",
    "default before a case: put it last",
  ],
  ["firmware/core/a.ts", "const a: any = 1;", "any: use a type, or unknown and a check"],
  [
    "firmware/core/a.ts",
    "Date.now();",
    "Date.now: use the clock that is passed in\nDate: use Clock",
  ],
  ["firmware/core/a.ts", "setTimeout(f, 1);", "setTimeout: use step(nowMs)"],
  ["firmware/core/a.ts", "new Uint8Array(1);", "Uint8Array: use Bytes and newBytes"],
  ["card-layout/bytes.ts", "new Uint8Array(1);", ""],
  ["firmware/boards/a.ts", "setTimeout(f, 1);", ""],
  ["firmware/boards/a.ts", "throw 1;", "throw: return a Status"],
  ["firmware/core/a.ts", "interface A { Map: number } f(a.Set);", ""],
  ["firmware/core/a.ts", "// throw any class", ""],
  ["firmware/core/a.test.ts", "class A { b = /x/; }", ""],
  ["firmware/core/a.test.ts", "test.only(f);", "test.only: use test: a suite runs whole"],
  ["firmware/core/a.test.ts", "Math.random();", "Math.random: use a seeded source of randomness"],
  [
    "host-sim/a.ts",
    "class A { now() { return Date.now(); } }",
    "Date.now: use the clock that is passed in",
  ],
  ["back-office/a.ts", "const a = Date.now();", ""],
  ["back-office/a.ts", "const a: any = 1;", "any: use a type, or unknown and a check"],
];

for (const [name, code, said] of BANS) {
  test(`${name}: ${code}`, () => assert.is(texts(checkBans(module(name, code))), said));
}

const LAYERS: [name: string, imported: string, said: string][] = [
  ["firmware/core/a.ts", "./money", ""],
  ["firmware/core/a.ts", "../../card-layout/bytes", ""],
  ["firmware/core/a.ts", "../hal/spi", "firmware/core may not import firmware/hal: ../hal/spi"],
  ["firmware/core/a.ts", "node:fs", "firmware/core may import no package: node:fs"],
  ["firmware/drivers/a.ts", "../limits", ""],
  [
    "firmware/drivers/a.ts",
    "../core/money",
    "firmware/drivers may not import firmware/core: ../core/money",
  ],
  ["firmware/boards/a.ts", "../drivers/chip", ""],
  [
    "card-layout/a.ts",
    "../firmware/core/money",
    "card-layout may not import firmware/core: ../firmware/core/money",
  ],
  ["host-sim/a.ts", "mifare-classic-crypto1", ""],
  ["host-sim/a.ts", "node:fs", ""],
  ["back-office/a.ts", "../firmware/core/money", ""],
  [
    "back-office/a.ts",
    "../firmware/hal/spi",
    "back-office may not import firmware/hal: ../firmware/hal/spi",
  ],
  ["back-office/a.ts", "../host-sim/rng", "back-office may not import host-sim: ../host-sim/rng"],
  ["mifare-classic-crypto1/src/a.ts", "./prng.js", ""],
  [
    "oracle/a.ts",
    "../firmware/core/money",
    "oracle may not import firmware/core: ../firmware/core/money",
  ],
  [
    "oracle/a.ts",
    "../card-layout/bytes",
    "oracle may not import card-layout: ../card-layout/bytes",
  ],
  ["host-sim/a.ts", "../scripts/tidy", "host-sim may not import scripts: ../scripts/tidy"],
  ["firmware/core/a.test.ts", "../../host-sim/rng", ""],
  ["host-sim/a.test.ts", "../scripts/tidy", "nobody imports scripts: ../scripts/tidy"],
  ["scripts/a.ts", "../host-sim/rng", ""],
  ["elsewhere/a.ts", "../host-sim/rng", "the folder elsewhere stands in no layer"],
];

for (const [name, imported, said] of LAYERS) {
  for (const statement of [`import { a } from "${imported}";`, `export * from "${imported}";`]) {
    test(`${name}: ${statement}`, () => {
      assert.is(texts(checkLayers(module(name, statement))), said);
    });
  }
}

test("types imported in place and files run as processes count as imports", () => {
  const code = `type A = import("./a").A; new URL("./tidy.ts", import.meta.url); import("./b");`;
  const { imports } = module("scripts/x.ts", code);
  assert.equal(
    imports.map(({ specifier, target }) => [specifier, target]),
    [
      ["./a", undefined],
      ["./tidy.ts", "scripts/tidy.ts"],
      ["./b", undefined],
    ],
  );
});

test("text bans hold in comments too, with the line", () => {
  const words = ["TO", "DO"].join("");
  assert.equal(checkText(`a\n// ${words}: b`), [
    { line: 2, text: "an unfinished place: finish it or say why it is so" },
  ]);
  const merged = ["<".repeat(7), " HEAD"].join("");
  assert.equal(checkText(`a\n${merged}\nb`), [
    { line: 2, text: "two versions of a merge: keep one" },
  ]);
  const path = ["", "home", "me", "x"].join("/");
  assert.is(checkText(`read("${path}")`).length, 1);
  assert.is(checkText(`see ${path}`).length, 1);
  assert.is(checkText("https://example.org/home/page and src/home/page").length, 0);
});

test("columns, functions and files have their limits", () => {
  assert.is(texts(checkSizes(module("host-sim/a.ts", `// ${"x".repeat(97)}\n`))), "");
  const wide = checkSizes(module("host-sim/a.ts", `a\n// ${"x".repeat(98)}\n`));
  assert.equal(wide, [{ line: 2, text: "101 columns, at most 100" }]);
  const long = `function f() {\n${"g();\n".repeat(59)}}\n`;
  assert.is(texts(checkSizes(module("host-sim/a.ts", long))), "a function of 61 lines, at most 60");
  assert.is(
    texts(checkSizes(module("host-sim/a.ts", "a;\n".repeat(351)))),
    "351 lines, at most 350",
  );
  for (const free of ["host-sim/a.test.ts", "host-sim/font-table.ts"]) {
    assert.is(texts(checkSizes(module(free, "a;\n".repeat(351)))), "");
  }
});

test("a factory is not as long as the functions it returns", () => {
  const inner = `function g() {\n${"h();\n".repeat(50)}}\n`;
  const factory = `function f() {\n${inner}${inner}return g;\n}\n`;
  assert.is(texts(checkSizes(module("host-sim/a.ts", factory))), "");
});

test("barrel files are refused, but for a package's front door", () => {
  const barrel = 'export * from "./prng.js";';
  assert.is(checkBarrel(module("host-sim/index.ts", barrel)).length, 1);
  assert.is(checkBarrel(module("host-sim/index.ts", 'import "./rng";')).length, 0);
  assert.is(checkBarrel(module("host-sim/index.ts", `${barrel}\nexport const a = 1;`)).length, 0);
  assert.is(checkBarrel(module("mifare-classic-crypto1/src/index.ts", barrel)).length, 0);
});

test.run();
