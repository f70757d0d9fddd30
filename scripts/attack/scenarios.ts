/**
 * The named attacks. Each says what the pad shows, what it journals, what the back office finds and
 * at which sync; `isHeld` is whether what must not happen did not happen.
 */
import { COUNTER_1_BLOCK, COUNTER_2_BLOCK } from "../../card-layout/geometry";
import { blankImage } from "../../host-sim/mfd";
import type { MifareCardOptions } from "../../host-sim/mifare-card-options";
import { Rng } from "../../host-sim/rng";
import {
  CREDIT_RIAL,
  cardAt,
  counterOf,
  issued,
  lowerTo,
  openJournal,
  putSlot,
  redeemAndLeave,
  START_COUNTER,
  slotOf,
  UID,
} from "../../host-sim/test-attack-bench";
import { AttackerReader, ScenarioWorld } from "./scenario-world";

export interface ScenarioResult {
  readonly attack: string;
  readonly pad: string;
  readonly log: string;
  readonly office: string;
  readonly isHeld: boolean;
}

type Scenario = (world: ScenarioWorld) => Omit<ScenarioResult, "attack">;

const NEXT = START_COUNTER - 2;
const FACTORY_ACCESS = [0xff, 0x07, 0x80, 0x69];
const STATE_FIRST_BYTE = 16 * 16;
const STATE_LAST_BYTE = 40 * 16;

/** A sale with all the credit at terminal 1; held when nothing was paid out. */
function present(world: ScenarioWorld, image: Uint8Array, more?: Partial<MifareCardOptions>) {
  const paid = redeemAt(world, 1, image, more);
  return { ...seenAt(world, 1), isHeld: paid === 0 };
}

/** Credit paid out by this tap. */
function redeemAt(
  world: ScenarioWorld,
  terminal: number,
  image: Uint8Array,
  more: Partial<MifareCardOptions> = {},
): number {
  const pad = world.pad(terminal);
  const before = openJournal(pad, terminal).paidOutRial;
  pad.press("#300000A30000#");
  pad.tap(cardAt(pad, image, more));
  return openJournal(pad, terminal).paidOutRial - before;
}

function seenAt(world: ScenarioWorld, terminal: number) {
  const lines = world
    .pad(terminal)
    .screen()
    .map((line) => line.trim());
  // Without the line that says number, queue and time of the pad.
  const pad = lines
    .filter((line) => line !== "")
    .slice(1, 3)
    .join(" / ");
  return { pad, log: world.log(terminal), office: world.office() };
}

function edited(): Uint8Array {
  const image = Uint8Array.from(issued);
  const slot = slotOf(image, START_COUNTER);
  slot[20] ^= 1;
  putSlot(image, START_COUNTER, slot);
  return image;
}

function restoredDump(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const dump = Uint8Array.from(image);
  redeemAt(world, 1, image);
  image.set(dump.subarray(STATE_FIRST_BYTE, STATE_LAST_BYTE), STATE_FIRST_BYTE);
  // The counters cannot be restored: see the attempts to raise them.
  const paid = redeemAt(world, 2, image);
  return { ...seenAt(world, 2), isHeld: paid === 0 };
}

function replayedRecord(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const pad = world.pad(1);
  redeemAndLeave(pad, image, NEXT);
  const exposed = slotOf(image, NEXT);
  redeemAt(world, 2, image);
  putSlot(image, NEXT, exposed);
  const paid = redeemAt(world, 3, image);
  return { ...seenAt(world, 3), isHeld: paid === 0 };
}

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
  const second = redeemAt(world, 3, image);
  return { ...seenAt(world, 3), isHeld: first === CREDIT_RIAL && second === 0 };
}

function movedRecord(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const uid = UID.slice();
  uid[0] ^= 1;
  image.set(blankImage(uid).subarray(0, 16), 0);
  return present(world, image);
}

function copyElsewhere(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const copy = Uint8Array.from(issued);
  redeemAt(world, 1, image);
  const again = redeemAt(world, 2, copy);
  const { pad, log, office } = seenAt(world, 2);
  // Not stopped; what must hold is that it is found.
  return { pad, log, office, isHeld: again > 0 && office.includes("cardFork") };
}

function copyAtSamePad(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const copy = Uint8Array.from(issued);
  redeemAt(world, 1, image);
  const again = redeemAt(world, 1, copy);
  return { ...seenAt(world, 1), isHeld: again === 0 };
}

function forgeries(world: ScenarioWorld) {
  const rng = new Rng("forgeries");
  let paid = 0;
  for (let i = 0; i < FORGERIES; i++) {
    const image = Uint8Array.from(issued);
    const slot = slotOf(image, START_COUNTER);
    // A seal made up, over the record as it is.
    for (let at = 0; at < 16; at++) slot[at] = rng.below(256);
    putSlot(image, START_COUNTER, slot);
    paid += redeemAt(world, 1, image);
  }
  return { ...seenAt(world, 1), isHeld: paid === 0 };
}

const FORGERIES = 20;

/** Tries on a real chip, and then a sale with what it became. */
function raised(attempt: (reader: AttackerReader) => boolean): Scenario {
  return (world) => {
    const image = Uint8Array.from(issued);
    redeemAt(world, 2, image);
    const low = counterOf(image);
    const reader = new AttackerReader(image);
    reader.select();
    const hasWorked = attempt(reader);
    const isRaised = counterOf(image) > low;
    const seen = present(world, image);
    return {
      ...seen,
      pad: `chip refuses: ${seen.pad}`,
      isHeld: !hasWorked && !isRaised && seen.isHeld,
    };
  };
}

