/**
 * For tests of attacks: a club of several pads, one card with credit as bytes that pass from hand
 * to hand, and what its owner may do to it in between because he knows its sector keys.
 */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { CardSeals } from "../back-office/card-seals";
import { issueImage } from "../back-office/issue-image";
import { readRecord, toHex } from "../back-office/journal-records";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import {
  BLOCK_BYTES,
  COUNTER_1_BLOCK,
  COUNTER_2_BLOCK,
  STATE_BLOCK_COUNT,
  slotOfCounter,
  stateBlock,
} from "../card-layout/geometry";
import { encodeValueBlock } from "../card-layout/value-block";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { JournalType } from "../firmware/core/journal-entry";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";

export const START = 1_795_000_000;
export const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const RULES = "rulesets/first-shop.yaml";
export const aes = createNativeAes();
export const keys = createClubKeys(7, 1, "attacks");
export const ruleset = compileRuleset(
  readFileSync(new URL(`../${RULES}`, import.meta.url), "utf8"),
  RULES,
).bytes;
const assets = packAssets("en");
const seals = new CardSeals(aes, keys, toHex(UID));

export function makePad(terminalId: number, start: number): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const board = new SimBoard({
    seed: `r/${terminalId}`,
    pageSizeBytes,
    pageCount,
    startUnixSeconds: start,
  });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, assets));
  pad.provision(terminalConfigFor(aes, keys, terminalId, 1, 1, ruleset), PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}
export function cardAt(
  pad: PadMachine,
  image: Uint8Array,
  more: Partial<MifareCardOptions> = {},
): MifareClassicCard {
  return new MifareClassicCard({
    clock: pad.board.clock,
    rng: pad.board.rng.fork("card"),
    image,
    ...more,
  });
}
/** The pad at which the card got its credit, the day before. */
export const FIRST_TERMINAL = 9;

/** A member's card with credit, and the pad that it has it from. */
export function prepared(uid = UID): { image: Uint8Array; pad: PadMachine } {
  const { image } = issueImage(aes, keys, blankImage(uid), uid, {
    member: 100001,
    serial: 100001,
    cardNumber: 0,
    name: "Sara",
    birth: undefined,
    issueDay: 2000,
  });
  const pad = makePad(FIRST_TERMINAL, START - 86400);
  const card = cardAt(pad, image);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#300000#");
  assert.is(pad.tap(card).result, "done");
  return { image: Uint8Array.from(card.image), pad };
}
export const CREDIT_RIAL = 300_000;
const first = prepared();
export const issued = first.image;
/** Its journal begins the card's history. */
export const issuingPad = first.pad;

export interface Opened {
  types: string[];
  /** Credit used by committed intents. */
  paidOutRial: number;
}

export function journalOf(pad: PadMachine, terminal: number) {
  const { pageSizeBytes, journalPage } = PLAN_16_PAGES;
  const key = terminalConfigFor(aes, keys, terminal, 1, 1, ruleset).journalKey as Uint8Array;
  const bytes = pad.board.flash.saveImage().slice(journalPage * pageSizeBytes);
  return verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 }).records;
}

export function openJournal(pad: PadMachine, terminal: number): Opened {
  const usedRial = new Map<number, number>();
  const opened: Opened = { types: [], paidOutRial: 0 };
  for (const { type, payload, sequence } of journalOf(pad, terminal)) {
    const content = readRecord(type, payload);
    opened.types.push(content.kind === "alarm" ? `alarm ${content.uid}` : content.kind);
    if (content.kind === "intent") usedRial.set(sequence, content.intent.usedRial);
    const isCommit = content.kind === "outcome" && content.outcome === JournalType.Commit;
    if (isCommit) opened.paidOutRial += usedRial.get(content.intentSequence) ?? 0;
  }
  return opened;
}

/** Credit paid out by all pads together; terminals are numbered from 1 in this order. */
export function paidOut(...pads: PadMachine[]): number {
  return pads.reduce((sum, pad, index) => sum + openJournal(pad, index + 1).paidOutRial, 0);
}

/** A sale paid wholly with the card's credit; the card leaves at exchange `pullAt`. */
export function redeem(pad: PadMachine, image: Uint8Array, pullAt?: number): string {
  pad.press("300000A30000#");
  const pull = pullAt === undefined ? {} : { pullAtExchange: pullAt, pullDelayUs: BEFORE_HEARD_US };
  return pad.tap(cardAt(pad, image), pull).result;
}

/** The same, and the card leaves as soon as the record for `counter` stands on it uncommitted. */
export function redeemAndLeave(pad: PadMachine, image: Uint8Array, counter: number): void {
  const pullWhen = () => counterOf(image) === counter + 1 && opensAt(image, counter);
  pad.press("300000A30000#");
  const old = slotOf(image, counter);
  pad.tap(cardAt(pad, image), {
    pullWhen: () => pullWhen() && Buffer.compare(old, slotOf(image, counter)) !== 0,
    pullDelayUs: BEFORE_HEARD_US,
  });
  assert.ok(isAwaiting(pad), "the pad journaled an attempt and waits for the card");
  assert.ok(pullWhen(), "its record stands on the card, not committed");
}

/** The card is gone before it hears the command. */
const BEFORE_HEARD_US = -100;

/** The pad has journaled an attempt and wants this card, and no other, back. */
export function isAwaiting(pad: PadMachine): boolean {
  return pad.screen().join().includes("SAME card");
}

export function counterOf(image: Uint8Array): number {
  return new DataView(image.buffer, image.byteOffset).getInt32(12 * 16, true);
}

export const START_COUNTER = counterOf(issued);

/** What an owner with all sector keys can read and write: the slot of an even counter value. */
export function slotOf(image: Uint8Array, counter: number): Uint8Array {
  return Uint8Array.from(slotBlocks(counter).flatMap((start) => [...blockAt(image, start)]));
}

export function putSlot(image: Uint8Array, counter: number, bytes: Uint8Array): void {
  for (const [index, start] of slotBlocks(counter).entries()) {
    image.set(blockAt(bytes, index * BLOCK_BYTES), start);
  }
}

/** Where the blocks of a slot begin, trailers left out. */
function slotBlocks(counter: number): number[] {
  return [...Array(STATE_BLOCK_COUNT).keys()].map(
    (index) => stateBlock(slotOfCounter(counter), index) * BLOCK_BYTES,
  );
}

function blockAt(bytes: Uint8Array, start: number): Uint8Array {
  return bytes.subarray(start, start + BLOCK_BYTES);
}

/** He may lower the counters, and nothing else. */
export function lowerTo(image: Uint8Array, counter: number): void {
  assert.ok(counter <= counterOf(image), "no chip raises this counter");
  for (const block of [COUNTER_1_BLOCK, COUNTER_2_BLOCK]) {
    encodeValueBlock(counter, block, image, block * BLOCK_BYTES);
  }
}

/** True when the slot of an even counter value holds a record that opens there. */
export function opensAt(image: Uint8Array, counter: number): boolean {
  return seals.openState(slotOf(image, counter), 0, counter) !== undefined;
}
