import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SuiteProcess } from "./suite-process";

const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-suites-"));
const suites = new SuiteProcess();
test.after(() => {
  suites.stop();
  rmSync(folder, { recursive: true });
});

function suite(name: string, body: string): Promise<Awaited<ReturnType<SuiteProcess["run"]>>> {
  const file = path.join(folder, `${name}.test.ts`);
  const imports = ["uvu", "uvu/assert"].map((it) => JSON.stringify(import.meta.resolve(it)));
  writeFileSync(
    file,
    `import { test } from ${imports[0]};\nimport * as assert from ${imports[1]};
    ${body}`,
  );
  return suites.run(file);
}

const counts = ({ passed, failed, skipped }: Awaited<ReturnType<typeof suite>>) => [
  passed,
  failed,
  skipped,
];

test("passed, failed and skipped tests are counted one by one", async () => {
  const body = `test("a", () => assert.ok(true)); test("b", () => assert.is(1, 2, "one is two"));
    test.skip("c", () => {}); test("d", () => {}); test.run();`;
  const result = await suite("mixed", body);
  assert.equal(counts(result), [2, 1, 1]);
  assert.match(result.output, /one is two/);
});

test("what a suite prints comes with its result", async () => {
  const result = await suite("prints", `console.log("SEED=7"); test("a", () => {}); test.run();`);
  assert.equal(counts(result), [1, 0, 0]);
  assert.match(result.output, /SEED=7/);
});

test("a suite that ends its process fails, and the next one runs all the same", async () => {
  const body = `test("a", () => process.exit(0)); test.run();`;
  const ended = await suite("ends", body);
  assert.equal(counts(ended), [0, 1, 0]);
  assert.match(ended.output, /ended its process \(exit status 0\)/);
  assert.equal(counts(await suite("next", `test("a", () => {}); test.run();`)), [1, 0, 0]);
});

test("a suite fails whose hook fails", async () => {
  const body = `test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();`;
  const result = await suite("before", body);
  assert.equal(counts(result), [0, 1, 0]);
  assert.match(result.output, /a hook failed/);
});

test("a suite fails that cannot be loaded or runs nothing", async () => {
  assert.equal(counts(await suite("broken", `throw new Error("broken");`)), [0, 1, 0]);
  assert.equal(counts(await suite("forgot", `test("a", () => {});`)), [0, 1, 0]);
});

test.run();
