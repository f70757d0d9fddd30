/**
 * A simulated pad with somebody in front of it: keys are pressed as fingers press them, cards are
 * put on and taken off, and what happened is read from the display's points and heard from the
 * buzzer.
 */
import { Status } from "../card-layout/status";
import type { FlashPlan } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import {
  CONFIG_BYTES,
  encodeTerminalConfig,
  type TerminalConfig,
} from "../firmware/core/terminal-config";
import { createSettingsStore } from "../firmware/storage/settings-store";
import type { SimBoard } from "./board";
import { ContextEngine } from "./context-engine";
import { packAssets } from "./device-assets";
import type { TearModel } from "./eeprom";
import { EspruinoRuntime } from "./espruino-runtime";
import type { MifareClassicCard } from "./mifare-card";
import { PowerCut, type ProgramTear } from "./nor-flash";
import type { PadRuntime } from "./pad-runtime";
import type { ExchangeFault } from "./rf-field";
import { readScreen } from "./screen-reader";

/** How long a finger is on a key, and off before the next. */
const KEY_DOWN_MS = 70;
const KEY_UP_MS = 70;
/** A hand needs this long to bring a card, and to take it away after the sound. */
const HAND_MS = 150;
/** No tap takes longer; a pad that says nothing by then is stuck. */
const TAP_LIMIT_MS = 5000;
const STEP_MS = 5;
/** A pad whose card is gone, or that waits for another, says so once and then waits for ever. */
const ATTENTION_MS = 700;
/** The first notes of the sounds (firmware/app/tones.ts). */
const DONE_HZ = 2700;
const REFUSED_HZ = 900;
const ATTENTION_HZ = 1500;

export type TapResult =
  | "done"
  | "refused"
  /** The pad called for attention (card gone, another card, two cards) and still waits. */
  | "unfinished"
  | "powerCut"
  | "silent";

export interface TapReport {
  result: TapResult;
  /** From the card's arrival in the field to the sound, virtual milliseconds. */
  durationMs: number;
  exchanges: number;
  rfBytes: number;
  airtimeMs: number;
  spiFrames: number;
  spiBytes: number;
}

/** Exchanges are counted from the card's first answer on: 1 is the next command after it. */
export interface TapOptions {
  /** The card leaves at this exchange, `pullDelayUs` after the end of the command. */
  pullAtExchange?: number;
  /** The card leaves at the first exchange at which this holds. */
  pullWhen?: () => boolean;
  pullDelayUs?: number;
  /** The pad's power fails at this exchange, `cutDelayUs` after the begin of the command. */
  cutAtExchange?: number;
  cutDelayUs?: number;
  /** The pad's power fails while this word is programmed (1 = the first of this tap). */
  cutAtFlashWord?: number;
  /** What becomes of that word; "some" bits are down when left out. */
  flashTear?: ProgramTear;
  /** This exchange is disturbed. */
  disturbAtExchange?: number;
  disturbance?: ExchangeFault;
  /** The card leaves while its EEPROM does this write (1 = the first of this tap). */
  tearAtWrite?: number;
  tear?: TearModel;
}

/** Of a command on the air, so that the card has heard it and not yet answered. */
const PULL_DELAY_US = 300;
const CUT_DELAY_US = 1000;

export class PadMachine {
  private readonly runtime: PadRuntime;

  /** `firmware` is the device bundle, or what runs the firmware in another way. */
  constructor(
    readonly board: SimBoard,
    firmware: string | PadRuntime,
  ) {
    const files = { "clubpad.screens": packAssets("en", "fa") };
    this.runtime =
      typeof firmware === "string"
        ? new EspruinoRuntime(board, new ContextEngine(firmware, files))
        : firmware;
  }

  /** Writes the settings as provisioning does, with the firmware's own storage code. */
  provision(config: TerminalConfig, plan: FlashPlan): void {
    const settings = createSettingsStore(
      this.board.flash,
      plan.settingsPageA,
      plan.settingsPageB,
      plan.pagesPerSettings,
      crc32,
    );
    const encoded = new Uint8Array(CONFIG_BYTES);
    const lengthBytes = encodeTerminalConfig(config, encoded);
    const status = settings.store(settings.held().version + 1, encoded, lengthBytes);
    if (status !== Status.Ok) throw new Error(`settings could not be stored (status ${status})`);
  }

  powerOn(): void {
    this.board.flash.powerUp();
    this.runtime.powerOn();
    this.runMs(200);
  }

