/**
 * The files of a pad's Storage. One rule stands over all: Storage never gets so full that the
 * interpreter compacts it by itself, because a power cut in that erases everything.
 */
import { UserError } from "../../back-office/user-error";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import type { BoardConsole, Progress } from "./board-console";
import {
  BOOTS_BYTES,
  BOOTS_FILE,
  type BootState,
  codeFile,
  LOADER_FILE,
  loaderSource,
  readBoots,
  screensFile,
} from "./loader-source";

/** What is put on a pad. */
export interface PadVersion {
  /** The bundle as it lies in flash, one byte a letter. */
  code: string;
  /** Font and screens, one byte a letter. */
  screens: string;
}

interface StorageStats {
  totalBytes: number;
  freeBytes: number;
  trashBytes: number;
}

const HEADER_BYTES = 32;
/** Kept free: what cannot be is refused before it is begun. */
const RESERVE_BYTES = 2048;
const ERASE_ALL_MS = 120_000;
const STORAGE = 'require("Storage")';

export class StorageFiles {
  constructor(
    private readonly board: BoardConsole,
    private readonly profile: BoardProfile,
  ) {}

  async names(): Promise<string[]> {
    return this.board.evaluate<string[]>(`${STORAGE}.list()`);
  }

  async eraseAll(): Promise<void> {
    await this.board.evaluate(`${STORAGE}.eraseAll()`, ERASE_ALL_MS);
  }

  /** @throws UserError when the files would not fit without compaction. */
  async requireRoom(contents: readonly number[], advice: string): Promise<void> {
    const stats = await this.board.evaluate<StorageStats>(`${STORAGE}.getStats()`);
    const neededBytes = contents.reduce((sum, bytes) => sum + bytes + HEADER_BYTES + 4, 0);
    if (neededBytes + RESERVE_BYTES <= stats.freeBytes) return;
    throw new UserError(
      `the board's Storage is too full: ${neededBytes} bytes are needed and ${RESERVE_BYTES} ` +
        `have to stay free, ${stats.freeBytes} of ${stats.totalBytes} are free. ${advice}`,
    );
  }

  /** The file around raw pages, where the board has one: at the very beginning of Storage. */
  async makePagesFile(): Promise<void> {
    const file = this.profile.flash.storageFile;
    if (file === undefined || (await this.names()).includes(file.name)) return;
    const name = JSON.stringify(file.name);
    await this.board.evaluate(`${STORAGE}.write(${name},"\\xff",0,${file.sizeBytes})`);
    const address = await this.board.evaluate<number>(
      `E.getAddressOf(${STORAGE}.read(${name}),true)`,
    );
    const wanted = this.profile.storage.address + HEADER_BYTES;
    if (address === wanted) return;
    throw new UserError(
      `${file.name} lies at 0x${address.toString(16)}, not at the beginning of Storage; ` +
        "erase Storage first: add --erase",
    );
  }

  async installVersion(slot: string, version: PadVersion, onProgress: Progress): Promise<void> {
    const { code, screens } = version;
    const allBytes = code.length + screens.length;
    await this.board.sendBinary(screensFile(slot), screens, (done) => onProgress(done, allBytes));
    await this.board.sendBinary(codeFile(slot), code, (done) =>
      onProgress(screens.length + done, allBytes),
    );
  }

  /** Puts loader and its log there; the first version is on trial like any other. */
  async installLoader(slot: string): Promise<void> {
    const blank = "\xff".repeat(BOOTS_BYTES - 1);
    await this.board.sendBinary(BOOTS_FILE, slot + blank, () => undefined);
    await this.board.sendText(LOADER_FILE, loaderSource(this.profile), () => undefined);
  }

  /** Undefined where no pad is installed. */
  async boots(): Promise<BootState | undefined> {
    if (!(await this.names()).includes(BOOTS_FILE)) return undefined;
    return readBoots(await this.board.readFile(BOOTS_FILE));
  }

  /** Adds letters to the loader's log. */
  async noteBoots(letters: string, { end }: BootState): Promise<void> {
    if (end + letters.length > BOOTS_BYTES) {
      throw new UserError("the log of versions is full: put the pad in anew with board flash");
    }
    const words = `"${BOOTS_FILE}","${letters}",${end},${BOOTS_BYTES}`;
    await this.board.evaluate(`${STORAGE}.write(${words})`);
  }
}
