/** A shop whose cards go to other programs between two visits: a pad, keys, members' cards. */
import { readFileSync } from "node:fs";
import { issueImage } from "../../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { SimBoard } from "../../host-sim/board";
import { packAssets } from "../../host-sim/device-assets";
import { blankImage } from "../../host-sim/mfd";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { createNativeAes } from "../../host-sim/native-aes";
import { NativeRuntime } from "../../host-sim/native-runtime";
import { PadMachine, type TapResult } from "../../host-sim/pad-machine";

const SEED = "peers";
const RULES = "rulesets/first-shop.yaml";
/** 2026-11-18, in the morning in Tehran. */
const START_UNIX_SECONDS = 1_795_000_000;
const ISSUE_DAY = 2400;
const CLUB_ID = 7;
const KEY_EPOCH = 1;
const TERMINAL_ID = 1;

export interface Visit {
  result: TapResult;
  /** What the pad shows, line by line. */
  screen: string;
  /** What the card holds afterwards. */
  image: Uint8Array;
}

export class PeerClub {
  private readonly aes = createNativeAes();
  private readonly keys = createClubKeys(CLUB_ID, KEY_EPOCH, SEED);
  private readonly pad: PadMachine;

  constructor() {
    const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
    const startUnixSeconds = START_UNIX_SECONDS;
    const board = new SimBoard({ seed: SEED, pageSizeBytes, pageCount, startUnixSeconds });
    const runtime = new NativeRuntime(board, PLAN_16_PAGES, packAssets("en"));
    this.pad = new PadMachine(board, runtime);
    const rules = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
    const config = terminalConfigFor(this.aes, this.keys, TERMINAL_ID, 1, 1, rules);
    this.pad.provision(config, PLAN_16_PAGES);
    this.pad.powerOn();
  }

  /** A new member's card as the desk issues it. */
  issue(uid: Uint8Array, member: number): Uint8Array {
    const card = { member, serial: member, cardNumber: 0, name: "Sara Ahmadi", birth: undefined };
    const { image } = issueImage(this.aes, this.keys, blankImage(uid), uid, {
      ...{ ...card, issueDay: ISSUE_DAY },
    });
    return image;
  }

  /** The keys are pressed, then a card with this content is put on. */
  visit(keys: string, image: Uint8Array, isMagicGen1a = false): Visit {
    const { clock, rng } = this.pad.board;
    const content = image.slice();
    const card = { clock, rng: rng.fork("card"), image: content, isMagicGen1a };
    this.pad.press(keys);
    const { result } = this.pad.tap(new MifareClassicCard(card));
    const screen = this.pad.screen().join("\n");
    // Back to the amount, whatever it came to.
    this.pad.press("*****");
    return { result, screen, image: content };
  }
}