  cutPower(): void {
    this.runtime.cutPower();
  }

  get isPowered(): boolean {
    return this.runtime.isPowered;
  }

  runMs(durationMs: number): void {
    try {
      this.runtime.runMs(durationMs);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.cutPower();
    }
  }

  /** Presses the keys one after the other, as a person does. */
  press(keys: string, downMs = KEY_DOWN_MS, upMs = KEY_UP_MS): void {
    const { keypad, clock } = this.board;
    // Fingers do not wait for the pad: a key may come and go while it is at something else.
    [...keys].forEach((key, i) => {
      const startMs = i * (downMs + upMs);
      clock.after(startMs * 1000, () => keypad.press(key));
      clock.after((startMs + downMs) * 1000, () => keypad.release());
    });
    this.runMs(keys.length * (downMs + upMs));
  }

  screen(): string[] {
    return readScreen(this.board.display);
  }

  /** Puts the card on, waits for the pad's answer, takes the card off. */
  tap(card: MifareClassicCard, options: TapOptions = {}): TapReport {
    const { field, clock, reader, buzzer } = this.board;
    this.runMs(HAND_MS);
    const radio = { ...field.statistics };
    const spi = { ...reader.statistics };
    const heardBefore = buzzer.heard.length;
    const startUs = clock.nowUs;
    this.arm(options);
    const { tearAtWrite, tear } = options;
    if (tearAtWrite !== undefined && tear !== undefined)
      card.eeprom.armTear(card.eeprom.writeCount + tearAtWrite, tear);
    field.addCard(card);
    const { result, endUs } = this.awaitSound(heardBefore);
    const report = {
      result,
      durationMs: (endUs - startUs) / 1000,
      exchanges: field.statistics.exchanges - radio.exchanges,
      rfBytes:
        field.statistics.bytesToCards +
        field.statistics.bytesFromCards -
        radio.bytesToCards -
        radio.bytesFromCards,
      airtimeMs: (field.statistics.airtimeUs - radio.airtimeUs) / 1000,
      spiFrames: reader.statistics.frames - spi.frames,
      spiBytes: reader.statistics.bytes - spi.bytes,
    };
    field.onExchange = undefined;
    this.runMs(HAND_MS);
    field.removeCard(card);
    this.runMs(HAND_MS);
    return report;
  }

  /** Prepares what goes wrong in the tap to come. */
  private arm(options: TapOptions): void {
    const { pullAtExchange, pullWhen, pullDelayUs, cutAtExchange, cutAtFlashWord } = options;
    const { field, flash, clock, rng } = this.board;
    if (cutAtFlashWord !== undefined) {
      const seed = rng.next();
      flash.armCut({
        atMutation: cutAtFlashWord,
        program: options.flashTear ?? "some",
        erase: "half",
        seed,
      });
    }
    const bytesBefore = field.statistics.bytesFromCards;
    let count = 0;
    field.onExchange = () => {
      if (field.statistics.bytesFromCards === bytesBefore) return undefined;
      count++;
      if (count === cutAtExchange)
        clock.after(options.cutDelayUs ?? CUT_DELAY_US, () => {
          throw new PowerCut("cut at an exchange");
        });
      if (count === options.disturbAtExchange) return options.disturbance;
      if (count !== pullAtExchange && pullWhen?.() !== true) return undefined;
      return { kind: "removeCards", delayUs: pullDelayUs ?? PULL_DELAY_US };
    };
  }

  private awaitSound(heardBefore: number): { result: TapResult; endUs: number } {
    const { buzzer, clock } = this.board;
    const limitUs = clock.nowUs + TAP_LIMIT_MS * 1000;
    let result: TapResult = "silent";
    let endUs = limitUs;
    while (clock.nowUs < limitUs && this.isPowered) {
      this.runMs(STEP_MS);
      for (const { frequencyHz, startUs } of buzzer.heard.slice(heardBefore)) {
        if (frequencyHz === DONE_HZ) return { result: "done", endUs: startUs };
        if (frequencyHz === REFUSED_HZ) return { result: "refused", endUs: startUs };
        if (frequencyHz !== ATTENTION_HZ || result === "unfinished") continue;
        result = "unfinished";
        endUs = startUs;
      }
      const isOver = result === "unfinished" && clock.nowUs - endUs > ATTENTION_MS * 1000;
      if (isOver) return { result, endUs };
    }
    return this.isPowered ? { result, endUs } : { result: "powerCut", endUs: clock.nowUs };
  }
}
