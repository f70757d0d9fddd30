/** The club of a search: two or more pads, one genuine card with credit, and its first face. */
import { readFileSync } from "node:fs";
import { issueImage } from "../../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { slotOfCounter } from "../../card-layout/geometry";
import { requestOf, TapOutcome } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { blankImage } from "../../host-sim/mfd";
import { QuickCard } from "../../host-sim/quick/quick-card";
import { QuickPad } from "../../host-sim/quick/quick-pad";
import { createTableAes } from "../../host-sim/quick/table-aes";
import { Rng } from "../../host-sim/rng";
import { Contents } from "./contents";
import { type CardFace, counterIn, PadStates } from "./pad-states";

const START_UNIX_SECONDS = 1_795_000_000;
const DAY_SECONDS = 86_400;
const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const RULES = new URL("../../rulesets/first-shop.yaml", import.meta.url);
/** What a first sale of ten times as much gives, spendable from the next day on. */
const CREDIT_RIAL = 300_000;

export interface SearchWorld {
  readonly states: PadStates;
  readonly face: CardFace;
}

export function makeSearchWorld(padCount: number): SearchWorld {
  const aes = createTableAes();
  const keys = createClubKeys(7, 1, "attack search");
  const ruleset = compileRuleset(readFileSync(RULES, "utf8"), "first-shop.yaml").bytes;
  const makePad = (terminal: number, startUnixSeconds: number) => {
    const config = terminalConfigFor(aes, keys, terminal, 1, 1, ruleset);
    return new QuickPad({ config, seed: terminal, startUnixSeconds });
  };
  const card = { member: 100001, serial: 100001, cardNumber: 0, name: "Sara" };
  const issued = issueImage(aes, keys, blankImage(UID), UID, {
    ...card,
    birth: undefined,
    issueDay: 2000,
  });
  const image = Uint8Array.from(issued.image);
  const yesterday = makePad(padCount + 1, START_UNIX_SECONDS - DAY_SECONDS);
  serve(yesterday, image, TapKind.Enrol, 0);
  serve(yesterday, image, TapKind.Sale, 10 * CREDIT_RIAL);
  const contents = new Contents(aes, keys, UID);
  const counter = counterIn(image, 12);
  const content = contents.inSlot(image, slotOfCounter(counter), counter);
  const pads = Array.from({ length: padCount }, (_, i) => makePad(i + 1, START_UNIX_SECONDS));
  const states = new PadStates(pads, image, contents, CREDIT_RIAL);
  return { states, face: { first: counter, second: counter, content } };
}

function serve(pad: QuickPad, image: Uint8Array, kind: TapKind, grossRial: number): void {
  pad.powerOn();
  pad.begin(requestOf(kind, grossRial, 0));
  const outcome = pad.present(new QuickCard({ clock: pad.clock, rng: new Rng(1), image }));
  if (outcome !== TapOutcome.Done) throw new Error(`the card cannot be prepared (${outcome})`);
}
