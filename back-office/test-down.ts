/** For tests: the firmware's side of the serial link, with what comes down kept in flash. */
import { type DownSync, emptyBlob } from "../firmware/app/down-sync";
import { createIntents } from "../firmware/app/intents";
import type { LineWork } from "../firmware/app/on-demand";
import { createSync } from "../firmware/app/sync";
import { crc32 } from "../firmware/core/crc32";
import type { TerminalConfig } from "../firmware/core/terminal-config";
import type { Clock } from "../firmware/hal/clock";
import type { Flash } from "../firmware/hal/flash";
import type { SerialPort } from "../firmware/hal/serial-port";
import { createCopies, createCopyStore } from "../firmware/storage/copies";
import type { Journal } from "../firmware/storage/journal";
import { createRamFlash, nodeAes } from "./test-world";

/** Pages of 1 KB: 3 for each copy of the settings, 2 for each of the lists. */
export const DOWN_FLASH = { pageSizeBytes: 1024, pageCount: 10 };

export interface TestSync {
  sync: LineWork;
  down: DownSync;
}

export interface TestClock extends Clock {
  /** Set it to let time pass. */
  seconds: number;
}

export function createTestClock(seconds: number): TestClock {
  const clock: TestClock = {
    seconds,
    nowMs: () => clock.seconds * 1000,
    unixSeconds: () => clock.seconds,
    setUnixSeconds: (unixSeconds) => {
      clock.seconds = unixSeconds;
    },
    waitMs: () => undefined,
  };
  return clock;
}

/** As a pad at power-up; `flash` has DOWN_FLASH and holds what came down before. */
export function createTestSync(
  serial: SerialPort,
  journal: Journal,
  config: TerminalConfig,
  clock: Clock = createTestClock(1_760_000_000),
  flash: Flash = createRamFlash(DOWN_FLASH.pageSizeBytes, DOWN_FLASH.pageCount),
  isIdle: () => boolean = () => true,
): TestSync {
  const store = createCopyStore(flash, crc32);
  const settings = createCopies(0, 3, 3);
  const lists = createCopies(6, 8, 2);
  store.load(settings);
  store.load(lists);
  const intents = createIntents(journal, clock, 1);
  const aes = nodeAes;
  const down: DownSync = {
    aes,
    clock,
    flash,
    journal,
    intents,
    config,
    store,
    settings,
    lists,
    staged: emptyBlob(),
    isIdle,
    isRestartWanted: false,
    syncedUnixSeconds: 0,
  };
  return { sync: createSync(serial, journal, aes, crc32, config, clock, down), down };
}
