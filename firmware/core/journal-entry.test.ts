import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newBytes } from "../../card-layout/bytes";
import { emptyIdentity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import {
  createDecision,
  createPurchase,
  DecisionField,
  PartField,
  type Purchase,
  TapKind,
} from "./evaluate";
import { categoriesOf, fillIntent } from "./intent-entry";
import {
  AlarmKey,
  BootKey,
  CommitKey,
  createEntry,
  decodeEntry,
  encodeEntry,
  IntentKey,
  type JournalEntry,
  MAX_ENTRY_BYTES,
  numberIn,
  setEntryString,
} from "./journal-entry";
import { MAX_RIAL } from "./money";

const SEED = Number(process.env.SEED ?? 20260102);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/journal-entry.test.ts`;
const U8 = 0xff;
const U16 = 0xffff;
const U32 = 0xffffffff;

/** The largest value of each number of an intent. */
const LARGEST: [IntentKey, number][] = [
  [IntentKey.MemberId, U32],
  [IntentKey.Serial, U32],
  [IntentKey.CardNumber, U8],
  // Counters start at 2,000,000 and only go down.
  [IntentKey.CounterBefore, 2_000_000],
  [IntentKey.Kind, TapKind.Abandon],
  [IntentKey.Day, U16],
  [IntentKey.Minute, 1439],
  [IntentKey.GrossRial, MAX_RIAL],
  [IntentKey.UsedRial, MAX_RIAL],
  [IntentKey.EarnedRial, MAX_RIAL],
  [IntentKey.ExpiredRial, MAX_RIAL],
  [IntentKey.DiscountRial, MAX_RIAL],
  [IntentKey.BalanceAfterRial, MAX_RIAL],
  [IntentKey.PointsEarned, U32],
  [IntentKey.PointsAfter, U32],
  [IntentKey.RulesetVersion, U16],
  [IntentKey.Cashier, U16],
  [IntentKey.UnixSeconds, U32],
  [IntentKey.DebtPaidRial, MAX_RIAL],
  [IntentKey.PadGivenRial, MAX_RIAL],
  [IntentKey.IsGift, 1],
];
/** Those that an enrolment has not. */
const MONEY = [
  IntentKey.GrossRial,
  IntentKey.UsedRial,
  IntentKey.EarnedRial,
  IntentKey.DiscountRial,
];

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function largestSale(): JournalEntry {
  const entry = createEntry();
  for (const [key, value] of LARGEST) entry.values[key] = value;
  setEntryString(entry, IntentKey.Uid, hex("04a1b2c3d4e5f6"), 0, 7);
  entry.values[IntentKey.BaseTag] = 0x0504030201;
  entry.values[IntentKey.NewTag] = 0x0a09080706;
  setEntryString(entry, IntentKey.Parts, new Uint8Array(54).fill(0xff), 0, 54);
  setEntryString(entry, IntentKey.Categories, new Uint8Array(48).fill(0xff), 0, 48);
  return entry;
}

function encoded(entry: JournalEntry): Uint8Array {
  const out = newBytes(MAX_ENTRY_BYTES);
  const lengthBytes = encodeEntry(entry, out);
  assert.ok(lengthBytes <= MAX_ENTRY_BYTES, `${lengthBytes}; ${REPLAY}`);
  return (out as Uint8Array).slice(0, lengthBytes);
}

function decoded(bytes: Uint8Array): JournalEntry {
  const entry = createEntry();
  assert.is(decodeEntry(bytes, 0, bytes.length, entry), Status.Ok, REPLAY);
  return entry;
}

/** An ordinary sale: 2,500,000 rial, 150,000 of it paid with credit. */
function ordinaryIntent(): JournalEntry {
  const identity = emptyIdentity();
  identity[IdentityField.MemberId] = 4711;
  identity[IdentityField.Serial] = 100234;
  identity[IdentityField.CardNumber] = 1;
  const purchase: Purchase = {
    ...createPurchase(3, 1),
    kind: TapKind.Sale,
    grossRial: 2_500_000,
    askedCreditRial: 150_000,
    day: 2100,
    minute: 1020,
    sequence: 9000,
  };
  const decision = createDecision();
  decision[DecisionField.UsedRial] = 150_000;
  decision[DecisionField.EarnedRial] = 235_000;
  decision[DecisionField.ExpiredRial] = 12_000;
  decision[DecisionField.PointsEarned] = 235;
  decision[DecisionField.Points] = 4_321;
  decision[DecisionField.BalanceRial] = 700_000;
  decision[DecisionField.Parts] = 7;
  decision[DecisionField.Parts + PartField.UntilDay] = 2200;
  decision[DecisionField.Parts + PartField.AmountRial] = 150_000;
  decision[DecisionField.PartCount] = 1;
  const entry = createEntry();
  fillIntent(entry, identity, purchase, decision, 12);
  setEntryString(entry, IntentKey.Uid, hex("04a1b2c3"), 0, 4);
  entry.values[IntentKey.BaseTag] = 0x0504030201;
  entry.values[IntentKey.NewTag] = 0x0a09080706;
  entry.values[IntentKey.CounterBefore] = 1_999_900;
  entry.values[IntentKey.Cashier] = 17;
  entry.values[IntentKey.UnixSeconds] = 1_770_000_000;
  return entry;
}

test("an ordinary sale takes at most 110 bytes, and these", () => {
  const bytes = encoded(ordinaryIntent());
  const expected = [
    "010404a1b2c3",
    "020907009808f049020000",
    "08026712",
    "09038a8701",
    "0a0101",
    "0b031c841e",
    "0c0102",
    "0d023408",
    "0e02fc03",
    "0f03a02526",
    "1003f04902",
    "1103f89503",
    "1202e02e",
    "140360ae0a",
    "1501eb",
    "1602e110",
    "17010c",
    "180111",
    "1904800e8069",
    "1a050102030405",
    "1b05060708090a",
  ].join("");
  assert.is(Buffer.from(bytes).toString("hex"), expected);
  assert.ok(bytes.length <= 110, `${bytes.length}`);
});

test("an ordinary sale comes back as it was, from any place of a buffer", () => {
  const entry = ordinaryIntent();
  const bytes = encoded(entry);
  assert.equal(decoded(bytes), entry);
  const shifted = new Uint8Array(bytes.length + 20).fill(1);
  shifted.set(bytes, 8);
  const again = createEntry();
  assert.is(decodeEntry(shifted, 8, bytes.length, again), Status.Ok);
  assert.equal(again, entry);
});

test("small entries: commit, boot, alarm", () => {
  const commit = createEntry();
  commit.values[CommitKey.IntentSequence] = 9000;
  commit.values[CommitKey.CounterAfter] = 1_999_898;
  assert.equal(encoded(commit), hex("08022823" + "09031a841e"));
  const boot = createEntry();
  boot.values[BootKey.Count] = 5;
  boot.values[BootKey.FirmwareVersion] = 0x000100;
  assert.equal(encoded(boot), hex("080105" + "0a020001"));
  const alarm = createEntry();
  alarm.values[AlarmKey.Code] = 2;
  setEntryString(alarm, AlarmKey.Uid, hex("04a1b2c3d4e5f6"), 0, 7);
  assert.equal(encoded(alarm), hex("010704a1b2c3d4e5f6" + "080102"));
});

test("a sale of the largest numbers, six lots, eight categories: exactly the room there is", () => {
  const entry = largestSale();
  const bytes = encoded(entry);
  assert.is(bytes.length, MAX_ENTRY_BYTES);
  assert.equal(decoded(bytes), entry);
  // A confirming intent has no time of its own.
  entry.values[IntentKey.UnixSeconds] = 0;
  entry.values[IntentKey.Confirms] = U32;
  assert.is(encoded(entry).length, MAX_ENTRY_BYTES);
});

test("a sale of a till names seven categories and its request in the same room", () => {
  const entry = largestSale();
  entry.lengths[IntentKey.Categories] = 42;
  entry.values[IntentKey.TillRequest] = U32;
  assert.is(encoded(entry).length, MAX_ENTRY_BYTES);
  assert.is(decoded(encoded(entry)).values[IntentKey.TillRequest], U32);
});

test("an enrolment with the longest mobile number fits", () => {
  const entry = largestSale();
  for (const key of MONEY) entry.values[key] = 0;
  entry.lengths[IntentKey.Parts] = 0;
  entry.lengths[IntentKey.Categories] = 0;
  setEntryString(entry, IntentKey.Mobile, Buffer.from("989121234567890"), 0, 15);
  const again = decoded(encoded(entry));
  assert.equal(again.values, entry.values);
  assert.equal(again.strings[IntentKey.Mobile], Uint8Array.from(Buffer.from("989121234567890")));
});

test("random intents are never longer than they may be and come back unchanged", () => {
  const values = fc.tuple(
    ...LARGEST.map(([, largest]) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max: largest }))),
  );
  const lengths = fc.tuple(fc.constantFrom(4, 7), fc.integer({ min: 0, max: 6 }));
  const run = (numbers: number[], uidBytes: number, issuerCount: number): void => {
    const entry = createEntry();
    LARGEST.forEach(([key], index) => {
      entry.values[key] = numbers[index];
    });
    entry.lengths[IntentKey.Uid] = uidBytes;
    entry.values[IntentKey.BaseTag] = 2 ** 40 - 1;
    entry.values[IntentKey.NewTag] = 2 ** 40 - 1;
    entry.lengths[IntentKey.Parts] = issuerCount * 9;
    assert.equal(decoded(encoded(entry)), entry, REPLAY);
  };
  fc.assert(
    fc.property(values, lengths, (numbers, [uidBytes, issuers]) => run(numbers, uidBytes, issuers)),
    { seed: SEED, numRuns: 1500 },
  );
});

test("one form only: zero, empty, too long, unsorted, repeated, unknown are refused", () => {
  const entry = createEntry();
  const refused: [string, Status][] = [
    ["080100", Status.Malformed],
    ["08020500", Status.Malformed],
    ["0800", Status.Malformed],
    ["0800090105", Status.Malformed],
    ["0806010000000001", Status.Malformed],
    ["090101080101", Status.Malformed],
    ["080101080101", Status.Malformed],
    ["000101", Status.Malformed],
    ["280101", Status.Unsupported],
    ["ff0101", Status.Unsupported],
    ["060101", Status.Malformed],
    ["070101", Status.Malformed],
    ["01080102030405060708", Status.Malformed],
    ["0310000000000000000000000000000000", Status.Malformed],
    ["080201", Status.Malformed],
    ["08010109", Status.Malformed],
    ["0801010901", Status.Malformed],
    ["08", Status.Malformed],
  ];
  for (const [text, status] of refused) {
    const bytes = hex(text);
    assert.is(decodeEntry(bytes, 0, bytes.length, entry), status, text);
  }
  assert.is(decodeEntry(hex(""), 0, 0, entry), Status.Ok);
  assert.equal(entry, createEntry(), "nothing is an entry of nothing");
});

test("arbitrary bytes never hang, throw or read past their end", () => {
  const entry = createEntry();
  const item = fc.tuple(fc.nat(30), fc.uint8Array({ maxLength: 8 }));
  const plausible = fc
    .array(item, { maxLength: 8 })
    .map((items) => Uint8Array.from(items.flatMap(([key, it]) => [key, it.length, ...it])));
  const input = fc.oneof(fc.uint8Array({ maxLength: 60 }), plausible);
  let acceptedCount = 0;
  fc.assert(
    fc.property(input, (bytes) => {
      // Bytes behind the end continue the input plausibly; a reader that runs on would take them.
      const padded = new Uint8Array(bytes.length + 20).fill(1);
      padded.set(bytes);
      if (decodeEntry(padded, 0, bytes.length, entry) !== Status.Ok) return;
      acceptedCount += 1;
      assert.equal(encoded(entry), bytes, REPLAY);
    }),
    { seed: SEED, numRuns: 20000 },
  );
  assert.ok(acceptedCount > 100, `${acceptedCount}`);
});

test("one changed byte of a good intent is refused or decodes to itself", () => {
  const good = encoded(ordinaryIntent());
  const entry = createEntry();
  for (let at = 0; at < good.length; at++) {
    for (let value = 0; value < 256; value++) {
      const bytes = Uint8Array.from(good);
      bytes[at] = value;
      if (decodeEntry(bytes, 0, bytes.length, entry) === Status.Ok) {
        assert.equal(encoded(entry), bytes);
      }
    }
  }
});

test("out of which lots the credit came is written part by part, also for a single one", () => {
  const entry = createEntry();
  const decision = createDecision();
  const purchase = createPurchase(1, 1);
  const parts = () =>
    Buffer.from(entry.strings[IntentKey.Parts] as Uint8Array)
      .subarray(0, entry.lengths[IntentKey.Parts])
      .toString("hex");
  [1, 2, 0xffff, 5, 9, 255, 3, MAX_RIAL].forEach((number, index) => {
    decision[DecisionField.Parts + index] = number;
  });
  const expected = ["", "0102ffff0500000000", "0102ffff050000000009ff0300ffffffffff"];
  expected.forEach((text, partCount) => {
    decision[DecisionField.PartCount] = partCount;
    fillIntent(entry, emptyIdentity(), purchase, decision, 1);
    assert.is(parts(), text);
  });
});

test("categories come back as they were, and none stay none", () => {
  const entry = createEntry();
  const purchase = createPurchase(1, 1);
  fillIntent(entry, emptyIdentity(), purchase, createDecision(), 1);
  assert.is(categoriesOf(entry), undefined);
  const categories = Array.from({ length: 32 }, () => 0);
  for (let key = 0; key < 16; key += 2) {
    categories[key] = 255 - key;
    categories[16 + key] = U32 - key;
  }
  fillIntent(entry, emptyIdentity(), { ...purchase, categories }, createDecision(), 1);
  assert.equal(categoriesOf(decoded(encoded(entry))), categories);
});

test("one number is found without unpacking the rest", () => {
  const entry = largestSale();
  const bytes = encoded(entry);
  const padded = Uint8Array.from([9, 9, ...bytes, 250, 1, 7]);
  for (const [key, value] of LARGEST) assert.is(numberIn(padded, 2, bytes.length, key), value);
  assert.is(numberIn(padded, 2, bytes.length, IntentKey.Reference), 0);
  assert.is(numberIn(padded, 2, bytes.length, 250), 0);
  assert.is(numberIn(padded, 2, 0, 1), 0);
});

test.run();
