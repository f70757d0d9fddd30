import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCorpus } from "./corpus";
import type { FuzzTarget } from "./fuzz-target";
import { Fuzzer } from "./fuzzer";
import { FUZZ_TARGETS } from "./targets";

/** Enough for a look; `make fuzz` goes on. */
const RUNS = 150;
const SEED = process.env.SEED ?? "test";

for (const target of FUZZ_TARGETS) {
  test(`${target.name}: ${target.promise}`, async () => {
    const fuzzer = new Fuzzer(target, loadCorpus(target), SEED);
    let failure = await fuzzer.begin();
    for (let i = 0; i < RUNS && failure === undefined; i++) failure = await fuzzer.step();
    const hex = Buffer.from(failure?.input ?? []).toString("hex");
    assert.is(failure, undefined, `${failure?.message}\ninput ${hex}\nSEED=${SEED}`);
    assert.ok(fuzzer.wordCount > 1, "whatever is fed, the same happens");
  });
}

/** A parser with a fault behind two bytes that must be right. */
const CANARY: FuzzTarget = {
  name: "canary",
  promise: "none",
  seeds: () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
  run: (input) => {
    if (input[0] !== 0xff) return "first";
    if (input[1] !== 0x80) return "second";
    throw new Error("the canary's fault");
  },
};

test("a fault two steps deep is found, and its input made short", async () => {
  const fuzzer = new Fuzzer(CANARY, [], "1");
  let failure = await fuzzer.begin();
  for (let i = 0; i < 20_000 && failure === undefined; i++) failure = await fuzzer.step();
  assert.match(failure?.message ?? "", "the canary's fault");
  assert.equal([...(failure?.input ?? [])], [0xff, 0x80]);
});

test("the same seed feeds the same inputs", async () => {
  const fed = async () => {
    const inputs: string[] = [];
    const watch = (input: Uint8Array) => inputs.push(Buffer.from(input).toString("hex"));
    const fuzzer = new Fuzzer(CANARY, [], "2", watch);
    await fuzzer.begin();
    for (let i = 0; i < 200; i++) await fuzzer.step();
    return inputs.join();
  };
  assert.is(await fed(), await fed());
});

test.run();
