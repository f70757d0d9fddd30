/** Chance from a seed: the same seed gives the same customers on every machine. */

const RANGE = 4294967296;
/** Increment of Weyl's sequence in mulberry32 (T. Ettinger, 2017, public domain). */
const STEP = 0x6d2b79f5;

export class Dice {
  private state: number;

  constructor(seed: string) {
    // FNV-1a, so that seeds that look alike do not start alike.
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(seed, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193);
    this.state = hash;
  }

  /** 0 <= result < count. */
  below(count: number): number {
    this.state = (this.state + STEP) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / RANGE) * count);
  }

  /** Both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `partsPerMillion` of a million cases. */
  happens(partsPerMillion: number): boolean {
    return this.below(1_000_000) < partsPerMillion;
  }

  /** An index, each as likely as its weight says. */
  pick(weights: readonly number[]): number {
    let rest = this.below(weights.reduce((sum, weight) => sum + weight, 0));
    for (let index = 0; index < weights.length; index++) {
      rest -= weights[index];
      if (rest < 0) return index;
    }
    return 0;
  }
}
