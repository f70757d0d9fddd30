/** The firmware's view of a simulated SPI slave: one HAL call is one frame. */

import type { Bytes } from "../card-layout/bytes";
import type { SpiDevice } from "../firmware/hal/spi";

/** A chip on the bus; selecting, exchanging and charging the clock is its own business. */
export interface SpiSlave {
  beginFrame(): void;
  exchange(mosi: number): number;
  endFrame(): void;
}

export function createSpiDevice(slave: SpiSlave): SpiDevice {
  return {
    transfer(out: Bytes, lengthBytes: number, back: Bytes) {
      slave.beginFrame();
      for (let index = 0; index < lengthBytes; index++) back[index] = slave.exchange(out[index]);
      slave.endFrame();
    },
    write2(first: number, second: number) {
      slave.beginFrame();
      slave.exchange(first);
      slave.exchange(second);
      slave.endFrame();
    },
    write(out: Bytes, lengthBytes: number) {
      slave.beginFrame();
      for (let index = 0; index < lengthBytes; index++) slave.exchange(out[index]);
      slave.endFrame();
    },
  };
}
