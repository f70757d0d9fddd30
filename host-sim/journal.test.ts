// What the journal promises without power cuts: order, refusals, room, cost, and tamper evidence.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { crc32 } from "../firmware/core/crc32";
import { createJournal } from "../firmware/storage/journal";
import { isCutShort, JOURNAL_KEY, JournalBench } from "./journal-bench";
import { verifyJournal } from "./journal-verify";
import { NorFlash } from "./nor-flash";
import { Rng } from "./rng";

const RING = { pageSizeBytes: 512, pageCount: 4 };
const PAGE_1 = RING.pageSizeBytes;
const INTENT = new Uint8Array(100).fill(0x11);
const COMMIT = new Uint8Array(12).fill(0x22);
const LONGEST = new Uint8Array(245).fill(0x33);
const IS_EXHAUSTIVE = process.env.CLUBPAD_EXHAUSTIVE === "1";
const SEED = process.env.SEED ?? "1";

function booted(options = RING): JournalBench {
  const bench = new JournalBench(options);
  assert.is(bench.boot(), Status.Ok);
  return bench;
}

function fill(bench: JournalBench): number {
  let taps = 0;
  while (bench.append(2, INTENT) === Status.Ok) {
    assert.is(bench.append(3, COMMIT), Status.Ok);
    taps++;
  }
  return taps;
}

test("records are read back in any order, with header, payload and chain MAC", () => {
  const bench = booted({ pageSizeBytes: 512, pageCount: 8 });
  const rng = new Rng("order");
  const payloads = new Map<number, Uint8Array>();
  for (let i = 0; i < 14; i++) {
    const payload = rng.bytes(rng.below(161));
    payloads.set(bench.journal.nextSequence(), payload);
    assert.is(bench.append(8, payload), Status.Ok);
  }
  const out = new Uint8Array(180);
  for (let i = 0; i < 200; i++) {
    const sequence = 1 + rng.below(14);
    assert.is(bench.journal.read(sequence, out, 5), Status.Ok);
    const payload = payloads.get(sequence) as Uint8Array;
    assert.is(bench.journal.readLengthBytes(), payload.length);
    assert.equal(out.subarray(13, 13 + payload.length), payload);
    assert.equal([...out.subarray(5, 13)], [payload.length, 0, 8, 1, sequence, 0, 0, 0]);
  }
  assert.is(bench.journal.read(15, out, 0), Status.NotFound);
  assert.is(bench.journal.read(0, out, 0), Status.NotFound);
  assert.equal(bench.verify(), { ...bench.verify(), problems: [], remains: [] });
});

test("a typical tap takes 160 bytes of flash", () => {
  const bench = booted({ pageSizeBytes: 4096, pageCount: 4 });
  bench.flash.resetStatistics();
  bench.append(2, INTENT);
  bench.append(3, COMMIT);
  assert.is(bench.flash.statistics.programmedWords * 4, 160);
  assert.is(bench.flash.statistics.programCalls, 4);
  assert.is(bench.flash.statistics.erasedPages, 0);
});

test("reading upwards takes a bounded number of flash reads per record", () => {
  const bench = booted({ pageSizeBytes: 4096, pageCount: 4 });
  for (let i = 0; i < 60; i++) bench.append(8, COMMIT);
  const out = new Uint8Array(180);
  assert.is(bench.journal.read(1, out, 0), Status.Ok, "walks through the page once");
  bench.flash.resetStatistics();
  for (let i = 2; i <= 60; i++) assert.is(bench.journal.read(i, out, 0), Status.Ok);
  assert.ok(bench.flash.statistics.readCalls <= 59 * 2, "reads do not grow with the position");
});

test("recovery reads the page headers and two pages, whatever the journal holds", () => {
  for (const pageCount of [8, 123]) {
    const bench = booted({ pageSizeBytes: 4096, pageCount });
    for (let i = 0; i < 900 && bench.append(8, COMMIT) === Status.Ok; i++);
    bench.journal.eraseAhead();
    bench.flash.resetStatistics();
    assert.is(bench.boot(), Status.Ok);
    const { readBytes } = bench.flash.statistics;
    const headers = 36 * (2 * pageCount + 4);
    assert.ok(readBytes <= headers + 4 * 4096, `${readBytes} bytes for ${pageCount} pages`);
  }
});

