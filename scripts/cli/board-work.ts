/** What the commands of board-tools.ts do. */
import { createInterface } from "node:readline/promises";
import { readKeyFile, terminalConfigFor, terminalKeysOf } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { LANGUAGES, type Language, languagesOf, packAssets } from "../../host-sim/device-assets";
import { goBack, install, update } from "../board/install";
import { dumpImage } from "../board/journal-dump";
import { screensFile } from "../board/loader-source";
import { PadFlash } from "../board/pad-flash";
import { progressBar } from "../board/progress-bar";
import { provision } from "../board/provision";
import { type Person, selfTest } from "../board/self-test";
import { serviceCode, serviceCodes } from "../board/service-code";
import { type Session, type SessionOptions, withSession } from "../board/session";
import { type PadVersion, StorageFiles } from "../board/storage-files";
import { boardNamed } from "../build/build-board";
import { PROJECT_ROOT } from "../sim/club";
import { freshBundle } from "../sim/fresh-bundle";
import type {
  CodeOptions,
  FlashOptions,
  LogOptions,
  ProvisionCommandOptions,
  TestOptions,
  UpdateOptions,
} from "./board-tools";
import { integerIn, readBinary, readText, writeNewFile } from "./input";

const RESTARTS = "it restarts now";

export async function flash(options: FlashOptions): Promise<void> {
  await withSession(atPort(options), async (session) => {
    const { name } = session.profile;
    const version = await versionFor(name, options.language);
    const { erase: isErasing = false, force: isForced = false } = options;
    await install(session, version, { isErasing, isForced, onStage: progressBar });
    await session.board.restart();
    console.log(`${name}: bundle and screens are on it and read back the same; ${RESTARTS}`);
    console.log('next: "clubpad board test", then "clubpad board provision"');
  });
}

export async function provisionPad(options: ProvisionCommandOptions): Promise<void> {
  const aes = createPortableAes();
  const keys = readKeyFile(options.keys);
  const { bytes: rules } = compileRuleset(readText(options.rules), options.rules);
  const { terminal, issuer } = options;
  await withSession(atPort(options), async ({ board, profile }) => {
    const done = await provision(
      board,
      profile,
      (epoch) => terminalConfigFor(aes, keys, terminal, epoch, issuer, rules),
      {
        epoch: options.epoch === undefined ? undefined : integerIn(0, 255)(String(options.epoch)),
        codes: serviceCodes(aes, keys, terminal),
        unixSeconds: () => Date.now() / 1000,
        isForced: options.force === true,
        onStage: progressBar,
      },
    );
    await board.restart();
    const journal = done.isNewJournal ? `new journal, epoch ${done.epoch}` : "journal kept";
    const warning = keys.isSimulation ? "; simulated keys, never for real cards" : "";
    console.log(`terminal ${terminal} of club ${keys.clubId}: ${journal}${warning}`);
    console.log(`its clock is set; its console closes, because ${RESTARTS}`);
  });
}

export async function testPad(options: TestOptions): Promise<void> {
  const isAttended = options.person && process.stdin.isTTY === true;
  const input = isAttended
    ? createInterface({ input: process.stdin, output: process.stdout })
    : undefined;
  const person: Person | undefined = input && {
    say: (text) => console.log(text),
    ask: async (question) => /^y/i.test(await input.question(`${question} (y/n) `)),
  };
  try {
    await withSession(atPort(options), async (session) => {
      const { name } = session.profile;
      console.log(`${name}; its wiring: docs/pictures/wiring-${name}.svg`);
      const reports = await selfTest(session, person, ({ name: step, result, text }) => {
        console.log(`${result.padEnd(7)} ${step}: ${text}`);
      });
      const failed = reports.filter(({ result }) => result === "failed").length;
      const count = (result: string) => reports.filter((each) => each.result === result).length;
      console.log(`${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped`);
      if (failed > 0) process.exitCode = 1;
    });
  } finally {
    input?.close();
  }
}

export async function showLog(options: LogOptions): Promise<void> {
  if (options.image !== undefined) {
    const profile = boardNamed(options.board ?? "esp32");
    const image = readBinary(options.image);
    const { pageCount, pageSizeBytes } = profile.flash.plan;
    if (image.length !== pageCount * pageSizeBytes) {
      throw new UserError(
        `${options.image}: ${image.length} bytes are no image of ${profile.name}, which has ` +
          `${pageCount * pageSizeBytes}; another board is named with --board`,
      );
    }
    console.log(dumpImage(image, profile, { count: options.last, journalKey: keyFor(options) }));
    return;
  }
  await withSession(atPort(options), async ({ board, profile }) => {
    const pages = new PadFlash(board, profile.flash);
    const { pageCount } = profile.flash.plan;
    const image = await pages.readPages(0, pageCount, progressBar("reading flash"));
    if (options.save !== undefined) {
      writeNewFile(options.save, image, false);
      console.log(`${options.save}: image of the raw pages; it holds the pad's keys`);
    }
    console.log(dumpImage(image, profile, { count: options.last, journalKey: keyFor(options) }));
  });
}

export async function updatePad(options: UpdateOptions): Promise<void> {
  await withSession(atPort(options), async (session) => {
    if (options.back) {
      const slot = await goBack(session);
      await session.board.restart();
      console.log(`back to the version in slot ${slot}; ${RESTARTS}`);
      return;
    }
    const languages = options.language ?? (await languagesOn(session));
    const version = await versionFor(session.profile.name, languages);
    const { slot, unsentCount } = await update(session, version, progressBar);
    await session.board.restart();
    console.log(`slot ${slot} has the new version, read back the same; ${RESTARTS}`);
    console.log(`the journal is untouched: ${unsentCount} records not sent yet`);
    console.log("if it does not come to serve in three starts, the pad goes back by itself");
  });
}

export async function tellCode({ keys: file, terminal, service }: CodeOptions): Promise<void> {
  const keys = readKeyFile(file);
  console.log(serviceCode(createPortableAes(), keys, terminal, service));
}

async function versionFor(board: string, languages?: Language[]): Promise<PadVersion> {
  const { tokens } = await freshBundle(PROJECT_ROOT, board);
  return { code: tokens, screens: packAssets(...(languages ?? LANGUAGES)) };
}

/** An update speaks as the pad does; undefined where that cannot be read. */
async function languagesOn({ board, profile }: Session): Promise<Language[] | undefined> {
  const boots = await new StorageFiles(board, profile).boots();
  if (boots === undefined) return undefined;
  const found = languagesOf(await board.readFile(screensFile(boots.slot)));
  return found.length > 0 ? found : undefined;
}

function atPort<T extends SessionOptions>(options: T): T {
  if (options.port === undefined) throw new UserError("say where the board is with --port");
  return options;
}

/** Undefined: the one in the settings. */
function keyFor({ keys: file, terminal }: LogOptions): Uint8Array | undefined {
  if (file === undefined || terminal === undefined) return undefined;
  const keys = readKeyFile(file);
  return terminalKeysOf(createPortableAes(), keys, terminal, keys.keyEpoch).journalKey;
}
