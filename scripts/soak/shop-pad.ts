/**
 * One whole pad in the quick world: the firmware with its keys, display and line, a flash chip that
 * survives power cuts, and the reader of `host-sim/quick`. All pads of a shop live on one clock.
 */
import { Status } from "../../card-layout/status";
import { AssetHeader, FONT_BYTES, FONT_COLUMNS, FONT_FIRST } from "../../firmware/app/font-format";
import type { Pad } from "../../firmware/app/pad-parts";
import { COUNTER_ROOM } from "../../firmware/boards/counter-room";
import type { FlashPlan } from "../../firmware/boards/flash-plan";
import { type BoardParts, createTerminal } from "../../firmware/boards/terminal";
import {
  CONFIG_BYTES,
  encodeTerminalConfig,
  type TerminalConfig,
} from "../../firmware/core/terminal-config";
import { NO_KEY } from "../../firmware/hal/keypad";
import { createSettingsStore } from "../../firmware/storage/settings-store";
import type { VirtualClock } from "../../host-sim/clock";
import { packAssets } from "../../host-sim/device-assets";
import { type CutPlan, NorFlash, PowerCut } from "../../host-sim/nor-flash";
import { type FaultSource, PlaceKind } from "../../host-sim/quick/faults";
import { QuickReader } from "../../host-sim/quick/quick-reader";
import { createTableAes } from "../../host-sim/quick/table-aes";
import { tableCrc32 } from "../../host-sim/quick/table-crc32";
import type { Rng } from "../../host-sim/rng";

/** First notes of the sounds (firmware/app/tones.ts). */
export const DONE_HZ = 2700;
export const REFUSED_HZ = 900;
export const ATTENTION_HZ = 1500;

/** What a turn of the loop costs by itself, so that a busy pad does not stand still in time. */
const TURN_US = 50;
const FLASH_WORD_US = 10;
const FLASH_ERASE_US = 45_000;
const LINES = 8;

/** One for all pads: its key schedules are worth keeping. */
export const SHOP_AES = createTableAes();
const ASSETS = readableAssets();

export interface ShopPadOptions {
  readonly clock: VirtualClock;
  readonly rng: Rng;
  readonly config: TerminalConfig;
  readonly plan: FlashPlan;
  readonly startUnixSeconds: number;
  /** Its firmware can set the clock; else nobody but the shop does. */
  readonly isClockSet: boolean;
  readonly hasCounterPages: boolean;
}

export class ShopPad {
  readonly flash: NorFlash;
  readonly reader: QuickReader;
  /** Frequencies since the last `takeHeard`, pauses left out. */
  readonly heard: number[] = [];
  /** The display's lines; double-size ones cannot be read. */
  readonly lines: string[] = new Array<string>(LINES).fill("");
  readonly incoming: number[] = [];
  readonly sent: number[] = [];
  /** How often it was without power. */
  powerCutCount = 0;
  /** How far the pad's clock is off. */
  clockErrorSeconds = 0;
  private readonly keys: number[] = [];
  /** The step at hand has sent a line to the display. */
  private isDrawing = false;
  private pad: Pad | undefined;
  private faults: FaultSource | undefined;
  private flashSeed = 0;
  /** Told of every loss of power. */
  onPowerCut: () => void = () => undefined;

  constructor(private readonly options: ShopPadOptions) {
    const { plan, clock, rng, config } = options;
    this.flash = new NorFlash({
      pageSizeBytes: plan.pageSizeBytes,
      pageCount: plan.pageCount,
      programWordUs: FLASH_WORD_US,
      erasePageUs: FLASH_ERASE_US,
      charge: (durationUs) => clock.advance(durationUs),
    });
    this.reader = new QuickReader(clock, rng.fork("reader"));
    this.provision(config);
    this.flash.onMutation = (isErase, address) => this.cutOfFlash(isErase, address);
  }

  get terminal(): number {
    return this.options.config.terminalId;
  }

  get isPowered(): boolean {
    return this.pad !== undefined;
  }

  /** The line that says what the display is about, without a number at its end. */
  get title(): string {
    return this.lines[1].replace(/ +(No\. .*|[\d,]+(\+\dr)?)$/, "");
  }

  useFaults(faults: FaultSource | undefined): void {
    this.faults = faults;
    this.reader.faults = faults;
  }

  /** False when power failed again. */
  powerOn(): boolean {
    this.cutPower();
    this.flash.powerUp();
    this.untilPowerFails(() => {
      this.pad = createTerminal(this.parts(), this.options.plan);
    });
    return this.isPowered;
  }

  cutPower(): void {
    this.powerCutCount++;
    this.onPowerCut();
    this.pad = undefined;
    this.keys.length = 0;
    this.incoming.length = 0;
    this.reader.powerOff();
    this.lines.fill("");
  }

