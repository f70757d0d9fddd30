/** What other people's tools do to cards, and what must come of it. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as assert from "uvu/assert";
import { blankImage } from "../../host-sim/mfd";
import type { PeerClub } from "./peer-club";
import { PeerReader, type ToolResult } from "./reader";

export interface PeerCase {
  name: string;
  tools: string[];
  /** Throws when something is not as it must be. The folder is the case's own. */
  run(folder: string, club: PeerClub): Promise<void>;
}

const BLOCK_BYTES = 16;
const UID_4 = Buffer.from("04a1b2c3", "hex");
const UID_7 = Buffer.from("04782e21801d80", "hex");
const ENROL = "C#";
const SALE = "#100000#";
const DAMAGED = "Card is damaged";
const MANIPULATED = "Card was manipulated";
const KEY_A_AT = 3 * BLOCK_BYTES;
const KEY_B_AT = 3 * BLOCK_BYTES + 10;
const SECTOR_BYTES = 4 * BLOCK_BYTES;
const COUNTER_SECTOR = 3;
const FIRST_RECORD_SECTOR = 4;
const END_OF_RECORDS = 10;
/** Of the sectors behind the first nfc-mfclassic 1.8.0 writes one block each, whatever it says. */
const WRITTEN_BLOCKS = [4, 60];
/** A record of TLV 03h, as NFC Forum tags have it: a URI. */
const NDEF = Buffer.from("d1010b55036578616d706c652e6f7267", "hex").subarray(0, 15);

export const PEER_CASES: PeerCase[] = [
  { name: "nfc-list sees cards with UIDs of 4 and 7 bytes", tools: ["nfc-list"], run: listed },
  {
    name: "nfc-mfclassic reads a blank card, and writes one; the file has it",
    tools: ["nfc-mfclassic"],
    run: writtenBlank,
  },
  {
    name: "libfreefare formats a card and finds its NDEF message again; to the pad it is none",
    tools: ["mifare-classic-format", "mifare-classic-write-ndef", "mifare-classic-read-ndef"],
    run: formatted,
  },
  {
    name: "mfoc recovers an unknown key by its nested attack, and the dump is the card",
    tools: ["mfoc"],
    run: recovered,
  },
  {
    name: "mfoc takes the counter's keys out of a card of ours whose other keys it has",
    tools: ["mfoc"],
    run: recoveredOurs,
  },
  {
    name: "a card of ours is read with its keys, not without, and is as good as before",
    tools: ["nfc-mfclassic"],
    run: readOurs,
  },
  {
    name: "yesterday's dump written back does not reach the counter: the pad says damaged",
    tools: ["nfc-mfclassic"],
    run: rolledBack,
  },
  {
    name: "our card on a chip with a back door gives its keys away; the pad says manipulated",
    tools: ["nfc-mfclassic"],
    run: copied,
  },
];

async function listed(folder: string): Promise<void> {
  for (const [uid, words] of [
    [UID_4, ["00 04", "04 a1 b2 c3", "08"]],
    [UID_7, ["00 44", "04 78 2e 21 80 1d 80", "08"]],
  ] as const) {
    const { text } = await withCard(folder, blankImage(uid), [], (reader) =>
      reader.run("nfc-list"),
    );
    const shown = text.replace(/ +/g, " ");
    for (const word of words) assert.ok(shown.includes(`: ${word}`), text);
    assert.match(text, /1 ISO14443A passive target/);
  }
}

