/** Random numbers for tests that one SEED replays: xorshift32 (Marsaglia 2003, "Xorshift RNGs"). */

import { Buffer } from "node:buffer";
import * as fc from "fast-check";

export class SeededRandom {
  private state: number;

  constructor(readonly seed: number) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  uint32(): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state >>> 0;
    return this.state;
  }

  below(limit: number): number {
    return this.uint32() % limit;
  }

  bytes(lengthBytes: number): Uint8Array {
    return Uint8Array.from({ length: lengthBytes }, () => this.uint32() >>> 24);
  }
}

/** Takes the seed from the environment variable SEED, else a fixed one, so that runs are equal. */
export function seededRandom(): SeededRandom {
  return new SeededRandom(testSeed());
}

/** Runs `body` and, if it throws, says how to see the same failure again. */
export function withReplayLine(random: SeededRandom, testFile: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    console.error(replayLine(random.seed, testFile));
    throw error;
  }
}

/** Gives all properties of a test file the seed of the run, and failures the replay line. */
export function seedFastCheck(testFile: string): void {
  fc.configureGlobal({
    seed: testSeed(),
    reporter(run) {
      if (!run.failed) return;
      throw new Error(`${fc.defaultReportMessage(run)}\n${replayLine(run.seed, testFile)}`);
    },
  });
}

function testSeed(): number {
  return Number(process.env.SEED ?? 20_081_006);
}

function replayLine(seed: number, testFile: string): string {
  return `SEED=${seed} node --import tsx mifare-classic-crypto1/src/${testFile}`;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