  pressLater(keys: string): void {
    for (const key of keys) this.keys.push(key.charCodeAt(0));
  }

  /** Presses keys and waits until the pad has taken them all. */
  press(keys: string): void {
    this.pressLater(keys);
    for (let i = 0; i <= keys.length + 1 && this.keys.length > 0; i++) this.step();
    this.step();
  }

  /**
   * One step of the firmware and the pause it asks for, and those in which it only goes on showing
   * something; false: it has nothing to do.
   */
  step(): boolean {
    const { clock } = this.options;
    let restMs = 0;
    do {
      this.isDrawing = false;
      this.untilPowerFails(() => {
        restMs = this.pad?.step() ?? 0;
        clock.advance(TURN_US + restMs * 1000);
      });
    } while (this.isDrawing);
    return restMs === 0;
  }

  unixSeconds(): number {
    const { startUnixSeconds, clock } = this.options;
    return Math.floor(startUnixSeconds + clock.nowUs / 1e6) + this.clockErrorSeconds;
  }

  /** The bytes of the journal's ring. */
  ring(): Buffer {
    const { pageSizeBytes, journalPage, journalPageCount } = this.options.plan;
    const first = journalPage * pageSizeBytes;
    const image = Buffer.from(this.flash.saveImage().buffer);
    return image.subarray(first, first + journalPageCount * pageSizeBytes);
  }

  /** Of the journal's pages. */
  eraseCounts(): number[] {
    const { journalPage, journalPageCount } = this.options.plan;
    return Array.from({ length: journalPageCount }, (_, i) =>
      this.flash.eraseCount(journalPage + i),
    );
  }

  /** Which bytes of the ring have cells that read by chance. */
  ringWeakness(): Uint8Array {
    const { pageSizeBytes, journalPage, journalPageCount } = this.options.plan;
    const first = journalPage * pageSizeBytes;
    const { weak } = this.flash.saveState();
    return weak.subarray(first, first + journalPageCount * pageSizeBytes);
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
    const { settingsPageA, settingsPageB, pagesPerSettings } = this.options.plan;
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
    const fault = this.faults?.take(kind, this.terminal, address);
    if (fault === undefined) return undefined;
    this.flashSeed++;
    return {
      atMutation: 1,
      program: fault as CutPlan["program"],
      erase: fault as CutPlan["erase"],
      seed: this.flashSeed,
    };
  }

  private parts(): BoardParts {
    const { clock } = this.options;
    return {
      reader: this.reader,
      display: {
        initialise: () => {},
        drawColumns: (page, _, columns) => this.draw(page, columns),
      },
      keypad: { poll: () => this.keys.shift() ?? NO_KEY },
      buzzer: {
        tone: (frequencyHz) => {
          if (frequencyHz > 0) this.heard.push(frequencyHz);
        },
      },
      clock: {
        nowMs: () => clock.nowUs / 1000,
        unixSeconds: () => this.unixSeconds(),
        setUnixSeconds: (unixSeconds) => {
          if (!this.options.isClockSet) return;
          this.clockErrorSeconds += unixSeconds - this.unixSeconds();
        },
        waitMs: (durationMs) => clock.advance(durationMs * 1000),
      },
      serial: {
        hasWaiting: () => this.incoming.length > 0,
        read: (out) => {
          const count = Math.min(out.length, this.incoming.length);
          for (let i = 0; i < count; i++) out[i] = this.incoming[i];
          this.incoming.splice(0, count);
          return count;
        },
        write: (from, lengthBytes) => {
          for (let i = 0; i < lengthBytes; i++) this.sent.push(from[i]);
        },
      },
      flash: this.flash,
      aes: SHOP_AES,
      crc32: tableCrc32,
      assets: ASSETS,
      room: this.options.hasCounterPages ? COUNTER_ROOM : undefined,
    };
  }

  private draw(pageIndex: number, columns: string): void {
    this.isDrawing = true;
    let text = "";
    for (let i = 0; i < columns.length && columns.charCodeAt(i) > 0; i += FONT_COLUMNS + 1) {
      text += columns[i];
    }
    this.lines[pageIndex] = text.trimEnd();
  }
}

/** The screens as they ship, in a font whose glyphs begin with the letter itself. */
function readableAssets(): string {
  const glyphs = FONT_BYTES / FONT_COLUMNS;
  let font = "";
  for (let i = 0; i < glyphs; i++) font += String.fromCharCode(FONT_FIRST + i).padEnd(FONT_COLUMNS);
  const packed = packAssets("en");
  const head = packed.substring(0, AssetHeader.SizeBytes);
  return head + font + packed.substring(AssetHeader.SizeBytes + FONT_BYTES);
}
