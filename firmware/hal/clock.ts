/** Time, from outside. The pad never asks a global for it. */
export interface Clock {
  /** Monotonic milliseconds since power-up (may have a fraction); never goes back. */
  nowMs(): number;
  /** Wall clock, whole seconds since 1970-01-01T00:00:00Z, as good as the board's RTC is. */
  unixSeconds(): number;
  /** Sets the wall clock; `nowMs` goes on as if nothing had happened. */
  setUnixSeconds(unixSeconds: number): void;
  /** Busy-waits; only for the few fixed pauses of drivers named in `firmware/limits.ts`. */
  waitMs(durationMs: number): void;
}
