/** Two pads and one card, however closely simulated: what a search does to them. */
import type { Order } from "./tap-case";

/** 0 is the pad whose tap is disturbed. */
export type PadIndex = 0 | 1;

/**
 * What somebody at the counter knows of a tap. `failed`: the card or the pad is called broken;
 * `ordered`: only what the office had ordered for the card was done.
 */
export type Said =
  | "done"
  | "ordered"
  | "refused"
  | "failed"
  | "foreign"
  | "unfinished"
  | "powerCut";

export interface TapWorld {
  /** The card's 1024 bytes as they are now; a weak cell reads as it was last meant. */
  readonly image: Uint8Array;
  /** Arms the pad and presents the card until the pad has spoken. */
  tap(pad: PadIndex, order: Order): Said;
  /**
   * Presents the card to a pad that waits for it. A last word is read and put away, so that the pad
   * goes back to an attempt that is still open.
   */
  present(pad: PadIndex): Said;
  isPowered(pad: PadIndex): boolean;
  /** False when power failed again or the pad cannot serve. */
  powerOn(pad: PadIndex): boolean;
  /** The pad waits for a card: an attempt is open, or nothing was begun yet. */
  isWaiting(pad: PadIndex): boolean;
  /** An attempt is journaled and not closed. */
  isOpen(pad: PadIndex): boolean;
  giveUp(pad: PadIndex): void;
  /** The pages of the journal. */
  journal(pad: PadIndex): Uint8Array;
}
