/** The example till at the device bundle, over a real pseudo-terminal. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "./test-commands";

test("the example sells, asks again after a power cut, and takes goods back", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-till-"));
  const { out, refusal } = await runCommand("till", "--link", path.join(folder, "till.tty"));
  rmSync(folder, { recursive: true });
  assert.is(refusal, "");
  const results = out.split("\n").filter((line) => line.startsWith("  request"));
  assert.is(results.length, 5, out);
  assert.match(results[0], /^ {2}request 1: done; record 3; .*earned 50,000/);
  assert.is(results[1], results[0]);
  assert.match(results[2], "request 2: done; old 50,000");
  assert.match(results[3], "refused, insufficientCredit");
  assert.match(results[4], /request 4: done; .*taken back 10,000; new 40,000/);
});

test("a real port needs a key and a bill; a line must be one", async () => {
  const { refusal } = await runCommand("till", "--port", "/dev/null");
  assert.match(refusal, "clubpad keys till");
});

test.run();
