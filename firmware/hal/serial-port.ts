import type { Bytes } from "../../card-layout/bytes";

/** A byte stream to the back office. Bytes may be lost, doubled or broken on the way. */
export interface SerialPort {
  /** Whether `read` would find something. */
  hasWaiting(): boolean;
  /** Takes up to `out.length` received bytes; returns how many were stored (0 = none waiting). */
  read(out: Bytes): number;
  /** Queues `from[0 .. lengthBytes)` for sending. */
  write(from: Bytes, lengthBytes: number): void;
}
