/** What a pad finds in its flash at power-up: journal, settings, configuration, rules. */
import { createRamFlash, nodeAes, testConfig } from "../../back-office/test-world";
import { Status } from "../../card-layout/status";
import { crc32 } from "../../firmware/core/crc32";
import {
  CONFIG_BYTES,
  checkTerminalConfig,
  decodeTerminalConfig,
  encodeTerminalConfig,
} from "../../firmware/core/terminal-config";
import type { Flash } from "../../firmware/hal/flash";
import { createJournal, type Journal } from "../../firmware/storage/journal";
import { createSettingsStore } from "../../firmware/storage/settings-store";
import { type FuzzTarget, promise } from "./fuzz-target";

const PAGE_BYTES = 512;
const PAGES = 4;
/** A boot reads marks and at most two pages of content; far below this. */
const READS_MAX = 20_000;
const KEY = testConfig().journalKey;

/** The flash range filled with `image`, erased behind it; reading without end is an error. */
function flashOf(image: Uint8Array): Flash {
  const flash = createRamFlash(PAGE_BYTES, PAGES);
  const sizeBytes = PAGE_BYTES * PAGES;
  const filled = new Uint8Array(sizeBytes).fill(0xff);
  filled.set(image.subarray(0, sizeBytes));
  flash.program(0, filled, 0, sizeBytes);
  let reads = 0;
  const read = flash.read.bind(flash);
  return {
    ...flash,
    read: (address, out, outOffset, lengthBytes) => {
      promise(++reads < READS_MAX, "reads without end");
      promise(address >= 0 && address + lengthBytes <= sizeBytes, "reads outside of the flash");
      read(address, out, outOffset, lengthBytes);
    },
  };
}

function imageOf(flash: Flash): Uint8Array {
  const image = new Uint8Array(PAGE_BYTES * PAGES);
  flash.read(0, image, 0, image.length);
  return image;
}

type Checksum = typeof crc32;

function journalOn(flash: Flash, checksum: Checksum = crc32): Journal {
  return createJournal(flash, 0, PAGES, nodeAes, checksum, KEY);
}

/**
 * A checksum of two bits: one change in four passes, so that what lies behind the checksum is met
 * too. Blank flash keeps its own, by which the journal knows it.
 */
const weakChecksum: Checksum = (from, offset, lengthBytes) => {
  const full = crc32(from, offset, lengthBytes);
  return full === BLANK_CRC ? full : full % 4;
};
const BLANK_CRC = 0x0f6187ba;

/** Journals of a few and of many records, one acknowledged in part. */
function journalImages(checksum: Checksum): Uint8Array[] {
  return [3, 12, 30].map((count) => {
    const flash = flashOf(new Uint8Array(0));
    const journal = journalOn(flash, checksum);
    journal.boot();
    const mac = new Uint8Array(8);
    for (let i = 0; i < count; i++) {
      journal.append(2 + (i % 2), Uint8Array.of(8, 1, 1 + i, 9, 1, 3), 6);
      if (i === 8) {
        const out = new Uint8Array(200);
        journal.read(7, out, 0);
        mac.set(journal.readMac() as Uint8Array);
        journal.acknowledge(7, mac);
      }
    }
    return imageOf(flash);
  });
}

export const journalFlash: FuzzTarget = {
  name: "journal-flash",
  promise: "whatever stands in flash, the journal boots or refuses, twice with the same records",
  seeds: () => [new Uint8Array(0), ...journalImages(crc32)],
  run: (input) => {
    const flash = flashOf(input);
    const first = journalOn(flash);
    const status = first.boot();
    if (status !== Status.Ok) return `refused ${status}`;
    const before = recordsOf(first);
    const appended = first.append(2, Uint8Array.of(8, 1, 7), 3);
    const again = journalOn(flash);
    if (again.boot() !== Status.Ok) return "refused later";
    const after = recordsOf(again);
    // What one boot took for there, the next takes for the same.
    promise(after.join().startsWith(before.join()), `${before} became ${after}`);
    promise(appended !== Status.Ok || after.length === before.length + 1, "the new one is lost");
    return `${before.length > 0} ${appended} ${first.firstUnacknowledged() > 1}`;
  },
};

export const journalForged: FuzzTarget = {
  name: "journal-forged",
  promise: "a journal with right checksums over anything is read without end or harm by nobody",
  seeds: () => [new Uint8Array(0), ...journalImages(weakChecksum)],
  run: (input) => {
    const journal = journalOn(flashOf(input), weakChecksum);
    const status = journal.boot();
    if (status !== Status.Ok) return `refused ${status}`;
    const records = recordsOf(journal).map((text) => text.split(":")[1]);
    const appended = journal.append(2, Uint8Array.of(8, 1, 7), 3);
    return `${[...new Set(records)]} ${appended} ${journal.firstUnacknowledged() > 1}`;
  },
};

function recordsOf(journal: Journal): string[] {
  const out = new Uint8Array(200);
  const records: string[] = [];
  const from = Math.max(journal.firstUnacknowledged(), journal.nextSequence() - 40);
  for (let sequence = from; sequence < journal.nextSequence(); sequence++) {
    const status = journal.read(sequence, out, 0);
    const end = 8 + (status === Status.Ok ? journal.readLengthBytes() : 0);
    records.push(`${sequence}:${status}:${Buffer.from(out.subarray(0, end)).toString("hex")}`);
  }
  return records;
}

function configBytes(): Uint8Array {
  const out = new Uint8Array(CONFIG_BYTES);
  return out.slice(0, encodeTerminalConfig(testConfig(), out));
}

export const settingsFlash: FuzzTarget = {
  name: "settings-flash",
  promise: "whatever stands in flash, one whole copy is found or none, twice the same",
  seeds: () => {
    const flash = flashOf(new Uint8Array(0));
    const store = createSettingsStore(flash, 0, 1, 1, crc32);
    store.store(1, configBytes(), configBytes().length);
    const one = imageOf(flash);
    store.store(2, configBytes(), configBytes().length);
    return [new Uint8Array(0), one, imageOf(flash)];
  },
  run: (input) => {
    const flash = flashOf(input);
    const first = createSettingsStore(flash, 0, 1, 1, crc32);
    const second = createSettingsStore(flash, 0, 1, 1, crc32);
    const { status, version } = first.held();
    promise(version === second.held().version, "two loads find two versions");
    if (status !== Status.Ok) return `status ${status}`;
    const content = first.content() as Uint8Array;
    promise(Buffer.compare(content, second.content() as Uint8Array) === 0, "two");
    return `version ${Math.min(version, 3)} config ${checkTerminalConfig(content)}`;
  },
};

export const terminalConfig: FuzzTarget = {
  name: "terminal-config",
  promise: "a configuration is refused, or is read as it was written",
  seeds: () => [configBytes()],
  run: (input) => {
    const status = checkTerminalConfig(input);
    if (status !== Status.Ok) return String(status);
    const out = new Uint8Array(CONFIG_BYTES + input.length);
    const lengthBytes = encodeTerminalConfig(decodeTerminalConfig(input), out);
    promise(Buffer.compare(out.subarray(0, lengthBytes), input) === 0, "two forms");
    return `keys ${input[8]}`;
  },
};