test("full: refused before a tap begins, one begun finishes, an acknowledgement makes room", () => {
  const bench = booted();
  const taps = fill(bench);
  assert.ok(taps >= 6, `${taps} taps in three of four pages`);
  assert.not(bench.journal.hasRoomForTap());
  for (const type of [1, 2, 6, 7, 8]) assert.is(bench.append(type, COMMIT), Status.Full);
  for (const type of [3, 4, 5]) assert.is(bench.append(type, COMMIT), Status.Ok);
  assert.is(bench.boot(), Status.Ok);
  bench.check();
  assert.is(bench.append(2, COMMIT), Status.Full);
  assert.is(bench.sync(0), Status.Ok);
  assert.ok(bench.journal.hasRoomForTap());
  assert.ok(fill(bench) >= 4);
});

test("the longest intent that is let in leaves room for its torn copy, commit and boots", () => {
  for (let before = 0; before < 40; before++) {
    const bench = booted();
    for (let i = 0; i < before; i++) bench.append(8, new Uint8Array(4));
    while (bench.append(2, LONGEST) === Status.Ok) {
      bench.flash.armCut({ atMutation: 8, program: "some", erase: "half", seed: before });
      assert.ok(isCutShort(() => bench.append(3, COMMIT)));
      assert.is(bench.boot(), Status.Ok);
      bench.check();
      assert.is(bench.append(3, COMMIT), Status.Ok);
    }
  }
});

test("a full journal whose reserve is used up by power cuts still takes an acknowledgement", () => {
  const bench = booted();
  fill(bench);
  let status: Status = Status.Ok;
  for (let cuts = 0; status === Status.Ok && cuts < 30; cuts++) {
    bench.flash.armCut({ atMutation: 3, program: "some", erase: "half", seed: cuts });
    isCutShort(() => bench.append(3, COMMIT));
    status = bench.boot();
    bench.check();
  }
  assert.is(status, Status.Full);
  assert.is(bench.append(3, INTENT), Status.Full);
  assert.is(bench.sync(0), Status.Ok);
  assert.ok(fill(bench) > 0);
  assert.is(bench.boot(), Status.Ok);
  bench.check();
});

test("a pad that only restarts uses up no room", () => {
  const bench = booted();
  bench.append(2, INTENT);
  for (let i = 0; i < 4; i++) bench.boot();
  const before = bench.flash.mutationCount;
  for (let i = 0; i < 300; i++) assert.is(bench.boot(), Status.Ok);
  assert.is(bench.flash.mutationCount, before);
  assert.is(bench.append(3, COMMIT), Status.Ok);
  bench.check();
});

test("a session continues at a multiple of 64, behind a mark of its own", () => {
  const bench = booted();
  assert.is(bench.append(8, new Uint8Array(44)), Status.Ok);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.append(8, new Uint8Array(44)), Status.Ok);
  // Two marks take 8..56, the record 68 up to 124; a mark at 128.
  assert.equal(
    bench.verify().records.map((record) => record.address),
    [56, 152],
  );
});

test("a mark that outlived a torn erase is of an older life: the page is erased again", () => {
  const bench = booted();
  while (bench.flash.eraseCount(1) < 2) {
    if (bench.append(2, INTENT) === Status.Full) bench.sync(0);
  }
  const image = bench.flash.saveImage();
  const view = new DataView(image.buffer);
  assert.is(view.getUint32(512, true), 5, "slot 1 is prepared for page 5");
  view.setUint32(512, 1, true);
  bench.flash.loadImage(image);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.flash.eraseCount(1), 3);
  bench.check();
});

