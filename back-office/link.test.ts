import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../card-layout/status";
import { crc32 } from "../firmware/core/crc32";
import { createJournal } from "../firmware/storage/journal";
import type { TerminalKeys } from "./batch";
import { LinkError } from "./link";
import { createRamFlash, createRandom, MemoryLedger, nodeAes, World } from "./test-world";

const SEED = Number(process.env.SEED ?? 0);
const REPLAY = "node --import tsx node_modules/uvu/bin.js back-office 'link.test'";
const SCHEDULES = Number(process.env.RUNS ?? 100);

/** Appends records of the usual kinds: intents of 72 bytes, commits of 8, now and then others. */
function appendRecords(world: World, count: number, random: () => number): void {
  for (let i = 0; i < count; i++) {
    const lengthBytes = random() < 0.1 ? Math.floor(random() * 161) : i % 2 === 0 ? 72 : 8;
    const payload = Uint8Array.from({ length: lengthBytes }, () => Math.floor(random() * 256));
    world.journal.append(i % 2 === 0 ? 2 : 3, payload, lengthBytes);
  }
}

function assertIngested(world: World, ledger: MemoryLedger): void {
  const { records } = world.journal;
  assert.is(ledger.payloads.size, records.length);
  assert.is(ledger.duplicateCount, 0);
  for (const { bytes } of records) {
    const sequence = new DataView(bytes.buffer).getUint32(4, true);
    const content = `${bytes[2]}:${Buffer.from(bytes.subarray(8)).toString("hex")}`;
    assert.is(ledger.payloads.get(sequence), content);
  }
  assert.is(world.journal.firstUnacknowledged(), world.journal.nextSequence());
}

