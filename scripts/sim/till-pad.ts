/** A simulated pad behind the port of a till: the device bundle, and a member with a card. */

import { tillKeyOf } from "../../back-office/keys";
import { createPortableAes } from "../../card-layout/aes128";
import { IssueKind } from "../../firmware/desk/issue-session";
import { openPty } from "../../host-sim/pty";
import type { Scenario, ScenarioCard } from "../../host-sim/scenario";
import { SerialWire } from "../../host-sim/serial-wire";
import { createSimClub, newClubCard, PROJECT_ROOT, type SimClub } from "./club";
import { freshBundle } from "./fresh-bundle";

export interface TillPad {
  /** What a till opens as its serial port. */
  port: string;
  key: Uint8Array;
  terminal: number;
  unitRial: number;
  unitName: string;
  /** The member puts the card on the pad and takes it off again. */
  tap(): void;
  cutPower(): void;
  screen(): string[];
  close(): void;
}

const BOARD = "esp32";
const BAUD_RATE = 115_200;
const TERMINAL = 1;
const START_DAY = 2100;
const SARA: ScenarioCard = {
  name: "sara",
  kind: "member",
  member: 1,
  serial: 1,
  fullName: "Sara Ahmadi",
  uid: undefined,
};

/** @throws where the system has no pseudo-terminals */
export async function openTillPad(seed: string, link: string): Promise<TillPad> {
  const { code } = await freshBundle(PROJECT_ROOT, BOARD);
  const scenario: Scenario = {
    title: "",
    fileName: "",
    startDay: START_DAY,
    startMinute: 600,
    terminal: TERMINAL,
    issuer: 1,
    rulesetPath: `${PROJECT_ROOT}/rulesets/first-shop.yaml`,
    cards: [SARA],
    steps: [],
  };
  const folders = { keysPath: undefined, cardsFolder: undefined };
  const club = createSimClub(scenario, { seed, bundle: code, ...folders, terminalEpoch: 0 });
  const { machine } = club;
  machine.powerOn();
  const tap = () => {
    machine.tap(club.cards.get(SARA.name)!);
  };
  joinClub(club);
  const wire = new SerialWire(machine, machine.board.till, BAUD_RATE);
  const pty = await openPty({ link });
  pty.onData((bytes) => {
    const answer = wire.receive(bytes);
    if (answer.length > 0) void pty.write(answer);
  });
  return {
    port: pty.path,
    key: tillKeyOf(createPortableAes(), club.keys, TERMINAL),
    terminal: TERMINAL,
    unitRial: club.unitRial,
    unitName: club.unitName,
    tap,
    cutPower: () => {
      machine.cutPower();
      machine.powerOn();
    },
    screen: () => machine.screen(),
    close: () => pty.close(),
  };
}

function joinClub({ keys, machine, desk, cards }: SimClub): void {
  const card = cards.get(SARA.name)!;
  const { kind } = desk.issue(
    card,
    (uid) => newClubCard(keys, SARA, START_DAY, card.image, uid).image,
  );
  if (kind !== IssueKind.Issued) throw new Error(`the card could not be issued (${kind})`);
  machine.press("C#");
  machine.tap(card);
  machine.press("*");
}
