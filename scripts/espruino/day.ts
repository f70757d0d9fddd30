/**
 * A short day at a club, the same for whatever runs the firmware, and everything that came of it:
 * two runs of the same bundle must leave the same display, cards, flash, sounds and time.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { issueImage } from "../../back-office/issue-image";
import {
  type ClubKeys,
  createClubKeys,
  keysForPad,
  terminalConfigFor,
} from "../../back-office/keys";
import { PadLink } from "../../back-office/link";
import { compileRuleset } from "../../back-office/rules/compile";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { ESP32 } from "../../firmware/boards/board-profiles";
import type { TerminalConfig } from "../../firmware/core/terminal-config";
import { SimBoard } from "../../host-sim/board";
import { blankImage } from "../../host-sim/mfd";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { createNativeAes } from "../../host-sim/native-aes";
import { PadMachine, type TapOptions, type TapReport } from "../../host-sim/pad-machine";
import type { PadRuntime } from "../../host-sim/pad-runtime";
import { balanceBody, cancelBody, saleBody } from "../../pos-client/src/orders";
import { DayTill } from "./day-till";

/** All that can be compared after a step; bytes as hexadecimal digits. */
export interface Trace {
  step: string;
  screen: string[];
  display: string;
  cards: string[];
  flashSha256: string;
  sounds: string;
  lights: string;
  clockUs: number;
  /** What the office pulled, entry by entry. */
  pulled: string[];
  /** The pad's answers to the till. */
  told: string[];
  tap: TapReport | undefined;
}

const SEED = "espruino";
const RULES = "rulesets/first-shop.yaml";
/** 2026-11-18, in the morning in Tehran. */
const START_UNIX_SECONDS = 1_795_000_000;
const ISSUE_DAY = 2400;
const DAY_US = 86_400_000_000;
const UIDS = ["deadbeef", "04a1b2c3"];
const CLUB_ID = 7;
const KEY_EPOCH = 1;
const TERMINAL_ID = 1;
const TILL_RIAL = 4_500_000;

export class Day {
  readonly board: SimBoard;
  readonly traces: Trace[] = [];
  private readonly aes = createNativeAes();
  private readonly keys: ClubKeys = createClubKeys(CLUB_ID, KEY_EPOCH, SEED);
  private readonly pad: PadMachine;
  private readonly cards: MifareClassicCard[];
  private pulled: string[] = [];
  private told: string[] = [];

  /** `onStep` hears of every step before the next. */
  constructor(
    createRuntime: (board: SimBoard) => PadRuntime,
    private readonly onStep: (trace: Trace) => void = () => undefined,
    private readonly profile: BoardProfile = ESP32,
  ) {
    const { pageSizeBytes, pageCount } = profile.flash.plan;
    this.board = new SimBoard({
      ...{ seed: SEED, pageSizeBytes, pageCount, startUnixSeconds: START_UNIX_SECONDS },
      readerChip: profile.reader,
    });
    this.pad = new PadMachine(this.board, createRuntime(this.board));
    this.cards = UIDS.map((uid, index) => this.newCard(Buffer.from(uid, "hex"), index + 1));
  }

  async play(): Promise<Trace[]> {
    this.boot();
    this.tap("enrol", "C09121234567#", 0, "done");
    this.tap("enrol another", "C#", 1, "done");
    this.tap("sale", "#300000#", 0, "done");
    this.tap("balance", "#B", 0, "done");
    this.wait("next day", DAY_US);
    this.tap("redeem", "100000A10000#", 0, "done");
    this.tap("more than there is", "#100000A90000#", 0, "refused");
    this.tap("redeem what there is", "#", 0, "done");
    this.tap("pulled in the middle", "#50000#", 0, "unfinished", { pullAtExchange: 40 });
    this.tap("another card instead", "", 1, "unfinished");
    this.tap("presented again", "", 0, "done");
    this.tap("power fails on the air", "#70000#", 1, "powerCut", { cutAtExchange: 50 });
    this.restart();
    this.tap("again after the power cut", "", 1, "done");
    this.tap("power fails in flash", "#80000#", 0, "powerCut", { cutAtFlashWord: 30 });
    this.restart();
    this.tap("again after the torn word", "", 0, "done");
    await this.sync();
    if (this.profile.buses.till !== undefined) this.sellFromTill();
    this.tap("balance at last", "#B", 0, "done");
    this.tap("balance of the other", "#B", 1, "done");
    return this.traces;
  }

