/** What the pad is showing and what the cashier has typed so far. */
export const enum View {
  Amount = 0,
  Credit = 1,
  Mobile = 2,
  /** A card is awaited or worked on. */
  Armed = 3,
  /** Asked for more credit than there is: use what there is? */
  Partial = 4,
  Result = 5,
  /** Really give up a tap that is not finished? */
  GiveUp = 6,
}

export interface PadModel {
  view: View;
  /** Digits typed in the present view. */
  typed: string;
  kind: number;
  grossRial: number;
  askedRial: number;
  /** What the top line warns of. */
  warning: string;
}
