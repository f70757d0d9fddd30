/**
 * Everything around the microcontroller of a simulated pad: reader chip and radio field, display,
 * keys, buzzer, flash, serial line, and the one clock they all charge. What survives a power cut
 * (flash, the cards, the time) lives here; what does not is made anew by whoever runs the firmware.
 */
import { SimBuzzer } from "./buzzer";
import { VirtualClock } from "./clock";
import { SimKeypad } from "./keypad";
import { SimLight } from "./light";
import { SimMfrc522, type SpiStatistics } from "./mfrc522";
import { NorFlash } from "./nor-flash";
import { SimPn532 } from "./pn532";
import { Pn532Spi } from "./pn532-spi";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import type { SpiSlave } from "./spi-device";
import { SimSsd1306 } from "./ssd1306";

/** Costs of the host around the simulated parts, all in microseconds. */
export interface BoardTiming {
  spiFrameOverheadUs: number;
  /** One look at the clock; waiting loops live on it. */
  clockCallUs: number;
  /** One call that moves pins. */
  pinCallUs: number;
  /** I2C at 400 kHz: nine bits a byte. */
  i2cByteUs: number;
  flashWordUs: number;
  flashEraseUs: number;
}

/** Espruino on a 100 to 240 MHz board; measured orders of magnitude, see docs/benchmarks.md. */
export const INTERPRETED_TIMING: BoardTiming = {
  spiFrameOverheadUs: 150,
  clockCallUs: 100,
  pinCallUs: 110,
  i2cByteUs: 22.5,
  flashWordUs: 10,
  flashEraseUs: 45000,
};

export type ReaderChip = "mfrc522" | "pn532";

/** A reader chip as the rest of the board sees it. */
export interface BoardReader extends SpiSlave {
  readonly statistics: SpiStatistics;
  /** As after power-up. */
  reset(): void;
}

export interface BoardOptions {
  seed: number | string;
  pageSizeBytes: number;
  pageCount: number;
  /** Wall clock at power-up, Unix seconds. */
  startUnixSeconds: number;
  timing?: BoardTiming;
  /** Shared by pads that see the same cards; its own when left out. */
  clock?: VirtualClock;
  /** Default "mfrc522". Both are behind SPI. */
  readerChip?: ReaderChip;
}

/** The board's end of a serial line, and what is on its way. */
export class SimSerial {
  /** Bytes the pad has sent and nobody has taken yet. */
  readonly sent: number[] = [];
  /** Bytes on their way to the pad. */
  readonly incoming: number[] = [];

  /** The other end: takes what the pad has sent. */
  takeSent(): Uint8Array {
    return Uint8Array.from(this.sent.splice(0));
  }

  /** The other end: sends to the pad. */
  send(bytes: Uint8Array): void {
    for (const byte of bytes) this.incoming.push(byte);
  }

  /** What was on its way to a board that loses its power is gone. */
  cut(): void {
    this.incoming.length = 0;
  }
}

export class SimBoard {
  readonly clock: VirtualClock;
  readonly rng: Rng;
  readonly field: RfField;
  readonly reader: BoardReader;
  readonly display = new SimSsd1306();
  readonly keypad = new SimKeypad();
  readonly buzzer: SimBuzzer;
  readonly light: SimLight;
  readonly flash: NorFlash;
  readonly timing: BoardTiming;
  /** To the back office. */
  readonly office = new SimSerial();
  readonly till = new SimSerial();
  /** What the RTC showed when the simulation began. */
  private startUnixSeconds: number;

  constructor(options: BoardOptions) {
    const clock = options.clock ?? new VirtualClock();
    this.clock = clock;
    this.timing = options.timing ?? INTERPRETED_TIMING;
    this.startUnixSeconds = options.startUnixSeconds;
    this.rng = new Rng(options.seed);
    this.field = new RfField(clock);
    this.buzzer = new SimBuzzer(clock);
    this.light = new SimLight(clock);
    this.reader = this.createReader(options.readerChip ?? "mfrc522");
    this.flash = new NorFlash({
      pageSizeBytes: options.pageSizeBytes,
      pageCount: options.pageCount,
      programWordUs: this.timing.flashWordUs,
      erasePageUs: this.timing.flashEraseUs,
      charge: (durationUs) => clock.advance(durationUs),
    });
  }

  private createReader(name: ReaderChip): BoardReader {
    const { clock, field } = this;
    const { spiFrameOverheadUs } = this.timing;
    const rng = this.rng.fork(name);
    if (name === "mfrc522") return new SimMfrc522({ clock, field, rng, spiFrameOverheadUs });
    return new Pn532Spi(clock, new SimPn532({ clock, field, rng }), { spiFrameOverheadUs });
  }

  /** Seconds since 1970 with fraction, as the board's RTC shows them. */
  unixSeconds(): number {
    return this.startUnixSeconds + this.clock.nowUs / 1e6;
  }

  setUnixSeconds(unixSeconds: number): void {
    this.startUnixSeconds = unixSeconds - this.clock.nowUs / 1e6;
  }
}
