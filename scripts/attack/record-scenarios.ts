/** Attacks on what is written on the card, and copies of the whole card. */
import { BLOCK_BYTES, IDENTITY_FIRST_BLOCK, LOG_FIRST_SECTOR } from "../../card-layout/geometry";
import { SEALED_STATE_BYTES } from "../../card-layout/state";
import { blankImage } from "../../host-sim/mfd";
import type { MifareCardOptions } from "../../host-sim/mifare-card-options";
import { Rng } from "../../host-sim/rng";
import {
  CREDIT_RIAL,
  cardAt,
  issued,
  lowerTo,
  openJournal,
  putSlot,
  redeemAndLeave,
  START_COUNTER,
  slotOf,
  UID,
} from "../../host-sim/test-attack-bench";
import type { Scenario } from "./scenario";
import { NOTHING_FOUND, type ScenarioWorld } from "./scenario-world";

const NEXT = START_COUNTER - 2;
const IDENTITY_BYTES = 48;
const SEAL_BYTES = 16;
const FORGERIES = 20;
/** Both slots, as bytes of an image. */
const STATE_FIRST_BYTE = 16 * BLOCK_BYTES;
const STATE_LAST_BYTE = 40 * BLOCK_BYTES;

/** Held when none of the changed cards pays anything at terminal 1, and all look alike there. */
function refused(
  change: (image: Uint8Array, index: number) => void,
  count = 1,
  more: Partial<MifareCardOptions> = {},
): Scenario {
  return (world) => {
    let paid = 0;
    const screens = new Set<string>();
    for (let i = 0; i < count; i++) {
      const image = Uint8Array.from(issued);
      change(image, i);
      paid += world.redeem(1, image, more);
      screens.add(world.screen(1));
    }
    return { ...world.seenAt(1), pad: [...screens].join("; or "), isHeld: paid === 0 };
  };
}

/** The cipher is a key stream, so a bit that flips on the card is that bit of the field. */
function flipRecordByte(image: Uint8Array, index: number): void {
  const slot = slotOf(image, START_COUNTER);
  slot[index] ^= 1;
  putSlot(image, START_COUNTER, slot);
}

function flipIdentityByte(image: Uint8Array, index: number): void {
  image[IDENTITY_FIRST_BLOCK * BLOCK_BYTES + index] ^= 1;
}

function swapSlots(image: Uint8Array): void {
  const [one, other] = [slotOf(image, START_COUNTER), slotOf(image, NEXT)];
  putSlot(image, START_COUNTER, other);
  putSlot(image, NEXT, one);
}

function moveToOtherUid(image: Uint8Array): void {
  const uid = UID.slice();
  uid[0] ^= 1;
  image.set(blankImage(uid).subarray(0, BLOCK_BYTES), 0);
}

/** A seal made up, over the record as it is. */
function forgeSeal(image: Uint8Array, index: number): void {
  const rng = new Rng(`forgery ${index}`);
  const slot = slotOf(image, START_COUNTER);
  for (let at = 0; at < SEAL_BYTES; at++) slot[at] = rng.below(256);
  putSlot(image, START_COUNTER, slot);
}

/** The log of last movements has no seal of its own, and nobody decides by it. */
function editedLog(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const log = LOG_FIRST_SECTOR * 4 * BLOCK_BYTES;
  for (let at = log; at < log + 3 * BLOCK_BYTES; at++) image[at] ^= 0x5a;
  const paid = world.redeem(1, image);
  const seen = world.seenAt(1);
  return { ...seen, isHeld: paid === CREDIT_RIAL && seen.office === NOTHING_FOUND };
}

/** The laundry-card attack: spend, write the dump back, spend again elsewhere. */
function restoredDump(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const first = world.redeem(1, image);
  // The counters cannot be restored: see the attempts to raise them.
  image.set(issued.subarray(STATE_FIRST_BYTE, STATE_LAST_BYTE), STATE_FIRST_BYTE);
  const paid = world.redeem(2, image);
  return { ...world.seenAt(2), isHeld: first === CREDIT_RIAL && paid === 0 };
}

/** The card is pulled with a record exposed; another pad sells; the exposed record comes back. */
function replayedRecord(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  redeemAndLeave(world.pad(1), image, NEXT);
  const exposed = slotOf(image, NEXT);
  const first = world.redeem(2, image);
  putSlot(image, NEXT, exposed);
  const paid = world.redeem(3, image);
  return { ...world.seenAt(3), isHeld: first === CREDIT_RIAL && paid === 0 };
}

/** Two pads are interrupted with a record exposed each, for the same counter value. */
function rivalRecords(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  redeemAndLeave(world.pad(1), image, NEXT);
  const sale = slotOf(image, NEXT);
  redeemAndLeave(world.pad(2), image, NEXT);
  const copy = slotOf(image, NEXT);
  putSlot(image, NEXT, sale);
  lowerTo(image, NEXT);
  world.pad(1).tap(cardAt(world.pad(1), image));
  const first = openJournal(world.pad(1), 1).paidOutRial;
  putSlot(image, NEXT, copy);
  const second = world.redeem(3, image);
  return { ...world.seenAt(3), isHeld: first === CREDIT_RIAL && second === 0 };
}

/** Copy and original at two pads: not stopped there; what must hold is that it is found. */
function copyElsewhere(world: ScenarioWorld) {
  const copy = Uint8Array.from(issued);
  const first = world.redeem(1, Uint8Array.from(issued));
  const again = world.redeem(2, copy);
  const seen = world.seenAt(2);
  const more = world.redeem(2, Uint8Array.from(issued));
  const isOncePerPad = first === CREDIT_RIAL && again === CREDIT_RIAL && more === 0;
  return { ...seen, isHeld: isOncePerPad && seen.office.includes("cardFork") };
}

function copyAtSamePad(world: ScenarioWorld) {
  world.redeem(1, Uint8Array.from(issued));
  const again = world.redeem(1, Uint8Array.from(issued));
  return { ...world.seenAt(1), isHeld: again === 0 };
}

/** With an emulator, somebody who can reach the pad's plug. */
function copyAfterPowerCut(world: ScenarioWorld) {
  world.redeem(1, Uint8Array.from(issued));
  world.pad(1).cutPower();
  world.pad(1).powerOn();
  const again = world.redeem(1, Uint8Array.from(issued));
  return { ...world.seenAt(1), isHeld: again === 0 };
}

export const RECORD_SCENARIOS: Record<string, Scenario> = {
  "each byte of the record changed, so every field and the seal": refused(
    flipRecordByte,
    SEALED_STATE_BYTES,
  ),
  "each byte of the identity changed": refused(flipIdentityByte, IDENTITY_BYTES),
  "the customer's log changed": editedLog,
  "the two slots swapped": refused(swapSlots),
  "an exposed, never committed record put back after another pad's sale": replayedRecord,
  "two exposed records for one counter value, one after the other": rivalRecords,
  "dump, spend, write the dump back (laundry card)": restoredDump,
  "the records moved to a card with another UID": refused(moveToOtherUid),
  [`a made-up seal, ${FORGERIES} times`]: refused(forgeSeal, FORGERIES),
  "a copy on a chip with a back door (gen1a)": refused(() => {}, 1, { isMagicGen1a: true }),
  "a copy on a chip that forgets at field loss (shadow mode)": refused(() => {}, 1, {
    isShadowMode: true,
  }),
  "a perfect copy or emulator, at the pad that saw the card": copyAtSamePad,
  "the same, after that pad was without power": copyAfterPowerCut,
  "a perfect copy or emulator, at another pad": copyElsewhere,
};
