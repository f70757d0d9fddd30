/**
 * Feeds a target with mutations of what led somewhere new before. Everything follows from the seed,
 * so a run can be repeated; a failing input is made as short as it gets.
 */
import { Rng } from "../../host-sim/rng";
import type { FuzzTarget } from "./fuzz-target";
import { mutate } from "./mutate";

/** Inputs that led somewhere new are parents of later ones; more would only dilute them. */
const PARENTS_MAX = 1000;
const SHRINK_RUNS_MAX = 2000;

export interface FuzzFailure {
  input: Uint8Array;
  message: string;
}

export class Fuzzer {
  /** What led somewhere new in this run and is worth keeping in the corpus. */
  readonly found: Uint8Array[] = [];
  runCount = 0;
  private readonly rng: Rng;
  private readonly parents: Uint8Array[] = [];
  private readonly words = new Set<string>();

  /** `watch` is told each input before it is fed, for the case that it never comes back. */
  constructor(
    private readonly target: FuzzTarget,
    private readonly corpus: readonly Uint8Array[],
    seed: string,
    private readonly watch: (input: Uint8Array) => void = () => undefined,
  ) {
    this.rng = new Rng(`fuzz/${target.name}/${seed}`);
  }

  /** How many different things happened so far. */
  get wordCount(): number {
    return this.words.size;
  }

  /** The seeds of the target and its corpus as they are; then the search may begin. */
  async begin(): Promise<FuzzFailure | undefined> {
    for (const input of [...this.target.seeds(), ...this.corpus]) {
      this.parents.push(input);
      const failure = await this.feed(input);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async step(): Promise<FuzzFailure | undefined> {
    const parent = this.pick();
    const isText = this.target.isText === true;
    const input = mutate(parent, this.pick(), isText, this.rng);
    const before = this.words.size;
    const failure = await this.feed(input);
    if (failure !== undefined) return this.shrink(failure);
    if (this.words.size === before || this.parents.length >= PARENTS_MAX) return undefined;
    this.parents.push(input);
    this.found.push(input);
    return undefined;
  }

  private pick(): Uint8Array {
    return this.parents[this.rng.below(this.parents.length)];
  }

  private async feed(input: Uint8Array): Promise<FuzzFailure | undefined> {
    this.runCount++;
    this.watch(input);
    try {
      this.words.add(await this.target.run(input.slice()));
      return undefined;
    } catch (error) {
      const { name, message, stack } = error as Error;
      const place = stack?.split("\n").find((line) => line.includes("    at ")) ?? "";
      return { input, message: `${name}: ${message}${place.replace(/^ */, " ")}` };
    }
  }

  /** Leaves out pieces, large ones first, as long as it still fails. */
  private async shrink(failure: FuzzFailure): Promise<FuzzFailure> {
    let best = failure;
    let left = SHRINK_RUNS_MAX;
    for (let size = best.input.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= best.input.length && left > 0; left--) {
        const { input } = best;
        const shorter = Uint8Array.from([...input.subarray(0, at), ...input.subarray(at + size)]);
        const again = await this.feed(shorter);
        if (again === undefined) at += size;
        else best = again;
      }
    }
    return best;
  }
}
