/**
 * The quick world: the production firmware's core (tap, card session, intents, journal) in front of
 * a card and a flash that behave as the full simulation's do, at about a thousandth of a second a
 * tap. For searches over millions of taps; `native-runtime.ts` and `espruino-runtime.ts` run the
 * whole pad.
 *
 * The same code as everywhere: everything in `firmware/`, the card's memory with its access
 * conditions and value blocks, EEPROM and NOR flash with their tears, the clock.
 *
 * Left out, so not searched here:
 * - the MFRC522 and its driver, Crypto1, frames, parity, CRC and collisions: an exchange succeeds,
 *   or is disturbed in one of the ways of `faults.ts`, with the status the driver gives;
 * - time on the air to the microsecond: an exchange takes about as long as a real one. A card that
 *   leaves does so before or after an exchange, or at a tear of an EEPROM write;
 * - several cards in the field at once;
 * - display, keys, sounds and the serial line: a tap is asked for as the keys would ask for it.
 */

import { Status } from "../../card-layout/status";
import type { CardOrders } from "../../firmware/app/card-orders";
import type { TapRequest } from "../../firmware/app/tap-request";
import { TapOutcome } from "../../firmware/app/tap-request";
import type { FlashPlan } from "../../firmware/boards/flash-plan";
import {
  type BoardParts,
  createCore,
  type StopReason,
  type TerminalCore,
} from "../../firmware/boards/terminal";
import { TapKind } from "../../firmware/core/evaluate";
import {
  CONFIG_BYTES,
  encodeTerminalConfig,
  type TerminalConfig,
} from "../../firmware/core/terminal-config";
import type { Clock } from "../../firmware/hal/clock";
import { NO_KEY } from "../../firmware/hal/keypad";
import { CARD_POLL_MS } from "../../firmware/limits";
import { createSettingsStore } from "../../firmware/storage/settings-store";
import { VirtualClock } from "../clock";
import { type CutPlan, NorFlash, type NorFlashState, PowerCut } from "../nor-flash";
import { Rng } from "../rng";
import { type FaultSource, PlaceKind } from "./faults";
import type { QuickCard } from "./quick-card";
import { QuickReader } from "./quick-reader";
import { createTableAes } from "./table-aes";
import { tableCrc32 } from "./table-crc32";

/** Small pages, so that a journal's page rolls over every few taps. */
export const QUICK_PLAN: FlashPlan = {
  pageSizeBytes: 1024,
  pageCount: 8,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  listsPageA: 0,
  listsPageB: 0,
  pagesPerLists: 0,
  journalPage: 2,
  journalPageCount: 6,
};

/** A pad that still works on a card after so many phases will never end. */
const MOST_STEPS = 600;
/** So long a card is held to a pad that waits for something else. */
const POLLS_HELD = 12;

export interface QuickPadOptions {
  readonly config: TerminalConfig;
  readonly plan?: FlashPlan;
  readonly seed: number | string;
  /** Wall clock at 0 of the virtual clock. */
  readonly startUnixSeconds: number;
  /** What the back office sent about single cards; nothing when left out. */
  readonly orders?: CardOrders;
  /** Shared by pads that see the same cards; its own when left out. */
  readonly clock?: VirtualClock;
  /** Tells whose flash a place of a plan is in; 0 when left out. */
  readonly number?: number;
}

export interface QuickPadState {
  readonly flash: NorFlashState;
  readonly nowUs: number;
}

/** One aes for all pads: its key schedules are worth keeping. */
const aes = createTableAes();

export class QuickPad {
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  readonly reader: QuickReader;
  readonly plan: FlashPlan;
  /** While powered; undefined before `powerOn`, after a cut, and when the pad cannot serve. */
  core: TerminalCore | undefined;
  readonly stopReason: StopReason = { screenId: 0, status: Status.Ok };
  /** What the tap at hand was about. */
  saidKind = TapKind.Sale;
  private faults: FaultSource | undefined;
  /** The last word on the tap at hand, if it was spoken. */
  private said: TapOutcome | undefined;
  private flashSeed = 0;
  private isArmed = false;
  private readonly startUnixSeconds: number;
  private readonly number: number;
  private readonly seed: number | string;

  constructor(private readonly options: QuickPadOptions) {
    this.clock = options.clock ?? new VirtualClock();
    this.plan = options.plan ?? QUICK_PLAN;
    this.number = options.number ?? 0;
    this.startUnixSeconds = options.startUnixSeconds;
    const { pageSizeBytes, pageCount } = this.plan;
    this.flash = new NorFlash({ pageSizeBytes, pageCount });
    this.flash.onMutation = (isErase, address) => this.cutOfFlash(isErase, address);
    this.seed = options.seed;
    this.reader = new QuickReader(this.clock, new Rng(this.seed));
    this.provision(options.config);
  }

  /** Where faults on the air, in the card and in the flash come from from now on. */
  useFaults(faults: FaultSource | undefined): void {
    this.faults = faults;
    this.reader.faults = faults;
  }

  /** Everything that survives without power. */
  save(): QuickPadState {
    return { flash: this.flash.saveState(), nowUs: this.clock.nowUs };
  }