async function writtenBlank(folder: string): Promise<void> {
  const blank = blankImage(UID_4);
  const changed = blank.slice();
  for (const block of WRITTEN_BLOCKS)
    changed.fill(block, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
  writeFileSync(path.join(folder, "changed.mfd"), changed);
  await withCard(folder, blank, [], async (reader) => {
    expectOk(await reader.run("nfc-mfclassic", "r", "a", "u", "dump.mfd"));
    expectSame(withoutTrailers(contentOf(folder, "dump.mfd")), withoutTrailers(blank));
    const written = await reader.run("nfc-mfclassic", "w", "a", "u", "changed.mfd");
    assert.match(written.text, /\d\d of 64 blocks written/);
    expectSame(contentOf(folder, "card.mfd"), changed);
  });
}

async function formatted(folder: string, club: PeerClub): Promise<void> {
  writeFileSync(path.join(folder, "message.ndef"), NDEF);
  await withCard(folder, blankImage(UID_4), [], async (reader) => {
    expectOk(await reader.run("mifare-classic-format", "-fy"));
    expectOk(await reader.run("mifare-classic-write-ndef", "-y", "-i", "message.ndef"));
    expectOk(await reader.run("mifare-classic-read-ndef", "-y", "-o", "read.ndef"));
  });
  assert.equal(readFileSync(path.join(folder, "read.ndef")), NDEF);
  const image = contentOf(folder, "card.mfd");
  // Sector 1 belongs to the NFC Forum (AN1304: AID 03E1h), low byte first.
  assert.equal([...image.subarray(18, 20)], [0x03, 0xe1]);
  const { result, screen } = club.visit(SALE, image);
  assert.is(result, "refused", screen);
  assert.not.match(screen, /Done/);
}

async function recovered(folder: string): Promise<void> {
  const image = blankImage(UID_4);
  image.set(Buffer.from("0badc0ffee12", "hex"), COUNTER_SECTOR * SECTOR_BYTES + KEY_A_AT);
  // Key B must not be there to be read.
  const trailer = COUNTER_SECTOR * SECTOR_BYTES + KEY_A_AT;
  image.set(Buffer.from("7f0788", "hex"), trailer + 6);
  image.set(Buffer.from("1234567890ab", "hex"), trailer + 10);
  const mfoc = await withCard(folder, image, [], (reader) => reader.run("mfoc", "-O", "dump.mfd"));
  assert.match(mfoc.text, /0badc0ffee12/);
  assert.match(mfoc.text, /1234567890ab/);
  expectSame(contentOf(folder, "dump.mfd"), image);
}

async function recoveredOurs(folder: string, club: PeerClub): Promise<void> {
  const image = club.visit(ENROL, club.issue(UID_4, 5)).image;
  const keys = new Set<string>();
  for (let sector = 0; sector < 16; sector++) {
    if (sector !== COUNTER_SECTOR) for (const key of keysOf(image, sector)) keys.add(key);
  }
  const known = [...keys].flatMap((key) => ["-k", key]);
  const mfoc = await withCard(folder, image, [], (reader) =>
    reader.run("mfoc", ...known, "-O", "dump.mfd"),
  );
  for (const key of keysOf(image, COUNTER_SECTOR)) {
    assert.match(mfoc.text, new RegExp(`Found Key: [AB] \\[${key}\\]`));
  }
}

async function readOurs(folder: string, club: PeerClub): Promise<void> {
  const { image } = club.visit(ENROL, club.issue(UID_4, 5));
  writeFileSync(path.join(folder, "keys.mfd"), image);
  await withCard(folder, image, [], async (reader) => {
    const refused = await reader.run("nfc-mfclassic", "r", "a", "u", "dump.mfd");
    assert.match(refused.text, /authentication failed for block 0x3f/);
    expectOk(await reader.run("nfc-mfclassic", "r", "B", "u", "dump.mfd", "keys.mfd", "f"));
  });
  // Behind a block that nobody may read, the tool gives the rest of the sector up.
  const records = [FIRST_RECORD_SECTOR * SECTOR_BYTES, END_OF_RECORDS * SECTOR_BYTES] as const;
  expectSame(contentOf(folder, "dump.mfd").subarray(...records), image.subarray(...records));
  expectSame(contentOf(folder, "card.mfd"), image);
  const { result, screen } = club.visit(SALE, contentOf(folder, "card.mfd"));
  assert.is(result, "done", screen);
}

async function rolledBack(folder: string, club: PeerClub): Promise<void> {
  const yesterday = club.visit(ENROL, club.issue(UID_4, 5)).image;
  const { image } = club.visit(SALE, yesterday);
  writeFileSync(path.join(folder, "yesterday.mfd"), yesterday);
  const words = ["yesterday.mfd", "yesterday.mfd", "f"];
  await withCard(folder, image, [], async (reader) => {
    const strict = await reader.run("nfc-mfclassic", "w", "b", "u", ...words);
    assert.match(strict.text, /Failure to write to data block 12/);
    await reader.run("nfc-mfclassic", "w", "B", "u", ...words);
  });
  const left = contentOf(folder, "card.mfd");
  const counters = 12 * BLOCK_BYTES;
  assert.equal(left.subarray(counters, counters + 32), image.subarray(counters, counters + 32));
  assert.not.equal(left, image);
  const { result, screen } = club.visit(SALE, left);
  assert.is(result, "refused");
  assert.ok(screen.includes(DAMAGED), screen);
}

async function copied(folder: string, club: PeerClub): Promise<void> {
  const { image } = club.visit(ENROL, club.issue(UID_4, 5));
  await withCard(folder, image, ["--magic"], async (reader) => {
    expectOk(await reader.run("nfc-mfclassic", "R", "a", "u", "dump.mfd"));
  });
  expectSame(contentOf(folder, "dump.mfd"), image);
  const { result, screen } = club.visit(SALE, contentOf(folder, "card.mfd"), true);
  assert.is(result, "refused");
  assert.ok(screen.includes(MANIPULATED), screen);
}

/** Puts `image` on a reader as card.mfd of the folder, and takes the reader away afterwards. */
async function withCard<Result>(
  folder: string,
  image: Uint8Array,
  more: string[],
  work: (reader: PeerReader) => Promise<Result>,
): Promise<Result> {
  const cardPath = path.join(folder, "card.mfd");
  writeFileSync(cardPath, image);
  const reader = await PeerReader.start(folder, cardPath, more);
  try {
    return await work(reader);
  } finally {
    await reader.stop();
  }
}

/** Names the first block that differs. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  for (let at = 0; at < expected.length; at += BLOCK_BYTES) {
    const [found, wanted] = [actual, expected].map((image) =>
      Buffer.from(image.subarray(at, at + BLOCK_BYTES)).toString("hex"),
    );
    if (found !== wanted) throw new Error(`block ${at / BLOCK_BYTES}: ${found}, not ${wanted}`);
  }
}

function expectOk({ code, text }: ToolResult): void {
  assert.is(code, 0, text);
}

function contentOf(folder: string, name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(folder, name)));
}

/** The tool puts its own keys there. */
function withoutTrailers(image: Uint8Array): Uint8Array {
  return image.filter((_, at) => at % SECTOR_BYTES < KEY_A_AT);
}

function keysOf(image: Uint8Array, sector: number): string[] {
  return [KEY_A_AT, KEY_B_AT].map((at) => {
    const start = sector * SECTOR_BYTES + at;
    return Buffer.from(image.subarray(start, start + 6)).toString("hex");
  });
}
