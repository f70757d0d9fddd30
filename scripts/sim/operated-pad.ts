/**
 * A club for one pad and one pair of hands: two members' cards, a blank and a foreign one, kept
 * with the pad's flash in a folder, so that one may stop and go on another day.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inspectCard } from "../../back-office/card-inspection";
import { writeKeyFile } from "../../back-office/keys";
import { createPortableAes } from "../../card-layout/aes128";
import { IssueKind } from "../../firmware/desk/issue-session";
import { openPty } from "../../host-sim/pty";
import type { Scenario, ScenarioCard } from "../../host-sim/scenario";
import { SerialWire } from "../../host-sim/serial-wire";
import { createSimClub, newClubCard, PROJECT_ROOT, type SimClub, saveCards } from "./club";
import { freshBundle } from "./fresh-bundle";

export interface OperatedPad {
  club: SimClub;
  /** Path of a serial port that `clubpad pull` can open; undefined where there are none. */
  port: string | undefined;
  keysPath: string;
  /** Writes cards and flash, and closes the port. */
  close(): void;
}

const BOARD = "esp32";
const BAUD_RATE = 115_200;
const RULESET = path.join(PROJECT_ROOT, "rulesets", "first-shop.yaml");
const DAY_SECONDS = 86400;
const UNIX_DAY_OF_2020 = 18262;
const UTC_OFFSET_MINUTES = 210;
const NEW = { fullName: "", uid: undefined };
const CARDS: ScenarioCard[] = [
  { ...NEW, name: "sara", kind: "member", member: 1, serial: 1, fullName: "Sara Ahmadi" },
  { ...NEW, name: "reza", kind: "member", member: 2, serial: 2, fullName: "Reza Karimi" },
  { ...NEW, name: "blank", kind: "blank", member: 0, serial: 0 },
  { ...NEW, name: "foreign", kind: "foreign", member: 0, serial: 0 },
];

export async function openOperatedPad(
  folder: string,
  seed: string,
  unixSeconds: number,
): Promise<OperatedPad> {
  const { code } = await freshBundle(PROJECT_ROOT, BOARD);
  mkdirSync(folder, { recursive: true });
  const scenario = scenarioOf(unixSeconds);
  const keysPath = path.join(folder, `seed-${seed}.keys.yaml`);
  const flashPath = path.join(folder, `seed-${seed}.flash`);
  const club = createSimClub(scenario, {
    seed,
    bundle: code,
    keysPath,
    cardsFolder: folder,
    terminalEpoch: 0,
    flashImage: existsSync(flashPath) ? new Uint8Array(readFileSync(flashPath)) : undefined,
  });
  if (!existsSync(keysPath)) writeKeyFile(keysPath, club.keys, false);
  issueBlankMembers(club, scenario);
  club.machine.powerOn();
  const line = await openLine(club, path.join(folder, "pad.tty"));
  const close = () => {
    line?.close();
    saveCards(club, folder);
    writeFileSync(flashPath, club.machine.board.flash.saveImage());
  };
  return { club, port: line?.path, keysPath, close };
}

/** A day like any other that begins now. */
function scenarioOf(unixSeconds: number): Scenario {
  const localSeconds = unixSeconds + UTC_OFFSET_MINUTES * 60;
  return {
    title: "",
    fileName: "",
    startDay: Math.floor(localSeconds / DAY_SECONDS) - UNIX_DAY_OF_2020,
    startMinute: Math.floor((localSeconds % DAY_SECONDS) / 60),
    terminal: 1,
    issuer: 1,
    rulesetPath: RULESET,
    cards: CARDS,
    steps: [],
  };
}

function issueBlankMembers(club: SimClub, { startDay }: Scenario): void {
  const aes = createPortableAes();
  for (const entry of CARDS) {
    const card = club.cards.get(entry.name)!;
    const isBlank = inspectCard(aes, club.keys, card.image, card.uid).verdict === "blank";
    if (entry.kind !== "member" || !isBlank) continue;
    const { kind } = club.desk.issue(
      card,
      (uid) => newClubCard(club.keys, entry, startDay, card.image, uid).image,
    );
    if (kind !== IssueKind.Issued) throw new Error(`${entry.name} could not be issued (${kind})`);
  }
}

/** Undefined where the system has no pseudo-terminals: the pad works without. */
async function openLine(club: SimClub, link: string) {
  const wire = new SerialWire(club.machine, club.machine.board.office, BAUD_RATE);
  const pty = await openPty({ link }).catch(() => undefined);
  pty?.onData((bytes) => {
    const answer = wire.receive(bytes);
    if (answer.length > 0) void pty.write(answer);
  });
  return pty;
}
