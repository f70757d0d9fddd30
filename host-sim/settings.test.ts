// Settings in two copies: every power cut leaves the old or the new version, and never goes back.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { crc32 } from "../firmware/core/crc32";
import { createSettingsStore, type SettingsStore } from "../firmware/storage/settings-store";
import { isCutShort } from "./journal-bench";
import { type EraseTear, NorFlash, type ProgramTear } from "./nor-flash";
import { Rng } from "./rng";

const SIZES = { pageSizeBytes: 256, pageCount: 4 };
const CAPACITY_BYTES = 2 * 256 - 24;
const IS_EXHAUSTIVE = process.env.CLUBPAD_EXHAUSTIVE === "1";
const SEED = process.env.SEED ?? "1";

const TEARS: readonly { readonly program: ProgramTear; readonly erase: EraseTear }[] = [
  { program: "nothing", erase: "before" },
  { program: "some", erase: "half" },
  { program: "all", erase: "unstable" },
  { program: "weak", erase: "half" },
];

/** As at power-up, with a plan armed on the flash still there. */
function load(flash: NorFlash) {
  return heldBy(createSettingsStore(flash, 0, 2, 2, crc32));
}

function heldBy(settings: SettingsStore) {
  const { status, version } = settings.held();
  return { status, version, content: version === 0 ? undefined : settings.content() };
}

function open(flash: NorFlash): SettingsStore {
  flash.powerUp();
  return createSettingsStore(flash, 0, 2, 2, crc32);
}

const OLD = new Rng("old").bytes(203);
const NEW = new Rng("new").bytes(198);

test("empty, stored, loaded again, replaced many times, worn evenly", () => {
  const flash = new NorFlash(SIZES);
  const settings = open(flash);
  assert.is(load(flash).status, Status.NotFound);
  for (let version = 1; version <= 9; version++) {
    const content = new Rng(version).bytes(version * 42);
    assert.is(settings.store(version, content, content.length), Status.Ok);
    for (const held of [heldBy(settings), load(flash)]) {
      assert.equal([held.status, held.version, held.content], [Status.Ok, version, content]);
    }
  }
  assert.equal(
    [0, 1, 2, 3].map((page) => flash.eraseCount(page)),
    // The second page of a copy is erased only for content that needs it: from version 6 on.
    [5, 2, 4, 2],
  );
});

test("refusals keep what is held", () => {
  const flash = new NorFlash(SIZES);
  const settings = open(flash);
  assert.is(settings.store(7, OLD, OLD.length), Status.Ok);
  assert.is(settings.store(7, NEW, NEW.length), Status.Stale);
  assert.is(settings.store(6, NEW, NEW.length), Status.Stale);
  assert.is(settings.store(8, new Uint8Array(600), CAPACITY_BYTES + 1), Status.TooLong);
  assert.equal(settings.content(), OLD);
  assert.equal(load(flash).content, OLD);
  assert.is(settings.store(8, new Uint8Array(600), CAPACITY_BYTES), Status.Ok);
});

test("another store does not overwrite the newer copy", () => {
  const flash = new NorFlash(SIZES);
  open(flash).store(5, OLD, OLD.length);
  assert.is(open(flash).store(4, NEW, NEW.length), Status.Stale);
  assert.is(open(flash).store(6, NEW, NEW.length), Status.Ok);
});

test("a flash that refuses or does not take a bit: FlashFault, and the old version stays", () => {
  const points = mutationsOfStore();
  for (let at = 1; at <= points; at++) {
    for (const fault of ["refused", "stuck"] as const) {
      const flash = prepared();
      const settings = open(flash);
      flash.armFault({ atMutation: at, fault });
      const status = settings.store(2, NEW, NEW.length);
      flash.powerUp();
      const after = load(flash);
      assert.is(after.status, Status.Ok);
      if (status === Status.Ok) assert.equal([after.version, after.content], [2, NEW]);
      else if (at < points - 2) assert.equal([after.version, after.content], [1, OLD]);
    }
  }
});

test("a cut at every mutation of a store, and of the load that follows", () => {
  const points = mutationsOfStore();
  const rng = new Rng(SEED);
  const counts = { points, firstCuts: 0, secondCuts: 0 };
  for (let at = 1; at <= points; at++) {
    for (const tear of TEARS) {
      for (let seed = 0; seed < (IS_EXHAUSTIVE ? 40 : 3); seed++) {
        const flash = prepared();
        const settings = open(flash);
        flash.armCut({ ...tear, atMutation: at, seed: rng.next() });
        assert.ok(isCutShort(() => settings.store(2, NEW, NEW.length)));
        counts.firstCuts++;
        counts.secondCuts += cutLoad(flash, rng);
      }
    }
  }
  console.log(`settings cuts (SEED=${SEED}): ${JSON.stringify(counts)}, 0 violations`);
});

test("every single-bit flip is refused: the other copy is taken", () => {
  const flash = prepared();
  open(flash).store(2, NEW, NEW.length);
  const image = flash.saveImage();
  for (let bit = 0; bit < 8 * (8 + NEW.length); bit++) {
    const at = 512 + 16 + (bit >> 3);
    const flipped = image.slice();
    flipped[at] ^= 1 << (bit & 7);
    flash.loadImage(flipped);
    const held = load(flash);
    assert.equal([held.status, held.version, held.content], [Status.Ok, 1, OLD], `bit ${bit}`);
  }
});

/** A flash that holds version 1 in copy A; copy B is the next to be written. */
function prepared(): NorFlash {
  const flash = new NorFlash(SIZES);
  assert.is(open(flash).store(1, OLD, OLD.length), Status.Ok);
  return flash;
}

function mutationsOfStore(): number {
  const flash = prepared();
  const before = flash.mutationCount;
  const settings = open(flash);
  settings.store(2, NEW, NEW.length);
  return flash.mutationCount - before;
}

/** Cuts the loads after a torn store as well; what a finished load has shown never goes back. */
function cutLoad(flash: NorFlash, rng: Rng): number {
  let shown = 0;
  let cuts = 0;
  for (let round = 0; round < 4; round++) {
    flash.powerUp();
    if (round < 2) flash.armCut({ ...TEARS[3], atMutation: 1, seed: rng.next() });
    let held: ReturnType<typeof load> | undefined;
    if (isCutShort(() => (held = load(flash)))) cuts++;
    if (held !== undefined) {
      const { status, version, content } = held as ReturnType<typeof load>;
      assert.is(status, Status.Ok);
      assert.ok(version >= shown && version <= 2, `version ${version} after ${shown}`);
      assert.equal(content, version === 2 ? NEW : OLD);
      shown = version;
    }
  }
  return cuts;
}

test.run();
