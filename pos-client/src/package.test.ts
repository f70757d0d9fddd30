/** The package as its users get it: built, imported by plain Node, and what is in the tarball. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { saleBody } from "./orders.js";
import { PosError } from "./pos-error.js";
import { cmac, FrameReader, requestFrame } from "./wire.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");

function run(command: string, ...words: string[]): string {
  return execFileSync(command, words, { cwd: folder, encoding: "utf8" });
}

test("it builds by itself, and plain Node finds in it what the README uses", () => {
  run(process.execPath, compiler, "-p", "tsconfig.build.json");
  const script = 'console.log(Object.keys(await import("clubpad-pos")).sort().join());';
  const names = run(process.execPath, "--input-type=module", "--eval", script).trim();
  assert.is(names, "PadTill,PosError,isFinal");
  const readme = readFileSync(`${folder}README.md`, "utf8");
  const calls = ["sale(", "refund(", "balance(", "undo(", "cancel(", "nextRequest("];
  const types = readFileSync(`${folder}dist/pad-till.d.ts`, "utf8");
  for (const call of calls) assert.ok(readme.includes(call) && types.includes(`    ${call}`), call);
  const report = run("npm", "pack", "--dry-run", "--json", "--loglevel=error");
  const paths: string[] = JSON.parse(report)[0].files.map(({ path }: { path: string }) => path);
  const others = paths.filter((path) => !/^dist\/[a-z-]+\.(js|d\.ts)$/.test(path));
  assert.equal(others.sort(), ["LICENSE", "README.md", "package.json"]);
});

test("its CMAC is that of RFC 4493", () => {
  const key = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex");
  const message =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411";
  const macs: [bytes: number, mac: string][] = [
    [0, "bb1d6929e95937287fa37d129b756746"],
    [16, "070a16b46b4d4144f79bdd9dd04a287c"],
    [40, "dfa66747de9ae63030ca32611497c827"],
  ];
  for (const [bytes, mac] of macs) {
    const part = Buffer.from(message, "hex").subarray(0, bytes);
    assert.is(Buffer.from(cmac(key, part)).toString("hex"), mac);
  }
});

test("what it sends it reads, and no bit of it may be another", () => {
  const channel = { key: new Uint8Array(16), terminal: 1, session: new Uint8Array(8) };
  const frame = requestFrame(channel, 7, saleBody({ totalRial: 1000 }));
  assert.is(new FrameReader().push(frame)[0].request, 7);
  for (let bit = 8; bit < (frame.length - 1) * 8; bit++) {
    const broken = frame.slice();
    broken[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(new FrameReader().push(broken), [], `bit ${bit}`);
  }
});

test("an order that cannot be is refused before anything is sent", () => {
  const line = { category: 1, amountRial: 10, quantity: 1 };
  const wrong = [
    { totalRial: 0 },
    { totalRial: 10.5 },
    { totalRial: 2 ** 40 },
    { totalRial: 10, creditRial: 11 },
    { totalRial: 9, lines: [line] },
    { totalRial: 99, lines: [{ ...line, category: 16 }] },
    { totalRial: 99, lines: [{ ...line, quantity: 0 }] },
    { totalRial: 999, lines: [0, 1, 2, 3, 4, 5, 6, 7].map((category) => ({ ...line, category })) },
  ];
  for (const order of wrong) {
    assert.throws(
      () => saleBody(order),
      (error: unknown) => error instanceof PosError && error.code === "order",
      JSON.stringify(order),
    );
  }
});

test.run();
