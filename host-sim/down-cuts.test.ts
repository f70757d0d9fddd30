/**
 * What comes down from the back office, cut off by power at every word and erase: the pad's own
 * receiving code takes a sealed blob piece by piece, and holds afterwards the whole of the version
 * before or of the new one, never an older one, also when the start that follows is cut off, too.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TerminalKeys } from "../back-office/batch";
import { type DownBlob, sealPiece } from "../back-office/down-seals";
import { compileRuleset } from "../back-office/rules/compile";
import { createTestClock, createTestSync, DOWN_FLASH } from "../back-office/test-down";
import { MemoryJournal, nodeAes, testConfig } from "../back-office/test-world";
import { Status } from "../card-layout/status";
import { type DownSync, putDown } from "../firmware/app/down-sync";
import { BLOB_PIECE_BYTES, contentCheck } from "../firmware/core/content-check";
import { COSE_WORK_OVERHEAD_BYTES } from "../firmware/core/cose";
import { crc32 } from "../firmware/core/crc32";
import { BLOCKED_BYTES, LISTS_FORMAT, ListsField } from "../firmware/core/lists-format";
import { BlobKind, SyncType } from "../firmware/core/sync-messages";
import { CONFIG_BYTES, encodeTerminalConfig } from "../firmware/core/terminal-config";
import { isCutShort } from "./journal-bench";
import { type CutPlan, NorFlash } from "./nor-flash";
import { Rng } from "./rng";

const SEED = process.env.SEED ?? "1";
/** Every tear of a word with every one of an erase that is different from the others. */
const TEARS: readonly Pick<CutPlan, "program" | "erase">[] = [
  { program: "nothing", erase: "before" },
  { program: "some", erase: "half" },
  { program: "all", erase: "unstable" },
  { program: "weak", erase: "half" },
];
const KINDS = [BlobKind.Settings, BlobKind.Lists];
const NAMES = ["settings", "lists"];
const REQUEST = 1;
const RULES = readFileSync(new URL("../rulesets/first-shop.yaml", import.meta.url), "utf8");
const config = testConfig();
const keys = config as unknown as TerminalKeys;

/** Lists of another length and settings of other content for each version. */
function blobOf(kind: BlobKind, version: number): DownBlob {
  if (kind === BlobKind.Settings) {
    const out = new Uint8Array(CONFIG_BYTES);
    const text = RULES.replace("version: 1", `version: ${version}`);
    const ruleset = compileRuleset(text, "first-shop.yaml").bytes;
    return {
      kind,
      version,
      content: out.slice(0, encodeTerminalConfig({ ...config, ruleset }, out)),
    };
  }
  const count = 60 + version;
  const content = new Uint8Array(ListsField.SizeBytes + count * BLOCKED_BYTES);
  const view = new DataView(content.buffer);
  content[ListsField.Format] = LISTS_FORMAT;
  view.setUint16(ListsField.BlockedCount, count, true);
  for (let i = 0; i < count; i++) {
    view.setUint32(ListsField.SizeBytes + i * BLOCKED_BYTES, i * 1000 + version, true);
  }
  return { kind, version, content };
}

/** A pad that starts with this flash. */
function start(flash: NorFlash): DownSync {
  const serial = { hasWaiting: () => false, read: () => 0, write: () => undefined };
  const journal = new MemoryJournal(config.journalKey);
  const clock = createTestClock(1_760_000_000);
  return createTestSync(serial, journal, config, clock, flash).down;
}

/** Every piece, as the back office sends them; the last answer. */
function download(down: DownSync, blob: DownBlob): Status {
  const { kind, version, content } = blob;
  const check = contentCheck(crc32, content);
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + BLOB_PIECE_BYTES);
  let status = Status.Ok;
  for (let at = 0; at < content.length && status === Status.Ok; at += BLOB_PIECE_BYTES) {
    const frame = sealPiece(nodeAes, keys, config, blob, check, at);
    const fields = [REQUEST, kind, version, content.length, check, at];
    const contentLengthBytes = frame.length;
    const message = { type: SyncType.Put, fields, contentOffset: 0, contentLengthBytes };
    status = putDown(down, message, frame, work);
  }
  return status;
}

function heldBy(down: DownSync, kind: BlobKind) {
  const copies = kind === BlobKind.Settings ? down.settings : down.lists;
  const content = copies.version === 0 ? undefined : down.store.content(copies);
  return { status: copies.status, version: copies.version, content };
}

/** Whole, and of one of these versions; which one. */
function versionHeld(flash: NorFlash, kind: BlobKind, versions: readonly number[]): number {
  flash.powerUp();
  const held = heldBy(start(flash), kind);
  assert.ok(versions.includes(held.version), `version ${held.version}, not ${versions}`);
  assert.is(held.status, Status.Ok);
  const wanted = blobOf(kind, held.version).content;
  assert.is(Buffer.compare(Uint8Array.from(held.content as Uint8Array), wanted), 0);
  return held.version;
}

for (const kind of KINDS) {
  test(`${NAMES[kind]} that come down are the old or the new ones after a cut anywhere`, () => {
    const flash = new NorFlash(DOWN_FLASH);
    for (const version of [1, 2])
      assert.is(download(start(flash), blobOf(kind, version)), Status.Ok);
    const before = flash.saveState();
    const next = blobOf(kind, 3);
    const rng = new Rng(SEED);
    const counts = { points: 0, cuts: 0, cutsOfTheStart: 0, kept: 0, taken: 0 };
    for (let at = 1, isLast = false; !isLast; at++) {
      for (const tear of TEARS) {
        flash.restoreState(before);
        flash.powerUp();
        const down = start(flash);
        flash.armCut({ ...tear, atMutation: at, seed: rng.next() });
        if (!isCutShort(() => download(down, next))) {
          isLast = true;
          break;
        }
        counts.cuts++;
        counts.cutsOfTheStart += cutStarts(flash, kind, rng);
        if (versionHeld(flash, kind, [2, 3]) === 2) counts.kept++;
        else counts.taken++;
        assert.is(download(start(flash), next), Status.Ok);
        versionHeld(flash, kind, [3]);
      }
      if (!isLast) counts.points++;
    }
    assert.ok(counts.points > 60 && counts.kept > 0 && counts.taken > 0, JSON.stringify(counts));
    console.log(`${NAMES[kind]} down (SEED=${SEED}): ${JSON.stringify(counts)}, 0 violations`);
  });
}

/** The start after the cut is cut off at each of its own words; what it leaves never goes back. */
function cutStarts(flash: NorFlash, kind: BlobKind, rng: Rng): number {
  const torn = flash.saveState();
  let cuts = 0;
  for (let at = 1; ; at++) {
    for (const tear of TEARS) {
      flash.restoreState(torn);
      flash.powerUp();
      flash.armCut({ ...tear, atMutation: at, seed: rng.next() });
      if (!isCutShort(() => start(flash))) {
        flash.restoreState(torn);
        return cuts;
      }
      cuts++;
      const version = versionHeld(flash, kind, [2, 3]);
      // An END word that reads unsteadily may be found later; what was found stays.
      versionHeld(flash, kind, version === 2 ? [2, 3] : [3]);
    }
  }
}

test.run();
