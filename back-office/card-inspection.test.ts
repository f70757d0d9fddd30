import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../card-layout/aes128";
import { deriveSealKey } from "../card-layout/keys";
import { LogType, sealLogEntry } from "../card-layout/log-ring";
import { createSivKey } from "../card-layout/siv";
import { logEntryOf } from "../card-layout/testing/named-records";
import { encodeValueBlock } from "../card-layout/value-block";
import { blankImage } from "../host-sim/mfd";
import { type CardInspection, inspectCard } from "./card-inspection";
import { cardJson, cardText } from "./card-text";
import { issueImage } from "./issue-image";
import { createClubKeys } from "./keys";
import { Step, TEST_KEYS, TestClub } from "./test-club";

const aes = createPortableAes();
const UID = Uint8Array.of(0x04, 0xa1, 0xb2, 0x00);
const MEMBER = {
  member: 42,
  serial: 1001,
  cardNumber: 0,
  name: "سارا احمدی",
  birth: { year: 1370, month: 5, day: 12 },
  issueDay: 2100,
};

function issued(): Uint8Array {
  return issueImage(aes, TEST_KEYS, blankImage(UID), UID, MEMBER).image;
}

function inspect(image: Uint8Array, keys = TEST_KEYS): CardInspection {
  return inspectCard(aes, keys, image, UID);
}

function setCounters(image: Uint8Array, first: number | undefined, second: number | undefined) {
  [first, second].forEach((value, index) => {
    const block = 12 + index;
    if (value === undefined) image.fill(0, block * 16, block * 16 + 16);
    else encodeValueBlock(value, block, image, block * 16);
  });
}

/** A card of the test club after three taps, the last one torn at `tear`. */
function usedImage(tear: Step): Uint8Array {
  const club = new TestClub(1, 1);
  const [card] = club.cards;
  const [pad] = club.pads;
  pad.tap(card, { grossRial: 0, askedRial: 0, day: 2101 }, Step.Done);
  pad.tap(card, { grossRial: 12_500_000, askedRial: 0, day: 2101 }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 250_000, day: 2110 }, tear);
  const image = issued();
  for (const [counter, { sealed }] of card.records) {
    const firstSector = (counter / 2) % 2 === 0 ? 4 : 7;
    for (let i = 0; i < 9; i++) {
      const block = firstSector * 4 + i + Math.floor(i / 3);
      image.set(sealed.subarray(i * 16, i * 16 + 16), block * 16);
    }
  }
  image.set(card.sealedIdentity, 4 * 16);
  setCounters(image, card.counter, card.counter);
  return image;
}

test("a new card: identity, name, birthday and its empty state", () => {
  const card = inspect(issued());
  assert.is(card.verdict, "ours");
  assert.is(card.identity?.memberId, 42);
  assert.is(card.name, "سارا احمدی");
  assert.equal(
    card.slots.map(({ role, counter }) => [role, counter]),
    [
      ["current", 2_000_000],
      ["empty", undefined],
    ],
  );
  const text = cardText(card);
  assert.match(text, /^card 04a1b200: a card of this club; nothing is open$/m);
  assert.match(text, /born: 1370-05-12/);
  assert.match(text, /^ {2} 3 {2}counter .*ours .*down only \| down only \| dead; frozen$/m);
  assert.match(text, /^ {2}15 {2}unused .*dead; frozen$/m);
});

test("a used card: lots with Jalali dates, both slots, and which of them counts", () => {
  const card = inspect(usedImage(Step.Done));
  assert.is(card.counterCondition, "settled");
  assert.equal(
    card.slots.map(({ role, counter }) => [role, counter]),
    [
      ["previous", 1_999_996],
      ["current", 1_999_994],
    ],
  );
  const text = cardText(card);
  assert.match(text, /credit 1,075,000 rial, lots: 2; debt 0 rial/);
  assert.match(text, /^ {4}75,000 rial from 1404-07-20 until 1404-10-30, issuer 1, kind 0$/m);
  const json = cardJson(card) as { slots: { state: { lots: { until: string }[] } }[] };
  assert.is(json.slots[1].state.lots[0].until, "1404-10-30");
  assert.match(text, /born: 05-12, year unknown/);
  assert.type(JSON.stringify(json), "string");
});

