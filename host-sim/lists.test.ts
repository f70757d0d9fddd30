// Blocked cards, patches and stale lists: looked up in flash, in few reads and without memory.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { crc32 } from "../firmware/core/crc32";
import { checkLists, LISTS_FORMAT, ListsField } from "../firmware/core/lists-format";
import { MAX_RIAL } from "../firmware/core/money";
import { createLists } from "../firmware/storage/lists";
import { createSettingsStore } from "../firmware/storage/settings-store";
import { NorFlash } from "./nor-flash";
import { Rng } from "./rng";

const test = suite("lists");
const ISSUED = 1_760_000_000;
const HOUR_SECONDS = 3600;

interface ListedCard {
  serial: number;
  cardNumber: number;
}

function encode(cards: ListedCard[], patchKeys: [serial: number, id: number][]): Uint8Array {
  const bytes = Buffer.alloc(ListsField.SizeBytes + 5 * cards.length + 19 * patchKeys.length);
  bytes[ListsField.Format] = LISTS_FORMAT;
  bytes.writeUInt32LE(ISSUED, ListsField.IssuedUnixSeconds);
  bytes.writeUInt16LE(72, ListsField.StaleAfterHours);
  bytes.writeUIntLE(500_000, ListsField.StaleCapRial, 5);
  bytes.writeUInt16LE(cards.length, ListsField.BlockedCount);
  bytes.writeUInt16LE(patchKeys.length, ListsField.PatchCount);
  let end: number = ListsField.SizeBytes;
  for (const { serial, cardNumber } of cards) {
    bytes.writeUInt32LE(serial, end);
    bytes[end + 4] = cardNumber;
    end += 5;
  }
  for (const [serial, id] of patchKeys) {
    bytes.writeUInt32LE(serial, end);
    bytes.writeUInt16LE(id, end + 5);
    bytes[end + 7] = (serial + id) % 256;
    end += 19;
  }
  return Uint8Array.from(bytes);
}

function held(content: Uint8Array) {
  const flash = new NorFlash({ pageSizeBytes: 4096, pageCount: 20 });
  const store = createSettingsStore(flash, 0, 10, 10, crc32);
  assert.is(checkLists(content, content.length), 0);
  assert.is(store.store(1, content, content.length), 0);
  return { flash, lists: createLists(flash, store.held()) };
}

/** Sorted, without repetition, with the largest and smallest there can be. */
function randomCards(count: number): ListedCard[] {
  const rng = new Rng(count);
  const keys = new Set([0, 255, 4294967295 * 256 + 255]);
  while (keys.size < count) keys.add(rng.below(4294967296) * 256 + rng.below(3));
  return [...keys]
    .sort((a, b) => a - b)
    .map((key) => ({ serial: Math.floor(key / 256), cardNumber: key % 256 }));
}

for (const count of [3, 1000, 5000]) {
  test(`${count} blocked cards: every one found, no other, in few reads`, () => {
    const cards = randomCards(count);
    const { flash, lists } = held(encode(cards, []));
    const known = new Set(cards.map(({ serial, cardNumber }) => serial * 256 + cardNumber));
    let mostReads = 0;
    for (const { serial, cardNumber } of cards) {
      flash.resetStatistics();
      assert.ok(lists.isBlocked(serial, cardNumber));
      mostReads = Math.max(mostReads, flash.statistics.readCalls);
      const isOtherKnown = known.has(serial * 256 + ((cardNumber + 1) % 256));
      assert.is(lists.isBlocked(serial, (cardNumber + 1) % 256), isOtherKnown);
    }
    const rng = new Rng("others");
    for (let i = 0; i < 2000; i++) {
      const serial = rng.below(4294967296);
      assert.is(lists.isBlocked(serial, 0), known.has(serial * 256));
    }
    // The head, and one entry for each halving.
    assert.ok(mostReads <= 2 + Math.ceil(Math.log2(count)), `${mostReads} reads`);
  });
}

test("patches are found by serial and number, behind the blocked cards", () => {
  const keys: [number, number][] = [
    [1, 3],
    [1, 4],
    [7, 1],
    [4294967295, 65535],
  ];
  const { lists } = held(encode(randomCards(40), keys));
  const out = new Uint8Array(19);
  for (const [serial, id] of keys) {
    assert.ok(lists.readPatch(serial, id, out));
    assert.is(out[7], (serial + id) % 256);
  }
  for (const [serial, id] of [
    [1, 2],
    [1, 5],
    [2, 1],
    [7, 2],
    [0, 0],
  ]) {
    assert.not(lists.readPatch(serial, id, out), `${serial}/${id}`);
  }
});

test("lists older than the policy cap what a sale pays out; none at all do nothing", () => {
  const { lists } = held(encode([], []));
  const at = (hours: number) => ISSUED + hours * HOUR_SECONDS;
  assert.is(lists.capRial(at(-5)), MAX_RIAL);
  assert.is(lists.capRial(at(72.9)), MAX_RIAL);
  assert.is(lists.capRial(at(73)), 500_000);
  const flash = new NorFlash({ pageSizeBytes: 4096, pageCount: 4 });
  const none = createLists(flash, createSettingsStore(flash, 0, 2, 2, crc32).held());
  assert.is(none.capRial(at(999)), MAX_RIAL);
  assert.not(none.isBlocked(0, 0));
  assert.not(none.readPatch(0, 0, new Uint8Array(19)));
});

test("a head that does not fit its length, or of another format, is refused", () => {
  const content = encode(randomCards(10), [[1, 1]]);
  assert.is(checkLists(content, content.length - 1), 20);
  assert.is(checkLists(content, content.length + 1), 20);
  assert.is(checkLists(Uint8Array.of(2, ...content.slice(1)), content.length), 22);
});

test.run();
