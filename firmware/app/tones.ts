/** What the buzzer says; the same table on the board and in the simulator. */
import type { Buzzer } from "../hal/buzzer";

export const enum Sound {
  Key = 0,
  Done = 1,
  Refused = 2,
  Attention = 3,
}

/**
 * Two characters a note, each counted from "0": the frequency in steps of 100 Hz, where none is a
 * pause, and the length in steps of 5 ms. Numbers in arrays take an interpreter three times the
 * memory. Index = Sound.
 */
const PATTERNS = ["D3", "KH", "9H0@9X", "?@0<?@0<?@"];
const ZERO = 48;
const STEP_HZ = 100;
const STEP_MS = 5;

export interface Tones {
  play(sound: Sound): void;
  /** Moves on to the next note when its time has come. */
  step(nowMs: number): void;
}

export function createTones(buzzer: Buzzer): Tones {
  let pattern = PATTERNS[Sound.Key];
  let position = pattern.length;
  let nextMs = 0;
  let isSounding = false;

  return {
    play: (sound) => {
      pattern = PATTERNS[sound];
      position = 0;
      nextMs = 0;
    },
    step: (nowMs) => {
      if (nowMs < nextMs) return;
      if (position < pattern.length) {
        buzzer.tone((pattern.charCodeAt(position) - ZERO) * STEP_HZ);
        nextMs = nowMs + (pattern.charCodeAt(position + 1) - ZERO) * STEP_MS;
        position += 2;
        isSounding = true;
      } else if (isSounding) {
        buzzer.tone(0);
        isSounding = false;
      }
    },
  };
}