async function refusalOf(promise: Promise<unknown>): Promise<LinkError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LinkError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Runs syncs until one gets through. */
async function syncUntilDone(world: World, ledger: MemoryLedger, tries: number): Promise<void> {
  for (let i = 0; i < tries; i++) {
    try {
      await world.syncInto(ledger);
      return;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
  }
}

test("a clean line brings every record once, in few bytes per tap", async () => {
  const random = createRandom(1);
  const world = new World(random);
  const tapCount = 500;
  for (let i = 0; i < tapCount; i++) {
    world.journal.append(
      2,
      Uint8Array.from({ length: 72 }, () => Math.floor(random() * 256)),
      72,
    );
    world.journal.append(3, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 8);
  }
  const ledger = new MemoryLedger();
  const seen: number[] = [];
  const link = world.createLink();
  const pad = await world.run(
    link.pullBatches(ledger.store, { onProgress: (done) => seen.push(done) }),
  );
  assertIngested(world, ledger);
  assert.is(pad.firstUnacknowledged, 1 + 2 * tapCount);
  assert.is(seen.at(-1), 2 * tapCount);
  // A tap has 96 bytes of records; whoever makes it cost more on the line should notice.
  assert.ok((world.sentBytes.up + world.sentBytes.down) / tapCount < 149);
  assert.ok((world.sentFrames.up + world.sentFrames.down) / tapCount < 1.3);
});

test("nothing to fetch is no error, and a journal may begin at sequence 0", async () => {
  const world = new World(createRandom(2), 0);
  const ledger = new MemoryLedger();
  const pad = await world.syncInto(ledger);
  assert.is(pad.terminalId, world.config.terminalId);
  assert.is(pad.clubId, world.config.clubId);
  assert.is(ledger.payloads.size, 0);
  appendRecords(world, 3, createRandom(3));
  await world.syncInto(ledger);
  assertIngested(world, ledger);
});

test("broken, lost, doubled and late bytes only cost tries", async () => {
  for (let run = 0; run < SCHEDULES; run++) {
    const seed = SEED === 0 ? 1000 + run : SEED;
    const random = createRandom(seed);
    const world = new World(random);
    const ledger = new MemoryLedger();
    try {
      appendRecords(world, 1 + Math.floor(random() * 60), random);
      const severity = random() * 0.004;
      for (let storm = 0; storm < 3; storm++) {
        world.faults = {
          drop: random() * severity,
          double: random() * severity,
          corrupt: random() * severity,
          lateMs: random() < 0.5 ? 0 : random() * 2500,
        };
        world.bytesUntilCut = random() < 0.3 ? random() * 3000 : Number.POSITIVE_INFINITY;
        await syncUntilDone(world, ledger, 1);
        if (random() < 0.5) appendRecords(world, 5, random);
        if (random() < 0.3) world.bootPad();
        if (random() < 0.3) world.journal.oldestHeld = world.journal.firstUnacknowledged();
      }
      world.faults = { drop: 0, double: 0, corrupt: 0, lateMs: 0 };
      world.bytesUntilCut = Number.POSITIVE_INFINITY;
      await syncUntilDone(world, ledger, 3);
      assertIngested(world, ledger);
    } catch (error) {
      console.error(`replay: SEED=${seed} RUNS=1 ${REPLAY}`);
      throw error;
    }
  }
});

test("a session cut at every byte goes on where it stopped", async () => {
  const start = () => {
    const world = new World(createRandom(4));
    for (let i = 0; i < 24; i++) world.journal.append(3, Uint8Array.of(i, 0), 2);
    return world;
  };
  const whole = start();
  await whole.syncInto(new MemoryLedger());
  const totalBytes = whole.sentBytes.up + whole.sentBytes.down;
  assert.ok(totalBytes > 500);
  for (let cut = 0; cut < totalBytes; cut++) {
    const world = start();
    const ledger = new MemoryLedger();
    world.bytesUntilCut = cut;
    const refusal = await refusalOf(world.syncInto(ledger));
    assert.ok(refusal.code === "no-answer" || refusal.code === "noise", `cut ${cut}`);
    world.bytesUntilCut = Number.POSITIVE_INFINITY;
    await world.syncInto(ledger);
    assertIngested(world, ledger);
  }
});

test("the same range is byte-identical after a reset, a longer one all different", async () => {
  const world = new World(createRandom(5));
  appendRecords(world, 4, createRandom(6));
  const partsOf = async () => {
    world.written.length = 0;
    const stopped = new Error("not stored");
    const link = world.createLink();
    try {
      await world.run(
        link.pullBatches(() => {
          throw stopped;
        }),
      );
    } catch (error) {
      assert.is(error, stopped);
    }
    // Frames of one kind and place differ only in request number and so CRC and stuffing.
    return world.written.filter((frame) => frame.length > 150).map((frame) => frame.slice(60, 140));
  };
  const before = await partsOf();
  world.bootPad();
  assert.equal(await partsOf(), before);
  appendRecords(world, 1, createRandom(7));
  world.bootPad();
  assert.not.equal(await partsOf(), before);
});

test("the real journal is drained through its whole ring, resets included", async () => {
  const random = createRandom(30);
  const world = new World(random);
  const flash = createRamFlash(1024, 5);
  const boot = () => {
    const { journalKey } = world.config;
    world.padJournal = createJournal(flash, 0, 5, nodeAes, crc32, journalKey);
    assert.is(world.padJournal.boot(), Status.Ok);
    world.bootPad();
  };
  boot();
  const ledger = new MemoryLedger();
  const appended: string[] = [];
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 1 + random() * 12; i++) {
      const payload = Uint8Array.from({ length: random() * 161 }, () => random() * 256);
      assert.is(world.padJournal.append(3, payload, payload.length), Status.Ok);
      appended.push(`3:${Buffer.from(payload).toString("hex")}`);
    }
    if (round % 7 === 3) boot();
    await world.syncInto(ledger);
    if (round % 5 === 2) boot();
  }
  const entries = [...ledger.payloads.values()].filter((entry) => entry.startsWith("3:"));
  assert.equal(entries, appended);
  assert.is(ledger.duplicateCount, 0);
  const unacknowledged = world.padJournal.nextSequence() - world.padJournal.firstUnacknowledged();
  assert.ok(unacknowledged <= 2, "only the journal's own notes of the last acknowledgement");
});

test("other keys are refused on either side and nothing changes", async () => {
  const world = new World(createRandom(8));
  appendRecords(world, 4, createRandom(9));
  const ledger = new MemoryLedger();
  const good = world.config as unknown as TerminalKeys;
  const wrong = new Uint8Array(16).fill(9);
  const cases: [TerminalKeys | undefined, string][] = [
    [{ ...good, uplinkKey: wrong }, "foreign"],
    [{ ...good, journalKey: wrong }, "tampered"],
  ];
  for (const [keys, code] of cases) {
    const refusal = await refusalOf(world.run(world.createLink(keys).pullBatches(ledger.store)));
    assert.is(refusal.code, code);
    assert.is(ledger.payloads.size, 0);
  }
  const link = world.createLink({ ...good, downlinkKey: wrong });
  const refusal = await refusalOf(world.run(link.pullBatches(ledger.store)));
  assert.is(refusal.code, "foreign");
  assert.is(ledger.payloads.size, 4);
  assert.is(world.journal.firstUnacknowledged(), 1);
});

