/** Every canary still fits the source it spoils, and one is caught; `make canaries` hunts all. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { searchOf } from "../case-search";
import { parsePoint } from "../point";
import { CANARIES, hunt } from "./hunt";

for (const { name, file, edits } of CANARIES) {
  test(`${name} has its place in ${file}`, () => {
    const source = readFileSync(file, "utf8");
    for (const [from] of edits) assert.is(source.split(from).length, 2, from);
  });
}

test("a canary is caught by what says nothing of the firmware as it is", async () => {
  const canary = CANARIES.filter(({ name }) => name === "counters-in-wrong-order")[0];
  const { by } = await hunt(canary, 1);
  assert.ok(by?.includes("quick/"), `caught by ${by}`);
  // The very run that caught it, with the firmware as it is.
  const point = parsePoint((by as string).split(":").slice(0, 2).join(":"));
  assert.equal(searchOf(point.tapCase).run(point).violations, []);
});

test.run();
