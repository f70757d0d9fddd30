/** One parser of something that comes from outside, as the fuzzer sees it. */

export interface FuzzTarget {
  /** Also the name of its corpus file. */
  readonly name: string;
  /** What is fed with what, and what must hold; one line for people. */
  readonly promise: string;
  /** Text is mutated by words and lines as well as by bytes. */
  readonly isText?: boolean;
  /** Valid inputs to start from. */
  seeds(): Uint8Array[];
  /**
   * Feeds one input. Throws when a promise is broken; answers a short word for what happened, by
   * which the fuzzer knows that an input led somewhere new. The same input gives the same word.
   */
  run(input: Uint8Array): string | Promise<string>;
}

/** Thrown by targets; everything else that is thrown counts as a broken promise just as well. */
export class BrokenPromise extends Error {}

export function promise(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

export function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString("utf8");
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "utf8"));
}