test("a torn tap: the base counts, the exposed attempt is shown as such", () => {
  const card = inspect(usedImage(Step.Expose));
  assert.is(card.verdict, "ours");
  assert.is(card.counterCondition, "attemptOpen");
  assert.equal(
    card.slots.map(({ role, counter }) => [role, counter]),
    [
      ["current", 1_999_996],
      ["attempt", 1_999_994],
    ],
  );
  assert.match(cardText(card), /begun and not finished/);
});

test("counters: torn, being lowered, both gone, manipulated", () => {
  const cases: [number | undefined, number | undefined, string, string][] = [
    [undefined, 2_000_000, "torn", "ours"],
    [2_000_000, undefined, "torn", "ours"],
    [1_999_999, 2_000_000, "between", "ours"],
    [undefined, undefined, "unreadable", "damaged"],
    [2_000_000, 1_999_999, "manipulated", "damaged"],
    [1_999_990, 1_999_990, "settled", "damaged"],
  ];
  for (const [first, second, condition, verdict] of cases) {
    const image = issued();
    setCounters(image, first, second);
    const card = inspect(image);
    assert.equal([card.counterCondition, card.verdict], [condition, verdict], `${first} ${second}`);
  }
});

test("strangers are told apart: blank, half issued, other keys, foreign, damaged", () => {
  assert.is(inspect(blankImage(UID)).verdict, "blank");
  assert.is(inspect(issued(), createClubKeys(7, 1, "others")).verdict, "otherKeys");
  assert.is(inspect(issued(), { ...TEST_KEYS, clubId: 8 }).verdict, "otherKeys");

  const foreign = blankImage(UID);
  foreign.fill(0x5a, 7 * 16, 7 * 16 + 6);
  assert.is(inspect(foreign).verdict, "foreign");

  const half = issued();
  half.set(blankImage(UID).subarray(8 * 16), 8 * 16);
  half.fill(0, 4 * 16, 7 * 16);
  assert.is(inspect(half).verdict, "halfIssued");

  const damaged = issued();
  damaged[4 * 16 + 20] ^= 1;
  const card = inspect(damaged);
  assert.is(card.verdict, "damaged");
  assert.match(card.explanation, /identity does not open/);

  const otherSeal = { ...TEST_KEYS, sealMaster: createClubKeys(7, 1, "others").sealMaster };
  assert.match(inspect(issued(), otherSeal).explanation, /another cardSeal master/);
});

test("a dump without keys still opens by its seals", () => {
  const image = issued();
  for (let block = 3; block < 64; block += 4) {
    image.fill(0, block * 16, block * 16 + 6);
    image.fill(0, block * 16 + 10, block * 16 + 16);
  }
  const card = inspect(image);
  assert.is(card.verdict, "ours");
  assert.is(card.sectors[5].keys, "notInDump");
});

test("the movements come newest first", () => {
  const image = issued();
  const sealKey = createSivKey();
  const uid = new Uint8Array(7);
  uid.set(UID);
  deriveSealKey(aes, TEST_KEYS.sealMaster, uid, 4, TEST_KEYS.clubId, TEST_KEYS.keyEpoch, sealKey);
  [0, 1].forEach((age) => {
    const amounts = { amountRial: 500_000 * (age + 1), creditDeltaRial: age === 0 ? -2000 : 3000 };
    const head = { type: LogType.Purchase, terminal: 3, sequenceLow: 9, day: 2100 - age };
    const entry = logEntryOf({ ...head, ...amounts });
    const index = (1_000_000 + age) % 6;
    const block = 40 + index + Math.floor(index / 3);
    sealLogEntry(aes, sealKey, entry, image, block * 16);
  });
  const card = inspect(image);
  assert.equal(
    card.movements.map(({ amountRial }) => amountRial),
    [500_000, 1_000_000],
  );
  assert.match(cardText(card), /terminal 3: purchase of 500,000 rial, credit -2,000 rial/);
});

test("a long name is cut and said to be", () => {
  const member = { ...MEMBER, name: "a".repeat(40) };
  const { image, isNameWhole } = issueImage(aes, TEST_KEYS, blankImage(UID), UID, member);
  assert.is(isNameWhole, false);
  assert.is(inspect(image).name, "a".repeat(30));
});

test.run();
