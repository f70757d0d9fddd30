/** What the pad is showing and what the cashier has typed so far. */
export const enum View {
  Amount = 0,
  Credit = 1,
  Mobile = 2,
  /** What is done less often than a sale. */
  Menu = 3,
  /** The record of the sale that comes back, or the reward. */
  Reference = 4,
  /** What comes back, or is loaded. */
  KindAmount = 5,
  /** A card is awaited or worked on. */
  Armed = 6,
  /** Asked for more credit than there is: use what there is? */
  Partial = 7,
  Result = 8,
  /** Really give up a tap that is not finished? */
  GiveUp = 9,
  /** What the customer thinks of the tap, 1..5. */
  Rate = 10,
}

export function createPadModel(): PadModel {
  return {
    view: View.Amount,
    typed: "",
    kind: 0,
    grossRial: 0,
    askedRial: 0,
    reference: 0,
    warning: "",
  };
}

export interface PadModel {
  view: View;
  /** Digits typed in the present view. */
  typed: string;
  kind: number;
  grossRial: number;
  askedRial: number;
  reference: number;
  /** What the top line warns of. */
  warning: string;
}
