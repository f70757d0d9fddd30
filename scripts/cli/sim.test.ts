/** The commands as people call them, and the example in the documentation. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runText, type TestFolder, testFolder } from "../sim/test-run";

const test = suite("sim");
const COMMAND = new URL("../clubpad.mjs", import.meta.url).pathname;
const GUIDE = new URL("../../docs/simulator.md", import.meta.url);

let folder: TestFolder;
test.before.each(() => {
  folder = testFolder();
});
test.after.each(() => folder.remove());

/** In a folder of its own, without a terminal. */
function clubpad(
  ...words: string[]
): Promise<{ code: number | null; out: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, ...words], {
      cwd: folder.at("."),
      stdio: "pipe",
    });
    child.stdin.end();
    let out = "";
    let errors = "";
    child.stdout.on("data", (text: Buffer) => {
      out += text.toString();
    });
    child.stderr.on("data", (text: Buffer) => {
      errors += text.toString();
    });
    child.on("close", (code) => resolve({ code, out, errors }));
  });
}

test("sim run tells the story and ends with 0; --json is one document", async () => {
  const story = await clubpad("sim", "run");
  assert.is(story.code, 0, story.out + story.errors);
  assert.match(story.out, /Welcome to the club!/);
  assert.match(story.out, /[\u2801-\u28ff]{3}/, "the display is drawn");
  assert.match(story.out, /Agreed: every member's credit in the ledger is the credit on the card/);
  const [, replay] = /Replay: npx clubpad (.*)/.exec(story.out) ?? [];
  const json = await clubpad(...replay.split(" "), "--json");
  const report = JSON.parse(json.out);
  assert.is(report.isGood, true);
  assert.ok(story.out.includes(report.traceHash.slice(0, 16)), "the replay is the same run");
});

test("what people get wrong is said in one line, and the exit code is 1", async () => {
  mkdirSync(folder.at("cards"));
  writeFileSync(folder.at("cards/sara.mfd"), new Uint8Array(4096));
  writeFileSync(folder.at("bad.yaml"), "title: x\nsteps:\n  - sael: 1\n");
  const wrong: [words: string[], message: RegExp][] = [
    [["run", "none.yaml"], /^clubpad: none\.yaml: cannot be read/],
    [["run", "bad.yaml"], /bad\.yaml:3:\d+: unknown step "sael"; did you mean "sale"\?/],
    [["run", "--cards", "cards"], /^clubpad: cards\/sara\.mfd: this dump is a MIFARE Classic 4K/],
    [["run", "--keys", "bad.yaml"], /^clubpad: bad\.yaml: this is no key file/],
    [["pad"], /^clubpad: the pad needs a terminal with a keyboard; run "clubpad sim pad" at/],
  ];
  const results = await Promise.all(wrong.map(([words]) => clubpad("sim", ...words)));
  results.forEach(({ code, errors }, index) => {
    assert.match(errors, wrong[index][1]);
    assert.is(code, 1, errors);
  });
});

test("the example in docs/simulator.md is a scenario that works", async () => {
  const blocks = [...readFileSync(GUIDE, "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)];
  assert.is(blocks.length, 1);
  const report = await runText(blocks[0][1], folder);
  assert.equal(report.problems, []);
});

test.run();
