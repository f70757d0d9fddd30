interface Canary {
  /** What is wrong with the firmware. */
  readonly meaning: string;
  readonly file: string;
  /** What is there, and what stands in its place. */
  readonly edits: readonly (readonly [string, string])[];
}

export declare const CANARIES: Record<string, Canary>;
