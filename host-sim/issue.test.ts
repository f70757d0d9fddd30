/** Issuing on simulated cards: refusals, and every way to interrupt it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../card-layout/aes128";
import { personaliseImage } from "../card-layout/personalise";
import { Status } from "../card-layout/status";
import { identityOf } from "../card-layout/testing/named-records";
import { issueCard } from "../firmware/desk/issue";
import { IssueKind } from "../firmware/desk/issue-session";
import type { CardReader, SelectedCard } from "../firmware/hal/card-reader";
import { FIELD_READY_MS } from "../firmware/limits";
import { TEAR_MODELS } from "./eeprom";
import { blankImage } from "./mfd";
import type { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { emptySelection, type ReaderBench, startedBench, UID_4, UID_7 } from "./reader-bench";

const ISSUER = {
  sectorMaster: new Uint8Array(16).fill(0x31),
  sealMaster: new Uint8Array(16).fill(0x32),
  clubId: 0x1234,
  keyEpoch: 1,
};
const TRAILER_COUNT = 16;
/** A slow bus, because polls cost this computer's time and nothing here depends on them. */
const SPI_FRAME_OVERHEAD_US = 1500;

const aes = createPortableAes();

function wantedImage(uid: Uint8Array): Uint8Array {
  const padded = new Uint8Array(7);
  padded.set(uid);
  const image = blankImage(uid);
  const numbers = { clubId: ISSUER.clubId, kind: 1, memberId: 77, serial: 5 };
  const identity = identityOf({ ...numbers, issueDay: 2400, expiryDay: 0xffff });
  const status = personaliseImage(aes, ISSUER, padded, uid.length, identity, undefined, image);
  if (status !== Status.Ok) throw new Error(`personaliseImage: ${status}`);
  return image;
}

const WANTED = wantedImage(UID_4);

interface Desk {
  readonly bench: ReaderBench;
  readonly card: MifareClassicCard;
  readonly selected: SelectedCard;
}

/** A card on the desk, selected once as the caller of `issueCard` does to learn its UID. */
function deskWith(options: Partial<MifareCardOptions> & { uid?: Uint8Array } = {}): Desk {
  const bench = startedBench({ spiFrameOverheadUs: SPI_FRAME_OVERHEAD_US });
  const card = bench.placeCard(options);
  const selected = emptySelection();
  assert.is(bench.reader.select(selected), Status.Ok);
  return { bench, card, selected };
}

function issue({ bench, selected }: Desk, image = WANTED, reader = bench.reader) {
  return issueCard(reader, bench.halClock, selected, image);
}

/** The card is laid on again, as after the message "lost". */
function layOnAgain({ bench, card }: Desk): void {
  bench.field.onExchange = undefined;
  card.eeprom.disarm();
  if (!bench.field.cards.includes(card)) bench.field.addCard(card);
  bench.halClock.waitMs(FIELD_READY_MS);
}

/** No sector may be frozen over data that is not the image's: that would be for ever. */
function expectNothingFrozenWrong(image: Uint8Array, place: string): void {
  const blank = blankImage(UID_4);
  for (let sector = 0; sector < TRAILER_COUNT; sector++) {
    const at = sector * 64;
    const isBlank = equal(image, blank, at + 48, at + 64);
    const isData = equal(image, WANTED, at, at + 48);
    assert.ok(isBlank || isData, `${place}: sector ${sector} has a trailer over other data`);
  }
}

function equal(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  return a.subarray(from, to).every((byte, index) => byte === b[from + index]);
}

for (const uid of [UID_4, UID_7]) {
  test(`a blank card with a UID of ${uid.length} bytes becomes the image, once`, () => {
    const desk = deskWith({ uid });
    const image = wantedImage(uid);
    assert.is(issue(desk, image).kind, IssueKind.Issued);
    assert.equal(desk.card.image, image);
    const writeCount = desk.card.eeprom.writeCount;
    assert.is(issue(desk, image).kind, IssueKind.AlreadyIssued);
    assert.is(desk.card.eeprom.writeCount, writeCount, "nothing written the second time");
  });
}

