import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newBytes } from "../../card-layout/bytes";
import { emptyIdentity } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import { identityOf } from "../../card-layout/testing/named-records";
import { createDecision, type Purchase, TapKind } from "./evaluate";
import {
  AlarmKey,
  BootKey,
  CommitKey,
  createEntry,
  decodeEntry,
  ENTRY_BUFFER_BYTES,
  encodeEntry,
  fillIntent,
  IntentKey,
  type JournalEntry,
  JournalType,
  MAX_ENTRY_BYTES,
  setEntryString,
  takeIssuer,
} from "./journal-entry";
import { MAX_RIAL } from "./money";

const SEED = Number(process.env.SEED ?? 20260102);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/journal-entry.test.ts`;
const U32 = 0xffffffff;
const NUMBER_KEYS = [2, 3, 4, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 20, 21, 23, 25];

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** The largest value that each intent field may hold, with `maxRial` for the money fields. */
function largestIntent(uidBytes: number, maxRial: number, issuers: number): JournalEntry {
  const entry = createEntry();
  const money = [10, 12, 13, 14, 16, 25];
  for (const key of NUMBER_KEYS) entry.values[key] = U32;
  for (const key of money) entry.values[key] = maxRial;
  entry.values[IntentKey.AskedRial] = maxRial;
  entry.values[IntentKey.Kind] = 23;
  entry.values[IntentKey.Day] = 65535;
  entry.values[IntentKey.Minute] = 1439;
  entry.values[IntentKey.RulesetVersion] = 65535;
  entry.values[IntentKey.CardNumber] = 255;
  entry.lengths[IntentKey.Uid] = uidBytes;
  entry.lengths[IntentKey.BaseTag] = 5;
  entry.lengths[IntentKey.NewTag] = 5;
  entry.lengths[IntentKey.UsedByIssuer] = issuers > 1 ? issuers * 6 : 0;
  entry.lengths[IntentKey.FiredRules] = 32;
  return entry;
}

function encoded(type: JournalType, entry: JournalEntry): Uint8Array {
  const out = newBytes(ENTRY_BUFFER_BYTES);
  const lengthBytes = encodeEntry(type, entry, out);
  assert.ok(lengthBytes <= MAX_ENTRY_BYTES, REPLAY);
  return (out as Uint8Array).slice(0, lengthBytes);
}

/** An ordinary sale: 2,500,000 rial, 150,000 of it paid with credit. */
function ordinaryIntent(): JournalEntry {
  const identity = identityOf({ memberId: 4711, serial: 100234, cardNumber: 1 });
  const purchase: Purchase = {
    kind: TapKind.Sale,
    grossRial: 2_500_000,
    askedCreditRial: 150_000,
    day: 2100,
    minute: 1020,
    terminal: 3,
    sequence: 9000,
    issuer: 1,
  };
  const decision = createDecision();
  decision.usedRial = 150_000;
  decision.earnedRial = 235_000;
  decision.expiredRial = 12_000;
  decision.pointsEarned = 235;
  decision.points = 4_321;
  decision.balanceRial = 700_000;
  decision.firedRules = [1, 2];
  decision.firedCount = 2;
  const entry = createEntry();
  fillIntent(entry, identity, purchase, decision, 12);
  setEntryString(entry, IntentKey.Uid, hex("04a1b2c3"), 0, 4);
  setEntryString(entry, IntentKey.BaseTag, hex("0102030405"), 0, 5);
  setEntryString(entry, IntentKey.NewTag, hex("060708090a"), 0, 5);
  entry.values[IntentKey.CounterBefore] = 1_999_900;
  entry.values[IntentKey.Cashier] = 17;
  entry.values[IntentKey.UnixSeconds] = 1_770_000_000;
  return entry;
}

test("an ordinary sale takes at most 110 bytes, and these", () => {
  const bytes = encoded(JournalType.Intent, ordinaryIntent());
  const expected = [
    "b5014404a1b2c302191267031a0001878a041a001e841c054501020304050645060708090a070208",
    "190834091903fc0a1a002625a00c1a000249f00d1a000395f80e192ee00f18eb101a000aae601119",
    "10e1120c134201021411151a69800e801701",
  ].join("");
  assert.is(Buffer.from(bytes).toString("hex"), expected);
  assert.ok(bytes.length <= 110, `${bytes.length}`);
});

test("an ordinary sale comes back as it was, the asked amount included", () => {
  const entry = ordinaryIntent();
  const bytes = encoded(JournalType.Intent, entry);
  const decoded = createEntry();
  assert.is(decodeEntry(JournalType.Intent, bytes, 0, bytes.length, decoded), Status.Ok);
  assert.equal(decoded.values, entry.values);
  assert.equal(decoded.lengths, entry.lengths);
  assert.equal(decoded.strings, entry.strings);
});

test("small entries: commit, boot, alarm", () => {
  const commit = createEntry();
  commit.values[CommitKey.IntentSequence] = 9000;
  commit.values[CommitKey.CounterAfter] = 1_999_898;
  assert.equal(encoded(JournalType.Commit, commit), hex("a201192328021a001e841a"));
  const boot = createEntry();
  boot.values[BootKey.Count] = 5;
  boot.values[BootKey.FirmwareVersion] = 0x000100;
  assert.equal(encoded(JournalType.Boot, boot), hex("a2010503190100"));
  const alarm = createEntry();
  alarm.values[AlarmKey.Code] = 2;
  setEntryString(alarm, AlarmKey.Uid, hex("04a1b2c3d4e5f6"), 0, 7);
  assert.equal(encoded(JournalType.Alarm, alarm), hex("a20102024704a1b2c3d4e5f6"));
});

test("an intent with every amount below 2^32 fits, whatever its six issuers", () => {
  for (const uidBytes of [4, 7]) {
    const bytes = encoded(JournalType.Intent, largestIntent(uidBytes, U32, 6));
    assert.ok(bytes.length > 0 && bytes.length <= MAX_ENTRY_BYTES, `${bytes.length}`);
  }
});

test("an intent with every amount at 2^40 - 1 fits without issuers to settle", () => {
  const bytes = encoded(JournalType.Intent, largestIntent(7, MAX_RIAL, 1));
  assert.ok(bytes.length > 0 && bytes.length <= MAX_ENTRY_BYTES, `${bytes.length}`);
});

test("what cannot fit is refused, and never tried beyond the buffer", () => {
  const out = new Uint8Array(ENTRY_BUFFER_BYTES + 1).fill(0xee);
  const entry = largestIntent(7, MAX_RIAL, 6);
  setEntryString(entry, IntentKey.Mobile, Buffer.from("989121234567890"), 0, 15);
  entry.values[IntentKey.AskedRial] = MAX_RIAL - 1;
  assert.is(encodeEntry(JournalType.Intent, entry, out), 0);
  assert.is(out[ENTRY_BUFFER_BYTES], 0xee);
});

test("an enrolment with the longest mobile number fits", () => {
  const entry = largestIntent(7, 0, 0);
  setEntryString(entry, IntentKey.Mobile, Buffer.from("989121234567890"), 0, 15);
  assert.ok(encoded(JournalType.Intent, entry).length > 0);
});

test("fired rules are cut to the room that is left, in order", () => {
  const entry = largestIntent(7, U32, 6);
  for (let i = 0; i < 32; i++) entry.strings[IntentKey.FiredRules][i] = i + 1;
  entry.lengths[IntentKey.UsedByIssuer] = 12;
  const bytes = encoded(JournalType.Intent, entry);
  const decoded = createEntry();
  assert.is(decodeEntry(JournalType.Intent, bytes, 0, bytes.length, decoded), Status.Ok);
  const count = decoded.lengths[IntentKey.FiredRules];
  assert.ok(count > 8 && count < 32, `${count}`);
  for (let i = 0; i < count; i++) assert.is(decoded.strings[IntentKey.FiredRules][i], i + 1);
});

test("random intents are never longer than 160 bytes and come back unchanged", () => {
  const amount = fc.oneof(fc.constant(0), fc.nat(), fc.integer({ min: 0, max: MAX_RIAL }));
  const shape = fc.record({
    values: fc.array(amount, { minLength: 26, maxLength: 26 }),
    uidBytes: fc.constantFrom(4, 7),
    issuers: fc.integer({ min: 0, max: 6 }),
    fired: fc.integer({ min: 0, max: 32 }),
  });
  const run = (values: number[], uidBytes: number, issuers: number, fired: number): void => {
    const entry = createEntry();
    for (const key of NUMBER_KEYS) entry.values[key] = values[key];
    entry.values[IntentKey.AskedRial] = Math.max(values[11], entry.values[IntentKey.UsedRial]);
    entry.lengths[IntentKey.Uid] = uidBytes;
    entry.lengths[IntentKey.UsedByIssuer] = issuers > 1 ? issuers * 6 : 0;
    entry.lengths[IntentKey.FiredRules] = fired;
    const bytes = encoded(JournalType.Intent, entry);
    if (bytes.length === 0) return;
    const decoded = createEntry();
    assert.is(decodeEntry(JournalType.Intent, bytes, 0, bytes.length, decoded), Status.Ok, REPLAY);
    assert.equal(decoded.values, entry.values, REPLAY);
    assert.equal(decoded.lengths, entry.lengths, REPLAY);
  };
  fc.assert(
    fc.property(shape, (s) => run(s.values, s.uidBytes, s.issuers, s.fired)),
    { seed: SEED, numRuns: 1500 },
  );
});

test("one form only: zero, empty, unsorted, repeated and unknown keys are refused", () => {
  const entry = createEntry();
  const refused: [string, JournalType, Status][] = [
    ["a10100", JournalType.Commit, Status.Malformed],
    ["a1011800", JournalType.Commit, Status.Malformed],
    ["a202010105", JournalType.Commit, Status.Malformed],
    ["a201010102", JournalType.Commit, Status.Malformed],
    ["a1181a01", JournalType.Commit, Status.Unsupported],
    ["a10001", JournalType.Commit, Status.Malformed],
    ["a1014100", JournalType.Commit, Status.Malformed],
    ["a10140", JournalType.Intent, Status.Malformed],
    ["a101480102030405060708", JournalType.Intent, Status.Malformed],
    ["a116450102030405", JournalType.Intent, Status.Malformed],
    ["a20b050c05", JournalType.Intent, Status.Malformed],
    ["a1011b0000010000000000", JournalType.Commit, Status.Malformed],
    ["a1010100", JournalType.Commit, Status.Malformed],
    ["a10101", 9 as JournalType, Status.Unsupported],
    ["", JournalType.Commit, Status.Malformed],
  ];
  for (const [text, type, status] of refused) {
    const bytes = hex(text);
    assert.is(decodeEntry(type, bytes, 0, bytes.length, entry), status, text);
    assert.equal(entry, createEntry(), text);
  }
});

test("arbitrary bytes never hang, throw or read past their end", () => {
  const entry = createEntry();
  const input = fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 8 }));
  fc.assert(
    fc.property(input, ([bytes, type]) => {
      // Bytes behind the end continue the input plausibly; a reader that runs on would take them.
      const padded = new Uint8Array(bytes.length + 20).fill(1);
      padded.set(bytes);
      const status = decodeEntry(type, padded, 0, bytes.length, entry);
      if (status !== Status.Ok) return;
      assert.equal(encoded(type, entry), bytes, REPLAY);
    }),
    { seed: SEED, numRuns: 4000 },
  );
});

test("one changed byte of a good intent is refused or decodes to itself", () => {
  const good = encoded(JournalType.Intent, ordinaryIntent());
  const entry = createEntry();
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 1, 0x18, 0x1b, 0x5b, 0x9f, 0xa0, 0xbf, 0xff]) {
      const bytes = Uint8Array.from(good);
      bytes[at] = value;
      if (decodeEntry(JournalType.Intent, bytes, 0, bytes.length, entry) === Status.Ok) {
        assert.equal(encoded(JournalType.Intent, entry), bytes);
      }
    }
  }
});

test("the split by issuer is written only when there are several", () => {
  const entry = createEntry();
  const decision = createDecision();
  const purchase = { kind: 2, grossRial: 0, askedCreditRial: 0, day: 0, minute: 0 } as Purchase;
  decision.usedByIssuer = [
    { issuer: 1, amountRial: 5 },
    { issuer: 9, amountRial: MAX_RIAL },
  ];
  const pair = { issuer: 0, amountRial: 0 };
  decision.issuerCount = 1;
  fillIntent(entry, emptyIdentity(), purchase, decision, 1);
  assert.not(takeIssuer(entry, 0, pair));
  decision.issuerCount = 2;
  fillIntent(entry, emptyIdentity(), purchase, decision, 1);
  assert.ok(takeIssuer(entry, 1, pair));
  assert.equal(pair, { issuer: 9, amountRial: MAX_RIAL });
  assert.not(takeIssuer(entry, 2, pair));
});

test.run();