test("a page that rot has made look unused is erased again, or its old marks would count", () => {
  const bench = booted();
  for (const payload of [INTENT, INTENT, INTENT, COMMIT]) bench.append(2, payload);
  assert.is(bench.sync(1), Status.Ok, "whose mark begins page 1");
  for (let i = 0; i < 2; i++) assert.is(bench.boot(), Status.Ok);
  const image = bench.flash.saveImage();
  assert.is(image[PAGE_1 + 72], 3, "a mark of page 1: three records are acknowledged");
  image.fill(0xff, PAGE_1 + 8, PAGE_1 + 64);
  bench.flash.loadImage(image);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.append(2, COMMIT), Status.Ok);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.journal.nextSequence(), 6, "the record appended last is there");
});

test("acknowledgements: refused with another MAC, too early, too late; they converge", () => {
  const bench = booted();
  bench.append(2, INTENT);
  bench.append(3, COMMIT);
  const { journal } = bench;
  assert.is(journal.read(2, new Uint8Array(180), 0), Status.Ok);
  const mac = Uint8Array.from({ length: 8 }, (_, i) => journal.readMac()[i]);
  const wrong = mac.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
  assert.is(journal.acknowledge(2, wrong), Status.BadSeal);
  assert.is(journal.acknowledge(1, mac), Status.BadSeal);
  assert.is(journal.acknowledge(3, mac), Status.NotFound);
  assert.is(journal.firstUnacknowledged(), 1);
  assert.is(bench.sync(0), Status.Ok);
  assert.is(journal.firstUnacknowledged(), 3);
  assert.is(journal.acknowledge(2, mac), Status.Stale);
  // An acknowledgement is no record: there is nothing to fetch because of it.
  assert.is(journal.nextSequence(), 3);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.journal.firstUnacknowledged(), 3);
});

test("an acknowledgement that one boot has believed, all later ones do", () => {
  const bench = booted({ pageSizeBytes: 4096, pageCount: 4 });
  for (let i = 0; i < 3; i++) bench.append(8, COMMIT);
  for (const keptBack of [2, 1, 0]) assert.is(bench.sync(keptBack), Status.Ok);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.journal.firstUnacknowledged(), 4);
  // The last acknowledgement's mark was torn in its last word, read right then and not now.
  const image = bench.flash.saveImage();
  const at = [...image.keys()].find((i) => i > 100 && image[i] === 4 && image[i + 4] === 3) ?? 0;
  image[at + 16] ^= 1;
  bench.flash.loadImage(image);
  assert.is(bench.boot(), Status.Ok);
  assert.is(bench.journal.firstUnacknowledged(), 4);
});

test("an erased page stands ready after every pause as long as there is one free", () => {
  const bench = booted();
  for (let i = 0; i < 60; i++) {
    if (bench.append(2, INTENT) === Status.Full) bench.sync(i % 3);
    bench.journal.eraseAhead();
    const image = bench.flash.saveImage();
    const blankPages = [0, 1, 2, 3].filter((page) =>
      image.subarray(page * 512 + 8, (page + 1) * 512).every((byte) => byte === 0xff),
    );
    assert.ok(blankPages.length >= 1, `no page ready after step ${i}`);
  }
});

test("refused: too long, before boot, a ring too small", () => {
  const bench = new JournalBench(RING);
  assert.is(bench.append(2, INTENT), Status.FlashFault);
  bench.boot();
  assert.is(bench.append(2, new Uint8Array(246)), Status.TooLong);
  assert.is(bench.append(2, LONGEST), Status.Ok);
  for (const [pageSizeBytes, pageCount] of [
    [512, 2],
    [256, 4],
    [544, 4],
  ]) {
    const flash = new NorFlash({ pageSizeBytes, pageCount });
    const small = createJournal(flash, 0, pageCount, bench.aes, crc32, JOURNAL_KEY);
    assert.is(small.boot(), Status.Unsupported);
  }
});

