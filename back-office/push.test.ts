// What goes down to a pad: whole, once, newest only, whatever the line does.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { contentCheck } from "../firmware/core/content-check";
import { crc32 } from "../firmware/core/crc32";
import { LISTS_FORMAT, ListsField } from "../firmware/core/lists-format";
import { Header } from "../firmware/core/ruleset-format";
import { BlobKind, SyncType } from "../firmware/core/sync-messages";
import {
  CONFIG_BYTES,
  encodeTerminalConfig,
  type TerminalConfig,
} from "../firmware/core/terminal-config";
import type { TerminalKeys } from "./batch";
import { type DownBlob, sealPiece, sealTime } from "./down-seals";
import { LinkError } from "./link";
import { pushBlob, setClock } from "./push";
import { compileRuleset } from "./rules/compile";
import { createRandom, nodeAes, World } from "./test-world";

const test = suite("push");
const RULES = compileRuleset(
  `club: 77
version: 4
validFrom: 1404-07-01
clock: {offsetMinutes: 210, dayStartsAt: "00:00"}
display: toman
roundToRial: 10
limits: {earnPerTapRial: none, balanceRial: none}
redeem:
  {unitRial: 1, minRial: 0, maxRial: none, maxOfBill: 100 %,
   perDayRial: none, whenClockIsSuspect: no}
credit: {fromDays: 1, until: 90 days, toMonthEnd: yes}
enrol: {group: 1, needsApproval: no}
period: year
rules: []
`,
  "test",
).bytes;

function newWorld(): World {
  const world = new World(createRandom(7));
  world.config.ruleset = RULES;
  world.config.issuer = 1;
  return world;
}

function keysOf(world: World): TerminalKeys {
  return world.config as unknown as TerminalKeys;
}

function settingsOf(config: TerminalConfig, changes: Partial<TerminalConfig> = {}): Uint8Array {
  const encoded = new Uint8Array(CONFIG_BYTES);
  return encoded.slice(0, encodeTerminalConfig({ ...config, ...changes }, encoded));
}

function rulesOf(version: number): Uint8Array {
  const bytes = Uint8Array.from(RULES);
  new DataView(bytes.buffer).setUint32(Header.Version, version, true);
  return bytes;
}

/** Lists of so many blocked cards. */
function listsOf(blockedCount: number): Uint8Array {
  const content = new Uint8Array(ListsField.SizeBytes + 5 * blockedCount);
  const view = new DataView(content.buffer);
  content[0] = LISTS_FORMAT;
  view.setUint16(ListsField.BlockedCount, blockedCount, true);
  for (let i = 0; i < blockedCount; i++) view.setUint32(ListsField.SizeBytes + 5 * i, 7 * i, true);
  return content;
}

async function push(world: World, blob: DownBlob) {
  const link = world.createLink();
  const pad = await world.run(link.hello());
  return world.run(pushBlob(link, keysOf(world), pad, blob, undefined, nodeAes));
}

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LinkError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

test("settings and lists arrive, count at once, and come only once", async () => {
  const world = newWorld();
  const settings = settingsOf(world.config, { ruleset: rulesOf(5) });
  const lists = listsOf(200);
  const first = await push(world, { kind: BlobKind.Settings, version: 3, content: settings });
  assert.equal([first.settingsVersion, first.listsVersion, first.stagedBytes], [3, 0, 0]);
  assert.ok(world.down.isRestartWanted);
  const second = await push(world, { kind: BlobKind.Lists, version: 8, content: lists });
  assert.equal([second.settingsVersion, second.listsVersion], [3, 8]);
  const sentBytes = world.sentBytes.down;
  await push(world, { kind: BlobKind.Lists, version: 8, content: lists });
  assert.ok(world.sentBytes.down - sentBytes < 40, "what is there is not sent again");
  world.bootPad();
  const after = await world.run(world.createLink().hello());
  assert.equal([after.settingsVersion, after.listsVersion], [3, 8]);
});

