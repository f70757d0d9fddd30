import type { VirtualClock } from "./clock";

/** One tone, from the moment it was heard. */
export interface HeardTone {
  frequencyHz: number;
  startUs: number;
}

/** A simulated buzzer that remembers when each tone began. */
export class SimBuzzer {
  readonly heard: HeardTone[] = [];

  constructor(private readonly clock: VirtualClock) {}

  tone(frequencyHz: number): void {
    if (frequencyHz > 0) this.heard.push({ frequencyHz, startUs: this.clock.nowUs });
  }
}
