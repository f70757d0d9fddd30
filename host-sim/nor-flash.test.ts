// The flash keeps the rules of NOR, refuses misuse, and tears as its header comment says.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { type CutPlan, NorFlash, PowerCut } from "./nor-flash";

const SIZES = { pageSizeBytes: 64, pageCount: 3 };
const WORDS = Uint8Array.from([1, 2, 3, 4, 0x50, 0x60, 0x70, 0x80]);

function bytesAt(flash: NorFlash, address: number, lengthBytes: number): number[] {
  const out = new Uint8Array(lengthBytes);
  flash.read(address, out, 0, lengthBytes);
  return [...out];
}

function cutIn(flash: NorFlash, plan: Partial<CutPlan>, action: () => void): void {
  flash.armCut({ atMutation: 1, program: "nothing", erase: "before", seed: 1, ...plan });
  assert.throws(action, (error: unknown) => error instanceof PowerCut);
  assert.throws(() => bytesAt(flash, 0, 4), /no power/);
  flash.powerUp();
}

test("a new flash is erased; programming clears bits; erasing sets the page and counts", () => {
  const flash = new NorFlash(SIZES);
  assert.equal(bytesAt(flash, 60, 8), Array(8).fill(0xff));
  assert.is(flash.program(64, WORDS, 0, 8), Status.Ok);
  assert.equal(bytesAt(flash, 64, 8), [...WORDS]);
  assert.is(flash.erasePage(1), Status.Ok);
  assert.equal(bytesAt(flash, 64, 8), Array(8).fill(0xff));
  assert.equal(
    [0, 1, 2].map((page) => flash.eraseCount(page)),
    [0, 1, 0],
  );
  const { programmedWords, erasedPages, readCalls, readBytes } = flash.statistics;
  assert.equal([programmedWords, erasedPages, readCalls, readBytes], [2, 1, 3, 24]);
});

test("misuse throws", () => {
  const flash = new NorFlash(SIZES);
  flash.program(0, WORDS, 0, 4);
  assert.throws(() => flash.program(0, WORDS, 0, 4), /twice/);
  assert.throws(() => flash.program(6, WORDS, 0, 4), /unaligned/);
  assert.throws(() => flash.program(8, WORDS, 0, 6), /unaligned/);
  assert.throws(() => flash.program(188, WORDS, 0, 8), /outside/);
  assert.throws(() => flash.erasePage(3), /outside/);
  assert.throws(() => bytesAt(flash, 190, 4), /outside/);
});

test("a word of ones clears nothing and may be programmed later", () => {
  const flash = new NorFlash(SIZES);
  flash.program(0, new Uint8Array(4).fill(0xff), 0, 4);
  assert.is(flash.program(0, WORDS, 0, 4), Status.Ok);
});

test("a cut while programming: words before it landed, words after it did not", () => {
  for (const program of ["nothing", "some", "all", "weak"] as const) {
    const flash = new NorFlash(SIZES);
    cutIn(flash, { atMutation: 2, program }, () => flash.program(0, new Uint8Array(12), 0, 12));
    assert.equal(bytesAt(flash, 0, 4), [0, 0, 0, 0]);
    assert.equal(bytesAt(flash, 8, 4), Array(4).fill(0xff));
    const torn = bytesAt(flash, 4, 4);
    if (program === "nothing") assert.equal(torn, Array(4).fill(0xff));
    if (program === "all") assert.equal(torn, [0, 0, 0, 0]);
    if (program === "some") assert.ok(torn.some((byte) => byte !== 0 && byte !== 0xff));
  }
});

test("weak bits read either way until the page is erased", () => {
  const flash = new NorFlash(SIZES);
  cutIn(flash, { program: "weak", seed: "weak" }, () => flash.program(0, WORDS, 0, 4));
  const readings = new Set(Array.from({ length: 40 }, () => bytesAt(flash, 0, 4).join()));
  assert.ok(readings.size > 1);
  assert.ok(readings.has("1,2,3,4"));
  flash.erasePage(0);
  for (let i = 0; i < 40; i++) assert.equal(bytesAt(flash, 0, 4), Array(4).fill(0xff));
});

test("a cut erase: before, half, and looking erased", () => {
  for (const erase of ["before", "half", "unstable"] as const) {
    const flash = new NorFlash(SIZES);
    flash.program(0, new Uint8Array(64), 0, 64);
    cutIn(flash, { erase }, () => flash.erasePage(0));
    const image = flash.saveImage().subarray(0, 64);
    const isMixed = image.some((byte) => byte !== 0 && byte !== 0xff);
    assert.is(isMixed, erase === "half");
    if (erase === "before") assert.ok(image.every((byte) => byte === 0));
    else assert.throws(() => flash.program(0, WORDS, 0, 4), /erase that was cut/);
    flash.erasePage(0);
    assert.is(flash.program(0, WORDS, 0, 4), Status.Ok);
  }
});

test("after an erase that looks finished some bit reads 0 at last", () => {
  const flash = new NorFlash(SIZES);
  cutIn(flash, { erase: "unstable" }, () => flash.erasePage(2));
  const sums = Array.from({ length: 60 }, () => bytesAt(flash, 128, 64).filter((b) => b !== 255));
  assert.ok(sums.some((odd) => odd.length > 0));
});

test("faults: a refusal changes nothing, a stuck bit keeps its value and answers Ok", () => {
  const flash = new NorFlash(SIZES);
  flash.armFault({ atMutation: 1, fault: "refused" });
  assert.is(flash.program(0, WORDS, 0, 8), Status.FlashFault);
  assert.equal(bytesAt(flash, 0, 8), Array(8).fill(0xff));
  flash.armFault({ atMutation: 2, fault: "stuck" });
  assert.is(flash.program(0, WORDS, 0, 8), Status.Ok);
  const [, , , , first, ...rest] = bytesAt(flash, 0, 8);
  assert.equal([first, ...rest], [0x51, 0x60, 0x70, 0x80]);
  flash.armFault({ atMutation: 1, fault: "stuck" });
  assert.is(flash.erasePage(0), Status.Ok);
  assert.equal(bytesAt(flash, 0, 5), [1, 255, 255, 255, 255]);
});

test("images and states", () => {
  const flash = new NorFlash(SIZES);
  flash.program(4, WORDS, 0, 8);
  const copy = new NorFlash(SIZES);
  copy.loadImage(flash.saveImage());
  assert.equal(bytesAt(copy, 0, 12), bytesAt(flash, 0, 12));
  assert.throws(() => copy.program(4, WORDS, 0, 4), /twice/);
  const state = flash.saveState();
  flash.erasePage(0);
  flash.restoreState(state);
  assert.equal(bytesAt(flash, 4, 8), [...WORDS]);
  assert.is(flash.eraseCount(0), 0);
});

test("operations charge their time", () => {
  let busyUs = 0;
  const charge = (durationUs: number) => {
    busyUs += durationUs;
  };
  const flash = new NorFlash({ ...SIZES, charge, programWordUs: 40, erasePageUs: 85_000 });
  flash.program(0, WORDS, 0, 8);
  flash.erasePage(0);
  assert.is(busyUs, 85_080);
});

test.run();