test("the line cut at any byte: old or new, and the next push goes on", async () => {
  const content = listsOf(100);
  const blob = { kind: BlobKind.Lists, version: 2, content };
  const whole = newWorld();
  await push(whole, { ...blob, version: 1, content: listsOf(1) });
  const before = whole.sentBytes.up + whole.sentBytes.down;
  await push(whole, blob);
  const totalBytes = whole.sentBytes.up + whole.sentBytes.down - before;
  let resumed = 0;
  for (let cutBytes = 0; cutBytes <= totalBytes; cutBytes++) {
    const world = newWorld();
    await push(world, { ...blob, version: 1, content: listsOf(1) });
    world.bytesUntilCut = cutBytes;
    const isCut = await push(world, blob).then(
      () => false,
      (error) => error instanceof LinkError,
    );
    assert.ok([1, 2].includes(world.down.lists.version));
    if (isCut && world.down.staged.writtenBytes > 0) resumed++;
    world.bytesUntilCut = Number.POSITIVE_INFINITY;
    const isRebooted = cutBytes % 2 === 0;
    if (isRebooted) world.bootPad();
    assert.is((await push(world, blob)).listsVersion, 2);
  }
  assert.ok(resumed > 100, `${resumed} cuts left something to go on with`);
});

test("a noisy line costs tries, nothing else", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = newWorld();
    world.faults = { drop: 0.0005, double: 0.0005, corrupt: 0.0005, lateMs: 300 };
    const blob = { kind: BlobKind.Lists, version: 5, content: listsOf(150) };
    for (let i = 0; i < 5 && world.down.lists.version < 5; i++) {
      await push(world, blob).catch((error) => assert.instance(error, LinkError));
    }
    assert.is(world.down.lists.version, 5);
  }
});

test("refused as a whole, with what was held kept: older, foreign, unknown, too long", async () => {
  const world = newWorld();
  const { config } = world;
  const good = settingsOf(config, { ruleset: rulesOf(6) });
  await push(world, { kind: BlobKind.Settings, version: 6, content: good });
  const unknown = rulesOf(9);
  unknown[Header.Flags] = 255;
  const cases: [number, Uint8Array, RegExp][] = [
    [7, settingsOf(config, { ruleset: unknown }), /does not know all that is in them/],
    [7, settingsOf(config, { ruleset: rulesOf(3) }), /holds newer ones/],
    [7, settingsOf(config, { terminalId: 9 }), /not made for it/],
    [7, settingsOf(config, { clubId: 9 }), /not made for it/],
    [7, settingsOf(config, { terminalEpoch: 9 }), /not made for it/],
    [7, settingsOf(config, { keyEpoch: config.keyEpoch - 1 }), /holds newer ones/],
    [7, good.slice(0, 40), /not made for it/],
    [7, new Uint8Array(3 * 1024), /longer than the pad's memory/],
  ];
  for (const [version, content, text] of cases) {
    const message = await refusalOf(push(world, { kind: BlobKind.Settings, version, content }));
    assert.match(message, /keeps its old settings/);
    assert.match(message, text);
    assert.is(world.down.settings.version, 6);
  }
  const newer = settingsOf(config, { ruleset: rulesOf(7) });
  assert.is((await push(world, { kind: 0, version: 7, content: newer })).settingsVersion, 7);
  const older = sealPiece(
    ...[nodeAes, keysOf(world), config, { kind: 0, version: 6, content: good }],
    ...[contentCheck(crc32, good), 0],
  );
  const link = world.createLink();
  const fields = [0, 6, good.length, contentCheck(crc32, good), 0];
  const stale = link.ask(SyncType.Put, fields, older, SyncType.State);
  assert.is(await refusalStatus(world.run(stale)), 24);
});

async function refusalStatus(promise: Promise<unknown>): Promise<number | undefined> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LinkError) return error.status;
    throw error;
  }
  return undefined;
}

test("a piece counts only in its place, its version, its blob and its pad", async () => {
  const world = newWorld();
  const { config } = world;
  const content = listsOf(100);
  const check = contentCheck(crc32, content);
  const blob = { kind: BlobKind.Lists, version: 4, content };
  const piece = sealPiece(nodeAes, keysOf(world), config, blob, check, 0);
  const forged = Uint8Array.from(piece);
  forged[20] ^= 1;
  const total = content.length;
  const refused: [number[], Uint8Array][] = [
    [[1, 4, total, check, 0], forged],
    [[1, 4, total, check, 192], piece],
    [[1, 5, total, check, 0], piece],
    [[0, 4, total, check, 0], piece],
    [[1, 4, total, check + 1, 0], piece],
    [[1, 4, total, check, 1], piece],
    [[1, 4, total, check, total], piece],
    [[2, 4, total, check, 0], piece],
    [[1, 4, 100, check, 0], piece],
    [[1, 4, total, check, 0], piece.slice(1)],
    [[1, 4, 0, check, 0], new Uint8Array(16)],
  ];
  for (const [fields, sealed] of refused) {
    const link = world.createLink();
    const answer = world.run(link.ask(SyncType.Put, fields, sealed, SyncType.State));
    assert.ok((await refusalStatus(answer)) !== undefined, fields.join());
    assert.is(world.down.staged.writtenBytes, 0);
  }
  const other = { ...config, terminalId: 9 };
  const foreign = sealPiece(nodeAes, keysOf(world), other, blob, check, 0);
  const link = world.createLink();
  const answer = world.run(link.ask(SyncType.Put, [1, 4, total, check, 0], foreign, 3));
  assert.is(await refusalStatus(answer), 21);
  assert.is((await push(world, blob)).listsVersion, 4);
});

