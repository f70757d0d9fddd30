/** The image of a new card: every block, and what must never be on a card. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeAccessBits } from "./access-bits";
import { DataOperation, dataRights, TrailerOperation, trailerRights } from "./access-rights";
import { isTrailer, logBlock, sectorOf, stateBlock, trailerOf } from "./geometry";
import { emptyIdentity, openIdentity } from "./identity";
import {
  deriveSectorKey,
  encodeSectorInput,
  KEY_INPUT_BYTES,
  KEY_TYPE_A,
  KEY_TYPE_B,
} from "./keys";
import { decodeMad, type Mad } from "./mad";
import { emptyName, openName, setName } from "./name";
import { personaliseImage } from "./personalise";
import type { SealPlace } from "./seal";
import { emptyState, openState, StateField } from "./state";
import { Status } from "./status";
import { identityOf, namedIdentity } from "./testing/named-records";
import {
  aes,
  hex,
  SEAL_MASTER,
  SECTOR_MASTER,
  sampleIdentity,
  sealKeyOf,
  unhex,
} from "./testing/support";
import { decodeValueBlock } from "./value-block";

const ISSUER = {
  sectorMaster: SECTOR_MASTER,
  sealMaster: SEAL_MASTER,
  clubId: 0x1234,
  keyEpoch: 3,
};
const MANUFACTURER = unhex("deadbeef220804006263646566676869");
const NAME = "Zahra Mohammadi";

interface Card {
  uid: Uint8Array;
  uidLengthBytes: number;
  image: Uint8Array;
}

function personalised(uidHex: string, uidLengthBytes: number, text: string | undefined): Card {
  const uid = unhex(uidHex);
  const image = new Uint8Array(1024).fill(0xff);
  image.set(MANUFACTURER);
  const name = emptyName();
  if (text !== undefined) setName(name, Uint8Array.from(Buffer.from(text)), text.length);
  const cardName = text === undefined ? undefined : name;
  const identity = sampleIdentity();
  const status = personaliseImage(aes, ISSUER, uid, uidLengthBytes, identity, cardName, image);
  assert.is(status, Status.Ok);
  return { uid, uidLengthBytes, image };
}

function blockOf(card: Card, blockIndex: number): Uint8Array {
  return card.image.subarray(16 * blockIndex, 16 * blockIndex + 16);
}

function placeOf({ uid, uidLengthBytes }: Card, counter: number): SealPlace {
  return { uid, uidLengthBytes, clubId: 0x1234, counter, keyEpoch: 3 };
}

function conditionsOf(card: Card, sector: number): number[] {
  const conditions = new Uint8Array(4);
  assert.is(decodeAccessBits(blockOf(card, trailerOf(sector)), 6, conditions), Status.Ok);
  return [...conditions];
}

const cards = [
  personalised("deadbeef000000", 4, NAME),
  personalised("04112233445566", 7, undefined),
];

for (const card of cards) {
  const label = `${card.uidLengthBytes}-byte UID`;

  test(`${label}: block 0 is the manufacturer's`, () => {
    assert.is(hex(blockOf(card, 0)), hex(MANUFACTURER));
  });

  test(`${label}: 16 trailers with derived keys, all frozen`, () => {
    for (let sector = 0; sector < 16; sector++) {
      const trailer = blockOf(card, trailerOf(sector));
      for (const [keyType, offset] of [
        [KEY_TYPE_A, 0],
        [KEY_TYPE_B, 10],
      ]) {
        const key = new Uint8Array(6);
        const input = new Uint8Array(KEY_INPUT_BYTES);
        encodeSectorInput(card.uid, card.uidLengthBytes, 0x1234, input);
        deriveSectorKey(aes, SECTOR_MASTER, input, sector, keyType, key, 0);
        assert.is(hex(trailer.subarray(offset, offset + 6)), hex(key), `sector ${sector}`);
      }
      assert.is(trailer[9], sector === 0 ? 0xc1 : 0);
      const condition = conditionsOf(card, sector)[3];
      assert.is(condition, 0b110);
      for (const change of [
        TrailerOperation.WriteKeyA,
        TrailerOperation.WriteAccessBits,
        TrailerOperation.WriteKeyB,
      ]) {
        assert.is(trailerRights(condition, change), 0);
      }
    }
  });

  test(`${label}: only the two counters can be restored from, and nothing raises them`, () => {
    const sources: number[] = [];
    for (let block = 0; block < 64; block++) {
      if (isTrailer(block)) continue;
      const condition = conditionsOf(card, sectorOf(block))[block % 4];
      assert.is.not(condition, 0b000, `block ${block}`);
      assert.is.not(condition, 0b110, `block ${block}`);
      assert.is(dataRights(condition, DataOperation.Increment), 0);
      if (dataRights(condition, DataOperation.Decrement) === 0) continue;
      sources.push(block);
      assert.is(dataRights(condition, DataOperation.Write), 0, `block ${block}`);
    }
    assert.equal(sources, [12, 13]);
  });

  test(`${label}: both counters start at 2,000,000`, () => {
    for (const block of [12, 13]) {
      const found = { value: 0, address: 0 };
      assert.is(decodeValueBlock(blockOf(card, block), 0, found), Status.Ok);
      assert.equal(found, { value: 2_000_000, address: block });
    }
  });

  test(`${label}: the directory gives sectors 1 to 11 to the club`, () => {
    const mad: Mad = { publisherSector: 0, aids: [] };
    assert.is(decodeMad(card.image, 16, mad), Status.Ok);
    assert.is(mad.publisherSector, 1);
    assert.equal(mad.aids, [...Array(11).fill(0x7110), ...Array(4).fill(0x0002)]);
  });

  test(`${label}: identity, name and the empty state open at their places`, () => {
    const place = placeOf(card, 2_000_000);
    const sealKey = sealKeyOf(place);
    const identity = emptyIdentity();
    assert.is(openIdentity(aes, sealKey, place, card.image, 16 * 4, identity), Status.Ok);
    assert.equal(identity, sampleIdentity());

    const name = emptyName();
    assert.is(openName(aes, sealKey, place, card.image, 16 * 8, name), Status.Ok);
    assert.is(name.lengthBytes, card.uidLengthBytes === 4 ? NAME.length : 0);

    const sealed = new Uint8Array(144);
    for (let i = 0; i < 9; i++) sealed.set(blockOf(card, stateBlock(0, i)), 16 * i);
    const state = emptyState();
    state[StateField.Points] = 1;
    assert.is(openState(aes, sealKey, place, sealed, 0, state), Status.Ok);
    assert.equal(state, emptyState());
  });

  test(`${label}: the other slot, the log, the dead block and unused sectors are zero`, () => {
    const blocks = [14];
    for (let i = 0; i < 9; i++) blocks.push(stateBlock(1, i));
    for (let i = 0; i < 6; i++) blocks.push(logBlock(i));
    for (let block = 48; block < 64; block++) if (!isTrailer(block)) blocks.push(block);
    for (const block of blocks) assert.is(hex(blockOf(card, block)), "00".repeat(16));
  });
}

test("no name, number or master key lies open on the card", () => {
  const image = Buffer.from(cards[0].image);
  const { serial, memberId } = namedIdentity(sampleIdentity());
  const secrets = [Buffer.from("Zahra"), Buffer.from("Moha"), SECTOR_MASTER, SEAL_MASTER];
  for (const number of [serial, memberId]) {
    const littleEndian = Buffer.alloc(4);
    littleEndian.writeUInt32LE(number);
    secrets.push(littleEndian, Buffer.from(littleEndian).reverse(), Buffer.from(String(number)));
  }
  for (const secret of secrets) assert.is(image.indexOf(secret), -1);
});

test("two cards of one member share no sealed block", () => {
  const other = personalised("deadbef0000000", 4, NAME);
  for (const block of [
    4,
    5,
    6,
    8,
    9,
    10,
    ...Array.from({ length: 9 }, (_, i) => stateBlock(0, i)),
  ]) {
    assert.is.not(hex(blockOf(other, block)), hex(blockOf(cards[0], block)), `block ${block}`);
  }
});

test("a refused identity or name leaves the image untouched", () => {
  const uid = unhex("deadbeef000000");
  const image = new Uint8Array(1024).fill(0x5a);
  const wrongClub = identityOf({ ...namedIdentity(sampleIdentity()), clubId: 1 });
  const wrongName = { lengthBytes: 31, utf8: new Uint8Array(30) };
  assert.is(personaliseImage(aes, ISSUER, uid, 4, wrongClub, undefined, image), Status.Malformed);
  const identity = sampleIdentity();
  assert.is(personaliseImage(aes, ISSUER, uid, 4, identity, wrongName, image), Status.Malformed);
  assert.ok(image.every((byte) => byte === 0x5a));
});

test.run();
