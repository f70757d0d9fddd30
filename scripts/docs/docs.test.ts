/** What the documents say is held against the code: commands run, and names must exist. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { screensOf } from "../../host-sim/device-assets";
import { blankImage } from "../../host-sim/mfd";
import { partsOf } from "../board/parts";
import { registerBoard } from "../cli/board";
import { registerCard } from "../cli/card";
import { registerHotlist } from "../cli/hotlist";
import { registerLedger } from "../cli/ledger";
import { registerPatch } from "../cli/patch";
import { registerPull } from "../cli/pull";
import { registerRefund } from "../cli/refund";
import { registerRules } from "../cli/rules";
import { registerSim } from "../cli/sim";
import { registerSoak } from "../cli/soak";
import { registerTerminals } from "../cli/terminals";
import { runCommand } from "../cli/test-commands";
import { registerVerify } from "../cli/verify";
import { LAYERS } from "../tidy/layers";
import { projectFiles } from "../tidy/source-files";
import { codeLines, expandBraces, inlineCode, relativeLinks, tables } from "./markdown";

const ROOT = process.cwd();
const read = (name: string) => readFileSync(path.join(ROOT, name), "utf8");
const FILES = projectFiles(ROOT);
const DOCUMENTS = FILES.filter((name) => name.endsWith(".md"));
const TOP_FOLDERS = new Set(FILES.map((name) => name.split("/")[0]));
const SCREENS = screensOf("en");

/** Commands that need a pad, a person, or what `make run` leaves in out/: their form is checked. */
const NOT_RUN = new RegExp(
  "^clubpad (?:pull|push|sim|soak|refund settle|board (?:flash|provision|test|log|update))\\b" +
    "| out/",
);
/** Shown when nothing is refused, never by itself. */
const NEVER_SHOWN = "RefusedOk";

test("relative links lead somewhere", () => {
  for (const document of DOCUMENTS) {
    for (const target of relativeLinks(read(document))) {
      const file = path.join(ROOT, path.dirname(document), target);
      assert.ok(existsSync(file), `${document}: ${target} does not exist`);
    }
  }
});

test("files named in the documents exist", () => {
  for (const document of DOCUMENTS) {
    for (const code of inlineCode(read(document))) {
      for (const name of pathsIn(code)) {
        const places = [ROOT, path.join(ROOT, path.dirname(document))];
        const isThere = places.some((place) => existsSync(path.join(place, name)));
        assert.ok(isThere, `${document}: ${name} does not exist`);
      }
    }
  }
});

test("make targets named in the documents exist", () => {
  const targets = new Set([...read("Makefile").matchAll(/^([a-z-]+):/gm)].map((match) => match[1]));
  for (const document of DOCUMENTS) {
    const text = read(document);
    for (const line of [...codeLines(text), ...inlineCode(text)]) {
      const target = /^(?:\$ )?make ([a-z-]+)/.exec(line)?.[1];
      if (target !== undefined) assert.ok(targets.has(target), `${document}: make ${target}`);
    }
  }
});

/** Their commands need the files that they show: rules-docs.test.ts writes those first. */
const WITH_FILES = /^docs\/rules(?:\.fa)?\.md$/;

for (const document of DOCUMENTS.filter((name) => commandsOf(name).length > 0)) {
  if (WITH_FILES.test(document)) continue;
  test(`the commands of ${document} run, in their order`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-docs-"));
    try {
      symlinkSync(path.join(ROOT, "rulesets"), path.join(folder, "rulesets"));
      writeFileSync(path.join(folder, "blank.mfd"), blankImage(Uint8Array.of(4, 1, 2, 3)));
      writeFileSync(path.join(folder, "blank2.mfd"), blankImage(Uint8Array.of(4, 1, 2, 4)));
      process.chdir(folder);
      for (const command of commandsOf(document)) await checkCommand(document, command);
    } finally {
      process.chdir(ROOT);
      rmSync(folder, { recursive: true });
    }
  });
}

test("the README's excerpt is what make run prints, but for times", () => {
  const excerpt = fencedBlock(read("README.md"), "text").map(withoutTimes);
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-readme-"));
  const [, recipe] = /^run:.*\n\t@npx clubpad (.*) \$\(SCENARIO\)$/m.exec(read("Makefile")) ?? [];
  const words = [...recipe.split(" "), path.join(ROOT, "scenarios/first-day.yaml")];
  const command = [path.join(ROOT, "scripts/clubpad.mjs"), ...words];
  const { stdout } = spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const printed = stdout.split("\n").map(withoutTimes);
  let from = 0;
  for (const line of excerpt) {
    const found = printed.indexOf(line, from);
    assert.ok(found >= 0, `make run does not print, or not in this order: ${line}`);
    from = found;
  }
});

test("screens named in the documents stand in the screen file, with the text that is told", () => {
  const screens = new Map(
    SCREENS.map(({ name, lines }) => [name, lines.map(({ text }) => text).join("\n")]),
  );
  for (const [document, [name, shows]] of screenRows()) {
    const text = screens.get(name.replace(/`/g, ""));
    assert.ok(text !== undefined, `${document}: there is no screen ${name}`);
    assert.ok(text?.includes(shows), `${document}: ${name} does not show "${shows}"`);
  }
});

test("every screen is explained in a manual", () => {
  const explained = new Set(screenRows().map(([, [name]]) => name.replace(/`/g, "")));
  for (const { name } of SCREENS) {
    assert.ok(explained.has(name) || name === NEVER_SHOWN, `nobody explains the screen ${name}`);
  }
});

