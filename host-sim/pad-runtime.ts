/** Something that runs a pad's firmware in front of a simulated board. */
export interface PadRuntime {
  readonly isPowered: boolean;
  powerOn(): void;
  cutPower(): void;
  /** Lets the firmware live for `durationMs` of virtual time. */
  runMs(durationMs: number): void;
}
