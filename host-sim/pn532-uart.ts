/** The PN532 behind a serial line of 115,200 baud, in virtual time: the chip's end and the
 * host's. */

import type { SerialPort } from "../firmware/hal/serial-port";
import type { VirtualClock } from "./clock";
import type { SimPn532 } from "./pn532";

/** One start bit, eight data bits, one stop bit, at 115,200 baud. */
const BYTE_US = 10e6 / 115_200;
/** What a look into the host's receive buffer costs. */
const READ_CALL_US = 100;
/** Time that a program at the other end may leave the chip alone with an endless command. */
const ENDLESS_MS = 500;

export class Pn532Uart {
  private readonly toHost: { byte: number; dueUs: number }[] = [];
  private hostLineFreeUs = 0;
  private chipLineFreeUs = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly chip: SimPn532,
    /** 0: a line that takes no time. */
    private readonly byteUs = BYTE_US,
  ) {
    chip.onFrame = (bytes) => this.sendToHost(bytes);
  }

  /** The host's end for firmware that lives in virtual time. */
  readonly port: SerialPort = {
    hasWaiting: () => this.toHost.length > 0 && this.toHost[0].dueUs <= this.clock.nowUs,
    read: (out) => {
      this.clock.advance(READ_CALL_US);
      let count = 0;
      while (count < out.length && this.toHost.length > 0) {
        if (this.toHost[0].dueUs > this.clock.nowUs) break;
        out[count++] = this.toHost.shift()!.byte;
      }
      return count;
    },
    write: (from, lengthBytes) => this.sendToChip(from, lengthBytes),
  };

  /**
   * The host's end for a program in real time: hands over its bytes and lets virtual time pass
   * until the chip has said all it has to say, which is returned.
   */
  converse(bytes: Uint8Array): Uint8Array {
    const { clock, chip } = this;
    this.sendToChip(bytes, bytes.length);
    clock.advance(this.hostLineFreeUs - clock.nowUs);
    const limitUs = clock.nowUs + ENDLESS_MS * 1000;
    while (chip.isBusy && clock.nowUs < limitUs) {
      const nextUs = Math.min(clock.nextEventUs() ?? limitUs, limitUs);
      clock.advance(nextUs - clock.nowUs);
    }
    clock.advance(Math.max(0, this.chipLineFreeUs - clock.nowUs));
    return Uint8Array.from(this.toHost.splice(0), ({ byte }) => byte);
  }

  private sendToChip(from: ArrayLike<number>, lengthBytes: number): void {
    this.hostLineFreeUs = Math.max(this.hostLineFreeUs, this.clock.nowUs);
    for (let i = 0; i < lengthBytes; i++) {
      const byte = from[i];
      this.hostLineFreeUs += this.byteUs;
      this.clock.at(this.hostLineFreeUs, () => this.chip.receive(byte));
    }
  }

  private sendToHost(bytes: Uint8Array): void {
    this.chipLineFreeUs = Math.max(this.chipLineFreeUs, this.clock.nowUs);
    for (const byte of bytes) {
      this.chipLineFreeUs += this.byteUs;
      this.toHost.push({ byte, dueUs: this.chipLineFreeUs });
    }
  }
}
