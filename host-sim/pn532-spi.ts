/**
 * The PN532 as an SPI slave (NXP UM0701-02, 6.2.5). The bus is least significant bit first; master
 * and slave agree, so bytes are bytes here. What a driver must not do is thrown at once.
 */

import type { VirtualClock } from "./clock";
import type { SpiStatistics } from "./mfrc522";
import type { SimPn532 } from "./pn532";
import type { SpiSlave } from "./spi-device";

const WRITE = 0x01;
const READ_STATUS = 0x02;
const READ = 0x03;
const READY = 0x01;
/** A sleeping chip that is selected needs that long until it hears (oscillator start). */
const WAKE_UP_US = 2000;

export interface Pn532SpiOptions {
  /** Default 500,000: a 4 MHz bus without gaps. */
  spiBytesPerSecond?: number;
  /** What the host spends around each frame. Default 20. */
  spiFrameOverheadUs?: number;
}

export class Pn532Spi implements SpiSlave {
  readonly statistics: SpiStatistics = { frames: 0, bytes: 0 };
  private readonly byteUs: number;
  private readonly frameOverheadUs: number;
  /** Frames that the chip has and the host has not. */
  private readonly waiting: Uint8Array[] = [];
  private mode = 0;
  private place = 0;
  private awakeUs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: VirtualClock,
    private readonly chip: SimPn532,
    options: Pn532SpiOptions = {},
  ) {
    this.byteUs = 1e6 / (options.spiBytesPerSecond ?? 500_000);
    this.frameOverheadUs = options.spiFrameOverheadUs ?? 20;
    chip.onFrame = (bytes) => {
      this.waiting.push(bytes);
    };
  }

  /** Power-up of the chip. */
  reset(): void {
    this.chip.reset();
    this.waiting.length = 0;
    this.awakeUs = Number.POSITIVE_INFINITY;
  }

  beginFrame(): void {
    this.clock.advance(this.frameOverheadUs);
    this.statistics.frames++;
    this.awakeUs = Math.min(this.awakeUs, this.clock.nowUs + WAKE_UP_US);
    this.mode = 0;
    this.place = 0;
  }

  exchange(mosi: number): number {
    this.clock.advance(this.byteUs);
    this.statistics.bytes++;
    if (this.place++ === 0) {
      this.begin(mosi);
      return 0;
    }
    if (this.mode === WRITE) {
      if (this.clock.nowUs >= this.awakeUs) this.chip.receive(mosi);
      return 0;
    }
    if (this.mode === READ_STATUS) return this.waiting.length > 0 ? READY : 0;
    return this.waiting[0][this.place - 2] ?? 0;
  }

  endFrame(): void {
    if (this.place < 2) throw new Error("SPI frame without a data byte");
    if (this.mode === READ) this.waiting.shift();
  }

  private begin(mode: number): void {
    this.mode = mode;
    if (mode !== WRITE && mode !== READ_STATUS && mode !== READ) {
      throw new Error(`the first byte of an SPI frame is ${mode}, not 1, 2 or 3`);
    }
    if (mode === READ && this.waiting.length === 0) throw new Error("data read while not ready");
    if (mode !== WRITE) return;
    // What the host did not fetch is overwritten.
    this.waiting.length = 0;
    if (this.clock.nowUs >= this.awakeUs) this.chip.wakeUp();
  }
}
