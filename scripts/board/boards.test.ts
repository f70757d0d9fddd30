/** The boards as data, held against what is made from them and against what they must keep to. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { BOARD_PROFILES, ESPRUINO_WIFI } from "../../firmware/boards/board-profiles";
import { createSplitFlash } from "../../firmware/boards/split-flash";
import { CONFIG_BYTES } from "../../firmware/core/terminal-config";
import { CopyField } from "../../firmware/storage/copies";
import { NorFlash } from "../../host-sim/nor-flash";
import { runCommand } from "../cli/test-commands";
import { boardFiles } from "./board-files";
import { partsOf } from "./parts";

const STORAGE_HEADER_BYTES = 32;

test("entry files and pictures are those of the profiles", () => {
  for (const [name, content] of boardFiles()) {
    assert.is(readFileSync(name, "utf8"), content, `${name}: run "make boards"`);
  }
});

for (const profile of BOARD_PROFILES) {
  const { name, flash, storage, pins, edges } = profile;

  test(`${name}: no pin is used twice, and the picture has each`, () => {
    const used = Object.values(pins).flat();
    assert.is(new Set(used).size, used.length);
    const shown = [...edges.left, ...edges.right];
    for (const pin of used) assert.ok(shown.includes(pin), `${pin} is at no edge`);
    const wired = partsOf(profile).flatMap(({ wires }) => wires.map(({ pin }) => pin));
    assert.equal(wired.filter((pin) => pin !== undefined).sort(), [...used].sort());
  });

  test(`${name}: the plan's pages are there, hold what they must, and lie apart`, () => {
    const { plan, regions } = flash;
    const pages = pagesOf(profile);
    assert.is(pages.length, plan.pageCount);
    assert.ok(plan.journalPageCount >= 3);
    assert.is(plan.journalPage + plan.journalPageCount, plan.pageCount);
    for (const region of regions) {
      const isWhole = region.strideBytes === plan.pageSizeBytes;
      assert.ok(isWhole || region.strideBytes >= CONFIG_BYTES + CopyField.Content);
      assert.ok(isWhole || !region.isErasable);
    }
    pages.sort((a, b) => a.start - b.start);
    for (let i = 1; i < pages.length; i++) assert.ok(pages[i - 1].end <= pages[i].start);
  });

  test(`${name}: raw pages lie outside Storage, or inside a file that protects them`, () => {
    const storageEnd = storage.address + storage.sizeBytes;
    const file = flash.storageFile;
    const fileStart = storage.address + STORAGE_HEADER_BYTES;
    for (const { start, end } of pagesOf(profile)) {
      const isOutside = end <= storage.address || start >= storageEnd;
      const isInFile = start >= fileStart && end <= fileStart + (file?.sizeBytes ?? 0);
      assert.ok(isOutside || isInFile, `0x${start.toString(16)} belongs to other files`);
    }
  });
}

test("a split flash keeps settings and journal apart, and cannot erase the settings", () => {
  const { plan, regions } = ESPRUINO_WIFI.flash;
  const [settings, journal] = regions;
  const options = { programWordUs: 0, erasePageUs: 0, charge: () => undefined };
  const lowBytes = settings.pageCount * settings.strideBytes;
  const low = new NorFlash({ ...options, pageSizeBytes: lowBytes, pageCount: 1 });
  const { pageSizeBytes } = plan;
  const high = new NorFlash({ ...options, pageSizeBytes, pageCount: journal.pageCount });
  const flash = createSplitFlash(low, settings.pageCount, settings.strideBytes, high);
  assert.is(flash.pageCount, plan.pageCount);
  const firstBytes = flash.pageCount - 1;
  for (let page = 0; page < flash.pageCount; page++) {
    const word = Uint8Array.of(page, page, page, firstBytes);
    assert.is(flash.program(page * pageSizeBytes + 8, word, 0, 4), 0);
  }
  const word = new Uint8Array(4);
  for (let page = 0; page < flash.pageCount; page++) {
    flash.read(page * pageSizeBytes + 8, word, 0, 4);
    assert.equal([...word], [page, page, page, firstBytes]);
  }
  assert.is.not(flash.erasePage(0), 0);
  assert.is.not(flash.erasePage(1), 0);
  assert.is(flash.erasePage(2), 0);
  flash.read(2 * pageSizeBytes + 8, word, 0, 4);
  assert.equal([...word], [255, 255, 255, 255]);
  flash.read(pageSizeBytes + 8, word, 0, 4);
  assert.equal([...word], [1, 1, 1, firstBytes]);
});

test("the list names every board with its limits", async () => {
  const { out, refusal } = await runCommand("board", "list");
  assert.is(refusal, "");
  for (const { name, limits } of BOARD_PROFILES) {
    assert.match(out, new RegExp(`^${name}: `, "m"));
    for (const limit of limits) assert.ok(out.includes(limit));
  }
});

interface Page {
  start: number;
  end: number;
}

function pagesOf({ flash }: BoardProfile): Page[] {
  return flash.regions.flatMap(({ address, pageCount, strideBytes }) =>
    Array.from({ length: pageCount }, (_, page) => {
      const start = address + page * strideBytes;
      return { start, end: start + strideBytes };
    }),
  );
}

test.run();
