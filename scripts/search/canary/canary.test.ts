/** Every canary still fits the source it spoils, and one is caught; `make canaries` hunts all. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CANARIES, hunt } from "./hunt";

for (const { name, file, edits } of CANARIES) {
  test(`${name} has its place in ${file}`, () => {
    const source = readFileSync(file, "utf8");
    for (const [from] of edits) assert.is(source.split(from).length, 2, from);
  });
}

test("a canary is caught, and the firmware as it is has none", async () => {
  const canary = CANARIES.filter(({ name }) => name === "counters-in-wrong-order")[0];
  const { by } = await hunt(canary, 1);
  assert.ok(by?.includes("quick/"), `caught by ${by}`);
});

test.run();
