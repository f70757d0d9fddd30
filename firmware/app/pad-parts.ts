/** What a pad is to the loop that runs it, and what it is made of. */
import type { Status } from "../../card-layout/status";
import type { Clock } from "../hal/clock";
import type { Keypad } from "../hal/keypad";
import type { CounterPages } from "./counter-pages";
import type { OnDemand } from "./on-demand";
import type { PadModel } from "./pad-model";
import type { PosOnDemand } from "./pos-on-demand";
import type { Staff } from "./staff";
import type { Tap } from "./tap-request";
import type { Tones } from "./tones";
import type { Views } from "./views";

/** The pad is to be made anew: its settings have changed. */
export const RESTART = -1;

export interface Pad {
  /** False for one that only says why it does not work. */
  readonly isServing: boolean;
  /**
   * Does a bounded piece of work; returns the milliseconds until it wants to be called again, or
   * RESTART.
   */
  step(): number;
}

export interface PadParts {
  clock: Clock;
  keypad: Keypad;
  tones: Tones;
  tap: Tap;
  staff: Staff;
  sync: OnDemand;
  views: Views;
  model: PadModel;
  /** Only on boards with room for them, and with a line to a till. */
  pages?: CounterPages;
  till?: PosOnDemand;
  /** Rials in one display unit. */
  unitRial: number;
  /** Journals what the customer thinks (1..5) of the tap done last, once. */
  rate(score: number): Status;
  /** Work for when nobody waits. */
  tidyUp(): void;
  /** New settings wait, and nobody is in the middle of anything. */
  mustRestart(): boolean;
}
