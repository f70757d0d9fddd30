import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../card-layout/aes128";
import { Status } from "../card-layout/status";
import {
  CONFIG_BYTES,
  checkTerminalConfig,
  decodeTerminalConfig,
  encodeTerminalConfig,
} from "../firmware/core/terminal-config";
import {
  createClubKeys,
  formatKeyFile,
  keysForPad,
  parseKeyFile,
  readKeyFile,
  terminalConfigFor,
  terminalKeysOf,
  writeKeyFile,
} from "./keys";

const test = suite("keys");
const aes = createPortableAes();
let folder: string;

test.before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "clubpad-keys-"));
});
test.after(() => rmSync(folder, { recursive: true }));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "no refusal";
}

test("a key file holds what was made, is the owner's alone, and is not overwritten", () => {
  const file = path.join(folder, "club.keys.yaml");
  const keys = createClubKeys(7, 3);
  writeKeyFile(file, keys, false);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.equal(parseKeyFile(readFileSync(file, "utf8"), file), {
    ...keys,
    sealMaster: Uint8Array.from(keys.sealMaster),
    sectorMaster: Uint8Array.from(keys.sectorMaster),
    terminalMaster: Uint8Array.from(keys.terminalMaster),
  });
  assert.match(
    refusal(() => writeKeyFile(file, keys, false)),
    /exists already/,
  );
  chmodSync(file, 0o644);
  assert.match(
    refusal(() => readKeyFile(file)),
    /chmod 600/,
  );
});

test("random keys differ, seeded ones do not and say what they are", () => {
  assert.not.equal(createClubKeys(7, 0).sealMaster, createClubKeys(7, 0).sealMaster);
  const seeded = createClubKeys(7, 0, "fair");
  assert.equal(seeded, createClubKeys(7, 0, "fair"));
  assert.not.equal(seeded.sealMaster, seeded.sectorMaster);
  assert.match(formatKeyFile(seeded), /never for real cards/);
  assert.not.match(formatKeyFile(createClubKeys(7, 0)), /simulation/);
});

test("mistakes in a key file are named by file, field and what to write", () => {
  const good = formatKeyFile(createClubKeys(7, 1, "x"));
  const cases: [change: (text: string) => string, message: RegExp][] = [
    [() => "just text", /^f: this is no key file/],
    [() => "a: [", /^f: not YAML/],
    [(text) => text.replace("clubpad-keys-1", "clubpad-keys-9"), /^f: this is no key file/],
    [(text) => text.replace("club: 7", "club: 70000"), /^f: club: write a whole number from 1/],
    [(text) => text.replace("keyEpoch: 1", ""), /^f: keyEpoch: write a whole number from 0 to 255/],
    [(text) => text.replace(/sector: "../, 'sector: "zz'), /^f: sector: write 32 hexadecimal/],
    [(text) => text.replace(/terminal: ".*"/, "terminal: 5"), /^f: terminal: write 32 hexadecimal/],
    [
      (text) => text.replace(/cardSeal: ".*"/, `cardSeal: "${"0".repeat(32)}"`),
      /^f: cardSeal: all zero/,
    ],
    [(text) => `${text}sectr: 1\n`, /^f: sectr: no such field/],
  ];
  for (const [change, message] of cases) {
    assert.match(
      refusal(() => parseKeyFile(change(good), "f")),
      message,
    );
  }
  assert.match(
    refusal(() => readKeyFile(path.join(folder, "none"))),
    /no such key file/,
  );
});

test("the key epoch before is kept, and makes no sense at epoch 0", () => {
  const keys = createClubKeys(7, 1, "x");
  keys.previousSealMaster = createClubKeys(7, 0, "y").sealMaster;
  const text = formatKeyFile(keys);
  assert.equal(
    parseKeyFile(text, "f").previousSealMaster,
    Uint8Array.from(keys.previousSealMaster),
  );
  assert.match(
    refusal(() => parseKeyFile(text.replace("keyEpoch: 1", "keyEpoch: 0"), "f")),
    /none/,
  );
});

test("a terminal's configuration survives its encoding, and its keys are what sync uses", () => {
  const keys = createClubKeys(7, 1, "x");
  const config = terminalConfigFor(aes, keys, 12, 2, 1, Uint8Array.of(1, 2, 3));
  const encoded = new Uint8Array(CONFIG_BYTES);
  const settings = encoded.slice(0, encodeTerminalConfig(config, encoded));
  assert.is(checkTerminalConfig(settings), Status.Ok);
  const decoded = decodeTerminalConfig(settings);
  assert.equal(decoded.uplinkKey, terminalKeysOf(aes, keys, 12, 1).uplinkKey);
  assert.is(decoded.clubId, 7);
  const names = ["journalKey", "uplinkKey", "downlinkKey"] as const;
  const distinct = new Set(
    names.map((name) => Buffer.from(config[name] as Uint8Array).toString("hex")),
  );
  assert.is(distinct.size, 3);
});

test("keys are given to pads of this club in this or the last key epoch only", () => {
  const keys = createClubKeys(7, 5, "x");
  const pad = {
    terminalId: 3,
    clubId: 7,
    terminalEpoch: 0,
    firstUnacknowledged: 1,
    nextSequence: 1,
  };
  const isGiven = (clubId: number, keyEpoch: number) =>
    keysForPad(aes, keys, { ...pad, clubId, keyEpoch }) !== undefined;
  assert.equal(
    [isGiven(7, 5), isGiven(7, 4), isGiven(7, 3), isGiven(7, 6), isGiven(8, 5)],
    [true, true, false, false, false],
  );
});

test("an odd key file shows none of its keys in warnings", () => {
  const shown: string[] = [];
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error) => {
    shown.push(String(warning));
  };
  try {
    const text = formatKeyFile(createClubKeys(7, 1, "odd")).replace("cardSeal:", "&a:");
    assert.throws(() => parseKeyFile(text, "odd.keys.yaml"));
  } finally {
    process.emitWarning = emitWarning;
  }
  assert.equal(shown, []);
});

test.run();
