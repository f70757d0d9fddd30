/**
 * The only source of chance in the simulator: small, fast and the same on every machine for the
 * same seed. Generator: sfc32 (C. Doty-Humphrey, PractRand, 2010). It is not for cryptography.
 */

const WARM_UP_STEPS = 15;

export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number | string) {
    const text = String(seed);
    this.a = hashText(text, 0x9e3779b9);
    this.b = hashText(text, 0x243f6a88);
    this.c = hashText(text, 0xb7e15162);
    for (let step = 0; step < WARM_UP_STEPS; step++) this.next();
  }

  /** A uniform unsigned 32-bit number. */
  next(): number {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A uniform integer 0..`limit`-1; `limit` 1..2^32. */
  below(limit: number): number {
    if (!(limit >= 1)) throw new RangeError(`no number is below ${limit}`);
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** A uniform number 0 <= x < 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  bytes(lengthBytes: number): Uint8Array {
    const out = new Uint8Array(lengthBytes);
    for (let index = 0; index < lengthBytes; index++) out[index] = this.next() >>> 24;
    return out;
  }

  /** True with `probability` 0..1; draws one number in every case. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** An independent generator, so that one part's draws do not shift another's. */
  fork(name: string): Rng {
    return new Rng(`${this.next()}:${name}`);
  }
}

/** FNV-1a with a final mix, one 32-bit word of the seed's text. */
function hashText(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) | 0;
}