test("what lay in the data blocks of a blank card before is gone", () => {
  const image = blankImage(UID_4);
  for (let block = 1; block < 64; block++)
    if (block % 4 !== 3) image.fill(0xa5, block * 16, block * 16 + 16);
  const desk = deskWith({ image });
  assert.is(issue(desk).kind, IssueKind.Issued);
  assert.equal(desk.card.image, WANTED);
});

interface Refusal {
  readonly name: string;
  readonly kind: IssueKind;
  readonly options: Partial<MifareCardOptions>;
}

const REFUSALS: readonly Refusal[] = [
  { name: "another SAK", kind: IssueKind.WrongChip, options: { sak: 0x18 } },
  { name: "a back door", kind: IssueKind.MagicCard, options: { isMagicGen1a: true } },
  { name: "a foreign key", kind: IssueKind.NotBlank, options: { image: foreignImage(0) } },
  { name: "foreign access bits", kind: IssueKind.NotBlank, options: { image: foreignImage(7) } },
];
for (const { name, kind, options } of REFUSALS) {
  test(`refuses a card with ${name} and writes nothing`, () => {
    const desk = deskWith(options);
    assert.is(issue(desk).kind, kind);
    assert.is(desk.card.eeprom.writeCount, 0);
  });
}

/** Blank but for one byte of the trailer of sector 9. */
function foreignImage(trailerByte: number): Uint8Array {
  const image = blankImage(UID_4);
  const access = [0x78, 0x77, 0x88];
  if (trailerByte < 6) image[9 * 64 + 48 + trailerByte] = 0x12;
  else image.set(access, 9 * 64 + 48 + 6);
  return image;
}

test("refuses a card that forgets without power, before any trailer", () => {
  const desk = deskWith({ isShadowMode: true });
  assert.is(issue(desk).kind, IssueKind.MagicCard);
  expectNothingFrozenWrong(desk.card.image, "shadow mode");
});

test("refuses a card whose manufacturer's block may be written, leaving it as it was", () => {
  const desk = deskWith();
  const written: number[][] = [];
  const obedient: CardReader = {
    ...desk.bench.reader,
    writeBlock: (blockIndex, from, fromOffset) => {
      if (blockIndex !== 0) return desk.bench.reader.writeBlock(blockIndex, from, fromOffset);
      written.push(Array.from({ length: 16 }, (_, index) => from[fromOffset + index]));
      return Status.Ok;
    },
  };
  assert.is(issue(desk, WANTED, obedient).kind, IssueKind.MagicCard);
  assert.equal(written, [[...blankImage(UID_4).subarray(0, 16)]]);
  assert.is(desk.card.eeprom.writeCount, 0);
});

test("refuses another card than the one the image is for", () => {
  const desk = deskWith();
  desk.bench.field.removeCard(desk.card);
  const other = desk.bench.placeCard({ uid: Uint8Array.of(1, 2, 3, 4) });
  assert.is(issue(desk).kind, IssueKind.OtherCard);
  assert.is(other.eeprom.writeCount, 0);
});

test("an empty desk and two cards are Lost with the reader's status", () => {
  const desk = deskWith();
  desk.bench.placeCard({ uid: Uint8Array.of(1, 2, 3, 4) });
  assert.equal(issue(desk), { kind: IssueKind.Lost, sector: 0, status: Status.Collision });
  for (const card of desk.bench.field.cards.slice()) desk.bench.field.removeCard(card);
  assert.equal(issue(desk), { kind: IssueKind.Lost, sector: 0, status: Status.NoCard });
});