test("a flash that refuses, or does not take a bit: FlashFault, then a boot settles it", () => {
  for (let at = 1; at <= 90; at++) {
    for (const fault of ["refused", "stuck"] as const) {
      const bench = booted();
      for (let i = 0; i < 3; i++) bench.append(2, INTENT);
      bench.flash.armFault({ atMutation: at, fault });
      const statuses = [INTENT, COMMIT, INTENT].map((payload) => bench.append(8, payload));
      const failed = statuses.indexOf(Status.FlashFault);
      if (failed >= 0) assert.ok(statuses.slice(failed).every((s) => s === Status.FlashFault));
      assert.is(bench.boot(), Status.Ok);
      bench.check();
      assert.is(bench.append(2, INTENT), Status.Ok);
    }
  }
});

test("every single-bit flip of a journal's image is seen", () => {
  const bench = booted();
  for (let tap = 0; tap < 3; tap++) {
    bench.append(2, INTENT);
    bench.append(3, COMMIT);
    if (tap === 0) bench.sync(1);
  }
  const image = bench.flash.saveImage();
  const sound = bench.verify();
  assert.equal([sound.problems, sound.remains], [[], []]);
  const rng = new Rng(SEED);
  for (let at = 0; at < image.length; at++) {
    const bits = IS_EXHAUSTIVE ? [0, 1, 2, 3, 4, 5, 6, 7] : [rng.below(8)];
    for (const bit of bits) {
      const flipped = image.slice();
      flipped[at] ^= 1 << bit;
      const seen = verifyImage(bench, flipped);
      assert.ok(seen.problems.length + seen.remains.length > 0, `bit ${bit} of byte ${at}`);
      requireNoSilentChange(bench, flipped, `bit ${bit} of byte ${at} (SEED=${SEED})`);
    }
  }
});

test("dropped, duplicated and exchanged records break the chain", () => {
  const bench = booted();
  for (let i = 0; i < 8; i++) bench.append(8, new Uint8Array(12).fill(i));
  const image = bench.flash.saveImage();
  const sizeBytes = 36;
  const [, second, third] = bench.verify().records.map((record) => record.address);
  const record = (at: number) => image.slice(at, at + sizeBytes);
  const edits: [string, (bytes: Uint8Array) => void][] = [
    ["dropped", (bytes) => bytes.fill(0xff, second, second + sizeBytes)],
    ["moved up", (bytes) => bytes.copyWithin(second, third, 512)],
    ["duplicated", (bytes) => bytes.set(record(second), third)],
    ["exchanged", (bytes) => [bytes.set(record(second), third), bytes.set(record(third), second)]],
  ];
  for (const [name, edit] of edits) {
    const edited = image.slice();
    edit(edited);
    const { problems, remains, records } = verifyImage(bench, edited);
    assert.ok(problems.length + remains.length > 0 && records.length < 8, name);
  }
});

function verifyImage(bench: JournalBench, bytes: Uint8Array) {
  const { pageSizeBytes, aes } = { pageSizeBytes: RING.pageSizeBytes, aes: bench.aes };
  return verifyJournal({ bytes, pageSizeBytes, key: JOURNAL_KEY, aes, crc32 });
}

/** The device may refuse; it may take a damaged newest record for a torn one; nothing else. */
function requireNoSilentChange(bench: JournalBench, image: Uint8Array, name: string): void {
  const flash = new NorFlash(RING);
  flash.loadImage(image);
  const journal = createJournal(flash, 0, RING.pageCount, bench.aes, crc32, JOURNAL_KEY);
  if (journal.boot() !== Status.Ok) return;
  const newest = bench.journal.nextSequence() - 1;
  assert.ok(journal.firstUnacknowledged() <= bench.journal.firstUnacknowledged(), name);
  assert.ok(journal.nextSequence() >= newest, `${name}: records are lost`);
  const expected = new Uint8Array(200);
  const found = new Uint8Array(200);
  for (let at = bench.journal.firstUnacknowledged(); at < newest; at++) {
    bench.journal.read(at, expected, 0);
    if (journal.read(at, found, 0) === Status.Ok) assert.equal(found, expected, name);
  }
}

test.run();
