/** What serves a serial line, and exists only while the line is in use. */
import type { SerialPort } from "../hal/serial-port";

export interface LineWork {
  /** One bounded piece of work; false when there was nothing to do. */
  step(): boolean;
}

/**
 * One that exists from the first byte that comes until `drop`: its functions and buffers would take
 * the memory that a tap needs. Who is dropped in the middle of an answer is asked again.
 */
export interface OnDemand extends LineWork {
  /** Unless it is needed without a byte. */
  drop(): void;
}

export function createOnDemand(
  serial: SerialPort,
  create: () => LineWork,
  isNeeded: () => boolean,
): OnDemand {
  let work: LineWork | undefined;
  return {
    step: () => {
      if (work === undefined) {
        if (!isNeeded() && !serial.hasWaiting()) return false;
        work = create();
      }
      return work.step();
    },
    drop: () => {
      if (!isNeeded()) work = undefined;
    },
  };
}
