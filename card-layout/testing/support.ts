/** What the tests of the card layout share: hexadecimal, vectors, seeded runs, a sample card. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { createPortableAes } from "../aes128";
import type { Identity } from "../identity";
import { deriveSealKey } from "../keys";
import type { SealPlace } from "../seal";
import { createSivKey, type SivKey } from "../siv";
import type { CardState } from "../state";
import { FREE_LOT, identityOf, lotsOf, stateOf } from "./named-records";

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Parses `vectors/<name>.json`. */
export function readVectors<T>(name: string): T {
  const path = new URL(`../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** Runs a property from the seed in SEED, or a fixed one, and says how to replay a failure. */
export function checkProperty<T>(
  testFile: string,
  property: fc.IProperty<T>,
  runCount = 300,
): void {
  const seed = Number(process.env.SEED ?? 20260101);
  const result = fc.check(property, { seed, numRuns: runCount });
  if (!result.failed) return;
  const replay = `SEED=${seed} node --import tsx card-layout/${testFile}`;
  throw new Error(`${fc.defaultReportMessage(result)}\nreplay: ${replay}`);
}

export const aes = createPortableAes();
export const SECTOR_MASTER = unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
export const SEAL_MASTER = unhex("505152535455565758595a5b5c5d5e5f");

/** A 4-byte UID in club 0x1234, key epoch 3. */
export function samplePlace(counter = 1_999_998): SealPlace {
  const uid = unhex("deadbeef000000");
  return { uid, uidLengthBytes: 4, clubId: 0x1234, counter, keyEpoch: 3 };
}

export function sealKeyOf(place: SealPlace): SivKey {
  const key = createSivKey();
  const { uid, uidLengthBytes, clubId, keyEpoch } = place;
  deriveSealKey(aes, SEAL_MASTER, uid, uidLengthBytes, clubId, keyEpoch, key);
  return key;
}

/** A valid member identity with every field set. */
export function sampleIdentity(): Identity {
  return identityOf({
    clubId: 0x1234,
    serial: 305_419_896,
    cardNumber: 2,
    kind: 1,
    memberId: 2_882_343_476,
    issueDay: 2300,
    expiryDay: 4000,
    birthYear: 1367,
    birthMonth: 12,
    birthDay: 30,
    gender: 1,
    language: 1,
    attribute1: 17,
    attribute2: 255,
  });
}

const MONEY_LIMIT = 2 ** 40;
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const money = fc.oneof(
  fc.constantFrom(0, 1, MONEY_LIMIT - 1),
  fc.integer({ min: 0, max: MONEY_LIMIT - 1 }),
);

const freeLot = fc.constant(FREE_LOT);
const usedLot = fc
  .record({
    amountRial: fc.integer({ min: 1, max: MONEY_LIMIT - 1 }),
    fromDay: fc.integer({ min: 0, max: 0xfffe }),
    untilDay: u16,
    issuer: u8,
    kind: u8,
  })
  .map((lot) => ({ ...lot, untilDay: Math.max(lot.fromDay, lot.untilDay) }));

/** Every state that a card may hold. */
export const anyState: fc.Arbitrary<CardState> = fc
  .record({
    flags: fc.integer({ min: 0, max: 15 }),
    group: u8,
    groupSinceDay: u16,
    groupReviewDay: u16,
    points: u32,
    debtRial: money,
    visits: u16,
    firstDay: u16,
    lastDay: u16,
    lastMinute: fc.integer({ min: 0, max: 1439 }),
    lastTerminal: u16,
    lastSequence: u32,
    lifeSpendRial: money,
    periodStartDay: u16,
    periodSpendRial: money,
    periodVisits: u16,
    dayRedeemRial: u32,
    renewedMonths: u8,
    offers: u16,
    lastPatch: u16,
    birthdayClaimYear: u8,
    punches: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    lots: fc.array(fc.oneof(freeLot, usedLot), { minLength: 6, maxLength: 6 }),
    baseTag: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  })
  .map(stateOf);

/** A state with every field away from 0, for tests that look for a field's bytes. */
export function sampleState(): CardState {
  return fc.sample(
    anyState.filter((state) => lotsOf(state).every((lot) => lot.amountRial > 0)),
    { numRuns: 1, seed: 7 },
  )[0];
}