test("data that does not hold gets no trailer", () => {
  const desk = deskWith();
  const weak = { ...desk.bench.reader };
  weak.writeBlock = (blockIndex, from, fromOffset) => {
    const status = desk.bench.reader.writeBlock(blockIndex, from, fromOffset);
    if (blockIndex === 17) desk.card.image[17 * 16 + 3] ^= 0x10;
    return status;
  };
  const result = issue(desk, WANTED, weak);
  assert.equal(result, { kind: IssueKind.NotVerified, sector: 4, status: Status.Ok });
  expectNothingFrozenWrong(desk.card.image, "weak block");
  assert.is(issue(desk).kind, IssueKind.Issued);
  assert.equal(desk.card.image, WANTED);
});

function countExchanges(): number {
  const desk = deskWith();
  const before = desk.bench.field.statistics.exchanges;
  assert.is(issue(desk).kind, IssueKind.Issued);
  return desk.bench.field.statistics.exchanges - before;
}

const EXCHANGES = countExchanges();

test("pulled away at every exchange: nothing is frozen wrong, and issuing again completes", () => {
  for (let index = 1; index <= EXCHANGES; index++) {
    const desk = deskWith();
    const last = desk.bench.field.statistics.exchanges + index;
    desk.bench.field.onExchange = (exchange) =>
      exchange === last ? { kind: "removeCards", delayUs: 30 } : undefined;
    const { kind } = issue(desk);
    assert.is(kind, IssueKind.Lost, `exchange ${index}`);
    expectNothingFrozenWrong(desk.card.image, `exchange ${index}`);
    const isComplete = equal(desk.card.image, WANTED, 0, WANTED.length);
    layOnAgain(desk);
    const expected = isComplete ? IssueKind.AlreadyIssued : IssueKind.Issued;
    assert.is(issue(desk).kind, expected, `after exchange ${index}`);
    assert.equal(desk.card.image, WANTED);
  }
});

test("an answer lost at every exchange never refuses a good card", () => {
  for (let index = 1; index <= EXCHANGES; index += 5) {
    const desk = deskWith();
    const faulty = desk.bench.field.statistics.exchanges + index;
    desk.bench.field.onExchange = (exchange) =>
      exchange === faulty ? { kind: "loseAnswer" } : undefined;
    const { kind } = issue(desk);
    const place = `exchange ${index}`;
    assert.ok(kind === IssueKind.Lost || kind === IssueKind.Issued, `${place}: ${kind}`);
    expectNothingFrozenWrong(desk.card.image, place);
    layOnAgain(desk);
    const again = issue(desk).kind;
    assert.ok(
      again === IssueKind.Issued || again === IssueKind.AlreadyIssued,
      `${place}: ${again}`,
    );
    assert.equal(desk.card.image, WANTED);
  }
});

function countWrites(): number {
  const desk = deskWith();
  issue(desk);
  return desk.card.eeprom.writeCount;
}

for (const model of TEAR_MODELS) {
  test(`torn at every EEPROM write, leaving "${model}"`, () => {
    const writeCount = countWrites();
    for (let write = 1; write <= writeCount; write++) {
      const desk = deskWith();
      const place = `${model} at write ${write}`;
      desk.card.eeprom.armTear(write, model);
      assert.is(issue(desk).kind, IssueKind.Lost, place);
      layOnAgain(desk);
      const isTrailer = write > writeCount - TRAILER_COUNT;
      const { kind } = issue(desk);
      if (isTrailer && kind === IssueKind.TornTrailer) {
        assert.ok(model !== "old" && model !== "newUnacknowledged", place);
        assert.is(issue(desk).kind, IssueKind.TornTrailer, `${place}, asked again`);
      } else {
        const isLast = write === writeCount && model === "newUnacknowledged";
        assert.is(kind, isLast ? IssueKind.AlreadyIssued : IssueKind.Issued, place);
        if (!isTrailer || model !== "weakBits") assert.equal(desk.card.image, WANTED, place);
      }
    }
  });
}

test.run();