test("a back office without keys for this pad says so", async () => {
  const world = new World(createRandom(10));
  const link = world.createLink();
  Object.assign(link, { options: { keysOf: () => undefined } });
  const refusal = await refusalOf(world.run(link.pullBatches(() => undefined)));
  assert.is(refusal.code, "foreign");
});

test("a back office that begins in the middle of a journal is told the MAC before", async () => {
  const world = new World(createRandom(40));
  appendRecords(world, 12, createRandom(41));
  await world.syncInto(new MemoryLedger());
  appendRecords(world, 5, createRandom(42));
  const ledger = new MemoryLedger();
  await world.syncInto(ledger);
  assert.is(ledger.payloads.size, 5);
  assert.equal(ledger.position?.chainMac, world.journal.chainMac());
  // Where the record before is gone as well, nothing can vouch for the first one.
  appendRecords(world, 5, createRandom(43));
  world.journal.oldestHeld = world.journal.firstUnacknowledged();
  assert.is((await refusalOf(world.syncInto(new MemoryLedger()))).code, "tampered");
});

test("replayed old acknowledgements change nothing", async () => {
  const world = new World(createRandom(11));
  appendRecords(world, 30, createRandom(12));
  const ledger = new MemoryLedger();
  await world.syncInto(ledger);
  const replay = world.written.map((bytes) => Uint8Array.from(bytes));
  appendRecords(world, 3, createRandom(13));
  const first = world.journal.firstUnacknowledged();
  const { acknowledgeCount } = world.journal;
  for (const bytes of replay) world.feedPad(bytes);
  assert.is(world.journal.firstUnacknowledged(), first);
  assert.is(world.journal.acknowledgeCount, acknowledgeCount);
  // The same journal under a new epoch takes none of them either.
  const other = new World(createRandom(14));
  other.config.terminalEpoch = 4;
  other.bootPad();
  for (const { bytes } of world.journal.records) {
    other.journal.append(bytes[2], bytes.subarray(8), bytes.length - 8);
  }
  for (const bytes of replay) other.feedPad(bytes);
  assert.is(other.journal.firstUnacknowledged(), 1);
});

test("a journal that is another one than stored is refused", async () => {
  const world = new World(createRandom(15));
  appendRecords(world, 6, createRandom(16));
  const ledger = new MemoryLedger();
  await world.syncInto(ledger);
  const restored = new World(createRandom(17));
  appendRecords(restored, 4, createRandom(16));
  assert.is((await refusalOf(restored.syncInto(ledger))).code, "tampered");
  const forked = new World(createRandom(18));
  appendRecords(forked, 9, createRandom(19));
  const refusal = await refusalOf(forked.syncInto(ledger));
  assert.is(refusal.code, "tampered");
  assert.is(forked.journal.firstUnacknowledged(), 1);
  const erased = new World(createRandom(20));
  appendRecords(erased, 9, createRandom(16));
  erased.journal.oldestHeld = 8;
  ledger.position = { nextSequence: 2, chainMac: erased.journal.records[0].mac };
  erased.journal.acknowledge(8, erased.journal.records[7].mac);
  assert.is((await refusalOf(erased.syncInto(ledger))).code, "gap");
});

test("no pad, a noisy line and another protocol version are told apart", async () => {
  const world = new World(createRandom(21));
  world.bytesUntilCut = 0;
  assert.is((await refusalOf(world.run(world.createLink().hello()))).code, "no-answer");
  world.bytesUntilCut = Number.POSITIVE_INFINITY;
  world.faults = { drop: 0, double: 0, corrupt: 0.02, lateMs: 0 };
  appendRecords(world, 60, createRandom(22));
  const refusal = await refusalOf(world.run(world.createLink().pullBatches(() => undefined)));
  assert.is(refusal.code, "noise");
});

test.run();
