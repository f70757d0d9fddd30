/**
 * Attacks on the counter: whoever can raise it can put any old record back. The attacker's reader
 * speaks to the simulated chip itself and knows every key; the same steps are tried on a card whose
 * access conditions would allow them.
 */
import {
  BLOCK_BYTES,
  BLOCK_COUNT,
  COUNTER_1_BLOCK,
  COUNTER_2_BLOCK,
} from "../../card-layout/geometry";
import {
  CREDIT_RIAL,
  cardAt,
  counterOf,
  issued,
  lowerTo,
  START_COUNTER,
} from "../../host-sim/test-attack-bench";
import type { Scenario } from "./scenario";
import { AttackerReader, NOTHING_FOUND, type ScenarioWorld } from "./scenario-world";

const INCREMENT = 0xc1;
const RESTORE = 0xc2;
const COUNTERS = [COUNTER_1_BLOCK, COUNTER_2_BLOCK];
const DEAD_BLOCK = 14;
const UNUSED_BLOCK = 60;
/** Trailer bytes 6..9 as the factory writes them: every data block may be written and restored. */
const FACTORY_ACCESS = [0xff, 0x07, 0x80, 0x69];
const FACTORY_ACCESS_AT = 15 * 64 + 54;
/** Both slots, as bytes of an image. */
const STATE_FIRST_BYTE = 16 * BLOCK_BYTES;
const STATE_LAST_BYTE = 40 * BLOCK_BYTES;
const HIGH_VALUE = [...issued.subarray(COUNTER_1_BLOCK * BLOCK_BYTES, DEAD_BLOCK * BLOCK_BYTES)];

/** A card whose credit terminal 2 paid out, so that its counter is lower than in the dump. */
function spent(world: ScenarioWorld, change: (image: Uint8Array) => void = () => {}): Uint8Array {
  const image = Uint8Array.from(issued);
  change(image);
  world.redeem(2, image);
  return image;
}

/** Each attempt on a copy of the card of its own, since a failed one may spoil the card. */
function raised(...attempts: ((reader: AttackerReader, counter: number) => boolean)[]): Scenario {
  return (world) => {
    const image = spent(world);
    const low = counterOf(image);
    let isRaised = false;
    for (const attempt of attempts) {
      const copy = Uint8Array.from(image);
      const reader = new AttackerReader(copy);
      for (const counter of COUNTERS) {
        reader.select();
        isRaised = attempt(reader, counter) || isRaised;
      }
      isRaised = counterOf(copy) > low || isRaised;
    }
    const paid = world.redeem(1, image);
    const seen = world.seenAt(1);
    return { ...seen, pad: `the chip refuses; then: ${seen.pad}`, isHeld: !isRaised && paid === 0 };
  };
}

/** Writes a high value to `source`, restores it into the buffer, transfers it to the counter. */
function throughBuffer(source: number, isKeyB: boolean) {
  return (reader: AttackerReader, counter: number) => {
    const isFilled =
      reader.open(source, isKeyB) &&
      reader.write(source, HIGH_VALUE.slice(0, BLOCK_BYTES)) &&
      reader.value(RESTORE, source, 0);
    return isFilled && reader.open(counter) && reader.transfer(counter);
  };
}

/** Every block of every other sector as the source, with either key. */
function fromAnywhere() {
  return [...Array(BLOCK_COUNT).keys()]
    .filter((block) => block < 12 || block > 15)
    .flatMap((block) => [throughBuffer(block, true), throughBuffer(block, false)]);
}

/**
 * The same on a card with one sector left as the factory makes it: the counter goes up, the dump
 * opens again, and the credit is paid out twice. That it works shows that the attack is a real one.
 */
