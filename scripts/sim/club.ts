/**
 * A simulated club: keys, ruleset, a provisioned pad, the issuing desk, and cards as files. What
 * goes on in it is up to a scenario or to whoever sits at the keyboard.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type IssuedImage, issueImage } from "../../back-office/issue-image";
import {
  type ClubKeys,
  createClubKeys,
  readKeyFile,
  terminalConfigFor,
} from "../../back-office/keys";
import { type CompiledRuleset, compileRuleset } from "../../back-office/rules/compile";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import { getUint } from "../../card-layout/bytes";
import { CardKind } from "../../card-layout/identity";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { Header } from "../../firmware/core/ruleset-format";
import { SimBoard } from "../../host-sim/board";
import { SimDesk } from "../../host-sim/desk";
import { blankImage, writeMfd } from "../../host-sim/mfd";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { PadMachine } from "../../host-sim/pad-machine";
import type { Rng } from "../../host-sim/rng";
import type { Scenario, ScenarioCard } from "../../host-sim/scenario";
import { readCardImage, readText } from "../cli/input";

export interface ClubOptions {
  seed: string;
  bundle: string;
  /** Existing key file, or where the simulation's keys are written; undefined: nowhere. */
  keysPath: string | undefined;
  /** Images of the same name there are the cards; undefined: all cards come new from the box. */
  cardsFolder: string | undefined;
  terminalEpoch: number;
  /** The pad's flash as it was left; undefined: a new pad. */
  flashImage?: Uint8Array;
}

export interface SimClub {
  keys: ClubKeys;
  ruleset: CompiledRuleset;
  machine: PadMachine;
  desk: SimDesk;
  cards: Map<string, MifareClassicCard>;
  /** Rials in one unit of what is typed at the pad, and what people call the unit. */
  unitRial: number;
  unitName: string;
}

const KEY_EPOCH = 0;
const UNIX_DAY_OF_2020 = 18262;
const DAY_SECONDS = 86400;
const MINUTE_SECONDS = 60;
/** A fixed first byte: 08h would mean a random UID, 88h a longer one (ISO/IEC 14443-3, 6.5.4). */
const UID_FIRST_BYTE = 0x04;
const UNIT_NAMES: Record<number, string> = {
  1: "rial",
  10: "toman",
  100: "hundredths of a new rial",
};
const TRAILER_EVERY_BYTES = 64;
const TRAILER_OFFSET = 48;
const KEY_BYTES = 6;

export function createSimClub(scenario: Scenario, options: ClubOptions): SimClub {
  const aes = createPortableAes();
  const { rulesetPath } = scenario;
  const ruleset = compileRuleset(readText(rulesetPath), path.relative("", rulesetPath));
  const keys = keysOf(options, ruleset.club);
  const parts = 10 ** ruleset.bytes[Header.DisplayDecimals];
  const unitRial = getUint(ruleset.bytes, Header.DisplayDivisor, 2) / parts;
  const board = new SimBoard({
    seed: options.seed,
    pageSizeBytes: PLAN_16_PAGES.pageSizeBytes,
    pageCount: PLAN_16_PAGES.pageCount,
    startUnixSeconds: startOf(scenario, getUint(ruleset.bytes, Header.OffsetMinutes, 2)),
  });
  if (options.flashImage !== undefined) board.flash.loadImage(options.flashImage);
  const machine = new PadMachine(board, options.bundle);
  const { terminal, issuer } = scenario;
  machine.provision(
    terminalConfigFor(aes, keys, terminal, options.terminalEpoch, issuer, ruleset.bytes),
    PLAN_16_PAGES,
  );
  board.flash.resetStatistics();
  const rng = board.rng.fork("cards");
  const cards = new Map<string, MifareClassicCard>();
  for (const entry of scenario.cards) {
    const { image, uid } = imageOf(entry, rng.fork(entry.name), options.cardsFolder);
    const uidLengthBytes = uid.length === 7 ? 7 : 4;
    const chance = rng.fork(`${entry.name} chip`);
    const { clock } = board;
    cards.set(entry.name, new MifareClassicCard({ clock, rng: chance, image, uidLengthBytes }));
  }
  const desk = new SimDesk(board.clock, board.rng.fork("desk"));
  const unitName = UNIT_NAMES[unitRial] ?? `x ${unitRial} rial`;
  return { keys, ruleset, machine, desk, cards, unitRial, unitName };
}

/** Writes every card as `<name>.mfd`. */
export function saveCards(club: SimClub, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, card] of club.cards) {
    writeFileSync(imagePath(folder, name), writeMfd(card.image));
  }
}

/** The content of a club's new card; serial and member number are the same here. */
export function newClubCard(
  keys: ClubKeys,
  { kind, member, serial, fullName }: ScenarioCard,
  issueDay: number,
  blank: Uint8Array,
  uid: Uint8Array,
): IssuedImage {
  const fields = { member, serial, cardNumber: 0, name: fullName, birth: undefined, issueDay };
  const cardKind = kind === "gift" ? CardKind.Gift : CardKind.Member;
  return issueImage(createPortableAes(), keys, blank, uid, { ...fields, kind: cardKind });
}

function keysOf({ keysPath, seed }: ClubOptions, clubId: number): ClubKeys {
  if (keysPath === undefined || !existsSync(keysPath)) {
    return createClubKeys(clubId, KEY_EPOCH, `simulation ${seed}`);
  }
  const keys = readKeyFile(keysPath);
  if (keys.clubId === clubId) return keys;
  throw new UserError(`${keysPath} is of club ${keys.clubId}, the ruleset of club ${clubId}`);
}

function startOf({ startDay, startMinute }: Scenario, offsetMinutes: number): number {
  const minutes = startMinute - offsetMinutes;
  return (UNIX_DAY_OF_2020 + startDay) * DAY_SECONDS + minutes * MINUTE_SECONDS;
}

function imageOf(entry: ScenarioCard, rng: Rng, folder: string | undefined) {
  const uid = entry.uid ?? Uint8Array.of(UID_FIRST_BYTE, ...rng.bytes(3));
  const file = folder === undefined ? undefined : imagePath(folder, entry.name);
  if (file !== undefined && existsSync(file)) {
    const given = readCardImage(file);
    if (entry.uid === undefined || Buffer.compare(entry.uid, given.uid) === 0) return given;
    const hex = Buffer.from(given.uid).toString("hex");
    throw new UserError(`${file} is of chip ${hex}, another one than in the scenario`);
  }
  const image = blankImage(uid);
  if (entry.kind === "foreign") fillForeign(image, rng);
  return { image, uid };
}

/** Somebody else's card: keys and content that nobody here knows. */
function fillForeign(image: Uint8Array, rng: Rng): void {
  for (let sector = 0; sector < image.length; sector += TRAILER_EVERY_BYTES) {
    const trailer = sector + TRAILER_OFFSET;
    image.set(rng.bytes(KEY_BYTES), trailer);
    image.set(rng.bytes(KEY_BYTES), trailer + TRAILER_EVERY_BYTES - TRAILER_OFFSET - KEY_BYTES);
    if (sector > 0) image.set(rng.bytes(TRAILER_OFFSET), sector);
  }
}

function imagePath(folder: string, name: string): string {
  return path.join(folder, `${name}.mfd`);
}

/** The project's folder, wherever the command is called from. */
export const PROJECT_ROOT = new URL("../..", import.meta.url).pathname;
