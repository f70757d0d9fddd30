import type { Bytes } from "../../card-layout/bytes";

/** The line that selects a device; only the board knows what it is. */
export type SpiSelect = unknown;

/**
 * An SPI bus, mode 0, most significant bit first. One call is one frame: select low, bytes, select
 * high. Frames cannot fail; a missing chip reads as constant bytes. The shape is that of Espruino's
 * own object, which stands here without a function of ours around it: for an interpreter a call
 * takes longer than the frame.
 */
export interface SpiBus {
  /** Sends all of `out`; what came back, as many bytes, good until the next call. */
  send(out: Bytes, select: SpiSelect): Bytes;
  /** Sends two bytes, or a whole buffer and then `select`; nothing wanted back. */
  write(first: number | Bytes, second: SpiSelect, select?: SpiSelect): void;
}

/** One device on a bus. */
export interface SpiDevice {
  bus: SpiBus;
  select: SpiSelect;
}