  /** Back to a saved moment, without power, and with the chance of the beginning. */
  restore(state: QuickPadState): void {
    this.reader.removeCard();
    this.cutPower();
    this.flash.restoreState(state.flash);
    this.clock.nowUs = state.nowUs;
    this.flashSeed = 0;
    this.reader.rng = new Rng(this.seed);
  }

  get isPowered(): boolean {
    return this.core !== undefined;
  }

  /** Armed, and the last word not spoken. */
  get isWaiting(): boolean {
    return this.core !== undefined && this.isArmed && this.core.tap.outcome() < TapOutcome.Done;
  }

  /** False when power failed again, or the pad cannot serve (`stopReason`). */
  powerOn(): boolean {
    this.cutPower();
    this.flash.powerUp();
    this.untilPowerFails(() => {
      const { orders } = this.options;
      this.core = createCore(this.parts(), this.plan, this.stopReason, orders);
    });
    return this.core !== undefined;
  }

  cutPower(): void {
    this.core = undefined;
    this.isArmed = false;
    this.reader.powerOff();
  }

  /** Arms the pad; while an attempt is open, for that one. */
  begin(request: TapRequest): void {
    this.isArmed = true;
    this.untilPowerFails(() => this.core?.tap.begin(request));
  }

  /**
   * Puts the card on a pad that is armed, and takes it off when the pad has said its last word,
   * asks for something else, or lost power (undefined, unless that word was spoken before).
   */
  present(card: QuickCard): TapOutcome | undefined {
    this.said = undefined;
    this.reader.addCard(card);
    this.run();
    this.reader.removeCard();
    return this.core?.tap.outcome() ?? this.said;
  }

  /** Gives up what is open, as a cashier does. */
  cancel(): Status | undefined {
    let status: Status | undefined;
    this.isArmed = false;
    this.untilPowerFails(() => {
      status = this.core?.tap.cancel();
    });
    return status;
  }

  /** The bytes of the journal's pages. */
  journalImage(): Uint8Array {
    const { pageSizeBytes, journalPage, journalPageCount } = this.plan;
    const first = journalPage * pageSizeBytes;
    return this.flash.saveImage().subarray(first, first + journalPageCount * pageSizeBytes);
  }

  unixSeconds(): number {
    return Math.floor(this.startUnixSeconds + this.clock.nowUs / 1e6);
  }

  private run(): void {
    let polls = 0;
    let wasEmpty = false;
    for (let steps = 0; this.core !== undefined; steps++) {
      if (steps > MOST_STEPS) throw new Error("the tap does not come to an end");
      let isBusy = false;
      this.untilPowerFails(() => {
        isBusy = this.core?.tap.step() ?? false;
      });
      if (this.core === undefined) return;
      const { tap } = this.core;
      if (tap.outcome() >= TapOutcome.Done) this.said = tap.outcome();
      this.saidKind = tap.purchase.kind;
      if (isBusy) continue;
      if (this.said !== undefined) return;
      // The pad looks again before the card comes back.
      if (wasEmpty || polls > POLLS_HELD) return;
      wasEmpty = this.reader.present === undefined;
      polls++;
      this.clock.advance(CARD_POLL_MS * 1000);
    }
  }

  private untilPowerFails(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.cutPower();
    }
  }

  private provision(config: TerminalConfig): void {
    const { settingsPageA, settingsPageB, pagesPerSettings } = this.plan;
    const store = createSettingsStore(
      this.flash,
      settingsPageA,
      settingsPageB,
      pagesPerSettings,
      tableCrc32,
    );
    const encoded = new Uint8Array(CONFIG_BYTES);
    const status = store.store(1, encoded, encodeTerminalConfig(config, encoded));
    if (status !== Status.Ok) throw new Error(`settings could not be stored (status ${status})`);
  }

  private cutOfFlash(isErase: boolean, address: number): CutPlan | undefined {
    const kind = isErase ? PlaceKind.FlashErase : PlaceKind.FlashWord;
    const fault = this.faults?.take(kind, this.number, address);
    if (fault === undefined) return undefined;
    this.flashSeed++;
    return {
      atMutation: 1,
      program: fault as CutPlan["program"],
      erase: fault as CutPlan["erase"],
      seed: this.flashSeed,
    };
  }

  /** Display, keys, buzzer and serial line of a core are never asked. */
  private parts(): BoardParts {
    return {
      reader: this.reader,
      display: { initialise: () => {}, drawColumns: () => {} },
      keypad: { poll: () => NO_KEY },
      buzzer: { tone: () => {} },
      clock: this.halClock(),
      serial: { hasWaiting: () => false, read: () => 0, write: () => {} },
      flash: this.flash,
      aes,
      crc32: tableCrc32,
      assets: "",
    };
  }

  private halClock(): Clock {
    return {
      nowMs: () => this.clock.nowUs / 1000,
      unixSeconds: () => this.unixSeconds(),
      // No search changes the clock, and none begins behind its journal.
      setUnixSeconds: () => undefined,
      waitMs: (durationMs) => this.clock.advance(durationMs * 1000),
    };
  }
}
