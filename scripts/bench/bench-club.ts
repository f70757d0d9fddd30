/**
 * A club for measuring: one simulated pad that runs the real bundle with the first shop's rules,
 * and cards as the desk issues them. Everything but the wall clock is the same at every run.
 */
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
import { createPortableAes } from "../../card-layout/aes128";
import { ESP32 } from "../../firmware/boards/board-profiles";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { SimBoard } from "../../host-sim/board";
import type { VirtualClock } from "../../host-sim/clock";
import { ContextEngine } from "../../host-sim/context-engine";
import { packAssets } from "../../host-sim/device-assets";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { blankImage } from "../../host-sim/mfd";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { PadMachine } from "../../host-sim/pad-machine";
import { type AirReport, ExchangeLog } from "./exchange-log";

export interface MeasuredTap {
  air: AirReport;
  /** From the card's arrival to the sound, virtual milliseconds. */
  durationMs: number;
  spiFrames: number;
  spiBytes: number;
  flashBytes: number;
}

export interface SyncBytes {
  fromPad: number;
  toPad: number;
}

const RULESET_FILE = "rulesets/first-shop.yaml";
/** 2026-09-21. */
const START_UNIX_SECONDS = 1_790_000_000;
const ISSUE_DAY = 2400;
const DAY_US = 86_400_000_000;
const CLUB_ID = 1;
const TERMINAL_ID = 1;
const ISSUER = 1;
/** Four or five keys a second. */
const KEY_DOWN_MS = 100;
const KEY_UP_MS = 120;
/** However slow the pad is. */
const REST_MS = 2000;
/** Cards come to the pad at different moments of its poll. */
const ARRIVAL_SHIFT_MS = 7;

export class BenchClub {
  readonly board: SimBoard;
  private readonly aes = createPortableAes();
  private readonly keys: ClubKeys = createClubKeys(CLUB_ID, 0, "bench");
  private readonly pad: PadMachine;
  private readonly log: ExchangeLog;
  private cardCount = 0;
  private tapCount = 0;

  /** `more`: globals of the bundle that the interpreter has not. */
  constructor(
    bundle: string,
    more: (clock: VirtualClock) => Record<string, unknown> = () => ({}),
    profile = ESP32,
  ) {
    this.board = new SimBoard({
      seed: "bench",
      pageSizeBytes: PLAN_16_PAGES.pageSizeBytes,
      pageCount: PLAN_16_PAGES.pageCount,
      startUnixSeconds: START_UNIX_SECONDS,
      readerChip: profile.reader,
    });
    const assets = { "clubpad.screens": packAssets("en", "fa") };
    const engine = new ContextEngine(bundle, assets, more(this.board.clock));
    this.pad = new PadMachine(this.board, new EspruinoRuntime(this.board, engine, profile));
    this.log = new ExchangeLog(this.board.field, this.board.clock);
    const rules = compileRuleset(readFileSync(RULESET_FILE, "utf8"), RULESET_FILE);
    const ids = [TERMINAL_ID, 0, ISSUER] as const;
    this.pad.provision(terminalConfigFor(this.aes, this.keys, ...ids, rules.bytes), PLAN_16_PAGES);
    this.pad.powerOn();
  }

  newCard(): MifareClassicCard {
    const number = ++this.cardCount;
    const uid = Uint8Array.of(0x04, 0xa1, 0xb2, number);
    const { image } = issueImage(this.aes, this.keys, blankImage(uid), uid, {
      ...{ member: number, serial: number, cardNumber: 0, name: "Sara Ahmadi" },
      ...{ birth: undefined, issueDay: ISSUE_DAY },
    });
    return new MifareClassicCard({ clock: this.board.clock, rng: this.board.rng, image });
  }

  /** Types `keys` at a cashier's pace and lets the pad come to rest; what is on its display. */
  type(keys: string): string[] {
    this.pad.press(keys, KEY_DOWN_MS, KEY_UP_MS);
    this.pad.runMs(REST_MS);
    return this.pad.screen();
  }

  /** Types `keys`, then taps; throws unless the pad is done. */
  tap(keys: string, card: MifareClassicCard): MeasuredTap {
    const { flash, buzzer } = this.board;
    this.pad.press(keys);
    this.pad.runMs((this.tapCount++ * ARRIVAL_SHIFT_MS) % 40);
    const wordsBefore = flash.statistics.programmedWords;
    buzzer.heard.length = 0;
    this.log.clear();
    const report = this.pad.tap(card);
    if (report.result !== "done") {
      throw new Error(`${keys}: the tap is ${report.result}:\n${this.pad.screen().join("\n")}`);
    }
    return {
      air: this.log.report(),
      durationMs: report.durationMs,
      spiFrames: report.spiFrames,
      spiBytes: report.spiBytes,
      flashBytes: (flash.statistics.programmedWords - wordsBefore) * 4,
    };
  }

  /** Credit of today is usable tomorrow. */
  passOneDay(): void {
    this.board.clock.advance(DAY_US);
    this.pad.runMs(1000);
  }

  /** The back office fetches everything over the serial line and acknowledges it. */
  async sync(): Promise<SyncBytes> {
    const { board } = this;
    const bytes = { fromPad: 0, toPad: 0 };
    let deliver: (data: Uint8Array) => void = () => undefined;
    const write = (data: Uint8Array) => {
      bytes.toPad += data.length;
      board.office.send(data);
    };
    const onData = (callback: typeof deliver) => {
      deliver = callback;
    };
    const link = new PadLink(
      { write, onData },
      {
        aes: this.aes,
        keysOf: (pad) => keysForPad(this.aes, this.keys, pad),
        timer: (durationMs, callback) => board.clock.after(durationMs * 1000, callback),
        firstRequest: 1,
      },
    );
    let isOver = false;
    const pulling = link
      .pullBatches(() => undefined)
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      this.pad.runMs(5);
      const sent = board.office.takeSent();
      bytes.fromPad += sent.length;
      if (sent.length > 0) deliver(sent);
      await new Promise(setImmediate);
    }
    await pulling;
    return bytes;
  }
}
