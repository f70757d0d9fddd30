/** The example till at the device bundle, over a real pseudo-terminal. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EscposPrinter } from "../../host-sim/escpos-printer";
import { runCommand } from "./test-commands";

test("the example sells, asks again after a power cut, and takes goods back", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-till-"));
  const receipt = path.join(folder, "receipts.bin");
  const words = ["--link", path.join(folder, "till.tty"), "--receipt", receipt, "--columns", "42"];
  const { out, refusal } = await runCommand("till", ...words);
  const printer = new EscposPrinter(42);
  printer.print(new Uint8Array(readFileSync(receipt)));
  const printed = readFileSync(receipt, "latin1");
  rmSync(folder, { recursive: true });
  assert.is(printer.cuts, 2);
  const [first, copy] = printed.split("Thank you");
  assert.match(first, /Credit now +50,000\n/);
  assert.match(first, /\d\d\/\d\d to 14\d\d\/\d\d\/\d\d +50,000\n/);
  assert.not.match(first, "COPY");
  assert.match(copy, "COPY");
  assert.match(copy, "ask for your balance");
  assert.is(refusal, "");
  const results = out.split("\n").filter((line) => line.startsWith("  request"));
  assert.is(results.length, 5, out);
  assert.match(results[0], /^ {2}request 1: done; record 4; .*earned 50,000/);
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
