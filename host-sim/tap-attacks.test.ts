/**
 * Attacks by an owner who knows all sector keys and uses two pads, each found once as a real double
 * spending and kept here: the credit of a card is paid out once, whatever he does.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blankImage } from "./mfd";
import type { PadMachine } from "./pad-machine";
import {
  CREDIT_RIAL,
  cardAt,
  counterOf,
  isAwaiting,
  issued,
  lowerTo,
  makePad,
  openJournal,
  opensAt,
  paidOut,
  putSlot,
  redeem,
  redeemAndLeave,
  START,
  START_COUNTER,
  slotOf,
} from "./test-attack-bench";

/** Places of a tap between the journaled intent and the burn, and around the second record. */
const BEFORE_BURN = [24, 25, 26, 27, 28, 29, 30];
const AROUND_RECORD = [38, 39, 40, 44, 48, 52, 56, 60, 64, 68, 72];

test("a spoilt new record is not covered by the older attempt of another pad", () => {
  let mounted = 0;
  for (const place of BEFORE_BURN) {
    const image = Uint8Array.from(issued);
    const first = makePad(1, START);
    const second = makePad(2, START);
    redeem(first, image, place);
    if (counterOf(image) !== START_COUNTER) continue;
    if (isAwaiting(first) && redeem(second, image) === "done") mounted++;
    // The first block of the slot that the second pad's record stands in.
    const block = 16 + 12 * ((counterOf(image) / 2) % 2);
    image.fill(0x55, block * 16, block * 16 + 16);
    first.tap(cardAt(first, image));
    assert.ok(paidOut(first, second) <= CREDIT_RIAL, `place ${place}`);
  }
  assert.ok(mounted > 0, "no place leaves the first pad with an open attempt before its burn");
});

test("a record exposed at one pad cannot follow a burn that another pad took for its own", () => {
  let mounted = 0;
  for (const place of BEFORE_BURN) {
    for (const later of AROUND_RECORD) {
      const image = Uint8Array.from(issued);
      const first = makePad(1, START);
      const second = makePad(2, START);
      redeem(first, image, place);
      if (counterOf(image) !== START_COUNTER) continue;
      redeem(second, image, later);
      if (isAwaiting(first) && counterOf(image) === START_COUNTER - 1) mounted++;
      const exposed = Uint8Array.from(image);
      first.tap(cardAt(first, image));
      // Both slots as the second pad left them, below whatever the counter says now.
      image.set(exposed.subarray(16 * 16, 40 * 16), 16 * 16);
      second.tap(cardAt(second, image));
      assert.ok(paidOut(first, second) <= CREDIT_RIAL, `places ${place} and ${later}`);
    }
  }
  assert.ok(mounted > 0, "no two places leave both attempts open and the counter burned once");
});

/** Counter value of the record that a first sale on the card writes. */
const NEXT = START_COUNTER - 2;

/**
 * Two records for one counter value: of a sale interrupted at the first pad behind its record, and
 * the copy of the base with which the second pad began to end that sale. Both pads are left
 * waiting.
 */
function makeRivals(first: PadMachine, second: PadMachine, image: Uint8Array) {
  redeemAndLeave(first, image, NEXT);
  const sale = slotOf(image, NEXT);
  redeemAndLeave(second, image, NEXT);
  const copy = slotOf(image, NEXT);
  assert.not.equal(sale, copy);
  return { sale, copy };
}

test("a sale found committed is not released while a copy for its counter value exists", () => {
  const [first, second, third] = [1, 2, 3].map((terminal) => makePad(terminal, START));
  const image = Uint8Array.from(issued);
  const { sale, copy } = makeRivals(first, second, image);
  putSlot(image, NEXT, sale);
  lowerTo(image, NEXT);
  assert.is(first.tap(cardAt(first, image)).result, "done", "the customer gets what was paid for");
  putSlot(image, NEXT, copy);
  redeem(third, image);
  assert.is(paidOut(first, second, third), CREDIT_RIAL);
});

test("nor when the counter was burned once more behind it", () => {
  const [first, second, third] = [1, 2, 3].map((terminal) => makePad(terminal, START));
  const image = Uint8Array.from(issued);
  const { sale, copy } = makeRivals(first, second, image);
  putSlot(image, NEXT, sale);
  lowerTo(image, NEXT - 1);
  assert.is(first.tap(cardAt(first, image)).result, "done");
  putSlot(image, NEXT, copy);
  redeem(third, image);
  assert.is(paidOut(first, second, third), CREDIT_RIAL);
});

test("nor when another pad's record names it as its base", () => {
  const [first, second, third, fourth] = [1, 2, 3, 4].map((terminal) => makePad(terminal, START));
  const image = Uint8Array.from(issued);
  const { sale, copy } = makeRivals(first, second, image);
  // A sale based on the first pad's, and a copy of the rival, both for the next counter value.
  putSlot(image, NEXT, sale);
  lowerTo(image, NEXT);
  third.press("5000#");
  const pullWhen = () => counterOf(image) === NEXT - 1 && opensAt(image, NEXT - 2);
  third.tap(cardAt(third, image), { pullWhen, pullDelayUs: -100 });
  const later = slotOf(image, NEXT - 2);
  putSlot(image, NEXT, copy);
  redeemAndLeave(fourth, image, NEXT - 2);
  const laterCopy = slotOf(image, NEXT - 2);
  assert.not.equal(later, laterCopy);
  putSlot(image, NEXT - 2, later);
  lowerTo(image, NEXT - 2);
  first.tap(cardAt(first, image));
  putSlot(image, NEXT - 2, laterCopy);
  second.press("*#");
  redeem(second, image);
  fourth.tap(cardAt(fourth, image));
  assert.ok(paidOut(first, second, third, fourth) <= CREDIT_RIAL);
});

test("a copied chip's alarm names the copy, and no other card's open sale suffers", () => {
  const pad = makePad(1, START);
  const image = Uint8Array.from(issued);
  redeem(pad, image, 60);
  const uid = Uint8Array.from([1, 2, 3, 4]);
  const magic = cardAt(pad, blankImage(uid), { isMagicGen1a: true });
  assert.is(pad.tap(magic).result, "refused");
  const { types } = openJournal(pad, 1);
  assert.equal(types.slice(-1), ["alarm 01020304"]);
  pad.press("#");
  assert.is(pad.tap(cardAt(pad, image)).result, "done");
  assert.is(openJournal(pad, 1).paidOutRial, CREDIT_RIAL);
});

test("a pad whose clock was never set sells nothing", () => {
  const pad = makePad(1, 0);
  pad.press("5000#");
  assert.is(pad.tap(cardAt(pad, Uint8Array.from(issued))).result, "refused");
  assert.ok(pad.screen().join().includes("Pad clock looks wrong"));
});

test.run();