test("content that is not what its check says is not taken", async () => {
  const world = newWorld();
  const content = listsOf(1);
  const blob = { kind: BlobKind.Lists, version: 4, content };
  const piece = sealPiece(nodeAes, keysOf(world), world.config, blob, 77, 0);
  const fields = [1, 4, content.length, 77, 0];
  const answer = world.createLink().ask(SyncType.Put, fields, piece, SyncType.State);
  assert.is(await refusalStatus(world.run(answer)), 20);
  assert.is(world.down.lists.version, 0);
});

test("new keys only with nothing said under the old ones and nobody in a sale", async () => {
  const world = newWorld();
  const keyEpoch = world.config.keyEpoch + 1;
  const content = settingsOf(world.config, { keyEpoch });
  const blob = { kind: BlobKind.Settings, version: 2, content };
  world.journal.append(6, Uint8Array.of(8, 1, 1), 3);
  assert.match(await refusalOf(push(world, blob)), /journal is not sent/);
  world.journal.acknowledge(1, world.journal.chainMac());
  world.isPadIdle = false;
  assert.match(await refusalOf(push(world, blob)), /in use/);
  world.isPadIdle = true;
  assert.is((await push(world, blob)).settingsVersion, 2);
  assert.is(world.journal.nextSequence(), 2, "no record under the old keys behind it");
});

test("the clock is set once by each time that was said, forward or a little back", async () => {
  const world = newWorld();
  const { clock, config } = world;
  const set = (now: number) =>
    world.run(setClock(world.createLink(), keysOf(world), () => now, nodeAes));
  const startSeconds = clock.seconds;
  const near = await set(startSeconds + 1);
  assert.equal([near.driftSeconds, near.isSet, clock.seconds], [-1, false, startSeconds]);
  const forward = await set(startSeconds + 90_000);
  assert.equal([forward.driftSeconds, forward.isSet], [-90_000, true]);
  assert.is(clock.seconds, startSeconds + 90_000);
  // The time that was said is the newest of the journal: not a second behind it.
  const behind = await set(startSeconds + 89_995);
  assert.match(behind.refusal ?? "", /would contradict its journal/);
  clock.seconds += 5000;
  assert.ok((await set(startSeconds + 94_500)).isSet, "eight minutes back");
  clock.seconds += 5000;
  assert.not((await set(startSeconds + 98_000)).isSet, "twenty-five minutes back");
  const { seconds } = clock;
  for (const bytes of [...world.written]) world.feedPad(bytes);
  assert.is(clock.seconds, seconds, "a replayed time changes nothing");
  const tag = sealTime(nodeAes, keysOf(world), config, world.journal.nextSequence(), seconds + 60);
  const asked = world.createLink().ask(SyncType.Time, [seconds + 61], tag, SyncType.State);
  assert.is(await refusalStatus(world.run(asked)), 21);
  assert.is(clock.seconds, seconds);
});

test("noise instead of pieces and times changes nothing", async () => {
  const world = newWorld();
  const random = createRandom(11);
  const link = world.createLink();
  const noise = (lengthBytes: number) =>
    Uint8Array.from({ length: lengthBytes }, () => Math.floor(random() * 256));
  const number = () => Math.floor(random() * (random() < 0.5 ? 8 : 4294967296));
  const { seconds } = world.clock;
  for (let i = 0; i < 1500; i++) {
    const isPut = random() < 0.7;
    const fields = isPut ? [number() % 3, number(), number(), number(), number()] : [number()];
    const content = noise(Math.floor(random() * (isPut ? 224 : 32)));
    const type = isPut ? SyncType.Put : SyncType.Time;
    await world.run(link.ask(type, fields, content, SyncType.State)).catch((error) => {
      assert.instance(error, LinkError);
    });
  }
  const { down, clock } = world;
  const held = [down.settings.version, down.lists.version, down.staged.writtenBytes];
  assert.equal([...held, clock.seconds], [0, 0, 0, seconds]);
});

test.run();
