/**
 * Makes a board a certain pad of a certain club. Settings are stored by the firmware's own store;
 * what the journal holds and the office does not is never lost by it unless somebody insists.
 */

import { UserError } from "../../back-office/user-error";
import { Status } from "../../card-layout/status";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { crc32 } from "../../firmware/core/crc32";
import {
  CONFIG_BYTES,
  encodeTerminalConfig,
  type TerminalConfig,
} from "../../firmware/core/terminal-config";
import { createSettingsStore } from "../../firmware/storage/settings-store";
import type { BoardConsole, Progress } from "./board-console";
import { LOCK_BYTES, LOCK_FILE, lockContent } from "./loader-source";
import { PadFlash, type RecordedFlash } from "./pad-flash";
import { heldConfig, type JournalState, journalState } from "./pad-state";
import { StorageFiles } from "./storage-files";

export interface ProvisionOptions {
  /** Undefined: one more than before where the journal begins anew, else as before. */
  epoch: number | undefined;
  codes: readonly string[];
  unixSeconds: () => number;
  isForced: boolean;
  /** Says what is under way. */
  onStage: (text: string) => Progress;
}

export interface Provisioned {
  terminalId: number;
  epoch: number;
  isNewJournal: boolean;
  /** Board's clock after setting, less the wanted time. */
  clockErrorSeconds: number;
}

/** A clock that is farther off after it was set does not run or was not set. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** `configOf` gives the settings for a terminal epoch. */
export async function provision(
  board: BoardConsole,
  profile: BoardProfile,
  configOf: (epoch: number) => TerminalConfig,
  options: ProvisionOptions,
): Promise<Provisioned> {
  const { plan } = profile.flash;
  const pages = new PadFlash(board, profile.flash);
  const image = await pages.readPages(0, plan.pageCount, options.onStage("reading flash"));
  const before = heldConfig(pages.copyOf(image.slice()), plan);
  const held = before.config;
  const journal =
    held && journalState(pages.copyOf(image.slice()), plan, held.journalKey as Uint8Array);
  const isSame = held !== undefined && isSameJournal(held, configOf(held.terminalEpoch));
  const isNewJournal = !isSame || (options.epoch ?? held.terminalEpoch) !== held.terminalEpoch;
  if (isNewJournal && journal !== undefined) requireSent(held, journal, options.isForced);
  const config = configOf(options.epoch ?? nextEpoch(held, configOf(0), isNewJournal));
  const copy = pages.copyOf(image);
  store(copy, profile, config);
  if (isNewJournal) eraseJournal(copy, profile);
  await pages.replay(copy, options.onStage("storing settings"));
  await expectStored(pages, profile, config);
  await lock(board, profile, config.terminalId, options.codes);
  const clockErrorSeconds = await setClock(board, options.unixSeconds);
  const { terminalId, terminalEpoch } = config;
  return { terminalId, epoch: terminalEpoch, isNewJournal, clockErrorSeconds };
}

function isSameJournal(held: TerminalConfig, wanted: TerminalConfig): boolean {
  const areKeysSame = Buffer.compare(
    held.journalKey as Uint8Array,
    wanted.journalKey as Uint8Array,
  );
  return held.terminalId === wanted.terminalId && areKeysSame === 0;
}

function nextEpoch(
  held: TerminalConfig | undefined,
  wanted: TerminalConfig,
  isNewJournal: boolean,
): number {
  if (held?.terminalId !== wanted.terminalId) return 0;
  return isNewJournal ? held.terminalEpoch + 1 : held.terminalEpoch;
}

function requireSent(
  held: TerminalConfig | undefined,
  { isReadable, unsentCount }: JournalState,
  isForced: boolean,
): void {
  if (isForced || (isReadable && unsentCount === 0)) return;
  const what = isReadable
    ? `${unsentCount} records that the office does not have`
    : "a journal that cannot be read";
  throw new UserError(
    `this is terminal ${held?.terminalId} of club ${held?.clubId}, and it holds ${what}. ` +
      'Fetch them with "clubpad pull", or keep its flash with "clubpad board log --save FILE"; ' +
      "--force throws them away",
  );
}

function store(copy: RecordedFlash, { flash }: BoardProfile, config: TerminalConfig): void {
  const { settingsPageA, settingsPageB, pagesPerSettings } = flash.plan;
  const content = new Uint8Array(CONFIG_BYTES);
  const lengthBytes = encodeTerminalConfig(config, content);
  const settings = createSettingsStore(copy, settingsPageA, settingsPageB, pagesPerSettings, crc32);
  const status = settings.store(settings.held().version + 1, content, lengthBytes);
  if (status === Status.Ok) return;
  throw new UserError(
    status === Status.TooLong
      ? "these rules are too long for this board's settings"
      : "this board's settings cannot be stored once more; install it anew: " +
          "board flash --erase (fetch its records first)",
  );
}

function eraseJournal(copy: RecordedFlash, { flash }: BoardProfile): void {
  const { journalPage, journalPageCount, pageSizeBytes } = flash.plan;
  for (let page = journalPage; page < journalPage + journalPageCount; page++) {
    const start = page * pageSizeBytes;
    const content = copy.image.subarray(start, start + pageSizeBytes);
    if (!content.every((byte) => byte === 0xff)) copy.erasePage(page);
  }
}

async function expectStored(
  pages: PadFlash,
  { flash }: BoardProfile,
  config: TerminalConfig,
): Promise<void> {
  const { plan } = flash;
  const image = new Uint8Array(plan.pageCount * plan.pageSizeBytes).fill(0xff);
  const settingsPages = 2 * plan.pagesPerSettings;
  const first = Math.min(plan.settingsPageA, plan.settingsPageB);
  image.set(await pages.readPages(first, settingsPages), first * plan.pageSizeBytes);
  const { config: stored } = heldConfig(pages.copyOf(image), plan);
  const [a, b] = [stored, config].map((each) => {
    const out = new Uint8Array(CONFIG_BYTES);
    return each === undefined ? out : out.subarray(0, encodeTerminalConfig(each, out));
  });
  if (Buffer.compare(a, b) !== 0) throw new UserError("the settings read back are not the same");
}

async function lock(
  board: BoardConsole,
  profile: BoardProfile,
  terminalId: number,
  codes: readonly string[],
): Promise<void> {
  const files = new StorageFiles(board, profile);
  await files.requireRoom([LOCK_BYTES], 'Install the pad anew with "board flash --erase".');
  await board.sendBinary(LOCK_FILE, lockContent(terminalId, codes), () => undefined);
}

async function setClock(board: BoardConsole, unixSeconds: () => number): Promise<number> {
  await board.execute(`setTime(${unixSeconds()})`);
  const errorSeconds = (await board.evaluate<number>("getTime()")) - unixSeconds();
  if (Math.abs(errorSeconds) > CLOCK_TOLERANCE_SECONDS) {
    throw new UserError(`the board's clock does not take the time: off by ${errorSeconds} s`);
  }
  return errorSeconds;
}
