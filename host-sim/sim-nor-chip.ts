/**
 * A NOR flash chip of the 25 series as an SPI slave (Winbond W25Q16JV data sheet, section 8),
 * around the cells of `NorFlash`. What a driver must not do is thrown at once. Work is done, and
 * its time charged, when the frame ends; so the chip is never seen busy.
 */
import type { VirtualClock } from "./clock";
import type { NorFlash } from "./nor-flash";
import type { SpiSlave } from "./spi-device";

const PROGRAM = 0x02;
const READ = 0x03;
const READ_STATUS = 0x05;
const WRITE_ENABLE = 0x06;
const ERASE_4K = 0x20;
const HEAD_BYTES = 4;
const STRETCH_BYTES = 256;
/** A 4 MHz bus without gaps. */
const BYTE_US = 2;

export class SimNorChip implements SpiSlave {
  private frame: number[] = [];
  private isWritingEnabled = false;
  private readonly byte = new Uint8Array(1);

  constructor(
    private readonly clock: VirtualClock,
    private readonly flash: NorFlash,
    private readonly frameOverheadUs: number,
  ) {}

  beginFrame(): void {
    this.clock.advance(this.frameOverheadUs);
    this.frame = [];
  }

  exchange(mosi: number): number {
    this.clock.advance(BYTE_US);
    this.frame.push(mosi);
    const place = this.frame.length - 1 - HEAD_BYTES;
    if (this.frame[0] !== READ || place < 0) return 0;
    this.flash.read(this.address() + place, this.byte, 0, 1);
    return this.byte[0];
  }

  endFrame(): void {
    const [command] = this.frame;
    if (command === WRITE_ENABLE) this.isWritingEnabled = true;
    if (command === READ || command === READ_STATUS || command === WRITE_ENABLE) return;
    if (command !== PROGRAM && command !== ERASE_4K) throw new Error(`NOR command ${command}`);
    if (!this.isWritingEnabled) throw new Error("the NOR chip was not told that it may be written");
    this.isWritingEnabled = false;
    if (command === PROGRAM) this.program();
    else this.flash.erasePage(this.address() / this.flash.pageSizeBytes);
  }

  private program(): void {
    const data = Uint8Array.from(this.frame.slice(HEAD_BYTES));
    const address = this.address();
    const isWrapping = (address % STRETCH_BYTES) + data.length > STRETCH_BYTES;
    if (isWrapping) throw new Error("programming that wraps round its stretch of 256 bytes");
    this.flash.program(address, data, 0, data.length);
  }

  private address(): number {
    return this.frame[1] * 65536 + this.frame[2] * 256 + this.frame[3];
  }
}
