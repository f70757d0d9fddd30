/**
 * The package as its users get it: builds it, imports it by name from plain Node, runs the README
 * examples against what they say they print, and looks into the tarball.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const packageDirectory = fileURLToPath(new URL("..", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");

test("the build compiles without the test sources", () => {
  rmSync(`${packageDirectory}dist`, { recursive: true, force: true });
  run(process.execPath, [compiler, "-p", "tsconfig.build.json"]);
});

test("the built package offers exactly what the README table lists", () => {
  const script = 'console.log(Object.keys(await import("mifare-classic-crypto1")).join());';
  const exported = runModule(script).trim().split(",");
  const table = readme().split("## What there is")[1].split("\nWords (")[0];
  const listed = [...table.matchAll(/`(?:new )?(\w+)/g)].map((match) => match[1]);
  const methods = ["load", "bit", "byte", "word", "peekBit", "nonceFrame", "verify", "cipher"];
  const names = new Set(listed.filter((name) => ![...methods, "answerNonce"].includes(name)));
  assert.equal([...names].sort(), exported.sort());
});

test("each README example prints what it says", () => {
  const examples = [...readme().matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]);
  assert.ok(examples.length >= 3);
  for (const example of examples) {
    const promised = [...example.matchAll(/\/\/ prints: (.*)/g)].map((match) => match[1]);
    assert.ok(promised.length > 0);
    assert.is(runModule(example), promised.map((line) => `${line}\n`).join(""));
  }
});

test("the tarball holds the build, the manifest, the README and the licence", () => {
  const report = run("npm", ["pack", "--dry-run", "--json", "--loglevel=error"]);
  const paths: string[] = JSON.parse(report)[0].files.map((file: { path: string }) => file.path);
  const built = paths.filter((path) => path.startsWith("dist/"));
  const others = paths.filter((path) => !path.startsWith("dist/"));
  assert.equal(others.sort(), ["LICENSE", "README.md", "package.json"]);
  assert.ok(built.includes("dist/index.js") && built.includes("dist/index.d.ts"));
  const strange = built.filter((path) => !/^dist\/[a-z0-9-]+\.(js|d\.ts)$/.test(path));
  assert.equal(strange, []);
});

function readme(): string {
  return readFileSync(`${packageDirectory}README.md`, "utf8");
}

/** Plain Node, so that the package name leads to the build and not to the sources. */
function runModule(source: string): string {
  return run(process.execPath, ["--input-type=module", "--eval", source]);
}

function run(command: string, commandArguments: string[]): string {
  return execFileSync(command, commandArguments, {
    cwd: packageDirectory,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
}

test.run();
