/** Puts the bundle on a board for the first time, updates it, and goes back. */
import { UserError } from "../../back-office/user-error";
import type { BoardConsole, Progress } from "./board-console";
import { sha256 } from "./board-console";
import {
  BOOTS_BYTES,
  BOOTS_FILE,
  codeFile,
  LOADER_FILE,
  loaderSource,
  screensFile,
} from "./loader-source";
import { PadFlash } from "./pad-flash";
import { heldConfig, type JournalState, journalState } from "./pad-state";
import type { Session } from "./session";
import { type PadVersion, StorageFiles } from "./storage-files";

export interface InstallOptions {
  isErasing: boolean;
  isForced: boolean;
  onStage: (text: string) => Progress;
}

/** A file that would run instead of ours, or beside it. */
const OTHER_STARTERS = [".bootrst", ".varimg"];
const FIRST_SLOT = "a";

/** Everything but settings. What else lies in Storage stays there, unless it has to be erased. */
export async function install(
  session: Session,
  version: PadVersion,
  { isErasing, isForced, onStage }: InstallOptions,
): Promise<void> {
  const { board, profile } = session;
  const files = new StorageFiles(board, profile);
  const names = await files.names();
  if (names.includes(BOOTS_FILE) && !isErasing) {
    throw new UserError(
      'a pad is installed here already: "clubpad board update" brings it a new version; ' +
        "--erase installs it anew",
    );
  }
  if (isErasing) {
    if (profile.flash.storageFile !== undefined && !isForced) await requireNothingUnsent(session);
    onStage("erasing Storage")(0, 1);
    await files.eraseAll();
  } else {
    const other = names.find((name) => OTHER_STARTERS.includes(name));
    if (other !== undefined) {
      throw new UserError(`the board has a program of its own (${other}); --erase removes it`);
    }
  }
  const pagesBytes = profile.flash.storageFile?.sizeBytes ?? 0;
  const loaderBytes = loaderSource(profile).length;
  const sizes = [version.code.length, version.screens.length, BOOTS_BYTES, loaderBytes, pagesBytes];
  await files.requireRoom(sizes, "Erase what is there with --erase.");
  await files.makePagesFile();
  await requireFlash(board, profile.aes);
  await files.installVersion(FIRST_SLOT, version, onStage("writing bundle and screens"));
  await files.installLoader(FIRST_SLOT);
}

/** A fault of the interpreter's build that would only show in use. */
async function requireFlash(board: BoardConsole, aes: "native" | "portable"): Promise<void> {
  const modules = aes === "native" ? ["Flash", "crypto"] : ["Flash"];
  for (const name of modules) {
    const type = await board.evaluate<string>(`typeof require("${name}")`).catch(() => "");
    if (type === "object" || type === "function") continue;
    throw new UserError(`this build of Espruino has no module "${name}", which pads need`);
  }
}

/** Writes the other version and puts it on trial; the present one and the journal stay. */
export async function update(
  session: Session,
  version: PadVersion,
  onStage: InstallOptions["onStage"],
): Promise<{ slot: string; unsentCount: number }> {
  const { board, profile } = session;
  const files = new StorageFiles(board, profile);
  const boots = await files.boots();
  if (boots === undefined) {
    throw new UserError('no pad is installed here: "clubpad board flash" does that');
  }
  const present = await board.readFile(codeFile(boots.slot));
  if (sha256(present) === sha256(version.code)) {
    throw new UserError("the pad has this version already");
  }
  if (profile.storage.sizeBytes < 3 * version.code.length) {
    throw new UserError(
      `${profile.title} has no room for two versions. Fetch its records with "clubpad pull", ` +
        'then install it anew: "clubpad board flash --erase", "clubpad board provision"',
    );
  }
  const slot = boots.slot === "a" ? "b" : "a";
  const sizes = [version.code.length, version.screens.length];
  const advice = 'Fetch its records with "clubpad pull" and install it anew with board flash.';
  await files.requireRoom(sizes, advice);
  const before = await journalOf(session, onStage("reading the journal"));
  await files.installVersion(slot, version, onStage("writing bundle and screens"));
  const after = await journalOf(session, onStage("comparing the journal"));
  if (before.sha256 !== after.sha256) {
    throw new UserError("the journal has changed meanwhile; nothing was switched, try again");
  }
  await files.noteBoots(slot, boots);
  await refreshLoader(session, files);
  return { slot, unsentCount: before.state?.unsentCount ?? 0 };
}

/** Back to the version before, which has served. */
export async function goBack(session: Session): Promise<string> {
  const { board, profile } = session;
  const files = new StorageFiles(board, profile);
  const boots = await files.boots();
  const names = await files.names();
  const slot = boots?.before;
  if (boots === undefined || slot === undefined || !names.includes(codeFile(slot))) {
    throw new UserError("there is no version before this one on the pad");
  }
  if (!names.includes(screensFile(slot))) throw new UserError("its screens are not there any more");
  await files.noteBoots(`${slot}!`, boots);
  return slot;
}

/** A newer tool may have a newer loader; the old one is only replaced when the new one is there. */
async function refreshLoader({ board, profile }: Session, files: StorageFiles): Promise<void> {
  const wanted = loaderSource(profile);
  if ((await board.readFile(LOADER_FILE)) === wanted) return;
  await files.requireRoom([wanted.length], "The new version works with the old loader as well.");
  await board.sendText(LOADER_FILE, wanted, () => undefined);
}

async function requireNothingUnsent(session: Session): Promise<void> {
  const { state } = await journalOf(session, () => undefined);
  if (state === undefined || (state.isReadable && state.unsentCount === 0)) return;
  throw new UserError(
    `on this board Storage holds the journal, too, with ${state.unsentCount} records that the ` +
      'office does not have: fetch them with "clubpad pull", or throw them away with --force',
  );
}

interface HeldJournal {
  sha256: string;
  /** Undefined without settings. */
  state: JournalState | undefined;
}

export async function journalOf(
  { board, profile }: Session,
  onProgress: Progress,
): Promise<HeldJournal> {
  const { flash } = profile;
  const pages = new PadFlash(board, flash);
  const image = await pages.readPages(0, flash.plan.pageCount, onProgress);
  const journalBytes = image.subarray(flash.plan.journalPage * flash.plan.pageSizeBytes);
  const { config } = heldConfig(pages.copyOf(image.slice()), flash.plan);
  const key = config?.journalKey as Uint8Array | undefined;
  return {
    sha256: sha256(Buffer.from(journalBytes).toString("latin1")),
    state: key && journalState(pages.copyOf(image.slice()), flash.plan, key),
  };
}
