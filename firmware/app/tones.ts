/** What buzzer and light say; the same tables on the board and in the simulator. */
import type { Buzzer } from "../hal/buzzer";
import type { Light } from "../hal/light";

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

/** What the light says that the pad waits for. */
export const enum Waiting {
  Nothing = 0,
  Card = 1,
  /** The one, and no other, that was taken away too early. */
  SameCard = 2,
}

/** Lit (1) or dark (0) for a quarter of a second each, over and over. Index = Waiting. */
const LIGHTS = ["0", "1", "10"];
const LIGHT_STEP_MS = 250;

export interface Tones {
  play(sound: Sound): void;
  /** Moves on to the next note when its time has come, and keeps the light right. */
  step(nowMs: number, waiting: Waiting): void;
}

export function createTones(buzzer: Buzzer, light?: Light): Tones {
  let pattern = PATTERNS[Sound.Key];
  let position = pattern.length;
  let nextMs = 0;
  let isSounding = false;
  let isLit = false;

  function shine(nowMs: number, waiting: Waiting): void {
    const steps = LIGHTS[waiting];
    const at = Math.floor(nowMs / LIGHT_STEP_MS) % steps.length;
    const shouldBeLit = steps.charCodeAt(at) > ZERO;
    if (shouldBeLit !== isLit && light !== undefined) light.set(shouldBeLit);
    isLit = shouldBeLit;
  }

  return {
    play: (sound) => {
      pattern = PATTERNS[sound];
      position = 0;
      nextMs = 0;
    },
    step: (nowMs, waiting) => {
      shine(nowMs, waiting);
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
