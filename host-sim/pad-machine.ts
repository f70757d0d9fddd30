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
import { createSettings } from "../firmware/storage/settings";
import type { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { EspruinoRuntime } from "./espruino-runtime";
import type { MifareClassicCard } from "./mifare-card";
import { readScreen } from "./screen-reader";

/** How long a finger is on a key, and off before the next. */
const KEY_DOWN_MS = 70;
const KEY_UP_MS = 70;
/** A hand needs this long to bring a card, and to take it away after the sound. */
const HAND_MS = 150;
/** No tap takes longer; a pad that says nothing by then is stuck. */
const TAP_LIMIT_MS = 5000;
const STEP_MS = 5;
/** The first notes of the sounds (firmware/app/tones.ts). */
const DONE_HZ = 2700;
const REFUSED_HZ = 900;

export type TapResult = "done" | "refused" | "unfinished" | "silent";

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

export interface TapOptions {
  /** The card leaves at this exchange of this tap (1 = the first), `delayUs` after the command. */
  pullAtExchange?: number;
  pullDelayUs?: number;
}

export class PadMachine {
  private readonly runtime: EspruinoRuntime;

  constructor(
    readonly board: SimBoard,
    bundle: string,
  ) {
    this.runtime = new EspruinoRuntime(board, bundle, { "clubpad.screens": packAssets("en") });
  }

  /** Writes the settings as provisioning does, with the firmware's own storage code. */
  provision(config: TerminalConfig, plan: FlashPlan): void {
    const settings = createSettings(
      this.board.flash,
      plan.settingsPageA,
      plan.settingsPageB,
      plan.pagesPerSettings,
      crc32,
    );
    const encoded = new Uint8Array(CONFIG_BYTES);
    const lengthBytes = encodeTerminalConfig(config, encoded, 0);
    settings.load();
    const status = settings.store(settings.version() + 1, encoded, lengthBytes);
    if (status !== Status.Ok) throw new Error(`settings could not be stored (status ${status})`);
  }

  powerOn(): void {
    this.board.flash.powerUp();
    this.runtime.powerOn();
    this.runMs(200);
  }

  runMs(durationMs: number): void {
    this.runtime.runMs(durationMs);
  }

  /** Presses the keys one after the other, as a person does. */
  press(keys: string): void {
    for (const key of keys) {
      this.board.keypad.press(key);
      this.runMs(KEY_DOWN_MS);
      this.board.keypad.release();
      this.runMs(KEY_UP_MS);
    }
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
    const pullAt = options.pullAtExchange;
    let isPulled = false;
    // What happens before the card is seen (polls without an answer) is not part of the tap.
    let firstExchange = field.statistics.exchanges;
    field.addCard(card);
    if (pullAt !== undefined) {
      field.onExchange = (exchange) => {
        if (exchange - firstExchange !== pullAt) return undefined;
        isPulled = true;
        return { kind: "removeCards", delayUs: options.pullDelayUs ?? 300 };
      };
    }
    firstExchange = field.statistics.exchanges;
    const result = this.awaitSound(heardBefore, () => isPulled);
    const endUs = buzzer.heard[heardBefore]?.startUs ?? clock.nowUs;
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
    if (field.cards.includes(card)) field.removeCard(card);
    this.runMs(HAND_MS);
    return report;
  }

  private awaitSound(heardBefore: number, isPulled: () => boolean): TapResult {
    const { buzzer, clock } = this.board;
    const endUs = clock.nowUs + TAP_LIMIT_MS * 1000;
    let pulledForMs = 0;
    while (clock.nowUs < endUs) {
      this.runMs(STEP_MS);
      const tones = buzzer.heard.slice(heardBefore).map((tone) => tone.frequencyHz);
      if (tones.includes(DONE_HZ)) return "done";
      if (tones.includes(REFUSED_HZ)) return "refused";
      if (isPulled()) pulledForMs += STEP_MS;
      if (pulledForMs > 500) return "unfinished";
    }
    return "silent";
  }
}
