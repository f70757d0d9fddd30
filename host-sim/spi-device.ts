/** The firmware's view of a simulated SPI slave: one call is one frame. */

import type { Bytes } from "../card-layout/bytes";
import type { Clock } from "../firmware/hal/clock";
import type { SpiBus, SpiDevice } from "../firmware/hal/spi";

/** A chip on the bus; selecting, exchanging and charging the clock is its own business. */
export interface SpiSlave {
  beginFrame(): void;
  exchange(mosi: number): number;
  endFrame(): void;
}

export function createSpiDevice(slave: SpiSlave): SpiDevice {
  const send = (out: Bytes) => {
    const back = new Uint8Array(out.length);
    slave.beginFrame();
    for (let index = 0; index < out.length; index++) back[index] = slave.exchange(out[index]);
    slave.endFrame();
    return back;
  };
  const write: SpiBus["write"] = (first, second) => {
    send(typeof first === "number" ? [first, second as number] : first);
  };
  return { bus: { send, write }, select: undefined };
}

const DEAD_FRAME_MS = 0.02;

/** A bus that reads `level` whatever is sent. */
export function createDeadSpi(level: number, clock: Clock): SpiDevice {
  const wait = () => clock.waitMs(DEAD_FRAME_MS);
  const send = (out: Bytes) => {
    wait();
    return new Uint8Array(out.length).fill(level);
  };
  return { bus: { send, write: wait }, select: undefined };
}