function permissive(world: ScenarioWorld) {
  const image = spent(world, (card) => card.set(FACTORY_ACCESS, FACTORY_ACCESS_AT));
  const reader = new AttackerReader(image);
  const hasWorked = COUNTERS.every((counter) => {
    reader.select();
    return throughBuffer(UNUSED_BLOCK, false)(reader, counter);
  });
  image.set(issued.subarray(STATE_FIRST_BYTE, STATE_LAST_BYTE), STATE_FIRST_BYTE);
  const isUp = counterOf(image) === START_COUNTER;
  const paid = world.redeem(1, image);
  const seen = world.seenAt(1);
  const isPaidTwice = hasWorked && isUp && paid === CREDIT_RIAL;
  return { ...seen, isHeld: isPaidTwice && seen.office.includes("cardFork") };
}

/** What the chip allows within the sector: the first counter back to the second one's value. */
function firstToSecond(world: ScenarioWorld) {
  const image = spent(world);
  const low = counterOf(image);
  const reader = new AttackerReader(image);
  reader.select();
  const isAllowed =
    reader.open(COUNTER_2_BLOCK) &&
    reader.value(RESTORE, COUNTER_2_BLOCK, 0) &&
    reader.transfer(COUNTER_1_BLOCK);
  const paid = world.redeem(1, image);
  const isUseless = isAllowed && counterOf(image) === low && paid === 0;
  return { ...world.seenAt(1), isHeld: isUseless };
}

function lowered(value: number): Scenario {
  return (world) => {
    const image = Uint8Array.from(issued);
    lowerTo(image, value);
    const paid = world.redeem(1, image);
    return { ...world.seenAt(1), isHeld: paid === 0 };
  };
}

/** One counter lowered behind the pads' back, further than any tear does. */
function parted(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const second = image.slice(COUNTER_2_BLOCK * BLOCK_BYTES, DEAD_BLOCK * BLOCK_BYTES);
  lowerTo(image, START_COUNTER - 4);
  image.set(second, COUNTER_2_BLOCK * BLOCK_BYTES);
  const paid = world.redeem(1, image);
  return { ...world.seenAt(1), isHeld: paid === 0 };
}

/** Sales of so many toman, each journaled to the rial as the pad showed it. */
function sold(toman: number, count: number): Scenario {
  return (world) => {
    const pad = world.pad(1);
    const image = Uint8Array.from(issued);
    for (let i = 0; i < count; i++) {
      // The same sale within a minute would be asked about.
      if (i > 0) pad.runMs(61_000);
      pad.press(`#${toman}#`);
      pad.tap(cardAt(pad, image));
    }
    const wanted = new Array(count).fill(10 * toman);
    const isExact = world.soldRial(1).join() === wanted.join();
    const seen = world.seenAt(1);
    const isAgreed = seen.office === NOTHING_FOUND;
    return { ...seen, log: `${count} x (intent, commit)`, isHeld: isExact && isAgreed };
  };
}

export const COUNTER_SCENARIOS: Record<string, Scenario> = {
  "counter raised by increment": raised(
    (reader, counter) =>
      reader.open(counter) && reader.value(INCREMENT, counter, 2) && reader.transfer(counter),
  ),
  "counter raised by write": raised(
    (reader, counter) =>
      reader.open(counter) && reader.write(counter, HIGH_VALUE.slice(0, BLOCK_BYTES)),
  ),
  "counter raised by restore and transfer within its sector": raised(
    throughBuffer(DEAD_BLOCK, true),
    throughBuffer(DEAD_BLOCK, false),
  ),
  "the first counter restored from the second": firstToSecond,
  "counter raised by restore and transfer across sectors, from every other block": raised(
    ...fromAnywhere(),
  ),
  "the same, if one sector were left as the factory makes it (it must succeed)": permissive,
  "the first counter lowered by 4": parted,
  "both counters lowered to 1": lowered(1),
  "both counters lowered below 0": lowered(-2),
  "both counters lowered to -2^31": lowered(-2147483648),
  "a sale of just over 2^31 rial": sold(214_748_365, 1),
  "a sale of just over 2^32 rial": sold(429_496_730, 1),
  "sales of over 2^40 rial together": sold(999_999_999, 112),
};
