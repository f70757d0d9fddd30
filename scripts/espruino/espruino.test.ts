/** The parts of `make test-espruino` that need no interpreter. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { packAssets } from "../../host-sim/device-assets";
import { NativeRuntime } from "../../host-sim/native-runtime";
import { Day, firstDifference, type Trace } from "./day";
import { memorySection, peakVariables, tapSection } from "./figures";
import { findInterpreter } from "./find-interpreter";
import { InterpreterProcess } from "./interpreter-process";

const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-find-"));
test.after(() => rmSync(folder, { recursive: true }));

function program(name: string, content: string): string {
  const file = path.join(folder, name, "espruino");
  mkdirSync(path.dirname(file));
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}

test("the interpreter is found on the PATH, the uploader of the same name is not", () => {
  const uploader = program("uploader", "#!/usr/bin/env node\n");
  const interpreter = program("interpreter", "\x7fELF");
  const folders = [uploader, interpreter].map((file) => path.dirname(file));
  assert.is(findInterpreter({ PATH: folders.join(path.delimiter) }), interpreter);
  assert.is(findInterpreter({ PATH: folders[0] }), undefined);
  assert.is(findInterpreter({ PATH: folders[0], ESPRUINO: interpreter }), interpreter);
});

test("ESPRUINO that names nothing that runs is an error", () => {
  const name = path.join(folder, "nothing");
  assert.throws(() => findInterpreter({ ESPRUINO: name }), /nothing is no program/);
  assert.throws(() => findInterpreter({ ESPRUINO: folder }), /is no program/);
});

test("without an interpreter the command says so and counts its cases as skipped", () => {
  const command = ["--import", "tsx", "scripts/espruino/test-espruino.ts"];
  const env = { PATH: folder };
  const { status, stdout } = spawnSync(process.execPath, command, { env, encoding: "utf8" });
  assert.is(status, 0);
  assert.match(
    stdout,
    /^There is no Espruino interpreter here.*\n0 passed, 0 failed, 5 skipped\n$/,
  );
});

test("an interpreter that ends is noticed, with what it has printed", () => {
  const home = mkdtempSync(path.join(folder, "ended-"));
  const ending = program("ending", "#!/bin/sh\necho out of order\n");
  const interpreter = new InterpreterProcess(ending, home);
  assert.throws(() => interpreter.receive(), /has ended:\nout of order/);
  interpreter.kill();
});

test("requests and answers pass the FIFOs whole, whatever their bytes", () => {
  const home = mkdtempSync(path.join(folder, "talking-"));
  const script = `#!/bin/sh
exec 3>to-host 4<from-host
printf '\\000\\011sD5,7\\n\\000\\377\\012' >&3
head -c 5 <&4 >answer
printf '\\001\\000%0256d' 0 >&3
printf '\\000\\002t\\n' >&3
`;
  const interpreter = new InterpreterProcess(program("talking", script), home);
  const first = interpreter.receive();
  assert.equal(first, {
    ...{ letter: "s", words: ["D5", "7"], octets: Uint8Array.of(0, 255, 10) },
  });
  interpreter.answer(Uint8Array.of(0, 10, 255));
  assert.is(interpreter.receive().letter, "0");
  assert.equal(interpreter.receive(), { letter: "t", words: [""], octets: new Uint8Array(0) });
  interpreter.kill();
});

test("two days are compared step by step and field by field", async () => {
  const play = () =>
    new Day((board) => new NativeRuntime(board, PLAN_16_PAGES, packAssets("en"))).play();
  const expected = await play();
  const actual = await play();
  assert.is(firstDifference(expected, actual), undefined);
  const cards = [...actual[4].cards];
  cards[1] = `00${cards[1].slice(2)}`;
  const changed = actual.map((trace, i): Trace => (i === 4 ? { ...trace, cards } : trace));
  assert.match(firstDifference(expected, changed) ?? "", /^enrol another: cards differs/);
  assert.match(firstDifference(expected, actual.slice(0, -1)) ?? "", /only in one day$/);
});

test("computing time is less the calls, and variables are less the shim's", () => {
  const memory = { version: "2v29", allVariables: 8190, bytesPerVariable: 13 };
  const base = { ...memory, usedVariables: 500, ownVariables: 60 };
  const figure = { calls: 100, interpreterMs: 70, peakVariables: 4440 };
  const figures = new Map(["enrol", "sale", "redeem", "balance"].map((step) => [step, figure]));
  const afterBoot = { ...base, usedVariables: 4000 };
  const sampled = { traces: [], figures, afterBoot, callMs: 0.2 };
  const day = { profile: { name: "a", variables: 8000 }, bundleBytes: 35000, base, sampled };
  const other = { ...day, profile: { name: "b", variables: 16000 } };
  const sizes = memorySection([day, other]);
  assert.is(peakVariables(figures), 4440);
  assert.equal(sizes.columns, ["a", "b"]);
  const cells = sizes.rows.map(([, ...row]) => row);
  assert.equal(cells[2], [60, 60]);
  assert.equal(cells[3], [3560, 3560]);
  assert.equal(cells[4], [4000, 4000]);
  assert.equal(cells[5], [50, 25]);
  const taps = tapSection(base, sampled, sampled);
  assert.equal(taps.rows[0], ["computing, ms", 50, 50, 50, 50]);
  assert.equal(taps.rows[2], ["variables, most", 4000, 4000, 4000, 4000]);
  assert.is(tapSection(base, sampled, undefined).rows[2][1], undefined);
});

test.run();
