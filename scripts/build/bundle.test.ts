import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Bundle, buildBundle } from "./bundle";
import { letTwin } from "./let-twin";

/** A small pad: an enum over a file border, nested functions, records, and late variables. */
const PAD = {
  "boards/pad.ts": `
    import { createTotals } from "../core/totals";
    import { Kind } from "../core/kind";
    const totals = createTotals(3);
    for (let i = 0; i < 5; i++) totals.add(i % 2 === 0 ? Kind.Sale : Kind.Refund, i * 10);
    print("sales " + totals.of(Kind.Sale) + " refunds " + totals.of(Kind.Refund));
    print(totals.describe());`,
  "boards/globals.d.ts": "declare function print(text: string): void;",
  "node_modules/thing/package.json": '{"main":"index.js","types":"index.d.ts"}',
  "node_modules/thing/index.d.ts": "export declare const thing: number;",
  "core/kind.ts": "export const enum Kind { Sale = 1, Refund = 2 }",
  "core/totals.ts": `
    import { Kind } from "./kind";
    export interface Totals {
      add(kind: Kind, amountRial: number): void;
      of(kind: Kind): number;
      describe(): string;
    }
    const NAMES = [{ text: "sale" }, { text: "refund" }];
    export function createTotals(size: number): Totals {
      const sums = new Uint8Array(size);
      let count = 0;
      return { add, of, describe };
      function add(kind: Kind, amountRial: number): void {
        if (kind === Kind.Sale || kind === Kind.Refund) {
          const before = of(kind);
          sums[kind] = before + amountRial;
          count++;
        }
      }
      function of(kind: Kind): number {
        return sums[kind];
      }
      function describe(): string {
        let text = \`\${count}\${sums.length < count ? " > " + sums.length : ""}\`;
        for (let i = 0; i < NAMES.length; i++) text += " " + NAMES[i].text;
        switch (count) {
          case 0: {
            const none = "none";
            return none;
          }
          default:
            return text;
        }
      }
    }`,
};
const PRINTED = ["sales 60 refunds 40", "5 > 3 sale refund"];

const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-bundle-"));
test.after(() => rmSync(folder, { recursive: true }));

function build(files: Record<string, string>): Promise<Bundle> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return buildBundle(folder, "boards/pad.ts");
}

function printed(code: string): string[] {
  const lines: string[] = [];
  runInNewContext(code, { print: (text: string) => lines.push(text) });
  return lines;
}

async function refusal(files: Record<string, string>): Promise<string> {
  try {
    await build({ ...PAD, ...files });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test("the bundle runs, also without hoisting, and is the same when built again", async () => {
  const bundle = await build(PAD);
  assert.equal(printed(bundle.code), PRINTED);
  assert.equal(printed(letTwin(bundle.es5Code)), PRINTED);
  assert.is((await build(PAD)).sha256, bundle.sha256);
});

test("the bundle is a list of small top-level statements, with enums inlined", async () => {
  const { code } = await build(PAD);
  assert.ok(code.split("\n").length > 2, code);
  assert.not.match(code, /^\(function|^!function|Refund=|Kind/);
});

test("members get short names, but for those of the interpreter and the language", async () => {
  const { code } = await build({
    ...PAD,
    "boards/globals.d.ts": `declare function print(text: string): void;
      declare const SPI1: { setup(options: { speed: number }): void };`,
    "boards/pad.ts": `const chip = { speed: 3, depth: print, length: 2, quoted: 1 };
      SPI1.setup({ speed: chip.speed });
      if (chip.length > 1) chip.depth("quoted" + chip.quoted);`,
  });
  assert.match(code, /\.setup\(\{speed:/);
  assert.not.match(code, /depth/);
  assert.match(code, /quoted:1/);
});

test("every byte is attributed to a file", async () => {
  const { modules, sizeBytes } = await build(PAD);
  assert.is(
    Object.values(modules).reduce((sum, count) => sum + count, 0),
    sizeBytes,
  );
  assert.ok(modules["core/totals.ts"] > modules["boards/pad.ts"], JSON.stringify(modules));
});

const REFUSED: [what: string, message: RegExp, code: string][] = [
  ["a helper", /core\/kind\.ts: needs the helper __assign/, "export const a = { ...{ b: 1 } };"],
  ["a type error", /TS2322/, 'export const a: number = "x";'],
  ["a newer library", /TS2550|TS2339/, 'export const a = "x".includes("x");'],
];

for (const [what, message, code] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const kind = `${PAD["core/kind.ts"]}\n${code}\n`;
    assert.match(await refusal({ "core/kind.ts": kind }), message);
  });
}

test("refused: a package", async () => {
  const board = `import { thing } from "thing";\nprint("" + thing);`;
  const message = await refusal({ "boards/pad.ts": board });
  assert.match(message, /pad\.ts: device code imports only its own files, not "thing"/);
});

test("refused: a board with exports", async () => {
  const board = `${PAD["boards/pad.ts"]}\nexport const a = totals;`;
  assert.match(await refusal({ "boards/pad.ts": board }), /exports nothing, but found a/);
});

for (const code of ['names["a"]', "Object.keys(names)", "JSON.stringify(names)"]) {
  test(`refused: ${code}, because members get short names`, async () => {
    const board = `${PAD["boards/pad.ts"]}
      const names: { [name: string]: number } = { a: 1 };
      print("" + ${code});`;
    assert.match(await refusal({ "boards/pad.ts": board }), /pad\.ts:\d+: .* on members' names/);
  });
}

test("refused: what the engine cannot run", async () => {
  const board = `${PAD["boards/pad.ts"]}\nprint("x".replace(/x/, "y"));`;
  assert.match(await refusal({ "boards/pad.ts": board }), /regular expressions/);
});

test.run();
