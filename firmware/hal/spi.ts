import type { Bytes } from "../../card-layout/bytes";

/**
 * One device on an SPI bus, mode 0, most significant bit first. One call is one frame: chip select
 * low, bytes, chip select high. Frames cannot fail; a missing chip reads as constant bytes.
 */
export interface SpiDevice {
  /** Sends `out[0 .. lengthBytes)` and stores what came back in `back[0 .. lengthBytes)`. */
  transfer(out: Bytes, lengthBytes: number, back: Bytes): void;
  /** The frequent short frame: two bytes out, nothing wanted back. */
  write2(first: number, second: number): void;
  /** Sends `out[0 .. lengthBytes)`; nothing wanted back. */
  write(out: Bytes, lengthBytes: number): void;
}
