import type { Light } from "../firmware/hal/light";
import type { VirtualClock } from "./clock";

/** A simulated lamp that remembers when it changed. */
export class SimLight implements Light {
  isLit = false;
  readonly changes: { isLit: boolean; atUs: number }[] = [];

  constructor(private readonly clock: VirtualClock) {}

  set(isLit: boolean): void {
    if (isLit === this.isLit) return;
    this.isLit = isLit;
    this.changes.push({ isLit, atUs: this.clock.nowUs });
  }
}
