/** What can be chosen about a simulated MIFARE Classic card. */

import { weakNonceAt } from "mifare-classic-crypto1";
import type { VirtualClock } from "./clock";
import type { Rng } from "./rng";

/** Where the weak generator stands at power-up: the nonce that fixed-nonce clones are known for. */
const POWER_UP_NONCE = 0x01200145;

export interface CardTiming {
  /** ISO/IEC 14443-3, 5: a card may need this long from field on to its first REQA. */
  startUpUs: number;
  /** Frame delay time of n = 9, from the nominal end of the command to the answer. */
  frameDelayUs: number;
  /** Beyond the frame delay: MF1S50yyX_V1 typical durations minus the time on the air. */
  readUs: number;
  writeUs: number;
  valueUs: number;
  transferUs: number;
}

export const TYPICAL_TIMING: CardTiming = {
  startUpUs: 5000,
  frameDelayUs: 71,
  readUs: 400,
  writeUs: 3100,
  valueUs: 1400,
  transferUs: 3900,
};

/** How the card draws nT: 16-bit generator by time, true chance (EV1), or one number for ever. */
export type NonceSource = "weak" | "hardened" | { fixed: number };

export interface MifareCardOptions {
  clock: VirtualClock;
  rng: Rng;
  /** 1024 bytes as in a `.mfd`; becomes the card's cells and changes with them. */
  image: Uint8Array;
  /** Block 0 begins with a UID of this length. Default 4. */
  uidLengthBytes?: 4 | 7;
  sak?: number;
  nonces?: NonceSource;
  /** Restore, authenticate another sector, transfer: assumed to work. Default true. */
  doesBufferSurviveNested?: boolean;
  /** Early chips answer a wrong aR with an encrypted NAK. Default false. */
  doesLeakNak?: boolean;
  /** Copied chip with the 40h/43h back door. Default false. */
  isMagicGen1a?: boolean;
  /** Copied chip that restores its content at every field loss. Default false. */
  isShadowMode?: boolean;
  timing?: Partial<CardTiming>;
}

/** nT of an authentication `elapsedUs` after power-up. */
export function drawNonce(options: MifareCardOptions, elapsedUs: number): number {
  const source = options.nonces ?? "weak";
  if (source === "hardened") return options.rng.next();
  if (source === "weak") return weakNonceAt(elapsedUs, POWER_UP_NONCE);
  return source.fixed;
}