  /** Provisions the pad and lets it come to its first screen. */
  boot(): void {
    this.pad.provision(this.config(), this.profile.flash.plan);
    this.pad.powerOn();
    this.note("boot", undefined);
  }

  private config(): TerminalConfig {
    const rules = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
    return terminalConfigFor(this.aes, this.keys, TERMINAL_ID, 1, 1, rules);
  }

  private tap(
    step: string,
    keys: string,
    card: number,
    result: TapReport["result"],
    options: TapOptions = {},
  ): void {
    this.pad.press(keys);
    this.note(`${step}: keys`, undefined);
    const tap = this.pad.tap(this.cards[card], options);
    this.note(step, tap);
    if (tap.result === result) return;
    throw new Error(`${step}: ${tap.result}, not ${result}:\n${this.pad.screen().join("\n")}`);
  }

  private restart(): void {
    this.pad.powerOn();
    this.note("power is back", undefined);
  }

  private wait(step: string, durationUs: number): void {
    this.board.clock.advance(durationUs);
    this.pad.runMs(1000);
    this.note(step, undefined);
  }

  /** The office fetches everything and acknowledges it. */
  private async sync(): Promise<void> {
    const { board } = this;
    let deliver: (data: Uint8Array) => void = () => undefined;
    const link = new PadLink(
      {
        write: (data) => board.office.send(data),
        onData: (callback) => {
          deliver = callback;
        },
      },
      {
        aes: this.aes,
        keysOf: (pad) => keysForPad(this.aes, this.keys, pad),
        timer: (durationMs, callback) => board.clock.after(durationMs * 1000, callback),
        firstRequest: 1,
      },
    );
    let isOver = false;
    const pulling = link
      .pullBatches((batch) => {
        this.pulled.push(JSON.stringify(batch, bytesAsHex));
      })
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      this.pad.runMs(5);
      const sent = board.office.takeSent();
      if (sent.length > 0) deliver(sent);
      await new Promise(setImmediate);
    }
    await pulling;
    this.note("sync", undefined);
  }

  /** A till asks before the card, after it, and once more when the pad has forgotten the result. */
  private sellFromTill(): void {
    const till = new DayTill(this.pad, this.config());
    const body = saleBody({ totalRial: TILL_RIAL });
    const ask = (request: number, what: Uint8Array) => this.told.push(hex(till.ask(request, what)));
    till.greet();
    ask(1, body);
    this.note("the till asks", undefined);
    this.tap("sale from the till", "", 0, "done");
    ask(1, body);
    this.note("the till hears", undefined);
    this.pad.press("*");
    ask(1, body);
    ask(2, balanceBody());
    ask(2, cancelBody());
    this.note("the till asks again and cancels", undefined);
  }

  private note(step: string, tap: TapReport | undefined): void {
    const { board } = this;
    const trace = {
      step,
      screen: this.pad.screen(),
      display: hex(board.display.memory),
      cards: this.cards.map(({ image }) => hex(image)),
      flashSha256: createHash("sha256").update(board.flash.saveImage()).digest("hex"),
      sounds: JSON.stringify(board.buzzer.heard),
      lights: JSON.stringify(board.light.changes),
      clockUs: board.clock.nowUs,
      pulled: this.pulled,
      told: this.told,
      tap,
    };
    this.pulled = [];
    this.told = [];
    this.traces.push(trace);
    this.onStep(trace);
  }

  private newCard(uid: Uint8Array, member: number): MifareClassicCard {
    const { clock, rng } = this.board;
    const { image } = issueImage(this.aes, this.keys, blankImage(uid), uid, {
      ...{ member, serial: member, cardNumber: 0, name: `Member ${member}` },
      ...{ birth: undefined, issueDay: ISSUE_DAY },
    });
    return new MifareClassicCard({ clock, rng: rng.fork(`card ${member}`), image });
  }
}

/** The first step after which two days are not the same; undefined when there is none. */
export function firstDifference(expected: Trace[], actual: Trace[]): string | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [one, other] = [expected[i], actual[i]];
    if (one === undefined || other === undefined) return `${(one ?? other).step}: only in one day`;
    for (const key of Object.keys(one) as (keyof Trace)[]) {
      const texts = [one, other].map((trace) => JSON.stringify(trace[key]));
      if (texts[0] !== texts[1]) return `${one.step}: ${key} differs\n${texts.join("\n")}`;
    }
  }
  return undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function bytesAsHex(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? hex(value) : value;
}
