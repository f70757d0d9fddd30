/** What the buzzer says; the same table on the board and in the simulator. */
import type { Buzzer } from "../hal/buzzer";

export const enum Sound {
  Key = 0,
  Done = 1,
  Refused = 2,
  Attention = 3,
}

/** Frequency in Hz and length in ms, alternating; 0 Hz is a pause. Index = Sound. */
const PATTERNS: readonly (readonly number[])[] = [
  [2000, 15],
  [2700, 120],
  [900, 120, 0, 80, 900, 200],
  [1500, 80, 0, 60, 1500, 80, 0, 60, 1500, 80],
];

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
        buzzer.tone(pattern[position]);
        nextMs = nowMs + pattern[position + 1];
        position += 2;
        isSounding = true;
      } else if (isSounding) {
        buzzer.tone(0);
        isSounding = false;
      }
    },
  };
}