test("the Persian page for the till names the same screens, as they are", () => {
  const persian = screensOf("fa");
  const rows = rowsOf("docs/cashier.fa.md");
  const names = (all: string[][]) => all.map(([name]) => name);
  assert.equal(names(rows), names(rowsOf("docs/cashier.md")));
  for (const [cell, shown] of rows) {
    const name = cell.replace(/`/g, "");
    const lines = persian.find((screen) => screen.name === name)?.lines ?? [];
    const isShown = lines.some(({ text }) => text.trim() === shown);
    assert.ok(isShown, `"${shown}" is not on the screen ${name}`);
  }
});

test("error codes in the technician's manual are statuses", () => {
  const codes = inlineCode(read("docs/technician.md")).filter((code) => /^E\d+$/.test(code));
  const statuses = [Status.NotFound, Status.Malformed, Status.Unsupported, Status.FlashFault];
  const known = new Set([...statuses, Status.ReaderFault].map((status) => `E${status}`));
  assert.ok(codes.length > 0);
  for (const code of codes) assert.ok(known.has(code), `${code} is no reason for not starting`);
});

test("the wiring in the technician's manual is that of the boards", () => {
  const wiring = tables(read("docs/technician.md")).find(({ heading }) => heading === "Wiring");
  const boards = BOARD_PROFILES.filter(({ reader }) => reader === "mfrc522").map(partsOf);
  const pinOf = (board: (typeof boards)[number], part: number, wire: number) =>
    board[part]?.wires[wire].printed ?? "none";
  const expected = boards[0].flatMap(({ title, wires }, part) =>
    wires.flatMap(({ signal, isPower }, wire) =>
      isPower ? [] : [[title, signal, ...boards.map((board) => pinOf(board, part, wire))]],
    ),
  );
  assert.equal(wiring?.rows, expected);
});

test("ARCHITECTURE.md has the layers that tidy enforces", () => {
  const table = tables(read("ARCHITECTURE.md")).find(({ heading }) => heading === "Layers");
  const told = (table?.rows ?? []).map(([folder, allowed]) => [
    folder.replace(/`/g, ""),
    allowed.replace(/`/g, ""),
  ]);
  const enforced = Object.entries(LAYERS).map(([folder, allowed]) => {
    const folders = allowed === "anything" ? allowed : allowed.join(", ");
    return [folder, folders === "" ? "nothing" : folders];
  });
  assert.equal(told, enforced);
});

function fencedBlock(text: string, language: string): string[] {
  const found = new RegExp(`^\`\`\`${language}\n([^]*?)\n\`\`\`$`, "m").exec(text);
  return (found?.[1] ?? "no such block").split("\n");
}

/** Durations and seconds shift with every improvement. */
function withoutTimes(line: string): string {
  return line
    .replace(/\d+ ms/g, "? ms")
    .replace(/\d\d:\d\d:\d\d/g, "?")
    .trimEnd();
}

/** What in a piece of inline code is a path into this project. */
function pathsIn(code: string): string[] {
  const isPath = /^[\w.@-]+(?:\/[\w.@{},-]+)+$/.test(code);
  if (!isPath || !TOP_FOLDERS.has(code.split("/")[0])) return [];
  return expandBraces(code);
}

/** `clubpad ...` as it stands in a document's code blocks, in order. */
function commandsOf(document: string): string[] {
  const lines = codeLines(read(document)).map((line) =>
    line.replace(/^(?:\$ )?(?:npx )?/, "").replace(/ +#.*$/, ""),
  );
  return lines.filter((line) => line.startsWith("clubpad "));
}

async function checkCommand(document: string, command: string): Promise<void> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
  if (NOT_RUN.test(command)) {
    checkForm(document, words.slice(1));
    return;
  }
  const { out, refusal, exitCode } = await runCommand(...words.slice(1));
  assert.is(refusal, "", `${document}: ${command}: ${refusal}`);
  assert.is(exitCode, 0, `${document}: ${command}: ${out}`);
}

/** The command and its options exist. */
function checkForm(document: string, words: string[]): void {
  const program = new Command("clubpad");
  for (const register of [
    registerBoard,
    registerCard,
    registerHotlist,
    registerLedger,
    registerPatch,
    registerPull,
    registerRefund,
    registerRules,
    registerSim,
    registerSoak,
    registerTerminals,
    registerVerify,
  ]) {
    register(program);
  }
  let command = program;
  for (const word of words) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next !== undefined) command = next;
    const isOption = word.startsWith("--");
    const isKnown = command.options.some((option) => option.long === word);
    assert.ok(!isOption || isKnown, `${document}: ${command.name()} has no option ${word}`);
  }
  assert.is.not(command, program, `${document}: there is no command "${words.join(" ")}"`);
}

function screenRows(): [document: string, row: string[]][] {
  return ["docs/cashier.md", "docs/technician.md"].flatMap((document) =>
    rowsOf(document).map((row): [string, string[]] => [document, row]),
  );
}

function rowsOf(document: string): string[][] {
  return tables(read(document))
    .filter(({ columns }) => columns[0] === "screen")
    .flatMap(({ rows }) => rows);
}

test.run();