/** The same on a card whose unused sector was left as the factory makes it. */
function permissive(world: ScenarioWorld) {
  const image = Uint8Array.from(issued);
  const dump = Uint8Array.from(image);
  image.set(FACTORY_ACCESS, OTHER_SECTOR * 64 + 54);
  redeemAt(world, 1, image);
  const reader = new AttackerReader(image);
  const hasWorked = throughBuffer(OTHER_SECTOR * 4)(reader);
  const isRaised = counterOf(image) === START_COUNTER;
  image.set(dump.subarray(STATE_FIRST_BYTE, STATE_LAST_BYTE), STATE_FIRST_BYTE);
  const paid = redeemAt(world, 2, image);
  // Here it must work, or the attempt on our cards proves nothing.
  return { ...seenAt(world, 2), isHeld: hasWorked && isRaised && paid === CREDIT_RIAL };
}

const OTHER_SECTOR = 15;

/**
 * Writes a high value elsewhere, restores it into the buffer, authenticates the counters' sector
 * within the session, and transfers. With either key of the source.
 */
function throughBuffer(source: number): (reader: AttackerReader) => boolean {
  const value = [...issued.subarray(COUNTER_1_BLOCK * 16, COUNTER_1_BLOCK * 16 + 16)];
  const raise = (reader: AttackerReader, counter: number, isKeyB: boolean) => {
    reader.select();
    const isFilled =
      reader.open(source, isKeyB) &&
      reader.write(source, value) &&
      reader.value(RESTORE, source, 0);
    return isFilled && reader.open(counter) && reader.transfer(counter);
  };
  return (reader) =>
    [COUNTER_1_BLOCK, COUNTER_2_BLOCK].every(
      (counter) => raise(reader, counter, true) || raise(reader, counter, false),
    );
}

const INCREMENT = 0xc1;
const RESTORE = 0xc2;

function lowered(value: number): Scenario {
  return (world) => {
    const image = Uint8Array.from(issued);
    lowerTo(image, value);
    return present(world, image);
  };
}

/** Sales of so many toman, each journaled to the rial as the pad showed it. */
function sold(toman: number, count: number): Scenario {
  return (world) => {
    const pad = world.pad(1);
    const image = Uint8Array.from(issued);
    for (let i = 0; i < count; i++) {
      pad.press(`#${toman}#`);
      pad.tap(cardAt(pad, image));
    }
    const wanted = new Array(count).fill(10 * toman);
    const isExact = world.soldRial(1).join() === wanted.join();
    const seen = seenAt(world, 1);
    const isAgreed = seen.office === "nothing to find";
    return { ...seen, log: `${count} x (intent, commit)`, isHeld: isExact && isAgreed };
  };
}

export const SCENARIOS: Record<string, Scenario> = {
  "one bit of the record changed": (world) => present(world, edited()),
  "the two slots swapped": (world) => {
    const image = Uint8Array.from(issued);
    const [one, other] = [slotOf(image, START_COUNTER), slotOf(image, NEXT)];
    putSlot(image, START_COUNTER, other);
    putSlot(image, NEXT, one);
    return present(world, image);
  },
  "a record of an interrupted sale put back after another pad's sale": replayedRecord,
  "two records for one counter value, from two interrupted pads": rivalRecords,
  "yesterday's dump written back": restoredDump,
  "the records moved to a card with another UID": movedRecord,
  "a made-up seal, 20 times": forgeries,
  "copy on a chip with a back door (gen1a)": (world) =>
    present(world, Uint8Array.from(issued), { isMagicGen1a: true }),
  "copy on a chip that forgets (shadow mode)": (world) =>
    present(world, Uint8Array.from(issued), { isShadowMode: true }),
  "complete copy, at the pad that saw the card": copyAtSamePad,
  "complete copy, at another pad": copyElsewhere,
  "counter raised by increment": raised(
    (reader) =>
      reader.open(COUNTER_1_BLOCK) &&
      reader.value(INCREMENT, COUNTER_1_BLOCK, 2) &&
      reader.transfer(COUNTER_1_BLOCK),
  ),
  "counter raised by write": raised(
    (reader) =>
      reader.open(COUNTER_1_BLOCK) &&
      reader.write(COUNTER_1_BLOCK, [...issued.subarray(12 * 16, 13 * 16)]),
  ),
  "counter raised by restore and transfer within its sector": raised(throughBuffer(14)),
  "counter raised by restore and transfer from another sector": raised(
    throughBuffer(OTHER_SECTOR * 4),
  ),
  "the same, if one sector were left as the factory makes it": permissive,
  "counter lowered to 1": lowered(1),
  "counter lowered below 0": lowered(-2),
  "counter lowered to -2^31": lowered(-2147483648),
  "a sale of just over 2^31 rial": sold(214_748_365, 1),
  "a sale of just over 2^32 rial": sold(429_496_730, 1),
  "sales of over 2^40 rial together": sold(999_999_999, 112),
};

export function runScenarios(): ScenarioResult[] {
  return Object.entries(SCENARIOS).map(([attack, scenario]) => ({
    attack,
    ...scenario(new ScenarioWorld()),
  }));
}

/** As a table of a document. */
export function tableOf(results: readonly ScenarioResult[]): string[] {
  return [
    "| attack | the pad shows | its journal | the back office finds |",
    "|---|---|---|---|",
    ...results.map(({ attack, pad, log, office }) => {
      const cells = [attack, pad.replace(/ {2,}/g, " "), log, office];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}
